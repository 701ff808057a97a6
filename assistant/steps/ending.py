"""How a turn ends: what is added to it, what is written down, what is answered."""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from assistant import routines
from assistant.memory import Store
from assistant.messages import Answer, AnswerPart, Event, Failed
from assistant.steps import answers
from assistant.steps.acting import Actions
from assistant.steps.turn import Turn
from assistant.tools.base import Tool
from kernels.errors import UserError

_LOG = logging.getLogger("antigone.agent")
_ASKED = frozenset(("pending", "open", "offer"))  # a question of this turn waits for an answer
_UNKEPT = ("repeat",)  # the turn before stays the last one


class Ending:
    """The end of a turn: accepted routines, the record of it, the answer, and at most one offer."""

    def __init__(self, store: Store, tools: Mapping[str, Tool], act: Actions, now: Callable[[], datetime]) -> None:
        self._store, self._tools, self._act, self._now = store, tools, act, now

    def add_routines(self, turn: Turn) -> Iterator[Event]:
        """Do what the user once agreed to have done after a turn like this; nothing above the tier "look"."""
        if turn.failures or not turn.records or not _ASKED.isdisjoint(turn.keep):
            return
        for name in routines.also(self._store, self._tools, turn.used, self._now()):
            before = len(turn.said)
            yield from self._act.call(turn, name, {})
            if len(turn.said) > before:
                yield AnswerPart(answers.joined(turn.said[before:]))

    def finish(self, turn: Turn) -> Iterator[Event]:
        """Write the turn down and answer."""
        if turn.is_lost:
            error = turn.failures[0]
            with suppress(UserError):  # the failure is said even where it can't be written down
                said = f"{error.text} {error.remedy}"
                self._store.add_turn(turn.words, said, self._now(), "", dict(turn.keep), turn.calls)
            self._keep_shown(turn)
            yield Failed(error.text, error.remedy)
            return
        doubt = turn.doubt
        text, more = " ".join(part for part in (doubt.sentence, turn.answer) if part), " ".join(turn.more)
        if any(name in _UNKEPT for name in turn.used):
            self._store.audit_turn(turn.words, turn.calls, self._now())
        else:
            offered = yield from self._offer(turn)
            text = f"{text} {offered}".strip()
            data = {**turn.keep, "results": turn.records, "confidence": doubt.confidence, "reason": doubt.reason}
            self._store.add_turn(turn.words, text, self._now(), more, data, turn.calls)
        self._keep_shown(turn)
        yield Answer(text, more, doubt.confidence, doubt.sure, doubt.reason)

    def _offer(self, turn: Turn) -> Generator[Event, None, str]:
        """The sentence that offers a routine; "" nearly always, and never beside another question."""
        if not turn.context.settings.offer_routines:
            return ""
        if turn.failures or not turn.doubt.sure or not _ASKED.isdisjoint(turn.keep):
            return ""
        offer = routines.offer(self._store, self._tools, turn.used, self._now())
        if offer is None:
            return ""
        turn.keep["routine"] = offer.key
        yield AnswerPart(offer.sentence)
        return offer.sentence

    def _keep_shown(self, turn: Turn) -> None:
        """Keep what was shown in this turn, so that later turns can ask about it."""
        if not turn.shows_picture:
            return
        fresh = [path for path in turn.context.pictures if path not in turn.earlier]
        try:
            self._store.keep_shown(fresh, self._now())
        except UserError:
            _LOG.warning("what was shown could not be kept for later turns", exc_info=True)
