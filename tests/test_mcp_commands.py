"""`antigone mcp` and what the doctor says of servers: plain lines, and refusals that leave things as they were."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.checks.outside import model_and_search_server, servers_of_tools
from assistant.commands import mcp as command
from assistant.mcp import config
from assistant.mcp.config import KnownTool, Server
from assistant.mcp.connection import Connection, known_tools
from kernels.errors import UserError
from tests.mcp_support import described


@pytest.fixture
def connected(home: Path) -> Path:
    """A data folder with one server that has two tools and one that cannot be offered."""
    rows = [described("echo"), described("fail"), described("odd", a={"type": "null"})]
    tools = known_tools([(row["name"], row["description"], row["inputSchema"]) for row in rows])
    with config.changing(home) as servers:
        servers["raw"] = Server("raw", (sys.executable, "raw.py"), str(home), tools=tools)
    return home


def test_trust_is_given_shown_and_taken_back(connected: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command.trust("raw", "echo", runs=True)
    command.list_servers(as_json=False)
    command.tools("raw")
    said = capsys.readouterr().out
    assert (
        "raw.py. 3 tools, 1 trusted." in said
        and 'echo: trusted to run. Takes text. It says of itself: "Does echo."' in said
    )
    assert "fail: asks each time" in said and "odd: not offered; an argument is of a kind" in said
    command.trust("raw", None, runs=False)
    assert [tool.allowed for tool in config.read(connected)["raw"].tools] == ["change", "change", ""]
    command.distrust("raw", None)
    assert not any(tool.allowed for tool in config.read(connected)["raw"].tools)
    command.remove("raw")
    command.list_servers(as_json=False)
    assert not config.read(connected) and "No server is connected" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "words", "url", "said"),
    [("Raw", ["x"], None, "no name for a server"), ("a__b", ["x"], None, "no name for a server"),
     ("new", [], None, "a program or an address"), ("new", ["x"], "http://localhost:1", "a program or an address"),
     ("raw", ["x"], None, "There is a server raw already"), ("new", ["no-such-program-here"], None, "no program"),
     ("new", [], "http://10.0.0.1/mcp", "not encrypted"), ("new", [], "https://tools.example.org/mcp", "which is off"),
     ("new", [], "nonsense", "no address that can be used")],
)  # fmt: skip
def test_what_cannot_be_connected_is_refused(
    connected: Path, name: str, words: list[str], url: str | None, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        command.add(name, words, url, [])
    assert set(config.read(connected)) == {"raw"}


def test_a_variable_that_is_not_set_and_a_server_that_is_not_there(connected: Path) -> None:
    with pytest.raises(UserError, match="no variable NO_SUCH_KEY"):
        command.add("new", ["sh"], None, ["NO_SUCH_KEY"])
    for body in (
        lambda: command.trust("none", None, False),
        lambda: command.remove("none"),
        lambda: command.tools("none"),
    ):
        with pytest.raises(UserError, match=r"There is no server none\. Those that are connected: raw"):
            body()


def test_a_check_revives_no_trust_and_no_server_that_was_taken_back_meanwhile(
    connected: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = config.read(connected)["raw"].tools

    def during(what: Callable[[], None]) -> None:
        def tools(connection: Connection) -> tuple[KnownTool, ...]:
            what()
            return known

        monkeypatch.setattr(Connection, "tools", tools)

    command.trust("raw", "echo", runs=True)
    during(lambda: command.distrust("raw", "echo"))
    command.check("raw")
    assert not config.read(connected)["raw"].tool("echo").allowed
    during(lambda: command.remove("raw"))
    with pytest.raises(UserError, match="raw was removed or connected anew meanwhile"):
        command.check("raw")
    assert not config.read(connected)

    def add_another() -> None:
        with config.changing(connected) as servers:
            servers["new"] = Server("new", ("/bin/other",))

    during(add_another)
    with pytest.raises(UserError, match="There is a server new already"):
        command.add("new", [sys.executable], None, [])
    assert config.read(connected)["new"].command == ("/bin/other",)


def test_the_doctor_names_what_is_gone_or_changed(connected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [finding.state for finding in servers_of_tools()] == ["good"]
    command.trust("raw", "echo", runs=True)
    with config.changing(connected) as servers:
        row = described("echo", "Does more.")
        servers["raw"] = config.renewed(servers["raw"], known_tools([("echo", "Does more.", row["inputSchema"])]))
        servers["gone"] = Server("gone", ("/no/such/program",))
    changed, gone = servers_of_tools()
    assert changed.state == "note" and "echo changed since you trusted it" in changed.text
    assert gone.state == "bad" and "no program /no/such/program" in gone.text
    assert [finding.state for finding in model_and_search_server()] == ["good"]
    monkeypatch.setenv("ANTIGONE_ENDPOINT_ADDRESS", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("ANTIGONE_SEARCH_ADDRESS", "http://search.example.org")
    endpoint, search = model_and_search_server()
    assert endpoint.state == "bad" and "cannot be reached" in endpoint.text and search.state == "bad"
    monkeypatch.setenv("ANTIGONE_ENDPOINT_ADDRESS", "https://models.example.org/v1")
    assert next(iter(model_and_search_server())).state == "note"
