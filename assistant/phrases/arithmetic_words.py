"""The words of sums, rewritten as signs: "subtract 3 from ten" -> "10 - 3", "half of 90" -> "0.5 of 90"."""

import re

from assistant.phrases.number_words import to_digits

_N = r"(-?\d+(?:\.\d+)?)"
_MONEY = r"dollars?|pounds?|quid|euros?|bucks"
_LEFT = r"\b(?:change|left|remains?|over)\b.*?"
_CLEAN = (  # on lower-case words, before numbers are read
    (r"\b(?:per ?cent|pct)\b", "%"),
    (r"(?<=\d),(?=\d{3}\b)", ""),
    (r"\bhalf a dozen\b", "6"),
    (r"\b(that|this|which|the other|the last|each) one\b(?! (?:hundred|thousand|pound|point|and))", r"\1"),
    (r"^(hundred|thousand|lakh|crore)\b", r"a \1"),
    (r"\b(the|my|your|his|her|their|that|another|first) (hundred|thousand|million|lakh|crore)\b", r"\1 a \2"),
    (r"\b(?:a|one) (?:dozen and a half|and a half dozen)\b", "18"),
    (r"\btwo (?:dozen and a half|and a half dozen)\b", "30"),
    (r"\b(?:equally|evenly)\b ?", ""),
    (r"[£$€]\s?(?=\d)", ""),
    (r"[×✕·∙⋅]", "*"),
    (r"[÷∶]", "/"),
    (r"[−–—]", "-"),
    (r"²", "^2"),
    (r"³", "^3"),
    (r"√", " sqrt "),
    (r"['’]s\b", " is"),
)
_MONEY_WORDS = (  # once numbers are digits: 12 dollars 40, 12 pounds and 5 pence, 50 cents
    (
        rf"\b(\d+) (?:{_MONEY})(?: and)? (\d\d?)(?: (?:cents?|pence|p)\b|(?![\d.]|\s*(?:%|{_MONEY}|people|ways)))",
        "_cents",
    ),
    (r"\b(\d+) (?:cents?|pence|p)\b", "_only_cents"),
    (rf"\b(\d+(?:\.\d+)?) ?(?:{_MONEY}|[£$€])(?:\b|(?<=[£$€]))", r"\1"),
)
_TABLE = {  # "seven eights": the times tables as they are learned
    "twos": 2, "threes": 3, "fours": 4, "fives": 5, "sixes": 6, "sevens": 7, "eights": 8, "nines": 9, "tens": 10,
    "elevens": 11, "twelves": 12,
}  # fmt: skip
_WORDS = (  # in this order
    (rf"\bincreas\w* {_N} by {_N} ?%|{_N} (?:increased|raised|up) by {_N} ?%", "_raised"),
    (rf"{_N} (?:decreased|reduced|cut|down|lowered) by {_N} ?%", r"\1 - \2%"),
    (rf"\b(?:add|put) {_N} ?%(?: \w+)? (?:to|on|onto) {_N}", r"\2 + \1%"),
    (rf"{_N} ?% (?:more than|added to|on top of) {_N}", r"\2 + \1%"),
    (rf"{_N} ?% less than {_N}", r"\2 - \1%"),
    (rf"{_LEFT}\b(?:from|of|have|had) {_N} .*?\b(?:for|spend|spent|pay|paid|cost\w*) {_N}", r"\1 - \2"),
    (rf"{_LEFT}\b(?:spend|spent|pay|paid|take|took|use|used|give|gave) {_N} (?:out of|of|from) {_N}", r"\2 - \1"),
    (rf"\b(?:decreas|reduc)\w* {_N} by {_N} ?%", r"\1 - \2%"),
    (rf"{_N} ?%(?: discount| reduction)(?: on| of| from) {_N}", r"\1% off \2"),
    (rf"{_N} with (?:an? )?{_N} ?% (?:off|discount)", r"\2% off \1"),
    (rf"{_N} less than {_N}", r"\2 - \1"),
    (rf"{_N} more than {_N}", r"\2 + \1"),
    (
        rf"\b(?:divide|split|share|spread|break) {_N} (?:up )?(?:in|into|over) {_N}(?: equal| even| monthly| weekly)* "
        r"(?:payments|instal?ments|parts|shares|portions|pieces|months|weeks|goes|lots|ways|people)\b",
        r"\1 / \2",
    ),
    (rf"\b{_N} into {_N}", r"\2 / \1"),
    (r"\bsubtract (.+?) from (.+)", r"(\2) - (\1)"),
    (r"\btake (?:away )?(.+?) (?:away )?from (.+)", r"(\2) - (\1)"),
    (r"\bdifference between (.+?) and (.+)", r"(\1) - (\2)"),
    (r"\b(?:remainder of|remainder when) (.+?) (?:is )?(?:divided by|over) (.+)", r"(\1) mod (\2)"),
    (r"\bmultiply (.+?) (?:by|with|and) (.+)", r"(\1) * (\2)"),
    (r"\bdivide (.+?) (?:by|into) (.+)", r"(\1) / (\2)"),
    (r"\b(?:average|mean) of (.+)", "_average"),
    (r"\bproduct of (.+)", "_product"),
    (r"\b(?:sum|total) of (.+)|\badd(?: up| together)? (.+)", "_sum"),
    (r"\b(?:an? )?half (?:of )?(?=[\d(])", "0.5 of "),
    (r"\b(?:an? |1 )?third of\b", "(1 / 3) of"),
    (r"\b2 thirds of\b", "(2 / 3) of"),
    (r"\b(?:an? |1 )?quarter of\b", "0.25 of"),
    (r"\b3 quarters of\b", "0.75 of"),
    (r"\b(?:an? |1 )?fifth of\b", "0.2 of"),
    (r"\b(?:an? |1 )?tenth of\b", "0.1 of"),
    (r"\b(\d+) ?/ ?(\d+) of\b", r"(\1 / \2) of"),
    (r"\b(\d+) (halves|thirds|quarters|fifths|sixths|sevenths|eighths|ninths|tenths|twelfths) of\b", "_parts"),
    (r"\b(?:an? |1 )?(sixth|seventh|eighth|ninth|twelfth) of\b", "_part"),
    (r"\bhalve\b", "0.5 of "),
    (r"\b(?:double|twice)\b(?: of)?", "2 of "),
    (r"\b(?:triple|treble)\b(?: of)?", "3 of "),
    (rf"(?:\bhow many times (?:does|do|will|can) )?{_N} (?:go|goes|fit|fits) into {_N}", r"\2 / \1"),
    (rf"\b(?:the )?square of {_N}", r"\1 ^ 2"),
    (rf"\b(?:the )?cube of {_N}", r"\1 ^ 3"),
    (r"\bcube root of\b", "cbrt"),
    (r"\bsquare root of\b|\bsquare root\b|\broot of\b", "sqrt"),
    (r"\bfactorial of (\d+)", r"\1!"),
    (r"\bfactorial\b", "!"),
    (r"\bsquared\b", "^ 2"),
    (r"\bcubed\b", "^ 3"),
    (r"\b(?:raised )?to the (?:power of|power)\b|\bto the (?=\d+(?:st|nd|rd|th)\b)|\*\*", "^"),
    (r"(?<=\d)(?:st|nd|rd|th)\b", ""),
    (r"\b(?:plus|added to|and also)\b", "+"),
    (r"\b(?:minus|less|take away|subtracted by)\b", "-"),
    (r"\b(?:times|multiplied by|multiplied with|lots of)\b|(?<=\d)\s*x\s*(?=[\d(])", "*"),
    (r"\b(?:divided by|shared by|over)\b|:", "/"),
    (
        rf"{_N} [a-z]+s of {_N} (?:mg|milligrams|ml|millilitres|g|grams|kg|kilos|litres|metres|miles|minutes|hours)\b",
        r"\1 * \2",
    ),
    (rf"{_N} (?:packs?|boxes|bags?|packets?|sets?|rows?|bunches|groups?) of {_N}", r"\1 * \2"),
    (rf"{_N} ({'|'.join(_TABLE)})\b(?! of\b)", "_table"),
    (r"\bmodulo\b", "mod"),
    (rf"{_N}(?: \w+)? at {_N}(?: each| apiece)?", r"\1 * \2"),
    (rf"{_N} by {_N}", r"\1 * \2"),
    (r"\b(?:negative) (?=\d)", "-"),
)
_KEPT = re.compile(r"sqrt|cbrt|\boff\b|\bof\b|\bmod\b|\d+(?:\.\d+)?|\.\d+|[-+*/^()%!]")


def clean(text: str) -> str:
    """Lower case, digits for numbers, one sign for percent and for each operator, money as plain numbers."""
    text = " ".join(text.lower().split())
    for pattern, sign in _CLEAN:
        text = re.sub(pattern, sign, text)
    text = re.sub(r"(?<!\d)\.(?!\d)|(?<=\d)\.(?!\d)|[?\"“”;]", " ", text)
    text = to_digits(text, ordinals=False)
    text = re.sub(rf"(\d+(?:\.\d+)?) ({'|'.join(_ZEROS)})s?\b", _scaled, text)
    text = re.sub(r"\bpoint (\d)", r"0.\1", text)
    text = re.sub(r"(\d)(?=%)\s*%", r"\1 %", text)
    for pattern, value in _MONEY_WORDS:
        text = re.sub(pattern, _REWRITES.get(value, value), text)
    return " ".join(text.split())


def to_infix(words: str) -> str:
    """A cleaned sum as numbers, signs and the operators of, off, mod, sqrt and cbrt; other words are left out."""
    for pattern, sign in _WORDS:
        words = re.sub(pattern, _REWRITES.get(sign, sign), words)
    return " ".join(_KEPT.findall(words)).replace("of -", "of (0 -1) *").strip().removeprefix("of ").strip()


_ZEROS = {"hundred": 2, "thousand": 3, "lakh": 5, "lac": 5, "million": 6, "crore": 7, "billion": 9}


def _scaled(found: re.Match[str]) -> str:
    zeros = _ZEROS[found[2]]
    whole, _, decimals = found[1].partition(".")
    if len(decimals) > zeros:
        return found[0]
    return (whole + decimals.ljust(zeros, "0")).lstrip("0") or "0"


def _numbers(found: re.Match[str]) -> list[str]:
    return re.findall(_N, next(group for group in found.groups() if group))


def _listed(found: re.Match[str], joint: str) -> str:
    text = next(group for group in found.groups() if group)
    joined = re.sub(r"\s*(?:,\s*and|,|\band\b|\bto\b|\bwith\b)\s*(?=-?[\d(])", f" {joint} ", text)
    return f"({joined})"


def _average(found: re.Match[str]) -> str:
    return f"{_listed(found, '+')} / {max(1, len(_numbers(found)))}"


_PARTS = ("half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth")


def _part(found: re.Match[str]) -> str:
    """ "5 eighths of" -> "(5 / 8) of", "a sixth of" -> "(1 / 6) of"."""
    count, name = found.groups() if found.re.groups == 2 else ("1", found[1])
    name = name.removesuffix("s") if name != "halves" else "half"
    return f"({count} / {_PARTS.index(name) + 2}) of"


_REWRITES = {
    "_parts": _part,
    "_part": _part,
    "_raised": lambda found: f"{found[1] or found[3]} + {found[2] or found[4]}%",
    "_table": lambda found: f"{found[1]} * {_TABLE[found[2]]}",
    "_average": _average,
    "_product": lambda found: _listed(found, "*"),
    "_sum": lambda found: _listed(found, "+"),
    "_cents": lambda found: f"{found[1]}.{found[2].zfill(2)}",
    "_only_cents": lambda found: f"{int(found[1]) / 100:.2f}",
}
