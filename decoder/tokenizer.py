"""Text to tokens and back, and the chat template, all from the GGUF file itself.

Byte-level BPE (Sennrich et al. 2016; GPT-2's byte alphabet) run by the `tokenizers` library. A control token written
out in what a user, a document or a tool said stays plain text: only the template may open or close a turn.
"""

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from decoder.gguf import GGUF, damaged
from kernels.errors import UserError

_CONTROL, _USER_DEFINED = 3, 4
_QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA3 = _QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
END_NAMES = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "</s>")
"""Control tokens that end a turn or a text wherever they are there."""


def _split(pattern: str) -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip


def _pre_tokenizer(file: GGUF) -> pre_tokenizers.PreTokenizer:
    """How text is cut before merging, by the name in the file (llama.cpp's names)."""
    name = file.metadata.get("tokenizer.ggml.pre", "gpt-2")
    gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
    known = {
        "gpt-2": lambda: gpt2,
        "smollm": lambda: pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), gpt2]),
        "qwen2": lambda: _split(_QWEN2),
        "llama-bpe": lambda: _split(_LLAMA3),
    }
    if name not in known:
        raise UserError(
            f"The model file {file.source} cuts text by rules named {str(name)[:40]}, which are not supported.",
            f"Choose a model with one of these: {', '.join(known)}.",
        )
    return known[name]()


class ChatTokenizer:
    """Tokeniser and chat template of one model.

    Attributes:
        end_ids: tokens that end a turn.
        controls: control tokens by their text.
    """

    def __init__(self, file: GGUF) -> None:
        """Raises UserError if the file's vocabulary is missing, of another kind, or contradicts itself."""
        self.source = file.source
        if file.require("tokenizer.ggml.model", str) != "gpt2":
            raise UserError(f"The vocabulary in {file.source} is not byte-level BPE.", "Choose another model.")
        tokens = file.require("tokenizer.ggml.tokens", list)
        merges = file.require("tokenizer.ggml.merges", list)
        kinds = file.metadata.get("tokenizer.ggml.token_type", [1] * len(tokens))
        embedding = file.entries.get("token_embd.weight")
        if not all(isinstance(token, str) for token in tokens) or len(set(tokens)) != len(tokens):
            raise damaged(file.source, "its vocabulary holds a token twice")
        if len(kinds) != len(tokens) or (embedding is not None and embedding.shape[0] < len(tokens)):
            raise damaged(file.source, "its vocabulary does not fit its embedding")
        self._tokens: list[str] = tokens
        self.controls = {token: index for index, token in enumerate(tokens) if kinds[index] == _CONTROL}
        self._tokenizer = self._build(file, merges, kinds)
        self._bytes = {character: byte for byte, character in enumerate(byte_characters())}
        self.end_ids = self._ends(file)
        self._template = file.metadata.get("tokenizer.chat_template")
        self._add_bos = file.metadata.get("tokenizer.ggml.add_bos_token", False) is True
        self._bos = self._special(file, "bos")
        self._eos = self._special(file, "eos")
        self._compiled: Any = None
        self._by_bytes: dict[bytes, int] | None = None

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return len(self._tokens)

    def encode(self, text: str) -> list[int]:
        """Tokens of plain text; control tokens in it are not recognised."""
        return self._tokenizer.encode(self.plain(text), add_special_tokens=False).ids

    def encode_prompt(self, text: str) -> list[int]:
        """Tokens of a rendered prompt, in which control tokens count."""
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        if self._add_bos and self._bos is not None and ids[:1] != [self._bos]:
            ids.insert(0, self._bos)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Text of tokens, control tokens left out."""
        return b"".join(self.token_bytes(index) for index in ids).decode("utf-8", "replace")

    def stream(self, ids: Iterable[int]) -> Iterator[str]:
        """Pieces of text as tokens come; never half a character. Joined they equal `decode`."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        try:
            for index in ids:
                if piece := decoder.decode(self.token_bytes(index)):
                    yield piece
            if piece := decoder.decode(b"", final=True):
                yield piece
        finally:
            if hasattr(ids, "close"):
                ids.close()

    def serialized(self) -> str:
        """The tokeniser as tokenizers' JSON, for libraries that bring their own reader."""
        text: str = self._tokenizer.to_str()
        return text

    def token_bytes(self, index: int) -> bytes:
        """The bytes a token stands for; none for a control token."""
        token = self._tokens[index] if 0 <= index < len(self._tokens) else ""
        if token in self.controls:
            return b""
        if all(character in self._bytes for character in token):
            return bytes(self._bytes[character] for character in token)
        return token.encode("utf-8")

    def first_token(self, rest: bytes) -> int:
        """The token that a text beginning with these bytes goes on by, as the tokeniser would cut it."""
        try:
            ids = self._tokenizer.encode(rest.decode("utf-8"), add_special_tokens=False).ids
        except UnicodeDecodeError:  # what came before ended within a character
            return self._longest(rest)
        return ids[0] if ids and self.token_bytes(ids[0]) else self._longest(rest)

    def _longest(self, rest: bytes) -> int:
        """The token with the most of the bytes that come first."""
        if self._by_bytes is None:
            ids = range(len(self._tokens) - 1, -1, -1)
            self._by_bytes = {self.token_bytes(index): index for index in ids}
        sizes = range(min(len(rest), max(map(len, self._by_bytes))), 0, -1)
        return next(self._by_bytes[rest[:size]] for size in sizes if rest[:size] in self._by_bytes)

    def render(self, messages: Sequence[Mapping[str, str]], *, answer: bool = True) -> str:
        """The prompt for a conversation of {"role", "content"}; with `answer`, the assistant's turn is opened at its
        end.

        Raises:
            ValueError: a message without role or content.
            UserError: the file has no template, or its template fails.
        """
        clean = []
        for message in messages:
            if not isinstance(message.get("role"), str) or not isinstance(message.get("content"), str):
                raise ValueError(f"messages: each needs a role and a content, got {sorted(message)}")
            clean.append({"role": self.plain(message["role"]), "content": self.plain(message["content"])})
        return self._render(clean, answer)

    def plain(self, text: str) -> str:
        """`text` with a space inside whatever would be read as a control token."""
        while found := [control for control in self.controls if control and control in text]:
            for control in found:
                text = text.replace(control, f"{control[0]} {control[1:]}")
        return text

    def _render(self, messages: list[dict[str, str]], answer: bool) -> str:
        from decoder.templates import ChatTemplate

        if not isinstance(self._template, str):
            raise UserError(f"The model file {self.source} has no usable chat template.", "Choose a chat model.")
        try:
            if self._compiled is None:
                self._compiled = ChatTemplate(self._template)
            rendered: str = self._compiled.render({
                "messages": messages, "add_generation_prompt": answer, "bos_token": self._text(self._bos),
                "eos_token": self._text(self._eos),
            })  # fmt: skip
            if not rendered:
                raise ValueError("it leaves nothing of a conversation")
            return rendered
        except ValueError as error:
            raise UserError(f"The chat template in {self.source} failed ({error}).", "Choose another model.") from None

    def _build(self, file: GGUF, merges: list[Any], kinds: Sequence[int]) -> Tokenizer:
        pairs: Any = [tuple(merge.split(" ")) for merge in merges if isinstance(merge, str)]
        if len(pairs) != len(merges) or any(len(pair) != 2 for pair in pairs):
            raise damaged(file.source, "its merges are not pairs")
        vocabulary = {token: index for index, token in enumerate(self._tokens)}
        name = file.metadata.get("tokenizer.ggml.pre", "gpt-2")
        try:
            tokenizer = Tokenizer(models.BPE(vocabulary, pairs, ignore_merges=name == "llama-bpe"))
        except Exception as error:  # the library raises bare Exception
            raise damaged(file.source, f"its merges do not fit its vocabulary ({error})") from None
        if name == "qwen2":
            tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = _pre_tokenizer(file)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.add_tokens([
            AddedToken(token, special=kinds[index] == _CONTROL, normalized=False)
            for index, token in enumerate(self._tokens) if kinds[index] in (_CONTROL, _USER_DEFINED) and token
        ])  # fmt: skip
        if tokenizer.get_vocab_size() != len(self._tokens):
            raise damaged(file.source, "its vocabulary contradicts itself")
        return tokenizer

    def _ends(self, file: GGUF) -> frozenset[int]:
        ends = {self.controls[name] for name in END_NAMES if name in self.controls}
        end = self._special(file, "eos")
        return frozenset(ends if end is None else ends | {end})

    def _special(self, file: GGUF, name: str) -> int | None:
        value = file.metadata.get(f"tokenizer.ggml.{name}_token_id")
        if value is not None and (not isinstance(value, int) or value >= len(self._tokens)):
            raise damaged(file.source, f"its {name} token lies outside its vocabulary")
        return value

    def _text(self, index: int | None) -> str:
        return "" if index is None else self._tokens[index]


def byte_characters() -> list[str]:
    """GPT-2's printable stand-in for each byte, by byte (`bytes_to_unicode` of openai/gpt-2)."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    spare = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(spare)) for byte in range(256)]
