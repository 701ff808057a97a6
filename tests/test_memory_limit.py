"""What may still be taken: the machine's memory, a control group's limit, the address space, the user's own setting."""

import subprocess
import sys
from pathlib import Path

import pytest

from assistant import models
from kernels import memory_limit
from kernels.errors import UserError

ROOT = Path(__file__).parents[1]
GIB = 1 << 30


def _write(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name.replace("__", ".")).write_text(f"{value}\n")


def test_control_groups_of_version_2_count_with_all_above_them(tmp_path: Path) -> None:
    root, own = tmp_path / "cgroup", tmp_path / "own"
    own.write_text("0::/user/app\n")
    _write(root / "user/app", memory__max="max", memory__current=GIB)
    _write(root / "user", memory__max=3 * GIB, memory__current=GIB, memory__stat=f"anon 5\ninactive_file {GIB // 2}")
    assert list(memory_limit._control_groups(root, own)) == [2 * GIB + GIB // 2]


def test_control_groups_of_version_1(tmp_path: Path) -> None:
    root, own = tmp_path / "cgroup", tmp_path / "own"
    own.write_text("9:cpu,cpuacct:/x\n4:memory:/box\n")
    _write(root / "memory/box", memory__limit_in_bytes=2 * GIB, memory__usage_in_bytes=3 * GIB)
    _write(root / "memory", memory__limit_in_bytes=9223372036854771712, memory__usage_in_bytes=GIB)
    assert list(memory_limit._control_groups(root, own)) == [0]
    assert list(memory_limit._control_groups(tmp_path / "none", tmp_path / "none")) == []


def test_the_refusal_says_what_is_needed_free_and_would_fit() -> None:
    memory_limit.check("a model", 1)
    most = memory_limit._resident() + 100_000_000
    smaller = {"the arithmetic int4": 50_000_000, "the arithmetic int8": 900_000_000}
    with pytest.raises(UserError, match=r"a model needs 1,000 MB of memory, and \d+ MB are free under .* memory_limit"):
        memory_limit.check("a model", 1_000_000_000, most=most, smaller=smaller)
    with pytest.raises(UserError) as refused:
        memory_limit.check("a model", 1_000_000_000, most=most, smaller=smaller)
    assert "int4" in refused.value.remedy and "int8" not in refused.value.remedy
    with pytest.raises(UserError, match="Nothing smaller"):
        memory_limit.check("a model", 1_000_000_000, most=most)


def test_every_model_is_weighed_before_its_files_are_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIGONE_MEMORY_LIMIT_MB", "1")
    for name in ("whisper-tiny.en", "minilm"):
        with pytest.raises(UserError, match=f"The model {name} needs .* memory_limit_mb"):
            models.files(name)
    assert models.files("smollm2-135m")  # weighed by what it becomes


@pytest.mark.skipif(sys.platform == "win32", reason="no address space limit there")
def test_a_limit_on_address_space_is_seen() -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30)); from kernels import memory_limit;"
        "limit = memory_limit.room(); print(limit.free < 8 << 30, limit.whose)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True under the limit on address space (ulimit -v)\n"
