"""What `antigone bench gpu` leaves behind: a CSV, and plots of time and share of the limit against length."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.plotting import Chart, draw

COLUMNS = ("name", "suite", "value", "n", "ours", "peer", "peer_name", "ratio", "reach", "met", "unit",
           "share_of_limit", "x", "missing", "device")  # fmt: skip
_PREFILL = ("prefill d64 full", "prefill d64 causal", "prefill d128 full", "prefill d128 causal")


def save(rows: Sequence[Mapping[str, Any]], folder: Path, device: str) -> list[Path]:
    """Write gpu.csv and the plots; where they lie."""
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "gpu.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(row | {"device": device} for row in rows)  # type: ignore[operator]
    made = [table]
    for name, heading, charts in (
        ("gpu_prefill.png", f"Prefill attention on {device}", [_times(rows, f"{kind} ", kind) for kind in _PREFILL]),
        ("gpu_decode.png", f"One query over a cache on {device}",
         [_caches(rows, batch) for batch in (1, 16, 128)]),
        ("gpu_share.png", f"Share of the limit on {device}", [_shares(rows)]),
    ):  # fmt: skip
        charts = [chart for chart in charts if any(chart.series.values())]
        if charts:
            draw(charts, heading).save(folder / name)
            made.append(folder / name)
    return made


def _times(rows: Sequence[Mapping[str, Any]], start: str, title: str) -> Chart:
    """Milliseconds against length: ours and each peer."""
    series: dict[str, list[tuple[float, float]]] = {"ours": []}
    for row in rows:
        if "peer" not in row or not str(row["name"]).startswith(start) or not row.get("x"):
            continue
        name = str(row["peer_name"])
        if name.startswith("best") or name == "limit":
            continue
        series.setdefault(name, []).append((row["x"], row["peer"]))
        if (row["x"], row["ours"]) not in series["ours"]:
            series["ours"].append((row["x"], row["ours"]))
    return Chart(title, "tokens", "milliseconds", {name: sorted(points) for name, points in series.items()})


def _caches(rows: Sequence[Mapping[str, Any]], batch: int) -> Chart:
    """The same for one query, of one batch."""
    end = f"batch {batch}"
    mine = [row for row in rows if str(row["name"]).startswith("1 query") and str(row["name"]).endswith(end)]
    return _times(mine, "1 query", f"one query, {end}")


def _shares(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Share of the limit against length, a line a family of rows."""
    series: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        share = row.get("share_of_limit")
        for start in (*_PREFILL, "1 query", "8 queries"):
            if share and row.get("x") and str(row["name"]).startswith(f"{start} "):
                point = (row["x"], share)
                if point not in series.setdefault(start, []):
                    series[start].append(point)
    return Chart("share of the limit read in the same run", "tokens", "share",
                 {name: sorted(points) for name, points in series.items()})  # fmt: skip
