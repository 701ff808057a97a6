"""Sums on what the user told once: "what's my rent times twelve", "my hourly rate, you have it. What do I get for 38 hours".

The fact is recalled before the sum, and so is said; only one that bears the name that the words have, and holds one amount.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.phrases.told_amounts import amounts_in, plainly
from assistant.state.similar import content_words
from assistant.steps.clause import Clause
from assistant.steps.planning import Intent
from assistant.steps.slots_amounts import TOLD_FOR, unit_of
from assistant.steps.slots_earlier import Said, amount_of
from assistant.steps.turn import Turn

_NAMED = re.compile(  # what people have told the amount of
    r"\b(?:my|our|his|her|their) (?P<name>(?:(?!is\b|are\b|of\b|on\b|for\b)[a-z'-]+ ){0,2}?(?:rate|rent|wages?|pay|salary|pension|fees?|fare|charges?|price|allowance|premium|mortgage|budget|subscription|subs|dues|benefit|instal?lment|payment|take[- ]home|deposit))\b(?! (?:is|are|was|'s|of|at|comes to|went|goes|has|bill|day|rise)\b)(?! ?[£$€\d])(?!'s)",
    re.I,
)
_SIGNS = re.compile(r"[-+*/%]|\b(?:times|plus|minus|divided|percent|per cent|half|third|quarter|double|twice|split|less|more|add|take|multiplied)\b", re.I)  # fmt: skip
_ONE = re.compile(r"\b(?P<each>hour|dai|week|fortnight|month|year|night)ly\b|\b(?:an?|per|each|every) (?P<per>hour|day|week|fortnight|month|year|night|session|lesson|visit|shift)\b", re.I)  # fmt: skip


_COIN = {"£": "pounds", "$": "dollars", "€": "euros", "₦": "naira", "₹": "rupees"}


def with_facts(intents: Sequence[Intent], turn: Turn) -> tuple[Intent, ...]:
    """The steps, a fact whose amount a sum lacks recalled before it."""
    at = next((at for at, one in enumerate(intents) if one.label == "calculate"), None)
    named = _NAMED.search(turn.words)
    if at is None or named is None or turn.shows_picture or any(one.label != "calculate" for one in intents[:at]):
        return tuple(intents)
    words = plainly(turn.words)
    if len([one for one in amounts_in(words) if one.value != "1"]) > 1:
        return tuple(intents)  # the amounts are told
    fact = _fact(named["name"], turn)
    value = amount_of((Said("recall", fact, "fact"),))[0] if fact else ""
    if not value:
        return tuple(intents)
    step = intents[at]
    own = _NAMED.search(step.clause.words)
    said = step.clause.words
    if own is not None:
        said = f"{said[: own.start()]}{_as_amount(value, fact, said)}{said[own.end() :]}"
    recall = replace(step, label="recall", clause=Clause(f"what is {named[0]}"), arguments={}, marks=())
    summed = replace(step, clause=replace(step.clause, words=said), arguments={}, marks=())
    return (*intents[:at], recall, summed, *intents[at + 1 :])


def _fact(name: str, turn: Turn) -> str:
    """The one kept fact with all telling words of the name; "" for none or several."""
    asked = set(content_words(name))
    found = turn.context.store.find(name, ("fact",), 5, turn.context.now())
    named = [one.text for one in found if asked and asked <= set(content_words(one.text)) | _periods(one.text)]
    return named[0] if len(named) == 1 else ""


def _periods(text: str) -> set[str]:
    """ "110 a week" is what people call weekly."""
    return {f"{unit_of(match)}ly".replace("dayly", "daily") for match in TOLD_FOR.finditer(text)}


def _as_amount(value: str, fact: str, words: str) -> str:
    each = _ONE.search(fact)
    if each is None or _SIGNS.search(words):
        return value
    unit = (each["each"] or each["per"]).lower().replace("dai", "day")
    coin = re.search(r"[£$€₦₹]|\b(?:pounds?|quid|dollars?|euros?|rupees?|shillings?|naira|rand|cedis?|francs?|kwacha)\b", fact, re.I)  # fmt: skip
    money = f"{_COIN.get(coin[0], coin[0])} " if coin else ""
    return f"{value} {money}{'an' if unit == 'hour' else 'a'} {unit}"
