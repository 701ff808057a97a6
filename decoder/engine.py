"""A decoder of the LLaMA family on the processor's compiled kernels: all layers of a step in one call.

It works in place on the model's KeyValueCache, so steps here and steps through PyTorch may follow each other. What it
does not know (other families, batches, padding, layouts) stays with `TextDecoder`'s own layers, its plain twin.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from decoder.config import DecoderConfig
from decoder.packing import PackedLinear
from kernels.cache import KeyValueCache
from kernels.cpu import fields as f
from kernels.cpu.team import Team, team
from kernels.layers import Block

if TYPE_CHECKING:
    from decoder.text import TextDecoder


CACHE = torch.float16
"""What the compiled layers keep keys and values in."""


def knows(config: DecoderConfig) -> bool:
    """Whether the config asks for nothing but what the compiled layers do: rotary positions, RMS norms before,
    grouped keys, optional query-key norms and biases of query, key and value, and gated SiLU."""
    plain = DecoderConfig(
        vocabulary=config.vocabulary, width=config.width, layers=config.layers, heads=config.heads,
        hidden=config.hidden, key_value_heads=config.key_value_heads, head_width=config.head_width,
        max_positions=config.max_positions, rope_theta=config.rope_theta, rope_scaling=config.rope_scaling,
        norm_eps=config.norm_eps, attention_bias=config.attention_bias, query_key_norm=config.query_key_norm,
        tied=config.tied,
    )  # fmt: skip
    return plain == config and config.layer.head % 16 == 0


class Engine:
    """The layers of one decoder, ready for the compiled kernels."""

    def __init__(self, model: "TextDecoder") -> None:
        """`model` has PackedLinear layers throughout, and a config that `knows` accepts."""
        self._config = config = model.config
        self._blocks = [block for block in model.blocks if isinstance(block, Block)]
        self._table = torch.tensor([_layer_fields(block) for block in self._blocks])
        self._numbers = torch.tensor([config.norm_eps, config.layer.head**-0.5])
        matrices = _matrices(self._blocks[0])
        self._rows = [_rounded(matrix.matrix.rows, 16) for matrix in matrices]
        self._groups = max(matrix.matrix.codes.shape[1] for matrix in matrices)

    def takes(self, tokens_BT: Tensor, cache: KeyValueCache | None) -> bool:
        """Whether the next step, with this cache if any, can go this way."""
        if cache is not None and (cache.padding_B is not None or cache.keys.dtype != CACHE):
            return False
        return tokens_BT.shape[0] == 1

    def hidden(self, x_1TD: Tensor, cache: KeyValueCache, rotation: tuple[Tensor, Tensor]) -> Tensor:
        """Embedded tokens that follow the cache's through all layers, (1, T, D) to the same; the cache grows by T.

        Args:
            rotation: cosines and sines (positions, head / 2) from the first position on.

        Raises:
            ValueError: the tokens don't fit the cache.
        """
        tokens, width = x_1TD.shape[1:]
        if cache.length + tokens > cache.capacity:
            raise ValueError(f"capacity: {cache.length + tokens} tokens do not fit a cache of {cache.capacity}")
        x_TD = torch.zeros(tokens, _rounded(width, 16))
        x_TD[:, :width] = x_1TD[0]
        cos, sin = (table.contiguous() for table in rotation)
        crew = team()
        with crew.lock:
            fields = self._fields(crew, tokens, cache)
            fields |= {
                f.X: x_TD.data_ptr(), f.IN_STEP: 4 * x_TD.shape[1], f.COS: cos.data_ptr(), f.SIN: sin.data_ptr()
            }  # fmt: skip
            crew.run(fields, f.LAYER_PHASES * self._config.layers, (self._table, self._numbers))
        cache.advance(tokens)
        return x_TD[None, :, :width]

    def _fields(self, crew: Team, tokens: int, cache: KeyValueCache) -> dict[int, int]:
        layer, past, threads = self._config.layer, cache.length, crew.threads
        seen, head = past + tokens, layer.head
        scores = 4 * _rounded(seen, f.KEYS)
        columns = head * scores
        many = 8 * f.QUERIES * head + f.LINE + f.QUERIES * scores
        one = 4 * head * (layer.heads // layer.groups + f.KEYS)
        scratch = _rounded(max(4 * 32 * self._groups, one if tokens == 1 else many), f.LINE)
        qkv, wide = 4 * self._rows[0], 4 * self._rows[2]
        return {
            f.KIND: f.KIND_LAYERS, f.TOKENS: tokens, f.PAST: past, f.LAYERS: self._config.layers,
            f.LAYERS_AT: self._table.data_ptr(), f.HEADS: layer.heads, f.GROUPS: layer.groups, f.HEAD: head,
            f.HIDDEN: layer.hidden, f.WIDTH: layer.width, f.NUMBERS: self._numbers.data_ptr(),
            f.KEYS_AT: cache.keys.data_ptr(), f.VALUES_AT: cache.values.data_ptr(),
            f.LAYER_STEP: 2 * cache.keys.stride(0), f.GROUP_STEP: 2 * cache.keys.stride(2),
            f.CODES: crew.room("codes", tokens * self._groups * 32),
            f.META: crew.room("meta", tokens * self._groups * 8),
            f.QKV: crew.room("qkv", tokens * qkv), f.QKV_STEP: qkv,
            f.WIDE: crew.room("wide", tokens * wide), f.WIDE_STEP: wide,
            f.ATTENDED: crew.room("attended", 4 * tokens * layer.heads * head),
            f.COLUMNS: crew.room("columns", columns * layer.groups if tokens > 1 else 0), f.COLUMNS_STEP: columns,
            f.SCORES: crew.room("scores", layer.heads * scores if tokens == 1 else 0), f.SCORES_STEP: scores,
            f.SCRATCH: crew.room("scratch", scratch * threads), f.SCRATCH_STEP: scratch,
        }  # fmt: skip


def _matrices(block: Block) -> list[PackedLinear]:
    assert block.attention is not None
    found = [block.attention.qkv, block.attention.out, block.mlp.up, block.mlp.down]
    return [matrix for matrix in found if isinstance(matrix, PackedLinear)]


def _layer_fields(block: Block) -> list[int]:
    """A layer as `kernels.cpu.fields` lays it out."""
    attention = block.attention
    assert attention is not None
    fields = [number for linear in _matrices(block) for number in linear.matrix.fields]
    norms = (block.attention_norm, block.mlp_norm, attention.query_norm, attention.key_norm)
    return fields + [0 if norm is None else norm.weight.data_ptr() for norm in norms]


def _rounded(number: int, step: int) -> int:
    return -(-number // step) * step
