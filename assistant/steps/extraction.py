"""Answers that stand in a text that was read: the verbatim passage, or nothing. Never a paraphrase, never a guess.

Passages are ranked by meaning (sentence encoder), shared words, and what the question calls for: an amount, a date, a dose ...
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from assistant.state.similar import content_words
from assistant.steps.meanings import chances_of
from assistant.steps.printed import value_for
from assistant.steps.printed_choice import SURE, chosen
from assistant.steps.printed_names import signed_by
from assistant.steps.printed_quotes import meant_value
from assistant.steps.printed_sentences import sentences_of

Encode = Callable[[list[str]], Any]  # texts -> (B, D) unit vectors

ENOUGH = 0.62  # score from which a passage is said to answer; chosen on the tuned requests
UNRELATED = 0.25  # cosine below which a passage and a question are about different things
MOST_PASSAGES = 400
LONGEST_ANSWER = 400  # characters

MONTH = r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
_DAY = (
    rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{MONTH})\b|\b(?:{MONTH})\.? \d{{1,4}}\b|\b\d{{1,4}}[./-]\d{{1,2}}(?:[./-]\d{{2,4}})?\b|\b\d{{1,2}}[./-]\d{{4}}\b|"
    r"\b(?:mon|tues?|wed(?:nes)?|thurs?|fri|satur|sun)(?:day)?\b|\b(?:today|tomorrow)\b|"
    rf"\b(?:{MONTH}) ?(?:to|-|–|until|till|and|or) ?(?:{MONTH})\b|\b(?:in|from|until|by|early|late|mid)[ -](?:{MONTH})\b"
)
_CLOCK = r"\b\d{1,2}[:.]\d{2}\b(?! ?(?:kg|g|mg|ml|l)\b)|\b\d{1,2} ?(?:am|pm|a\.m\.|p\.m\.|o'clock|noon|uhr)\b|\bnoon\b|\bmidday\b"
_AMOUNT = r"[£$€] ?\d[\d,]*(?:\.\d{1,2})?|\b\d{1,3}(?:,\d{3})*\.\d{2}\b|\b\d+ ?(?:pounds?|dollars?|euros?|eur|usd|gbp|pence|p)\b"
_DOSE = r"\b(?:take|apply|use|inhale|swallow|give|inject|put)\b.*\b(?:one|two|three|four|five|half|\d+|once|twice|daily|times?|needed)\b|\b(?:once|twice|\d+ times|three times|four times) (?:a|per|each) day\b|\b(?:tablets?|capsules?|drops?|puffs?|ml|spoon\w*)\b.*\b(?:day|daily|hours?|morning|night|bedtime|meals?)\b"


@dataclass(frozen=True)
class Need:
    """What a kind of question calls for. `asks` finds the kind, `value` must occur in the answer, `names` are words that mark it."""

    asks: str
    value: str = ""
    names: str = ""


_NEEDS: Mapping[str, Need] = {
    "best_before": Need(
        r"best before|best by|use by|sell by|expir|gone off|go off|still (?:good|fresh|ok|in date)|out of date|in date|past its|eat (?:this|it) by|how long (?:is|will) .* (?:good|keep|last)|until when",
        _DAY, r"best before|best by|bbe?\b|use by|sell by|consume by|exp\b|expir|eat by|display until"),
    "dose": Need(
        r"how (?:many|much|often) .*(?:tak|tablet|pill|capsule|drop|day|dose|spoon|puff|use|apply|need)|\bdos(?:e|age)\b|when (?:should|do|must) i take|how (?:should|do) i take|take (?:this|it|them)\b.*\?*$|how (?:many|often|much)(?: should i)? take|with food|times a day",
        _DOSE, r"take|dose|daily|times a day|with food|meals?|every \d+ hours"),
    "phone": Need(r"phone|number (?:do|should|can) i (?:call|ring)|call them|ring them|telephone|contact number|number to call",
                  r"(?:\+?\d[\d ()/-]{5,}\d)", r"tel|phone|call|ring|contact|mobile"),
    "email": Need(r"e-?mail", r"\S+@\S+", ""),
    "web": Need(r"web ?site|web address|\burl\b", r"www\.|https?://|\.(?:com|org|net|co\.uk|de)\b", ""),
    "reference": Need(r"\b(?:reference|account|invoice|order|booking|customer|policy|hospital|patient|nhs|serial|tracking|case|confirmation|pin|room|ward|gate|platform|seat|table|flight|desk)\b ?(?:number|no|code)?",
                      r"\d", r"ref|account|invoice|order|booking|customer|policy|no\b|number|room|ward|gate|platform|seat|flight|code"),
    "price": Need(r"how much (?:was|is|were|are|did|does|for) (?!it\b|this\b|that\b|the (?:total|bill|tip|whole)\b)|what (?:does|did|do) .* cost|price|cost of|cheap|expensive", _AMOUNT, ""),
    "total": Need(r"total|\bowe\b|\bpay\b|\bbill\b|amount|altogether|how much (?:is|was) (?:it|this|that)|what do(?:es)? (?:it|this) (?:cost|come to)|come to|balance|how much money|sum", _AMOUNT,
                  r"grand total|total|amount due|balance|to pay|amount|sum|please pay|bill"),
    "due": Need(r"\bdue\b|deadline|by when|when .*(?:pay|paid|reply|respond|return|send)|last day|until when|no later", _DAY,
                r"due|deadline|by|before|no later|until|latest|within|pay"),
    "ingredients": Need(r"ingredient|contain|allerg|is there any|are there any|nuts?\b|gluten|milk in|dairy|sugar|vegan|vegetarian|what's in it",
                        "", r"ingredients?|contains?|may contain|allerg|traces|suitable for|free from"),
    "cooking": Need(r"cook|oven|microwave|heat|bake|boil|prepare|how (?:long|hot)|temperature", r"\d", r"cook|oven|microwave|heat|bake|boil|minutes?|mins?|°|degrees"),
    "storing": Need(r"\bstore\b|\bkeep (?:it|this)\b|fridge|freez|storage", "", r"store|keep|refrigerat|fridge|freez|cool|dry place"),
    "from": Need(r"who(?:'s| is| was| are)? .*from|who(?:'s)? (?:has |have )?(?:sent|wrote|written|signed)|sender|from whom|whose letter|^(?!.*\b(?:doctor|nurse|teacher|consultant|dentist|manager)).*\b(?:whose (?:name|signature)|what name|the name|who)\b.*\b(?:signed|signs|signature|at the bottom)\b", "", ""),
    "to": Need(r"(?:who .*|is (?:it|this) )(?:addressed )?(?:to|for)\b(?: me)?|addressed to|recipient|patient", "", r"dear|mr|mrs|ms|miss|to:|patient|name"),
    "bring": Need(r"\bbring\b|\btake with me\b|come with|need to have", "", r"bring|bring with|take with"),
    "clock": Need(r"what time|at what time|opening hours|when do(?:es)? (?:it|they|the \w+) (?:open|close|start|begin|leave|arrive)|hours", _CLOCK, r"open|hours|start|begin|from|at|depart|arriv|doors"),
    "when": Need(r"\bwhen\b|what (?:day|date)|which (?:day|date)|\bdate\b|how soon", _DAY, r"appointment|on|date|visit|meeting"),
    "where": Need(r"\bwhere\b|address|place|venue|location|which (?:room|building|floor)", "", r"street|road|avenue|lane|floor|room|hall|ward|clinic|surgery|house|building|at the|venue|place|address"),
    "weight": Need(r"weigh|how (?:heavy|big|large|much is in)|how many .*(?:in|left)|size|strength|how strong|net", r"\d", r"net|weight|mg|kg|\bg\b|ml|tablets|pack|contents|e\b"),
    "product": Need(r"(?:what|which) (?:\w+ )?(?:medicine|medication|product|drug|tablets?|pills?|food|brand|flavou?r|drink)\b|name of (?:this|the) (?:medicine|product|tablets?|drug|shop|restaurant|cafe|company|hotel)|(?:medicine|tablets?|product|this|it) called|what brand|for what|what (?:is|are) (?:this|these|they) for", "", r"\w+ \d+ ?m(?:g|cg|l)\b|\w+ (?:tablets?|capsules?|syrup|cream|drops)\b"),
    "who": Need(r"\bwho\b|name of|what(?:'s| is) the \w+'s name|called", r"[A-Z][a-z]+", r"dr|mr|mrs|ms|miss|prof|doctor|manager|nurse|name"),
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A passage that answers: verbatim `text`, how well it fits (`score`, from about 0 to 2), the kind of question, and
    whether it is sure enough to be said without a doubt."""

    text: str
    score: float
    kind: str
    sure: bool = True


@dataclass(frozen=True)
class Document:
    """A text that was read: its lines in reading order (empty ones part paragraphs)."""

    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @staticmethod
    def of(data: Mapping[str, Any], text: str = "") -> "Document":
        """From what read_text returned: `data["lines"]` (strings, or mappings with "text"), else `data["text"]`, else `text`."""
        rows = data.get("lines")
        if isinstance(rows, Sequence) and not isinstance(rows, str) and rows:
            lines: list[str] = []
            last = None
            for row in rows:
                place = (row.get("page"), row.get("column"), row.get("paragraph")) if isinstance(row, Mapping) else None
                if lines and place != last:
                    lines.append("")
                lines.append(str(row.get("text", "")) if isinstance(row, Mapping) else str(row))
                last = place
            return Document(tuple(lines))
        return Document(tuple(str(data.get("text") or text).splitlines()))

    @cached_property
    def passages(self) -> tuple[str, ...]:
        """Sentences of running text, put together from its printed lines; single lines elsewhere. Verbatim but for line ends."""
        return sentences_of(self.lines)[:MOST_PASSAGES]


def kinds_of(question: str) -> list[str]:
    """What kinds of answer a question calls for, the most telling first."""
    words = question.lower()
    kinds = [kind for kind, need in _NEEDS.items() if re.search(need.asks, words)]
    if re.search(r"\bwhen\b|\b(?:what|which) (?:day|date)\b", words):  # "when must I pay it" wants no amount
        kinds = [kind for kind in kinds if kind not in ("total", "price")] or kinds
    return kinds


def find_answer(document: Document, question: str, encode: Encode) -> Found | None:
    """The passage that answers, or None when none does well enough."""
    passages = document.passages
    if not passages:
        return None
    kinds = kinds_of(question)
    printed = meant_value(passages, question) or value_for(passages, question)
    cosines = _cosines(question, passages, encode)
    words = set(content_words(question)) - {"say", "says", "text", "letter", "label", "many", "much", "long", "time"}
    scores = [_score(passage, at, passages, words, kinds, float(cosines[at])) for at, passage in enumerate(passages)]
    read = chances_of(encode, question, passages)
    choice = chosen(read, scores, cosines) if read else None
    if "from" in kinds and (sender := _sender(document)):
        addressed = choice is None or re.match(r"dear\b", passages[choice.at], re.I)  # "Dear Mrs Odell" says to whom
        if addressed or sender.score == 1.0:
            return sender
    kind = kinds[0] if kinds else ""
    if printed is not None and "from" not in kinds and not (choice and choice.outdoes(printed.passage, passages)):
        return Found(printed.passage[:LONGEST_ANSWER], 1.0, kind or printed.kind)
    best = max(range(len(passages)), key=lambda at: (scores[at], -at))
    if choice is not None and (choice.chance >= SURE or scores[best] < ENOUGH):
        text = _with_neighbour(passages, choice.at, kinds)
        return Found(text, choice.chance, kind, choice.chance >= SURE) if choice.is_enough else None
    return Found(_with_neighbour(passages, best, kinds), scores[best], kind) if scores[best] >= ENOUGH else None


def nearest(document: Document, question: str, encode: Encode) -> str:
    """The passage that is most like the question, though it may not answer; "" where none is like it at all."""
    passages = document.passages
    if not passages:
        return ""
    cosines = _cosines(question, passages, encode)
    best = int(np.argmax(cosines))
    return passages[best][:LONGEST_ANSWER] if float(cosines[best]) >= UNRELATED else ""


def _cosines(question: str, passages: Sequence[str], encode: Encode) -> Any:
    vectors = np.asarray(encode([question, *passages]), dtype=np.float32)
    return vectors[1:] @ vectors[0]


def _score(
    passage: str, at: int, passages: Sequence[str], words: set[str], kinds: Sequence[str], cosine: float
) -> float:
    shared = words & set(content_words(passage))
    score = 0.8 * max(cosine, 0.0) + (0.6 * len(shared) / len(words) if words else 0.0)
    if words and not shared and cosine < UNRELATED and kinds and kinds[0] in ("who", "when", "where", "clock"):
        score -= 0.3  # any letter has a name and a date: without a word or a sense in common they answer nothing
    for rank, kind in enumerate(kinds[:2]):
        need = _NEEDS[kind]
        weight = 1.0 if rank == 0 else 0.4
        named = bool(need.names and re.search(rf"\b(?:{need.names})", passage, re.I))
        following = passages[at + 1] if at + 1 < len(passages) else ""
        valued = bool(need.value and re.search(need.value, passage, _flags(kind)))
        beside = bool(
            named and need.value and not valued and re.search(need.value, following, _flags(kind)) and len(passage) < 40
        )
        if need.value and not (valued or beside):
            score -= 0.5 * weight
        score += weight * (0.3 * (valued or beside) + 0.35 * named)
        if kind == "total":
            score += _total_bonus(passage)
        if kind == "product" and at < 2:
            score += 0.4 - 0.1 * at  # the name stands at the top
    return score


def _flags(kind: str) -> int:
    return 0 if kind == "who" else re.IGNORECASE


def _total_bonus(passage: str) -> float:
    if re.search(r"\bsub ?-?total\b|\bvat\b|\btax\b|\bchange\b|\bcash\b", passage, re.I):
        return -0.5
    return 0.3 if re.search(r"\b(?:grand total|total|amount due|balance due|to pay)\b", passage, re.I) else 0.0


def _with_neighbour(passages: Sequence[str], best: int, kinds: Sequence[str]) -> str:
    """A heading alone ("TOTAL", "Best before:") takes the line below it along."""
    text = passages[best]
    value = _NEEDS[kinds[0]].value if kinds else ""
    if best + 1 < len(passages) and (
        (value and not re.search(value, text, _flags(kinds[0])) and len(text) < 40) or text.endswith(":")
    ):
        text = f"{text} {passages[best + 1]}"
    return text if len(text) <= LONGEST_ANSWER else text[:LONGEST_ANSWER].rsplit(" ", 1)[0] + " ..."


def _sender(document: Document) -> Found | None:
    """Who signed, else the lines after "Yours sincerely", else "From: ...", else the top line (a letterhead)."""
    lines = [line.strip() for line in document.lines if line.strip()]
    if name := signed_by([line for line in lines if not line.lower().startswith("dear")]):
        return Found(name, 1.0, "from")
    for at, line in enumerate(lines):
        if re.match(
            r"(?:yours|(?:kind|best|warm) (?:regards|wishes)|regards|sincerely|love|with (?:love|best))\b", line, re.I
        ):
            if beside := re.search(r"(?:, ?| from )([A-Z].*)$", line):  # "Love, Anna"
                return Found(beside[1], 1.0, "from")
            if signed := lines[at + 1 : at + 3]:
                return Found(", ".join(signed), 1.0, "from")
    for line in lines:
        if re.match(r"(?:from|sender)\b", line, re.I):
            return Found(line, 1.0, "from")
    return Found(lines[0], 0.7, "from") if lines else None


_NAMED = (  # (what the words ask for, what it looks like in print)
    (r"doctor|dr\b|surgeon|consultant|gp\b", r"\b(?:Dr|Doctor|Prof(?:essor)?)\.? (?:[A-Z][\w'-]+ ?){1,3}"),
    (r"medicine|tablet|drug|pill|medication|capsule|antibiotic|painkiller|inhaler|cream|ointment|drops", r"\b[A-Z][A-Za-z]{4,}(?= (?:\d+ ?m|tablets|capsules|syrup|\w+ \d+ ?m))"),
    (r"e-?mail", r"\S+@\S+"),
    (r"reference|code|account|number|booking", r"\b(?=\w*\d)[A-Z0-9][A-Z0-9-]{3,}\b"),
    (r"street|address|road", r"(?:\d+\w? )?(?:[A-Z][\w'-]+ )+(?:Street|Road|Lane|Avenue|Close|Drive|Square|Way|Hill|Place|Terrace|Court)\b"),
    (r"surname|last name|patient|addressed|recipient|my name", r"(?<=Dear )(?:M[rs]{1,2}s?|Miss|Dr)?\.? ?[A-Z][\w'-]+"),
)  # fmt: skip


def find_name(document: Document, words: str, encode: Encode) -> str | None:
    """The name or code in the text that `words` ask for ("the doctor's name"), verbatim; None when there is none."""
    for asks, looks in _NAMED:
        if re.search(asks, words, re.I):
            match = re.search(looks, document.text)
            if match:
                return match[0].strip()
    if re.search(r"sender|signed|from|who wrote", words, re.I):
        sender = _sender(document)
        return sender.text.split(",")[0] if sender else None
    if re.search(r"(?:first|top) (?:line|word)", words):
        first = next((line for line in document.lines if line.strip()), "")
        return first.split()[0] if "word" in words and first else first or None
    found = find_answer(document, words, encode)
    if found is None:
        named = re.search(r"\b(?:[A-Z][\w'-]+ )*[A-Z][\w'-]+", document.text) if "name" in words else None
        return named[0] if named else None
    names = re.findall(r"(?:[A-Z][\w'-]+ )*[A-Z][\w'-]+", found.text)
    return max(names, key=len) if names else found.text
