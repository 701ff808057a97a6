"""Fetch the sources and build the groups of pictures: python -m training.vision.data {fetch,build} ..."""

import argparse
import subprocess
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from training.vision.data.table import Job, build

HERE = Path(__file__).parent


def fetch(sources: Path) -> None:
    """Install the pinned families with npm; scripts of packages are not run."""
    sources.mkdir(parents=True, exist_ok=True)
    (sources / "package.json").write_bytes((HERE / "package.json").read_bytes())
    subprocess.run(
        ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"], cwd=sources, check=True
    )


def names(sources: Path, seed: int) -> Iterable[Job]:
    """Icons and emoji, the plainest drawing of each in each family."""
    return (job for job in _named(sources, seed) if job.row.rank < 2)


def more_names(sources: Path, seed: int) -> Iterable[Job]:
    """Second drawings of icons and second views of emoji; for training only."""
    return (job for job in _named(sources, seed) if job.row.rank == 2)


def _named(sources: Path, seed: int) -> Iterable[Job]:
    from training.vision.data.names import emojis, icons

    return chain(icons(sources, seed), emojis(sources))


def nothing(sources: Path, seed: int) -> Iterable[Job]:
    """Blank, dark, blurred, noise, pages of text, unknown drawings."""
    from training.vision.data.nothing import jobs

    return jobs(sources, seed)


def signs(sources: Path, seed: int) -> Iterable[Job]:
    """Signs and labels."""
    from training.vision.data.signs import jobs

    return jobs()


def charts(sources: Path, seed: int) -> Iterable[Job]:
    """Bars, lines and pies."""
    from training.vision.data.charts import jobs

    return jobs(seed)


def screens(sources: Path, seed: int) -> Iterable[Job]:
    """Screens, drawn by Chromium."""
    from training.vision.data.screens import jobs

    return jobs()


GROUPS: dict[str, Callable[[Path, int], Iterable[Job]]] = {
    "names": names, "nothing": nothing, "signs": signs, "charts": charts, "screens": screens, "more_names": more_names,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.vision.data", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    fetching = parts.add_parser("fetch", help="install the icon and emoji families")
    fetching.add_argument("sources", type=Path)
    building = parts.add_parser("build", help="draw the pictures; goes on where it was stopped")
    building.add_argument("out", type=Path)
    building.add_argument("--sources", type=Path, required=True)
    building.add_argument("--seed", type=int, default=0)
    building.add_argument("--only", nargs="+", choices=list(GROUPS), default=list(GROUPS))
    options = parser.parse_args()
    if options.part == "fetch":
        fetch(options.sources)
        return
    for group in options.only:
        rows = build(GROUPS[group](options.sources, options.seed), options.out / group, options.seed)
        print(f"{group}: {len(rows)} pictures")


if __name__ == "__main__":
    main()
