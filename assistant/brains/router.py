"""Which expert serves a request best, and why, in words that can be shown.

    router = Router(settings)                 # one a conversation: it remembers that it said that words leave
    route = router.route("world", Situation())
    if route.talker is not None: ...          # yield Routed(route.expert, route.why), speak route.notice, then talk

Print is read by a print reader, sums are worked out by a calculator: a language model, however large, invents in both.
Only talk and facts about the world go to a large model, and only where the user set one up. What it says is a guess and
is marked as one (`GUESS`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.brains.base import Talker
    from assistant.settings import Settings
    from assistant.steps.planning import Situation

LARGE = 1_000_000_000  # parameters from which a model's talk is worth hearing; below, what it states is mostly invented
WEIGHTS_PER_S = 2.1e10  # read on two cores: Qwen2.5-Coder-1.5B writes 14.3 tokens a second (benchmarks/cpu_language.py)
SLOWEST = 4.0  # tokens a second; about 3 words, the pace at which an answer is spoken
GUESS = "This is a model's own guess, not something I looked up."

_PRINT = "print is read word for word by the print reader; a language model would invent"
_SIGHT = "what a picture shows is measured by the eyes, which say how sure they are"
_SUMS = "numbers are worked out exactly by the calculator; a language model guesses"
_KEPT = "it is looked up in what you keep here, word for word"
_CLOCK = "the clock and the calendar know"
_EXPERTS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("read_text", "ask_text", "read_document"), ("print reader", _PRINT)),
    **dict.fromkeys(("describe_picture", "find_in_picture", "identify_colour", "look_closer"), ("sight", _SIGHT)),
    **dict.fromkeys(("compare_pictures", "where_that", "take_picture", "take_screenshot"), ("sight", _SIGHT)),
    "scan_barcode": ("barcode reader", "a code's digits carry their own check"),
    **dict.fromkeys(("calculate", "convert_units"), ("calculator", _SUMS)),
    **dict.fromkeys(("tell_time", "tell_date", "list_timers", "list_reminders"), ("clock", _CLOCK)),
    **dict.fromkeys(("recall", "search_notes", "who_am_i"), ("memory", _KEPT)),
    **dict.fromkeys(("search_documents", "list_documents"), ("documents", "quotes come from your documents, verbatim")),
    "define_word": ("dictionary", "the dictionary is on this machine"),
}
_TALK = ("chat", "world")


@dataclass(frozen=True)
class Route:
    """Who serves a request, why, and what has to be said first.

    Attributes:
        expert: "print reader", "sight", "calculator" ..., "tools", "set phrases", or a model's name and place.
        why: a clause for those who ask.
        notice: a sentence to be spoken before anything is sent, where words leave this machine; else "".
        talker: whether `Router.talker()` is to answer; what it says is marked with GUESS.
        host: where words go when they leave this machine (for the audit log), else "".
    """

    expert: str
    why: str
    notice: str = ""
    talker: bool = False
    host: str = ""


@dataclass(frozen=True)
class Present:
    """What there is to route to.

    Attributes:
        endpoint: the host of the model server that is set, "" for none; `inside` where it is this machine.
        model: the local language model's name; `parameters` of it.
        obstacle: why that model is not to talk (memory, pace), "" where nothing is in the way.
    """

    endpoint: str = ""
    inside: bool = False
    allow_outside: bool = False
    model: str = ""
    parameters: int = 0
    obstacle: str = ""


def route(label: str, situation: "Situation | None", present: Present) -> Route:
    """The expert for one step.

    Args:
        label: a tool's name, or `ask_text`, `chat`, `world`, `where_that`, `sure`, `vague`.
        situation: what is at hand: a question about a picture or a text that is there is never talk.
    """
    if label in _TALK and situation is not None and (situation.has_picture or situation.has_document):
        return Route("set phrases", "what is at hand is read and looked at, not talked about from memory")
    if label in _TALK:
        return _talk(label, present)
    if label in ("sure", "vague"):
        return Route("set phrases", "the answer is in what was said before")
    expert, why = _EXPERTS.get(label, ("tools", "the program does this itself, and says what it did"))
    return Route(expert, why)


def _talk(label: str, present: Present) -> Route:
    about = "facts about the world" if label == "world" else "conversation"
    refused = ""
    if present.endpoint and (present.inside or present.allow_outside):
        place = "a server on this machine" if present.inside else present.endpoint
        host = "" if present.inside else present.endpoint
        notice = "" if present.inside else f"I am asking the model at {present.endpoint}."
        return Route(f"the model at {place}", f"{about} go to the model that you set up", notice, True, host)
    if present.endpoint:
        refused = f"the model at {present.endpoint} is outside this machine, which is off; "
    if present.parameters >= LARGE and not present.obstacle:
        return Route(present.model, f"{refused}{about} go to the large model on this machine", talker=True)
    if present.parameters >= LARGE:
        return Route("set phrases", f"{refused}{present.obstacle}")
    return Route("set phrases", f"{refused}there is no model here that is large enough to be trusted with {about}")


class Router:
    """Routes the steps of one conversation and holds the model that talks, loaded when it is first needed."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._present: Present | None = None
        self._talker: Talker | None = None
        self._told = False

    def route(self, label: str, situation: "Situation | None" = None) -> Route:
        """The expert for one step; the notice that words leave comes once a conversation."""
        if label not in _TALK:
            return route(label, situation, Present())
        if self._present is None:
            self._present = look(self._settings)
        found = route(label, situation, self._present)
        if found.notice and self._told:
            return replace(found, notice="")
        self._told = self._told or bool(found.notice)
        return found

    def talker(self) -> "Talker":
        """The model that answers talk; ask only after a route that has one.

        Raises:
            UserError: it cannot be loaded, or leaving this machine is off.
        """
        if self._talker is None:
            if self._present is None:
                self._present = look(self._settings)
            self._talker = _open(self._settings, self._present)
        return self._talker


def look(settings: "Settings") -> Present:
    """What there is, from the settings and the model's description alone: nothing is loaded or asked."""
    from assistant.brains.local import size_of

    host, inside = "", False
    if settings.endpoint_address:
        from assistant.brains.endpoint import place_of

        host, inside = place_of(settings.endpoint_address)
    try:
        parameters, need = size_of(settings.language_model, settings.arithmetic)
    except UserError:  # said where the model itself is asked for
        parameters, need = 0, 0
    obstacle = _obstacle(settings, parameters, need) if parameters >= LARGE else ""
    return Present(host, inside, settings.allow_outside, settings.language_model, parameters, obstacle)


def _obstacle(settings: "Settings", parameters: int, need: int) -> str:
    import torch

    from kernels.memory_limit import room

    name = settings.language_model
    if need > room(settings.memory_limit_mb << 20).free:
        return f"{name} does not fit into the memory that is free"
    if not torch.cuda.is_available() and WEIGHTS_PER_S / parameters < SLOWEST:
        return f"{name} would write slower than it is spoken on this processor"
    return ""


def _open(settings: "Settings", present: Present) -> "Talker":
    if present.endpoint and (present.inside or settings.allow_outside):
        from assistant.brains.endpoint import EndpointBrain

        return EndpointBrain.from_settings(settings)
    from assistant.brains.local import LocalBrain

    return LocalBrain.load(settings.language_model, settings.arithmetic, settings.memory_limit_mb << 20)
