"""What the abstention benchmark makes of confidences: its table, its curves, its spoilt pages; scripted pairs."""

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.steps.doubt import CLOSE_CHOICE
from benchmarks import abstain
from benchmarks.abstain import Curve, charts, spoilt, table
from benchmarks.drawing import page

PAIRS = ((0.9, True), (0.8, True), (0.4, False), (0.2, True))


def test_the_operating_point_is_at_the_threshold() -> None:
    rows = {row["name"]: row for row in table(Curve("lines", PAIRS, 0.5, "lines", 8))}
    assert rows["lines: right if all is said"]["value"] == 0.75
    assert rows["lines: coverage at 0.5"]["value"] == 0.5
    assert rows["lines: right at 0.5"]["value"] == 1.0 and rows["lines: right at 0.5"]["n"] == 2
    assert rows["lines: of all that is printed"]["value"] == 0.5


def test_the_chart_ends_at_all_that_is_answered() -> None:
    (chart,) = charts([Curve("lines", PAIRS, 0.5, "lines")])
    assert chart.series["measured"][-1] == (1.0, 0.75) and chart.series["at 0.5"][-1] == (0.5, 1.0)


def test_choices_come_from_what_was_kept_and_the_last_run_of_a_row_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.jsonl"
    rows = [{"id": "a", "choice": 0.9, "tools": False}, {"id": "a", "choice": 0.9, "tools": True},
            {"id": "b", "choice": 0.1, "tools": False}, {"id": "c", "choice": None, "tools": True}]  # fmt: skip
    kept.write_text("\n".join(json.dumps({**row, "suite": "written", "setup": "brain on"}) for row in rows))
    curve = abstain.choice(kept)
    assert list(curve.pairs) == [(0.9, True), (0.1, False)] and curve.threshold == CLOSE_CHOICE
    results, plot = tmp_path / "results.jsonl", tmp_path / "plot.png"
    abstain.main(["--only", "choice", "--choices", str(kept), "--results", str(results), "--plot", str(plot)])
    assert "AURC" in capsys.readouterr().out and plot.stat().st_size > 1000
    assert all(json.loads(line)["suite"] == "abstain" for line in results.read_text().splitlines())


def test_photos_that_are_not_there_are_left_out_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    abstain.main(["--only", "describing", "--photos", str(tmp_path)])
    assert "describing is left out" in capsys.readouterr().out


def test_pages_are_spoilt_the_same_way_every_time() -> None:
    once, again = (list(spoilt(page(["Line 14"]))) for _ in range(2))
    assert len(once) == len(abstain.BLURS) + len(abstain.NOISES) + len(abstain.FADES)
    assert all(np.array_equal(np.asarray(one), np.asarray(other)) for one, other in zip(once, again, strict=True))
    contrast = [float(np.asarray(one.convert("L"), np.float32).std()) for one in once]
    assert contrast[0] > contrast[len(abstain.BLURS) - 1] and contrast[-1] < contrast[-3]
