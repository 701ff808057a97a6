"""Our server: the SDK's client has files of named folders read and described, and gets at nothing else."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from assistant import settings
from assistant.mcp.serve import OFFERED, Looking, said
from assistant.memory import Store
from assistant.tools.base import ToolResult
from kernels.errors import UserError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a letter, a hidden file and ways out of it."""
    from PIL import Image

    outer = tmp_path_factory.mktemp("outer")
    inner = outer / "pictures"
    (inner / ".private").mkdir(parents=True)
    Image.new("RGB", (64, 64), "red").save(inner / "red.png")
    Image.new("RGB", (64, 64), "red").save(outer / "secret.png")
    Image.new("RGB", (64, 64), "red").save(inner / ".private" / "secret.png")
    (inner / "empty.png").touch()
    if os.name != "nt":
        (inner / "link.png").symlink_to(outer / "secret.png")
        (inner / "within.png").symlink_to(inner / "red.png")
    return inner


@pytest.fixture(scope="module")
def looking(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looking]:
    store = Store(tmp_path_factory.mktemp("store"))
    yield Looking(settings.Settings(), [folder], store)
    store.close()


def test_another_program_lists_our_tools_and_has_a_picture_looked_at(folder: Path, home: Path) -> None:
    from mcp import Client, StdioServerParameters

    words = ["-P", "-m", "ui.launch", "mcp", "serve", "--folder", str(folder)]
    environment = {"PYTHONPATH": str(ROOT), "ANTIGONE_HOME": str(home)}
    program = StdioServerParameters(command=sys.executable, args=words, env=environment, cwd=folder)
    found: dict[str, Any] = {}

    async def talk() -> None:
        async with Client(program, read_timeout_seconds=120) as client:
            found["tools"] = (await client.list_tools()).tools
            for name, file in (("red", "red.png"), ("out", "../secret.png"), ("none", "none.png")):
                found[name] = await client.call_tool("identify_colour", {"file": file})
            found["wrong"] = await client.call_tool("identify_colour", {"picture": 3})

    anyio.run(talk)
    assert {tool.name for tool in found["tools"]} == set(OFFERED)
    assert all(tool.annotations.read_only_hint for tool in found["tools"])
    assert not found["red"].is_error and "red" in found["red"].content[0].text.lower()
    assert found["out"].is_error and "in none of the folders" in found["out"].content[0].text
    assert found["none"].is_error and "There is no file none.png" in found["none"].content[0].text
    assert found["wrong"].is_error
    assert not (home / "memory.sqlite3").exists()  # the user's own store is not even opened


@pytest.mark.parametrize(
    "file",
    ["../secret.png", "/etc/passwd", ".private/secret.png", "~/.ssh/id_rsa", "a\0b", "x" * 5000, "", "..",
     pytest.param("link.png", marks=pytest.mark.skipif(os.name == "nt", reason="links"))],
)  # fmt: skip
def test_no_file_but_those_of_the_folders(looking: Looking, file: str) -> None:
    with pytest.raises(UserError):
        looking.allowed(file)


def test_whole_paths_and_links_within_are_right(looking: Looking, folder: Path) -> None:
    assert looking.allowed(str(folder / "red.png")) == looking.allowed("red.png") == folder / "red.png"
    if os.name != "nt":
        assert looking.allowed("within.png") == folder / "red.png"
    with pytest.raises(UserError, match="is empty"):
        looking.allowed("empty.png")


def test_another_program_is_told_all_and_how_sure_it_is() -> None:
    text = "First lines.\nAll the rest."
    long = ToolResult("First lines. 3 more lines; say more.", {"text": text}, "All the rest.", 0.71)
    assert said(long) == "First lines.\nAll the rest.\n(confidence 0.71)"
    assert said(ToolResult("A red can.", {}, "It stands on a table.")) == "A red can.\nIt stands on a table."


def test_without_a_folder_nothing_is_served(looking: Looking, folder: Path, tmp_path: Path) -> None:
    store = looking._store
    with pytest.raises(UserError, match="--folder FOLDER"):
        Looking(settings.Settings(), [], store)
    with pytest.raises(UserError, match="There is no folder"):
        Looking(settings.Settings(), [tmp_path / "none"], store)
