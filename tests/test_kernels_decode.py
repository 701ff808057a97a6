"""Decode attention under Triton's interpreter, and compiled where there is a GPU: see tests/interpreted/decode.py."""

import pytest

from tests.kernel_support import WHERE, run_checks


@pytest.mark.parametrize("where", WHERE)
def test_decode_attention(where: str) -> None:
    run_checks("decode", where)
