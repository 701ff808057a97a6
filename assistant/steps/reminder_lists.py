"""Arguments of asking which reminders there are, and of taking one away."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.time_words import find_times
from assistant.steps.slots import Filled, Material


def list_reminders(words: str, material: Material) -> Filled:
    days = [span.words for span in find_times(words) if re.search(r"day|morrow|night|week|\d", span.words, re.I)]
    days = days or re.findall(r"\bthis (?:week|weekend|month)\b", words, re.I)
    return {"when": re.sub(r"^(?:on|for|at) ", "", days[0])} if days else {}


def cancel_reminder(words: str, material: Material) -> Filled:
    rest = re.sub(
        r"^(?:please )?(?:cancel|delete|remove|stop|turn off|switch off|forget|don't|you don't need to|i (?:don't|no longer) need|never mind|get rid of|clear|"
        r"drop|scrap|call off|erase|i've already .*?(?=cancel|delete))\s*",
        "", words, flags=re.I,
    )  # fmt: skip
    rest = re.sub(
        r"^(?:cancel|delete|remove|about|to|remind(?:ing)? me|reminding|any ?more|of|that|the reminder (?:to|about|for|of)|my reminder (?:to|about|for))\s*(?:to |about |of )?",
        "",
        rest,
        flags=re.I,
    )
    return {"which": re.sub(r"\s*any ?more$", "", rest.strip(" .?!"), flags=re.I) or "reminder"}
