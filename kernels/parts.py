"""The smallest bricks: the shape of a layer, and linear layers, embeddings and norms made without drawing weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from kernels import dispatch
from kernels.reference import Activation

_bare: ContextVar[bool] = ContextVar("uninitialised", default=False)


@dataclass(frozen=True)
class LayerConfig:
    """Shape of one transformer layer.

    Attributes:
        hidden: the feed-forward's inner width.
        norm_first: norms stand before attention and feed-forward, otherwise behind their sum with the stream (BERT).
        branch_norm: one more norm on what each of the two adds (Gemma).
        attention_scale: of the scores; 1 / sqrt(head width) when None.
        residual_gated: what each of the two adds is multiplied by tanh of a gate (Llama-3.2-Vision's global layers).
    """

    width: int
    heads: int
    hidden: int
    key_value_heads: int | None = None
    head_width: int | None = None
    norm: Literal["layer", "rms"] = "layer"
    norm_eps: float = 1e-5
    norm_first: bool = True
    activation: Activation = "gelu"
    gated: bool = False
    attention_bias: bool = True
    output_bias: bool = True
    mlp_bias: bool = True
    query_key_norm: bool = False
    rope_interleaved: bool = False
    branch_norm: bool = False
    attention_scale: float | None = None
    residual_gated: bool = False

    def __post_init__(self) -> None:
        for name in ("width", "heads", "hidden"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be above 0, got {getattr(self, name)}")
        if self.heads % self.groups:
            raise ValueError(f"key_value_heads: {self.groups} does not divide heads {self.heads}")
        if self.head_width is None and self.width % self.heads:
            raise ValueError(f"heads: {self.heads} does not divide width {self.width}")
        if self.branch_norm and not self.norm_first:
            raise ValueError("branch_norm: is only for layers with norm_first")

    @property
    def groups(self) -> int:
        """Number of key-value heads."""
        return self.heads if self.key_value_heads is None else self.key_value_heads

    @property
    def head(self) -> int:
        """Width of one head."""
        return self.width // self.heads if self.head_width is None else self.head_width


@contextmanager
def uninitialised() -> Iterator[None]:
    """Layers made inside leave their weights unset: for models about to be filled from a checkpoint.

    (PyTorch's own way, the meta device, imports its compiler, which costs seconds.)
    """
    token = _bare.set(True)
    try:
        yield
    finally:
        _bare.reset(token)


class Linear(nn.Linear):
    """nn.Linear that honours `uninitialised`."""

    def reset_parameters(self) -> None:
        """Random weights as nn.Linear's, unless inside `uninitialised`."""
        if not _bare.get():
            super().reset_parameters()


class Embedding(nn.Embedding):
    """nn.Embedding that honours `uninitialised`."""

    def reset_parameters(self) -> None:
        """Random weights as nn.Embedding's, unless inside `uninitialised`."""
        if not _bare.get():
            super().reset_parameters()


class Norm(nn.Module):
    """LayerNorm (weight and bias) or RMSNorm (weight) over the last axis."""

    def __init__(self, width: int, kind: Literal["layer", "rms"], eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if kind == "layer" else None

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as x."""
        if self.bias is None:
            return dispatch.rms_norm(x, self.weight, self.eps)
        return dispatch.layer_norm(x, self.weight, self.bias, self.eps)

    def add(self, x: Tensor, branch: Tensor | None) -> tuple[Tensor, Tensor]:
        """x + branch (x alone without one) and its norm, each of x's shape."""
        if branch is None:
            return x, self(x)
        if self.bias is None:
            return dispatch.add_rms_norm(x, branch, self.weight, self.eps)
        return dispatch.add_layer_norm(x, branch, self.weight, self.bias, self.eps)
