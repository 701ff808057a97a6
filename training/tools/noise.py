"""What happens to a request on its way to text: manners, hesitations, restarts, a recogniser's slips, careful typing.

Everything works on pieces, so an argument changes together with the request and stays a verbatim span of it.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from training.tools.grammar import Piece, Template, merge, render, slots

HESITATIONS = ("um", "uh", "er", "erm", "like", "you know", "hmm", "let me think", "well")
_ORDERS = re.compile(
    r"(?:read|tell|remind|set|make|create|add|put|schedule|start|give|take|write|jot|note|save|keep|record|log|search|look|find|check|"
    r"show|list|spell|repeat|say|undo|cancel|delete|remove|clear|get|describe|scan|zoom|compare|convert|calculate|work|split|divide|"
    r"define|open|launch|run|speak|turn|switch|remember|forget|change|edit|update|count|time|wake|nudge|ping|go|store|file|explain|"
    r"identify|name|compute|multiply|subtract|double|help|let me|don't let)\b"
)
_ASKS = re.compile(
    r"(?:what|when|where|who|which|how|is|are|do|does|did|can|could|would|will|am|have|was|has|whose|whats)\b"
)


@cache
def slips() -> Mapping[str, tuple[str, ...]]:
    """What a recogniser writes for a word now and then."""
    pairs = (line.split(" = ") for line in slots()["slips"])
    return {word: tuple(said.split(" / ")) for word, said in pairs}


_DROPPED = {"the", "a", "to", "my", "me", "is", "of", "for", "it", "that", "in", "on"}


def with_manners(pieces: list[Piece], rng: random.Random, share: float = 0.4) -> list[Piece]:
    """Words around the request: a wake word, politeness, a reason, thanks."""
    first = pieces[0].words
    lead: list[str] = []
    if rng.random() < share * 0.35:
        lead.append(_say("opening", rng))
    if rng.random() < share * 0.25:
        lead.append(_say("chatter", rng))
    if rng.random() < share:
        if _ORDERS.match(first):
            lead.append(_say("asking", rng))
        elif re.match(r"(?:what|when|where|who|which|how)\b", first) and rng.random() < 0.3:
            lead.append(_say("wondering", rng))
    tail = [_say("closing", rng)] if rng.random() < share * 0.5 else []
    if rng.random() < share * 0.12:
        tail.append(_say("reason", rng))
    return merge(_spaced([*map(Piece, lead), *pieces, *map(Piece, tail)]))


def _say(name: str, rng: random.Random) -> str:
    """A filling of a list without arguments in it."""
    pieces = render(Template("manners", rng.choice(slots()[name]), ("chat",)), rng)
    return " ".join(piece.words for piece in pieces)


def _spaced(pieces: Sequence[Piece]) -> list[Piece]:
    return [Piece(f" {piece.words} ", piece.owner) for piece in pieces]


def hesitant(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """One or two: an "um", a word said twice, a false start. Never inside an argument."""
    for _ in range(rng.choice((1, 1, 2))):
        free = [at for at, piece in enumerate(pieces) if piece.owner is None]
        kind = rng.random()
        if kind < 0.35 or not free:
            pieces = [Piece(rng.choice(HESITATIONS)), *pieces]
            continue
        at = rng.choice(free)
        words = pieces[at].words.split()
        place = rng.randrange(len(words))
        if kind < 0.65:
            words.insert(place, rng.choice(HESITATIONS[:5]))
        elif kind < 0.85:
            words.insert(place, words[place])
        else:
            words[:place] = [
                *words[:place],
                rng.choice(("uh", "i mean", "sorry", "er")),
                *words[max(0, place - 3) : place],
            ]
        pieces = [*pieces[:at], Piece(" ".join(words)), *pieces[at + 1 :]]
    return merge(_spaced(pieces))


def misheard(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """One to three slips of a recogniser: a word that sounds alike, a small word lost, two words run together."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        slip: Callable[[list[Piece], random.Random], list[Piece]] = rng.choice(
            (_homophone, _homophone, _dropped, _joined)
        )
        pieces = slip(pieces, rng)
    return pieces


def _homophone(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    places = [
        (at, word)
        for at, piece in enumerate(pieces)
        for word in sorted(set(piece.words.split()))
        if word in slips() and (piece.owner is None or rng.random() < 0.3)
    ]
    if not places:
        return pieces
    at, word = rng.choice(sorted(places))
    said = rng.choice(slips()[word])
    words = re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", said, pieces[at].words, count=1)
    return [*pieces[:at], Piece(words, pieces[at].owner), *pieces[at + 1 :]]


def _dropped(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    free = [at for at, piece in enumerate(pieces) if piece.owner is None and _DROPPED & set(piece.words.split())]
    if not free or sum(len(piece.words.split()) for piece in pieces) < 4:
        return pieces
    at = rng.choice(free)
    words = pieces[at].words.split()
    words.remove(rng.choice([word for word in words if word in _DROPPED]))
    return merge(_spaced([*pieces[:at], Piece(" ".join(words)), *pieces[at + 1 :]]))


def _joined(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    free = [at for at, piece in enumerate(pieces) if piece.owner is None and len(piece.words.split()) > 2]
    if not free:
        return pieces
    at = rng.choice(free)
    words = pieces[at].words.split()
    place = rng.randrange(len(words) - 1)
    if len(words[place]) + len(words[place + 1]) > 9:
        return pieces
    words[place : place + 2] = [words[place] + words[place + 1]]
    return [*pieces[:at], Piece(" ".join(words)), *pieces[at + 1 :]]


@cache
def _names() -> frozenset[str]:
    lists = ("first", "weekday", "month", "place", "capitals")
    return frozenset(" ".join(" ".join(slots()[name]) for name in lists).split()) - {"may", "march", "new", "city"}


def typed(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """As one types with care: capitals, names, a full stop or a question mark."""
    names = _names()
    made = []
    for piece in pieces:
        words = [word.capitalize() if word.split("'")[0] in names else word for word in piece.words.split(" ")]
        made.append(Piece(" ".join(words), piece.owner))
    made[0].words = made[0].words[:1].upper() + made[0].words[1:]
    whole = " ".join(piece.words for piece in pieces)
    asks = _ASKS.match(whole) or re.search(r"\b(?:can|could|would) you\b", whole)
    return [*made, Piece("?" if asks else rng.choice((".", ".", "", "!")))]


def text_of(pieces: Sequence[Piece]) -> str:
    """The request's words."""
    return re.sub(r"\s+([,.?!;])", r"\1", " ".join(piece.words for piece in pieces if piece.words)).strip()
