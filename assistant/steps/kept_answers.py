"""Questions that a kept fact or note answers though the words alone sound like talk or like a question about the world:
"which side was it Mr Boyle hears on", "I can't mind which ear is no good to Father Donal".

Only a question is answered so, only with an entry that shares its telling words and its meaning, and nothing that asks
for advice or for something outside this machine.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assistant.state.records import Entry
from assistant.state.similar import STOP_WORDS, Encode, content_words
from assistant.steps.planning import Intent
from assistant.steps.turn import Turn

ENOUGH = 0.75  # meaning and shared words together, from which an entry answers; by 393 requests that want none of 284 entries
REMEMBERED = 0.62  # the same where the words say that the user knew it once
A_WORD = 0.15  # what a shared word counts beside the cosine, up to three of them
NEAREST = 5
_IDLE = ("chat", "world", "vague")
_OF_PRINT = ("ask_text", "find_in_picture", "describe_picture", "read_text", "where_that")
_ASKS = re.compile(
    r"\b(?:what|wot|which|who|whose|whom|where(?:abouts)?|when)(?:'s|s|'re|'d|'ll)?\b|\bhow (?:much|many|long|far|big|tall|old|often|do|did|does|is|was)\b|\b(?:did|have|had|was|were|do) (?:i|we)\b|\bname of\b",
    re.I,
)
_KNEW = re.compile(  # the user had it once: "what was it again", "I can't mind", "it has gone"
    r"\b(?:again|last time|(?:not|no|n't|never)(?: got)? (?:a |the )?(?:clue|idea|notion|foggiest)|(?:can't|cannot|can not|couldn't|cant|don't) (?:for the life of me )?(?:quite )?(?:mind|remember|recall|think|place|bring)|"
    r"forg(?:et|ot|otten)|(?:has|have|'s|it's|all) gone|gone clean|slipped|mind(?:'s)? (?:a |gone )?blank|gone blank|remind me (?:what|which|who|where|when|how)|(?:told|tell|gave|said|mentioned) (?:it )?(?:to )?you|"
    r"did i (?:say|tell|put|keep|write|note|mention)|was it|on the tip of my tongue)\b",
    re.I,
)
_ELSEWHERE = re.compile(  # for somebody or something else to do, or advice
    r"^(?:(?:can|could|would|will) you |please |just )*(?:order|play|ring|phone|call|text|email|google|search|look (?:up|online|on)|book|buy|send|message|find out)\b|\b(?:online|on the (?:web|internet|net)|google)\b|"
    r"\bshould (?:i|we)\b|\bwhy\b|\bcan (?:i|he|she|you) (?:take|eat|drink|have|use)\b|\bis it (?:ok|okay|safe|all right)\b|\bbetter\b|\b(?:this|these|that) (?:picture|photo|one|tin|letter|bill|label|packet)|^(?:i'll|i will|we'll|i'm going to)\b",
    re.I,
)
_MISSED = re.compile(  # what was said last was lost: "a lorry went by just as you were telling me"
    r"\b(?:as|when|while|whilst|since|before) you (?:were|was|'d been|started|began|said|told|spoke|answered|gave|got)(?: (?:telling|saying|talking|speaking|reading|answering|giving|on|to|half))?\b|"
    r"\b(?:missed|lost|didn't (?:quite )?(?:catch|get|hear)|never (?:caught|heard|got)|drowned out|couldn't hear|could not hear|can't have heard) (?:what you|that|the (?:end|last|first|half|answer|number)|it|you|most of|half of|a word)\b|\b(?:drowned|talked|spoke|shouted) (?:you out|over you)\b",
    re.I,
)
_DAYS = re.compile(  # what is asked of a day, or of reminders, is no note's to say
    r"\b(?:\w+day|tomorrow|tonight|week\w*|month\w*|year|morning|afternoon|evening|night|later|soon|next|due|remind\w*|plans?|diary|schedule|planned|booked)\b",
    re.I,
)
_PLAIN = STOP_WORDS | {
    "know", "knew", "told", "keep", "kept", "asked", "asking", "ask", "asks", "need", "wants", "want", "get", "got", "go", "going", "come",
    "coming", "one", "thing", "things", "like", "last", "time", "way", "day", "now", "today", "again", "old", "new", "much", "many", "number",
    "name", "called", "call", "put", "think", "does", "doing", "did", "can't", "don't", "ve", "d", "ll", "re", "t", "forget", "forgot", "gone",
    "mind", "just", "yes", "no", "not", "good", "bad", "well", "make", "made", "up", "down", "out", "off", "over", "here", "am", "man", "woman",
    "people", "first", "back",
}  # fmt: skip


def from_kept(intent: Intent, turn: Turn) -> Intent:
    """The step as a question to what is kept, where an entry clearly answers it; else the step as it is."""
    if not _may_be(intent, turn):
        return intent
    words = intent.clause.words
    if intent.label in _IDLE and _MISSED.search(words) and turn.context.store.turns(1):
        return replace(intent, label="repeat", arguments={}, marks=())
    found = turn.context.store.find(words, ("fact", "note"), NEAREST, turn.context.now())
    asked = _telling(_DAYS.sub(" ", words))
    whole = intent.label == "list_reminders" and found and asked and asked <= _telling(found[0].text)
    if not found or not (whole or answers(words, found[:1], turn.material.encode)):
        return intent
    return replace(intent, label="recall", arguments={}, marks=())


def _may_be(intent: Intent, turn: Turn) -> bool:
    """Whether nothing else serves the step: talk, a question to the world, or one about print that is not there."""
    if intent.label in _IDLE:
        return not turn.shows_picture or intent.label != "vague"
    if intent.label == "list_reminders":
        asked = _telling(intent.clause.words)
        return not any(asked & _telling(one.text) for one in turn.context.store.reminders())
    return intent.label in _OF_PRINT and not turn.context.pictures and turn.material.document is None


def answers(words: str, entries: Sequence[Entry], encode: Encode) -> bool:
    """Whether one of the entries clearly answers a question in these words."""
    if not _ASKS.search(words) or _ELSEWHERE.search(words):
        return False
    needed = REMEMBERED if _KNEW.search(words) else ENOUGH
    vectors = np.asarray(encode([words, *(one.text for one in entries)]), dtype=np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    asked = _telling(words)
    if any(_headed(one.text) and _headed(one.text) <= asked for one in entries):
        return True
    shared = [len(asked & _telling(one.text)) for one in entries]
    alike = (vectors[1:] @ vectors[0]).tolist()
    return any(
        count > 0 and cosine + A_WORD * min(count, 3) >= needed for count, cosine in zip(shared, alike, strict=True)
    )


def _headed(text: str) -> set[str]:
    """The telling words of a note's heading ("lifeboat do: tombola, buns"); a list's are none, for people ask of those so."""
    head, colon, _ = text.partition(":")
    return _telling(head) if colon and len(head.split()) <= 4 and not re.search(r"\blist$", head, re.I) else set()


def _telling(text: str) -> set[str]:
    """The words that tell what a text is about, without their endings."""
    words = (word for word in content_words(text) if word not in _PLAIN)
    return {re.sub(r"(ings?|ed|es|s|e|y|ies)$", "", word) if len(word) > 3 else word for word in words}
