"""What the assistant can do, in a few words, by topic, with sentences to say; tools of plugins and MCP servers too."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assistant.permissions import Tier
from assistant.phrases.wording import say_list
from assistant.tools.base import REGISTRY, Tool, ToolContext, ToolResult, tool


@dataclass(frozen=True)
class Topic:
    """A group of tools as a person thinks of them.

    Attributes:
        said: what they do, after "I can".
        words: a pattern for words that name the topic.
        tools: their names.
        examples: sentences to say.
    """

    said: str
    words: str
    tools: tuple[str, ...]
    examples: tuple[str, ...]


TOPICS: Mapping[str, Topic] = {
    "reading": Topic("read letters, bills and labels", r"read\w*|print|letters?|bills?|text|mail",
                     ("read_text", "look_closer"),
                     ("read this", "what is the total", "look closer at the bottom")),
    "pictures": Topic("take and describe pictures, find things, name colours, scan barcodes, compare",
                      r"pictures?|photos?|camera|see|look\w*|descri\w+|colou?rs?|barcodes?|screen\w*|compar\w+|find\w*",
                      ("take_picture", "take_screenshot", "describe_picture", "find_in_picture", "identify_colour",
                       "scan_barcode", "compare_pictures"),
                      ("take a picture and describe it", "what colour is this", "compare these two cans")),
    "reminders": Topic("set reminders and timers", r"remind\w*|timers?|alarms?|appointments?",
                       ("set_reminder", "list_reminders", "cancel_reminder", "start_timer", "list_timers"),
                       ("remind me to call Tom tomorrow at 9", "set a timer for 10 minutes", "how long is left")),
    "notes": Topic("keep notes and lists", r"notes?|lists?|writ\w+|shopping",
                   ("add_note", "search_notes", "edit_note", "delete_note"),
                   ("add milk to my shopping list", "what's on my shopping list", "take milk off my shopping list")),
    "memory": Topic("remember what you tell me", r"memor\w+|remember\w*|facts?|forget\w*|know\w*|about me|who am i",
                    ("remember", "recall", "who_am_i", "forget"),
                    ("remember that my blood type is O negative", "what do you know about me",
                     "forget my sister's number")),
    "documents": Topic("keep and search your documents", r"documents?|files?|pdfs?|contracts?|manuals?|books?",
                       ("add_document", "search_documents", "read_document", "list_documents", "remove_document"),
                       ("keep this document", "what does my contract say about notice", "read page 3 of the manual")),
    "numbers": Topic("calculate and convert units", r"calculat\w*|sums?|numbers?|maths?|convert\w*|units?|tips?",
                     ("calculate", "convert_units"),
                     ("what is 15 percent of 48", "convert 3 cups to millilitres")),
    "time": Topic("tell the time and the date", r"times?|dates?|days?|clocks?", ("tell_time", "tell_date"),
                  ("what time is it in Tokyo", "how many days until Christmas")),
    "words": Topic("spell and define words", r"words?|spell\w*|defin\w+|dictionary|mean\w*", ("spell", "define_word"),
                   ("spell that", "what does frugal mean")),
    "voice": Topic("change how I speak", r"voice|speed|settings?|speak\w*|volume|faster|slower|louder",
                   ("change_setting",), ("speak a bit faster", "be brief", "turn the sounds off")),
    "talking": Topic("repeat, say more and undo", r"talk\w*|repeat\w*|undo\w*|more|again|mistakes?|stop\w*",
                     ("repeat", "say_more", "undo"), ("say that again", "more", "undo that")),
    "computer": Topic("open applications", r"computer|applications?|apps?|programs?|open\w*", ("open_application",),
                      ("open the text editor",)),
    "web": Topic("search the web, where you turned that on", r"web|internet|online|search engine|network",
                 ("web_search", "fetch_page"), ("search the web for bus times",)),
}  # fmt: skip


@tool(tier=Tier.LOOK, examples=("list your tools", "what tools do you have"))
def list_tools(context: ToolContext) -> ToolResult:
    """Name everything the assistant can do, with the tools of plugins and other programs."""
    there = _there(context)
    topics = [name for name, topic in TOPICS.items() if any(one in there for one in topic.tools)]
    text = f"I have {len(there)} tools, for {say_list(topics)}."
    known = {name for topic in TOPICS.values() for name in topic.tools}
    others = [made for name, made in there.items() if name not in known and made.origin]
    if others:
        text += f" Added from outside: {say_list([_spoken(made) for made in others[:6]])}."
    rest = ", ".join(_spoken(made) for made in there.values())
    more = f"By name: {rest}. Say help with a name to hear about it."
    return ToolResult(f"{text} Say help with one of them.", {"tools": sorted(there)}, more=more)


@tool(tier=Tier.LOOK, examples=("help", "help with notes", "how do I set a timer"))
def help(context: ToolContext, topic: str = "") -> ToolResult:
    """Say how to use the assistant, or one thing it does, with sentences to say.

    Args:
        topic: what about, such as "notes", "pictures" or a tool's name; empty for an overview.
    """
    there = _there(context)
    words = re.sub(
        r"\b(?:help|me|with|about|on|how|do|does|can|i|you|use|the|a|an|to|my|please|what|for)\b", " ", topic.lower()
    )
    words = " ".join(re.findall(r"[\w']+", words))
    if not words:
        return _overview(there)
    made = there.get(words.replace(" ", "_"))
    if made is not None:
        return _about(made)
    for name, found in TOPICS.items():
        if re.search(rf"\b(?:{found.words})\b", f"{words} {topic.lower()}") and any(
            one in there for one in found.tools
        ):
            return _on_topic(name, found, there)
    near = [made for made in there.values() if set(words.split()) & set(re.findall(r"\w+", _match_text(made)))]
    if near:
        return _about(near[0])
    topics = say_list([name for name, found in TOPICS.items() if any(one in there for one in found.tools)])
    return ToolResult(f"I have no help on {topic.strip()[:60]}. Ask about {topics}.", {"topic": topic}, found=False)


def _overview(there: Mapping[str, Tool]) -> ToolResult:
    topics = [(name, found) for name, found in TOPICS.items() if any(one in there for one in found.tools)]
    can = [found.said for _, found in topics]
    text = f'I can {"; ".join(can[:4])}; and more. Say for example: "{topics[0][1].examples[0]}", or help with notes.'
    rest = f"I can also {'; '.join(can[4:])}. " if can[4:] else ""
    more = f"{rest}Ask for help with {say_list([name for name, _ in topics], 'or')}."
    return ToolResult(text, {"topics": [name for name, _ in topics]}, more=more)


def _on_topic(name: str, topic: Topic, there: Mapping[str, Tool]) -> ToolResult:
    tools = [there[one] for one in topic.tools if one in there]
    text = f"I can {topic.said}. Say: {_quoted(topic.examples)}."
    rest = " ".join(f"{_spoken(made).capitalize()}: {made.description}" for made in tools)
    return ToolResult(text, {"topic": name, "tools": [made.name for made in tools]}, more=rest)


def _about(made: Tool) -> ToolResult:
    text = f"{_spoken(made).capitalize()}: {made.description}"
    if made.tier >= Tier.CHANGE:
        text += " I ask before I do it."
    if made.tier == Tier.KEEP and made.undo:
        text += " Undo takes it back."
    say = f" Say: {_quoted(made.examples)}." if made.examples else ""
    from_where = f" It comes from {made.origin}." if made.origin else ""
    arguments = [f"{name}: {about.get('description', '')}" for name, about in made.parameters["properties"].items()]
    more = f"It needs {'; '.join(arguments)}" if arguments else ""
    return ToolResult(f"{text}{say}{from_where}", {"tool": made.name}, more=more)


def _there(context: ToolContext) -> Mapping[str, Tool]:
    return context.tools or REGISTRY


def _spoken(made: Tool) -> str:
    return re.sub(r"_+", " ", made.name)


def _match_text(made: Tool) -> str:
    return f"{_spoken(made)} {made.description if made.origin else ''}".lower()


def _quoted(sentences: Iterable[str]) -> str:
    return say_list([f'"{one}"' for one in sentences], "or")
