"""The stem's upper part made ready for tuning.

Its first block (of stride 2) and the filters of its depthwise convolutions stay as published: on a processor their
gradients cost more than all the others together and they hold 6% of the weights.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from encoders.efficientnet import FoldedConv
from encoders.hybrid import HybridViT


class _Depthwise(torch.autograd.Function):
    """Stride-1 depthwise convolution by constant filters, whose gradient is the same convolution by turned ones."""

    @staticmethod
    def forward(context: Any, x_BCHW: Tensor, weight: Tensor) -> Tensor:
        context.save_for_backward(weight)
        return functional.conv2d(x_BCHW, weight, padding=weight.shape[-1] // 2, groups=weight.shape[0])

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (weight,) = context.saved_tensors
        turned = weight.flip(-1, -2)
        return functional.conv2d(gradients[0], turned, padding=weight.shape[-1] // 2, groups=weight.shape[0]), None


class ConstantFilters(nn.Module):
    """A depthwise FoldedConv of stride 1 whose bias alone is tuned; the names of its parameters are the same."""

    def __init__(self, conv: FoldedConv) -> None:
        """Raises ValueError: another kind of convolution."""
        super().__init__()
        if conv.stride != 1 or conv.groups != conv.weight.shape[0] or conv.weight.shape[-1] % 2 == 0:
            raise ValueError("conv: must be depthwise, of stride 1 and an odd kernel")
        self.weight, self.bias = conv.weight, conv.bias

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """As FoldedConv's."""
        out: Tensor = _Depthwise.apply(x_BCHW, self.weight)  # type: ignore[no-untyped-call]
        return functional.relu6(out + self.bias[:, None, None])


def make_tunable(encoder: HybridViT) -> list[nn.Parameter]:
    """Let the upper part's pointwise convolutions and biases learn; these parameters."""
    for block in encoder.blocks[1:]:
        block.depthwise = ConstantFilters(block.depthwise)
    tuned = [*encoder.head.named_parameters(), *encoder.blocks[1:].named_parameters()]
    chosen = [parameter for name, parameter in tuned if not name.endswith("depthwise.weight")]
    for parameter in chosen:
        parameter.requires_grad_(True)
    return chosen
