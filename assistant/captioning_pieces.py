"""SentencePiece models as XLM-RoBERTa numbers them, read without the library, to turn a model's tokens into text.

The small TrOCRs are published with `sentencepiece.bpe.model` alone. They write and never read, so this only decodes.
Format: sentencepiece_model.proto (Kudo and Richardson 2018), ModelProto.pieces = 1, SentencePiece.piece = 1.
"""

from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models

from kernels.checkpoints import damaged
from kernels.errors import UserError

FILE = "sentencepiece.bpe.model"
_MOST_FILE, _MOST_PIECES = 64 << 20, 1 << 20
_PIECES, _PIECE = 1, 1  # numbers of the two fields
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5  # wire types of protobuf
_FIRST, _LAST = ("<s>", "<pad>", "</s>", "<unk>"), ("<mask>",)
_OWN = 3  # pieces at the file's beginning, <unk> <s> </s>, that the ones above stand for


def read_pieces(folder: Path) -> Tokenizer:
    """What turns ids into text, from `sentencepiece.bpe.model` of a model's folder.

    Raises:
        UserError: the file cannot be read, is too large, or is not a SentencePiece model.
    """
    try:
        if (folder / FILE).stat().st_size > _MOST_FILE:
            raise damaged(FILE, "it is too large")
        data = (folder / FILE).read_bytes()
    except OSError:
        raise UserError(f"There is no readable {FILE} in the model's folder.", "Fetch the model again.") from None
    try:
        pieces = [_text(inner) for number, inner in _fields(data) if number == _PIECES]
    except (IndexError, ValueError):  # UnicodeDecodeError is one
        raise damaged(FILE, "it is not a SentencePiece model") from None
    if not _OWN < len(pieces) <= _MOST_PIECES:
        raise damaged(FILE, f"it holds {len(pieces)} pieces")
    words = [*_FIRST, *pieces[_OWN:], *_LAST]
    tokenizer = Tokenizer(models.Unigram([(word, 0.0) for word in words], unk_id=_FIRST.index("<unk>")))
    tokenizer.decoder = decoders.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.add_special_tokens([*_FIRST, *_LAST])
    return tokenizer


def _text(piece: bytes) -> str:
    return next(inner for number, inner in _fields(piece) if number == _PIECE).decode("utf-8")


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each field that holds bytes; others are stepped over.

    Raises:
        IndexError, ValueError: it isn't protobuf.
    """
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        size = {_EIGHT: 8, _FOUR: 4}.get(key & 7, 0)
        if key & 7 == _VARINT:
            _, at = _varint(data, at)
        elif key & 7 == _BYTES:
            size, at = _varint(data, at)
            yield key >> 3, data[at : at + size]
        elif not size:
            raise ValueError(f"wire type {key & 7}")
        at += size
    if at > len(data):
        raise IndexError("it ends too early")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, low ones first, and where it ends."""
    value = 0
    for shift in range(0, 64, 7):
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
    raise ValueError("number too long")
