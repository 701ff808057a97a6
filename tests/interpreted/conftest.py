"""The checks of kernels: what is uninitialised is NaN, and the interpreter knows bfloat16."""

from collections.abc import Iterator

import pytest
import torch

from tests import kernel_support

if kernel_support.INTERPRETED:
    kernel_support.mend_interpreter()


@pytest.fixture(autouse=True)
def poisoned() -> Iterator[None]:
    """torch fills what torch.empty makes (NaN, or the largest integer) while its algorithms are to be deterministic."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    yield
    torch.use_deterministic_algorithms(False)
