"""The program never hears itself, and somebody who speaks over it is heard at once. Driven by samples."""

from pathlib import Path

import numpy as np
import pytest

from assistant import models
from assistant.hearing_windows import VoiceActivity
from assistant.listening.adaptive_filter import HOP, PAST, AdaptiveFilter
from assistant.listening.echo import EchoCanceller, is_own_words
from assistant.listening.echo_clock import EchoClock
from assistant.listening.microphone import BLOCK, Block
from assistant.listening.voice_steps import VoiceSteps
from assistant.speaking import earcons
from assistant.speaking.reference import Reference
from benchmarks.rooms import RATE_HZ, ROOMS, Signal, heard, person
from encoders.sound_files import read_sound

BEGIN_S = 1000.0


class Talk:
    """A microphone whose sound goes through an echo canceller and a voice detector, block by block."""

    def __init__(self, played_S: Signal, late_s: float = 0.0) -> None:
        self.reference = Reference(RATE_HZ)
        self.canceller = EchoCanceller(self.reference)
        self._played_S, self._late_s = played_S, late_s
        self._voice, self._steps = VoiceActivity(models.files("silero-vad")["sequence"]), VoiceSteps()
        self.began_s: list[float] = []

    def run(self, microphone_S: Signal) -> Signal:
        """All of a recording; `began_s` gets the moments at which somebody seemed to begin to speak."""
        cleaned, speaking = [], False
        for at in range(0, len(microphone_S) - BLOCK + 1, BLOCK):
            ahead = at + 2 * BLOCK  # a player is some 60 ms ahead of what is heard
            if at == 0:
                self._play(0, ahead)
            self._play(ahead, ahead + BLOCK)
            block = Block(microphone_S[at : at + BLOCK], BEGIN_S + at / RATE_HZ)
            cleaned.append(self.canceller.process(block))
            chance = float(self._voice.push(cleaned[-1])[0])
            if not speaking and self._steps.onset(chance):
                speaking = True
                self._steps.rest()
                self.began_s.append((at + BLOCK) / RATE_HZ)
            elif speaking:
                self._steps.follow(chance)
                speaking = self._steps.silent_s < 0.5
        return np.concatenate(cleaned)

    def _play(self, first: int, end: int) -> None:
        samples_S = self._played_S[first:end]
        if samples_S.any():
            at_s = BEGIN_S + first / RATE_HZ + self._late_s
            self.reference.add((samples_S * 32767).astype(np.int16), at_s)


@pytest.fixture(scope="module")
def own(speech: Path) -> Signal:
    """What the program says: an earcon and a voice, 13 s in all."""
    import soxr

    chime, rate_hz = earcons._read("listening")
    chime_S = soxr.resample(chime.astype(np.float32) / 32768, rate_hz, RATE_HZ)
    parts = [np.zeros(RATE_HZ // 2), chime_S, np.zeros(RATE_HZ // 4), read_sound(speech / "jfk.flac")]
    return np.concatenate(parts).astype(np.float32)


@pytest.mark.parametrize("name", ["quiet, near", "kitchen, loud", "hall, noise"])
def test_the_program_never_hears_itself(own: Signal, name: str) -> None:
    microphone_S = heard(ROOMS[name], own, np.random.default_rng(1))
    deaf = Talk(own)
    deaf.canceller = EchoCanceller(None)
    deaf.run(microphone_S)
    assert deaf.began_s  # else the test would prove nothing
    talk = Talk(own)
    cleaned_S = talk.run(microphone_S)
    assert talk.began_s == []
    late_S = slice(5 * RATE_HZ, None)
    reduction_db = 20 * np.log10(np.linalg.norm(microphone_S[late_S]) / (np.linalg.norm(cleaned_S[late_S]) + 1e-9))
    assert reduction_db > 30


@pytest.mark.parametrize(("name", "over_echo_db"), [("desk", 0), ("kitchen, loud", 0), ("quiet, near", -5)])
def test_an_interruption_is_noticed_within_a_fifth_of_a_second(
    own: Signal, speech: Path, name: str, over_echo_db: float
) -> None:
    room, at = ROOMS[name], 8 * RATE_HZ
    voice_S = read_sound(speech / "austen-0890.wav")
    voice_S = voice_S[np.flatnonzero(np.abs(voice_S) > 0.05 * np.abs(voice_S).max())[0] :][: 2 * RATE_HZ]
    microphone_S = heard(room, own, np.random.default_rng(2))[: at + 2 * RATE_HZ]
    microphone_S[at:] += person(room, voice_S, over_echo_db)
    talk = Talk(own)
    talk.run(microphone_S)
    assert talk.began_s and 0 < talk.began_s[0] - at / RATE_HZ < 0.2


def test_what_is_said_while_nothing_is_played_passes_unchanged(speech: Path) -> None:
    voice_S = read_sound(speech / "austen-0890.wav")
    voice_S = voice_S[: len(voice_S) // BLOCK * BLOCK]
    cleaned_S = Talk(np.zeros(0, np.float32)).run(voice_S)
    late = 256  # samples
    assert np.abs(cleaned_S[late:] - voice_S[:-late]).max() < 1e-4


def test_a_latency_that_the_device_misstates_is_learned(own: Signal) -> None:
    talk = Talk(own, late_s=0.1)
    talk.run(heard(ROOMS["hall, noise"], own, np.random.default_rng(3)))
    assert talk.began_s == []


@pytest.mark.parametrize(("fast", "misstated_s"), [(1e-4, 0.0), (0.0, 0.008)])
def test_drifting_clocks_and_misstated_times_are_followed(own: Signal, fast: float, misstated_s: float) -> None:
    """The part that learns, without the gate that would hide what it fails at."""
    import soxr

    half = len(own) * 2 // 3
    reference, clock, learner = Reference(RATE_HZ), EchoClock(), AdaptiveFilter()
    clock.position = float(Reference.index(BEGIN_S))
    drifted_S = soxr.resample(own, RATE_HZ * (1 + fast), RATE_HZ).astype(np.float32)
    microphone_S = heard(ROOMS["desk"], drifted_S, np.random.default_rng(3))
    left = []
    for at in range(0, len(microphone_S) - HOP, HOP):
        if at % BLOCK == 0 and at + 3 * BLOCK < len(own):
            for first in range(at + 2 * BLOCK if at else 0, at + 3 * BLOCK, BLOCK):
                late_s = misstated_s if first > half else 0.0
                played_F = (own[first : first + BLOCK] * 32767).astype(np.int16)
                if first - BLOCK <= half < first and misstated_s:
                    reference.cut(BEGIN_S + first / RATE_HZ)  # as where a new message begins
                reference.add(played_F, BEGIN_S + first / RATE_HZ + late_s)
        sound_H, echo_H = learner.step(clock.read(reference), microphone_S[at : at + HOP])
        if clock.steer(echo_H, microphone_S[at : at + HOP]):
            learner.replay(clock.past(reference, PAST))
        left.append(sound_H)
    last = slice(len(own) - 3 * RATE_HZ, len(own) - RATE_HZ)
    reduction_db = 20 * np.log10(np.linalg.norm(microphone_S[last]) / np.linalg.norm(np.concatenate(left)[last]))
    assert reduction_db > 12


def test_headphones_leave_the_microphone_alone(own: Signal) -> None:
    reference = Reference(RATE_HZ)
    reference.add((own[: RATE_HZ * 2] * 32767).astype(np.int16), BEGIN_S)
    block = Block(own[RATE_HZ : RATE_HZ + BLOCK], BEGIN_S + 1)
    assert EchoCanceller(reference, "headphones").process(block) is block.samples_S


SAID = ["Your appointment with Doctor Miller is on Tuesday,", "at half past nine.", "Bring your insurance card."]


@pytest.mark.parametrize(
    ("text", "own_words"),
    [
        ("your appointment with Doctor Miller", True),
        ("on Tuesday at half past nine", True),
        ("Bring your assurance card", True),
        ("half past nine bring", True),
        ("what about Tuesday", False),
        ("stop", False),
        ("Tuesday", False),
        ("is it on Tuesday or on Wednesday", False),
        ("bring it on", False),
        ("", False),
        ("...", False),
    ],
)
def test_own_words_are_known_again(text: str, own_words: bool) -> None:
    assert is_own_words(text, SAID) is own_words


def test_a_lone_word_is_ours_only_where_it_was_said_alone() -> None:
    assert is_own_words("Ready.", ["Ready."])
    assert not is_own_words("stop", ["Say stop when it is enough."])
    assert not is_own_words("yes", [])
