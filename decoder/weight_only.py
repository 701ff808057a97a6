"""Weights of 8 or 4 bits for a GPU: codes in memory, floating point in the arithmetic units.

A step of one token reads every weight once, so it goes as fast as these bytes cross the bus. The products are
kernels.dispatch.quantized_matmul's; kernels/packed.py says how codes lie.
"""

from typing import Literal, cast

from torch import Tensor, nn

from decoder.text import TextDecoder
from kernels import dispatch
from kernels.packed import quantize
from kernels.parts import Embedding

Bits = Literal[4, 8]
GROUP = 64
"""Weights of 4 bits that share a scale and an offset."""


class WeightOnlyLinear(nn.Module):
    """A linear layer whose weight is kept in codes; the input's dtype in and out."""

    def __init__(self, weight_NK: Tensor, bits: Bits, bias_N: Tensor | None = None) -> None:
        """Quantise a weight, where it lies. Rows that groups don't divide get 8 bits.

        Raises:
            ValueError: a weight isn't finite.
        """
        super().__init__()
        self.out_features, self.in_features = weight_NK.shape
        group = GROUP if bits == 4 and self.in_features % GROUP == 0 else None
        codes, scales, offsets = quantize(weight_NK, 8 if group is None else 4, group, offsets=group is not None)
        self.codes: Tensor
        self.scales: Tensor
        self.offsets: Tensor | None
        self.register_buffer("codes", codes)
        self.register_buffer("scales", scales)
        self.register_buffer("offsets", offsets)
        self.bias = None if bias_N is None else nn.Parameter(bias_N, requires_grad=False)

    @property
    def nbytes(self) -> int:
        """Bytes that one product reads."""
        return sum(part.nbytes for part in (self.codes, self.scales, self.offsets) if part is not None)

    def forward(self, x: Tensor) -> Tensor:
        """(..., K) to (..., N)."""
        out = dispatch.quantized_matmul(x, self.codes, self.scales, self.offsets)
        return out if self.bias is None else out + self.bias


def weight_only(model: TextDecoder, bits: Bits) -> TextDecoder:
    """Quantise every matrix of a decoder's layers in place, and its head to 8 bits. The embedding stays as it is."""
    for name, layer in [(name, layer) for name, layer in model.named_modules() if isinstance(layer, nn.Linear)]:
        owner, _, leaf = name.rpartition(".")
        kind: Bits = 8 if name == "head" else bits
        setattr(model.get_submodule(owner), leaf, WeightOnlyLinear(layer.weight.data, kind, _data(layer.bias)))
    if model.head is None:
        model.head = WeightOnlyLinear(cast(Embedding, model.embedding).weight.data[: model.config.vocabulary], 8)
    return model


def bytes_per_token(model: TextDecoder) -> int:
    """What a step of one token reads of the weights."""
    embedding = cast(Embedding, model.embedding).weight
    own = sum(parameter.nbytes for parameter in model.parameters() if parameter is not embedding)
    coded = sum(layer.nbytes for layer in model.modules() if isinstance(layer, WeightOnlyLinear))
    return own + coded + (embedding.nbytes if model.head is None else 0)


def _data(bias: Tensor | None) -> Tensor | None:
    return None if bias is None else bias.data
