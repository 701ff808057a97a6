"""Runs rows through the real agent: real models, real SQLite, pictures drawn and read by OCR.

Only what a machine may lack is stood in for: the camera and the screen bring the row's pictures, and every application
that is asked for is installed (opening it does nothing).
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from assistant import applications, tools
from assistant.agent import Agent
from assistant.applications import Application
from assistant.memory import Store
from assistant.messages import Answer, ConsentAsked, Failed, Planned, Request, ToolCalled, ToolReturned
from assistant.perception import content_key, perception
from assistant.session import Lazy, _load_encoder
from assistant.settings import Settings, load
from assistant.sight import shots
from assistant.steps.meanings import Meanings
from assistant.steps.planning import FittedChooser, StepChooser
from assistant.steps.tagging import StepTagger
from assistant.tools.base import ToolContext
from benchmarks import agent_brains
from benchmarks.agent_judge import Judged, Seen, judge
from benchmarks.drawing import draw
from kernels.errors import UserError

Pictures = tuple[Path, ...]


class Missing(Exception):
    """A photo of the row is not on this machine."""


class Bench:
    """Runs rows, each with a home and a store of its own; the models are loaded once.

    Args:
        chooser: in place of the fitted one.
        brain: the language model that plans beside it: "on" the tuned one, "off" none, or any other by its name.
        older: the suite was written before the newest tools (see agent_judge).

    Raises:
        UserError: a model can't be loaded.
    """

    def __init__(self, chooser: StepChooser | None = None, *, brain: str = "off", older: bool = False) -> None:
        encoder = Lazy(_load_encoder)
        encoder()  # before a row's own home is in force
        perception().warm()  # a face does so when a picture is added, before the request is there
        self.encode = Meanings(encoder)
        self.chooser = chooser or FittedChooser(self.encode, tagger=StepTagger(encoder))
        self.tools = tools.load()
        self.brain = agent_brains.load(brain, self.tools)
        self.older = older
        self._known: set[str] = set()  # contents of pictures that were shown before

    def run(self, row: Mapping[str, Any]) -> Judged | None:
        """One request; None where its picture is not on this machine."""
        with tempfile.TemporaryDirectory() as folder, _home(Path(folder) / "home") as home:
            try:
                shown = _turns_of(row, Path(folder))
                bring = [_drawn(row.get(name), Path(folder) / name) for name in ("camera", "screen")]
            except Missing:
                return None
            with _devices(*bring):
                store = Store(home, self.encode)
                try:
                    seen = self._turns(row, store, load({"home": home}), shown, Path(folder))
                finally:
                    store.close()
        return Judged(row, seen, judge(row["expect"], seen, older=self.older))

    def _new(self, pictures: Pictures) -> bool:
        """Whether one of the pictures is shown for the first time: it is not only asked about, but read."""
        keys = {content_key(picture) for picture in pictures}
        new = not keys <= self._known
        self._known |= keys
        return new

    def agent(self, settings: Settings, store: Store, now: Callable[[], datetime]) -> Agent:
        """The agent as a session makes it, with this clock."""
        return Agent(settings, store, self.tools, self.chooser, self.encode, None, now, planner=self.brain)

    def _turns(
        self, row: Mapping[str, Any], store: Store, settings: Settings, shown: list[Pictures], folder: Path
    ) -> Seen:
        moment = datetime.fromisoformat(row["now"]).astimezone()
        agent = self.agent(settings, store, lambda: moment)
        seen = Seen()
        try:
            for number, call in enumerate(row.get("setup", ())):
                pictures = _drawn(call.get("picture"), folder / f"setup{number}") or shown[0]
                context = ToolContext(settings, store, lambda: moment, "", pictures)
                self.tools[call["name"]](context, **call["arguments"])
        except (KeyError, UserError) as error:  # the state can't be made: the row is failed
            return Seen(answer=f"The state could not be prepared: {error}")
        words = row["request"] if isinstance(row["request"], list) else [row["request"]]
        for turn, pictures in zip(words, shown, strict=True):
            seen, started = Seen(fresh=self._new(pictures)), time.perf_counter()
            for event in agent.turn(Request(turn, None, pictures, bool(row.get("consent")))):
                _note(event, seen)
            seen.seconds = time.perf_counter() - started
        return seen


def _note(event: object, seen: Seen) -> None:
    match event:
        case Planned(confidence=confidence, source=source):
            seen.choice, seen.source = confidence, source
        case ToolCalled(name=name, arguments=arguments) | ConsentAsked(name=name, arguments=arguments):
            seen.calls.append((name, arguments))
        case ToolReturned(name=name, result=result) if isinstance(result, Mapping):
            seen.results[name] = result
        case Answer(text=text, confidence=confidence, sure=sure):
            seen.answer, seen.confidence, seen.sure = text, confidence, sure
        case Failed(text=text, remedy=remedy):
            seen.answer = f"{text} {remedy}"


def _turns_of(row: Mapping[str, Any], folder: Path) -> list[Pictures]:
    """The pictures shown in each turn.

    Raises:
        Missing: one is not on this machine.
    """
    turns = len(row["request"]) if isinstance(row["request"], list) else 1
    picture = row.get("picture")
    if not isinstance(picture, list):
        return [_drawn(picture, folder / "shown")] * turns
    return [_drawn(one, folder / f"shown{number}") for number, one in enumerate(picture)]


def _drawn(picture: Any, folder: Path) -> Pictures:
    """The files of one picture, of several shown at once, or none."""
    found = []
    for number, one in enumerate(picture if isinstance(picture, list) else [picture] if picture else []):
        place = folder / str(number)
        place.mkdir(parents=True)
        path = draw(one, place)
        if path is None:
            raise Missing
        found.append(path)
    return tuple(found)


@contextmanager
def _home(home: Path) -> Iterator[Path]:
    """A home of the row's own, for what is written beside the store (settings, shots)."""
    home.mkdir()
    with patch.dict(os.environ, {"ANTIGONE_HOME": str(home)}):
        yield home


@contextmanager
def _devices(camera: Pictures, screen: Pictures) -> Iterator[None]:
    """What a camera and a screen bring, and applications that are there and do nothing."""

    def bring(pictures: Sequence[Path], name: str) -> Callable[..., Path]:
        def shoot(*_: Any, **__: Any) -> Path:
            if not pictures:
                raise UserError(f"There is no {name} here.", "Add a picture from a file.")
            return pictures[0]

        return shoot

    def find(wanted: str) -> Application:
        return Application(wanted, (wanted.lower(),), "", (), False, Path(f"{wanted}.desktop"))

    with ExitStack() as stack:
        for place, name, function in (
            (shots, "by_camera", bring(camera, "camera")),
            (shots, "of_screen", bring(screen, "screen")),
            (applications, "find", find),
            (applications, "check", lambda _: None),
            (applications, "start", lambda _: None),
        ):
            stack.enter_context(patch.object(place, name, function))
        yield
