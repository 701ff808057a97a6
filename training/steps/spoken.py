"""Clauses for the step chooser from the phrasings of training/tools: each hand-written phrasing, filled a few times."""

import random
from collections import defaultdict

from assistant.steps.clause import Clause, plain
from assistant.steps.labels import LABELS
from assistant.steps.utterance import split
from training.tools.grammar import Template, read_templates, render
from training.tools.noise import misheard, text_of, with_manners
from training.tools.overlap import key, suite_keys

FILLINGS = 4  # of a phrasing that has anything to fill
MOST = 500  # clauses of one label
MISHEARD = 0.12  # share that is written as a recogniser slips
MANNERS = 0.1  # share that may have words around it: a reason, an aside, thanks


def spoken_clauses(seed: int) -> list[tuple[str, str, str]]:
    """(label, clause, phrasing) of every phrasing that is cut as it is meant; the same seed gives the same clauses."""
    rng = random.Random(seed)
    by_label: dict[str, dict[str, str]] = defaultdict(dict)
    measured = set[str]().union(*suite_keys().values())  # what the suites ask is not fitted on
    for template in read_templates():
        for label, clause in _fillings(template, rng):
            if label in LABELS and key(clause.words) not in measured:
                by_label[label].setdefault(clause.plain, template.identity)
    rows = []
    for label, clauses in by_label.items():
        pairs = sorted(clauses.items())
        rows += [(label, *pair) for pair in rng.sample(pairs, min(MOST, len(pairs)))]
    return rows


def _fillings(template: Template, rng: random.Random) -> list[tuple[str, Clause]]:
    """Calls' names and clauses of a few fillings, where each clause holds its call's arguments."""
    found: list[tuple[str, Clause]] = []
    for _ in range(FILLINGS if set("<{(") & set(template.line) else 1):
        pieces = render(template, rng)
        if rng.random() < MANNERS:
            pieces = with_manners(pieces, rng)
        if rng.random() < MISHEARD:
            pieces = misheard(pieces, rng)
        clauses = split(text_of(pieces))
        if len(clauses) == len(template.calls) and all(
            piece.owner is None or plain(piece.words) in clauses[piece.owner[0]].plain for piece in pieces
        ):
            found += zip(template.calls, clauses, strict=True)
    return found
