"""The plain PyTorch truth of every operation: slow, obvious, float32 inside.

Every fast path in this package has its twin here with the same signature, and is tested against it.
Shape letters: B batch, H query heads, G key-value heads (H is a multiple of G), T query tokens, S key tokens,
D head width.
"""

import math
from typing import Literal, overload

import torch
from torch import Tensor

Activation = Literal["gelu", "gelu_tanh", "quick_gelu", "relu", "silu"]


def attention_mask(
    query_tokens: int,
    key_tokens: int,
    *,
    causal: bool = False,
    lengths_B: Tensor | None = None,
    device: torch.device | None = None,
) -> Tensor | None:
    """Which key each query may see, as bool broadcastable to (B, 1, T, S); None where every query sees every key.

    Causal masks are aligned to the end: the last query sees the last valid key, so a query fed after cached keys
    sees them all.
    """
    mask: Tensor | None = None
    columns = torch.arange(key_tokens, device=device)
    if lengths_B is not None:
        mask = (columns < lengths_B.to(columns.device)[:, None])[:, None, None, :]
    if causal:
        rows = torch.arange(query_tokens, device=device)[:, None]
        if lengths_B is None:
            return columns <= rows + (key_tokens - query_tokens)
        offset_B111 = (lengths_B.to(columns.device) - query_tokens)[:, None, None, None]
        causal_mask = columns <= rows + offset_B111
        mask = causal_mask if mask is None else mask & causal_mask
    return mask


@overload
def attention(
    query_BHTD: Tensor, key_BGSD: Tensor, value_BGSD: Tensor, *, causal: bool = ..., lengths_B: Tensor | None = ...,
    bias: Tensor | None = ..., scale: float | None = ..., with_lse: Literal[False] = ...,
) -> Tensor: ...  # fmt: skip
@overload
def attention(
    query_BHTD: Tensor, key_BGSD: Tensor, value_BGSD: Tensor, *, causal: bool = ..., lengths_B: Tensor | None = ...,
    bias: Tensor | None = ..., scale: float | None = ..., with_lse: Literal[True],
) -> tuple[Tensor, Tensor]: ...  # fmt: skip
def attention(
    query_BHTD: Tensor,
    key_BGSD: Tensor,
    value_BGSD: Tensor,
    *,
    causal: bool = False,
    lengths_B: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
    with_lse: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1) with grouped keys (Ainslie et al. 2023).

    Args:
        query_BHTD, key_BGSD, value_BGSD: H is a multiple of G; query head h reads key head h // (H / G).
        causal: a query sees keys up to its own position, aligned to the end of the (valid) keys.
        lengths_B: number of valid keys in each row of the batch; the rest is padding.
        bias: added to the scores (float) or keeps where True (bool); broadcastable to (B, H, T, S).
        scale: of the scores; 1 / sqrt(D) when left out.
        with_lse: also return the log-sum-exp of the scores, (B, H, T) float32; -inf where a query sees no key.

    Returns:
        (B, H, T, D) in the query's dtype. A query that sees no key gets zeros.
    """
    group = query_BHTD.shape[1] // key_BGSD.shape[1]
    wide = torch.float64 if query_BHTD.dtype == torch.float64 else torch.float32
    key = key_BGSD.repeat_interleave(group, dim=1).to(wide)
    value = value_BGSD.repeat_interleave(group, dim=1).to(wide)
    scale = 1 / math.sqrt(query_BHTD.shape[-1]) if scale is None else scale
    scores = query_BHTD.to(wide) @ key.transpose(-1, -2) * scale
    mask = attention_mask(
        scores.shape[-2], scores.shape[-1], causal=causal, lengths_B=lengths_B, device=query_BHTD.device
    )
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    if bias is not None:
        scores = scores.masked_fill(~bias, -math.inf) if bias.dtype == torch.bool else scores + bias.to(wide)
    lse_BHT1 = torch.logsumexp(scores, dim=-1, keepdim=True)
    weights = torch.exp(scores - lse_BHT1.masked_fill(lse_BHT1 == -math.inf, 0.0))
    out = (weights @ value).to(query_BHTD.dtype)
    return (out, lse_BHT1.squeeze(-1).float()) if with_lse else out


def rms_norm(x_D: Tensor, weight_D: Tensor, eps: float) -> Tensor:
    """Root-mean-square norm over the last axis (Zhang and Sennrich 2019)."""
    wide = x_D.float() if x_D.dtype != torch.float64 else x_D
    scaled = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps)
    return (scaled * weight_D.to(wide.dtype)).to(x_D.dtype)


def layer_norm(x_D: Tensor, weight_D: Tensor, bias_D: Tensor | None, eps: float) -> Tensor:
    """Layer norm over the last axis (Ba et al. 2016)."""
    wide = x_D.float() if x_D.dtype != torch.float64 else x_D
    centred = wide - wide.mean(-1, keepdim=True)
    out = centred * torch.rsqrt(centred.square().mean(-1, keepdim=True) + eps) * weight_D.to(wide.dtype)
    return (out if bias_D is None else out + bias_D.to(wide.dtype)).to(x_D.dtype)


def add_rms_norm(x_D: Tensor, branch_D: Tensor, weight_D: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """x + branch, rounded as x is, and its `rms_norm`: what a residual stream becomes and what the next layer reads."""
    total = x_D + branch_D
    return total, rms_norm(total, weight_D, eps)


def add_layer_norm(
    x_D: Tensor, branch_D: Tensor, weight_D: Tensor, bias_D: Tensor | None, eps: float
) -> tuple[Tensor, Tensor]:
    """x + branch, rounded as x is, and its `layer_norm`."""
    total = x_D + branch_D
    return total, layer_norm(total, weight_D, bias_D, eps)


def rope(x_BHTD: Tensor, cos: Tensor, sin: Tensor, *, interleaved: bool = False) -> Tensor:
    """Rotary positions (Su et al. 2021).

    Args:
        x_BHTD: queries or keys.
        cos, sin: (T, D/2), or (B, 1, T, D/2) where rows of the batch stand at different positions.
        interleaved: pairs are (0, 1), (2, 3) ... as in the paper; otherwise (0, D/2), (1, D/2 + 1) ...
    """
    cos, sin = cos.to(x_BHTD.dtype), sin.to(x_BHTD.dtype)
    if interleaved:
        a, b = x_BHTD[..., 0::2], x_BHTD[..., 1::2]
        return torch.stack((a * cos - b * sin, b * cos + a * sin), dim=-1).flatten(-2)
    a, b = x_BHTD.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


def split_heads(
    heads_BTND: Tensor, groups: int, rotation: tuple[Tensor, Tensor] | None = None,
    norms: tuple[Tensor, Tensor] | None = None, *, eps: float = 1e-6, interleaved: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Queries (B, H, T, D), keys and values (B, G, T, D) of a fused projection: N = H + 2 G heads in this order.

    Args:
        rotation: cosine and sine of `rope`, which queries and keys are turned by.
        norms: weights (D,) of `rms_norm` for queries and for keys, applied before; `eps` is theirs.
    """
    heads = heads_BTND.shape[2] - 2 * groups
    query, key, value = heads_BTND.transpose(1, 2).split((heads, groups, groups), dim=1)
    if norms is not None:
        query, key = rms_norm(query, norms[0], eps), rms_norm(key, norms[1], eps)
    if rotation is not None:
        query, key = (rope(part, *rotation, interleaved=interleaved) for part in (query, key))
    return query, key, value


def store_heads(
    heads_BTND: Tensor, keys_BGSD: Tensor, values_BGSD: Tensor, start: int | Tensor,
    rotation: tuple[Tensor, Tensor] | None = None, norms: tuple[Tensor, Tensor] | None = None, *, eps: float = 1e-6,
    interleaved: bool = False,
) -> Tensor:  # fmt: skip
    """`split_heads`, with keys and values put into a cache in place; returns the queries.

    Args:
        start: where the first token goes, or (B,) or (1,) integers, one a row. A token that would lie outside of the
            cache is left out.
    """
    batch, tokens, _, _ = heads_BTND.shape
    query, key, value = split_heads(
        heads_BTND, keys_BGSD.shape[1], rotation, norms, eps=eps, interleaved=interleaved
    )  # fmt: skip
    starts_B = start.tolist() if isinstance(start, Tensor) else [start]
    for row in range(batch):
        first = starts_B[row % len(starts_B)]
        begin, end = max(0, first), max(0, min(keys_BGSD.shape[2], first + tokens))
        keys_BGSD[row, :, begin:end] = key[row, :, begin - first : end - first]
        values_BGSD[row, :, begin:end] = value[row, :, begin - first : end - first]
    return query


def activate(x: Tensor, kind: Activation, bias_N: Tensor | None = None) -> Tensor:
    """The pointwise non-linearity named `kind`, of x + bias."""
    x = x if bias_N is None else x + bias_N
    if kind == "gelu":
        return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))
    if kind == "gelu_tanh":
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    if kind == "quick_gelu":
        return x * torch.sigmoid(1.702 * x)
    if kind == "relu":
        return x.clamp_min(0)
    if kind == "silu":
        return x * torch.sigmoid(x)
    raise ValueError(f"kind: unknown activation {kind!r}")


def swiglu(gate_up: Tensor) -> Tensor:
    """silu(gate) * up (Shazeer 2020); the last axis holds gate and up one after the other, and is halved."""
    gate, up = gate_up.chunk(2, dim=-1)
    return gate * torch.sigmoid(gate) * up


def gated(gate_up: Tensor, kind: Activation, bias_N: Tensor | None = None) -> Tensor:
    """act(gate) * up (Shazeer 2020), of gate_up + bias; the last axis holds gate, then up, and is halved."""
    gate, up = (gate_up if bias_N is None else gate_up + bias_N).chunk(2, dim=-1)
    return activate(gate, kind) * up


def log_mel(
    samples_BS: Tensor, filters_MK: Tensor, *, window: int = 400, hop: int = 160, floor: float = -10.0,
    span: float | None = None,
) -> Tensor:  # fmt: skip
    """Log10 energies (B, M, max(S, window / 2 + 1) // hop + 1) of sound in mel bands (Radford et al. 2022, 2.2).

    Frame i is centred on sample i * hop, under a Hann window; the beginning is mirrored, and so is the end after one
    hop of silence. Sound shorter than half a window is followed by silence.

    Args:
        filters_MK: the bands' weights of the window / 2 + 1 bins.
        floor: the least log10 told apart.
        span: cut each row to this many powers of ten below its loudest number, and scale by (x + 4) / 4.
    """
    missing = max(0, window // 2 + 1 - samples_BS.shape[1])
    padded = torch.nn.functional.pad(samples_BS, (0, missing + hop))
    shape = torch.hann_window(window, dtype=samples_BS.dtype, device=samples_BS.device)
    spectrum = torch.stft(padded, window, hop, window=shape, center=True, pad_mode="reflect", return_complex=True)
    energy = filters_MK.to(samples_BS.dtype) @ spectrum[..., :-1].abs().square()
    features = energy.clamp_min(10**floor).log10()
    if span is None:
        return features
    return (torch.maximum(features, features.amax(dim=(1, 2), keepdim=True) - span) + 4.0) / 4.0


def linear_cross_entropy(
    hidden_ND: Tensor, weight_VD: Tensor, targets_N: Tensor, bias_V: Tensor | None = None, *, ignored: int = -100,
    mean: bool = True,
) -> Tensor:  # fmt: skip
    """Cross-entropy of the tokens that follow, from the states before the head: mean or sum over all that count.

    Args:
        hidden_ND, weight_VD, bias_V: logits are hidden @ weight.T + bias.
        targets_N: the right token of each row, or `ignored`: the row doesn't count.
    """
    wide = torch.float64 if hidden_ND.dtype == torch.float64 else torch.float32
    bias = None if bias_V is None else bias_V.to(wide)
    logits_NV = torch.nn.functional.linear(hidden_ND.to(wide), weight_VD.to(wide), bias)
    kind = "mean" if mean else "sum"
    return torch.nn.functional.cross_entropy(logits_NV, targets_N, ignore_index=ignored, reduction=kind)


def quantized_matmul(x_MK: Tensor, codes_NK: Tensor, scales_NJ: Tensor, offsets_NJ: Tensor | None = None) -> Tensor:
    """Weight-only quantised matmul: x @ weight.T with weight = codes * scale + offset in groups of K / J along K.

    Args:
        x_MK: any leading shape, floating point.
        codes_NK: int8 codes, one a weight.
        scales_NJ, offsets_NJ: one a group; J = 1 is one a row of the weight.
    """
    n, k = codes_NK.shape
    grouped = codes_NK.float().view(n, scales_NJ.shape[1], -1) * scales_NJ.float()[..., None]
    if offsets_NJ is not None:
        grouped = grouped + offsets_NJ.float()[..., None]
    return (x_MK.float() @ grouped.view(n, k).T).to(x_MK.dtype)
