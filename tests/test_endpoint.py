"""The model server as a brain, against a real server on loopback that speaks the protocol well and badly."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from assistant.brains import endpoint_wire
from assistant.brains.base import Call, ToolSchema
from assistant.brains.endpoint import EndpointBrain, place_of
from assistant.brains.endpoint_wire import Limits
from kernels.errors import UserError

ROLL: ToolSchema = {
    "name": "roll",
    "description": "Roll dice.",
    "parameters": {
        "type": "object",
        "properties": {"count": {"type": "integer"}},
        "required": ["count"],
        "additionalProperties": False,
    },
}
QUICK = Limits(connect_s=1.0, silence_s=0.3, whole_s=0.6)  # for servers that never end: a slow machine changes nothing
SAY = [{"role": "user", "content": "Hello."}]


class ModelServer(ThreadingHTTPServer):
    """`answer` gives the text for a request's body; `behave` may take over the whole reply to a POST."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Callable[[dict[str, Any]], str] = lambda body: "Hello to you."
        self.behave: Callable[[_Handler, dict[str, Any]], None] = stream_answer
        self.models: Any = {"data": [{"id": "small"}, {"id": "big"}]}
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.left = threading.Event()  # a client went away in the middle of an answer

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.keys.append(self.headers.get("authorization"))
        reply(self, 200, json.dumps(self.server.models).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.bodies.append(body)
        self.server.keys.append(self.headers.get("authorization"))
        try:
            self.server.behave(self, body)
        except OSError:
            self.server.left.set()

    def log_message(self, *_: object) -> None:
        pass


def reply(handler: _Handler, status: int, data: bytes, kind: str = "application/json", **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)


def begin_stream(handler: _Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Connection", "close")
    handler.end_headers()


def send_piece(handler: _Handler, text: str) -> None:
    frame = {"choices": [{"delta": {"content": text}}]}
    handler.wfile.write(f"data: {json.dumps(frame)}\n\n".encode())
    handler.wfile.flush()


def stream_answer(handler: _Handler, body: dict[str, Any]) -> None:
    begin_stream(handler)
    for word in handler.server.answer(body).split(" "):
        send_piece(handler, word + " ")
    handler.wfile.write(b": a comment\n\ndata: [DONE]\n\n")


def made_up_word(body: dict[str, Any], shape: str) -> str | None:
    """What a server that holds replies to a schema of this shape must answer, where the schema allows one word."""
    form = body.get("response_format", {})
    if form.get("type") != shape:
        return None
    schema = form["json_schema"]["schema"] if shape == "json_schema" else form.get("schema", {})
    word = schema.get("properties", {}).get("word", {}).get("const")
    return json.dumps({"word": word}) if word else None


@pytest.fixture
def server() -> Iterator[ModelServer]:
    running = ModelServer()
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def brain(server: ModelServer) -> Iterator[EndpointBrain]:
    made = EndpointBrain(server.address)
    yield made
    made.close()


def test_an_answer_comes_in_pieces(server: ModelServer, brain: EndpointBrain) -> None:
    assert list(brain.talk(SAY)) == ["Hello ", "to ", "you. "]
    assert server.bodies[0]["model"] == "small" and server.bodies[0]["stream"] is True


def test_a_server_without_streaming_is_understood(server: ModelServer, brain: EndpointBrain) -> None:
    whole = json.dumps({"choices": [{"message": {"content": "All at once."}}]}).encode()
    server.behave = lambda handler, body: reply(handler, 200, whole)
    assert list(brain.talk(SAY)) == ["All at once."]


def test_closing_the_iterator_stops_the_server(server: ModelServer, brain: EndpointBrain) -> None:
    def on_and_on(handler: _Handler, body: dict[str, Any]) -> None:
        begin_stream(handler)
        while True:
            send_piece(handler, "more ")
            time.sleep(0.002)

    server.behave = on_and_on
    pieces = brain.talk(SAY)
    assert next(iter(pieces)) == "more "
    pieces.close()  # type: ignore[attr-defined]
    assert server.left.wait(5)


def test_a_schema_is_used_where_the_server_holds_to_it(server: ModelServer, brain: EndpointBrain) -> None:
    def answer(body: dict[str, Any]) -> str:
        return made_up_word(body, "json_schema") or '{"tool": "roll", "arguments": {"count": 2}}'

    server.answer = answer
    assert brain.call("roll two dice", [ROLL]) == Call("roll", {"count": 2})
    assert brain.call("roll two dice", [ROLL]) == Call("roll", {"count": 2})
    assert brain.shape == "json_schema" and len(server.bodies) == 3  # found out once
    schema = server.bodies[1]["response_format"]["json_schema"]["schema"]
    assert schema["anyOf"][0]["properties"]["arguments"] == ROLL["parameters"]


def test_the_older_way_to_give_a_schema_is_tried_too(server: ModelServer, brain: EndpointBrain) -> None:
    def behave(handler: _Handler, body: dict[str, Any]) -> None:
        if body.get("response_format", {}).get("type") == "json_schema":
            reply(handler, 400, b"{}")
        else:
            stream_answer(handler, body)

    server.behave = behave
    server.answer = lambda body: made_up_word(body, "json_object") or '{"tool": "none"}'
    assert brain.call("good morning", [ROLL]) is None
    assert brain.shape == "json_object"


def test_without_a_schema_a_wrong_call_is_told_once_and_mended(server: ModelServer, brain: EndpointBrain) -> None:
    def answer(body: dict[str, Any]) -> str:
        told = "That was wrong" in body["messages"][-1]["content"]
        return '{"tool": "roll", "arguments": {"count": %s}}' % ("2" if told else '"two"')

    server.answer = answer
    assert brain.call("roll two dice", [ROLL]) == Call("roll", {"count": 2})
    assert brain.shape == "none" and "'two' is not of type 'integer'" in server.bodies[-1]["messages"][-1]["content"]


@pytest.mark.parametrize(
    "said",
    ["I would roll the dice.", '{"tool": "format_disk", "arguments": {}}', '{"tool": "roll", "argum', "[1]" * 40],
)
def test_a_call_that_stays_wrong_is_refused(server: ModelServer, brain: EndpointBrain, said: str) -> None:
    server.answer = lambda body: said
    with pytest.raises(UserError, match="gave no usable answer"):
        brain.call("roll two dice", [ROLL])
    assert len(server.bodies) == 4  # two to find out about schemas, the request, and one more try


def _status(status: int, **headers: str) -> Callable[[_Handler, dict[str, Any]], None]:
    return lambda handler, body: reply(handler, status, b"a stack trace with secrets", **headers)


def _silent(handler: _Handler, body: dict[str, Any]) -> None:
    begin_stream(handler)
    handler.connection.recv(1)  # until the client leaves


def _dripping(handler: _Handler, body: dict[str, Any]) -> None:
    begin_stream(handler)
    while True:
        handler.wfile.write(b": still here\n\n")
        handler.wfile.flush()
        time.sleep(0.05)


def _endless_line(handler: _Handler, body: dict[str, Any]) -> None:
    begin_stream(handler)
    for _ in range(400):
        handler.wfile.write(b"x" * 65536)


def _endless_lines(handler: _Handler, body: dict[str, Any]) -> None:
    begin_stream(handler)
    for _ in range(400):
        handler.wfile.write(b": filler filler\n" * 4096)


def _error_in_the_middle(handler: _Handler, body: dict[str, Any]) -> None:
    begin_stream(handler)
    handler.wfile.write(b'data: {"error": {"message": "out of memory"}}\n\n')


@pytest.mark.parametrize(
    ("behave", "said"),
    [
        (_status(500), "failed inside"),
        (_status(503), "is busy"),
        (_status(404), "End endpoint_address in /v1"),
        (_status(401), "antigone endpoint login"),
        (_status(302, Location="http://127.0.0.1:9/v1"), "another address, which is not followed"),
        (_endless_line, "sent far too much"),
        (_endless_lines, "sent far too much"),
        (_error_in_the_middle, "in the middle of its answer"),
        (lambda h, b: reply(h, 200, b"<html>sign in</html>", "text/html"), "not answer as a model server"),
        (lambda h, b: reply(h, 200, b"data: garbage\n\n", "text/event-stream"), "not answer as a model server"),
        (lambda h, b: reply(h, 200, b"", "text/event-stream"), "not answer as a model server"),
        (lambda h, b: reply(h, 200, b'{"choices": 7}'), "empty answer"),
        (lambda h, b: reply(h, 200, b"[" * 100_000), "not answer as a model server"),
    ],
)
def test_whatever_a_server_does_is_said_plainly(
    server: ModelServer, brain: EndpointBrain, behave: Callable[[_Handler, dict[str, Any]], None], said: str
) -> None:
    server.behave = behave
    with pytest.raises(UserError) as error:
        list(brain.talk(SAY))
    assert said in str(error.value) and "stack trace" not in str(error.value)


@pytest.mark.parametrize(
    ("behave", "said"), [(_silent, "did not answer in time"), (_dripping, "did not come to an end in time")]
)
def test_a_server_that_never_ends_is_left(
    server: ModelServer, behave: Callable[[_Handler, dict[str, Any]], None], said: str
) -> None:
    server.behave = behave
    with pytest.raises(UserError, match=said):
        list(EndpointBrain(server.address, "small", limits=QUICK).talk(SAY))


def test_an_endless_answer_is_cut(server: ModelServer, brain: EndpointBrain) -> None:
    server.answer = lambda body: "blah" * 500 + " blah" * 8000
    assert sum(map(len, brain.talk(SAY))) < 25_000


def test_a_server_that_is_not_there_is_said() -> None:
    with pytest.raises(UserError, match="cannot be reached"):
        list(EndpointBrain("http://127.0.0.1:9/v1", "m").talk(SAY))


def test_the_model_is_the_one_that_is_set(server: ModelServer) -> None:
    with pytest.raises(UserError, match=r"has no model huge\. Set endpoint_model to one of: small, big"):
        list(EndpointBrain(server.address, "huge").talk(SAY))
    server.models = {"data": "nonsense"}
    with pytest.raises(UserError, match="names no model"):
        list(EndpointBrain(server.address).talk(SAY))


def test_the_key_goes_to_the_server_and_nowhere_else(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(endpoint_wire.KEY_VARIABLE, "sk-very-secret")
    key = endpoint_wire.key_for("127.0.0.1")
    with caplog.at_level(logging.DEBUG):
        brain = EndpointBrain(server.address, key=key)
        list(brain.talk(SAY))
        server.behave = _status(401)
        with pytest.raises(UserError) as error:
            list(brain.talk(SAY))
    assert server.keys == ["Bearer sk-very-secret"] * 3
    shown = caplog.text + str(error.value) + repr(vars(brain))
    assert "very-secret" not in shown


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8080", "ftp://example.org", "http://me:secret@127.0.0.1/v1", "http://[::1", "http://:80"]
)
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(UserError, match="is no address") as error:
        place_of(address)
    assert "secret" not in str(error.value)


def test_only_this_machine_without_leave_and_only_encrypted_beyond_it() -> None:
    assert place_of("http://localhost:1/v1") == ("localhost", True)
    assert place_of("http://[::1]:8080/v1") == ("::1", True)
    assert place_of("https://models.example.org/v1") == ("models.example.org", False)
    with pytest.raises(UserError, match="not encrypted"):
        place_of("http://192.168.1.20:8080/v1")
    with pytest.raises(UserError, match="outside this machine, which is off"):
        EndpointBrain("https://models.example.org/v1")
    assert EndpointBrain("https://models.example.org/v1", allow_outside=True).host == "models.example.org"
