"""Print is read word for word and in order, from pictures and PDFs, with the place and sureness of every line."""

import json

import numpy as np
import pytest
from PIL import Image, ImageFilter

from assistant.commands import read as command
from assistant.sight import ocr as engine
from assistant.sight.layout import arrange
from assistant.sight.reading import Line, Page, Reading, read, read_pages
from kernels.errors import UserError
from tests.drawing import LEFT, LETTER, RECEIPT, RIGHT, columns, page, receipt, text_pdf

WORDS = [line for line in LETTER if line]


def saved(image, folder, name="a.png"):
    image.save(folder / name)
    return folder / name


def texts(reading):
    return [line.text for line in reading.lines]


@pytest.mark.parametrize("angle", [0, 20, -13, 90, 180])
def test_a_letter_is_read_verbatim_at_any_slant(tmp_path, angle):
    reading = read(saved(page(angle=angle), tmp_path))
    assert texts(reading) == WORDS
    turned = (reading.pages[0].angle + angle + 180) % 360 - 180
    assert abs(turned) < 1.5
    assert reading.confidence > 0.9 and not any(line.uncertain for line in reading.lines)


def test_boxes_lie_on_the_print_in_the_pixels_of_the_file(tmp_path):
    image = page(("", "", "", "HERE"), size=40, width=900, height=500)
    (line,) = read(saved(image, tmp_path)).lines
    rows, across = np.nonzero(np.asarray(image.convert("L")) < 128)
    xs, ys = zip(*line.box, strict=True)
    assert abs(min(xs) - across.min()) < 15 and abs(max(xs) - across.max()) < 15
    assert abs(min(ys) - rows.min()) < 15 and abs(max(ys) - rows.max()) < 15


def test_spaces_between_words_survive_jpeg_and_blur(tmp_path):
    image = page().filter(ImageFilter.GaussianBlur(1.2))
    image.save(tmp_path / "a.jpg", quality=75)
    assert texts(read(tmp_path / "a.jpg")) == WORDS


def test_small_print_is_enlarged(tmp_path):
    assert texts(read(saved(page(size=11, width=380, height=160), tmp_path))) == WORDS


def test_light_print_on_a_dark_ground(tmp_path):
    assert texts(read(saved(page(ink="white", ground=(20, 40, 60)), tmp_path))) == WORDS


def test_columns_are_read_one_after_the_other(tmp_path):
    reading = read(saved(columns(), tmp_path))
    assert texts(reading) == ["A Walk in the Country", *LEFT, *RIGHT]
    assert [line.column for line in reading.lines[1:]] == [1] * 4 + [2] * 4


def test_a_receipt_is_read_row_by_row(tmp_path):
    assert texts(read(saved(receipt(), tmp_path))) == [f"{goods} {price}".strip() for goods, price in RECEIPT]


def test_paragraphs_are_kept_apart(tmp_path):
    reading = read(saved(page(), tmp_path))
    assert reading.text == "\n".join(LETTER)


def test_a_blank_page_has_no_lines_and_says_so(tmp_path):
    reading = read(saved(Image.new("RGB", (600, 400), "white"), tmp_path))
    assert reading.lines == () and reading.text == ""
    assert any("blank" in warning for warning in reading.warnings)


@pytest.mark.parametrize("size", [(1, 1), (10000, 10)])
def test_odd_shapes_are_read_as_empty(tmp_path, size):
    assert read(saved(Image.new("RGB", size, "white"), tmp_path)).lines == ()


def test_print_at_the_edge_is_said_to_be_cut_off(tmp_path):
    cut = page().crop((120, 0, 760, 420))
    assert any("cut off at the left" in warning for warning in read(saved(cut, tmp_path)).warnings)


def test_uncertain_lines_are_marked_in_words(tmp_path, capsys, monkeypatch):
    lines = (Line("sure", ((0, 0),) * 4, 0.99), Line("unsure", ((0, 0),) * 4, 0.6))
    monkeypatch.setattr(command, "read_pages", lambda path: iter([Page(1, lines, (10, 10))]))
    command.run(saved(page(), tmp_path))
    assert capsys.readouterr().out.splitlines() == ["sure", "unsure (not sure of this line)"]


def test_the_command_prints_one_json_object_a_line(tmp_path, capsys):
    command.run(text_pdf(tmp_path / "a.pdf", [[(72, 700, "Total 12.50")]]), as_json=True)
    line, done = (json.loads(row) for row in capsys.readouterr().out.splitlines())
    assert (line["event"], line["text"], line["page"], line["uncertain"]) == ("Line", "Total 12.50", 1, False)
    assert len(line["box"]) == 4 and done["event"] == "PageRead" and done["from_text_layer"]


def test_a_pdfs_own_text_is_taken_in_reading_order(tmp_path):
    left = [(72, 700 - 20 * row, text) for row, text in enumerate(LEFT)]
    right = [(320, 700 - 20 * row, text) for row, text in enumerate(RIGHT)]
    mixed = [piece for pair in zip(right, left, strict=True) for piece in pair]
    reading = read(text_pdf(tmp_path / "a.pdf", [[(72, 760, "Heading"), *mixed]]))
    assert texts(reading) == ["Heading", *LEFT, *RIGHT]
    assert reading.pages[0].from_text_layer and reading.confidence == 1.0
    (x, y), size = reading.lines[0].box[0], reading.pages[0].size
    assert abs(x - 72) < 3 and abs(y - (842 - 760 - 12)) < 8 and size == (595, 842)


def test_a_scanned_pdf_is_recognised(tmp_path):
    page(width=800, height=500).save(tmp_path / "scan.pdf", resolution=100)
    reading = read(tmp_path / "scan.pdf")
    assert texts(reading) == WORDS and not reading.pages[0].from_text_layer


def test_long_documents_are_read_in_parts_and_page_by_page(tmp_path):
    path = text_pdf(tmp_path / "long.pdf", [[(72, 700, f"Page number {n}")] for n in range(1, 1001)])
    reading = read(path)
    assert reading.page_count == 1000 and len(reading.pages) == 20 and "1000 pages" in reading.warnings[0]
    assert texts(read(path, pages=[987])) == ["Page number 987"]
    pages = read_pages(path)
    assert next(pages).lines[0].text == "Page number 1"
    pages.close()
    with pytest.raises(UserError, match="no page 1001"):
        read(path, pages=[1001])


def test_a_locked_pdf_is_named(tmp_path):
    path = text_pdf(tmp_path / "a.pdf", [[(72, 700, "secret")]])
    locked = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -44 >> /ID [<%s> <%s>]" % (
        b"ab" * 32, b"cd" * 32, b"00" * 16, b"00" * 16)  # fmt: skip
    path.write_bytes(path.read_bytes().replace(b"/Root 1 0 R", b"/Root 1 0 R " + locked))
    with pytest.raises(UserError, match="password"):
        read(path)


def test_what_is_neither_picture_nor_pdf_is_refused(tmp_path):
    (tmp_path / "a.doc").write_text("words")
    for path in (tmp_path / "a.doc", tmp_path / "none.pdf", tmp_path):
        with pytest.raises(UserError):
            read(path)


def test_reading_says_what_it_holds():
    lines = (Line("one", (), 1.0, 1, 1, 1), Line("two", (), 0.5, 1, 1, 1), Line("three", (), 1.0, 1, 1, 2))
    reading = Reading((Page(1, lines, (1, 1)),))
    assert reading.text == "one\ntwo\n\nthree"
    assert reading.confidence == pytest.approx((3 + 1.5 + 5) / 11)


def test_the_networks_come_from_verified_files_and_nothing_is_fetched(monkeypatch):
    import rapidocr.utils.download_file as download

    monkeypatch.setattr(download.DownloadFile, "run", lambda *a, **k: pytest.fail("tried to fetch a file"))
    engine.Ocr(threads=1)


def test_arrange_uses_every_piece_once():
    boxes = [(x * 50.0, y * 20.0, x * 50 + 45.0, y * 20 + 15.0) for y in range(7) for x in range(4)]
    rows = arrange(["word"] * len(boxes), boxes)
    assert [piece for row in rows for piece in row.pieces] == list(range(28))
    assert arrange([], []) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_file_is_read_as_it_stands(tmp_path, encoding):
    (tmp_path / "a.txt").write_bytes("Café\n\n  2 eggs\x7f\r\n".encode(encoding))
    reading = read(tmp_path / "a.txt")
    assert reading.text == "Café\n\n  2 eggs", "a sign that steers is no letter"
    assert reading.confidence == 1.0


def test_a_long_text_has_pages_and_nothing_of_it_is_lost(tmp_path):
    words = [f"line {number} " + "word " * (number % 40) for number in range(400)]
    (tmp_path / "long.md").write_text("\n".join([*words, "x" * 9000]))
    pages = list(read_pages(tmp_path / "long.md"))
    assert len(pages) > 10 and [one.number for one in pages] == list(range(1, len(pages) + 1))
    assert "".join(line.text.strip() for one in pages for line in one.lines) == "".join(
        word.strip() for word in [*words, "x" * 9000]
    )
    with pytest.raises(UserError, match="no page"):
        list(read_pages(tmp_path / "long.md", pages=[len(pages) + 1]))


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\0\1\2binary"])
def test_a_text_without_text_is_refused(tmp_path, data):
    (tmp_path / "a.txt").write_bytes(data)
    with pytest.raises(UserError):
        read(tmp_path / "a.txt")
