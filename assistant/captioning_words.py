"""Words of captioning models: text to token ids and back, from whichever tokenizer files a published folder has."""

import json
import string
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from kernels.checkpoints import damaged
from kernels.errors import UserError
from kernels.folders import read_json

_MOST_FILE = 64 << 20
_BERT = ("[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]")


class Words:
    """The tokeniser of one model: tokenizer.json, or vocab.json with merges.txt (GPT-2, RoBERTa), or vocab.txt (BERT).

    Attributes:
        size: the highest id, and one.
    """

    def __init__(self, folder: Path, vocabulary: int) -> None:
        """`vocabulary` is the number of rows of the model's embedding.

        Raises:
            UserError: there are no such files, one is damaged, or it has more tokens than the model.
        """
        self.source, self._tokenizer = _read(folder)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.size = max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1
        if self.size == 0 or self.size > vocabulary:
            what = f"it has {self.size} tokens, and config.json says vocab_size {vocabulary}"
            raise damaged(self.source, what)

    def encode(self, text: str) -> list[int]:
        """Ids of a text between the special tokens that the tokeniser puts around it; none in the text counts."""
        for token in self._tokenizer.get_added_tokens_decoder().values():
            if token.special and token.content:
                text = text.replace(token.content, " ")
        return list(self._tokenizer.encode(text).ids)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of tokens, special ones left out."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=True).strip()

    def stream(self, ids: Iterable[int]) -> Iterator[str]:
        """Pieces of text as tokens come, cut between words; joined they equal `decode`."""
        kept: list[int] = []
        said = ""
        try:
            for token in ids:
                kept.append(token)
                whole = self.decode(kept)
                ready = whole[: whole.rfind(" ")] if " " in whole else ""
                if len(ready) > len(said) and whole.startswith(said):
                    yield ready[len(said) :]
                    said = ready
            whole = self.decode(kept)
            if len(whole) > len(said) and whole.startswith(said):
                yield whole[len(said) :]
        finally:
            if hasattr(ids, "close"):
                ids.close()


def canonical(text: str) -> str:
    """A text as SigLIP was trained on: small letters, no punctuation, single spaces."""
    return " ".join(text.lower().translate(str.maketrans("", "", string.punctuation)).split())


def _read(folder: Path) -> tuple[str, Tokenizer]:
    """The name of the file and what it holds."""
    if (folder / "tokenizer.json").is_file():
        text = _text(folder / "tokenizer.json")
        return "tokenizer.json", _made("tokenizer.json", lambda: Tokenizer.from_str(text))
    if (folder / "vocab.json").is_file():
        return "vocab.json", _byte_level(folder)
    if (folder / "vocab.txt").is_file():
        return "vocab.txt", _word_piece(folder)
    raise UserError(
        f"There is no tokenizer.json in {folder.name}, nor vocab.json with merges.txt, nor vocab.txt.",
        "Fetch the model again, with its tokenizer.",
    )


def _byte_level(folder: Path) -> Tokenizer:
    vocabulary = read_json(folder / "vocab.json")
    lines = _text(folder / "merges.txt").splitlines()
    pairs: Any = [tuple(line.split(" ")) for line in lines if line and not line.startswith("#version")]
    if not all(isinstance(index, int) for index in vocabulary.values()) or any(len(pair) != 2 for pair in pairs):
        raise damaged("vocab.json", "it and merges.txt are not a vocabulary and its merges")
    tokenizer = _made("vocab.json", lambda: Tokenizer(models.BPE(vocab=vocabulary, merges=pairs)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    named = read_json(folder / "special_tokens_map.json") if (folder / "special_tokens_map.json").is_file() else {}
    words = [value.get("content") if isinstance(value, dict) else value for value in named.values()]
    known = [word for word in words if isinstance(word, str) and word in vocabulary]
    tokenizer.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in known])
    return tokenizer


def _word_piece(folder: Path) -> Tokenizer:
    words = _text(folder / "vocab.txt").splitlines()
    vocabulary = {word: index for index, word in enumerate(words)}
    if missing := [word for word in _BERT[:3] if word not in vocabulary]:
        raise damaged("vocab.txt", f"{missing[0]} is not in it")
    options = read_json(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").is_file() else {}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token=_BERT[0]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=options.get("do_lower_case", True) is not False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens([word for word in _BERT if word in vocabulary])
    ends: Any = [(word, vocabulary[word]) for word in _BERT[1:3]]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_FILE:
            raise damaged(path.name, "it is too large")
        return path.read_text(encoding="utf-8")
    except OSError:
        raise UserError(f"There is no readable {path.name} in the model's folder.", "Fetch the model again.") from None
    except UnicodeDecodeError:
        raise damaged(path.name, "it is not text") from None


def _made(name: str, make: Any) -> Tokenizer:
    try:
        tokenizer: Tokenizer = make()
    except Exception as error:  # the library raises bare Exception
        raise damaged(name, f"it cannot be read ({json.dumps(str(error)[:80])})") from None
    return tokenizer
