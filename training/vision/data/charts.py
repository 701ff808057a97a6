"""Charts drawn by matplotlib: bars, lines and pies, with the sentence that can be seen and, as facts, every value.

At the encoder's 260 pixels no title can be read: the sentence tells the kind, how many bars or slices, which is the
largest and the smallest by its place, and how a line goes. Titles, labels and values are in the facts.
"""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from PIL import Image

from training.vision.data import place
from training.vision.data.table import Job, Row, dice

COUNTS = {"train": 90, "valid": 20, "test": 40}  # of each kind
KINDS = ("bar chart", "sideways bar chart", "line chart", "pie chart")
STYLES = {"train": ("default", "ggplot", "bmh", "seaborn-v0_8-whitegrid", "dark_background", "Solarize_Light2"),
          "valid": ("default", "ggplot", "seaborn-v0_8-muted"), "test": ("fivethirtyeight", "seaborn-v0_8-darkgrid",
                                                                        "grayscale", "default")}  # fmt: skip
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_LABELS = (
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug"), ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    ("2018", "2019", "2020", "2021", "2022", "2023", "2024", "2025"), ("A", "B", "C", "D", "E", "F", "G", "H"),
    ("North", "South", "East", "West", "Centre", "Coast", "Hills", "Islands"),
    ("Bread", "Milk", "Eggs", "Rice", "Tea", "Fruit", "Fish", "Soup"),
)  # fmt: skip
_TITLES = ("Sales", "Visitors", "Rainfall", "Temperature", "Costs", "Orders", "Members", "Steps", "Energy", "Savings")


@dataclass(frozen=True)
class Chart:
    """What a chart shows: kind, title, a label and a value for each bar, point or slice."""

    kind: str
    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]

    def sentence(self) -> str:
        """What can be seen of it without reading."""
        count = NUMBERS[len(self.values)]
        if self.kind == "line chart":
            return f"a line chart: {course(self.values)}"
        if self.kind == "pie chart":
            share = max(self.values) / sum(self.values)
            most = "more than half" if share > 0.5 else "about a third" if share > 0.3 else "less than a third"
            return f"a pie chart of {count} slices, the largest {most}"
        end = _place(self.values, sideways=self.kind == "sideways bar chart")
        return f"a {self.kind} of {count} bars, the {end[0]} largest, the {end[1]} smallest"


def _place(values: tuple[float, ...], sideways: bool) -> tuple[str, str]:
    """Which bar is the largest and which the smallest, counted from the left or from the top."""
    found = []
    for index in (values.index(max(values)), values.index(min(values))):
        last = index == len(values) - 1
        found.append(
            ("bottom" if sideways else "last") if last else "top" if sideways and not index else ORDINALS[index]
        )
    return found[0], found[1]


def course(values: tuple[float, ...]) -> str:
    """How a line goes: "rising", "falling", "rising then falling", "falling then rising", "flat", "up and down"."""
    span = max(values) - min(values)
    if span < 0.15 * max(values):
        return "flat"
    ends, high, low = values[-1] - values[0], values.index(max(values)), values.index(min(values))
    inside = range(1, len(values) - 1)
    if ends > 0.7 * span:
        return "rising"
    if ends < -0.7 * span:
        return "falling"
    if high in inside and max(values) - max(values[0], values[-1]) > 0.5 * span:
        return "rising then falling"
    if low in inside and min(values[0], values[-1]) - min(values) > 0.5 * span:
        return "falling then rising"
    return "up and down"


def invent(kind: str, rng: random.Random) -> Chart:
    """Values in which the largest and the smallest can be told by eye."""
    count = rng.randint(6, 8) if kind == "line chart" else rng.randint(2, 6)
    top = rng.choice((10, 50, 100, 500, 2000))
    while True:
        values = _line(count, rng) if kind == "line chart" else [rng.uniform(0.12, 1) for _ in range(count)]
        whole = tuple(round(value * top, 1 if top == 10 else 0) for value in values)
        order = sorted(whole)
        clear = order[-1] - order[-2] > 0.06 * order[-1] and order[1] - order[0] > 0.06 * order[-1]
        if min(whole) > 0 and (kind == "line chart" or clear or kind == "pie chart"):
            break
    start = rng.choice([labels for labels in _LABELS if len(labels) >= count])
    return Chart(
        kind, rng.choice(_TITLES) + rng.choice(("", " by month", " this year", " by area")), start[:count], whole
    )


def _line(count: int, rng: random.Random) -> list[float]:
    shape = rng.choice(("up", "down", "hill", "valley", "flat", "any"))
    steps = [number / (count - 1) for number in range(count)]
    base = {"up": steps, "down": [1 - step for step in steps], "hill": [1 - abs(2 * step - 1) for step in steps],
            "valley": [abs(2 * step - 1) for step in steps], "flat": [0.5] * count,
            "any": [rng.random() for _ in steps]}[shape]  # fmt: skip
    wobble = 0.02 if shape == "flat" else 0.09
    return [min(1.0, max(0.02, 0.15 + 0.75 * value + rng.uniform(-wobble, wobble))) for value in base]


def jobs(seed: int, share: float = 1.0) -> Iterator[Job]:
    """A job for each chart."""
    for kind in KINDS:
        for split, count in COUNTS.items():
            for number in range(max(1, round(count * share))):
                chart = invent(kind, dice(seed, "chart", kind, split, number))
                facts: dict[str, Any] = {"title": chart.title, "labels": chart.labels, "values": chart.values}
                if kind == "line chart":
                    facts["course"] = course(chart.values)
                file = f"{kind.replace(' ', '_')}/{split}-{number}.png"
                row = Row(file, split, "chart", "matplotlib", kind, chart.sentence(), (), "chart", "drawn here",
                          facts=facts)  # fmt: skip
                yield Job(row, partial(draw, chart, STYLES[split]))


def draw(chart: Chart, styles: tuple[str, ...], rng: random.Random) -> Image.Image:
    """Draw a chart, 520 pixels wide at most."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with pyplot.style.context(rng.choice(styles)):
        figure, axes = pyplot.subplots(figsize=(5.2, rng.uniform(3.6, 5.2)), dpi=rng.choice((60, 80, 100)))
        _plot(axes, chart, rng)
        if rng.random() < 0.85:
            axes.set_title(chart.title)
        figure.subplots_adjust(rng.uniform(0.13, 0.2), rng.uniform(0.09, 0.15), 0.96, 0.9)  # tight_layout draws twice
        held = io.BytesIO()
        figure.savefig(held, format="png")
        pyplot.close(figure)
    picture = Image.open(held).convert("RGB")
    return place.photographed(picture, rng) if rng.random() < 0.2 else picture


def _plot(axes: Any, chart: Chart, rng: random.Random) -> None:
    """The marks, in one colour or several, with or without values written on them."""
    colours = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2")
    own = rng.sample(colours, len(colours))
    if chart.kind == "pie chart":
        written = "%1.0f%%" if rng.random() < 0.5 else None
        width = rng.choice((1.0, 1.0, 0.45))
        axes.pie(chart.values, labels=chart.labels, autopct=written, startangle=rng.choice((0, 90)), colors=own,
                 wedgeprops={"width": width, "edgecolor": "white"})  # fmt: skip
        return
    if chart.kind == "line chart":
        axes.plot(chart.labels, chart.values, rng.choice(("-", "-o", "--", "-s")), color=own[0],
                  linewidth=rng.uniform(1.2, 4))  # fmt: skip
        axes.set_ylim(0, max(chart.values) * rng.uniform(1.05, 1.3))
        if rng.random() < 0.2:
            axes.fill_between(chart.labels, chart.values, alpha=0.3, color=own[0])
        return
    paint = own[: len(chart.values)] if rng.random() < 0.4 else own[0]
    if chart.kind == "bar chart":
        marks = axes.bar(chart.labels, chart.values, rng.uniform(0.45, 0.9), color=paint)
    else:
        marks = axes.barh(chart.labels, chart.values, rng.uniform(0.45, 0.9), color=paint)
        axes.invert_yaxis()
    if rng.random() < 0.4:
        axes.bar_label(marks, padding=2)
    if rng.random() < 0.5:
        axes.grid(axis="y" if chart.kind == "bar chart" else "x", alpha=0.4)
