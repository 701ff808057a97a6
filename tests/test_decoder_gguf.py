"""The GGUF reader against the gguf package, and against damaged and hostile files."""

import struct
import time

import numpy as np
import pytest

from decoder.blocks import FORMATS
from decoder.gguf import GGUF
from kernels.errors import UserError

gguf = pytest.importorskip("gguf")
KINDS = sorted(FORMATS)


def write(path, tensors, **metadata):
    writer = gguf.GGUFWriter(path, "llama")
    for key, value in metadata.items():
        {int: writer.add_uint32, str: writer.add_string, list: writer.add_array, bool: writer.add_bool}[type(value)](
            key, value
        )
    for name, raw, kind in tensors:
        writer.add_tensor(name, raw, raw_dtype=gguf.GGMLQuantizationType(kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def random_raw(kind, rows=6, columns=512, seed=0):
    """Random bytes in every field but the half-precision ones, which would often be infinite."""
    generator, form = np.random.default_rng(seed), FORMATS[kind]
    if form.split is None:
        values = generator.standard_normal((rows, columns)).astype(np.float32)
        return gguf.quants.quantize(values, gguf.GGMLQuantizationType(kind))
    raw = generator.integers(0, 256, (rows, columns // form.weights, form.size), dtype=np.uint8)
    halves = {"Q4_0": [0], "Q8_0": [0], "Q4_1": [0, 2], "Q4_K": [0, 2], "Q6_K": [208]}[form.name]
    for at in halves:
        value = generator.standard_normal((rows, columns // form.weights, 1)).astype(np.float16)
        raw[..., at : at + 2] = value.view(np.uint8)
    return raw.reshape(rows, -1)


@pytest.mark.parametrize("kind", KINDS, ids=[FORMATS[kind].name for kind in KINDS])
def test_dequantizes_as_the_gguf_package_does(tmp_path, kind):
    raw = random_raw(kind)
    file = GGUF(write(tmp_path / "one.gguf", [("a", raw, kind)]))
    want = gguf.quants.dequantize(raw, gguf.GGMLQuantizationType(kind)).reshape(6, 512)
    np.testing.assert_allclose(file["a"].numpy(), want, rtol=2e-6, atol=2e-6)
    assert file.entries["a"].shape == (6, 512)


def test_metadata(tmp_path):
    path = write(
        tmp_path / "m.gguf", [("a", np.zeros((2, 32), np.float32), 0)],
        **{"k.number": 7, "k.text": "Grüße 👋", "k.list": ["a", "ß"], "k.numbers": [1, 2, 3], "k.flag": True},
    )  # fmt: skip
    metadata = GGUF(path).metadata
    assert metadata["k.number"] == 7
    assert metadata["k.text"] == "Grüße 👋"
    assert metadata["k.list"] == ["a", "ß"]
    assert metadata["k.numbers"] == [1, 2, 3]
    assert metadata["k.flag"] is True


def header(tensors=0, keys=0, version=3, rest=b""):
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + rest


def text(value):
    return struct.pack("<Q", len(value)) + value


def tensor(name=b"t", shape=(32,), kind=0, start=0):
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, start)


HOSTILE = {
    "empty": (b"", "empty"),
    "not gguf": (b"PK\x03\x04" + bytes(64), "not a GGUF"),
    "version": (header(version=99), "version 99"),
    "many tensors": (header(tensors=1 << 60), "claims"),
    "many keys": (header(keys=1 << 60), "claims"),
    "long text": (header(keys=1, rest=struct.pack("<Q", 1 << 62)), "claims"),
    "long array": (header(keys=1, rest=text(b"k") + struct.pack("<IIQ", 9, 8, 1 << 60)), "claims"),
    "short array": (header(keys=1, rest=text(b"k") + struct.pack("<IIQ", 9, 4, 1 << 19)), "ends too early"),
    "nested array": (header(keys=1, rest=text(b"k") + struct.pack("<IIQ", 9, 9, 1)), "unknown type"),
    "bad type": (header(keys=1, rest=text(b"k") + struct.pack("<I", 77)), "unknown type"),
    "bad utf8": (header(keys=1, rest=text(b"\xff\xfe")), "UTF-8"),
    "twice": (header(keys=2, rest=(text(b"k") + struct.pack("<IB", 0, 1)) * 2), "twice"),
    "rank": (header(tensors=1, rest=text(b"t") + struct.pack("<I", 1 << 31) + bytes(64)), "tensor t"),
    "overflow": (header(tensors=1, rest=tensor(shape=(1 << 32, 1 << 32)) + bytes(64)), "tensor t"),
    "zero": (header(tensors=1, rest=tensor(shape=(0,)) + bytes(64)), "tensor t"),
    "block": (header(tensors=1, rest=tensor(shape=(33,), kind=8) + bytes(512)), "tensor t"),
    "kind": (header(tensors=1, rest=tensor(kind=999) + bytes(512)), "tensor t"),
    "outside": (header(tensors=1, rest=tensor(start=1 << 62) + bytes(512)), "tensor t"),
    "unaligned": (header(tensors=1, rest=tensor(start=3) + bytes(512)), "tensor t"),
    "overlap": (header(tensors=2, rest=tensor(b"t") + tensor(b"u", start=32) + bytes(512)), "tensor u overlaps"),
    "same name": (header(tensors=2, rest=tensor() * 2 + bytes(512)), "tensor t comes twice"),
    "truncated data": (header(tensors=1, rest=tensor() + bytes(40)), "tensor t"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_quickly(tmp_path, case):
    data, message = HOSTILE[case]
    path = tmp_path / "bad.gguf"
    path.write_bytes(data)
    began = time.monotonic()
    with pytest.raises(UserError, match=message) as error:
        GGUF(path)
    assert time.monotonic() - began < 2
    assert error.value.remedy


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(UserError, match="There is no model file"):
        GGUF(tmp_path / "none.gguf")
    with pytest.raises(UserError, match="is a folder"):
        GGUF(tmp_path)


def test_every_truncation_is_refused(tmp_path):
    whole = write(tmp_path / "w.gguf", [("a", random_raw(3), 3), ("b", random_raw(0), 0)], **{"k.text": "hello"})
    data = whole.read_bytes()
    cut = tmp_path / "cut.gguf"
    for size in [*range(0, 200, 7), len(data) - 1, len(data) // 2]:
        cut.write_bytes(data[:size])
        with pytest.raises(UserError):
            GGUF(cut)
