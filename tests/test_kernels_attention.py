"""Prefill attention's kernels: right under the interpreter and on a GPU, and small enough for an H100."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from tests.kernel_support import WHERE, run_checks


@pytest.mark.parametrize("where", WHERE)
def test_attention(where: str) -> None:
    run_checks("attention", where)


@pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="triton has no wheel for this system")
def test_compiled_for_a_gpu_that_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vision transformer's heads of 80 on an H100: matrix unit and copy engine at work, nothing spilled, and room for
    the second program that each needs beside it."""
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    from kernels.ahead import compile_ahead
    from kernels.attention_ahead import case

    taken = compile_ahead(case("forward_hopper", 80, causal=False))
    assert taken.fits and taken.spills == 0 and taken.resident >= 2
    assert taken.count("HGMMA", loop=True) >= 20 and taken.count("UTMALDG", loop=True) == 4
    assert not replace(taken, shared=228 * 1024).fits
    incomplete = case("forward_hopper", 80)
    with pytest.raises(ValueError, match="says nothing of lse"):
        compile_ahead(replace(incomplete, types={k: v for k, v in incomplete.types.items() if k != "lse"}))
