"""Pictures and PDFs made to do harm: refused in plain words, the child that opened them dies alone."""

import random
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from assistant.sight.sandbox import Sandbox
from kernels.errors import UserError
from tests.drawing import text_pdf


@pytest.fixture(scope="module")
def box():
    made = Sandbox()
    yield made
    made.close()


def png(width: int, height: int, data: bytes, path: Path) -> Path:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
    return path


def test_a_bomb_is_refused_by_its_header(box, tmp_path):
    with pytest.raises(UserError, match="too large"):
        box.picture(png(30_000, 30_000, zlib.compress(bytes(1000)), tmp_path / "bomb.png"))


def test_a_bomb_below_the_limit_leaves_the_program_alone(box, tmp_path):
    path = png(7_000, 7_000, zlib.compress(bytes(100)), tmp_path / "hollow.png")  # promises far more than it holds
    with pytest.raises(UserError):
        box.picture(path)
    good = tmp_path / "good.png"
    Image.new("RGB", (9, 9), "red").save(good)
    assert box.picture(good).getpixel((4, 4)) == (255, 0, 0)


def test_random_damage_never_gets_through(box, tmp_path):
    noise = Image.effect_noise((80, 80), 80).convert("RGB")
    chance = random.Random(7)
    for suffix in ("jpg", "png", "webp", "gif", "tif", "bmp"):
        whole = tmp_path / f"whole.{suffix}"
        noise.save(whole)
        for number in range(6):
            data = bytearray(whole.read_bytes())
            for _ in range(12):
                data[chance.randrange(len(data))] = chance.randrange(256)
            hurt = tmp_path / f"hurt{number}.{suffix}"
            hurt.write_bytes(data[: chance.randrange(10, len(data))] if number % 2 else data)
            try:
                assert box.picture(hurt).mode == "RGB"
            except UserError as error:
                assert error.remedy


def test_the_child_is_limited(box, tmp_path):
    path = text_pdf(tmp_path / "a.pdf", [[(72, 720, "hello")]])
    assert box.pdf_pages(path) == 1
    limits = Path(f"/proc/{box._child.pid}/limits")
    if not limits.exists():
        pytest.skip("this system does not show a process's limits")
    rows = {line[:24].strip(): line[26:].split() for line in limits.read_text().splitlines()}
    assert int(rows["Max address space"][0]) < 2_000_000_000
    assert rows["Max file size"][0] == "0"


def test_what_never_ends_is_stopped_and_the_next_file_is_opened(box, tmp_path, monkeypatch):
    monkeypatch.setattr("assistant.sight.sandbox.SECONDS", 0.3)
    form = b"q " * 10 + b"/X Do " * 40  # forms that draw forms that draw forms: 40 to the power of 12
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
              b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 500] /Contents 4 0 R "
              b"/Resources << /XObject << /X 5 0 R >> >> >>",
              b"<< /Length %d >>\nstream\n%s\nendstream" % (len(form), form)]  # fmt: skip
    bodies += [
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 500 500] /Length %d "
        b"/Resources << /XObject << /X %d 0 R >> >> >>\n"
        b"stream\n%s\nendstream" % (len(form), number + 1, form)
        for number in range(5, 17)
    ]
    data = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, body) for n, body in enumerate(bodies, 1))
    loop = tmp_path / "loop.pdf"
    loop.write_bytes(data + b"trailer\n<< /Root 1 0 R >>\n")
    started = time.monotonic()
    try:
        box.pdf_picture(loop, 0)  # a decoder may also cut the nesting short by itself
    except UserError as error:
        assert "too much time" in error.text
    assert time.monotonic() - started < 25
    assert box.pdf_pages(text_pdf(tmp_path / "good.pdf", [[(72, 720, "hello")]])) == 1


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7\n",
     b"%PDF-1.4\nxref\n0 1\ntrailer << /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF",
     b"%PDF-1.4\n" + b"<<" * 50_000],
    ids=["empty", "xref loop", "nesting"],
)  # fmt: skip
def test_broken_pdfs_are_refused(box, tmp_path, data):
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        box.pdf_pages(path)


def test_a_killed_child_is_replaced(box, tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (5, 5)).save(path)
    box.picture(path)
    box._child.kill()
    box._child.wait()
    assert box.picture(path).size == (5, 5)
