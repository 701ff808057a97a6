"""The tokeniser of a Hugging Face folder: tokenizer.json, the chat template beside it, and the ids that end a text.

Byte-level BPE (GPT-2, Llama 3, Qwen) and BPE with byte fallback as converted from SentencePiece (Llama 2, Mistral,
Gemma). Templates run in the same sandbox as those of GGUF files.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from decoder.tokenizer import END_NAMES, ChatTokenizer, byte_characters
from kernels.checkpoints import damaged
from kernels.errors import UserError
from kernels.folders import read_json, read_tokenizer, size_of

_MOST_TEMPLATE = 1 << 16
_SPACE = "\u2581"  # SentencePiece's sign for a space


class FolderTokenizer(ChatTokenizer):
    """Tokeniser and chat template of a model's folder; see ChatTokenizer."""

    def __init__(self, folder: Path, vocabulary: int) -> None:
        """`vocabulary` is the number of rows of the model's embedding.

        Raises:
            UserError: tokenizer.json is missing, damaged, of an unknown kind, or does not fit the model.
        """
        self.source = folder.name
        self._tokenizer = read_tokenizer(folder / "tokenizer.json")
        self._tokens = [""] * size_of(self._tokenizer, "tokenizer.json", vocabulary)
        for token, index in self._tokenizer.get_vocab(with_added_tokens=True).items():
            self._tokens[index] = token
        added = self._tokenizer.get_added_tokens_decoder()
        self.controls = {token.content: index for index, token in added.items() if token.special}
        self._pieces = not self._byte_level()
        self._bytes = {character: byte for byte, character in enumerate(byte_characters())}
        self._by_bytes = None
        options = _optional(folder / "tokenizer_config.json")
        self._bos, self._eos = (self._named(options, f"{name}_token") for name in ("bos", "eos"))
        self.end_ids = self._ends(_optional(folder / "generation_config.json"), _optional(folder / "config.json"))
        self._template = _template(folder, options)
        self._add_bos = False  # the template says where it stands
        self._compiled = None

    def token_bytes(self, index: int) -> bytes:
        """The bytes a token stands for; none for a control token."""
        if not self._pieces:
            return super().token_bytes(index)
        token = self._tokens[index] if 0 <= index < len(self._tokens) else ""
        if token in self.controls:
            return b""
        if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
            return bytes([int(token[3:5], 16)])
        return token.replace(_SPACE, " ").encode("utf-8")

    def first_token(self, rest: bytes) -> int:
        """See ChatTokenizer; SentencePiece would put a space before a text that stands alone."""
        return self._longest(rest) if self._pieces else super().first_token(rest)

    def _byte_level(self) -> bool:
        """Whether tokens are spelled in GPT-2's alphabet of bytes; else they are SentencePiece's."""
        state = json.loads(self._tokenizer.decoder.__getstate__()) if self._tokenizer.decoder is not None else {}
        kinds = {part.get("type") for part in (state, *state.get("decoders", ()))}
        if "ByteLevel" in kinds:
            return True
        if {"ByteFallback", "Metaspace"} & kinds:
            return False
        raise UserError(
            f"The tokenizer.json in {self.source} spells its tokens in an unknown way.",
            "Choose a model with byte-level BPE or SentencePiece.",
        )

    def _named(self, options: Mapping[str, Any], field: str) -> int | None:
        """The id of a token that tokenizer_config.json names, as text or as an object with its content."""
        value = options.get(field)
        text = value.get("content") if isinstance(value, dict) else value
        if text is None:
            return None
        index = self._tokenizer.token_to_id(text) if isinstance(text, str) else None
        if index is None:
            raise damaged("tokenizer_config.json", f"{field} {str(text)[:40]!r} is not in the vocabulary")
        return index

    def _ends(self, *configs: Mapping[str, Any]) -> frozenset[int]:  # type: ignore[override]
        ends = {self.controls[name] for name in END_NAMES if name in self.controls}
        for config in configs:
            value = config.get("eos_token_id")
            for index in value if isinstance(value, list) else [] if value is None else [value]:
                if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(self._tokens):
                    raise damaged(self.source, f"eos_token_id {str(index)[:40]} lies outside its vocabulary")
                ends.add(index)
        if self._eos is not None:
            ends.add(self._eos)
        if not ends:
            raise damaged(self.source, "neither generation_config.json nor tokenizer_config.json says what ends a text")
        return frozenset(ends)


def _optional(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}


def _template(folder: Path, options: Mapping[str, Any]) -> str | None:
    """The chat template: a file of its own, or a field of tokenizer_config.json, there perhaps one of several."""
    path = folder / "chat_template.jinja"
    if path.is_file() and path.stat().st_size <= _MOST_TEMPLATE:
        return path.read_text(encoding="utf-8", errors="replace")
    value = _optional(folder / "chat_template.json").get("chat_template", options.get("chat_template"))
    if isinstance(value, list):
        value = _default(entry for entry in value if isinstance(entry, dict))
    return value if isinstance(value, str) else None


def _default(entries: Iterable[Mapping[str, Any]]) -> Any:
    return next((entry.get("template") for entry in entries if entry.get("name") == "default"), None)
