"""The memory-bound kernels (norm, rope, mlp, log_mel, cross_entropy), and the door with Triton forced, in one child."""

import pytest

from tests.kernel_support import WHERE, run_checks


@pytest.mark.parametrize("where", WHERE)
def test_fused_kernels_and_the_door(where: str) -> None:
    run_checks("fused door", where, seconds=280)
