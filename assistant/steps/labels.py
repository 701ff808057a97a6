"""What a clause may ask for: the tools by name, and what is no tool; how likely each is by what is at hand."""

from collections.abc import Mapping
from dataclasses import dataclass

# Labels that call no tool: a question about a text that was read, small talk, a fact about the world, where a line
# stands, how sure the answer was, and what is too unclear to act on.
NOT_TOOLS = ("ask_text", "chat", "world", "where_that", "sure", "vague")

CAMERAS = ("take_picture", "take_screenshot")  # bring the picture that the steps after them are about
PICTURE_LABELS = ("read_text", "ask_text", "describe_picture", "find_in_picture", "identify_colour", "scan_barcode")

LABELS = (
    *NOT_TOOLS,
    "read_text", "describe_picture", "find_in_picture", "identify_colour", "scan_barcode",
    "take_picture", "take_screenshot", "look_closer", "compare_pictures",
    "tell_time", "tell_date", "calculate", "convert_units", "define_word", "spell",
    "set_reminder", "list_reminders", "cancel_reminder", "start_timer", "list_timers",
    "remember", "recall", "forget", "who_am_i", "add_note", "search_notes", "edit_note", "delete_note",
    "add_document", "search_documents", "read_document", "list_documents", "remove_document",
    "repeat", "say_more", "undo", "help", "list_tools", "change_setting", "open_application",
    "web_search", "fetch_page",
)  # fmt: skip

# Log-odds added to what the words alone say. A picture shown with the request is most likely what it is about.
_WITH_PICTURE: Mapping[str, float] = {
    **dict.fromkeys(PICTURE_LABELS, 1.5),
    "ask_text": 2.2,
    "look_closer": 1.0, "compare_pictures": 0.5, "add_document": 0.7,
    "recall": -1.5, "world": -1.5, "search_notes": -0.7, "list_reminders": -0.7, "chat": -1.0, "vague": -1.0,
    "tell_time": -0.7, "tell_date": -0.7, "say_more": -1.0, "search_documents": -1.5, "read_document": -1.5,
    "take_picture": -1.5, "who_am_i": -0.7, "define_word": -0.5, "web_search": -1.0, "list_timers": -0.7,
}  # fmt: skip
_WITH_DOCUMENT: Mapping[str, float] = {
    "ask_text": 0.5,
    "describe_picture": -1.0,
    "find_in_picture": -0.5,
    "world": -0.5,
    "search_documents": -0.5,
}
_WITH_NOTHING: Mapping[str, float] = {
    "ask_text": -3.5,
    "find_in_picture": -0.7,
    "where_that": -1.5,
    "describe_picture": -0.3,
    "look_closer": -1.0,
    "compare_pictures": -0.5,
}
# A picture of an earlier turn is still at hand: a question may be about it, but nobody has just shown it.
_WITH_EARLIER_PICTURE: Mapping[str, float] = {
    "identify_colour": 0.5,
    "find_in_picture": 0.3,
    "describe_picture": 0.3,
    "look_closer": 0.7,
    "compare_pictures": 0.3,
    "where_that": 0.3,
}


@dataclass(frozen=True)
class Situation:
    """What is at hand besides the words.

    Attributes:
        has_picture: a picture was sent with the request.
        has_document: a text was read earlier in the conversation.
        has_earlier_picture: the last turns were about a picture.
    """

    has_picture: bool = False
    has_document: bool = False
    has_earlier_picture: bool = False


def prior(label: str, situation: Situation) -> float:
    """Log-odds of a label before any word is read."""
    if situation.has_picture:
        return _WITH_PICTURE.get(label, 0.0)
    earlier = _WITH_EARLIER_PICTURE.get(label, 0.0) if situation.has_earlier_picture else 0.0
    table = _WITH_DOCUMENT if situation.has_document else _WITH_NOTHING
    return (max(table.get(label, 0.0), 0.0) if earlier else table.get(label, 0.0)) + earlier
