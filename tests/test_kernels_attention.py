"""Prefill attention's kernels: right under the interpreter and on a GPU, and small enough for an H100."""

import pytest

from tests.kernel_support import WHERE, run_checks


@pytest.mark.parametrize("where", WHERE)
def test_attention(where: str) -> None:
    run_checks("attention", where)
