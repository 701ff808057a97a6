"""GGUF's block formats, each taken apart into codes, scales and offsets: weight = code * scale + offset.

Source of the layouts: ggml-common.h and ggml-quants.c of ggml. Everything is vectorised over blocks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Codes = NDArray[np.int8]


@dataclass(frozen=True)
class Quantized:
    """Codes (N, K) int8 with scales and offsets (N, J) float32 for groups of K / J weights; no offsets means zero."""

    codes_NK: Codes
    scales_NJ: Floats
    offsets_NJ: Floats | None

    def dequantize(self) -> Floats:
        """The weights (N, K) in float32."""
        n, k = self.codes_NK.shape
        out = self.codes_NK.reshape(n, self.scales_NJ.shape[1], -1).astype(np.float32)
        out *= self.scales_NJ[..., None]
        if self.offsets_NJ is not None:
            out += self.offsets_NJ[..., None]
        return out.reshape(n, k)


def _half(block: Bytes) -> Floats:
    """Two bytes on the last axis to one float32 without that axis's pairs."""
    return np.ascontiguousarray(block).view(np.float16).astype(np.float32)


def _nibbles(packed: Bytes) -> Codes:
    """(..., n) bytes to (..., 2n) codes 0 to 15: all low halves, then all high halves."""
    return np.concatenate((packed & 15, packed >> 4), axis=-1).view(np.int8)


def _q8_0(raw: Bytes) -> Quantized:
    rows = raw.shape[0]
    codes = np.ascontiguousarray(raw[..., 2:]).view(np.int8)
    return Quantized(codes.reshape(rows, -1), _half(raw[..., :2]).reshape(rows, -1), None)


def _q4_0(raw: Bytes) -> Quantized:
    rows = raw.shape[0]
    codes = _nibbles(raw[..., 2:]) - np.int8(8)
    return Quantized(codes.reshape(rows, -1), _half(raw[..., :2]).reshape(rows, -1), None)


def _q4_1(raw: Bytes) -> Quantized:
    rows = raw.shape[0]
    both = _half(raw[..., :4])
    codes = _nibbles(raw[..., 4:]).reshape(rows, -1)
    return Quantized(codes, both[..., 0].reshape(rows, -1).copy(), both[..., 1].reshape(rows, -1).copy())


def _q4_k(raw: Bytes) -> Quantized:
    """Super-blocks of 8 groups of 32: d, dmin (half), 8 six-bit scales and 8 six-bit minima in 12 bytes, 128 bytes of
    codes."""
    rows, blocks, _ = raw.shape
    scales, minima = q4_k_scales(raw)
    codes = _nibbles(raw[..., 16:].reshape(rows, blocks, 4, 32))
    return Quantized(codes.reshape(rows, -1), scales.reshape(rows, -1), minima.reshape(rows, -1))


def q4_k_scales(raw: Bytes) -> tuple[Floats, Floats]:
    """Scales and offsets (N, blocks, 8) of Q4_K blocks (N, blocks, 144)."""
    rows, blocks, _ = raw.shape
    both = _half(raw[..., :4])
    packed = raw[..., 4:16].reshape(rows, blocks, 3, 4)
    low, middle, high = packed[:, :, 0], packed[:, :, 1], packed[:, :, 2]
    scales = np.concatenate((low & 63, (high & 15) | ((low >> 2) & 48)), axis=-1).astype(np.float32)
    minima = np.concatenate((middle & 63, (high >> 4) | ((middle >> 2) & 48)), axis=-1).astype(np.float32)
    scales *= both[..., :1]
    minima *= -both[..., 1:2]
    return scales, minima


def _q6_k(raw: Bytes) -> Quantized:
    """Super-blocks of 16 groups of 16: 128 bytes of low nibbles, 64 of high bit pairs, 16 int8 scales, d (half)."""
    rows, blocks, _ = raw.shape
    low = _nibbles(raw[..., :128].reshape(rows, blocks, 2, 64)).reshape(rows, blocks, 2, 4, 32)
    pairs = raw[..., 128:192].reshape(rows, blocks, 2, 1, 32)
    shifts = np.array([0, 2, 4, 6], dtype=np.uint8)[:, None]
    high = ((pairs >> shifts) & 3).astype(np.int8) << 4
    codes = (low | high) - np.int8(32)
    scales = np.ascontiguousarray(raw[..., 192:208]).view(np.int8).astype(np.float32) * _half(raw[..., 208:210])
    return Quantized(codes.reshape(rows, -1), scales.reshape(rows, -1), None)


@dataclass(frozen=True)
class Format:
    """A tensor type of GGUF: `weights` in a block of `size` bytes; `split` is None for plain floating point."""

    name: str
    weights: int
    size: int
    split: Callable[[Bytes], Quantized] | None = None


FORMATS = {
    0: Format("F32", 1, 4),
    1: Format("F16", 1, 2),
    2: Format("Q4_0", 32, 18, _q4_0),
    3: Format("Q4_1", 32, 20, _q4_1),
    8: Format("Q8_0", 32, 34, _q8_0),
    12: Format("Q4_K", 256, 144, _q4_k),
    14: Format("Q6_K", 256, 210, _q6_k),
    30: Format("BF16", 1, 2),
}


def to_float(form: Format, raw: Bytes) -> Floats:
    """A plain floating-point tensor's bytes (any shape of whole elements on the last axis) as float32."""
    if form.name == "F32":
        return raw.view("<f4").astype(np.float32)
    if form.name == "F16":
        return raw.view("<f2").astype(np.float32)
    return (raw.view("<u2").astype(np.uint32) << 16).view(np.float32)
