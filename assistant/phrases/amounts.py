"""Money in print: the total of a bill, however OCR read it."""

import re
from dataclasses import dataclass
from decimal import Decimal

LONGEST = 100_000  # characters of a document that are searched
CODES = (  # as bills name money
    r"(?:USD|EUR|GBP|CHF|NGN|GHS|KES|KSh|UGX|TZS|ZAR|INR|PKR|BDT|LKR|AED|SAR|TTD|JMD|BBD|CAD|AUD|NZD|SGD|Rs\.?)"
)
_AMOUNT = re.compile(
    rf"(?<![\d.,/-])(?<!\d:)(?P<sign>[£$€¥₦₹]|\b{CODES}\s?)?\s?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d{2})?|\d{1,3}(?:\.\d{3})+,\d{2}|\d+[.,] ?\d{2}|\d+)"
    rf"(?P<after>\s?(?:[£$€]|\b{CODES}(?!\w)))?"
    r"(?![\d:/%]|[.,]\d|\s?(?:mg|ml|kg|g|am|pm|%)\b)",
    re.I,
)
_KINDS = (  # the label before an amount says what it is
    (
        "subtotal",
        r"sub\s?-?\s?total|net amount|goods total|"
        r"(?:before|without|excluding|excl\.?|ex\.?|exclusive of|plus) (?:any )?(?:tax|vat|gst)",
    ),
    ("tax", r"\btax\b|\bvat\b|\bgst\b|\bhst\b"),
    ("tip", r"\btip\b|gratuity|service"),
    ("paid", r"\bcash\b|tendered|\bchange\b|visa|mastercard|\bcard\b|\bpaid\b|discount|saving"),
    ("due", r"amount due|balance due|total due|to pay|please pay|amount payable|balance|you owe|due\b"),
    ("total", r"grand total|t[o0]ta[l1I]|summe|montant|importe|amount"),
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|ember|ober)?"
_DATED = re.compile(rf"\b{_MONTH}\.?,?(?: \d{{1,2}}(?:st|nd|rd|th)?,?)?$", re.I)  # before the number
_DATES = re.compile(rf"(?:st|nd|rd|th)?\s?(?:of )?{_MONTH}\b", re.I)  # after it
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£"}


@dataclass(frozen=True)
class FoundAmount:
    """A sum of money in a text. `kind` is total, due, subtotal, tax, tip, paid or item; `sign` is "" where none is
    printed."""

    value: Decimal
    sign: str
    kind: str
    label: str


def find_amounts(text: str) -> list[FoundAmount]:
    """Every sum of money in a text, in its order: numbers with cents, a currency sign, or a label that asks for one."""
    lines = text[:LONGEST].splitlines()
    found = []
    for index, line in enumerate(lines):
        for match in _AMOUNT.finditer(line):
            label = line[: match.start()].strip(" .:-£$€")
            if not label and index and not _AMOUNT.search(lines[index - 1]):
                label = lines[index - 1].strip(" .:-")  # the label of a column stands on the line above
            if _DATED.search(line[: match.start()].rstrip()) or _DATES.match(line[match.end() :]):
                continue  # the day or the year of a date
            kind = _kind(label)
            sign = (match["sign"] or match["after"] or "").strip()
            if (
                not sign
                and not re.search(r"[.,] ?\d{2}$", match["number"])
                and kind not in ("total", "due", "subtotal")
            ):
                continue  # a bare whole number is a count, a table, a telephone
            found.append(FoundAmount(_value(match["number"]), _SIGNS.get(sign.lower(), sign), kind, label[-60:]))
    return found


def total(text: str) -> FoundAmount | None:
    """What a bill comes to: amount due, else total, else subtotal, else the only amount or the sum of the others,
    else None."""
    found = find_amounts(text)
    signs = [one.sign for one in found if one.sign]
    for kind in ("total", "due", "subtotal", "item"):
        of_kind = [one for one in found if one.kind == kind]
        if kind == "total" and (due := [one for one in found if one.kind == "due" and one.value > 0]):
            of_kind = due  # "amount due" is after all that was added and taken off
        if kind == "item" and not _adds_up([one.value for one in of_kind]):
            return None  # several amounts and none of them called a total: better to ask
        if of_kind:
            best = max(of_kind, key=lambda one: one.value)
            return FoundAmount(best.value, best.sign or (signs[0] if signs else ""), best.kind, best.label)
    return None


def _adds_up(values: list[Decimal]) -> bool:
    return len(values) == 1 or (len(values) > 2 and max(values) * 2 == sum(values))


def _kind(label: str) -> str:
    nearest = [(match.end(), kind) for kind, words in _KINDS for match in re.finditer(words, label, re.I)]
    if not nearest:
        return "item"
    if re.search(_KINDS[0][1], label, re.I):
        return "subtotal"  # "total" is a part of it
    if re.search(r"total (?:tax|vat|savings?|discount)", label, re.I):
        return "tax"
    end = max(end for end, _ in nearest)
    return next(kind for kind in ("due", "tax", "tip", "paid", "total") if (end, kind) in nearest)


def _value(number: str) -> Decimal:
    number = number.replace(" ", "")
    if re.search(r",\d{2}$", number):
        number = number.replace(".", "").replace(",", ".")
    return Decimal(number.replace(",", ""))
