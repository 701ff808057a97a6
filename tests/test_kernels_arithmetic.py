"""Which numbers models are computed in, and that doctor and settings tell the same."""

from pathlib import Path

import pytest

from assistant import checks, settings
from kernels.arithmetic import ARITHMETICS, Processor, choose, processor
from kernels.errors import UserError


@pytest.mark.parametrize(
    ("bfloat16", "int8", "taken"),
    [(True, True, "int8"), (False, True, "int8"), (True, False, "bfloat16"), (False, False, "float32")],
)
def test_auto_takes_only_what_the_processor_has(bfloat16: bool, int8: bool, taken: str) -> None:
    choice = choose("auto", Processor(bfloat16, int8))
    assert (choice.arithmetic, choice.slow) == (taken, False)


def test_what_is_asked_for_is_taken_and_its_slowness_told() -> None:
    for wanted in ARITHMETICS:
        assert choose(wanted, Processor(False, True)).arithmetic == wanted
    assert choose("bfloat16", Processor(False, True)).slow
    assert not choose("bfloat16", Processor(True, True)).slow
    with pytest.raises(ValueError, match="float16"):
        choose("float16")


def test_doctor_says_which_and_why(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (automatic,) = checks.arithmetic()
    assert choose("auto").arithmetic in automatic.text and "processor" in automatic.text
    monkeypatch.setenv("ANTIGONE_ARITHMETIC", "float32")
    (asked,) = checks.arithmetic()
    assert "float32: asked for" in asked.text and asked.state == "good"
    monkeypatch.setenv("ANTIGONE_ARITHMETIC", "bfloat16")
    (emulated,) = checks.arithmetic()
    assert emulated.state == ("good" if processor().bfloat16 else "note")
    monkeypatch.setenv("ANTIGONE_ARITHMETIC", "float16")
    with pytest.raises(UserError, match="arithmetic") as refused:
        settings.load()
    assert "one of auto, float32, bfloat16, int8, int4" in refused.value.remedy


def test_doctor_says_why_kernels_could_not_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    (whole,) = checks.compiled()
    assert whole.state == "good" and "threads" in whole.text

    def fails() -> None:
        raise OSError("no compiler")

    monkeypatch.setattr("kernels.cpu.team.team", fails)
    (broken,) = checks.compiled()
    assert broken.state == "note" and "no compiler" in broken.text and broken.remedy
