"""What a browser sends, taken in no further than its limit: a body that says it is larger is not read at all."""

from collections.abc import Iterator
from typing import IO

from fastapi import Request

from ui.private_files import PICTURE_LIMIT_BYTES

TOO_LARGE = f"The file is larger than {PICTURE_LIMIT_BYTES // 2**20} megabytes. Choose a smaller file."
_CHUNK = 1 << 16


async def receive(request: Request, spool: IO[bytes], limit: int) -> bool:
    """Copy the body; False as soon as it is known to be over the limit, by its header or by its length."""
    told = request.headers.get("content-length", "")
    if told and (not told.isdigit() or int(told) > limit):
        return False
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            return False
        spool.write(chunk)
    spool.seek(0)
    return True


def chunks(spool: IO[bytes]) -> Iterator[bytes]:
    """The spooled bytes, in order."""
    while chunk := spool.read(_CHUNK):
        yield chunk
