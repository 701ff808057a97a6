"""Attention as PyTorch operators, `antigone::attention` and its backward: known to autograd and to torch.compile.

The operators take everything by position and check nothing; kernels/attention.py is what others call.
"""

import torch
from torch import Tensor
from torch.library import custom_op

from kernels.attention_launch import Problem, backward, empty_gradient, empty_outputs, forward

__all__ = ["attention_op"]


@custom_op("antigone::attention", mutates_args=())
def attention_op(
    query: Tensor, key: Tensor, value: Tensor, lengths: Tensor | None, bias: Tensor | None,
    query_starts: Tensor | None, key_starts: Tensor | None, longest: int, causal: bool, scale: float,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Attention (B, H, T, D) and log-sum-exp (B, H, T); arguments as in kernels.attention_launch.Problem."""
    problem = Problem(lengths, bias, query_starts, key_starts, longest, causal, scale)
    return forward(query, key, value, problem)


@custom_op("antigone::attention_backward", mutates_args=())
def attention_backward_op(
    d_out: Tensor, d_lse: Tensor | None, query: Tensor, key: Tensor, value: Tensor, out: Tensor, lse: Tensor,
    lengths: Tensor | None, bias: Tensor | None, query_starts: Tensor | None, key_starts: Tensor | None,
    longest: int, causal: bool, scale: float, bias_wanted: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """Gradients of query, key, value, and of the bias (B, H, T, S), which is empty where it isn't wanted."""
    problem = Problem(lengths, bias, query_starts, key_starts, longest, causal, scale)
    d_query, d_key, d_value, d_bias = backward(d_out, d_lse, query, key, value, out, lse, problem, bias_wanted)
    return d_query, d_key, d_value, lse.new_empty(0) if d_bias is None else d_bias


@attention_op.register_fake
def _(
    query: Tensor, key: Tensor, value: Tensor, lengths: Tensor | None, bias: Tensor | None,
    query_starts: Tensor | None, key_starts: Tensor | None, longest: int, causal: bool, scale: float,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    return empty_outputs(query, packed=False)


@attention_backward_op.register_fake
def _(
    d_out: Tensor, d_lse: Tensor | None, query: Tensor, key: Tensor, value: Tensor, out: Tensor, lse: Tensor,
    lengths: Tensor | None, bias: Tensor | None, query_starts: Tensor | None, key_starts: Tensor | None,
    longest: int, causal: bool, scale: float, bias_wanted: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    whole = (*query.shape[:3], key.shape[2])
    d_query, d_key, d_value = (empty_gradient(tensor) for tensor in (query, key, value))
    return d_query, d_key, d_value, lse.new_empty(whole if bias_wanted else 0)


def _remember(ctx, inputs, output) -> None:  # type: ignore[no-untyped-def]
    query, key, value, lengths, bias, query_starts, key_starts, longest, causal, scale = inputs
    ctx.save_for_backward(query, key, value, *output, lengths, bias, query_starts, key_starts)
    ctx.rest = longest, causal, scale
    ctx.set_materialize_grads(False)


def _differentiate(ctx, d_out: Tensor | None, d_lse: Tensor | None):  # type: ignore[no-untyped-def]
    query, key, value, out, lse, lengths, bias, query_starts, key_starts = ctx.saved_tensors
    if d_out is None:
        d_out = torch.zeros_like(out)
    bias_wanted = bias is not None and ctx.needs_input_grad[4]
    d_query, d_key, d_value, d_bias = attention_backward_op(
        d_out, d_lse, query, key, value, out, lse, lengths, bias, query_starts, key_starts, *ctx.rest, bias_wanted
    )
    d_bias = d_bias.sum_to_size(bias.shape).to(bias.dtype) if bias_wanted else None
    return d_query, d_key, d_value, None, d_bias, *([None] * 5)


attention_op.register_autograd(_differentiate, setup_context=_remember)
