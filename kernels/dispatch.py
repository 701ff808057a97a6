"""The only door to the operations: checks the arguments, then picks the fastest implementation for the device.

On a GPU that is a Triton kernel of this package, on a CPU PyTorch's own fused kernel; `force` pins one, for tests (see
backends.py). Works under torch.compile and in CUDA graphs: nothing here waits for the GPU. Operators and kernels are
imported by the call that needs them: a CPU needs neither, and making operators takes longer than all else here.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels import reference
from kernels.attend import attention, attention_packed, attention_with_lse
from kernels.backends import Backend, check_finite, force, forced, takes, traced, trained
from kernels.checks import check_cache, check_cross_entropy, check_norm, check_quantized, check_rotation, same_device
from kernels.reference import Activation

__all__ = [
    "Activation", "Backend", "activate", "add_layer_norm", "add_rms_norm", "attention", "attention_packed",
    "attention_with_lse", "force", "gated", "layer_norm", "linear_cross_entropy", "log_mel", "quantized_matmul",
    "rms_norm", "rope", "store_heads", "stores_heads", "swiglu",
]  # fmt: skip


def rms_norm(x_D: Tensor, weight_D: Tensor, eps: float) -> Tensor:
    """RMS norm over the last axis; see `reference.rms_norm`."""
    check_norm(x_D, weight_D, eps)
    if forced() == "reference":
        return reference.rms_norm(x_D, weight_D, eps)
    if takes("rms_norm", x_D, _no_norm, x_D, weight_D):
        return _norm(x_D, weight_D, None, eps, layer=False)
    return F.rms_norm(x_D, weight_D.shape, weight_D, eps)


def layer_norm(x_D: Tensor, weight_D: Tensor, bias_D: Tensor | None, eps: float) -> Tensor:
    """Layer norm over the last axis; see `reference.layer_norm`."""
    check_norm(x_D, weight_D, eps, bias_D)
    if forced() == "reference":
        return reference.layer_norm(x_D, weight_D, bias_D, eps)
    if takes("layer_norm", x_D, _no_norm, x_D, weight_D):
        return _norm(x_D, weight_D, bias_D, eps, layer=True)
    return F.layer_norm(x_D, weight_D.shape, weight_D, bias_D, eps)


def add_rms_norm(x_D: Tensor, branch_D: Tensor, weight_D: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """x + branch and its RMS norm; see `reference.add_rms_norm`."""
    check_norm(x_D, weight_D, eps, None, branch_D)
    if takes("add_rms_norm", x_D, _no_norm, x_D, weight_D):
        return _add_norm(x_D, branch_D, weight_D, None, eps, layer=False)
    total_D = x_D + branch_D
    return total_D, rms_norm(total_D, weight_D, eps)


def add_layer_norm(
    x_D: Tensor, branch_D: Tensor, weight_D: Tensor, bias_D: Tensor | None, eps: float
) -> tuple[Tensor, Tensor]:
    """x + branch and its layer norm; see `reference.add_layer_norm`."""
    check_norm(x_D, weight_D, eps, bias_D, branch_D)
    if takes("add_layer_norm", x_D, _no_norm, x_D, weight_D):
        return _add_norm(x_D, branch_D, weight_D, bias_D, eps, layer=True)
    total_D = x_D + branch_D
    return total_D, layer_norm(total_D, weight_D, bias_D, eps)


def _no_norm(x: Tensor, weight: Tensor) -> str | None:
    from kernels import norm

    return norm.unsupported(x, weight, trained=trained(x, weight))


def _norm(x: Tensor, weight: Tensor, bias: Tensor | None, eps: float, *, layer: bool) -> Tensor:
    if traced(x, weight, bias):
        from kernels.operators import norm_op

        out: Tensor = norm_op(x, weight, bias, eps, layer)
        return out
    from kernels import norm

    return norm.forward(x, None, weight, bias, eps, layer)[0]


def _add_norm(
    x: Tensor, branch: Tensor, weight: Tensor, bias: Tensor | None, eps: float, *, layer: bool
) -> tuple[Tensor, Tensor]:
    if traced(x, branch, weight, bias):
        from kernels.operators import add_norm_op

        both: tuple[Tensor, Tensor] = add_norm_op(x, branch, weight, bias, eps, layer)
        return both
    from kernels import norm

    out, total = norm.forward(x, branch, weight, bias, eps, layer)
    assert total is not None
    return total, out


def rope(x_BHTD: Tensor, cos: Tensor, sin: Tensor, *, interleaved: bool = False) -> Tensor:
    """Rotary positions; see `reference.rope`."""
    check_rotation(x_BHTD, cos, sin, x_BHTD.shape[0], x_BHTD.shape[-2], x_BHTD.shape[-1])
    if takes("rope", x_BHTD, _no_turn, x_BHTD.shape[-1]):
        if traced(x_BHTD):
            from kernels.operators import turn_op

            out: Tensor = turn_op(x_BHTD, cos, sin, interleaved, False)
            return out
        from kernels.rope import turn

        return turn(x_BHTD, cos, sin, interleaved=interleaved)
    return reference.rope(x_BHTD, cos, sin, interleaved=interleaved)


def stores_heads(heads_BTND: Tensor) -> bool:
    """Whether `store_heads` would be one kernel; else norm, rotation and copies are better called one by one."""
    return not trained(heads_BTND) and takes("store_heads", heads_BTND, _no_turn, heads_BTND.shape[-1])


def store_heads(
    heads_BTND: Tensor, keys_BGSD: Tensor, values_BGSD: Tensor, start: int | Tensor,
    rotation: tuple[Tensor, Tensor] | None = None, norms: tuple[Tensor, Tensor] | None = None, *, eps: float = 1e-6,
    interleaved: bool = False,
) -> Tensor:  # fmt: skip
    """Norm and turn a fused projection's heads, put keys and values into the cache in place, and return the queries;
    see `reference.store_heads`. Without gradients.

    Raises:
        ValueError: an argument doesn't fit, or the tokens don't fit the cache where the host knows their place.
    """
    check_cache(heads_BTND, keys_BGSD, values_BGSD, start)
    batch, tokens, _, width = heads_BTND.shape
    if rotation is not None:
        check_rotation(heads_BTND, *rotation, batch, tokens, width)
    for weight in norms or ():
        check_norm(heads_BTND, weight, eps)
    if trained(heads_BTND) or not takes("store_heads", heads_BTND, _no_store, width, keys_BGSD, values_BGSD):
        return reference.store_heads(
            heads_BTND, keys_BGSD, values_BGSD, start, rotation, norms, eps=eps, interleaved=interleaved
        )  # fmt: skip
    starts, first = (start, 0) if isinstance(start, Tensor) else (None, start)
    if traced():
        pairs = (*(rotation or (None, None)), *(norms or (None, None)))
        from kernels.operators_inference import store_heads_op

        out: Tensor = store_heads_op(heads_BTND, keys_BGSD, values_BGSD, starts, first, *pairs, eps, interleaved)
        return out
    from kernels.rope import keep

    return keep(heads_BTND, keys_BGSD, values_BGSD, starts, first, rotation, norms, eps, interleaved)


def _no_turn(width: int) -> str | None:
    from kernels.rope import unsupported

    return unsupported(width)


def _no_store(width: int, keys: Tensor, values: Tensor) -> str | None:
    if keys.stride() != values.stride() or keys.stride(3) != 1:
        return "keys and values of the cache are not laid out alike with whole rows"
    return _no_turn(width)


def activate(x: Tensor, kind: Activation, bias_N: Tensor | None = None) -> Tensor:
    """The pointwise non-linearity named `kind`, of x + bias; see `reference.activate`."""
    if bias_N is not None and bias_N.shape != x.shape[-1:]:
        raise ValueError(f"bias: {tuple(bias_N.shape)} does not fit x's last axis {x.shape[-1]}")
    same_device(x, "x", bias=bias_N)
    plain = bias_N is None and kind in ("gelu", "gelu_tanh", "relu", "silu")  # PyTorch has these as one kernel
    if (forced() == "triton" or not plain) and takes("activate", x):
        return _activation(x, bias_N, kind, gated=False)
    if forced() != "reference":
        x = x if bias_N is None else x + bias_N
        bias_N = None
        if kind in ("gelu", "gelu_tanh"):
            return F.gelu(x, approximate="tanh" if kind == "gelu_tanh" else "none")
        if kind == "silu":
            return F.silu(x)
    return reference.activate(x, kind, bias_N)


def gated(gate_up: Tensor, kind: Activation, bias_N: Tensor | None = None) -> Tensor:
    """act(gate) * up of a last axis that holds both, plus bias; see `reference.gated`."""
    if gate_up.shape[-1] % 2:
        raise ValueError(f"gate_up: last axis {gate_up.shape[-1]} cannot be halved")
    if bias_N is not None and bias_N.shape != gate_up.shape[-1:]:
        raise ValueError(f"bias: {tuple(bias_N.shape)} does not fit gate_up's last axis {gate_up.shape[-1]}")
    same_device(gate_up, "gate_up", bias=bias_N)
    if forced() == "reference":
        return reference.gated(gate_up, kind, bias_N)
    if takes("gated", gate_up):
        return _activation(gate_up, bias_N, kind, gated=True)
    gate, up = (gate_up if bias_N is None else gate_up + bias_N).chunk(2, dim=-1)
    return activate(gate, kind) * up


def swiglu(gate_up: Tensor) -> Tensor:
    """silu(gate) * up over a last axis that holds both; see `reference.swiglu`."""
    return gated(gate_up, "silu")


def _activation(x: Tensor, bias: Tensor | None, kind: Activation, *, gated: bool) -> Tensor:
    if traced(x, bias):
        from kernels.operators import activation_op

        out: Tensor = activation_op(x, bias, kind, gated)
        return out
    from kernels import mlp

    return mlp.forward(x, bias, kind, gated)


def log_mel(
    samples_BS: Tensor, filters_MK: Tensor, *, window: int = 400, hop: int = 160, floor: float = -10.0,
    span: float | None = None,
) -> Tensor:  # fmt: skip
    """Log10 energies of sound in mel bands; see `reference.log_mel`. Without gradients."""
    if samples_BS.dim() != 2 or 0 in samples_BS.shape:
        raise ValueError(f"samples: expected (B, S), got {tuple(samples_BS.shape)}")
    if filters_MK.dim() != 2 or filters_MK.shape[1] != window // 2 + 1:
        raise ValueError(f"filters: expected (M, {window // 2 + 1}), got {tuple(filters_MK.shape)}")
    if hop <= 0:
        raise ValueError(f"hop: must be above 0, got {hop}")
    same_device(samples_BS, "samples", filters=filters_MK)
    check_finite("floor", floor)
    check_finite("span", span)
    if not trained(samples_BS) and takes("log_mel", samples_BS, _no_log_mel, samples_BS, window):
        if traced():
            from kernels.operators_inference import log_mel_op

            out: Tensor = log_mel_op(samples_BS, filters_MK, window, hop, floor, span)
            return out
        from kernels.log_mel import forward

        return forward(samples_BS, filters_MK, window, hop, floor, span)
    return reference.log_mel(samples_BS, filters_MK, window=window, hop=hop, floor=floor, span=span)


def _no_log_mel(samples_BS: Tensor, window: int) -> str | None:
    from kernels.log_mel import unsupported

    return unsupported(samples_BS, window)


def linear_cross_entropy(
    hidden_ND: Tensor, weight_VD: Tensor, targets_N: Tensor, bias_V: Tensor | None = None, *, ignored: int = -100,
    mean: bool = True,
) -> Tensor:  # fmt: skip
    """Cross-entropy from hidden states and the head's weight; see `reference.linear_cross_entropy`.

    With Triton the logits are never all in memory, and a target that isn't in the vocabulary makes the loss NaN.
    """
    check_cross_entropy(hidden_ND, weight_VD, targets_N, bias_V)
    if takes("linear_cross_entropy", hidden_ND):
        from kernels.operators import cross_entropy_op

        wanted = tuple(trained(part) for part in (hidden_ND, weight_VD, bias_V))
        loss: Tensor = cross_entropy_op(hidden_ND, weight_VD, bias_V, targets_N, ignored, mean, *wanted)[0]
        return loss
    if forced() == "reference":
        return reference.linear_cross_entropy(hidden_ND, weight_VD, targets_N, bias_V, ignored=ignored, mean=mean)
    logits_NV = F.linear(hidden_ND, weight_VD, bias_V).float()
    return F.cross_entropy(logits_NV, targets_N, ignore_index=ignored, reduction="mean" if mean else "sum")


def quantized_matmul(x_MK: Tensor, codes_NK: Tensor, scales_NJ: Tensor, offsets_NJ: Tensor | None = None) -> Tensor:
    """Weight-only quantised product of codes of 8 bits, or of 4 (int32 words of kernels/packed.py); see
    `reference.quantized_matmul`."""
    check_quantized(x_MK, codes_NK, scales_NJ, offsets_NJ)
    if takes("quantized_matmul", x_MK, _no_quantized, x_MK, codes_NK, scales_NJ, offsets_NJ):
        if traced():
            from kernels.operators_inference import quantized_matmul_op

            out: Tensor = quantized_matmul_op(x_MK, codes_NK, scales_NJ, offsets_NJ)
            return out
        from kernels.quantized import matmul

        return matmul(x_MK, codes_NK, scales_NJ, offsets_NJ)
    if codes_NK.dtype == torch.int32:
        from kernels.packed import unpack_int4

        codes_NK = unpack_int4(codes_NK)
    return reference.quantized_matmul(x_MK, codes_NK, scales_NJ, offsets_NJ)


def _no_quantized(x_MK: Tensor, codes: Tensor, scales: Tensor, offsets: Tensor | None) -> str | None:
    from kernels.quantized import unsupported

    return "a gradient is asked for" if trained(x_MK) else unsupported(x_MK, codes, scales, offsets)
