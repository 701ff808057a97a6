"""Puts pieces of print into the order a person reads them: rows, columns, paragraphs.

Recursive cuts along white space (the XY-cut of Nagy and Seth, 1984). A white strip from top to bottom parts two columns
only when both sides hold running text; otherwise it parts the cells of a table or a receipt, which are read row by row.
Boxes are (left, top, right, bottom) in a frame where the writing is level.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

Box = tuple[float, float, float, float]

COLUMN_LETTERS = 12  # a side of a gutter is running text when half its pieces are at least this long
GUTTER = 0.9  # of a line's height: the narrowest white strip between two columns
STRAY = 1.9  # of the usual distance between lines: what stands this far from the columns is not part of them
PARAGRAPH = 1.45  # of the usual distance between lines: a larger step starts a paragraph


@dataclass(frozen=True)
class Placed:
    """Where a row belongs: the pieces of it from left to right, its column and its paragraph (both from 1)."""

    pieces: tuple[int, ...]
    column: int
    paragraph: int


def arrange(texts: Sequence[str], boxes: Sequence[Box]) -> list[Placed]:
    """Reading order of pieces of print.

    Args:
        texts: what each piece says; used only to tell running text from the cells of a table.
        boxes: where each piece is.

    Returns:
        One entry for each row of each column, in reading order; every piece is in exactly one.
    """
    if not boxes:
        return []
    height = median(box[3] - box[1] for box in boxes) or 1.0
    blocks = _blocks(list(range(len(boxes))), texts, boxes, height)
    placed: list[Placed] = []
    paragraph = 0
    columns = _number_columns(blocks, boxes)
    for block, column in zip(blocks, columns, strict=True):
        rows = _rows(block, boxes)
        for row, starts in zip(rows, _paragraph_starts(rows, boxes), strict=True):
            paragraph += starts
            placed.append(Placed(tuple(row), column, paragraph))
    return placed


def _blocks(items: list[int], texts: Sequence[str], boxes: Sequence[Box], height: float) -> list[list[int]]:
    """Cut into columns first where a gutter runs through everything, else into bands that may hold columns."""
    gutter = _gutter(items, texts, boxes, height)
    if gutter is not None:
        stray = _stray_end(items, boxes)
        if stray is not None:
            above, below = stray
            return _blocks(above, texts, boxes, height) + _blocks(below, texts, boxes, height)
        left = [item for item in items if _middle(boxes[item], 0) < gutter]
        right = [item for item in items if _middle(boxes[item], 0) >= gutter]
        return _blocks(left, texts, boxes, height) + _blocks(right, texts, boxes, height)
    band = _band(items, texts, boxes, height)
    if band is not None:
        above, columns, below = band
        found = _blocks(above, texts, boxes, height) if above else []
        found += _blocks(columns, texts, boxes, height)
        return found + (_blocks(below, texts, boxes, height) if below else [])
    return [items]


def _gutter(items: list[int], texts: Sequence[str], boxes: Sequence[Box], height: float) -> float | None:
    """The x of the widest white strip that parts running text from running text, or None."""
    best: tuple[float, float] | None = None
    for start, end in _gaps([(boxes[item][0], boxes[item][2]) for item in items]):
        middle = (start + end) / 2
        left = [item for item in items if _middle(boxes[item], 0) < middle]
        right = [item for item in items if _middle(boxes[item], 0) >= middle]
        wide = end - start >= GUTTER * height
        if (
            wide
            and _running(left, texts, boxes)
            and _running(right, texts, boxes)
            and (not best or end - start > best[0])
        ):
            best = (end - start, middle)
    return best[1] if best else None


def _stray_end(items: list[int], boxes: Sequence[Box]) -> tuple[list[int], list[int]] | None:
    """Part a first or last row that stands clearly apart from the columns: a heading or a page's footer."""
    rows = _rows(items, boxes)
    tops = [min(boxes[item][1] for item in row) for row in rows]
    steps = [after - before for before, after in pairwise(tops)]
    if len(steps) < 4:
        return None
    far = STRAY * median(steps)
    if steps[0] > far:
        return rows[0], _flat(rows[1:])
    if steps[-1] > far:
        return _flat(rows[:-1]), rows[-1]
    return None


def _running(items: list[int], texts: Sequence[str], boxes: Sequence[Box]) -> bool:
    """Whether these pieces look like a column of prose: several lines, most of them long, mostly letters."""
    rows = _rows(items, boxes)
    if len(rows) < 3:
        return False
    joined = [" ".join(texts[item] for item in row) for row in rows]
    long = sum(len(text) >= COLUMN_LETTERS for text in joined)
    letters = sum(letter.isalpha() for text in joined for letter in text)
    marks = sum(not letter.isspace() for text in joined for letter in text)
    labels = sum(text.rstrip().endswith(":") for text in joined)
    return long * 2 >= len(joined) and letters >= 0.6 * marks and labels * 2 < len(joined)


def _band(
    items: list[int], texts: Sequence[str], boxes: Sequence[Box], height: float
) -> tuple[list[int], list[int], list[int]] | None:
    """The tallest run of rows that a gutter parts, with what lies above and below it (a heading, a footer)."""
    rows = _rows(items, boxes)
    best: tuple[int, int] | None = None
    for first in range(len(rows)):
        if not _split(rows[first], boxes, height):
            continue
        last = first
        while last + 1 < len(rows) and _gutter_through(rows[first : last + 2], texts, boxes, height):
            last += 1
        if last - first >= 2 and (best is None or last - first > best[1] - best[0]):
            best = (first, last)
    if best is None or (best == (0, len(rows) - 1)):
        return None
    first, last = best
    columns = [item for row in rows[first : last + 1] for item in row]
    if _gutter(columns, texts, boxes, height) is None:
        return None
    return _flat(rows[:first]), columns, _flat(rows[last + 1 :])


def _split(row: list[int], boxes: Sequence[Box], height: float) -> bool:
    return any(
        end - start >= GUTTER * height for start, end in _gaps([(boxes[item][0], boxes[item][2]) for item in row])
    )


def _gutter_through(rows: list[list[int]], texts: Sequence[str], boxes: Sequence[Box], height: float) -> bool:
    return _split([item for row in rows for item in row], boxes, height)


def _gaps(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """White between spans along one axis."""
    gaps, reach = [], None
    for start, end in sorted(spans):
        if reach is not None and start > reach:
            gaps.append((reach, start))
        reach = end if reach is None else max(reach, end)
    return gaps


def _rows(items: list[int], boxes: Sequence[Box]) -> list[list[int]]:
    """Pieces that share a line, from left to right; lines from top to bottom."""
    rows: list[list[int]] = []
    for item in sorted(items, key=lambda item: _middle(boxes[item], 1)):
        if rows and _same_line(rows[-1], item, boxes):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [sorted(row, key=lambda item: boxes[item][0]) for row in rows]


def _same_line(row: list[int], item: int, boxes: Sequence[Box]) -> bool:
    top = median(boxes[other][1] for other in row)
    bottom = median(boxes[other][3] for other in row)
    shared = min(bottom, boxes[item][3]) - max(top, boxes[item][1])
    if shared < 0.5 * min(bottom - top, boxes[item][3] - boxes[item][1]):
        return False
    widest = min(min(boxes[other][2] - boxes[other][0] for other in row), boxes[item][2] - boxes[item][0])
    overlap = max(min(boxes[other][2], boxes[item][2]) - max(boxes[other][0], boxes[item][0]) for other in row)
    return overlap < 0.4 * widest  # two pieces above each other are two lines, however close


def _paragraph_starts(rows: list[list[int]], boxes: Sequence[Box]) -> list[bool]:
    tops = [min(boxes[item][1] for item in row) for row in rows]
    heights = [max(boxes[item][3] - boxes[item][1] for item in row) for row in rows]
    steps = [after - before for before, after in pairwise(tops)]
    usual = sorted(steps)[len(steps) // 3] if steps else 0.0
    starts = [True]
    for step, before, after in zip(steps, heights, heights[1:], strict=False):
        resized = max(before, after) > 1.6 * min(before, after)  # a heading stands apart from what follows
        starts.append(step > PARAGRAPH * usual or resized)
    return starts


def _number_columns(blocks: list[list[int]], boxes: Sequence[Box]) -> list[int]:
    """1 for the leftmost of blocks that stand side by side, 2 for the next; a block alone in its band is 1."""
    extents = [
        (min(boxes[i][0] for i in block), min(boxes[i][1] for i in block), max(boxes[i][3] for i in block))
        for block in blocks
    ]
    return [
        1 + sum(other[0] < mine[0] and min(other[2], mine[2]) > max(other[1], mine[1]) for other in extents)
        for mine in extents
    ]


def _flat(rows: list[list[int]]) -> list[int]:
    return [item for row in rows for item in row]


def _middle(box: Box, axis: int) -> float:
    return (box[axis] + box[axis + 2]) / 2
