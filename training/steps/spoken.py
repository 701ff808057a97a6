"""Clauses for the step chooser from the phrasings of training/tools: each hand-written phrasing, filled a few times."""

import random
from collections import defaultdict

from assistant.steps.labels import LABELS
from assistant.steps.utterance import Clause, split
from training.tools.grammar import Template, read_templates, render
from training.tools.noise import misheard, text_of
from training.tools.overlap import key, suite_keys

FILLINGS = 3  # of a phrasing that has anything to fill
MOST = 400  # clauses of one label
MISHEARD = 0.12  # share that is written as a recogniser slips


def spoken_clauses(seed: int) -> list[tuple[str, str, str]]:
    """(label, clause, phrasing) of every phrasing with one call; the same seed gives the same clauses."""
    rng = random.Random(seed)
    by_label: dict[str, dict[str, str]] = defaultdict(dict)
    measured = set[str]().union(*suite_keys().values())  # what the suites ask is not fitted on
    for template in read_templates():
        if len(template.calls) == 1 and template.section in LABELS:
            for clause in _fillings(template, rng):
                if key(clause.words) not in measured:
                    by_label[template.section].setdefault(clause.plain, template.identity)
    rows = []
    for label, clauses in by_label.items():
        pairs = sorted(clauses.items())
        rows += [(label, *pair) for pair in rng.sample(pairs, min(MOST, len(pairs)))]
    return rows


def _fillings(template: Template, rng: random.Random) -> list[Clause]:
    """The clauses of a few fillings; a filling that is cut in two is no clause."""
    found = []
    for _ in range(FILLINGS if set("<{(") & set(template.line) else 1):
        pieces = render(template, rng)
        if rng.random() < MISHEARD:
            pieces = misheard(pieces, rng)
        clauses = split(text_of(pieces))
        if len(clauses) == 1:
            found.append(clauses[0])
    return found
