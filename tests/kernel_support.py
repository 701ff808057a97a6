"""How Triton's kernels are tested where there is no GPU: in a child process, under Triton's interpreter.

TRITON_INTERPRET must be set before triton is first imported, and turns every kernel of the process into plain Python;
so the checks of a kernel are ordinary tests in tests/interpreted/NAME.py, which pytest doesn't collect by itself, and
tests/test_kernels_NAME.py runs them all in one child:

    @pytest.mark.parametrize("where", WHERE)
    def test_attention(where): run_checks("attention", where)

Where there is a GPU the same checks run on it too, compiled. By hand:

    TRITON_INTERPRET=1 .venv/bin/python -m pytest -q tests/interpreted/attention.py

In a check, put tensors on `DEVICE`. Every torch.empty of a check is filled with NaN (tests/interpreted/conftest.py), so
what a kernel leaves unwritten shows.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

ROOT = Path(__file__).parents[1]
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = "cuda" if torch.cuda.is_available() and not INTERPRETED else "cpu"
WHERE = ["interpreter", pytest.param("gpu", marks=pytest.mark.gpu)]
"""For parametrize: where checks run."""


def run_checks(name: str, where: str, seconds: float = 240) -> None:
    """Run tests/interpreted/NAME.py in a child; fails with what the child said. Skips where there is no triton or, for
    "gpu", no GPU. Several names, with spaces between, share a child.
    """
    if importlib.util.find_spec("triton") is None:
        pytest.skip("triton has no wheel for this system")
    if where == "gpu" and not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    environment = {key: value for key, value in os.environ.items() if key != "TRITON_INTERPRET"}
    environment |= {"TRITON_INTERPRET": "1"} if where == "interpreter" else {}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "--color=no",
        "--durations=5",
        *(f"tests/interpreted/{one}.py" for one in name.split()),
    ]
    limit = 900 if where == "gpu" else seconds  # each kernel is compiled there first
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=limit)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def relative_error(got: Tensor, want: Tensor) -> float:
    """||got - want|| / ||want|| in float64; infinite where something isn't finite."""
    got, want = got.detach().double().cpu(), want.detach().double().cpu()
    if not got.isfinite().all():
        return float("inf")
    return float((got - want).norm() / want.norm().clamp_min(1e-300))


def mend_interpreter() -> None:
    """Let Triton 3.6's interpreter compute in bfloat16.

    numpy has none: the interpreter keeps its bits as uint16, rounds without a carry from the mantissa into the exponent
    (1.999 becomes 1.0), and adds and multiplies the bits themselves. All are put right by torch's own conversion.
    What tl.max and tl.sum give is an array of one number there, which numpy no longer takes as the bound of a loop.
    """
    import triton.language as tl
    from triton.runtime import interpreter

    builder, handle = interpreter.InterpreterBuilder, interpreter.TensorHandle
    whole, multiply, count, patch = (
        interpreter._convert_float, builder.create_dot, builder.create_si_to_fp, interpreter._patch_lang_tensor
    )  # fmt: skip

    def convert(data: Any, source: Any, target: Any, rounding: Any) -> Any:
        if source == tl.float32 and target == tl.bfloat16:
            bits = torch.from_numpy(data.copy()).to(torch.bfloat16).view(torch.int16)
            return bits.numpy().view("uint16").reshape(data.shape)
        if source == tl.bfloat16 and target == tl.float32:
            return (data.astype("uint32") << 16).view("float32").reshape(data.shape)
        return whole(data, source, target, rounding)

    def narrow(data: Any) -> Any:
        return handle(convert(data.astype("float32"), tl.float32, tl.bfloat16, None), tl.bfloat16)

    def wide(x: Any) -> Any:
        if x.dtype.scalar != tl.bfloat16:
            return x
        return handle(convert(x.data, tl.bfloat16, tl.float32, None), tl.float32)

    def dot(self: Any, a: Any, b: Any, d: Any, precision: Any, imprecise: Any) -> Any:
        return multiply(self, wide(a), wide(b), d, precision, imprecise)

    def floating(self: Any, source: Any, target: Any) -> Any:
        return narrow(source.data) if target.scalar == tl.bfloat16 else count(self, source, target)

    def subtract(self: Any, a: Any, b: Any) -> Any:
        if a.dtype.scalar == tl.bfloat16:
            return narrow(wide(a).data - wide(b).data)
        return handle(a.data - b.data, a.dtype.scalar)

    def index(tensor: Any, scope: Any) -> None:
        patch(tensor, scope)
        scope.set_attr(tensor, "__index__", lambda self: int(self.handle.data.item()))

    def constant(self: Any, value: float) -> Any:
        return narrow(interpreter.np.array([value]))

    builder.create_dot, builder.create_si_to_fp, builder.create_fsub = dot, floating, subtract
    builder.get_bf16 = constant
    interpreter._convert_float, interpreter._patch_lang_tensor = convert, index


def rounding(lse: Tensor) -> float:
    """How far one rounding of the greatest score of attention moves a weight, by log-sum-exp; 0 on a GPU.

    The interpreter's products are NumPy's, which on some processors sums a row's last columns in another order than its
    first: equal scores of many hundreds are then not quite equal.
    """
    return float(lse.nan_to_num(0.0, 0.0, 0.0).abs().max()) * 2**-24 if INTERPRETED else 0.0
