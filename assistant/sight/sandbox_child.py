"""The limited child: decodes strangers' pictures and PDFs and sends plain data back. Imports no torch, no numpy.

Request, one line of JSON on standard input: {"job": name, "seconds": limit, ...arguments}.
Reply on standard output: 4 bytes length (little-endian), JSON, then as many raw bytes as its "bytes" says.
"""

import json
import os
import signal
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernels.errors import UserError

MEMORY_BYTES = 420_000_000  # above what the interpreter and its libraries hold at the start

Reply = tuple[dict[str, Any], bytes]


def limit_memory() -> None:
    """Cap address space, forbid core dumps and writing files, where the system knows such limits (not Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    status = Path("/proc/self/statm")
    if status.exists():
        held = int(status.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY_BYTES, held + MEMORY_BYTES))


def limit_seconds(seconds: float) -> None:
    """End this process when it has used so much processor time, even inside C code; 0 lifts the limit."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)  # SIGPROF's default action ends the process


def decode_picture(path: str, max_pixels: int) -> Reply:
    """Size, original size and RGB bytes of a picture."""
    from encoders.image_input import open_picture

    image = open_picture(path, max_pixels)
    return {"size": image.size, "original_size": image.info["original_size"]}, image.tobytes()


def jobs() -> dict[str, Callable[..., Reply]]:
    """Every job by name; nothing outside this table can be asked for."""
    from assistant.sight.sandbox_marked import docx_blocks, html_blocks
    from assistant.sight.sandbox_pdf import pdf_info, pdf_lines, pdf_picture

    return {"picture": decode_picture, "pdf_info": pdf_info, "pdf_lines": pdf_lines, "pdf_picture": pdf_picture,
            "docx": docx_blocks, "html": html_blocks}  # fmt: skip


def answer(request: dict[str, Any], table: dict[str, Callable[..., Reply]]) -> Reply:
    """Run one job under its time limit; a refusal travels back as its two sentences."""
    limit_seconds(request.pop("seconds"))
    try:
        return table[request.pop("job")](**request)
    except UserError as error:
        return {"refused": [error.text, error.remedy]}, b""
    except MemoryError:
        return {"died": "memory"}, b""
    except Exception as error:  # a decoder's own failure is the file's fault; its words help whoever repairs it
        return {"died": f"{type(error).__name__}: {error}"}, b""
    finally:
        limit_seconds(0)


def main() -> None:
    """Serve requests until standard input closes."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a chatty C library cannot break the protocol
    from PIL import Image

    Image.init()  # every decoder is loaded before memory is capped
    table = jobs()
    limit_memory()
    for line in sys.stdin.buffer:
        head, payload = answer(json.loads(line), table)
        text = json.dumps({**head, "bytes": len(payload)}).encode()
        replies.write(struct.pack("<I", len(text)) + text)
        replies.write(payload)
        replies.flush()
