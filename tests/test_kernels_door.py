"""The door: what it refuses, what can be forced, and that it needs no triton.

With Triton it is tested by tests/interpreted/door.py, which test_kernels_fused.py runs.
"""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from kernels import dispatch
from tests.kernel_support import INTERPRETED

ROOT = Path(__file__).parents[1]
WITHOUT = """
import sys
sys.modules["triton"] = None
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "triton" else find(name, *rest)
import torch
from decoder import text
from encoders import audio, vision
from kernels import dispatch, layers, operators, operators_inference, packed
x = torch.ones(2, 4)
assert torch.allclose(dispatch.rms_norm(x, torch.ones(4), 1e-6), x)
block = layers.Block(layers.LayerConfig(8, 2, 16))
assert block(torch.zeros(1, 3, 8)).shape == (1, 3, 8)
with dispatch.force("triton"):
    try:
        dispatch.swiglu(x)
    except ValueError as error:
        print(error)
"""


def test_all_of_it_works_without_triton() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", WITHOUT], cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": ""},
                          capture_output=True, text=True, timeout=200)  # fmt: skip
    assert done.returncode == 0, done.stderr[-600:]
    assert "triton is forced, but triton is not installed" in done.stdout


def test_forcing() -> None:
    x = torch.ones(2, 4)
    with pytest.raises(ValueError, match=r"^backend: .cuda. is not one of auto, triton"):
        dispatch.force("cuda").__enter__()
    if not INTERPRETED:
        with pytest.raises(ValueError, match=r"^backend: triton is forced, but"), dispatch.force("triton"):
            dispatch.swiglu(x)
    elsewhere = []
    with dispatch.force("triton"):
        with dispatch.force("reference"):
            dispatch.swiglu(x)
        other = threading.Thread(target=lambda: elsewhere.append(dispatch.swiglu(x)))  # is not forced there
        other.start()
        other.join()
    assert len(elsewhere) == 1 and dispatch.swiglu(x).shape == (2, 2)


X, WEIGHT, HEADS = torch.zeros(2, 3, 8), torch.ones(8), torch.zeros(2, 3, 5, 8)
QUERY, KEY, CACHE = torch.zeros(2, 4, 3, 8), torch.zeros(2, 2, 5, 8), torch.zeros(2, 1, 6, 8)
CODES, SCALES = torch.zeros(6, 8, dtype=torch.int8), torch.ones(6, 2)
LONGS = torch.tensor([0, 3])


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: dispatch.add_rms_norm(X, X[:, :2], WEIGHT, 1e-5), "branch"),
        (lambda: dispatch.add_layer_norm(X, X.double(), WEIGHT, WEIGHT, 1e-5), "branch"),
        (lambda: dispatch.layer_norm(X, WEIGHT, WEIGHT[:7], 1e-5), "bias"),
        (lambda: dispatch.rms_norm(X, WEIGHT.to("meta"), 1e-5), "weight"),
        (lambda: dispatch.layer_norm(X, WEIGHT, WEIGHT.to("meta"), 1e-5), "bias"),
        (lambda: dispatch.gated(X, "silu", WEIGHT.to("meta")), "bias"),
        (lambda: dispatch.activate(X, "gelu", WEIGHT.to("meta")), "bias"),
        (lambda: dispatch.rope(QUERY, torch.zeros(3, 4), torch.zeros(3, 4).to("meta")), "sin"),
        (lambda: dispatch.rms_norm(X, WEIGHT, float("nan")), "eps"),
        (lambda: dispatch.rope(QUERY, torch.zeros(3, 5), torch.zeros(3, 5)), "cos"),
        (lambda: dispatch.rope(QUERY, torch.zeros(3, 1, 3, 4), torch.zeros(3, 1, 3, 4)), "cos"),
        (lambda: dispatch.activate(X, "gelu", WEIGHT[:3]), "bias"),
        (lambda: dispatch.gated(X[..., :7], "gelu"), "gate_up"),
        (lambda: dispatch.gated(X, "silu", WEIGHT[:4]), "bias"),
        (lambda: dispatch.attention(QUERY, KEY, KEY, scale=float("inf")), "scale"),
        (lambda: dispatch.attention(QUERY, KEY, KEY, lengths_B=torch.tensor([5, 6])), "lengths"),
        (lambda: dispatch.attention(QUERY, KEY, KEY, lengths_B=torch.tensor([-1, 2])), "lengths"),
        (lambda: dispatch.attention(QUERY, KEY, KEY, lengths_B=torch.tensor([1.0, 2.0])), "lengths"),
        (lambda: dispatch.attention(QUERY, KEY, KEY, bias=torch.zeros(3, 5, dtype=torch.int32)), "bias"),
        (lambda: dispatch.attention(QUERY, KEY.to("meta"), KEY), "key"),
        (lambda: dispatch.attention(QUERY, KEY.char(), KEY.char(), key_scales=torch.ones(2, 2, 5)), "value_scales"),
        (lambda: dispatch.attention_with_lse(QUERY, KEY[:, :, :, :7], KEY), "key"),
        (lambda: dispatch.attention_packed(QUERY[0], QUERY[0], QUERY[0], LONGS, LONGS[:1], longest=3), "key_starts"),
        (lambda: dispatch.attention_packed(QUERY[0], QUERY[0], QUERY[0], LONGS, LONGS, longest=9), "longest"),
        (lambda: dispatch.store_heads(HEADS, CACHE, CACHE.clone(), 4), "start"),
        (lambda: dispatch.store_heads(HEADS, CACHE, CACHE.clone(), torch.tensor([0, 1, 2])), "start"),
        (lambda: dispatch.store_heads(HEADS[:1], CACHE, CACHE.clone(), 0), "keys"),
        (lambda: dispatch.store_heads(HEADS, CACHE, CACHE[:, :, :5], 0), "values"),
        (lambda: dispatch.store_heads(HEADS[:, :, :2], CACHE, CACHE.clone(), 0), "heads"),
        (lambda: dispatch.quantized_matmul(torch.zeros(1, 8), CODES, SCALES, SCALES[:, :1]), "offsets"),
        (lambda: dispatch.quantized_matmul(torch.zeros(1, 8), CODES.float(), SCALES), "codes"),
        (lambda: dispatch.log_mel(torch.zeros(5), torch.zeros(4, 201)), "samples"),
        (lambda: dispatch.log_mel(torch.zeros(1, 5), torch.zeros(4, 200)), "filters"),
        (lambda: dispatch.log_mel(torch.zeros(1, 5), torch.zeros(4, 201), hop=0), "hop"),
        (lambda: dispatch.log_mel(torch.zeros(1, 5), torch.zeros(4, 201, device="meta")), "filters"),
        (lambda: dispatch.log_mel(torch.zeros(1, 5), torch.zeros(4, 201), span=float("inf")), "span"),
        (lambda: dispatch.quantized_matmul(torch.zeros(1, 8), CODES, SCALES[:, :0]), "scales"),
        (lambda: dispatch.linear_cross_entropy(X, WEIGHT, LONGS), "hidden"),
        (lambda: dispatch.linear_cross_entropy(X[0], X[0, :, :7], LONGS), "weight"),
        (lambda: dispatch.linear_cross_entropy(X[0], X[1], LONGS), "targets"),
        (lambda: dispatch.linear_cross_entropy(X[0], X[1], torch.zeros(3, dtype=torch.long), WEIGHT), "bias"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(call, name) -> None:
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()


def test_where_triton_can_launch_nothing_the_reason_is_given() -> None:
    pytest.importorskip("triton")
    from kernels.probe import obstacle

    if not INTERPRETED and not torch.cuda.is_available():  # no driver, as with no compiler: the launch fails
        assert str(obstacle(torch.device("cpu"))).startswith("Triton can compile no kernel: ")
