"""Microphone, loudspeaker, voices and ears: each is tried, not only looked for."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from assistant import settings
from assistant.checks.finding import Finding, in_force
from assistant.devices import DeviceLost, Kind, PortAudio
from kernels.errors import UserError

SENTENCE = "The kettle is on and the tea is ready."
LISTEN_S, SETTLE_S = 2.0, 0.3  # of sound that is judged; of the click that opening a device makes
PATIENCE_S = 8.0  # for a device that gives nothing
FULL_SCALE, CLIPPED_SHARE = 0.99, 0.001
QUIET_DB, SILENT_DB = -45.0, -90.0  # of the loudest moment: speech near a microphone reaches -25 dB

_CHANNELS: dict[Kind, str] = {"microphone": "max_input_channels", "loudspeaker": "max_output_channels"}

Say = Callable[[str], bool]  # says a text aloud and waits; False where that could not be done


def devices() -> Iterator[Finding]:
    """The microphones and loudspeakers that are connected."""
    from assistant.devices import portaudio

    try:
        audio = portaudio("played", "work with files")
        listed = list(audio.sounddevice.query_devices())
    except UserError as error:
        yield Finding("sound", "bad", error.text, "Install it: sudo apt install libportaudio2")
        return
    except Exception as error:  # PortAudio's own errors have no common base
        text = f"The sound system does not answer ({error})."
        yield Finding("sound", "note", text, "See that sound works elsewhere.")
        return
    for what, channels in _CHANNELS.items():
        names = [str(device["name"]) for device in listed if device[channels] > 0]
        if names:
            more = f" There are {len(names) - 1} more." if len(names) > 1 else ""
            yield Finding(what, "good", f"{_in_use(audio, what) or names[0]} is used.{more}")
        else:
            remedy = f"Connect a {what}; until then work with files (--audio, --speak) or with typing."
            yield Finding(what, "note", f"No {what} was found.", remedy)


def _in_use(audio: PortAudio, what: Kind) -> str:
    """The name of the device that the settings choose; empty where theirs is missing and any stands in."""
    try:
        return str(audio.find(what, getattr(in_force(), what))["name"])
    except UserError:
        return ""


def loudspeaker(say: Say) -> Iterator[Finding]:
    """Plays the sound for "done", after saying so."""
    from assistant.speaking import earcons
    from assistant.speech import Speaker

    options = in_force()
    if not _connected("loudspeaker"):
        return  # said before
    said = not options.speech or say("Next you hear the short sound for done.")
    sound = earcons.sound("done", options.model_copy(update={"earcons": True}))
    assert sound is not None
    try:
        with Speaker(options) as speaker:
            playing = speaker.play(sound)
            ended = playing.wait(PATIENCE_S)
    except UserError as error:
        yield Finding("loudspeaker", "bad", error.text, error.remedy)
        return
    if playing.error is not None:
        yield Finding("loudspeaker", "bad", playing.error.text, playing.error.remedy)
    elif not ended:
        text = "The loudspeaker took no sound."
        yield Finding("loudspeaker", "bad", text, "Close other programs that hold it, or choose one: antigone settings")
    else:
        what = "A sentence and the short sound for done were played" if said else "The short sound for done was played"
        remedy = "If you heard nothing: turn the volume up, or set loudspeaker to another device."
        yield Finding("loudspeaker", "good", f"{what} at volume {options.volume:g}.", remedy)


def microphone(say: Say, source: Any = None) -> Iterator[Finding]:
    """Listens for a moment and judges what came.

    Args:
        say: says aloud that it listens now.
        source: blocks in place of the microphone's.
    """
    from assistant.listening.microphone import Microphone

    if source is None and not _connected("microphone"):
        return  # said before
    yield Finding("microphone", "good", f"I listen for {LISTEN_S:g} seconds. Please say something now.")
    say(f"Please say something now. I listen for {LISTEN_S:g} seconds.")
    try:
        opened = Microphone(in_force().microphone) if source is None else source
    except UserError as error:
        yield Finding("microphone", "bad", error.text, error.remedy)
        return
    lost, samples_S = record(opened)
    if lost is not None:
        yield Finding("microphone", "bad", lost.text, lost.remedy)
    else:
        yield judged(samples_S)


def record(source: Any, seconds: float = SETTLE_S + LISTEN_S) -> tuple[DeviceLost | None, npt.NDArray[np.float32]]:
    """What a microphone gives in so many seconds, and what it says of itself where it fails.

    Returns:
        The failure or None, and (S,) float32 samples at 16 kHz.
    """
    from encoders.sound_files import SAMPLE_RATE

    pieces: list[npt.NDArray[np.float32]] = []
    deadline = threading.Timer(PATIENCE_S, source.close)
    deadline.daemon = True
    deadline.start()
    try:
        for item in source:
            if isinstance(item, DeviceLost):
                return item, np.zeros(0, np.float32)
            samples_S = getattr(item, "samples_S", None)
            if samples_S is not None:
                pieces.append(samples_S)
            if sum(map(len, pieces)) >= seconds * SAMPLE_RATE:
                break
    finally:
        deadline.cancel()
        source.close()
    return None, np.concatenate([np.zeros(0, np.float32), *pieces])[int(SETTLE_S * SAMPLE_RATE) :]


def judged(samples_S: npt.NDArray[np.float32]) -> Finding:
    """What a recording tells about its microphone.

    Args:
        samples_S: (S,) float32 at 16 kHz, full scale is 1.
    """
    if not len(samples_S):
        return Finding("microphone", "bad", "The microphone gave no sound.", "Unplug it and plug it in again.")
    loudest = _decibels(float(np.abs(samples_S).max()))
    middle = _decibels(float(np.sqrt(np.mean(np.square(samples_S, dtype=np.float64)))))
    level = f"the loudest moment was {loudest:.0f} dB, the average {middle:.0f} dB of full scale"
    if loudest <= SILENT_DB:
        remedy = "Switch it on, or allow this program to use the microphone in the system's privacy settings."
        return Finding("microphone", "bad", "The microphone is muted: it gives nothing but silence.", remedy)
    if float(np.mean(np.abs(samples_S) >= FULL_SCALE)) >= CLIPPED_SHARE:
        text = f"The microphone is set too loud, so words are distorted; {level}."
        return Finding("microphone", "note", text, "Lower its level in the system's sound settings, or move away.")
    if loudest < QUIET_DB:
        text = f"The microphone is very quiet; {level}."
        return Finding("microphone", "note", text, "Speak during this test, come nearer, or raise its level.")
    return Finding("microphone", "good", f"The microphone works; {level}.")


def spare_voice() -> Iterator[Finding]:
    """espeak-ng, which speaks where the main voice fails."""
    from assistant.engines.child import EngineFailed
    from assistant.engines.voices import Espeak

    voice = Espeak()
    try:
        voice.say("ready", 180, 0, lambda: False)
    except EngineFailed as error:
        yield Finding("spare voice", "note", f"espeak-ng does not speak: {error}.", "sudo apt install espeak-ng")
    else:
        yield Finding("spare voice", "good", "The spare voice, espeak-ng, speaks.")
    finally:
        voice.close()


def voice_and_ears() -> Iterator[Finding]:
    """Says a sentence into a file and hears it back: voice, models and processor at work together."""
    from assistant import hearing
    from assistant.speech import Speaker

    options = settings.load()
    with tempfile.TemporaryDirectory() as folder, Speaker(options) as speaker:
        said = Path(folder) / "said.wav"
        started = time.monotonic()
        speaker.to_file(SENTENCE, said)
        spoken_after = time.monotonic() - started
        for notice in speaker.notices:
            yield Finding("voice", "note", notice, "Another voice spoke in its place; see: antigone models verify")
        yield Finding("voice", "good", f"The voice spoke a sentence in {spoken_after:.1f} seconds.")
        ears = hearing.load(options.hearing_model)
        started = time.monotonic()
        heard = ears.hear(said)[0].strip()
    same = _letters(heard) == _letters(SENTENCE)
    state: Literal["good", "note"] = "good" if same else "note"
    remedy = "" if same else f"It was: {SENTENCE} A slower speech rate or another hearing model may help."
    yield Finding("hearing", state, f"Heard back in {time.monotonic() - started:.1f} seconds: {heard}", remedy)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha())


def _connected(what: Kind) -> bool:
    """Whether there is a device for it; `devices` says what is amiss where there is none."""
    from assistant.devices import portaudio

    try:
        found: Iterable[Any] = portaudio("played", "").sounddevice.query_devices()
        return any(device[_CHANNELS[what]] > 0 for device in found)
    except Exception:  # as in `devices`
        return False


def _decibels(amplitude: float) -> float:
    """Of full scale; -100 for silence."""
    return max(20 * float(np.log10(max(amplitude, 1e-9))), -100.0)
