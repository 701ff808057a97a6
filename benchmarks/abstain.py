"""Does it know when to hold its tongue? Accuracy against coverage, by the confidence that answers carry.

    antigone bench abstain [--only choice|reading|describing] [--choices FILE] [--photos FOLDER] [--every N]
                           [--plot PICTURE] [--results FILE] [--json]

choice: which tools were chosen in written requests; FILE is what `antigone bench agent --keep` kept. reading: lines of
drawn pages under rising blur, noise and fading, each line with its confidence, right when it is verbatim. describing:
the first thing said of the Grocery Store photos (val.txt, every Nth; ../shared/data/grocery where it is there), right
when it is true of the photo; a photo of which nothing is said counts as its least confident.
Coverage is the share answered when only what is at least so confident is said; AURC is the mean share of wrong ones
over all coverages (0 is perfect; without any order it is the error rate). The operating point is at the threshold
the program itself goes by.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.agent_tables import wilson
from benchmarks.calibration import Pair, area_under_risk, at_threshold, calibration_error, coverage_curve
from benchmarks.cpu import processor
from benchmarks.drawing import SHARED, page
from benchmarks.plotting import Chart, draw

KINDS = ("choice", "reading", "describing")
PAGES = (  # what is read: letters, a bill, a label, a timetable
    ("Larkfield Water Services", "Meter reading 04471, taken 9 July 2026", "Amount due 58.35 by 1 August 2026",
     "Questions: 01382 555 904, weekdays 8 to 6"),
    ("Corner House Bakery", "2 x Rye loaf 7.60", "Cheese scone 2.15", "Total 9.75  VAT included"),
    ("Cetirizine 10 mg tablets", "One tablet once a day", "Mr J. Oyelaran  Batch 88-QZ", "Use before 11/2027"),
    ("Line 14 Harbour - Museum", "06:12 06:42 07:12 07:27", "Not on 25 December", "Lost property: room B6"),
)  # fmt: skip
BLURS = (0.0, 1.0, 1.6, 2.2, 2.8, 3.4, 4.2)  # pixels, radius; letters are 30 pixels high
NOISES = (25, 50, 75, 100, 130)  # standard deviation of 255
FADES = (0.5, 0.25, 0.12)  # share of the contrast that is left


@dataclass(frozen=True)
class Curve:
    """One subject: its pairs, the threshold the program goes by, what is counted, and of how many in all."""

    name: str
    pairs: Sequence[Pair]
    threshold: float
    unit: str
    among: int = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench abstain", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--only", choices=KINDS, action="append", help="this subject alone; may be given twice")
    parser.add_argument("--choices", type=Path, metavar="FILE", help="what the agent's benchmark kept")
    parser.add_argument("--photos", type=Path, default=SHARED / "grocery", metavar="FOLDER")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth photo")
    parser.add_argument("--plot", type=Path, metavar="PICTURE", help="draw the curves")
    parser.add_argument("--results", type=Path, metavar="FILE", help="add the table to this file as JSON rows")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    curves = [curve for curve in _curves(options) if curve.pairs]
    rows = [row for curve in curves for row in table(curve)]
    if options.results is not None:
        with options.results.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    for row in rows:
        among = f" ({row['low']:.1%} to {row['high']:.1%})" if "low" in row else ""
        print(json.dumps(row) if options.json else f"{row['name']:52} {row['value']:8.3f}  of {row['n']}{among}")
    if options.plot is not None and curves:
        draw(charts(curves), "What it answers, and how much of that is right").save(options.plot)


def _curves(options: argparse.Namespace) -> Iterator[Curve]:
    wanted = options.only or KINDS
    if "choice" in wanted and options.choices is not None:
        yield choice(options.choices)
    if "reading" in wanted:
        yield reading()
    if "describing" in wanted:
        if (options.photos / "val.txt").is_file():
            yield describing(options.photos, options.every)
        else:
            print(f"no photos in {options.photos}: describing is left out")


def choice(kept: Path) -> Curve:
    """From the outcomes of benchmarks/agent.py; of a row that was run twice the last one counts."""
    from assistant.steps.doubt import CLOSE_CHOICE

    rows = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    last = {(row["suite"], row["setup"], row["id"]): row for row in rows if row["choice"] is not None}
    names = " + ".join(sorted({f"{suite}, {setup}" for suite, setup, _ in last}))
    pairs = [(row["choice"], bool(row["tools"])) for row in last.values()]
    return Curve(f"choice of tools ({names})", pairs, CLOSE_CHOICE, "requests")


def reading() -> Curve:
    """Every line that is read on every spoilt page; a line that is not seen at all is none."""
    from assistant.sight.reading import UNSURE, read_image

    pairs: list[Pair] = []
    printed = 0
    for lines in PAGES:
        truth = {" ".join(line.split()) for line in lines}
        for image in spoilt(page(list(lines))):
            pairs += [(line.confidence, " ".join(line.text.split()) in truth) for line in read_image(image).lines]
            printed += len(lines)
    return Curve("lines read", pairs, UNSURE, "lines", printed)


def spoilt(image: Image.Image) -> Iterator[Image.Image]:
    """The page blurred, under noise, and faded, ever more; the same every time."""
    for radius in BLURS:
        yield image.filter(ImageFilter.GaussianBlur(radius))
    random = np.random.default_rng(7)
    for noise in NOISES:
        pixels = np.asarray(image, np.float32)
        yield Image.fromarray((pixels + random.normal(0, noise, pixels.shape)).clip(0, 255).astype(np.uint8))
    for share in FADES:
        yield image.filter(ImageFilter.GaussianBlur(1.2)).point(lambda value, share=share: 128 + share * (value - 128))


def describing(photos: Path, every: int) -> Curve:
    """The first claim said of each photo, with its probability; (0, False) where nothing is said.

    The threshold is that of "probably": below it the answer says "maybe".
    """
    from assistant.sight.objects import PROBABLE, namer
    from benchmarks.looking import claims_of
    from encoders.image_input import open_picture
    from training.looking_calibration import PLACE, true_claims

    with open(photos / "classes.csv", encoding="utf-8") as file:
        names = {row["Class ID (int)"]: row["Coarse Class Name (str)"] for row in csv.DictReader(file)}
    rows = [line.split(", ") for line in (photos / "val.txt").read_text(encoding="utf-8").splitlines() if line]
    pairs: list[Pair] = []
    for path, fine, _ in rows[::every]:
        things = namer().things(open_picture(photos / path))
        if things:
            phrase, level, probability = claims_of(things[0])[0]
            pairs.append((probability, phrase in true_claims(names[fine], level) | PLACE))
        else:
            pairs.append((0.0, False))
    return Curve("first thing said of a photo", pairs, PROBABLE, "photos")


def table(curve: Curve) -> Iterator[dict[str, Any]]:
    """The rows of one subject."""
    about = {"suite": "abstain", "n": len(curve.pairs), "device": f"{processor()}, 2 threads",
             "date": date.today().isoformat()}  # fmt: skip
    right = sum(good for _, good in curve.pairs)
    point = at_threshold(curve.pairs, curve.threshold)
    kept = [good for confidence, good in curve.pairs if confidence >= curve.threshold]
    for name, value, of in (
        ("right if all is said", right / len(curve.pairs), (right, len(curve.pairs))),
        (f"coverage at {curve.threshold}", point.coverage, None),
        (f"right at {curve.threshold}", point.accuracy, (sum(kept), len(kept))),
        ("AURC", area_under_risk(curve.pairs), None),
        ("ECE", calibration_error(curve.pairs), None),
    ):
        row = {"name": f"{curve.name}: {name}", "value": round(value, 4), **about}
        if of is not None:
            low, high = wilson(*of)
            row |= {"low": round(low, 4), "high": round(high, 4), "n": of[1]}
        yield row
    if curve.among:
        share = len(curve.pairs) / curve.among
        yield {"name": f"{curve.name}: of all that is printed", "value": round(share, 4), **about, "n": curve.among}


def charts(curves: Sequence[Curve]) -> list[Chart]:
    """Accuracy over coverage, one chart a subject: measured, in no order, and the operating point as a step."""
    made = []
    for curve in curves:
        points = [(point.coverage, point.accuracy) for point in coverage_curve(curve.pairs)]
        base = sum(good for _, good in curve.pairs) / len(curve.pairs)
        at = at_threshold(curve.pairs, curve.threshold)
        series = {"measured": points, "in no order": [(0.0, base), (1.0, base)],
                  f"at {curve.threshold}": [(at.coverage, 0.0), (at.coverage, at.accuracy)]}  # fmt: skip
        title = f"{curve.name}, {len(curve.pairs)} {curve.unit}, AURC {area_under_risk(curve.pairs):.3f}"
        made.append(Chart(title, "share answered", "share right of what is answered", series))
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
