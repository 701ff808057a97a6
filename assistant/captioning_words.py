"""Words of captioning models: text to token ids and back, from whichever tokenizer files a published folder has."""

import string
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from assistant import captioning_pieces
from kernels.checkpoints import damaged
from kernels.errors import UserError
from kernels.folders import made_tokenizer, read_json, read_text, read_tokenizer, size_of

_BERT = ("[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]")
_BYTE_LEVEL = ("<s>", "</s>", "<pad>", "<unk>", "<mask>", "<|endoftext|>")  # special in RoBERTa's or GPT-2's vocabulary
_CLIP_ENDS, _CLIP_WORD_END = ("<|startoftext|>", "<|endoftext|>"), "</w>"
_CLIP_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"  # Radford et al. 2021, simple_tokenizer.py


class Words:
    """The tokeniser of one model: tokenizer.json, or vocab.json with merges.txt (GPT-2, RoBERTa, CLIP), or vocab.txt
    (BERT), or sentencepiece.bpe.model (XLM-RoBERTa's, for models that only write).

    Attributes:
        size: the highest id, and one.
    """

    def __init__(self, folder: Path, vocabulary: int, *, reads: bool = True) -> None:
        """What turns text into ids and back.

        Args:
            folder: the model's.
            vocabulary: number of rows of the model's embedding.
            reads: whether the model is given text; `encode` is for those alone.

        Raises:
            UserError: there are no such files, one is damaged, or it has more tokens than the model.
        """
        self.source, self._tokenizer = _read(folder, reads)
        self.size = size_of(self._tokenizer, self.source, vocabulary)

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


def _read(folder: Path, reads: bool) -> tuple[str, Tokenizer]:
    """The name of the file and what it holds."""
    if (folder / "tokenizer.json").is_file():
        return "tokenizer.json", read_tokenizer(folder / "tokenizer.json")
    if (folder / "vocab.json").is_file():
        return "vocab.json", _byte_pairs(folder)
    if (folder / "vocab.txt").is_file():
        return "vocab.txt", _word_piece(folder)
    pieces = [path.name for path in sorted(folder.glob("*.model"))]
    if captioning_pieces.FILE in pieces and not reads:
        return captioning_pieces.FILE, captioning_pieces.read_pieces(folder)
    if pieces:
        raise UserError(
            f"The tokenizer of {folder.name} is there only as {pieces[0][:60]}, which is not read for a model that is "
            "given text.",
            "Choose a copy of the model that has a tokenizer.json.",
        )
    raise UserError(
        f"There is no tokenizer.json in {folder.name}, nor vocab.json with merges.txt, nor vocab.txt.",
        "Fetch the model again, with its tokenizer.",
    )


def _byte_pairs(folder: Path) -> Tokenizer:
    """Byte pair encoding over bytes, of GPT-2's kind or of CLIP's."""
    vocabulary = read_json(folder / "vocab.json")
    lines = read_text(folder / "merges.txt").splitlines()
    pairs: Any = [tuple(line.split(" ")) for line in lines if line and not line.startswith("#version")]
    whole = all(isinstance(index, int) and 0 <= index < 1 << 24 for index in vocabulary.values())
    if not whole or any(len(pair) != 2 for pair in pairs):
        raise damaged("vocab.json", "it and merges.txt are not a vocabulary and its merges")
    clip = all(word in vocabulary for word in _CLIP_ENDS)
    options = {"end_of_word_suffix": _CLIP_WORD_END, "unk_token": _CLIP_ENDS[1]} if clip else {}
    tokenizer = made_tokenizer("vocab.json", lambda: Tokenizer(models.BPE(vocab=vocabulary, merges=pairs, **options)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    named = read_json(folder / "special_tokens_map.json") if (folder / "special_tokens_map.json").is_file() else {}
    words = [value.get("content") if isinstance(value, dict) else value for value in named.values()]
    known = [word for word in (*words, *_BYTE_LEVEL) if isinstance(word, str) and word in vocabulary]
    tokenizer.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in known])
    if clip:
        _as_clip(tokenizer, vocabulary)
    return tokenizer


def _as_clip(tokenizer: Tokenizer, vocabulary: Mapping[str, int]) -> None:
    """CLIP's own cutting of words: small letters, no space in a token, a token before the text and one after it."""
    cut = pre_tokenizers.Split(Regex(_CLIP_WORDS), behavior="removed", invert=True)
    spaces = normalizers.Replace(Regex(r"\s+"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), spaces, normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([cut, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    ends: Any = [(word, vocabulary[word]) for word in _CLIP_ENDS]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{_CLIP_ENDS[0]} $A {_CLIP_ENDS[1]}", special_tokens=ends
    )


def _word_piece(folder: Path) -> Tokenizer:
    words = read_text(folder / "vocab.txt").splitlines()
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
