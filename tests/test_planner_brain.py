"""Other models as the planner: the same plan, the same loop and consent, whoever wrote it."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assistant import tools
from assistant.agent import Agent
from assistant.brains.base import Call
from assistant.brains.endpoint import EndpointBrain
from assistant.brains.planner import ChatPlanner, chosen, plan_schema
from assistant.brains.wording import ARGUMENTS
from assistant.messages import ConsentAsked, Routed, ToolCalled
from assistant.settings import Settings
from assistant.steps.labels import Situation
from benchmarks.agent_brains import Blank
from kernels.errors import UserError
from tests.test_agent import answer, ask, clock, make_agent, store  # noqa: F401 - fixtures
from tests.test_agent import encode as real_encode
from tests.test_endpoint import made_up_word, server  # noqa: F401 - a fixture

WAITING = "delete the milk note and then show me my notes about that"


def steps(*calls: tuple[str, dict[str, str]]) -> str:
    return json.dumps({"steps": [{"tool": name, "arguments": arguments} for name, arguments in calls]})


class Scripted:
    """A model that writes what it is told to, and remembers what it was asked."""

    def __init__(self, *replies: str) -> None:
        self.replies, self.asked = list(replies), []

    def ask(self, messages: Any, schema: Any, tokens: int) -> str:
        self.asked.append(list(messages))
        return self.replies.pop(0)


def planner(model: Scripted, **given: Any) -> ChatPlanner:
    return ChatPlanner(lambda: model, "a large model", "it was set", **given)


def encode(texts: list[str]) -> Any:
    return np.eye(4, dtype=np.float32)[[len(text) % 4 for text in texts]]


@pytest.fixture
def agent_of(home, clock) -> Callable[[ChatPlanner], tuple[Agent, Any]]:  # noqa: F811
    from assistant.memory import Store

    def make(brain: ChatPlanner) -> tuple[Agent, Any]:
        store = Store(home, encode)  # noqa: F811
        return Agent(Settings(home=home), store, tools.load(), Blank(), encode, None, clock, planner=brain), store

    return make


def test_a_server_plans_under_a_schema_and_only_what_the_user_said_is_an_argument(server):  # noqa: F811
    said = steps(("set_reminder", {"text": "Feed the  cat", "when": "tomorrow at nine", "who": "tom"}),
                 ("tell_time", {"place": "Paris"}))  # fmt: skip
    server.answer = lambda body: made_up_word(body, "json_schema") or said
    brain = EndpointBrain(server.address)
    plan = ChatPlanner(lambda: brain, "", "").plan("remind me tomorrow at nine to feed the cat", Situation())
    assert [call.name for call in plan.calls] == ["set_reminder", "tell_time"] and 0 < plan.confidence < 1
    assert plan.calls[0].arguments == {"text": "Feed the  cat", "when": "tomorrow at nine"}
    assert plan.calls[1] == Call("tell_time", {}, plan.calls[1].confidence)
    asked = server.bodies[-1]
    assert asked["response_format"]["json_schema"]["schema"] == plan_schema(tuple(ARGUMENTS))
    assert asked["messages"][-1]["content"] == "remind me tomorrow at nine to feed the cat"
    brain.close()


@pytest.mark.parametrize(
    "wrong", ["I would set a timer.", steps(("launch_rocket", {})), '{"steps": []}', '{"steps": 3}']
)
def test_a_reply_that_is_no_plan_is_asked_for_once_more_and_then_left(wrong):
    model = Scripted(wrong, steps(("tell_time", {})))
    assert [call.name for call in planner(model).plan("time", Situation(has_picture=True)).calls] == ["tell_time"]
    assert "wrong" in model.asked[1][-1]["content"] and model.asked[0][-1]["content"] == "[picture] time"
    assert planner(Scripted(wrong, wrong)).plan("time", Situation()).calls == ()


def test_the_loop_is_the_same_shown_told_and_asked(agent_of):
    model = Scripted(steps(("add_note", {"text": "milk"})), steps(("delete_note", {"which": "milk"})))
    brain = planner(model, notice="Your words go to example.org.", host="example.org")
    agent, store = agent_of(brain)  # noqa: F811
    first = ask(agent, "note milk")
    assert [event.name for event in first if isinstance(event, ToolCalled)] == ["add_note"]
    assert any(isinstance(event, Routed) and event.expert == "a large model" for event in first)
    assert "Your words go to example.org." in answer(first)
    second = ask(agent, "delete the note about milk")
    assert any(isinstance(event, ConsentAsked) for event in second) and len(store.entries()) == 1
    assert "example.org" not in answer(second)  # said once
    left = store.audit_entries(-1, "outside")
    assert len(left) == 2 and all(entry.detail["host"] == "example.org" for entry in left)
    store.close()


def test_a_model_that_cannot_be_reached_leaves_the_plan_to_the_table(agent_of):
    class Gone:
        def ask(self, *_: Any) -> str:
            raise UserError("It is not there.", "Start it.")

    asked = []
    agent, store = agent_of(ChatPlanner(lambda: asked.append(1) or Gone(), "", ""))  # noqa: F811
    assert "It is not there. Start it." in answer(ask(agent, "note milk")) and store.entries() == []
    assert "It is not there" not in answer(ask(agent, "note bread")) and len(asked) == 1  # said once, asked once
    store.close()


def test_what_waited_for_a_yes_leaves_the_machine_only_with_notice_and_record(store, home, clock):  # noqa: F811
    first = make_agent(store, home, clock)
    ask(first, "make a note to buy milk")
    assert any(isinstance(event, ConsentAsked) for event in ask(first, WAITING))
    model = Scripted(steps(("search_notes", {"query": "that"})))
    brain = planner(model, notice="Your words go to far.example.", host="far.example")
    later = Agent(Settings(home=home), store, tools.load(), Blank(), real_encode, None, clock, planner=brain)
    events = ask(later, "yes")
    assert len(model.asked) == 1 and "Your words go to far.example." in answer(events)
    assert [entry.detail["host"] for entry in store.audit_entries(-1, "outside")] == ["far.example"]


def test_the_weights_are_loaded_once(home, monkeypatch):
    made = []
    model = Scripted(*[steps(("tell_time", {}))] * 2)
    monkeypatch.setattr("assistant.brains.planner._local", lambda settings: made.append(settings) or model)
    brain = chosen(Settings(home=home, planner="model"))
    assert brain is not None
    for _ in range(2):
        assert [call.name for call in brain.plan("time", Situation()).calls] == ["tell_time"]
    assert len(made) == 1


def test_the_setting_chooses_who_plans():
    assert chosen(Settings()) is None
    local = chosen(Settings(planner="model"))
    assert local is not None and local.expert == "smollm2-135m" and not local.host
    with pytest.raises(UserError, match="none is set"):
        chosen(Settings(planner="endpoint"))
    far = Settings(planner="endpoint", endpoint_address="https://models.example.org/v1", allow_outside=True)
    found = chosen(far)
    assert found is not None and found.host in found.notice and found.host == "models.example.org"
    with pytest.raises(UserError, match="outside this machine"):
        chosen(far.model_copy(update={"allow_outside": False}))


def test_doctor_says_who_plans(monkeypatch):
    from assistant.checks import brains

    monkeypatch.setattr(
        brains, "in_force", lambda: Settings(planner="endpoint", endpoint_address="http://127.0.0.1:9/v1")
    )
    (finding,) = brains.brain()
    assert finding.state == "note" and "on this machine" in finding.text
    monkeypatch.setattr(brains, "in_force", lambda: Settings(planner="endpoint"))
    (finding,) = brains.brain()
    assert finding.state == "bad"
