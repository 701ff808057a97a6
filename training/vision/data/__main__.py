"""Fetch the sources, build the groups of pictures, write the table of sources: python -m training.vision.data ..."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from training.vision.data.table import Job, build

HERE = Path(__file__).parent
Jobs = Iterable[Job]


def fetch(sources: Path) -> None:
    """Install the pinned families with npm (no script of a package is run) and unpack Debian's clip art."""
    sources.mkdir(parents=True, exist_ok=True)
    (sources / "package.json").write_bytes((HERE / "package.json").read_bytes())
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
    subprocess.run(["npm", "install", *quiet], cwd=sources, check=True)
    from training.vision.data.drawings import PACKAGE

    subprocess.run(["apt-get", "download", PACKAGE.replace(" ", "=")], cwd=sources, check=True)
    package = next(sources.glob("openclipart-svg_*.deb"))
    subprocess.run(["dpkg-deb", "-x", package.name, "openclipart-svg"], cwd=sources, check=True)


def names(sources: Path, seed: int) -> Jobs:
    """Icons and emoji, the plainest drawing of each in each family."""
    from training.vision.data.names import every

    return (job for job in every(sources, seed) if job.row.rank < 2)


def more_names(sources: Path, seed: int) -> Jobs:
    """Second drawings of icons and second views of emoji; for training only."""
    from training.vision.data.names import every

    return (job for job in every(sources, seed) if job.row.rank == 2)


def nothing(sources: Path, seed: int) -> Jobs:
    """Blank, dark, blurred, noise, pages of text, unknown drawings."""
    from training.vision.data.nothing import jobs

    return jobs(sources, seed)


def signs(sources: Path, seed: int) -> Jobs:
    """Signs and labels."""
    from training.vision.data.signs import jobs

    return jobs()


def charts(sources: Path, seed: int) -> Jobs:
    """Bars, lines and pies."""
    from training.vision.data.charts import jobs

    return jobs(seed)


def screens(sources: Path, seed: int) -> Jobs:
    """Screens, drawn by Chromium."""
    from training.vision.data.screens import jobs

    return jobs()


def drawings(sources: Path, seed: int) -> Jobs:
    """Clip art in the public domain."""
    from training.vision.data.drawings import jobs

    return jobs(sources, seed)


GROUPS: dict[str, Callable[[Path, int], Jobs]] = {
    each.__name__: each for each in (names, nothing, signs, charts, screens, drawings, more_names)
}


def main(words: list[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.vision.data", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    fetching = parts.add_parser("fetch", help="install the icon and emoji families and the clip art")
    fetching.add_argument("sources", type=Path)
    building = parts.add_parser("build", help="draw the pictures; goes on where it was stopped")
    building.add_argument("out", type=Path)
    building.add_argument("--sources", type=Path, required=True, help="the folder that fetch filled")
    building.add_argument("--seed", type=int, default=0)
    building.add_argument("--only", nargs="+", choices=list(GROUPS), default=list(GROUPS))
    telling = parts.add_parser("sources", help="write the table of sources, licences and counts of what was built")
    telling.add_argument("out", type=Path)
    telling.add_argument("--sources", type=Path, required=True)
    options = parser.parse_args(words)
    try:
        _run(options)
    except (FileNotFoundError, ValueError) as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    if options.part == "fetch":
        fetch(options.sources)
    elif options.part == "sources":
        from training.vision.data.sources import write

        write(options.out, options.sources)
    else:
        for group in options.only:
            rows = build(GROUPS[group](options.sources, options.seed), options.out / group, options.seed)
            print(f"{group}: {len(rows)} pictures")


if __name__ == "__main__":
    sys.exit(main())
