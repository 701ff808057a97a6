"""Loopback is shared by all accounts of a computer; the page belongs to one of them."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.page_support import Scripted, served
from ui.accounts import may_enter

SERVER, CLIENT = ("127.0.0.1", 7860), ("127.0.0.1", 40000)
STRANGER = 54321
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
OURS = (
    "   0: 0100007F:1EB4 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 20 4 30 10 -1\n"
)
THEIRS = (
    "   1: 0100007F:9C40 0100007F:1EB4 {} 00000000:00000000 00:00000000 00000000 {:>5}        0 2 1 0 20 4 30 10 -1\n"
)
MAPPED = THEIRS.replace("0100007F", "0000000000000000FFFF00000100007F")
VISIT = """
import encodings.idna, http.client, os, sys
os.setuid(int(sys.argv[2]))
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
connection.request("GET", "/", headers={"X-Forwarded-For": "127.0.0.1"})
reply = connection.getresponse()
print(reply.status, "set-cookie" in reply.headers, reply.read(200))
"""


def entered(tmp_path: Path, *rows: str, mapped: str = "") -> bool:
    tables = tmp_path / "tcp", tmp_path / "tcp6"
    tables[0].write_text(HEAD + "".join(rows))
    tables[1].write_text(HEAD + mapped)
    return may_enter(CLIENT, SERVER, tables)


@pytest.mark.skipif(sys.byteorder != "little" or os.name == "nt", reason="the rows were taken on such a Linux")
def test_only_the_own_account_and_a_living_root_may_enter(tmp_path: Path) -> None:
    me = os.getuid()
    assert entered(tmp_path, OURS, THEIRS.format("01", me))
    assert entered(tmp_path, OURS, mapped=MAPPED.format("01", me))
    assert entered(tmp_path, OURS, THEIRS.format("01", 0))
    assert not entered(tmp_path, OURS, THEIRS.format("01", STRANGER))
    assert not entered(tmp_path, OURS, mapped=MAPPED.format("01", STRANGER))
    assert not entered(tmp_path, OURS), "whoever hung up is nobody"
    if me:
        assert not entered(tmp_path, OURS, THEIRS.format("05", 0)), "a closed connection is listed as root's"


def test_where_the_system_does_not_tell_everybody_enters(tmp_path: Path) -> None:
    assert may_enter(CLIENT, SERVER, (tmp_path / "missing",))
    assert entered(tmp_path)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become another account")
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="this system does not tell who connects")
def test_another_account_is_sent_away_without_a_conversation() -> None:
    with served(Scripted) as server:
        port = str(urlsplit(server.page).port)
        said = [
            subprocess.run([sys.executable, "-c", VISIT, port, account], capture_output=True, text=True).stdout
            for account in ("0", str(STRANGER))
        ]
    assert said[0].startswith("200 True")
    assert said[1].startswith("403 False") and "another account" in said[1]
