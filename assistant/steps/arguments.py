"""The arguments of a step: spans of the user's own words, or of a text they pointed at ("note down the total").

A slot that nothing fills is a `Missing`: the one question to ask back.
"""

from collections.abc import Callable, Mapping

from assistant.steps import (
    slots_documents,
    slots_kept,
    slots_more,
    slots_notes,
    slots_reminders,
    slots_searches,
    slots_settings,
    slots_sums,
    slots_talk,
)
from assistant.steps.corrected import corrected
from assistant.steps.slots import Filled, Material, Missing
from assistant.steps.utterance import core

__all__ = ["Filled", "Material", "Missing", "fill"]

LONGEST = 600  # characters of a clause in which arguments are looked for
_CORE = (  # named by a few words: what is told around the wish is no part of them
    "delete_note", "forget", "remove_document", "read_document", "open_application",
    "look_closer", "find_in_picture", "web_search",
)  # fmt: skip
_TIMED = ("set_reminder", "start_timer", "tell_date", "list_reminders")
_WHOLE = ("add_note", "remember", "edit_note")  # what is kept is kept whole


def fill(tool: str, words: str, material: Material) -> Filled:
    """The arguments with which `tool` is called for a clause, or the question that has to be asked first."""
    words = words.strip() if tool in _WHOLE else words.strip()[:LONGEST]
    if tool in _CORE:
        words = core(words)
    if tool in _TIMED:
        words = corrected(words)
    return _FILLERS[tool](words, material) if tool in _FILLERS else {}


_FILLERS: Mapping[str, Callable[[str, Material], Filled]] = {
    "set_reminder": slots_reminders.set_reminder,
    "start_timer": slots_reminders.start_timer,
    "list_reminders": slots_reminders.list_reminders,
    "cancel_reminder": slots_reminders.cancel_reminder,
    "add_note": slots_notes.add_note,
    "search_notes": slots_searches.search_notes,
    "remember": slots_notes.remember,
    "recall": lambda words, material: {"question": words},
    "calculate": slots_sums.calculate,
    "convert_units": slots_sums.convert_units,
    "find_in_picture": slots_talk.find_in_picture,
    "identify_colour": slots_talk.identify_colour,
    "tell_time": slots_talk.tell_time,
    "spell": slots_talk.spell,
    "tell_date": slots_more.tell_date,
    "delete_note": slots_kept.delete_note,
    "edit_note": slots_kept.edit_note,
    "forget": slots_kept.forget,
    "define_word": slots_more.define_word,
    "change_setting": slots_settings.change_setting,
    "open_application": slots_more.open_application,
    "help": slots_more.help_topic,
    "look_closer": slots_more.look_closer,
    "compare_pictures": slots_more.compare_pictures,
    "search_documents": slots_documents.search_documents,
    "read_document": slots_documents.read_document,
    "add_document": slots_documents.add_document,
    "remove_document": slots_documents.remove_document,
    "web_search": slots_documents.web_search,
    "fetch_page": slots_documents.fetch_page,
}
