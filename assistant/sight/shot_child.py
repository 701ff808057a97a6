"""The limited child that takes one picture, by a camera or of the screen, sends it back and ends. Imports no torch.

Started with one line of JSON on standard input: {"job": "camera", "source": 0} or {"job": "screen"}.
Reply on standard output: 4 bytes length (little-endian), JSON, then as many raw RGB bytes as its "bytes" says.
A camera's driver or the screen's server may hang or crash: it takes this process alone with it.
"""

import json
import os
import struct
import sys
import time
from typing import Any

from assistant.sight.sandbox_child import limit_memory

SETTLE_S = 1.2  # a camera that was just opened needs this to find its light and focus
KEPT_FRAMES = 4  # of the last ones the sharpest is kept
LARGEST = 8192  # pixels of a side

Reply = tuple[dict[str, Any], bytes]


def from_camera(source: int | str) -> Reply:
    """The sharpest of the last frames of a camera, or of a recording that stands for one."""
    import cv2

    device = cv2.VideoCapture(source)
    if not device.isOpened():
        return {"refused": "closed"}, b""
    if isinstance(source, int):  # the largest picture it has: print is small
        device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        device.set(cv2.CAP_PROP_FRAME_WIDTH, 3840)
        device.set(cv2.CAP_PROP_FRAME_HEIGHT, 2160)
    frames: list[Any] = []
    end = time.monotonic() + SETTLE_S
    while time.monotonic() < end or not frames:
        good, frame = device.read()
        if not good:
            break  # a recording is over, or the camera gave up
        frames = [*frames[-KEPT_FRAMES + 1 :], frame]
    device.release()
    if not frames:
        return {"refused": "empty"}, b""
    best = max(
        frames, key=lambda frame: float(cv2.Laplacian(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())
    )
    if max(best.shape[:2]) > LARGEST:
        return {"refused": "large"}, b""
    return {"size": [best.shape[1], best.shape[0]]}, cv2.cvtColor(best, cv2.COLOR_BGR2RGB).tobytes()


def of_screen() -> Reply:
    """All monitors as one picture."""
    import mss

    with mss.mss() as screen:
        shot = screen.grab(screen.monitors[0])
    return {"size": [shot.width, shot.height]}, bytes(shot.rgb)


def main() -> None:
    """Do what standard input asks for, once."""
    request = json.loads(sys.stdin.readline())
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a driver prints must not be taken for a reply
    try:
        if request["job"] == "camera":
            import cv2  # noqa: F401 - what it holds is not counted

            limit_memory()
            head, pixels = from_camera(request["source"])
        else:  # no limit on files: X shares the screen's memory as one
            head, pixels = of_screen()
    except Exception as error:  # the parent says it in plain words; this helps whoever repairs it
        head, pixels = {"refused": f"{type(error).__name__}: {error}"[:300]}, b""
    encoded = json.dumps({**head, "bytes": len(pixels)}).encode()
    output.write(struct.pack("<I", len(encoded)) + encoded + pixels)
    output.flush()
