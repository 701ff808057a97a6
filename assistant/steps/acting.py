"""Calling tools: what runs at once, what asks first, and what is written down about consent."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from assistant.memory import Store
from assistant.messages import ConsentAsked, Event, ToolCalled, ToolReturned
from assistant.permissions import Decision, Tier, decide, from_data
from assistant.settings import Settings
from assistant.steps import answers
from assistant.steps.running import run_limited
from assistant.steps.turn import Turn
from assistant.tools.base import Tool, ToolResult
from kernels.errors import UserError


class Actions:
    """The tools as a turn may use them: by their tiers, with the user's consent where it is needed.

    Attributes:
        settings: those in force; a tool that changed one makes them new.
    """

    def __init__(
        self, settings: Settings, store: Store, tools: Mapping[str, Tool], now: Callable[[], datetime]
    ) -> None:
        self.settings, self._store, self._tools, self._now = settings, store, tools, now

    def call(
        self, turn: Turn, name: str, arguments: Mapping[str, Any], *, implied: bool = False, meant: bool = False
    ) -> Iterator[Event]:
        """Call a tool at once, ask for consent first, or refuse, by its tier.

        Args:
            implied: nobody asked for it.
            meant: the user's words ask for it beyond doubt, though with none of the words that are known for it.
        """
        tool = self._tools[name]
        data = [result.text for _, result in turn.context.results]
        asked_by_data = from_data(tool, arguments, turn.words, data, meant=meant)
        decision = decide(tool, self.settings, turn.request.consent, from_data=asked_by_data)
        if decision is Decision.REFUSE:
            turn.say(answers.OUTSIDE_IS_OFF)
            _note(turn, tool, arguments, "refused")
            return
        if decision is Decision.ASK:
            yield from self._ask(turn, tool, arguments)
            return
        yield from self._run(turn, tool, arguments, implied=implied, in_advance=tool.tier > Tier.KEEP)

    def refuses(self, turn: Turn, tool: Tool) -> bool:
        """Whether the tool is off; then that is said, before anything is asked for it."""
        if decide(tool, self.settings, turn.request.consent) is not Decision.REFUSE:
            return False
        turn.say(answers.OUTSIDE_IS_OFF)
        _note(turn, tool, {}, "refused")
        return True

    def _ask(self, turn: Turn, tool: Tool, arguments: Mapping[str, Any]) -> Iterator[Event]:
        try:
            effect = tool.say_effect(turn.context, **arguments).rstrip(". ")
        except UserError as error:
            turn.fail(error)
            return
        question = answers.consent_question(effect)
        detail = {"tool": tool.name, "arguments": dict(arguments), "effect": effect}
        yield ConsentAsked(question, tool.name, dict(arguments))
        self._store.record("consent asked", detail, self._now())  # not where the turn is taken back before it is told
        turn.keep["pending"] = detail
        turn.say(question)

    def ask_again(self, turn: Turn, pending: Mapping[str, Any]) -> Iterator[Event]:
        """Say once more what would happen, and ask."""
        tool = self._tools.get(str(pending["tool"]))
        if tool is None:
            turn.say(answers.LAPSED)
        else:
            yield from self._ask(turn, tool, pending["arguments"])

    def decided(self, turn: Turn, pending: Mapping[str, Any], agreed: bool) -> Iterator[Event]:
        """What the user answered to a question for consent; done only if the effect is still the one agreed to."""
        detail = {"tool": pending["tool"], "effect": pending["effect"]}
        self._store.record("consent given" if agreed else "consent refused", detail, self._now())
        tool = self._tools.get(str(pending["tool"]))
        if not agreed or tool is None:
            turn.say("All right, I left it as it was.")
            return
        if decide(tool, self.settings, agreed=True) is Decision.REFUSE:  # turned off since it was asked
            turn.say(answers.OUTSIDE_IS_OFF)
            return
        effect = tool.say_effect(turn.context, **pending["arguments"]).rstrip(". ")
        if effect != pending["effect"]:  # the world changed since: what was agreed to is not what would happen
            yield from self._ask(turn, tool, pending["arguments"])
            return
        yield from self._run(turn, tool, pending["arguments"])

    def _run(
        self,
        turn: Turn,
        tool: Tool,
        arguments: Mapping[str, Any],
        *,
        implied: bool = False,
        in_advance: bool = False,
    ) -> Iterator[Event]:
        turn.steps += 1
        yield ToolCalled(tool.name, dict(arguments), tool.tier.name.lower())
        if in_advance:
            detail = {"tool": tool.name, "arguments": dict(arguments), "how": "in advance"}
            self._store.record("consent given", detail, self._now())
        try:
            result = yield from run_limited(tool, turn.context, arguments)
        except UserError as error:
            turn.fail(error)
            _note(turn, tool, arguments, "failed")
            yield ToolReturned(tool.name, None, f"{error.text} {error.remedy}")
            return
        _note(turn, tool, arguments, "done" if result.found else "nothing")
        self._follow(tool.name, result)
        yield ToolReturned(tool.name, {"said": result.text, "found": result.found, **result.data})
        turn.take(tool.name, arguments, result, implied=implied)

    def _follow(self, name: str, result: ToolResult) -> None:
        """A setting that was changed holds from the next turn on."""
        setting = result.data.get("setting")
        if name == "change_setting" and result.found and isinstance(setting, str) and "value" in result.data:
            self.settings = self.settings.model_copy(update={setting: result.data["value"]})


def _note(turn: Turn, tool: Tool, arguments: Mapping[str, Any], status: str) -> None:
    """For the audit log, which is written with the turn."""
    call = {"tool": tool.name, "tier": tool.tier.name.lower(), "status": status, "arguments": dict(arguments)}
    turn.calls.append(call)
