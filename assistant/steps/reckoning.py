"""Questions about print whose answer has to be worked out: "what do the soup and the tart come to" is a sum."""

from dataclasses import replace

from assistant.steps.planning import Intent
from assistant.steps.printed_sums import asked_sum
from assistant.steps.slots import Material


def as_sum(intent: Intent, request: str, material: Material) -> Intent:
    """The step, with the label of a sum where print and words leave no doubt that it is one."""
    passages = material.document.passages if material.document and intent.label == "ask_text" else ()
    return replace(intent, label="calculate") if asked_sum(intent.clause.words, request, passages) else intent
