"""The fused operations as PyTorch operators, `antigone::...`: known to autograd, torch.compile and FakeTensors.

They take everything by position and check nothing; dispatch.py is what others call. Importing this needs no triton:
each operator imports its kernel when it first runs. Attention has its own in attention_ops.py.
"""

from typing import Any

import torch
from torch import Tensor
from torch.library import custom_op

from kernels.reference import Activation

__all__ = ["activation_op", "add_norm_op", "cross_entropy_op", "norm_op", "turn_op"]


def _like(x: Tensor, *shape: int) -> Tensor:
    """Contiguous, of x's dtype and device; of its shape where none is given."""
    return torch.empty(shape or x.shape, dtype=x.dtype, device=x.device)


@custom_op("antigone::norm", mutates_args=())
def norm_op(x: Tensor, weight: Tensor, bias: Tensor | None, eps: float, layer: bool) -> Tensor:
    """LayerNorm or RMSNorm; arguments as in kernels.norm.forward."""
    from kernels import norm

    return norm.forward(x, None, weight, bias, eps, layer)[0]


@norm_op.register_fake
def _(x: Tensor, weight: Tensor, bias: Tensor | None, eps: float, layer: bool) -> Tensor:
    return _like(x)


@custom_op("antigone::add_norm", mutates_args=())
def add_norm_op(
    x: Tensor, branch: Tensor, weight: Tensor, bias: Tensor | None, eps: float, layer: bool
) -> tuple[Tensor, Tensor]:
    """x + branch, and its norm."""
    from kernels import norm

    out, total = norm.forward(x, branch, weight, bias, eps, layer)
    assert total is not None
    return total, out


@add_norm_op.register_fake
def _(x: Tensor, branch: Tensor, weight: Tensor, bias: Tensor | None, eps: float, layer: bool) -> tuple[Tensor, Tensor]:
    return _like(x), _like(x)


@custom_op("antigone::norm_backward", mutates_args=())
def norm_backward_op(
    d_out: Tensor, d_total: Tensor | None, total: Tensor, weight: Tensor, eps: float, layer: bool, biased: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of the sum, the weight and the bias, which is empty where there is none."""
    from kernels import norm

    d_sum, d_weight, d_bias = norm.backward(d_out, d_total, total, weight, eps, layer, biased)
    return d_sum, d_weight, _like(weight, 0) if d_bias is None else d_bias


@norm_backward_op.register_fake
def _(
    d_out: Tensor, d_total: Tensor | None, total: Tensor, weight: Tensor, eps: float, layer: bool, biased: bool
) -> tuple[Tensor, Tensor, Tensor]:
    return _like(total), _like(weight), _like(weight) if biased else _like(weight, 0)


def _keep_norm(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, weight, bias, *ctx.rest = inputs
    ctx.save_for_backward(x, weight)
    ctx.biased = bias is not None


def _norm_gradients(ctx: Any, d_out: Tensor) -> tuple[Any, ...]:
    x, weight = ctx.saved_tensors
    d_x, d_weight, d_bias = norm_backward_op(d_out, None, x, weight, *ctx.rest, ctx.biased)
    return d_x, d_weight, d_bias if ctx.biased else None, None, None


def _keep_add_norm(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    _, _, weight, bias, *ctx.rest = inputs
    ctx.save_for_backward(output[0], weight)
    ctx.biased = bias is not None
    ctx.set_materialize_grads(False)


def _add_norm_gradients(ctx: Any, d_total: Tensor | None, d_out: Tensor | None) -> tuple[Any, ...]:
    total, weight = ctx.saved_tensors
    if d_out is None:
        return d_total, d_total, None, None, None, None
    d_sum, d_weight, d_bias = norm_backward_op(d_out, d_total, total, weight, *ctx.rest, ctx.biased)
    return d_sum, d_sum, d_weight, d_bias if ctx.biased else None, None, None


norm_op.register_autograd(_norm_gradients, setup_context=_keep_norm)
add_norm_op.register_autograd(_add_norm_gradients, setup_context=_keep_add_norm)


@custom_op("antigone::turn", mutates_args=())
def turn_op(x: Tensor, cos: Tensor, sin: Tensor, interleaved: bool, back: bool) -> Tensor:
    """Rotary positions, or the way back; arguments as in kernels.rope.turn."""
    from kernels import rope

    return rope.turn(x, cos, sin, interleaved=interleaved, back=back)


@turn_op.register_fake
def _(x: Tensor, cos: Tensor, sin: Tensor, interleaved: bool, back: bool) -> Tensor:
    return torch.empty_like(x if x.stride(3) == 1 else x.contiguous())


def _keep_turn(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    _, cos, sin, ctx.interleaved, ctx.back = inputs
    ctx.save_for_backward(cos, sin)


def _turn_gradients(ctx: Any, d_out: Tensor) -> tuple[Any, ...]:
    return turn_op(d_out, *ctx.saved_tensors, ctx.interleaved, not ctx.back), None, None, None, None


turn_op.register_autograd(_turn_gradients, setup_context=_keep_turn)


@custom_op("antigone::activation", mutates_args=())
def activation_op(x: Tensor, bias: Tensor | None, kind: str, gated: bool) -> Tensor:
    """Bias and activation, gated or not; arguments as in kernels.mlp.forward."""
    from kernels import mlp

    return mlp.forward(x, bias, _named(kind), gated)


@activation_op.register_fake
def _(x: Tensor, bias: Tensor | None, kind: str, gated: bool) -> Tensor:
    return _like(x, *x.shape[:-1], x.shape[-1] // (2 if gated else 1))


@custom_op("antigone::activation_backward", mutates_args=())
def activation_backward_op(d_out: Tensor, x: Tensor, bias: Tensor | None, kind: str, gated: bool) -> Tensor:
    """The gradient of x."""
    from kernels import mlp

    return mlp.backward(d_out, x, bias, _named(kind), gated)


@activation_backward_op.register_fake
def _(d_out: Tensor, x: Tensor, bias: Tensor | None, kind: str, gated: bool) -> Tensor:
    return _like(x)


def _named(kind: str) -> Activation:
    return kind  # type: ignore[return-value]


def _keep_activation(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, bias, *ctx.rest = inputs
    ctx.save_for_backward(x, bias)


def _activation_gradients(ctx: Any, d_out: Tensor) -> tuple[Any, ...]:
    x, bias = ctx.saved_tensors
    d_x = activation_backward_op(d_out, x, bias, *ctx.rest)
    return d_x, None if bias is None else d_x.flatten(0, -2).sum(0).to(bias.dtype), None, None


activation_op.register_autograd(_activation_gradients, setup_context=_keep_activation)


@custom_op("antigone::cross_entropy", mutates_args=())
def cross_entropy_op(
    hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor, ignored: int, mean: bool, of_hidden: bool,
    of_weight: bool, of_bias: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """The loss, and its gradients by hidden states, weight and bias, empty where not wanted."""
    from kernels import cross_entropy

    wanted = (of_hidden, of_weight, of_bias)
    loss, *grads = cross_entropy.forward(hidden, weight, bias, targets, ignored, mean, wanted)
    first, second, third = (_like(hidden, 0) if grad is None else grad for grad in grads)
    return loss, first, second, third


@cross_entropy_op.register_fake
def _(
    hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor, ignored: int, mean: bool, of_hidden: bool,
    of_weight: bool, of_bias: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    wide = torch.float64 if hidden.dtype == torch.float64 else torch.float32
    loss = torch.empty((), dtype=wide, device=hidden.device)
    d_bias = _like(hidden, 0) if bias is None or not of_bias else _like(bias)
    return (
        loss,
        _like(hidden) if of_hidden else _like(hidden, 0),
        _like(weight) if of_weight else _like(hidden, 0),
        d_bias,
    )


def _keep_cross_entropy(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.save_for_backward(*output[1:])
    ctx.wanted = inputs[6], inputs[7], inputs[8] and inputs[2] is not None
    ctx.mark_non_differentiable(*output[1:])
    ctx.set_materialize_grads(False)


def _cross_entropy_gradients(ctx: Any, d_loss: Tensor | None, *_: Tensor | None) -> tuple[Any, ...]:
    if d_loss is None:
        return (None,) * 9
    pairs = zip(ctx.saved_tensors, ctx.wanted, strict=True)
    return *(grad * d_loss.to(grad.dtype) if wanted else None for grad, wanted in pairs), *(None,) * 6


cross_entropy_op.register_autograd(_cross_entropy_gradients, setup_context=_keep_cross_entropy)
