"""Weight-only matmul under Triton's interpreter, compiled where there is a GPU: see tests/interpreted/quantized.py."""

import pytest

from tests.kernel_support import WHERE, run_checks


@pytest.mark.parametrize("where", WHERE)
def test_quantized_matmul(where: str) -> None:
    run_checks("quantized", where)
