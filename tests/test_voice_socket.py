"""Hands-free talking over the real server with a real WebSocket client: who gets in, what comes down, what is not."""

import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from assistant.speech import RATE_HZ
from tests.page_support import QUESTION, SHORT
from tests.talk_support import TONE_F, Place, placed
from tests.test_page_security import ask, events, say, visit
from ui.socket_limits import Limits
from ui.socket_output import AHEAD_S, samples_of

LOUD = (np.full(512, 9000, "<i2")).tobytes()
QUIET = bytes(1024)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with placed(Limits(loops=3, away_s=1.0, flood_s=5.0, burst_s=1.0)) as made:
        yield made


@pytest.fixture
def cookie(place: Place) -> Iterator[str]:
    yield visit(place.address)
    until(lambda: all(loop.ended.is_set() for loop in place.loops))
    place.loops.clear()


@pytest.fixture
def page(place: Place, cookie: str) -> Iterator[ClientConnection]:
    with place.call(cookie) as made:
        until_event(made, "StateChanged", state="listening")
        yield made
        bye(made)


def until(true: Callable[[], Any], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


def until_event(page: ClientConnection, name: str, **fields: Any) -> dict[str, Any]:
    """The next JSON event of that name and fields."""
    while True:
        message = page.recv(timeout=10)
        if isinstance(message, str):
            event: dict[str, Any] = json.loads(message)
            if event["event"] == name and fields.items() <= event.items():
                return event


def tell(page: ClientConnection, event: str, **fields: Any) -> None:
    page.send(json.dumps({"event": event, **fields}))


def bye(page: ClientConnection) -> None:
    """End the talk, whatever has happened to the socket."""
    with contextlib.suppress(ConnectionClosed):
        tell(page, "bye")


def closed(page: ClientConnection) -> tuple[int, str]:
    """Code and reason with which the server closes."""
    with pytest.raises(ConnectionClosed):
        while True:
            page.recv(timeout=10)
    return page.close_code or 0, page.close_reason or ""


def frames(page: ClientConnection, samples: int, report: bool = True) -> list[tuple[int, int, np.ndarray]]:
    """Frames until that many samples have come; each is reported as played."""
    got: list[tuple[int, int, np.ndarray]] = []
    while sum(len(frame[2]) for frame in got) < samples:
        message = page.recv(timeout=10)
        if isinstance(message, bytes):
            got.append(samples_of(message))
            if report:
                tell(page, "played", played=got[-1][1] + len(got[-1][2]))
    return got


# -- who gets in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": None}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 400),
        ({"Host": "127.0.0.1.evil.example"}, 400),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Cookie": None}, 403),
        ({"Cookie": "antigone=guess"}, 403),
        ({"Cookie": "antigone=" + "A" * 43}, 403),
    ],
)
def test_a_stranger_is_refused_in_plain_words(place: Place, cookie: str, headers: dict[str, str], status: int) -> None:
    netloc = urlsplit(place.address).netloc
    sent = {"Host": netloc, "Origin": place.address, "Cookie": cookie, "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", **headers}  # fmt: skip
    lines = [f"{name}: {value}" for name, value in sent.items() if value is not None]
    with socket.create_connection(netloc.split(":"), timeout=10) as raw:  # type: ignore[arg-type]
        raw.sendall("\r\n".join(["GET /antigone/voice HTTP/1.1", *lines, "", ""]).encode())
        reply = b""
        while piece := raw.recv(4096):
            reply += piece
    assert reply.split()[1] == str(status).encode()
    assert b" " in reply.partition(b"\r\n\r\n")[2], "the body says why"
    assert not place.loops


def test_no_other_route_takes_a_socket(place: Place, cookie: str) -> None:
    for path in ("/antigone/events", "/antigone/voice/", "/", "/gradio_api/queue/join"):
        with pytest.raises(InvalidStatus):
            connect(
                place.address.replace("http", "ws") + path,
                origin=Origin(place.address),
                additional_headers={"Cookie": cookie},
                proxy=None,
            )


# -- sound and words ---------------------------------------------------------------------------------------------------


def test_what_the_page_hears_and_says_goes_up(place: Place, page: ClientConnection) -> None:
    for _ in range(20):
        page.send(QUIET)
    until(lambda: place.loops[-1].heard >= 20 * 512)
    tell(page, "say", text="One file added.")
    until(lambda: place.loops[-1].own == ["One file added."])
    tell(page, "microphone", on=False)
    lost = until_event(page, "DeviceLost", device="microphone")
    assert lost["text"] == "The microphone has gone." and lost["remedy"]
    tell(page, "microphone", on=True)
    until_event(page, "DeviceBack", device="microphone")


def test_speech_comes_down_whole_and_in_order_no_faster_than_it_is_played(page: ClientConnection) -> None:
    tell(page, "command", name="repeat")
    ahead = frames(page, int(AHEAD_S * RATE_HZ), report=False)
    end = time.monotonic() + 0.5
    while (left := end - time.monotonic()) > 0:  # until that is played next to nothing comes
        with contextlib.suppress(TimeoutError):
            ahead.append(samples_of(page.recv(timeout=left)))  # type: ignore[arg-type]
    assert sum(len(frame[2]) for frame in ahead) < (AHEAD_S + 0.2) * RATE_HZ
    tell(page, "played", played=ahead[-1][1] + len(ahead[-1][2]))
    every = [*ahead, *frames(page, len(TONE_F) - sum(len(frame[2]) for frame in ahead))]
    assert [sequence for sequence, _, _ in every] == list(range(1, len(every) + 1))
    places = np.cumsum([0, *(len(samples_F) for _, _, samples_F in every)])
    assert [first for _, first, _ in every] == list(places[:-1])
    assert np.array_equal(np.concatenate([samples_F for _, _, samples_F in every]), TONE_F)
    assert max(len(samples_F) for _, _, samples_F in every) <= 0.05 * RATE_HZ


def test_speech_drops_at_once_when_the_user_speaks_and_goes_on_from_its_clause(page: ClientConnection) -> None:
    tell(page, "command", name="repeat")
    got = frames(page, 4410)
    page.send(LOUD)
    silence = until_event(page, "silence")
    assert silence["sequence"] > got[-1][0]
    tell(page, "silenced", sequence=silence["sequence"], played=4410)
    tell(page, "command", name="go_on")
    again = frames(page, len(TONE_F))
    assert again[0][0] == silence["sequence"], "numbers go on"
    assert np.array_equal(np.concatenate([samples_F for _, _, samples_F in again])[:4410], TONE_F[:4410])


def test_what_is_typed_or_pressed_runs_in_the_loop_and_stands_in_the_log(
    place: Place, cookie: str, page: ClientConnection
) -> None:
    say(place.address, cookie, "delete the note")
    assert until_event(page, "ConsentAsked")["text"] == QUESTION
    until_event(page, "Answer")
    until(lambda: '"ConsentAsked"' in "".join(events(place.address, cookie)))
    for question, status in (("Delete something else? Say yes or no.", 409), (QUESTION, 204), (QUESTION, 409)):
        body = json.dumps({"yes": True, "question": question}).encode()
        assert ask(place.address, "POST", "/antigone/consent", body, cookie=cookie,
                   content_type="application/json")[0] == status  # fmt: skip
    assert until_event(page, "Answer")["text"] == "The note is deleted."
    told = [json.loads(line)["event"] for line in events(place.address, cookie) if '"event"' in line]
    assert [name for name in told if name != "Thinking"] == [
        "Asked", "Answer", "ConsentAsked", "ConsentGiven", "Answer"
    ]  # fmt: skip
    assert len(place.agents[-1].requests) == 2


def test_the_page_answers_again_by_itself_after_the_talk(place: Place, cookie: str) -> None:
    with place.call(cookie) as page:
        until_event(page, "StateChanged", state="listening")
        tell(page, "bye")
        assert closed(page)[0] == 1000
    until(place.loops[-1].ended.is_set)
    say(place.address, cookie, "What does the letter say?")
    assert SHORT in "".join(events(place.address, cookie, until='"Answer"'))


# -- pages that come and go --------------------------------------------------------------------------------------------


def test_a_page_that_was_cut_off_goes_on_where_it_was(place: Place, cookie: str) -> None:
    with place.call(cookie) as first:
        tell(first, "command", name="repeat")
        got = frames(first, 8820)
        until(lambda: len(frames(first, 1, report=False)) == 1)  # this one came and did not sound
        first.socket.shutdown(socket.SHUT_RDWR)
    played = got[-1][1] + len(got[-1][2])
    with place.call(cookie, sequence=got[-1][0], played=played) as second:
        rest = frames(second, len(TONE_F) - played)
        assert rest[0][:2] == (got[-1][0] + 1, played)
        assert np.array_equal(np.concatenate([samples_F for _, _, samples_F in (*got, *rest)]), TONE_F)
        assert len(place.loops) == 1
        bye(second)


def test_a_loop_whose_page_stays_away_ends(place: Place, cookie: str) -> None:
    with place.call(cookie) as page:
        until_event(page, "StateChanged", state="listening")
        page.socket.shutdown(socket.SHUT_RDWR)
    assert not place.loops[-1].ended.wait(0.2)
    assert place.loops[-1].ended.wait(10)


def test_a_second_tab_takes_over_and_the_first_is_told(place: Place, cookie: str) -> None:
    with place.call(cookie) as first, place.call(cookie) as second:
        assert closed(first) == (4000, "Hands-free talking goes on in another tab.")
        until_event(second, "StateChanged", state="listening")
        assert len(place.loops) == 1
        tell(second, "command", name="repeat")
        assert frames(second, 2205)
        bye(second)


def test_off_and_on_again_at_once_is_a_new_talk(place: Place, cookie: str) -> None:
    with place.call(cookie) as first:
        tell(first, "bye")
        closed(first)
        with place.call(cookie) as second:
            until_event(second, "StateChanged", state="listening")
            tell(second, "command", name="repeat")
            assert frames(second, 2205)[0][0] == 1
            bye(second)


def test_there_are_no_more_talks_than_the_machine_can_serve(place: Place, cookie: str) -> None:
    pages = [place.call(visit(place.address)) for _ in range(3)]
    for page in pages:
        until_event(page, "StateChanged", state="listening")
    with place.call(cookie) as late:
        assert closed(late) == (4001, "There are 3 conversations by voice already.")
    for page in pages:
        bye(page)
        page.close()
    until(lambda: all(loop.ended.is_set() for loop in place.loops))
    with place.call(cookie) as again:
        until_event(again, "StateChanged", state="listening")
        bye(again)


def test_a_loop_that_cannot_begin_says_why(place: Place, cookie: str) -> None:
    place.conversation(cookie).choices = {"verbosity": "full"}
    with place.call(cookie) as page:
        failed = until_event(page, "Failed")
        assert (failed["text"], failed["remedy"]) == ("The ear's model is missing.", "Run: antigone models pull.")
        assert failed["own"], "no turn's failure, so the page must tell it"
        assert closed(page) == (4002, "Hands-free talking cannot go on here.")
    say(place.address, cookie, "What does the letter say?")
    assert SHORT in "".join(events(place.address, cookie, until='"Answer"'))


def test_a_loop_that_breaks_keeps_its_secrets(place: Place, page: ClientConnection) -> None:
    tell(page, "command", name="stop")
    assert until_event(page, "Failed")["text"] == "Something in the program went wrong."
    assert closed(page) == (4002, "Something in the program went wrong.")


# -- hostile pages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("hello", 1007),
        ("[" * 4000, 1007),
        ("[]", 1007),
        ('{"event": "hello"}', 1007),
        ('{"event": "eval", "text": "1"}', 1007),
        ('{"event": "played", "played": -1}', 1007),
        ('{"event": "played", "played": 1e99}', 1007),
        ('{"event": "command", "name": "louder; rm"}', 1007),
        ('{"event": "say", "text": "' + "a" * 5000 + '"}', 1009),
        (b"", 1003),
        (b"odd", 1003),
        (bytes(20_000), 1009),
        (bytes(200_000), 1009),
    ],
    ids=lambda value: str(value)[:24],
)
def test_garbage_closes_its_own_socket_alone(place: Place, page: ClientConnection, message: Any, code: int) -> None:
    with place.call(visit(place.address)) as hostile:
        until_event(hostile, "StateChanged", state="listening")
        hostile.send(message)
        got, reason = closed(hostile)
        assert got == code
        assert code == 1009 or reason.endswith(".")
    tell(page, "command", name="repeat")
    assert frames(page, 2205), "others talk on"


@pytest.mark.parametrize("first", ['{"event": "played", "played": 0}', "x", QUIET])
def test_nothing_goes_before_hello(place: Place, cookie: str, first: Any) -> None:
    with place.call(cookie, greet=False) as page:
        page.send(first)
        assert closed(page)[0] == 1007
    assert not place.loops


@pytest.mark.parametrize("raw", [b"\x81\x82\x00\x00\x00\x00\xff\xfe", b"\xff\xff\xff\xff", b"\x81\x05hello"])
def test_frames_that_are_none_end_the_connection(place: Place, cookie: str, raw: bytes) -> None:
    with place.call(cookie) as page:
        until_event(page, "StateChanged", state="listening")
        page.socket.sendall(raw)
        assert closed(page)[0] in (1002, 1007)


def test_a_flood_of_sound_is_dropped_then_ended_and_fills_no_memory(place: Place, page: ClientConnection) -> None:
    before = psutil.Process().memory_info().rss
    with place.call(visit(place.address)) as flood:
        until_event(flood, "StateChanged", state="listening")
        with pytest.raises(ConnectionClosed):
            for _ in range(20_000):  # five hours of sound
                flood.send(bytes(16_384))
        assert closed(flood) == (1008, "More sound came than a microphone makes.")
    assert place.loops[-1].heard < 16_000 * 3
    assert psutil.Process().memory_info().rss - before < 50 * 2**20
    tell(page, "command", name="repeat")
    assert frames(page, 2205)


def test_a_flood_of_messages_is_ended(page: ClientConnection) -> None:
    with pytest.raises(ConnectionClosed):
        for _ in range(5000):
            tell(page, "played", played=0)
    assert closed(page) == (1008, "Too many messages came at once.")


@pytest.fixture(scope="module")
def strict() -> Iterator[Place]:
    with placed(Limits(texts_per_s=1e6, texts_burst=1e6, hello_s=0.2, idle_s=0.5, slow_s=0.5, away_s=0.2)) as made:
        yield made


def test_a_page_that_takes_nothing_is_ended_and_fills_no_memory(strict: Place) -> None:
    with half_open(strict, visit(strict.address)) as raw:
        until(lambda: strict.loops)
        before = psutil.Process().memory_info().rss
        message = masked(b'{"event": "say", "text": "' + b"a" * 1000 + b'"}', text=True)  # each comes down as an event
        with contextlib.suppress(OSError):
            for _ in range(200):
                raw.sendall(message * 50)
        until(strict.loops[-1].ended.is_set, 30)
        assert psutil.Process().memory_info().rss - before < 50 * 2**20


def test_who_says_nothing_is_ended(strict: Place) -> None:
    with strict.call(visit(strict.address), greet=False) as silent:
        assert closed(silent) == (4003, "The page did not say hello.")
    with strict.call(visit(strict.address)) as idle:
        assert closed(idle) == (4003, "Nothing came from the page for a while.")
    strict.loops.clear()
    with half_open(strict, visit(strict.address)):  # it never answers, not even a close
        until(lambda: strict.loops)
        until(strict.loops[-1].ended.is_set)


@contextmanager
def half_open(place: Place, cookie: str) -> Iterator[socket.socket]:
    netloc = urlsplit(place.address).netloc
    lines = ["GET /antigone/voice HTTP/1.1", f"Host: {netloc}", f"Origin: {place.address}", f"Cookie: {cookie}",
             "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]  # fmt: skip
    with socket.socket() as raw:
        raw.settimeout(10)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect((netloc.split(":")[0], int(netloc.split(":")[1])))
        raw.sendall("\r\n".join([*lines, "", ""]).encode())
        assert b"101" in raw.recv(4096)
        raw.sendall(masked(b'{"event": "hello"}', text=True))
        yield raw


def masked(data: bytes, text: bool = False) -> bytes:
    """A client's frame with a mask of zeros."""
    head = bytes([0x81 if text else 0x82])
    length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    return head + length + bytes(4) + data
