"""Checkpoint files: what is read, and what is refused with its name."""

import contextlib
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from kernels.checkpoints import Checkpoint, Rule, load_strict, read_ctranslate2, read_safetensors
from kernels.errors import UserError


def _text(value: str) -> bytes:
    data = value.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def _variable(name: str, tensor: torch.Tensor, code: int, shape: tuple[int, ...] | None = None) -> bytes:
    shape = tuple(tensor.shape) if shape is None else shape
    data = tensor.numpy().tobytes()
    head = _text(name) + struct.pack("<B", len(shape)) + struct.pack(f"<{len(shape)}I", *shape)
    return head + struct.pack("<BI", code, len(data)) + data


def _ct2(*variables: bytes, version: int = 6, count: int | None = None, aliases: bytes = struct.pack("<I", 0)) -> bytes:
    head = struct.pack("<I", version) + _text("WhisperSpec") + struct.pack("<II", 3, count or len(variables))
    return head + b"".join(variables) + aliases


SEEDED = torch.Generator().manual_seed(1)  # the files name the tests, so they are the same in every process
WEIGHT, BIAS = torch.randn(2, 3, generator=SEEDED).half(), torch.randn(2, generator=SEEDED)
GOOD = _ct2(_variable("w", WEIGHT, 4), _variable("n", torch.tensor(7, dtype=torch.int16), 2), _variable("b", BIAS, 0))


def _write(folder: Path, data: bytes, name: str = "model.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_ctranslate2_is_read_exactly(tmp_path: Path) -> None:
    alias = struct.pack("<I", 1) + _text("again") + _text("w")
    checkpoint = read_ctranslate2(_write(tmp_path, GOOD[:-4] + alias))
    assert checkpoint.kind == "WhisperSpec" and dict(checkpoint.aliases) == {"again": "w"}
    assert torch.equal(checkpoint.tensors["w"], WEIGHT) and torch.equal(checkpoint.tensors["b"], BIAS)
    assert checkpoint.scalar("n") == 7


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(GOOD) - 1))
def test_a_ctranslate2_file_cut_anywhere_is_refused_by_name(tmp_path: Path, cut: int) -> None:
    if cut == len(GOOD) - 4:
        return  # nothing but the empty table of aliases is gone
    with pytest.raises(UserError, match=r"model\.bin"):
        read_ctranslate2(_write(tmp_path, GOOD[:cut]))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255))
def test_a_changed_byte_never_crashes_the_reader(tmp_path: Path, at: int, value: int) -> None:
    data = bytearray(GOOD)
    data[at] = value
    with contextlib.suppress(UserError):
        read_ctranslate2(_write(tmp_path, bytes(data)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_ct2(count=4_000_000_000), "4000000000 variables"),
        (_ct2(_variable("w", BIAS, 0, shape=(4_000_000_000, 4_000_000_000))), "claims 16000000000000000000 values"),
        (_ct2(_variable("w", BIAS, 99)), "unknown type 99"),
        (_ct2(_variable("w", BIAS, 0), _variable("w", BIAS, 0)), "w is there twice"),
        (_ct2(_variable("w", BIAS, 0), aliases=struct.pack("<I", 1) + _text("x") + _text("y")), "y, which is missing"),
        (GOOD + b"more", "4 bytes are left over"),
        (_ct2(version=5), "format version 5"),
    ],
)
def test_hostile_ctranslate2_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_ctranslate2(_write(tmp_path, data))


def test_safetensors_is_read_exactly(tmp_path: Path) -> None:
    tensors = {"a": torch.randn(3, 4), "b": torch.randn(5).bfloat16(), "c": torch.arange(6)}
    save_file(tensors, tmp_path / "model.safetensors")
    checkpoint = read_safetensors(tmp_path / "model.safetensors")
    assert all(torch.equal(checkpoint.tensors[name], tensor) for name, tensor in tensors.items())


def _safe(header: object, data: bytes = b"\0" * 16) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<Q", 1 << 60) + b"{}",
        _safe({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 32]}}),
        _safe({"a": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 16]}}),
        _safe({"a": {"dtype": "F32", "shape": [-4], "data_offsets": [0, -16]}}),
        _safe({"a": {"dtype": "F32", "shape": [4], "data_offsets": [-64, -48]}}),
        _safe({"a": {"dtype": "Q4", "shape": [4], "data_offsets": [0, 16]}}),
        _safe({"a": {"dtype": "F32", "shape": "4", "data_offsets": [0, 16]}}),
        _safe({"a": {"dtype": "F32", "shape": [4.0], "data_offsets": [0, 16]}}),
        _safe({"a": {"dtype": "F32", "shape": [4], "data_offsets": ["0", 16]}}),
        _safe({"a": {"shape": [4], "data_offsets": [0, 16]}}),
        _safe({"a": None}),
        _safe([1]),
        struct.pack("<Q", 3) + b"{{{",
        b"\x01",
    ],
)
def test_hostile_safetensors_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UserError, match=r"model\.safetensors"):
        read_safetensors(_write(tmp_path, data, "model.safetensors"))


class _Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("this code must never run",))


@pytest.mark.parametrize("read", [read_safetensors, read_ctranslate2], ids=["safetensors", "ctranslate2"])
@pytest.mark.parametrize("name", ["model.pt", "model.bin", "model.safetensors"])
def test_pickles_are_refused_and_not_opened(
    tmp_path: Path, name: str, read: Callable[[Path], Checkpoint], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError, match="pickle"):
        read(_write(tmp_path, pickle.dumps(_Trap()), name))
    with zipfile.ZipFile(tmp_path / "zipped.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(_Trap()))
    with pytest.raises(UserError, match="pickle"):
        read(tmp_path / "zipped.bin")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("read", "other"),
    [(read_safetensors, "header is longer than the file"), (read_ctranslate2, "has CTranslate2 format version")],
    ids=["safetensors", "ctranslate2"],
)
def test_no_file_a_folder_and_another_format_are_refused(
    tmp_path: Path, read: Callable[[Path], Checkpoint], other: str
) -> None:
    for path, said in ((tmp_path / "none", "There is no"), (tmp_path, "is a folder"),
                       (_write(tmp_path, b"GIF89a and more of it"), other),
                       (_write(tmp_path, b"", "empty.bin"), "it is empty")):  # fmt: skip
        with pytest.raises(UserError, match=said):
            read(path)


TABLE = {"weight": "w", "bias": Rule(("b1", "b2"), lambda a, b: torch.cat((a, b)))}


def _source(**changes: torch.Tensor | None) -> Checkpoint:
    tensors = {"w": torch.ones(2, 3), "b1": torch.ones(1), "b2": torch.zeros(1), "config": torch.ones(1)} | changes
    return Checkpoint("x.bin", {name: tensor for name, tensor in tensors.items() if tensor is not None})


def test_a_table_fills_the_module() -> None:
    module = nn.Linear(3, 2)
    load_strict(module, _source(), TABLE, ignore=("conf*",))
    assert module.weight.eq(1).all() and module.bias.tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"b2": None}, "b2 is missing"),
        ({"extra": torch.ones(1)}, "extra is not known"),
        ({"w": torch.ones(3, 2)}, r"w has shape \(3, 2\) where \(2, 3\)"),
        ({"w": torch.full((2, 3), torch.nan)}, "w holds values that are not numbers"),
        ({"b1": torch.tensor([torch.inf])}, "b1 holds values that are not numbers"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_changed(changes: dict[str, torch.Tensor], said: str) -> None:
    module = nn.Linear(3, 2)
    before = module.weight.clone()
    with pytest.raises(UserError, match=said):
        load_strict(module, _source(**changes), TABLE, ignore=("config",))
    assert torch.equal(module.weight, before)


def test_a_table_that_forgets_a_parameter_is_our_own_mistake() -> None:
    with pytest.raises(KeyError, match="bias"):
        load_strict(nn.Linear(3, 2), _source(), {"weight": "w"}, ignore=("*",))


def test_a_header_that_would_fill_memory_is_not_read(tmp_path: Path) -> None:
    header = b'{"__metadata__":[' + b"{}," * 3_000_000 + b"{}]}"
    path = tmp_path / "large.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(UserError, match="header is longer"):
        read_safetensors(path)


def test_a_name_of_any_length_is_told_in_short(tmp_path: Path) -> None:
    path = tmp_path / "long.safetensors"
    save_file({"weight": torch.ones(2, 3), "bias": torch.ones(2), "x" * 100_000: torch.ones(1)}, path)
    with pytest.raises(UserError, match="tensor xxx") as caught:
        load_strict(nn.Linear(3, 2), read_safetensors(path), {"weight": "weight", "bias": "bias"})
    assert len(str(caught.value)) < 1000
