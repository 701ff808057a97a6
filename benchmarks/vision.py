"""What the eyes know: groceries, icons, emoji, signs, charts, screens, and when they hold their tongue.

    antigone bench vision GROCERY_FOLDER [--pictures DATA_ROOT] [--every N] [--plot PICTURE] [--results FILE] [--json]

Groceries are the photos of val.txt, fine (81 classes) and coarse (43). DATA_ROOT is what `python -m
training.vision.data build` made; of it only the test split is looked at: icon and emoji families that were never
trained on, other sign fonts, chart styles and screen themes. A name is right when it is the picture's or one of its
other names; a chart's value within 5% of its largest. An element of a screen (button, field, link, switch with a name)
is found when the answer's place is the one where its middle lies. Beside them, of the same pictures: EfficientNet-Lite2
as published with the nearest training photo (cosine of pooled features) and with a linear head (ridge regression).
"""

import argparse
import csv
import json
import resource
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.agent_tables import wilson
from benchmarks.calibration import Pair, area_under_risk, at_threshold, coverage_curve
from benchmarks.cpu import processor
from benchmarks.drawing import SHARED
from benchmarks.plotting import Chart, draw
from encoders.image_input import open_picture
from training.vision.grocery import spoken

if TYPE_CHECKING:
    from torch import Tensor

GROUPS = ("names", "signs", "charts", "screens", "drawings", "nothing")
ELEMENTS = ("button", "textbox", "link", "switch", "checkbox", "searchbox")
TIMED = 20
SHOW = 50  # pictures between two lines of progress
CLOSE = 0.05  # of a chart's largest value
Thing = TypeVar("Thing")
Scores = dict[str, list[bool]]
Answers = dict[str, list[Pair]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench vision", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("data", type=Path, nargs="?", default=SHARED / "grocery")
    parser.add_argument("--pictures", type=Path, help="what training.vision.data built")
    parser.add_argument("--every", type=int, default=1, help="take every Nth picture")
    parser.add_argument("--peers", type=int, default=0, metavar="N", help="compare with Lite2's features of every Nth")
    parser.add_argument("--plot", type=Path, metavar="PICTURE", help="draw accuracy against coverage")
    parser.add_argument("--results", type=Path, metavar="FILE", help="add the table to this file as JSON rows")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    scores: Scores = {}
    said: Answers = {}
    groceries(options.data, options.every, scores, said)
    if options.pictures is None or not options.pictures.is_dir():
        print("no --pictures: icons, signs, charts and screens are left out", file=sys.stderr)
    else:
        drawn(options.pictures, options.every, scores, said)
    rows = list(table(scores, said))
    if options.peers:
        rows += [row(name, right) for name, right in peers(options.data, options.peers)]
    rows += list(cost(options.data))
    if options.results is not None:
        with options.results.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(one) + "\n" for one in rows)
    for one in rows:
        among = f" ({one['low']:.1%} to {one['high']:.1%})" if "low" in one else ""
        print(json.dumps(one) if options.json else f"{one['name']:52} {one['value']:9.3f}  of {one['n']}{among}")
    if options.plot is not None:
        draw(curves(said), "What the eyes name, and how much of that is right").save(options.plot)


def row(name: str, right: Sequence[bool]) -> dict[str, Any]:
    """A share with its 95% interval (Wilson)."""
    low, high = wilson(sum(right), len(right))
    return {**about(name, sum(right) / len(right), len(right)), "low": round(low, 4), "high": round(high, 4)}


def about(name: str, value: float, count: int) -> dict[str, Any]:
    """A row without an interval."""
    return {"name": name, "suite": "vision", "value": round(value, 4), "n": count,
            "device": processor(), "date": date.today().isoformat()}  # fmt: skip


def shown(group: str, things: Sequence[Thing]) -> Iterator[Thing]:
    """Each of a group's pictures; how far it is stands on the screen, for a run takes many minutes."""
    for done, thing in enumerate(things):
        if done % SHOW == 0:
            print(f"{group}: {done} of {len(things)}", file=sys.stderr, flush=True)
        yield thing


def photos(data: Path, part: str) -> list[tuple[Path, int]]:
    """The photos of val.txt or train.txt, each with its fine class."""
    lines = (data / f"{part}.txt").read_text(encoding="utf-8").splitlines()
    return [(data / line.split(", ")[0], int(line.split(", ")[1])) for line in lines if line]


def groceries(data: Path, every: int, scores: Scores, said: Answers) -> None:
    """Fine and coarse class of each validation photo."""
    from assistant.sight.eyes import eyes

    with open(data / "classes.csv", encoding="utf-8") as file:
        table = {int(one["Class ID (int)"]): (one["Class Name (str)"], one["Coarse Class Name (str)"])
                 for one in csv.DictReader(file)}  # fmt: skip
    names = {number: spoken(*pair) for number, pair in table.items()}
    coarse = {names[number]: pair[1] for number, pair in table.items()}
    for path, fine in shown("groceries", photos(data, "val")[::every]):
        seen = eyes().sighting(open_picture(path))
        right = seen.kind == "groceries" and seen.name == names[fine]
        scores.setdefault("groceries, fine", []).append(right)
        scores.setdefault("groceries, coarse", []).append(coarse.get(seen.name) == table[fine][1])
        said.setdefault("groceries", []).append((seen.probability if seen.kind == "groceries" else 0.0, right))


def drawn(root: Path, every: int, scores: Scores, said: Answers) -> None:
    """All groups of the data's test split."""
    from assistant.perception import Perception

    senses = Perception()
    for group in GROUPS:
        index = root / group / "index.jsonl"
        if not index.is_file():
            print(f"no {index.name} of {group}: left out", file=sys.stderr)
            continue
        pictures = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
        for one in shown(group, [one for one in pictures if one["split"] == "test"][::every]):
            path = root / group / one["file"]
            if one["kind"] in ("chart", "screen"):
                whole(senses, path, one, scores, said)
            else:
                named(path, one, scores, said)


def named(path: Path, truth: dict[str, Any], scores: Scores, said: Answers) -> None:
    """A picture of one thing, or of nothing that is known."""
    from assistant.sight.eyes import eyes

    seen, kind = eyes().sighting(open_picture(path)), truth["kind"]
    if kind == "nothing":
        scores.setdefault("nothing known: silent", []).append(not seen.spoken)
        scores.setdefault(f"nothing known ({truth['name']}): silent", []).append(not seen.spoken)
        return
    right = seen.name.lower() in {name.lower() for name in (truth["name"], *truth["also"])}
    for group in [f"{kind}s", *([f"{kind}s of {truth['family']}"] if kind in ("icon", "emoji") else [])]:
        scores.setdefault(f"{group}, exact name", []).append(right)
    said.setdefault(f"{kind}s", []).append((seen.probability if seen.kind != "nothing" else 0.0, right))


def whole(senses: Any, path: Path, truth: dict[str, Any], scores: Scores, said: Answers) -> None:
    """A chart with its title and values, or a screen with its elements, as the assistant looks at them."""
    look, kind = senses.look(path), truth["kind"]
    seen = look.seen
    right = seen is not None and seen.name in (truth["name"], *truth["also"])
    scores.setdefault(f"{kind}s, kind", []).append(right)
    said.setdefault(f"{kind}s", []).append((seen.probability if seen is not None else 0.0, right))
    facts = truth["facts"]
    if kind == "chart":
        values = [float(value) for value in facts["values"]]
        whole_pie = sum(values) / 100 if "pie" in truth["name"] else 1.0
        got = {mark.label.lower(): mark.value * whole_pie for mark in look.chart.marks} if look.chart else {}
        near = [abs(got.get(label.lower(), 1e12) - value) <= CLOSE * max(values)
                for label, value in zip(facts["labels"], values, strict=True)]  # fmt: skip
        scores.setdefault("charts, values within 5%", []).extend(near)
        if got:
            scores.setdefault("charts, values within 5% where any is said", []).extend(near)
        return
    # a photographed screen stands askew: where its elements lie in the photo is not known
    elements = [one for one in facts["elements"] if one["box"] and one["role"] in ELEMENTS and len(one["name"]) > 1]
    for element in elements[:: max(1, len(elements) // 3)][:3]:
        scores.setdefault("screens, element found at its place", []).append(found(senses, path, element))


def found(senses: Any, path: Path, element: dict[str, Any]) -> bool:
    """Whether find_in_picture says where a named element of a screen is."""
    from assistant.sight import seeing
    from assistant.sight.places import say_place

    image = senses.picture(path)
    left, top, width, height = element["box"]
    x, y = (left + width / 2) / image.width, (top + height / 2) / image.height
    nudges = (-0.1, 0.0, 0.1)  # a place's borders are not known to a pixel
    places = {say_place(min(max(x + dx, 0), 1), min(max(y + dy, 0), 1)) for dx in nudges for dy in nudges}
    return seeing.find(senses, path, element["name"]).data.get("where") in places


def table(scores: Scores, said: Answers) -> Iterator[dict[str, Any]]:
    """Shares right, and accuracy against coverage at the threshold that is in use."""
    from assistant.sight.eyes import eyes

    yield from (row(name, right) for name, right in scores.items())
    for name, pairs in said.items():
        kind = name if name == "groceries" else name.removesuffix("s")
        point = at_threshold(pairs, eyes().thresholds.get(kind, 1.0))
        yield about(f"{name}: share named at {point.threshold:.3g}", point.coverage, len(pairs))
        yield about(f"{name}: right of those named", point.accuracy, round(point.coverage * len(pairs)))
        yield about(f"{name}: AURC", area_under_risk(pairs), len(pairs))


def curves(said: Answers) -> list[Chart]:
    """Accuracy over coverage, all groups in charts of at most four."""
    groups = list(said.items())
    return [Chart("", "share named", "share right of what is named",
                  {name: [(point.coverage, point.accuracy) for point in coverage_curve(pairs)]
                   for name, pairs in groups[start : start + 3]}) for start in range(0, len(groups), 3)]  # fmt: skip


def peers(data: Path, every: int) -> Iterator[tuple[str, list[bool]]]:
    """Lite2 as published: nearest training photo, and a linear head, on the validation photos."""
    import torch

    from assistant.sight.objects import namer

    model = namer()._model

    def features(chosen: Sequence[tuple[Path, int]]) -> tuple["Tensor", "Tensor"]:
        from encoders.hybrid import to_pixels

        with torch.inference_mode():
            pooled = [model.features(to_pixels([open_picture(path)]))[0] for path, _ in chosen]
        return torch.nn.functional.normalize(torch.stack(pooled), dim=1), torch.tensor([fine for _, fine in chosen])

    known_ND, classes_N = features(photos(data, "train")[::every])
    asked_MD, truth_M = features(photos(data, "val")[::every])
    nearest_M = classes_N[(asked_MD @ known_ND.T).argmax(1)]
    yield f"Lite2, nearest of {len(known_ND)} photos, fine", (nearest_M == truth_M).tolist()
    goals_NC = torch.nn.functional.one_hot(classes_N).float()
    weight_DC = torch.linalg.solve(
        known_ND.T @ known_ND + 0.1 * torch.eye(known_ND.shape[1]), known_ND.T @ (goals_NC - goals_NC.mean(0))
    )
    best_M = (asked_MD @ weight_DC + goals_NC.mean(0)).argmax(1)
    yield f"Lite2, linear head on {len(known_ND)} photos, fine", (best_M == truth_M).tolist()


def cost(data: Path) -> Iterator[dict[str, Any]]:
    """Time of the eyes and of a whole description, each picture once, and the process' peak of memory."""
    from assistant.sight.eyes import eyes
    from assistant.sight.looking import look_at

    pictures = [open_picture(path) for path, _ in photos(data, "val")[:TIMED]]
    for name, work in (("the eyes alone", lambda image: eyes().sighting(image)), ("a whole description", look_at)):
        work(pictures[0])
        times = []
        for picture in pictures:
            began = time.perf_counter()
            work(picture)
            times.append(time.perf_counter() - began)
        yield about(f"{name}: seconds a picture, median", statistics.median(times), len(times))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield about("peak of memory, MB", peak, 1)


if __name__ == "__main__":
    main(sys.argv[1:])
