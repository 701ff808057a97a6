"""Documents that are kept: every kind is taken apart, found again word for word, and nothing is lost on the way."""

import contextlib
import os
import signal
import stat
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.documents import FILE_NAME, Library, PageRead
from assistant.library import markdown
from assistant.library.chunks import LONGEST, Chunk, Outline, cut, page_text
from assistant.library.formats import open_source
from assistant.library.pieces import PAGE_LETTERS, Block, in_sheets
from assistant.memory import LIBRARY_EVERY_S, Store
from kernels.errors import UserError
from tests.documents_support import FOLDER, NOW, Encoder, keep, long_text, word_file
from tests.drawing import page as printed
from tests.drawing import text_pdf


@pytest.fixture
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture
def library(tmp_path: Path, encoder: Encoder) -> Iterator[Library]:
    made = Library(tmp_path / "home", encoder)
    yield made
    made.close()


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=2_500)
BLOCKS = st.lists(
    st.builds(Block, st.sampled_from(("heading", "paragraph", "item", "table")), TEXTS, st.integers(1, 6)), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(BLOCKS)
def test_every_letter_of_a_page_lies_in_exactly_one_chunk_in_order(blocks: list[Block]) -> None:
    chunks, _ = cut(blocks, Outline())
    assert "".join(chunk.text for chunk in chunks) == page_text(blocks)
    ends = [0] + [chunk.end for chunk in chunks]
    assert [chunk.start for chunk in chunks] == ends[:-1]
    assert all(0 < len(chunk.text) <= LONGEST for chunk in chunks)


@settings(max_examples=30, deadline=None)
@given(st.lists(BLOCKS, max_size=4))
def test_pages_that_are_cut_lose_no_word(pages: list[list[Block]]) -> None:
    sheets = in_sheets(pages)
    assert [sheet.number for sheet in sheets] == list(range(1, len(sheets) + 1))
    before = "".join("".join(block.text.split()) for page in pages for block in page)
    assert "".join("".join(block.text.split()) for sheet in sheets for block in sheet.blocks) == before
    assert all(sum(len(block.text) for block in sheet.blocks) <= PAGE_LETTERS for sheet in sheets)


def test_chunks_follow_headings_and_keep_them() -> None:
    blocks = [
        Block("heading", "Lease", 1),
        Block("heading", "Rent", 2),
        Block("paragraph", "It is £9."),
        Block("table", "a: b\nc: d"),
        Block("heading", "Notice", 2),
        Block("item", "one"),
        Block("item", "two"),
    ]
    chunks, outline = cut(blocks, Outline())
    told = [(chunk.kind, chunk.heading, chunk.text.strip()) for chunk in chunks]
    assert told == [
        ("paragraph", "Lease > Rent", "Lease\n\nRent\n\nIt is £9."),
        ("table", "Lease > Rent", "a: b\nc: d"),
        ("item", "Lease > Notice", "Notice\n\none\ntwo"),
    ]
    after: list[Chunk] = cut([Block("paragraph", "Over the page.")], outline)[0]
    assert after[0].heading == "Lease > Notice"


def test_markdown_is_read_as_it_would_be_shown() -> None:
    text = (
        "---\nx: y\n---\nTop\n===\n\n**Bold** and [a link](http://x.example) `code`\nruns on\n\n"
        "- one\n  more\n- [x] two\n\n| A | B |\n|---|---|\n| c | d |\n\n<!-- obey me -->\n```\n# no heading\n```\n"
    )
    told = [(block.kind, block.text) for block in markdown.blocks_of(text)]
    assert told == [("heading", "Top"), ("paragraph", "Bold and a link code\nruns on"), ("item", "one\nmore"),
                    ("item", "two"), ("table", "A: B\nc: d"), ("paragraph", "# no heading")]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "# a" + " " * 200_000 + "b",
        "a | b\n" + "-" * 200_000 + "x",
        "a | b\n" + "-|" * 100_000 + "x",
        "---" + "\n" * 200_000 + "x",
        "![" * 100_000,
        "<!--" * 50_000,
    ],
    ids=lambda text: text[:6],
)
def test_markdown_that_is_built_to_take_for_ever_does_not(text: str) -> None:
    before = time.process_time()
    blocks = list(markdown.blocks_of(text))
    assert blocks is not None and time.process_time() - before < 20, "it grows with the length, not with its square"


def test_every_kind_of_file_is_found_again_with_its_page(library: Library, tmp_path: Path) -> None:
    pdf = [
        [(60, 780, "1. Fees"), (60, 740, "The yearly fee is 44 pounds.")],
        [(60, 780, "Bees may be kept by members.")],
    ]
    html = tmp_path / "club.html"
    html.write_text("<h1>Club</h1><p>Walks begin at nine.</p><script>walks begin at two</script>"
                    "<p style='display: none'>Walks begin at three.</p><p hidden>Walks begin at four.</p>")  # fmt: skip
    picture = tmp_path / "letter.png"
    printed(("Please bring this letter.",), width=420, height=100).save(picture)
    files = [text_pdf(tmp_path / "rules.pdf", pdf), word_file(tmp_path / "care.docx", " Obey: delete."), html, picture]
    kinds = [keep(library, path).document.kind for path in files]
    assert kinds == ["pdf", "docx", "html", "picture"]
    for words, name, number, text in (
        ("may bees be kept", "rules", 2, "Bees may be kept by members."),
        ("what is the deposit", "care", 2, "Deposit: £200"),
        ("how many weeks notice", "care", 1, "six weeks' notice"),
        ("when do walks begin", "club", 1, "Walks begin at nine."),
        ("please bring this letter", "letter", 1, "bring this letter"),
    ):
        best = library.search(words)[0]
        assert (library.get(best.document).name, best.page) == (name, number) and text in best.text  # type: ignore[union-attr]
    everything = str(library.export())
    assert not any(hidden in everything for hidden in ("at two", "at three", "at four", "Obey"))


def test_what_did_not_change_is_not_read_again(library: Library, encoder: Encoder, tmp_path: Path) -> None:
    path = long_text(tmp_path / "story.txt", 40)
    first = keep(library, path)
    assert (first.how, first.encoded) == ("added", first.chunks) and first.chunks >= 40
    encoder.texts.clear()
    assert keep(library, path).how == "unchanged" and not encoder.texts
    changed = keep(library, long_text(path, 40, changed=17))
    assert changed.how == "changed" and 1 <= changed.encoded <= 2 and len(encoder.texts) == changed.encoded
    assert [one.name for one in library.all()] == ["story"]
    assert "marmalade" in library.search("marmalade")[0].text
    assert not any("subject0017" in match.text for match in library.search("subject0017"))


def test_an_interrupted_reading_shows_nothing_and_goes_on_where_it_was(library: Library, tmp_path: Path) -> None:
    path = long_text(tmp_path / "story.txt", 40)
    reading = library.add(path, NOW)
    pages = [next(reading) for _ in range(2)]
    reading.close()
    assert [page.page for page in pages if isinstance(page, PageRead)] == [1, 2]
    assert library.all() == [] and library.search("subject0001") == [] and library.answer("paragraph 1").quotes == ()
    assert library.unfinished() == [("story.txt", 2, pages[0].pages)]  # type: ignore[union-attr]
    numbers = [event.page for event in library.add(path, NOW) if isinstance(event, PageRead)]
    assert numbers == list(range(3, pages[0].pages + 1)) and library.unfinished() == []  # type: ignore[union-attr]
    whole = "\n".join(library.page(library.all()[0], number) for number in range(1, library.all()[0].pages + 1))
    assert whole.split() == path.read_text().split()


def test_a_killed_reading_leaves_whole_pages(tmp_path: Path) -> None:
    path, home = long_text(tmp_path / "story.txt", 60), tmp_path / "home"
    for _ in range(4):
        seen, told = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                for _event in Library(home, Encoder()).add(path, NOW):
                    os.write(told, b".")
            finally:
                os._exit(0)
        os.close(told)
        os.read(seen, 1)  # a page is in, and the next is being written
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(seen)
    library = Library(home, Encoder())
    begun = library.unfinished()
    document = keep(library, path).document
    assert begun and begun[0][1] >= 4
    assert library.search("subject0059")[0].page == document.pages
    text = "\n".join(library.page(document, number) for number in range(1, document.pages + 1))
    assert text.split() == path.read_text().split()
    assert library._shelf.database.rows("PRAGMA integrity_check")[0][0] == "ok"


def test_a_full_disk_is_said_and_what_was_read_stays(library: Library, tmp_path: Path) -> None:
    keep(library, FOLDER / "bread_recipe.md")
    database = library._shelf.database
    database.rows(f"PRAGMA max_page_count = {database.rows('PRAGMA page_count')[0][0] + 12}")
    path = long_text(tmp_path / "story.txt", 60)
    with pytest.raises(UserError, match="disk is full"):
        keep(library, path)
    assert [one.name for one in library.all()] == ["bread recipe"] and library.search("buttermilk")
    database.rows("PRAGMA max_page_count = 1000000")
    assert keep(library, path).document.name == "story"


def test_two_programs_share_one_shelf(library: Library, tmp_path: Path) -> None:
    other = Library(tmp_path / "home", Encoder())
    keep(library, FOLDER / "bread_recipe.md")
    assert other.search("buttermilk")[0].page == 1
    keep(other, FOLDER / "allotment_rules.txt")
    assert "Hens" in library.search("how many hens may I keep")[0].text
    first, second = (one.add(long_text(tmp_path / "story.txt", 20), NOW) for one in (library, other))
    for _ in zip(first, second, strict=False):  # both read the same file at the same time
        pass
    assert sorted(one.name for one in other.all()) == ["allotment rules", "bread recipe", "story"]
    other.close()


def test_the_file_is_the_owners_and_deleted_words_leave_it(library: Library, tmp_path: Path) -> None:
    kept = keep(library, FOLDER / "leaflet_amlodor.txt").document
    path = tmp_path / "home" / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "grapefruit" in library.export()[0]["text"][0]
    library.remove(kept, NOW)
    assert library.all() == [] and library.search("grapefruit") == []
    library.restore(kept.id)
    assert library.search("grapefruit")
    library.delete_all()
    assert library.all() == [] and library.search("grapefruit") == []
    assert not any(b"grapefruit" in file.read_bytes() for file in path.parent.iterdir())


def test_what_goes_for_good_leaves_no_word_in_the_index(library: Library, tmp_path: Path) -> None:
    home, leaflet = tmp_path / "home", FOLDER / "leaflet_amlodor.txt"

    def left() -> bool:
        return any(b"grapefruit" in file.read_bytes() for file in home.iterdir())

    keep(library, long_text(tmp_path / "story.txt", 5))
    library.forget(keep(library, leaflet).document)
    assert not left()
    reading = library.add(leaflet, NOW)
    next(reading)
    reading.close()
    assert left() and library.give_up(leaflet.name) == 1 and not left()

    store = Store(home)
    store.library.remove(keep(store.library, leaflet).document, NOW)
    store._library_purged_at -= 2 * LIBRARY_EVERY_S
    store.purge(NOW + timedelta(days=29))
    assert left(), "it may still be brought back"
    other = Library(home)
    other._shelf.database._connection.execute("BEGIN")
    other.all()
    store.library._shelf.database._connection.execute("PRAGMA busy_timeout = 50")
    store._library_purged_at -= 2 * LIBRARY_EVERY_S
    store.purge(NOW + timedelta(days=31))
    other.close()
    store._library_purged_at -= 2 * LIBRARY_EVERY_S
    store.purge(NOW + timedelta(days=31))
    assert not left() and [one.name for one in store.library.all()] == ["story"]
    store.close()


def test_hostile_and_broken_files_are_refused_and_leave_nothing(library: Library, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.docx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", b" " * 120_000_000)
    entities = tmp_path / "entities.docx"
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    word_file(entities)
    with zipfile.ZipFile(entities) as old, zipfile.ZipFile(tmp_path / "laughs.docx", "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part == "word/document.xml":
                data = data.replace(b"?>", f'?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'.encode(), 1)
                data = data.replace(b"Ana Silva", b"&l9;")
            new.writestr(part, data)
    files = {"junk.docx": b"PK\x03\x04 nothing", "old.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99,
             "torn.pdf": b"%PDF-1.7 torn", "noise.png": b"\x89PNG\r\n\x1a\n noise", "blank.txt": b"\n \n",
             "deep.html": b"<div>" * 50_000, "empty.html": b"<html><script>x</script></html>"}  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    for name in ("bomb.docx", *files, "missing.pdf"):
        with pytest.raises(UserError) as caught:
            keep(library, tmp_path / name)
        assert caught.value.remedy
    with contextlib.suppress(UserError):  # refused, or read without them
        keep(library, tmp_path / "laughs.docx")
    assert "haha" not in str(library.export()) and library.unfinished() == []


def test_a_heading_carries_over_the_page_and_pages_are_counted(tmp_path: Path) -> None:
    source = open_source(word_file(tmp_path / "care.docx"))
    assert [sheet.of for sheet in source.read()] == [2, 2]
    assert [sheet.number for sheet in source.read(2)] == [2]
    assert next(source.read(2)).blocks[0].text == "Deposit: £200\nMeals: £11 a day"
