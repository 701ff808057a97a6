"""Does the program hear itself, and can it be interrupted? Its own voice through simulated rooms into the microphone.

    PYTHONPATH=. .venv/bin/python -P -m benchmarks.echo [--runs 4] [--room NAME] [--peer pyaec|livekit] [--json]

For each room (benchmarks/rooms.py): how much echo is left, how often the program's own speech and earcons seem to be
somebody speaking, and, for a voice over them, how long until it is noticed and whether the words are right. The
program falls silent 60 ms after it has noticed, as its player does. Without a canceller every run begins with a false
alarm. Peers are measured where their package is installed: Speex by pyaec, WebRTC's AEC3 by livekit.
"""

import argparse
import json
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from assistant import hearing, models
from assistant.hearing_windows import VoiceActivity
from assistant.listening.echo import EchoCanceller
from assistant.listening.microphone import BLOCK, Block
from assistant.listening.voice_steps import VoiceSteps
from assistant.settings import load
from assistant.speaking import earcons
from assistant.speaking.reference import Reference
from assistant.speech import RATE_HZ as VOICE_HZ
from assistant.speech import Speaker
from benchmarks.rooms import RATE_HZ, ROOMS, Room, Signal, heard, person

ANSWER = (
    "Your appointment with Doctor Miller is on Tuesday, the fourteenth of March, at half past nine. "
    "Bring your insurance card and the letter from the hospital. The label says tomato soup, four hundred grams. "
    "Heat it slowly, and do not let it boil. I found seven notes. The first is about the plumber, who comes on Friday."
)
INTERRUPTIONS = (
    "Stop.",
    "What time is it?",
    "Please stop.",
    "Go on.",
    "Read me the second note.",
    "Wait.",
    "Repeat that.",
)
LEVELS_DB = (-10, -5, 0, 5)  # of the voice over the echo
SILENT_AFTER_S = 0.06

Cancel = Callable[[Signal, Signal], Signal]  # what is played and what the microphone gets, (512,) each


@dataclass
class Heard:
    """One run of a conversation."""

    cleaned: list[Signal] = field(default_factory=list)
    began_s: list[float] = field(default_factory=list)
    block_ms: list[float] = field(default_factory=list)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--runs", type=int, default=4, help="interruptions a room and level")
    parser.add_argument("--room", choices=tuple(ROOMS), help="this one alone")
    parser.add_argument("--peer", choices=("pyaec", "livekit"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    make = {None: ours, "pyaec": speex, "livekit": aec3}[options.peer]
    own_S = answer()
    voices = list(interruptions())
    for name, room in ROOMS.items():
        if options.room not in (None, name):
            continue
        for row in (alone(name, room, own_S, make), *interrupted(name, room, own_S, voices, make, options.runs)):
            print(json.dumps({"canceller": options.peer or "ours", **row}) if options.json else _line(row), flush=True)


def alone(name: str, room: Room, own_S: Signal, make: Callable[[], Cancel]) -> dict[str, object]:
    """The program speaks, and nobody else."""
    microphone_S = heard(room, own_S, np.random.default_rng(1))
    run = converse(make(), own_S, microphone_S)
    cleaned_S, late = np.concatenate(run.cleaned), 5 * RATE_HZ
    before, after = (float(np.linalg.norm(sound_S[late : len(cleaned_S)])) for sound_S in (microphone_S, cleaned_S))
    return {
        "room": name, "seconds": round(len(own_S) / RATE_HZ), "false alarms": len(run.began_s),
        "reduction dB": round(min(20 * np.log10(before / (after + 1e-9)), 99.0), 1),
        "ms a block": round(statistics.median(run.block_ms), 2),
    }  # fmt: skip


def interrupted(
    name: str, room: Room, own_S: Signal, voices: list[tuple[str, Signal]], make: Callable[[], Cancel], runs: int
) -> Iterator[dict[str, object]]:
    """Somebody speaks over the program, `runs` times at each level."""
    for level_db in LEVELS_DB:
        delays, right = [], 0
        for run in range(runs):
            text, voice_S = voices[run % len(voices)]
            at = round((7 + 0.37 * run) * RATE_HZ)
            delay_s, words = interrupt(room, own_S, voice_S, at, level_db, make(), run)
            delays += [delay_s] if delay_s is not None else []
            right += _letters(words) == _letters(text)
        yield {
            "room": name, "voice over echo dB": level_db, "noticed": f"{len(delays)} of {runs}",
            "within 0.2 s": sum(delay <= 0.2 for delay in delays), "words right": right,
            "median ms": round(1000 * statistics.median(delays)) if delays else None,
        }  # fmt: skip


def interrupt(
    room: Room, own_S: Signal, voice_S: Signal, at: int, level_db: float, cancel: Cancel, seed: int
) -> tuple[float | None, str]:
    """When the voice that begins at sample `at` was noticed, seconds after its beginning, and the words understood."""
    end = at + len(voice_S) + RATE_HZ
    near_S = np.zeros(end, np.float32)
    near_S[at : at + len(voice_S)] = person(room, voice_S, level_db)

    def microphone(silent_from: int) -> Signal:
        played_S = own_S[:end].copy()
        played_S[silent_from:] = 0
        loud_S = heard(room, np.concatenate([played_S, own_S[end:]]), np.random.default_rng(seed))[:end]
        return np.clip(loud_S + near_S, -1, 1)

    run = converse(cancel, own_S[:end], microphone(end), microphone, after=at)
    delay_s = next((began_s - at / RATE_HZ for began_s in run.began_s if began_s > at / RATE_HZ), None)
    if delay_s is None:
        return None, ""
    said_S = np.concatenate(run.cleaned)[at - RATE_HZ // 4 :]
    return delay_s, hearing.load().hear(np.pad(said_S, RATE_HZ // 4))[0]


def converse(
    cancel: Cancel, own_S: Signal, microphone_S: Signal, stopped: Callable[[int], Signal] | None = None, after: int = 0
) -> Heard:
    """Run a recording through a canceller and a voice detector; a voice noticed behind `after` stops the program."""
    voice, steps, run = VoiceActivity(models.files("silero-vad")["sequence"]), VoiceSteps(), Heard()
    speaking = False
    for at in range(0, len(own_S) - BLOCK + 1, BLOCK):
        begun = time.perf_counter()
        run.cleaned.append(cancel(own_S[at : at + BLOCK], microphone_S[at : at + BLOCK]))
        run.block_ms.append(1000 * (time.perf_counter() - begun))
        chance = float(voice.push(run.cleaned[-1])[0])
        if speaking:
            steps.follow(chance)
            speaking = steps.silent_s < 0.5
        elif steps.onset(chance):
            speaking = True
            steps.rest()
            run.began_s.append((at + BLOCK) / RATE_HZ)
            if stopped is not None and at >= after:
                silent = at + BLOCK + round(SILENT_AFTER_S * RATE_HZ)
                microphone_S, stopped = stopped(silent), None
                own_S = own_S.copy()
                own_S[silent:] = 0
    return run


def ours() -> Cancel:
    """The program's own, with a reference that is right to the sample."""
    reference, at_s = Reference(RATE_HZ), 0.0
    canceller = EchoCanceller(reference)

    def cancel(played_S: Signal, microphone_S: Signal) -> Signal:
        nonlocal at_s
        at_s += BLOCK / RATE_HZ
        reference.add((played_S * 32767).astype(np.int16), 100 + at_s)
        # the device claims two blocks more than is true, as the canceller looks ahead by that much
        return canceller.process(Block(microphone_S, 100 + at_s - 2 * BLOCK / RATE_HZ))

    return cancel


def speex() -> Cancel:
    """SpeexDSP with its residual suppression, by pyaec."""
    from pyaec import Aec  # type: ignore[import-not-found]

    engine = Aec(BLOCK, RATE_HZ // 2, RATE_HZ, True)

    def cancel(played_S: Signal, microphone_S: Signal) -> Signal:
        played, microphone = ((sound * 32767).astype(np.int16).tolist() for sound in (played_S, microphone_S))
        return (np.asarray(engine.cancel_echo(microphone, played)) / 32768).astype(np.float32)

    return cancel


def aec3() -> Cancel:
    """WebRTC's, by livekit; it takes 10 ms at a time."""
    from livekit.rtc.apm import AudioProcessingModule  # type: ignore[import-not-found]
    from livekit.rtc.audio_frame import AudioFrame  # type: ignore[import-not-found]

    engine, size = AudioProcessingModule(echo_cancellation=True), RATE_HZ // 100
    held, done = np.zeros((2, 0), np.float32), np.zeros(size, np.float32)

    def cancel(played_S: Signal, microphone_S: Signal) -> Signal:
        nonlocal held, done
        held = np.concatenate([held, np.stack([played_S, microphone_S])], axis=1)
        while held.shape[1] >= size:
            far, near = (
                AudioFrame((part * 32767).astype("<i2").tobytes(), RATE_HZ, 1, size) for part in held[:, :size]
            )
            engine.process_reverse_stream(far)
            engine.set_stream_delay_ms(0)
            engine.process_stream(near)
            done = np.concatenate([done, np.frombuffer(bytes(near.data), "<i2").astype(np.float32) / 32768])
            held = held[:, size:]
        given, done = done[:BLOCK], done[BLOCK:]
        return given

    return cancel


def answer() -> Signal:
    """What the program says: an earcon, and an answer of some 20 s."""
    chime = earcons.sound("listening", load())
    with Speaker(load()) as speaker:
        parts = [_at_16_khz(chime.samples_F, chime.rate_hz)] if chime else []
        parts += [_at_16_khz(sound.samples_F, VOICE_HZ) for sound in speaker.clauses(ANSWER)]
    return np.concatenate([np.zeros(RATE_HZ // 2), *parts]).astype(np.float32)


def interruptions() -> Iterator[tuple[str, Signal]]:
    """What is said over it, by the same voice at other pitches and rates: the hardest to tell apart."""
    for number, text in enumerate(INTERRUPTIONS):
        with Speaker(load({"pitch": (5, -3, 3)[number % 3]}), rate_wpm=(180, 160, 220)[number % 3]) as speaker:
            yield text, np.concatenate([_at_16_khz(sound.samples_F, VOICE_HZ) for sound in speaker.clauses(text)])


def _at_16_khz(samples_F: np.ndarray, rate_hz: int) -> Signal:
    import soxr

    return soxr.resample(samples_F.astype(np.float32) / 32768, rate_hz, RATE_HZ).astype(np.float32)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z ]", "", text.lower()).strip()


def _line(row: dict[str, object]) -> str:
    return "  ".join(f"{name}: {value}" for name, value in row.items())


if __name__ == "__main__":
    main()
