"""The think-act loop: one request in, events out, at most six steps.

The plan comes from the user's words alone; what pictures, documents and tools return fills answers and arguments, and
never makes a step. The conversation lives in the store, so "yes" or "spell that" works in the next process too.
"""

import logging
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import routines
from assistant.brains.planner import ChatPlanner
from assistant.memory import Store
from assistant.messages import AnswerPart, Event, Failed, Heard, Planned, Request, Seen, Thinking
from assistant.permissions import asked_for
from assistant.settings import Settings
from assistant.steps import answers
from assistant.steps.acting import Actions
from assistant.steps.arguments import Material, Missing
from assistant.steps.conversation import BARE, Conversation, refuses, wants_reading, yes_or_no
from assistant.steps.deciding import Decided, Decider, Planner
from assistant.steps.ending import Ending
from assistant.steps.extraction import Encode
from assistant.steps.kept_amounts import with_facts
from assistant.steps.kept_answers import from_kept
from assistant.steps.kept_plans import as_meant
from assistant.steps.labels import NOT_TOOLS, Situation
from assistant.steps.looking import ALSO_LOOKED, looks_instead, of_shown_page, should_read
from assistant.steps.planning import Intent, StepChooser
from assistant.steps.reckoning import as_sum, of_print, with_told
from assistant.steps.replies import Replies
from assistant.steps.turn import Turn
from assistant.steps.waiting import stands_alone
from assistant.tools.base import Tool, ToolContext
from encoders.image_input import check_file
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.brains.base import Caller
    from assistant.brains.router import Router

STEPS = 6
LONGEST_REQUEST = 200_000  # characters

_LOG = logging.getLogger("antigone.agent")

Hear = Callable[[Path], tuple[str, str, float]]  # audio file -> words, language code, confidence 0 to 1


class Agent:
    """Takes requests, one at a time.

    Args:
        settings, store: the user's.
        tools: by name, those of plugins and servers too.
        chooser: ranks what a clause may ask for.
        encode: sentence encoder, texts -> (B, D).
        hear: audio file -> (words, language, confidence); None where there is no hearing.
        now: the clock.
        planner: the tuned brain, which reads the whole request; None where there is none.
        caller: fills the arguments of tools that no training knows; None: the words themselves do.
        router: says which expert serves a step; None: nothing is said of it, and no model talks.
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
        *,
        planner: Planner | None = None,
        caller: "Caller | None" = None,
        router: "Router | None" = None,
    ) -> None:
        self._store, self._tools = store, tools
        self._encode, self._hear, self._now = encode, hear, now
        self._act = Actions(settings, store, tools, now)
        self._decide = Decider(chooser, tools, encode, planner, caller)
        self._chosen = planner if isinstance(planner, ChatPlanner) else None
        self._replies = Replies(encode, router, self._chosen)
        self._ending = Ending(store, tools, self._act, now)

    def turn(self, request: Request) -> Iterator[Event]:
        """Events of one turn; the last is an Answer or a Failed. Closing the iterator stops it between two steps."""
        try:
            yield from self._turn(request)
        except UserError as error:
            yield Failed(error.text, error.remedy)
        except Exception as error:  # whatever breaks inside, the user hears a sentence and the state is as before
            _LOG.debug("turn failed", exc_info=True)
            went_wrong = f"Something went wrong inside ({type(error).__name__})."
            yield Failed(went_wrong, "Nothing was lost; please ask again.")

    def _turn(self, request: Request) -> Iterator[Event]:
        for picture in request.pictures:
            check_file(picture, "picture or document")
        words, heard = request.text, 1.0
        if request.audio is not None:
            yield Thinking("Listening.")
            words, heard = yield from self._listen(request.audio)
        if len(words) > LONGEST_REQUEST:
            raise UserError(f"The request is {len(words):,} characters long.", f"Keep it below {LONGEST_REQUEST:,}.")
        for picture in request.pictures:
            yield Seen(str(picture), f"{picture.name} is open.")
        if not re.search(r"\w", words):
            if not request.pictures:
                raise UserError("There was no request.", "Say or type what you want.")
            words = "describe this picture"
        turn = self._begin(request, words)
        turn.doubt.heard(heard)
        yield from self._respond(turn)
        yield from self._ending.add_routines(turn)
        yield from self._ending.finish(turn)

    def _listen(self, audio: Path) -> Generator[Event, None, tuple[str, float]]:
        if self._hear is None:
            raise UserError("Hearing is not set up.", "Type the request, or run: antigone models verify")
        words, language, confidence = self._hear(audio)
        if not re.search(r"\w", words):
            raise UserError("I heard no words in the recording.", "Speak closer to the microphone and try again.")
        yield Heard(words.strip(), language, confidence)
        return words, confidence

    def _begin(self, request: Request, words: str) -> Turn:
        talk = Conversation(self._store, self._now())
        document = None if request.pictures else talk.document()
        earlier = () if len(request.pictures) > 1 else talk.pictures()
        material = Material(self._encode, document, *talk.last_said(), earlier=talk.earlier())
        settings = self._act.settings
        options = settings.model_copy(update=dict(request.settings)) if request.settings else settings
        context = ToolContext(options, self._store, self._now, words, (*earlier, *request.pictures), tools=self._tools)
        situation = Situation(bool(request.pictures), document is not None, bool(earlier) and not request.pictures)
        return Turn(request, words, context, material, situation, earlier)

    def _respond(self, turn: Turn) -> Iterator[Event]:
        talk = Conversation(self._store, self._now())
        agreed = yes_or_no(turn.words)
        if agreed is None and (pending := talk.pending()) is not None:
            if not turn.request.pictures and wants_reading(turn.words):
                yield from self._act.ask_again(turn, pending)
                yield from self._go_on(turn, talk.rest(), True)
                return
            agreed = False if refuses(turn.words) else None
        elif agreed is None and talk.offered_reading() and wants_reading(turn.words):
            agreed = True
        if agreed is not None and (yield from self._replied(turn, talk, agreed)):
            return
        completed = talk.completed(turn.words, self._is_new_request)
        rest = talk.rest() if completed != turn.words else ()
        turn.words = turn.context.request = completed
        yield Thinking("Thinking.")
        decided = yield from self._planned(turn, turn.words)
        if not decided.intents:  # nothing but "um"
            turn.say(answers.UNCLEAR)
            return
        yield Planned(tuple(intent.label for intent in decided.intents), decided.confidence, decided.source)
        turn.doubt.chosen(decided.confidence, decided.labels)
        waited = yield from self._taken_up(turn, rest)
        yield from self._steps(turn, [*decided.intents, *waited])

    def _planned(self, turn: Turn, words: str) -> Generator[Event, None, Decided]:
        """The plan for these words; that they leave this machine is said and written down before they do."""
        draft = self._decide.draft(words, turn.situation)
        if draft.asks:
            yield from self._replies.plans(turn)
        decided = self._decide.settle(draft)
        intents = as_meant(with_told(decided.intents), words, turn.material, turn.shows_picture)
        decided = replace(decided, intents=with_facts(intents, turn))
        if self._chosen is not None and (error := self._decide.given_up()) is not None:
            turn.say(f"{error.text} {error.remedy}")
        return decided

    def _steps(self, turn: Turn, intents: Sequence[Intent]) -> Iterator[Event]:
        """Do one after the other; a step that hangs on one that waits for the user's answer waits with it.

        The question is asked last, so that the answer that it wants can follow at once.
        """
        question: list[str] = []
        for intent in intents:
            if question and not self._goes_ahead(turn, intent):
                turn.keep.setdefault("rest", []).append(intent.clause.words)
                continue
            if turn.steps >= STEPS:
                turn.say(f"That was {STEPS} steps; ask again for the rest.")
                break
            before = len(turn.said)
            yield from self._do(turn, intent)
            if turn.waits and not question and len(turn.said) > before:
                question = [turn.said.pop()]
            if said := turn.said[before:]:
                yield AnswerPart(answers.joined(said))
        turn.said += question
        if question:
            yield AnswerPart(question[0])

    def _goes_ahead(self, turn: Turn, intent: Intent) -> bool:
        """Whether a step is done though one before it waits."""
        tool, settings = self._tools.get(intent.label), self._act.settings
        alone = stands_alone(intent, tool, settings, turn.request.consent)
        return alone and not isinstance(self._decide.arguments(intent, turn.material), Missing)

    def _taken_up(self, turn: Turn, rest: Sequence[str]) -> Generator[Event, None, list[Intent]]:
        """The steps that waited for the answer that has now come; their words count as this turn's."""
        if rest:
            turn.words = turn.context.request = f"{turn.words}, then {', then '.join(rest)}"
        found: list[Intent] = []
        for words in rest:
            found += (yield from self._planned(turn, words)).intents
        return found

    def _go_on(self, turn: Turn, rest: Sequence[str], agreed: bool) -> Iterator[Event]:
        """After a yes do what was asked for beside it; after a no it may have lost its sense, so it is left too."""
        if not rest:
            return
        if not agreed:
            turn.say(answers.REST_LEFT)
        elif turn.waits:  # asked once more
            turn.keep["rest"] = list(rest)
        else:
            yield AnswerPart(answers.joined(turn.said))
            yield from self._steps(turn, (yield from self._taken_up(turn, rest)))

    def _replied(self, turn: Turn, talk: Conversation, agreed: bool) -> Generator[Event, None, bool]:
        """Take a yes or no as the answer to the open question; False where it has to be understood as a request."""
        pending, question = talk.pending(), turn.request.answers
        if pending is not None and question in ("", answers.consent_question(str(pending["effect"]))):
            yield from self._act.decided(turn, pending, agreed)
            yield from self._go_on(turn, talk.rest(), agreed)
        elif question:  # another page or terminal has spoken since: this reply must not decide its question
            turn.say(answers.LAPSED)
        elif (routine := talk.routine()) is not None:
            turn.say(routines.answer(self._store, routine, agreed, self._now()))
        elif agreed and talk.offered_reading():
            turn.say(answers.more(talk.last_more()))
        elif talk.waits_for_nothing() and BARE.fullmatch(turn.words.strip(" .,!?")):
            turn.say(answers.NO_QUESTION)
        else:
            return False
        return True

    def _is_new_request(self, words: str) -> bool:
        """Whether a reply to a question is a request of its own rather than the words that were missing."""
        first = next(iter(self._decide.quickly(words)), None)
        label = first.label if first is not None and first.confidence > 0.6 else "vague"
        only_told = label == "remember" and not asked_for(label, words)
        return not only_told and label not in ("vague", "chat", "world")

    def _do(self, turn: Turn, intent: Intent) -> Iterator[Event]:
        """Do a step; where there is none of the print that it sought, look at a thing that the user wants to know."""
        yield from self._done(turn, intent)
        if looks_instead(turn, intent.label):
            turn.say(ALSO_LOOKED)
            yield from self._act.call(turn, "describe_picture", {})

    def _done(self, turn: Turn, intent: Intent) -> Iterator[Event]:
        intent = from_kept(of_shown_page(of_print(intent, turn.shows_picture, bool(turn.used)), turn), turn)
        words, label = intent.clause.words, intent.label
        turn.context = replace(turn.context, request=words)
        if (yield from self._replies.route(turn, intent)):
            return
        if label in NOT_TOOLS and label != "ask_text":
            self._replies.say(turn, intent, Conversation(self._store, self._now()))
            return
        if should_read(turn, label, words):
            yield from self._act.call(turn, "read_text", {}, implied=True)
        label = (intent := as_sum(intent, turn.words, turn.material)).label
        if label == "ask_text":
            self._replies.from_text(turn, words)
            return
        tool = self._tools.get(label)
        if tool is None:
            turn.say(answers.CAN_DO)
            return
        if tool.needs_picture and not turn.context.pictures and not self._read_again(turn, label):
            turn.say(answers.NEED_PICTURE)
            return
        filled = self._decide.arguments(intent, turn.material)
        if isinstance(filled, Missing) and self._act.refuses(turn, tool):
            return
        if isinstance(filled, Missing):
            turn.keep["open"] = {"words": words, "slot": filled.slot, "known": dict(filled.known)}
            turn.say(filled.question)
        elif turn.has_read and turn.material.document is None and turn.material.last_text in filled.values():
            return  # nothing could be read, which was said: no note is taken of that
        elif label == "read_text" and not filled and not turn.shows_picture and self._read_again(turn, label):
            turn.say(turn.material.document.text if turn.material.document else "")
        elif not turn.has_just(label, filled):
            yield from self._act.call(turn, label, filled, meant=intent.is_meant)

    @staticmethod
    def _read_again(turn: Turn, label: str) -> bool:
        return label == "read_text" and turn.material.document is not None and not turn.failures
