"""Reasons that are given beside a wish and are no part of it: "spell it, it's for a form", "so i can email her"."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

LONGEST = 600  # characters in which a reason is looked for
_REASON = re.compile(
    r"\s*[,;.!?\u2013-]+\s*(?:(?:and|so|because|cos|'?cause|since|as|for|just|only|you see|see) )*"
    r"(?:(?:it|that|this|he|she|they|we|i|you|there|who)(?:'s|'re|'m|'ve|'ll|'d)?|im|ive|ill|my|our|(?:the|a|some|his|her|their) [a-z']+(?: [a-z']+)? (?:is|are|was|were|has|have|wants?|needs?|asked|asks|said|says|keeps?|'s)|for (?:a|an|the|my|our|his|her)) (?=\S).*$"
    r"|\s+(?:so (?:that )?(?:i|we|he|she|they)\b|so as to\b|because\b|'?cos\b|'cause\b|since i\b|in case\b|before i\b|as i(?:'m|'ve| am| have| need| must)\b).*$"
    r"|\s*,?\s+for (?:my|a|an|the|our|his|her) (?:[a-z']+ )?(?:homework|form|forms|e-?mail|letter|card|cards|crossword|labels?|essay|exam|test|report|list|diary|cake|invitation|envelope|application|cv|website|sign|quiz|teacher|school)\b.*$",
    re.I,
)


def without_reason(words: str) -> str:
    """The words without the reason that is given after them; "" where they are nothing else."""
    return _REASON.sub("", words[:LONGEST]).strip(" ,;") if len(words) <= LONGEST else words


_WHY_KEPT = re.compile(  # "write it down, the repair man's ringing back"
    r"(?<=[a-z])\s*[,;.]+\s+(?:the|my|our|his|her|a|an|some) (?:[\w'-]+ ){0,3}?[\w-]+(?:(?:'s|s|'ll|'re| is| are| will| was| has| have|'ve) (?:be |been )?(?:[a-z]+ing\b|after (?:it|that)|asked\b|back\b|here\b|want\b|need\b|due\b|expecting)| (?:wants?|needs?|asked|asks|keeps?|wanted|needed|said|says|has to|have to)\b)[^\d]*$",
    re.I,
)


def without_why(words: str) -> str:
    """A wish to keep what was just said without the errand that it is kept for; a number in it may be the thing itself."""
    return (
        _WHY_KEPT.sub("", words)
        if re.search(
            r"\b(?:it|that|them|those) down\b|\bnote (?:of )?(?:it|that)\b|\b(?:keep|save|remember|note|jot) (?:it|that|them)\b",
            words,
            re.I,
        )
        else words
    )


_WHOSE = re.compile(r"^(?P<whose>her|his|their) (?=\S)", re.I)
_WHO_LEFT = re.compile(  # who is told of in the reason: "Gladys has passed away", "our Kev's moved to Perth"
    r"(?:^|[,.;!?]\s*|\b(?:and|but|since|as|because|now|that|poor|old|our|my|the|auntie|uncle|father|sister|mr|mrs|miss|ms|dr|nurse) )(?P<who>(?!(?:i|we|it|he|she|they|you|that|this|there|god|who|what)\b)[^\W\d_][\w-]+(?: (?-i:[A-Z])[\w-]+)?)(?:'s| has| is| was| had|'d| died| passed| moved| left| went| changed| got| retired| doesn't| does not| no longer| isn't| won't)\b",
    re.I,
)


def owned(text: str, request: str) -> str:
    """What is named by "her" or "his" with the name of who was told of before it: "her number" is "Gladys's number"."""
    pronoun = _WHOSE.match(text)
    if pronoun is None:
        return text
    at = request.lower().find(text.lower())
    told = list(_WHO_LEFT.finditer(request[: at if at >= 0 else len(request)]))
    return f"{told[0]['who']}'s {text[pronoun.end() :]}" if told else text
