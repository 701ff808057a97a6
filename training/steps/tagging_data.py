"""Training requests for the step tagger: words, where each step begins, which step it is, its arguments, what is at hand.

A request is one phrasing (training/tools/phrasings) or one phrase (phrases*.txt) said with manners and noise, a phrasing
of several steps, a whole request as people say it (several*.txt, marked*.txt), or two to four single ones joined. Noise
is put on each step before they are joined. While a request is made its words carry signs (marks.py), so where a step or
an argument begins is always known. One phrasing in HELD_OUT, by a hash of its text, is kept for measuring.
"""

# ruff: noqa: E501 - lists and patterns read better on one line

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.steps.labels import LABELS
from training.steps.marks import PLAIN, SIGNS, STEP, Signed, bare, kind_of, parsed, signed
from training.steps.phrases import MARK, Several, read_all, read_all_several
from training.tools import build
from training.tools.grammar import Piece, Template, read_templates, render, slots
from training.tools.noise import hesitant, misheard, text_of, typed, with_manners
from training.tools.overlap import key, suite_keys

# shares of requests: one phrasing; up to here a phrasing of several steps; up to here one of several*.txt; up to here
# one of marked*.txt; the rest joined
SINGLE, SEVERAL, CUT, MARKED = 0.19, 0.23, 0.36, 0.89
ASIDE = 0.2  # share of joined requests that begin with something told, which asks for nothing
TYPED = 0.8  # above it a request of several*.txt is typed with care
SPLIT_OFF = 0.5  # share whose commas and stops are left out, as a recogniser writes
_ASIDES = ("chat",)
_STOP = re.compile(rf"[,;](?=[\s{SIGNS}])|[.?!](?=[\s{SIGNS}]|$)")
_WORD_START = re.compile(r"(?<!\S)[£$€\"'(]?[^\W_]")
_JOINT = re.compile(r"[,.;?!]\s*(?:and |then |also |so |but |oh )*|\s(?:and|then|also|plus|after that|next|oh)\s(?:and |then |also )?", re.I)  # fmt: skip
_PLAIN_JOINTS = (" ", " ", ", ", ", ", ". ", "? ", " and ", " and ", " then ", " and then ", " oh and ", " also ", " but first ", " next ", " so ", "; ")  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """One request.

    Attributes:
        words: as typed or recognised.
        starts: where each step begins, in characters; the first is 0.
        labels: of the steps.
        picture, text: what is at hand.
        spans: (first character, past the last one, kind) of each argument.
        marked: of each step, whether its arguments are known.
    """

    words: str
    starts: tuple[int, ...]
    labels: tuple[str, ...]
    picture: bool
    text: bool
    spans: tuple[tuple[int, int, str], ...] = ()
    marked: tuple[bool, ...] = ()


class Source:
    """An endless stream of samples.

    Args:
        seed: the same seed gives the same samples.
        valid: only phrasings that are held out; else all but them. None: all.
    """

    def __init__(self, seed: int, valid: bool | None = False) -> None:
        self._rng = random.Random(seed)
        self._measured = set[str]().union(*suite_keys().values())
        self._sections: dict[str, list[Template]] = defaultdict(list)
        for one in phrasings():
            if valid is None or build.held_out(one) == valid:
                self._sections["several" if len(one.calls) > 1 else one.calls[0]].append(one)
        kept = [one for one in read_all_several() if valid is None or held_out(one) == valid]
        self._cut, self._marked = ([one for one in kept if bool(one.marked) == marked] for marked in (False, True))
        self._names = sorted(set(self._sections) - {"several"})
        self._weights = [build.WEIGHTS.get(name, 1.0) for name in self._names]
        self._usable = [name for name in self._names if name not in build.ALONE]

    def __iter__(self) -> Iterator[Sample]:
        while True:
            made = self._make()
            if made is not None and key(made.words) not in self._measured:
                yield made

    def _make(self) -> Sample | None:
        rng, kind = self._rng, self._rng.random()
        if kind < SINGLE:
            return self._single(rng.choice(self._sections[rng.choices(self._names, self._weights)[0]]))
        if kind < SEVERAL and self._sections["several"]:
            return self._several(rng.choice(self._sections["several"]))
        if kind < CUT and self._cut:
            return self.of_parts(rng.choice(self._cut))
        if kind < MARKED and self._marked:
            return self.of_parts(rng.choice(self._marked))
        return self._joined()

    def _single(self, template: Template) -> Sample:
        return _sample(self._say(template, 0.4), template.calls, situation(template, self._rng))

    def _say(self, template: Template, manners: float) -> Signed:
        """One phrasing as it might arrive."""
        pieces = render(template, self._rng, correction=0.05)
        pieces = with_manners(pieces, self._rng, manners * (0.3 if template.calls[0] in build.ALONE else 1.0))
        return self._noisy(pieces, template)

    def _noisy(self, pieces: list[Piece], template: Template) -> Signed:
        rng = self._rng
        if rng.random() < 0.1:
            pieces = hesitant(pieces, rng)
        if rng.random() < 0.14 and not {"spell", "define_word"} & set(template.calls):
            pieces = misheard(pieces, rng)
        if rng.random() < 0.25:
            pieces = typed(pieces, rng)
        words = text_of(signed(pieces, template.calls))
        return _STOP.sub("", words) if rng.random() < SPLIT_OFF else words

    def _several(self, template: Template) -> Sample | None:
        pieces = with_manners(render(template, self._rng, correction=0.03), self._rng, 0.2)
        text, owned = "", []
        for piece in pieces:
            said = piece.words.strip()
            text = f"{text} {said}".strip() if not re.match(r"[,.?!;]", said) else text + said
            if piece.owner is not None:
                owned.append((piece.owner[0], len(text) - len(said), len(text), kind_of(template.calls, piece.owner)))
        starts = cuts(text, [one[:3] for one in owned], len(template.calls))
        if starts is None:
            return None
        spans = tuple((first, end, kind) for _, first, end, kind in owned)
        marked = (bool(owned),) * len(starts)
        return Sample(text, starts, template.calls, *situation(template, self._rng), spans, marked)

    def _joined(self) -> Sample:
        rng = self._rng
        count = rng.choices((2, 3, 4), (0.72, 0.21, 0.07))[0]
        weights = [build.WEIGHTS.get(name, 1.0) for name in self._usable]
        names = rng.choices(self._usable, weights, k=count)
        if rng.random() < ASIDE:
            names[0] = rng.choice(_ASIDES)
        elif rng.random() < 0.15:  # now and then any label, also those that mostly stand alone
            names[rng.randrange(count)] = rng.choice(self._names)
        parts = [rng.choice(self._sections[name]) for name in names]
        words = self._say(parts[0], 0.3)
        for at, part in enumerate(parts[1:], 1):
            said = self._say(part, 0.15)
            joint = self._joint(at == count - 1)
            words = words.rstrip(" .,;") if re.match(r"[,.;?]", joint) else words
            lead = len(joint) - len(joint.lstrip(" ,.;?!"))
            words += joint[:lead] + STEP + joint[lead:] + said
        situations = [situation(part, rng) for part in parts]
        at_hand = any(one[0] for one in situations), any(one[1] for one in situations)
        return _sample(words, tuple(names), at_hand)

    def of_parts(self, one: Several) -> Sample:
        """A request as people say it, in one voice: bare as a recogniser writes, with its stops, or typed with care."""
        rng, style = self._rng, self._rng.random()
        words = rng.choice(("", "", "", "um ", "please ", "hey antigone ", "right ", "can you "))
        if one.marked and rng.random() < 0.8:
            words = ""  # these begin in their own ways
        for at, part in enumerate(one.marked or one.parts):
            said = self._slipped(part, one.labels[min(at, len(one.labels) - 1)], style > TYPED)
            if at:
                joints = (" ", " ", " ", ", ", ". ", ", " if part.lower().startswith("and") else " and ")
                stopped = bare(words)[-1] in ",.?!;"
                joint = " " if stopped or one.marked else rng.choice(joints)
                lead = len(joint) - len(joint.lstrip(" ,."))  # an "and" belongs to what follows it
                words += joint[:lead] + STEP + joint[lead:]
            words += said
        if style < SPLIT_OFF:
            words = _STOP.sub("", words)
        return _sample(words, one.labels, (one.picture, one.text), bool(one.marked))

    def _slipped(self, part: str, label: str, written: bool) -> Signed:
        """One step's words with a recogniser's slips, a hesitation, or a writer's capitals and full stop."""
        rng, pieces = self._rng, _pieces(part)
        if rng.random() < 0.08:
            pieces = hesitant(pieces, rng)
        if rng.random() < 0.12 and label not in ("spell", "define_word"):
            pieces = misheard(pieces, rng)
        return text_of(signed(typed(pieces, rng) if written else pieces, ()))

    def _joint(self, last: bool) -> str:
        if last or self._rng.random() < 0.4:
            joint = self._rng.choice(slots()["joints"]).replace("_", " ")
            return f"{joint.rstrip()} "
        return self._rng.choice(_PLAIN_JOINTS)


def cuts(text: str, owned: Sequence[tuple[int, int, int]], count: int) -> tuple[int, ...] | None:
    """Where the steps of one phrasing begin, from who owns which words; None where that leaves it open.

    Args:
        owned: (step, start, end) of the arguments, in order.
    """
    starts = [0]
    for step in range(1, count):
        low = max([starts[-1] + 1, *(end for owner, _, end in owned if owner < step)])
        high = min([len(text), *(start for owner, start, _ in owned if owner >= step)])
        if low > high:
            return None
        found = [match for match in _JOINT.finditer(text[:high]) if match.start() >= low - 1]
        own = any(owner == step for owner, _, _ in owned)
        if not found:
            return None
        match = found[-1] if own and step == count - 1 else found[0]
        starts.append(match.start() + len(match[0]) - len(match[0].lstrip(" ,.;?!")))
    return tuple(starts)


def _pieces(part: str) -> list[Piece]:
    """The words of one step; those of an argument belong to its kind."""
    pieces, at = [], 0
    for match in MARK.finditer(part):
        pieces += [Piece(part[at : match.start()].strip()), Piece(match[2].strip(), (0, match[1]))]
        at = match.end()
    return [one for one in [*pieces, Piece(part[at:].strip())] if one.words]


def _sample(words: Signed, labels: tuple[str, ...], at_hand: tuple[bool, bool], marked: bool | None = None) -> Sample:
    """What the signs in the words say; `marked` None: the arguments of a step are known where it has some or takes none."""
    text, starts, spans = parsed(words)
    words_at = [match.start() for match in _WORD_START.finditer(text)]
    starts = (0, *(next((at for at in words_at if at >= start), start) for start in starts[1:]))
    ends = [*starts[1:], len(text)]
    own = [any(start <= first < end for first, _, _ in spans) for start, end in zip(starts, ends, strict=True)]
    known = [has or label in PLAIN for has, label in zip(own, labels, strict=False)]
    return Sample(text, starts, labels, *at_hand, spans, tuple(known if marked is None else [marked] * len(labels)))


def held_out(one: Several) -> bool:
    """Whether a request is kept for measuring."""
    return build.held_out(Template("several", " ".join(one.parts), one.labels))


def phrasings() -> list[Template]:
    """All phrasings and phrases whose every step is a label; each line once."""
    phrases = [Template(label, phrase, (label,)) for label, phrase in read_all() if not re.search(r"[({<]", phrase)]
    both = {one.identity: one for one in [*phrases, *read_templates()]}
    return [one for one in both.values() if set(one.calls) <= set(LABELS)]


_PICTURE: Mapping[str, float] = {
    "read_text": 0.8, "ask_text": 0.7, "describe_picture": 0.8, "find_in_picture": 0.85, "identify_colour": 0.8, "scan_barcode": 0.8,
    "look_closer": 0.85, "compare_pictures": 0.8, "add_document": 0.85,
}  # fmt: skip


def situation(template: Template, rng: random.Random) -> tuple[bool, bool]:
    """(picture, text) at hand."""
    if template.calls == ("vague",):
        return rng.random() < 0.03, rng.random() < 0.06
    if template.flags or len(template.calls) > 1 or template.calls[0] not in _PICTURE:
        return build.situation_of(set(template.calls), template.flags, rng)
    picture = rng.random() < _PICTURE[template.calls[0]]
    return picture, rng.random() < (0.1 if picture else 0.5 if template.calls[0] != "ask_text" else 1.0)
