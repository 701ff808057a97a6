"""Answers that call no tool: small talk, what can't be known, how sure the last answer was, what a read text says."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.messages import Event, Routed, Thinking
from assistant.steps import answers
from assistant.steps.addressed import said_to_another
from assistant.steps.conversation import Conversation
from assistant.steps.extraction import Encode
from assistant.steps.planning import Intent
from assistant.steps.running import SIGN_OF_LIFE_S
from assistant.steps.slots_earlier import answered
from assistant.steps.turn import Turn
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.brains.planner import ChatPlanner
    from assistant.brains.router import Router

LONGEST_TALK = 1_500  # characters of a model's talk that are said
TALK_LASTS_S = 60.0
_MANNER = (
    "You are the voice of an assistant for blind people. Answer in at most three short plain sentences, fit to be "
    "spoken. If you do not know, say so."
)


class Replies:
    """What is said where no tool is due; a model talks only where the router has one that the user set up.

    Args:
        planner: another model than the tuned one that plans requests; None where there is none.
    """

    def __init__(self, encode: Encode, router: "Router | None", planner: "ChatPlanner | None" = None) -> None:
        self._encode, self._router, self._planner = encode, router, planner
        self._told = False

    def plans(self, turn: Turn) -> Iterator[Event]:
        """Say who is about to plan the request, and, once a conversation, that words leave this machine for it."""
        planner = self._planner
        if planner is None:
            return
        yield Routed(planner.expert, planner.why)
        if planner.notice and not self._told:
            self._told = True
            yield Thinking(planner.notice)
            turn.say(planner.notice)
        if planner.host:  # written down before anything leaves the machine
            turn.context.store.record("outside", {"tool": "plan", "host": planner.host}, turn.context.now())

    def route(self, turn: Turn, intent: Intent) -> Generator[Event, None, bool]:
        """Say which expert the step goes to; True where a model has answered it in words."""
        if self._router is None:
            return False
        if intent.label == "chat" and answers.chat(intent.clause.words, fixed=True):
            return False  # "thanks" needs no model, and should not leave the machine
        route = self._router.route(intent.label, turn.situation)
        yield Routed(route.expert, route.why)
        if not route.talker:
            return False
        if route.notice:
            yield Thinking(route.notice)
            turn.say(route.notice)  # told with the answer's part, once
        if route.host:  # written down before anything leaves the machine
            turn.context.store.record("outside", {"tool": "talk", "host": route.host}, turn.context.now())
        try:
            text = yield from self._talk(intent.clause.words)
        except UserError as error:
            turn.say(f"{error.text} {error.remedy}")
            return False
        if text:
            from assistant.brains.router import GUESS

            turn.doubt.guessed()
            turn.say(f"{text} {GUESS}")
        return bool(text)

    def _talk(self, words: str) -> Generator[Event, None, str]:
        """What the model says to these words alone: nothing that was read or kept is sent along."""
        assert self._router is not None
        pieces: Iterator[str] = self._router.talker().talk(
            [{"role": "system", "content": _MANNER}, {"role": "user", "content": words}]
        )
        text, began, told = "", time.monotonic(), time.monotonic()
        with closing(pieces):  # type: ignore[type-var]  # the protocol promises an iterator; all of ours are generators
            for piece in pieces:
                text += piece
                if len(text) > LONGEST_TALK or time.monotonic() - began > TALK_LASTS_S:
                    break
                if time.monotonic() - told > SIGN_OF_LIFE_S:
                    told = time.monotonic()
                    yield Thinking("Still thinking.")
        return " ".join(text.split())[:LONGEST_TALK]

    def say(self, turn: Turn, intent: Intent, talk: Conversation) -> None:
        """The reply to a label that calls no tool."""
        words, label = intent.clause.words, intent.label
        if label == "sure":
            turn.say(answers.sureness(talk.last_confidence(), talk.last_reason()))
        elif label == "where_that":
            turn.say(answers.where(talk.lines(), turn.material.quote or turn.material.last_text))
        elif label == "vague":
            question, known = answers.ask_back(words, [intent.label, *(name for name, _ in intent.others)])
            if known:
                turn.keep["open"] = {"words": words, "slot": "all", "known": {}}
            turn.say(question)
        else:
            other = label == "chat" and said_to_another(turn.words)
            talked = answers.TO_OTHERS if other else answers.chat(turn.words)
            turn.say(talked if label == "chat" else answers.cannot(words))

    def from_text(self, turn: Turn, question: str) -> None:
        """Answer from the text that was read, verbatim."""
        document = turn.material.document
        if document is None or not document.passages:
            if not turn.failures and not turn.has_read:
                turn.say(answers.NOTHING_READ)
            return
        text, found = answers.from_text(document, question, self._encode, turn.context.now())
        if found is None and answers.is_short(document):
            if any(document.text.strip() in said for said in turn.said):
                text = answers.NOT_FOUND  # all of it was said a moment ago
        elif found is None:
            turn.keep["offer"] = "read"
            turn.more.append(document.text)
        else:
            turn.keep["quote"] = found.text
            turn.material = replace(turn.material, last_text=found.text, quote=found.text)
            turn.heard(answered(question, found.text))
        turn.say(text)
