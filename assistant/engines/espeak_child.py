"""espeak-ng, run as a program of its own: python -m assistant.engines.espeak_child

espeak-ng is GPL-3: its library is loaded here, in this process, and nowhere else. Where the library that comes with
the package espeakng-loader cannot be loaded, the installed program espeak-ng is run for each request. ANTIGONE_ESPEAK
chooses one of the two by the word "library" or "program". Requests carry "text", "voice", "wpm" and "pitch" (0 to 99).
"""

import ctypes
import os
import shutil
import subprocess
from typing import Any

from assistant.engines import protocol

# Names and numbers are those of espeak-ng's speak_lib.h.
AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
CHARS_UTF8 = 1
RATE, VOLUME, PITCH = 1, 2, 3
BUFFER_MS = 60  # how often a cancel is noticed, in milliseconds of sound (a millisecond or so of work)

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def start(_load: dict[str, Any]) -> tuple[int, protocol.Say]:
    """Find an espeak-ng that works: its sample rate in hertz and the function that speaks."""
    wanted, reasons = os.environ.get("ANTIGONE_ESPEAK", ""), []
    for name, open_it in (("library", _library), ("program", _program)):
        if wanted in ("", name):
            try:
                return open_it()
            except Exception as error:
                reasons.append(f"{name}: {error}")
    raise RuntimeError("; ".join(reasons) or f"ANTIGONE_ESPEAK is {wanted!r}")


def _library() -> tuple[int, protocol.Say]:
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = os.path.dirname(espeakng_loader.get_data_path())
    rate_hz = library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, BUFFER_MS, data.encode(), INITIALIZE_DONT_EXIT)
    if rate_hz <= 0:
        raise RuntimeError(f"espeak_Initialize failed with {rate_hz}")
    pieces: list[bytes] = []
    stop: list[bool] = []

    @_Callback
    def collect(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 1 if stop else 0

    library.espeak_SetSynthCallback(collect)

    def say(work: protocol.Work, _keep: Any = collect) -> bytes:  # the library holds no more than collect's address
        request = work.request
        pieces.clear()
        stop.clear()
        work.when_cancelled = lambda: stop.append(True)
        if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
            raise ValueError(f"no voice named {request['voice']}")
        for parameter, value in ((RATE, request["wpm"]), (PITCH, request["pitch"]), (VOLUME, 100)):
            library.espeak_SetParameter(parameter, int(value), 0)
        text = request["text"].replace("\0", " ").encode()
        library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 0, 0, CHARS_UTF8, None, None)
        return b"".join(pieces)

    return rate_hz, say


def _program() -> tuple[int, protocol.Say]:
    program = shutil.which("espeak-ng")
    if program is None:
        raise FileNotFoundError("no program espeak-ng on the path")

    def say(work: protocol.Work) -> bytes:
        request = work.request
        wpm, pitch = str(int(request["wpm"])), str(int(request["pitch"]))
        command = [program, "--stdin", "--stdout", "-b", "1", "-v", request["voice"], "-s", wpm, "-p", pitch]
        done = subprocess.run(command, input=request["text"].encode(), capture_output=True, timeout=60)
        if done.returncode != 0:
            raise ValueError(done.stderr.decode(errors="replace").strip()[-200:] or f"exit code {done.returncode}")
        return done.stdout[44:]  # after the WAV header, whose sizes a stream cannot know

    probe = subprocess.run([program, "--stdin", "--stdout"], input=b"a", capture_output=True, timeout=60)
    if probe.returncode != 0 or probe.stdout[:4] != b"RIFF":
        raise RuntimeError(f"{program} does not speak")
    return int.from_bytes(probe.stdout[24:28], "little"), say


if __name__ == "__main__":
    protocol.serve(start)
