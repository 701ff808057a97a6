"""The memory-bound kernels (norm, rope, mlp, log_mel, cross_entropy): tests/interpreted/fused.py, in a child."""

import pytest

from tests.kernel_support import WHERE, run_checks


@pytest.mark.parametrize("where", WHERE)
def test_fused_kernels(where: str) -> None:
    run_checks("fused", where)
