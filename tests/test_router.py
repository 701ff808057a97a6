"""The router: each request to the expert that serves it best, and words that leave are announced once."""

from pathlib import Path

import pytest

from assistant import settings
from assistant.brains.local import LocalBrain, size_of
from assistant.brains.router import GUESS, LARGE, Present, Router, route
from assistant.steps.planning import Situation
from kernels.errors import UserError

NOTHING = Situation()


@pytest.mark.parametrize(
    ("label", "expert"),
    [("read_text", "print reader"), ("ask_text", "print reader"), ("describe_picture", "sight"), ("recall", "memory"),
     ("calculate", "calculator"), ("convert_units", "calculator"), ("scan_barcode", "barcode reader"),
     ("search_documents", "documents"), ("set_reminder", "tools"), ("roll__dice", "tools"), ("sure", "set phrases")],
)  # fmt: skip
def test_each_kind_of_request_has_its_expert_however_large_a_model_is_there(label: str, expert: str) -> None:
    everything = Present("models.example.org", False, True, "qwen", 70 * LARGE)
    found = route(label, NOTHING, everything)
    assert found.expert == expert and found.why and not found.talker and not found.notice


@pytest.mark.parametrize("label", ["chat", "world"])
def test_talk_goes_to_the_endpoint_then_the_large_model_then_nobody(label: str) -> None:
    large = {"model": "qwen-7b", "parameters": 7 * LARGE}
    outside = route(label, NOTHING, Present("models.example.org", allow_outside=True, **large))
    assert outside.talker and outside.notice == "I am asking the model at models.example.org."
    inside = route(label, NOTHING, Present("127.0.0.1", inside=True, **large))
    assert inside.talker and not inside.notice
    off = route(label, NOTHING, Present("models.example.org", **large))
    assert off.expert == "qwen-7b" and off.talker and "outside this machine, which is off" in off.why
    assert not route(label, NOTHING, Present(model="smollm2-135m", parameters=135_000_000)).talker
    slow = route(label, NOTHING, Present(obstacle="it does not fit", **large))
    assert not slow.talker and "does not fit" in slow.why


def test_a_question_about_what_is_at_hand_is_not_talked_about_from_memory() -> None:
    there = Present("127.0.0.1", inside=True)
    assert not route("world", Situation(has_picture=True), there).talker
    assert not route("world", Situation(has_document=True), there).talker


def test_the_notice_is_given_once_a_conversation(home: Path) -> None:
    options = settings.load({"endpoint_address": "https://models.example.org/v1", "allow_outside": True})
    conversation = Router(options)
    assert conversation.route("world").notice and not conversation.route("chat").notice
    assert Router(options).route("chat").notice
    off = Router(settings.load({"endpoint_address": "https://models.example.org/v1"}))
    assert not off.route("world").talker


def test_the_small_model_that_is_here_does_not_state_facts(home: Path) -> None:
    parameters, need = size_of("smollm2-135m")
    assert 1e8 < parameters < 2e8 and need > parameters / 2
    assert not Router(settings.load()).route("world").talker


def test_a_large_model_must_fit_and_keep_pace(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.brains.local.size_of", lambda name, arithmetic: (8 * LARGE, 1 << 20))
    assert "slower than it is spoken" in Router(settings.load()).route("world").why
    monkeypatch.setattr("assistant.brains.local.size_of", lambda name, arithmetic: (2 * LARGE, 1 << 60))
    assert "does not fit" in Router(settings.load()).route("world").why
    monkeypatch.setattr("assistant.brains.local.size_of", lambda name, arithmetic: (2 * LARGE, 1 << 20))
    assert Router(settings.load()).route("world").talker


def test_a_model_or_address_that_is_not_right_is_said(home: Path) -> None:
    assert not Router(settings.load({"language_model": "no-such-model"})).route("chat").talker
    with pytest.raises(UserError, match="is no address"):
        Router(settings.load({"endpoint_address": "nonsense"})).route("chat")


def test_a_local_model_talks_and_calls_under_a_grammar(home: Path) -> None:
    from assistant import language
    from assistant.brains.base import Caller, Talker
    from tests.test_endpoint import ROLL

    brain = LocalBrain(language.load(), "smollm2-135m")
    assert isinstance(brain, Talker) and isinstance(brain, Caller)
    pieces = brain.talk([{"role": "user", "content": "Say hello."}])
    assert isinstance(next(iter(pieces)), str)
    found = brain.call("roll 3 dice", [ROLL])
    assert found is not None and found.name == "roll" and isinstance(found.arguments["count"], int)
    assert 0.1 < found.confidence < 1
    assert brain.call("anything", []) is None and GUESS
