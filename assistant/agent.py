"""The think-act loop: one request in, events out, at most six steps.

The plan comes from the user's words alone; what pictures, documents and tools return fills answers and arguments, and
never makes a step. The conversation lives in the store, so "yes" or "spell that" works in the next process too.
"""

import logging
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from assistant.memory import Store
from assistant.messages import (
    Answer,
    AnswerPart,
    Event,
    Failed,
    Heard,
    Request,
    Seen,
    Thinking,
)
from assistant.settings import Settings
from assistant.steps import answers
from assistant.steps.acting import Actions
from assistant.steps.arguments import Material, Missing, fill
from assistant.steps.conversation import BARE, Conversation, yes_or_no
from assistant.steps.cues import needs_reading
from assistant.steps.extraction import Encode
from assistant.steps.planning import Intent, Situation, StepChooser, understand
from assistant.steps.turn import Turn
from assistant.tools.base import Tool, ToolContext
from encoders.image_input import check_file
from kernels.errors import UserError

STEPS = 6
LONGEST_REQUEST = 200_000  # characters

_LOG = logging.getLogger("antigone.agent")

Hear = Callable[[Path], tuple[str, str, float]]  # audio file -> words, language code, confidence 0 to 1


class Agent:
    """Takes requests, one at a time.

    Args:
        settings, store: the user's.
        tools: by name.
        chooser: ranks what a clause may ask for.
        encode: sentence encoder, texts -> (B, D).
        hear: audio file -> (words, language, confidence); None where there is no hearing.
        now: the clock.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        tools: Mapping[str, Tool],
        chooser: StepChooser,
        encode: Encode,
        hear: Hear | None,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._store = store
        self._tools = tools
        self._chooser = chooser
        self._encode = encode
        self._hear = hear
        self._now = now
        self._act = Actions(settings, store, tools, now)

    def turn(self, request: Request) -> Iterator[Event]:
        """Events of one turn; the last is an Answer or a Failed. Closing the iterator stops it between two steps."""
        try:
            yield from self._turn(request)
        except UserError as error:
            yield Failed(error.text, error.remedy)
        except Exception as error:  # whatever breaks inside, the user hears a sentence and the state is as before
            _LOG.debug("turn failed", exc_info=True)
            yield Failed(
                f"Something went wrong inside ({type(error).__name__}).", "Nothing was lost; please ask again."
            )

    def _turn(self, request: Request) -> Iterator[Event]:
        for picture in request.pictures:
            check_file(picture, "picture or document")
        words = request.text
        if request.audio is not None:
            yield Thinking("Listening.")
            words = yield from self._listen(request.audio)
        if len(words) > LONGEST_REQUEST:
            raise UserError(f"The request is {len(words):,} characters long.", f"Keep it below {LONGEST_REQUEST:,}.")
        for picture in request.pictures:
            yield Seen(str(picture), f"{picture.name} is open.")
        if not re.search(r"\w", words):
            if not request.pictures:
                raise UserError("There was no request.", "Say or type what you want.")
            words = "describe this picture"
        turn = self._begin(request, words)
        yield from self._respond(turn)
        yield from self._finish(turn)

    def _listen(self, audio: Path) -> Generator[Event, None, str]:
        if self._hear is None:
            raise UserError("Hearing is not set up.", "Type the request, or run: antigone models verify")
        words, language, confidence = self._hear(audio)
        if not re.search(r"\w", words):
            raise UserError("I heard no words in the recording.", "Speak closer to the microphone and try again.")
        yield Heard(words.strip(), language, confidence)
        return words

    def _begin(self, request: Request, words: str) -> Turn:
        talk = Conversation(self._store, self._now())
        document = None if request.pictures else talk.document()
        material = Material(self._encode, document, talk.last_text(), talk.last_value(), talk.quote())
        options = self._settings.model_copy(update=dict(request.settings)) if request.settings else self._settings
        context = ToolContext(options, self._store, self._now, words, request.pictures)
        return Turn(request, words, context, material)

    # what to do

    def _respond(self, turn: Turn) -> Iterator[Event]:
        talk = Conversation(self._store, self._now())
        agreed = yes_or_no(turn.words)
        if agreed is not None and (yield from self._replied(turn, talk, agreed)):
            return
        turn.words = turn.context.request = talk.completed(turn.words, self._is_new_request)
        situation = Situation(bool(turn.request.pictures), turn.material.document is not None)
        yield Thinking("Thinking.")
        for intent in understand(turn.words, situation, self._chooser):
            if turn.steps >= STEPS:
                turn.say(f"That was {STEPS} steps; ask again for the rest.")
                return
            before = len(turn.said)
            yield from self._do(turn, intent)
            if len(turn.said) > before:
                yield AnswerPart(answers.joined(turn.said[before:]))

    def _replied(self, turn: Turn, talk: Conversation, agreed: bool) -> Generator[Event, None, bool]:
        """Take a yes or no as the answer to the open question; False where it has to be understood as a request."""
        pending, question = talk.pending(), turn.request.answers
        if pending is not None and question in ("", answers.consent_question(str(pending["effect"]))):
            yield from self._act.decided(turn, pending, agreed)
        elif question:  # another page or terminal has spoken since: this reply must not decide its question
            turn.say(answers.LAPSED)
        elif agreed and talk.offered_reading():
            turn.say(answers.more(talk.last_more()))
        elif talk.waits_for_nothing() and BARE.fullmatch(turn.words.strip(" .,!?")):
            turn.say(answers.NO_QUESTION)
        else:
            return False
        return True

    def _is_new_request(self, words: str) -> bool:
        """Whether a reply to a question is a request of its own rather than the words that were missing."""
        intents = understand(words, Situation(), self._chooser)
        return bool(intents) and intents[0].label not in ("vague", "chat", "world") and intents[0].confidence > 0.6

    def _do(self, turn: Turn, intent: Intent) -> Iterator[Event]:
        words, label = intent.clause.words, intent.label
        turn.context = replace(turn.context, request=words)
        if label in _TALK:
            self._talk(turn, intent)
            return
        if needs_reading(label, words) and turn.request.pictures and not turn.has_read and label != "read_text":
            yield from self._act.call(turn, "read_text", {}, implied=True)
        if label == "ask_text":
            self._answer_from_text(turn, words)
            return
        tool = self._tools.get(label)
        if tool is None:
            turn.say(answers.CAN_DO)
            return
        if tool.needs_picture and not turn.request.pictures:
            if label == "read_text" and turn.material.document is not None:
                turn.say(turn.material.document.text)
            else:
                turn.say(answers.NEED_PICTURE)
            return
        filled = fill(label, words, turn.material)
        if isinstance(filled, Missing):
            turn.keep["open"] = {"words": words, "slot": filled.slot, "known": dict(filled.known)}
            turn.say(filled.question)
            return
        yield from self._act.call(turn, label, filled)

    def _talk(self, turn: Turn, intent: Intent) -> None:
        words, label = intent.clause.words, intent.label
        talk = Conversation(self._store, self._now())
        if label == "help":
            text, rest = answers.help_text()
            turn.say(text, rest)
        elif label == "more":
            turn.say(answers.more(talk.last_more()))
        elif label == "sure":
            turn.say(answers.sureness(talk.last_confidence()))
        elif label == "vague":
            question, known = answers.ask_back(words, [intent.label, *(name for name, _ in intent.others)])
            if known:
                turn.keep["open"] = {"words": words, "slot": "all", "known": {}}
            turn.say(question)
        else:
            turn.say(answers.chat(turn.words) if label == "chat" else answers.cannot(words))

    def _answer_from_text(self, turn: Turn, question: str) -> None:
        document = turn.material.document
        if document is None or not document.passages:
            if not turn.failures and not turn.has_read:
                turn.say(answers.NOTHING_READ)
            return
        text, found = answers.from_text(document, question, self._encode, self._now())
        if found is None:
            turn.keep["offer"] = "read"
            turn.more.append(document.text)
        else:
            turn.keep["quote"] = found.text
            turn.material = replace(turn.material, last_text=found.text, quote=found.text)
        turn.say(text)

    def _finish(self, turn: Turn) -> Iterator[Event]:
        if turn.is_lost:
            error = turn.failures[0]
            with suppress(UserError):  # the failure is said even where it can't be written down
                self._store.add_turn(turn.words, f"{error.text} {error.remedy}", self._now(), "", dict(turn.keep))
            yield Failed(error.text, error.remedy)
            return
        text, more = turn.answer, " ".join(turn.more)
        if turn.doubt < turn.context.settings.confidence_threshold:
            text = f"I am not sure about this. {text}"
        if not any(record["name"] == "repeat" for record in turn.records):
            data = {**turn.keep, "results": turn.records, "confidence": turn.confidence}
            self._store.add_turn(turn.words, text, self._now(), more, data)
        yield Answer(text, more, turn.confidence)


_TALK = ("help", "more", "sure", "vague", "chat", "world")
