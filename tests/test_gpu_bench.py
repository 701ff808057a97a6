"""antigone bench gpu where there is no GPU: what it says, every row's code once, and what it leaves behind."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from assistant.commands import bench
from benchmarks import gpu, gpu_report, gpu_sanitize
from benchmarks.gpu_timing import Bench, Limit, medians, versus
from kernels.errors import UserError

ROOT = Path(__file__).parents[1]


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_without_a_gpu_one_sentence_says_so_and_what_to_do(no_gpu, capsys) -> None:
    with pytest.raises(UserError, match="no CUDA GPU") as refusal:
        bench.run("gpu", [])
    assert "--dry" in refusal.value.remedy
    assert gpu.alone([]) == 2
    assert capsys.readouterr().err.startswith("There is no CUDA GPU here")
    with pytest.raises(SystemExit):
        gpu.main(["--only", "everything"])
    with pytest.raises(UserError, match="sanitized") as refusal:
        gpu_sanitize.sanitize()
    assert "--tool memcheck" in refusal.value.remedy and "--tool racecheck" in refusal.value.remedy
    assert "pytest" in refusal.value.remedy and "tests/interpreted/attention.py" in refusal.value.remedy
    assert f"{gpu_sanitize.NO_POOL}=1" in refusal.value.remedy


def test_a_dry_run_goes_once_through_every_row() -> None:
    pytest.importorskip("triton")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-P", "-m", "benchmarks.gpu", "--dry", "--json"], cwd=ROOT, env=environment,
                          capture_output=True, text=True, timeout=400, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    ran = [row["name"] for row in rows if str(row.get("suite", "")).startswith("ran: ours")]
    for words in ("prefill d64 causal", "ViT attention", "2 queries", "1 query", "add, RMSNorm", "add, LayerNorm",
                  "RoPE", "SwiGLU", "int8 matmul", "int4 matmul", "backward", "Whisper", "Vision", "decode 135M",
                  "log-mel", "cross-entropy"):  # fmt: skip
        assert any(name.startswith(words) or words in name for name in ran), f"{words} did not run: {rows}"
    groups = [row for row in rows if row["name"] in gpu.GROUPS]
    assert not groups, groups  # a group's own row says that it failed
    assert all(row["suite"] == "right" for row in rows if row["name"].startswith(("error of", "tokens of")))
    checked = " ".join(row["name"] for row in rows if row["name"].startswith("error of"))
    for words in ("int4 matmul of 1 ", "int8 matmul of 130", "log-mel", "cross-entropy", "into the cache", "bias, GELU",
                  "gradients of attention d64 causal"):  # fmt: skip
        assert words in checked, f"{words} was not checked"
    assert not done.stderr.strip(), done.stderr  # no kernel fell back


def test_a_failing_peer_is_named_and_the_others_are_compared() -> None:
    here = Bench(torch.device("cpu"), False, 1e18, flops=1e12, bytes=1e9)

    def fails(_: int) -> None:
        raise RuntimeError("no kernel image")

    sides = {"ours": lambda _: None, "broken": fails, "slow": lambda _: sum(range(20000))}
    found = list(versus(here, "row", sides, Limit(flops=1e6), reach=0.9, other={"slow": 1e9}, x=5))
    assert found[0]["missing"].startswith("broken (RuntimeError: no kernel image")
    assert [row["peer_name"] for row in found[1:]] == ["slow", "best (slow)"]
    assert found[1]["ratio"] > 1 and found[1]["met"] is False and found[2]["met"] is True
    assert list(versus(here, "row", {"ours": fails}, Limit())) == [
        {"name": "row", "missing": "ours (RuntimeError: no kernel image)", "x": 0}
    ]
    assert medians(here, {"ours": lambda at: at}, 0.0, sets=2)[1] == {}


def test_a_group_that_fails_or_is_wrong_does_not_cost_the_others() -> None:
    here = Bench(torch.device("cpu"), True, 1e18, wrong={"norms"})

    def fails(_):
        yield {"name": "first", "value": 1}
        raise ValueError("out of memory")

    assert next(gpu._guarded(here, "norms", fails))["missing"].startswith("its results are wrong")
    rows = list(gpu._guarded(here, "gates", fails))
    assert rows[0]["name"] == "first" and "ValueError: out of memory" in rows[1]["missing"]
    late = Bench(torch.device("cpu"), True, 0.0)
    assert list(gpu._guarded(late, "gates", fails)) == [{"name": "gates", "missing": "no time is left"}]


def test_a_table_and_plots_are_left_behind(tmp_path: Path) -> None:
    rows = [
        {"name": f"prefill d64 full {x}", "ours": x / 1000, "peer": x / 800, "peer_name": "Flash SDPA", "ratio": 1.25,
         "unit": "ms", "share_of_limit": 0.6, "reach": 0.9, "met": True, "x": x}
        for x in (1024, 4096)
    ]  # fmt: skip
    made = gpu_report.save([*rows, {"name": "y", "missing": "cuDNN SDPA"}], tmp_path / "results", "a GPU")
    assert [path.name for path in made] == ["gpu.csv", "gpu_prefill.png", "gpu_share.png"]
    with made[0].open(newline="") as file:
        table = list(csv.DictReader(file))
    assert table[0]["ratio"] == "1.25" and table[0]["device"] == "a GPU" and table[2]["missing"] == "cuDNN SDPA"
    assert "met (0.9)" in gpu.line(rows[0]) and "not compared" in gpu.line({"name": "y", "missing": "z"})
