"""What is asked aloud in the benchmark of the voice loop, each request said once by one of several voices.

The voices are the program's own (Piper) and espeak-ng's accents and variants, at several speeds. Where speech begins
and ends in a clip is read off the clean sound, before a microphone's noise is added.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.cpu_hearing import edits, plain
from encoders.audio_input import SAMPLE_RATE

ONE_TOOL: Sequence[tuple[str, str]] = (
    ("What time is it?", "tell_time"),
    ("What is fifteen percent of two hundred?", "calculate"),
    ("Remind me to call my sister tomorrow at three.", "set_reminder"),
    ("Convert three cups to millilitres.", "convert_units"),
    ("Make a note that the plumber comes on Monday.", "add_note"),
    ("Set a timer for ten minutes.", "start_timer"),
    ("How do you spell necessary?", "spell"),
    ("Remember that my doctor is called Miller.", "remember"),
    ("How many kilometres are ten miles?", "convert_units"),
    ("What day is it today?", "tell_time"),
    ("Add eggs and butter to my shopping list.", "add_note"),
    ("How much is twelve times twelve?", "calculate"),
    ("Remind me to take my pills at eight this evening.", "set_reminder"),
    ("What is on my shopping list?", "search_notes"),
    ("What is the name of my doctor?", "recall"),
    ("Which reminders do I have?", "list_reminders"),
    ("What is nine hundred divided by twelve?", "calculate"),
    ("How many grams are two pounds?", "convert_units"),
    ("Start a timer for five minutes, please.", "start_timer"),
    ("What do my notes say about the plumber?", "search_notes"),
    ("Remember that the spare key is under the blue pot.", "remember"),
    ("How many days is it until Christmas?", "tell_time"),
    ("What is twenty percent of sixty dollars?", "calculate"),
    ("Write down that the milk is nearly empty.", "add_note"),
    ("Where is the spare key?", "recall"),
    ("What is seventy degrees Fahrenheit in Celsius?", "convert_units"),
    ("Remind me to water the plants on Friday at nine.", "set_reminder"),
    ("What is the square root of eighty one?", "calculate"),
    ("How do you spell rhythm?", "spell"),
    ("Turn one hundred and eighty centimetres into inches.", "convert_units"),
    ("How long is it until New Year?", "tell_time"),
    ("What are my reminders?", "list_reminders"),
    ("Add forty five and thirty seven.", "calculate"),
    ("Note that the bread is gone.", "add_note"),
)
TWO_TOOLS: Sequence[tuple[str, str]] = (
    ("Set a timer for ten minutes and remind me to call Anna at six.", "start_timer set_reminder"),
    ("What time is it, and what is on my shopping list?", "tell_time search_notes"),
    ("How much is twelve times nine, and what time is it?", "calculate tell_time"),
    ("Note that the bread is gone and remind me to buy some tomorrow at ten.", "add_note set_reminder"),
)
LONG_ANSWER = ("What can you do?", "")
INTERRUPTIONS = ("Wait.", "Stop.", "What time is it?", "Be quiet, please.", "What is on my shopping list?", "Hold on.")
VOICES: Sequence[tuple[str, int]] = (  # name, words a minute
    ("piper-joe", 180), ("en-us", 150), ("piper-joe", 150), ("en-gb-x-rp", 160), ("en-us+f3", 150), ("piper-joe", 210),
    ("en-gb-scotland", 145),
)  # fmt: skip
_FIGURES = {
    "two": "2", "three": "3", "five": "5", "six": "6", "eight": "8", "nine": "9", "ten": "10", "twelve": "12",
    "fifteen": "15", "twenty": "20", "forty": "40", "thirty": "30", "seventy": "70", "eighty": "80",
}  # fmt: skip
_SAME = (  # how requests are written in figures and by American recognisers
    ("two hundred", "200"), ("nine hundred", "900"), ("one hundred and eighty", "180"), ("eighty one", "81"),
    ("forty five", "45"), ("thirty seven", "37"), ("percent", "%"), ("sixty dollars", "$60"), ("litre", "liter"),
    ("metre", "meter"), ("new year's", "new year"),
)  # fmt: skip
NOISE = 10 ** (-66 / 20)  # of full scale: a quiet room through a laptop's microphone
_AUDIBLE = 0.01  # of the clip's peak: -40 dB


@dataclass(frozen=True)
class Clip:
    """A request as sound.

    Attributes:
        text, tools, voice: what is said, the tools it needs, and who says it.
        samples_S: (S,) float32 at 16 kHz.
        begin_s, end_s: where the first and the last voiced sample lie.
    """

    text: str
    tools: str
    voice: str
    samples_S: npt.NDArray[np.float32]
    begin_s: float
    end_s: float


def said(text: str) -> list[str]:
    """Words to compare: lower case, numbers in figures, one spelling."""
    text = text.lower().replace("-", " ")
    for written, figures in _SAME:
        text = text.replace(written, figures)
    return [_FIGURES.get(word, word) for word in plain(text.replace("%", " % ").replace("%", "percent"))]


def misheard(text: str, heard: str) -> int:
    """Words put in, left out or changed."""
    return edits(said(text), said(heard))


def clips(requests: Sequence[tuple[str, str]], first: int = 0) -> Iterator[Clip]:
    """Each request by the voice whose turn it is; `first` is the number of the first one."""
    from assistant.engines.level import resample
    from assistant.settings import load
    from assistant.speech import RATE_HZ, Speaker

    speakers: dict[str, Speaker] = {}
    try:
        for number, (text, tools) in enumerate(requests, first):
            voice, rate = VOICES[number % len(VOICES)]
            speaker = speakers.setdefault(voice, Speaker(load({"voice": voice})))
            sound_F = np.concatenate([sound.samples_F for sound in speaker.clauses(text, rate_wpm=rate)])
            wave_S = (resample(sound_F, RATE_HZ, SAMPLE_RATE) / 32768).astype(np.float32)
            loud = np.flatnonzero(np.abs(wave_S) > _AUDIBLE * np.abs(wave_S).max())
            begin, end = int(loud[0]), int(loud[-1]) + 1
            yield Clip(text, tools, f"{voice} at {rate}", wave_S[:end], begin / SAMPLE_RATE, end / SAMPLE_RATE)
    finally:
        for speaker in speakers.values():
            speaker.close()
