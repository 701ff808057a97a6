"""When the picture is looked at though its print was asked for, or read though something else was."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from dataclasses import replace

from assistant.library import titles
from assistant.state.similar import content_words
from assistant.steps.cues import OF_PRINT, needs_reading
from assistant.steps.planning import Intent
from assistant.steps.printed_words import names_printed
from assistant.steps.slots_earlier import needs_no_print
from assistant.steps.turn import READERS, Turn

_WHAT_IT_IS = re.compile(
    r"\b(?:what|wha|which|wot) (?:(?:kind|kine|sort|type|variety|colou?r)s? (?:of|o'?)\b|(?:is|are|'s|was) (?:this|that|it|these|those|they|in (?:this|my|the)|on (?:my|the))\b|(?:this|that|it|these|they) (?:is|are|was)\b|(?:fruit|vegetable|veg|animal|flower|plant|thing|food)s?\b)|\b(?:what|wha)'?s (?:this|that|it|in|on)\b"
    r"|\b(?:whether|if) (?:it|this|that|these|they|those)(?:'s| is|'re| are) \w+(?: \w+){0,3} or\b|\b(?:is|are) (?:it|this|that|these|those|they) (?:an? |the |some )?\w+(?: \w+)? or\b|\b(?:tell|know|wonder|see) which (?:it|this|one)\b",
    re.I,
)
_KEPT = re.compile(r"\b(?:kept|stored|saved|documents?|files?|library|gave you|given you)\b", re.I)
ALSO_LOOKED = "So I looked at the picture itself."


def asks_what_it_is(words: str) -> bool:
    """Whether a request asks what a thing is, and nothing of what is printed on it."""
    return _WHAT_IT_IS.search(words) is not None and not OF_PRINT.search(words)


_FIND_IT = re.compile(
    r"(?:^|[.;,]\s+)(?:(?:please|can you|could you|and|so) )*(?:find|look for|spot|locate|seek(?: out)?) (?:it|that|this|the word|that word)\b(?: (?:for me|please|out))*[ .!?]*$",
    re.I,
)
_UNHEARD = re.compile(  # "sorry, the hoover was on": what was said was not heard
    r"(?:(?:sorry|pardon|oh|oops|what|eh|ach|hang on|wait)(?: (?:love|pet|about that))? )*(?:(?:there was )?(?:the|an?|that|my|our|this|next door's) )?"
    r"(?:(?:hoover|vacuum|kettle|tell?y|tv|radio|tap|washer|washing machine|dryer|hairdryer|drill|mower|fan|blender|mixer|music|shower|extractor|machine)(?: (?:was|were|had|came|went|got))? (?:on|going|running|boiling|roaring|blaring|so loud|too loud|just going|just on|up too loud|making a racket)"
    r"|(?:dogs?|bab(?:y|ies)|kids?|bell|phone|doorbell|alarm|lorry|bus|train|plane|motorbike|siren|kettle|door|neighbours?|wean|bairn) (?:was|were|went|kept|started|just) ?(?:barking|crying|screaming|shouting|ringing|going|passing|past|by|off|banging|whistling|slamm\w+|went past|went by|going past|going by|went off|flying past)?(?: (?:past|by|off|over))?"
    r"|(?:i )?(?:had|was running|was boiling|was filling) (?:the )?(?:tap|kettle|hoover|tell?y|radio|shower|bath|music)(?: (?:on|going|running))?"
    r"|(?:i )?(?:couldn't|could not|didn't|never|can't) (?:hear|catch|get)(?: (?:you|it|that|a word|any of (?:it|that)))?(?: (?:over|for|with) the .*)?)(?: (?:there|then|just then|and all))?",
    re.I,
)
_REMINDS = re.compile(r"\b(?:remind\w*|alarms?|timers?|nudge|prompts?|you(?:'ve| have)? got|told you|set up)\b", re.I)
_OF_DOCUMENTS = {"read_document": "read_text", "search_documents": "ask_text"}


def of_shown_page(intent: Intent, turn: Turn) -> Intent:
    """The step, what is asked of a document that nobody keeps as asked of the page that is shown: "read the rota"."""
    if intent.label == "find_in_picture" and _FIND_IT.search(intent.clause.words) and names_printed(turn.words):
        return replace(intent, label="read_text")  # "there's a long word in it, find it and tell me what it means"
    if (
        intent.label in ("chat", "vague", "world")
        and _UNHEARD.fullmatch(intent.clause.plain)
        and turn.material.last_text
    ):
        return replace(intent, label="repeat")
    if intent.label == "list_reminders" and turn.shows_picture and not turn.used and not _REMINDS.search(turn.words):
        return replace(intent, label="ask_text")  # "my rota. what's friday got me down as"
    if intent.label not in (*_OF_DOCUMENTS, "remove_document"):
        return intent
    documents = turn.context.store.library.all()
    if intent.label == "remove_document" and not documents:
        return _of_note(intent, turn)
    if not turn.shows_picture or turn.used or intent.label == "remove_document":
        return intent
    if documents and (titles.mentioned(intent.clause.words, documents) or _KEPT.search(intent.clause.words)):
        return intent
    return replace(intent, label=_OF_DOCUMENTS[intent.label])


def _of_note(intent: Intent, turn: Turn) -> Intent:
    """The step for a note, where no documents are kept and a note is about what the words name: "the minutes, bin them"."""
    asked = set(content_words(intent.clause.words))
    found = turn.context.store.find(intent.clause.words, ("note",), 1, turn.context.now())
    named = found and asked & set(content_words(found[0].text))
    return replace(intent, label="delete_note", arguments={}, marks=()) if named else intent


def looks_instead(turn: Turn, label: str) -> bool:
    """Whether the picture is described after all: its print was sought, there is none, and the one wish was to know what it is."""
    last = turn.context.results[-1] if turn.context.results else None
    unread = label in (*READERS, "ask_text") and turn.shows_picture and turn.has_read and turn.material.document is None
    empty = last is not None and last[0] in READERS and not last[1].found
    return unread and empty and "describe_picture" not in turn.used and asks_what_it_is(turn.words)


def should_read(turn: Turn, label: str, words: str) -> bool:
    """Whether the picture at hand has to be read before this step."""
    if label == "read_text" or turn.has_read or not turn.context.pictures:
        return False
    if not turn.shows_picture and (turn.material.document is not None or label != "ask_text"):
        return False  # an earlier picture is read only where the question is about its text and nothing was read
    if needs_no_print(turn.used, label, words, turn.material.earlier):
        return False
    return needs_reading(label, words) or (label in ("spell", "define_word") and names_printed(turn.words))
