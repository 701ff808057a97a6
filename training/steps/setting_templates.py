"""Wishes for settings from templates: what is complained of is wanted less, what is asked for is wanted more."""

# ruff: noqa: E501 - lists and patterns read better on one line

from collections.abc import Iterator

_COMPLAINTS = (
    "you're too {}", "you're very {}", "you're awful {} today", "why are you so {}", "don't be so {}", "your voice is too {}",
    "not so {}", "less {}", "you sound {}", "you've gone very {}", "a bit {} for me", "you're that {} i can't follow",
    "stop being so {}", "it is too {} for me", "you're a bit on the {} side", "i don't like you so {}", "you're getting {}",
)  # fmt: skip
_WISHES = (
    "be {}", "talk {}", "a bit {}", "a shade {}", "could you be {}", "i'd like you {}", "{} from now on", "can you go {}",
    "i prefer it {}", "make it {}", "speak {} to me", "{} would suit me", "let's have it {}", "i need you {}", "go {} please",
)  # fmt: skip
_STOPS = (
    "stop {}", "quit {}", "you're {}", "enough of the {}", "less of the {}", "no {} please", "you keep {}", "i don't want you {}",
    "please refrain from {}", "i'm tired of you {}",
)  # fmt: skip
_DONTS = ("don't {}", "no need to {}", "you needn't {}", "never {}", "i'd rather you didn't {}", "kindly do not {}", "must you {}")  # fmt: skip
_DOS = ("{}", "can you {}", "i want you to {}", "you can {}", "{} when you talk to me")
_QUALITIES = (  # what it is called, how it is asked for, what it is to do it, the class where more of it is wanted
    (("loud", "noisy", "booming", "blaring"), ("louder", "stronger", "more powerful"), ("shout", "yell", "bellow", "roar", "holler"), "volume:louder", "volume:quieter"),
    (("quiet", "soft", "faint", "low", "feeble", "muffled"), ("quieter", "softer", "gentler", "fainter", "more hushed"), ("whisper", "mumble", "mutter", "murmur"), "volume:quieter", "volume:louder"),
    (("fast", "quick", "hasty", "rapid", "rushed"), ("faster", "quicker", "brisker", "speedier", "snappier"), ("gabble", "gallop", "rush", "rattle on", "race"), "speed:faster", "speed:slower"),
    (("slow", "sluggish", "ponderous", "slow paced"), ("slower", "more slowly", "more leisurely", "steadier"), ("dawdle", "plod", "drag it out", "crawl"), "speed:slower", "speed:faster"),
    (("high", "squeaky", "shrill", "tinny", "piercing"), ("higher in pitch", "brighter in tone", "lighter in tone", "an octave higher"), ("squeak", "squeal"), "pitch:higher", "pitch:lower"),
    (("deep", "gruff", "growly", "gravelly", "rumbly"), ("deeper", "lower pitched", "with more bass", "huskier", "an octave lower"), ("growl", "rumble", "drone"), "pitch:lower", "pitch:higher"),
    (("long winded", "wordy", "chatty", "rambling", "verbose"), ("more detailed", "fuller in your answers", "chattier", "more thorough", "longer in your answers"), ("ramble", "waffle", "blether", "lecture me", "go on and on"), "answers:full", "answers:brief"),
    (("curt", "brief", "terse", "clipped", "abrupt", "short with me"), ("briefer", "more concise", "more to the point", "terser", "shorter in your answers"), ("leave things out", "skimp", "cut your answers short"), "answers:brief", "answers:full"),
    (("impatient", "quick to answer", "hasty to reply"), ("more patient", "slower to answer", "later with your reply"), (), "", "patience:patient"),
    ((), ("quicker to answer", "sooner with your reply", "less patient"), (), "patience:quick", ""),
    ((), (), ("interrupt", "butt in", "jump in", "cut across me", "talk over me", "cut me off", "start before i finish"), "", "patience:patient"),
)  # fmt: skip
_NOISES = ("beeps", "bleeps", "chimes", "pings", "clicks", "blips", "bells", "jingles", "tones", "little noises", "sounds", "dings")  # fmt: skip
_OFF = (
    "stop the {}", "no more {}", "get rid of the {}", "turn those {} off", "lose the {}", "i hate the {}", "i can do without the {}",
    "spare me the {}", "enough of the {}", "refrain from the {}", "the {} get on my nerves", "switch off the {}", "cut out the {}", "take the {} away",
)  # fmt: skip
_ON = (
    "bring back the {}", "i miss the {}", "turn the {} back on", "give me the {} again", "put the {} on", "the {} have gone and i want them",
    "can we have the {} back", "you've stopped the {}, put them on again", "i need the {}", "there are no {} now, let me have them again", "restore the {}",
    "what happened to the {}, i liked them",
)  # fmt: skip
_PLACES = (
    ("dates:month-first", ("america", "the states", "chicago", "new york", "texas", "california", "seattle")),
    ("dates:day-first", ("britain", "ireland", "scotland", "india", "london", "nigeria", "australia")),
)  # fmt: skip
_FIRST = (
    ("dates:month-first", ("read dates month first", "the month comes before the day", "the first number is the month", "4/9 is april the ninth", "3/7 means march seventh, not july")),
    ("dates:day-first", ("read dates day first", "the day comes before the month", "the first number is the day", "4/9 is the fourth of september", "3/7 means the third of july, not march")),
)  # fmt: skip


def templated() -> Iterator[tuple[str, str]]:
    """(class, clause), a third of what the templates make."""
    for at, pair in enumerate(_all()):
        if at % 3 == 0:
            yield pair


def _all() -> Iterator[tuple[str, str]]:
    for adjectives, comparatives, verbs, more, less in _QUALITIES:
        if less:
            yield from ((less, form.format(word)) for form in _COMPLAINTS for word in adjectives)
            yield from ((less, form.format(_going(verb))) for form in _STOPS for verb in verbs)
            yield from ((less, form.format(verb)) for form in _DONTS for verb in verbs)
        if more:
            yield from ((more, form.format(word)) for form in _WISHES for word in comparatives)
            yield from ((more, form.format(verb)) for form in _DOS for verb in verbs)
    yield from (("sounds:off", form.format(noise)) for form in _OFF for noise in _NOISES)
    yield from (("sounds:on", form.format(noise)) for form in _ON for noise in _NOISES)
    for (label, firsts), (_, places) in zip(_FIRST, _PLACES, strict=True):
        yield from ((label, f"we're in {place} so {first}") for place in places for first in firsts)
        yield from ((label, first) for first in firsts)


def _going(verb: str) -> str:
    """gabbling, rattling on."""
    first, _, rest = verb.partition(" ")
    stem = first[:-1] if first.endswith("e") else f"{first}{first[-1]}" if first == "cut" else first
    return f"{stem}ing {rest}".strip()
