"""Our server: other programs may have pictures and documents read and described here, and nothing else.

    antigone mcp serve --folder ~/Pictures

Only tools of the tier LOOK are offered, and only files in the folders that the user names; links that lead out of them
and hidden files are refused. What comes back is text. Strangers' files are opened in the limited child, as everywhere.
"""

import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import clock, tools
from assistant.memory import Store
from assistant.permissions import Tier
from assistant.steps.running import run_limited
from assistant.tools.base import ToolContext, ToolResult
from encoders.image_input import check_file
from kernels.errors import UserError

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from assistant.settings import Settings

OFFERED = ("read_text", "describe_picture", "find_in_picture", "identify_colour", "scan_barcode")
MOST_TEXT = 200_000  # characters of one answer
_ABOUT = "Reads and describes pictures and documents on this machine, for people who cannot see. Nothing leaves it."


class Looking:
    """The tools that look, for files in some folders. One call at a time: the models share the processor.

    Args:
        options: settings in force.
        folders: whose files may be looked at.
        store: what the tools are given as the store; they keep nothing.

    Raises:
        UserError: no folder was named, or one is not there.
    """

    def __init__(self, options: "Settings", folders: Sequence[Path], store: Store) -> None:
        if not folders:
            remedy = "Say which folder's files may be looked at: antigone mcp serve --folder FOLDER"
            raise UserError("No folder was named, so no file could be looked at.", remedy)
        self._folders = [_folder(folder) for folder in folders]
        self._options, self._store = options, store
        self._turn = threading.Lock()
        self._tools = {name: tool for name, tool in tools.load().items() if name in OFFERED and tool.tier is Tier.LOOK}

    def call(self, name: str, file: str, arguments: Mapping[str, Any]) -> str:
        """What the tool says of a file, all of it.

        Raises:
            UserError: the file is not in the folders or cannot be opened, or the tool failed.
        """
        path = self.allowed(file)
        context = ToolContext(self._options, self._store, clock.now, "", (path,))
        with self._turn:
            steps = run_limited(self._tools[name], context, arguments)
            while True:
                try:
                    next(steps)
                except StopIteration as end:
                    return said(end.value)

    def allowed(self, file: str) -> Path:
        """The file that is meant: a whole path, or one within the first folder.

        Raises:
            UserError: it lies elsewhere, is hidden, or is no file; whether there is one elsewhere is not said.
        """
        refused = UserError(
            "That file is in none of the folders that may be looked at.",
            f"Those are: {', '.join(map(str, self._folders))}.",
        )
        try:
            path = (self._folders[0] / file).resolve()  # links are followed first; a whole path stands for itself
        except (OSError, ValueError, RuntimeError):
            raise refused from None
        for folder in self._folders:
            if path.is_relative_to(folder):
                if any(part.startswith(".") for part in path.relative_to(folder).parts):
                    raise refused
                check_file(path)
                return path
        raise refused


def run(options: "Settings", folders: Sequence[Path]) -> None:
    """Serve over standard input and output until the other program closes them.

    Raises:
        UserError: no folder was named, or one is not there.
    """
    with tempfile.TemporaryDirectory(prefix="antigone-serve-") as place:
        store = Store(Path(place))
        try:
            server(Looking(options, folders, store)).run("stdio")
        finally:
            store.close()


def server(looking: Looking) -> "MCPServer":
    """The server with our tools, as other programs see them."""
    import anyio
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import ToolAnnotations

    made = MCPServer("antigone", instructions=_ABOUT, log_level="ERROR")
    harmless = ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)
    turn = anyio.CapacityLimiter(1)

    async def ask(name: str, file: str, **arguments: Any) -> str:
        try:
            return await anyio.to_thread.run_sync(partial(looking.call, name, file, arguments), limiter=turn)
        except UserError as error:
            raise ToolError(f"{error.text} {error.remedy}") from None

    for offered in _offered(ask):
        made.tool(annotations=harmless, structured_output=False)(offered)
    return made


def _offered(ask: Callable[..., Any]) -> Sequence[Callable[..., Any]]:
    """Our tools with a file in the place of the picture; the SDK makes schemas of these signatures."""

    async def read_text(file: str, page: int = 0) -> str:
        """Read the print in a picture or a PDF word for word, in reading order. page: from 1; 0 for the first pages."""
        return str(await ask("read_text", file, page=page))

    async def describe_picture(file: str) -> str:
        """Say what a picture shows: the thing in it, its colours, print and light; only what was found."""
        return str(await ask("describe_picture", file))

    async def find_in_picture(file: str, thing: str) -> str:
        """Find a word, an object, a colour or a barcode in a picture and say where it is."""
        return str(await ask("find_in_picture", file, thing=thing))

    async def identify_colour(file: str, where: str = "centre") -> str:
        """Name the colour in a picture at a place such as "centre", "top left", "3 o'clock" or "whole"."""
        return str(await ask("identify_colour", file, where=where))

    async def scan_barcode(file: str) -> str:
        """Read the barcode or QR code in a picture."""
        return str(await ask("scan_barcode", file))

    return read_text, describe_picture, find_in_picture, identify_colour, scan_barcode


def _folder(folder: Path) -> Path:
    try:
        found = folder.expanduser().resolve(strict=True)
    except (OSError, RuntimeError):
        found = None
    if found is None or not found.is_dir():
        raise UserError(f"There is no folder {folder}.", "Name one that is there.")
    return found


def said(result: ToolResult) -> str:
    """All that a result says: other programs have no "more" to say, and are told how sure it is."""
    whole = result.data.get("text")
    text = str(whole) if whole and result.more else f"{result.text}\n{result.more}".strip()
    doubt = f"\n(confidence {result.confidence:.2f})" if result.confidence < 1 else ""
    return text[:MOST_TEXT] + doubt
