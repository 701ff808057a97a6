"""Writes SOURCES.md: every source with its version, licence, author and number of pictures, from the indexes built."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from training.vision.data import families
from training.vision.data.concepts import Names, read
from training.vision.data.names import vocabulary

TABLE = Path(__file__).with_name("SOURCES.md")
GROCERY = ("product, fruit | Grocery Store data set (Klasson, Zhang, Kjellström, WACV 2019) | the copy in shared/data/"
           "grocery | MIT | its own train.txt and val.txt | 2,640 | 296 | - |")  # fmt: skip
TOOLS = "resvg-py, matplotlib, Pillow, NumPy, playwright (requirements.txt) and a Chromium draw them."


def rows(out: Path) -> list[dict[str, Any]]:
    """All rows of all groups below a folder."""
    found = []
    for index in sorted(out.glob("*/index.jsonl")):
        found += [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
    return found


def write(out: Path, sources: Path, table: Path = TABLE) -> None:
    """Write the table of what was built below `out`.

    Raises:
        ValueError: nothing was built there.
    """
    counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for row in rows(out):
        family = row["family"] if row["source"].startswith("@iconify") else row["source"]
        counts[row["kind"], family, row["source"], row["licence"]][row["split"]] += 1
    if not counts:
        raise ValueError(f"no index.jsonl below {out}: python -m training.vision.data build {out} --sources {sources}")
    found = {prefix: families.load(sources, prefix) for every in (families.ICONS, families.EMOJI)
             for prefixes in every.values() for prefix in prefixes}  # fmt: skip
    lines = [
        _HEAD,
        "| kind | source | package | licence | author | train | valid | test |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (kind, family, source, licence), number in sorted(counts.items()):
        known = found.get(family)
        title, author = (known.title, known.author) if known else (family, "drawn by training/vision/data")
        if kind == "drawing":
            title, author = "openclipart", "many, named in each file"
        amounts = " | ".join(f"{number[split]:,}" if number[split] else "-" for split in ("train", "valid", "test"))
        lines.append(f"| {kind} | {title} | {source} | {licence} | {author} | {amounts} |")
    lines += [f"| {GROCERY}", "", _credits(found, counts), "", *_coverage(found)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")


_HEAD = f"""# Sources of the pictures

Written by `python -m training.vision.data sources`. No picture of these is in the repository; only
what the model learnt from them is. {TOOLS}
"""


def _credits(found: dict[str, families.Family], counts: dict[tuple[str, ...], Counter[str]]) -> str:
    """The attribution that CC BY asks for."""
    used = {family for _, family, _, _ in counts}
    named = [f"{one.title} by {one.author}" for prefix, one in sorted(found.items())
             if one.licence.startswith("CC-BY") and prefix in used]  # fmt: skip
    return f"Under CC BY 4.0, used as training pictures (rendered, recoloured, distorted): {'; '.join(named)}."


def _coverage(found: dict[str, families.Family]) -> list[str]:
    """How much of each family no icon of which was trained on the table of names covers."""
    table, names = (
        vocabulary({prefix: found[prefix] for each in families.ICONS.values() for prefix in each}),
        Names(read()),
    )
    lines = [
        "| family | split | drawings | of them under a name of the table | names it draws |",
        "|---|---|---|---|---|",
    ]
    for split in ("valid", "test"):
        for prefix in families.ICONS[split]:
            bodies = found[prefix].bodies
            inside = sum(names.of(prefix, name) in table for name in bodies)
            drawn = sum(prefix in by for by in table.values())
            lines.append(f"| {found[prefix].title} | {split} | {len(bodies):,} | {inside / len(bodies):.0%} | "
                         f"{drawn} of {len(table)} |")  # fmt: skip
    return lines
