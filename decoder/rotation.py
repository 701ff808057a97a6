"""Rotating a model before it is quantised, so that no channel stands out (QuaRot, Ashkboos et al. 2024).

RMS norm commutes with a rotation of the residual stream once its weights are folded into the layers behind it. So the
embedding, every layer that reads the stream and every layer that writes it can be turned by one orthogonal matrix: in
exact arithmetic the model says the same, while the few huge channels that 8-bit activations cannot hold are spread
over all.
"""

import torch
from torch import Tensor

_BLOCK = 64


def hadamard(size: int) -> Tensor:
    """The orthonormal Hadamard matrix of a power of two (Sylvester's construction)."""
    matrix = torch.ones(1, 1)
    while matrix.shape[0] < size:
        matrix = torch.cat((torch.cat((matrix, matrix), 1), torch.cat((matrix, -matrix), 1)))
    return matrix / matrix.shape[0] ** 0.5


def block_size(width: int) -> int:
    """The largest power of two that divides `width`, at most 64."""
    return min(width & -width, _BLOCK)


def mix(x_K: Tensor, block_JJ: Tensor) -> Tensor:
    """x with each stretch of J on its last axis multiplied by a symmetric orthogonal matrix."""
    return (x_K.unflatten(-1, (-1, block_JJ.shape[0])) @ block_JJ).flatten(-2)


class Rotation:
    """An orthogonal matrix of any width, the Kronecker product of a small random one and a Hadamard of random signs."""

    def __init__(self, width: int, seed: int = 0) -> None:
        random = torch.Generator().manual_seed(seed)
        inner = block_size(width)
        outer = width // inner
        self._outer = torch.linalg.qr(torch.randn(outer, outer, generator=random))[0]
        self._inner = (hadamard(inner) * (torch.randint(0, 2, (inner,), generator=random) * 2 - 1)).T.contiguous()

    def inputs(self, x_D: Tensor) -> Tensor:
        """Turn the last axis: a state of the stream, an embedding's rows, or the weight (N, D) of a layer that reads
        it."""
        blocks = x_D.unflatten(-1, (self._outer.shape[0], -1))
        return (self._outer @ (blocks @ self._inner)).flatten(-2)

    def outputs(self, weight_DK: Tensor) -> Tensor:
        """Turn the rows of a layer that writes the stream."""
        return self.inputs(weight_DK.T).T.contiguous()
