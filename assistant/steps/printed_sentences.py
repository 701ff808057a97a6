"""Printed lines put together: the sentences of running text, and single lines where a line is all."""

import re
from collections.abc import Sequence

_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bSt\.)(?<!\bNo\.)(?<!\bTel\.)(?<!\b[A-Z]\.)\s+(?=[A-Z£$€])"
)
_OPEN_END = re.compile(
    r"(?:\b(?:a|an|the|your|our|my|of|to|on|at|for|with|in|by|and|or|is|are|be|from|please|will|this|that)|,)$", re.I
)


_STARTS = re.compile(
    r"(?:Bring|Please|Tel|Call|Ring|Ref|If|Do|Keep|Take|Contains|Your|You|The|We|This|Questions|Thank|Yours)\b"
)


def sentences_of(lines: Sequence[str]) -> tuple[str, ...]:
    """The sentences and lines of a print, in reading order, verbatim but for line ends."""
    joined: list[str] = []
    before = ""
    for line in (*lines, ""):
        line = " ".join(line.split())
        if joined and before and line and _runs_on(before, line):
            joined[-1] += f" {line}"
        elif line:
            joined.append(line)
        before = line
    sentences = [piece.strip() for text in joined for piece in _SENTENCE.split(text)]
    return tuple(piece for piece in sentences if piece)


def _runs_on(line: str, following: str) -> bool:
    """Whether a printed line goes on in the next one."""
    if re.match(r"(?:dear|hello|hi)\b.*,$|(?:yours|kind|best|with)\b.*,$", line, re.I) or re.search(r"[.!?:]$", line):
        return False
    if following[0].islower():
        return True
    if _OPEN_END.search(line):
        return len(line) > 12
    return bool(
        len(line) > 34
        and len(line.split()) > 5
        and re.match(r"[\dA-Z(]", following)
        and not re.search(r"\d$", line)  # a date, a number or a price is the end of what is said
        and not re.match(r"[A-Z][\w' ]{0,20}:", following)
        and not _STARTS.match(following)
    )
