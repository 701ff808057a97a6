"""A hub on loopback that the program is set to, with one good repository, and no token anywhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.made import NAME, files
from tests.hub.support import Hub, Repository, running_hub


@pytest.fixture
def hub(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(home / "no-token-here"))
    monkeypatch.setattr("assistant.hub.token._from_keyring", lambda: None)
    with running_hub() as running:
        running.repositories[NAME] = Repository(files())
        monkeypatch.setenv("ANTIGONE_HUB_ADDRESS", running.address)
        yield running
