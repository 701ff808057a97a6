"""Whisper's decoder: its checkpoint table, its tokens, and the rules by which tokens may follow each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from decoder.config import DecoderConfig
from decoder.text import TextDecoder
from kernels.checkpoints import REMEDY, Checkpoint, Rule, damaged, load_strict
from kernels.errors import UserError
from kernels.folders import read_tokenizer
from kernels.layers import MemoryConfig, uninitialised

# Ours inside a Block -> CTranslate2's inside a decoder layer; fused matrices are fused there too.
_CT2_LAYER = {
    "attention_norm.weight": "self_attention/layer_norm/gamma",
    "attention_norm.bias": "self_attention/layer_norm/beta",
    "attention.qkv.weight": "self_attention/linear_0/weight",
    "attention.qkv.bias": "self_attention/linear_0/bias",
    "attention.out.weight": "self_attention/linear_1/weight",
    "attention.out.bias": "self_attention/linear_1/bias",
    "cross.audio.norm.weight": "attention/layer_norm/gamma",
    "cross.audio.norm.bias": "attention/layer_norm/beta",
    "cross.audio.query.weight": "attention/linear_0/weight",
    "cross.audio.query.bias": "attention/linear_0/bias",
    "cross.audio.key_value.weight": "attention/linear_1/weight",
    "cross.audio.key_value.bias": "attention/linear_1/bias",
    "cross.audio.out.weight": "attention/linear_2/weight",
    "cross.audio.out.bias": "attention/linear_2/bias",
    "mlp_norm.weight": "ffn/layer_norm/gamma",
    "mlp_norm.bias": "ffn/layer_norm/beta",
    "mlp.up.weight": "ffn/linear_0/weight",
    "mlp.up.bias": "ffn/linear_0/bias",
    "mlp.down.weight": "ffn/linear_1/weight",
    "mlp.down.bias": "ffn/linear_1/bias",
}
_CT2_IGNORED = (
    "encoder/*", "decoder/activation", "decoder/alibi", "decoder/alibi_use_positive_positions", "decoder/scale_alibi",
    "decoder/alignment_heads", "decoder/alignment_layer", "decoder/num_heads", "decoder/pre_norm",
    "decoder/scale_embeddings", "decoder/start_from_zero_embedding",
)  # fmt: skip
TIME_STEP_S = 0.02  # what one timestamp token counts


def whisper_config(checkpoint: Checkpoint) -> DecoderConfig:
    """The decoder's shape, read from a CTranslate2 Whisper checkpoint's tensors.

    Raises:
        UserError: a tensor that tells the shape is missing.
    """
    words = checkpoint.tensors.get("decoder/embeddings/weight")
    places = checkpoint.tensors.get("decoder/position_encodings/encodings")
    inner = checkpoint.tensors.get("decoder/layer_0/ffn/linear_0/weight")
    if words is None or places is None or inner is None or {words.dim(), places.dim(), inner.dim()} != {2}:
        raise damaged(checkpoint.source, "the decoder's first tensors are missing")
    layers = sum(name.startswith("decoder/") and name.endswith("/ffn/linear_0/weight") for name in checkpoint.tensors)
    heads = checkpoint.scalar("decoder/num_heads")
    if heads <= 0 or words.shape[1] % heads:
        raise damaged(checkpoint.source, f"{heads} heads do not divide width {words.shape[1]}")
    return DecoderConfig(
        vocabulary=words.shape[0], width=words.shape[1], layers=layers, heads=heads, hidden=inner.shape[0],
        max_positions=places.shape[0], positions="learned", norm="layer", activation="gelu", gated=False,
        attention_bias=True, output_bias=True, mlp_bias=True, tied=True,
        memories=(MemoryConfig("audio", tuple(range(layers))),),
    )  # fmt: skip


def load_whisper(checkpoint: Checkpoint) -> TextDecoder:
    """Whisper's text decoder with a CTranslate2 checkpoint's weights, float32.

    Raises:
        UserError: a tensor is missing, unknown, misshapen or not finite.
    """
    config = whisper_config(checkpoint)
    with uninitialised():
        decoder = TextDecoder(config)
    load_strict(decoder, checkpoint, whisper_table(config), _CT2_IGNORED)
    return decoder.eval().requires_grad_(False)


def whisper_table(config: DecoderConfig) -> dict[str, Rule | str]:
    """Our names -> CTranslate2's, for a decoder of this shape."""
    table: dict[str, Rule | str] = {
        "embedding.weight": "decoder/embeddings/weight",
        "positions.weight": "decoder/position_encodings/encodings",
        "norm.weight": "decoder/layer_norm/gamma",
        "norm.bias": "decoder/layer_norm/beta",
    }
    for layer in range(config.layers):
        table |= {f"blocks.{layer}.{our}": f"decoder/layer_{layer}/{their}" for our, their in _CT2_LAYER.items()}
    return table


class WhisperTokens:
    """Whisper's vocabulary: text, the special tokens by name, and prompts (Radford et al. 2022, section 2.3)."""

    def __init__(self, path: Path) -> None:
        """Read a `tokenizer.json`.

        Raises:
            UserError: it cannot be read or isn't Whisper's.
        """
        self._tokenizer = read_tokenizer(path)
        self.end = self._named(path, "<|endoftext|>")
        self.start = self._named(path, "<|startoftranscript|>")
        self.previous = self._named(path, "<|startofprev|>")
        self.no_timestamps = self._named(path, "<|notimestamps|>")
        self.first_time = self.no_timestamps + 1
        self.no_speech = self._tokenizer.token_to_id("<|nospeech|>") or self._named(path, "<|nocaptions|>")

    def _named(self, path: Path, name: str) -> int:
        token = self._tokenizer.token_to_id(name)
        if token is None:
            raise UserError(f"The tokenizer {path.name} is not Whisper's: {name} is missing.", REMEDY)
        return int(token)

    @cached_property
    def multilingual(self) -> bool:
        """English-only vocabularies are one token shorter."""
        return self.end == 50257

    @cached_property
    def languages(self) -> Mapping[str, int]:
        """Language code -> token, for multilingual vocabularies; English alone otherwise."""
        if not self.multilingual:
            return {"en": -1}
        return {str(self._tokenizer.id_to_token(i))[2:-2]: i for i in range(self.start + 1, self._task(True))}

    def prompt(self, language: str, translate: bool, previous: Sequence[int] = (), context: int = 448) -> list[int]:
        """The tokens before the transcript: what was said before (its end, if long), language and task."""
        before = [self.previous, *previous[-(context // 2 - 1) :]] if previous else []
        if not self.multilingual:
            return [*before, self.start]
        return [*before, self.start, self.languages[language], self._task(translate)]

    def _task(self, translate: bool) -> int:
        return int(self._tokenizer.token_to_id("<|translate|>" if translate else "<|transcribe|>") or 0)

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, none of them special."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, special and timestamp tokens left out."""
        return self._tokenizer.decode([token for token in tokens if token < self.end])


@dataclass(frozen=True)
class TokenRules:
    """Which token may come next (Radford et al. 2022, section 4.5; openai/whisper decoding.py ApplyTimestampRules).

    Attributes:
        suppressed: never sampled (symbols that nobody speaks, special tokens).
        suppressed_first: not sampled as the first token (blank, end of text).
        max_first_s: the first timestamp is no later.
    """

    tokens: WhisperTokens
    suppressed: tuple[int, ...]
    suppressed_first: tuple[int, ...]
    max_first_s: float = 1.0

    @cached_property
    def mask(self) -> Tensor:
        """Indices of tokens that are never sampled."""
        return torch.tensor(sorted({*self.suppressed, self.tokens.no_timestamps}))

    def apply(self, logits_V: Tensor, sampled: Sequence[int]) -> Tensor:
        """Forbid tokens (-inf, in place) given those sampled so far; returns log-probabilities (V,)."""
        tokens, first = self.tokens, self.tokens.first_time
        logits_V[self.mask] = -torch.inf
        if not sampled:
            logits_V[list(self.suppressed_first)] = -torch.inf
            logits_V[:first] = -torch.inf  # a transcript begins with a time
            logits_V[first + round(self.max_first_s / TIME_STEP_S) + 1 :] = -torch.inf
            return logits_V.log_softmax(-1)
        if sampled[-1] >= first:
            if len(sampled) < 2 or sampled[-2] >= first:
                logits_V[first:] = -torch.inf  # a pair is complete: text comes
            else:
                logits_V[: tokens.end] = -torch.inf  # an end time is followed by the next start or by the end
                logits_V[first : sampled[-1]] = -torch.inf
        else:
            latest = next((token for token in reversed(sampled) if token >= first), first - 1)
            logits_V[first : latest + 1] = -torch.inf  # time only moves on
        logprobs_V = logits_V.log_softmax(-1)
        if float(logprobs_V[first:].logsumexp(-1)) > float(logprobs_V[:first].max()):
            logits_V[:first] = -torch.inf  # a time is likelier than any word
            return logits_V.log_softmax(-1)
        return logprobs_V
