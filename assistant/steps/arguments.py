"""The arguments of a step: spans of the user's own words, or of a text they pointed at ("note down the total").

A slot that nothing fills is a `Missing`: the one question to ask back.
"""

from collections.abc import Callable, Mapping

from assistant.steps import slots_notes, slots_reminders, slots_sums, slots_talk
from assistant.steps.slots import Filled, Material, Missing

__all__ = ["Filled", "Material", "Missing", "fill"]

LONGEST = 600  # characters of a clause in which arguments are looked for
_WHOLE = ("add_note", "remember")  # what is kept is kept whole


def fill(tool: str, words: str, material: Material) -> Filled:
    """The arguments with which `tool` is called for a clause, or the question that has to be asked first."""
    words = words.strip() if tool in _WHOLE else words.strip()[:LONGEST]
    return _FILLERS[tool](words, material) if tool in _FILLERS else {}


_FILLERS: Mapping[str, Callable[[str, Material], Filled]] = {
    "set_reminder": slots_reminders.set_reminder,
    "start_timer": slots_reminders.start_timer,
    "list_reminders": slots_reminders.list_reminders,
    "cancel_reminder": slots_reminders.cancel_reminder,
    "add_note": slots_notes.add_note,
    "search_notes": slots_notes.search_notes,
    "remember": slots_notes.remember,
    "recall": lambda words, material: {"question": words},
    "calculate": slots_sums.calculate,
    "convert_units": slots_sums.convert_units,
    "find_in_picture": slots_talk.find_in_picture,
    "identify_colour": slots_talk.identify_colour,
    "tell_time": slots_talk.tell_time,
    "spell": slots_talk.spell,
}
