"""Shared by all tests: nothing of the user's is touched, and the clock, the hub and the settings are not the machine's.

Each run of the suite gets a data folder of its own. Joined models and what was verified are kept there for the run,
so that a model's files are hashed once and not once a test.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import workers

if TYPE_CHECKING:
    from xdist.scheduler import LoadFileScheduling

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

SHARED = Path(__file__).parents[1].parent / "shared" / "data"


def pytest_configure(config: pytest.Config) -> None:
    """A data folder for the whole run, before any test module is imported."""
    config.addinivalue_line("markers", "alone: wants the machine for itself, as a browser's microphone does")
    for name in [name for name in os.environ if name.startswith("ANTIGONE_") and name != "ANTIGONE_VENV"]:
        del os.environ[name]
    config.stash[_HOME] = Path(tempfile.mkdtemp(prefix="antigone-tests-"))
    os.environ["ANTIGONE_HOME"] = str(config.stash[_HOME])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    shutil.rmtree(config.stash[_HOME], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, see workers.py."""
    items.sort(key=lambda item: workers.order(item.nodeid, item.get_closest_marker("browser") is not None))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> "LoadFileScheduling":
    """Hand out whole rooms of files, see workers.py."""
    from xdist.scheduler import LoadFileScheduling

    class ByRoom(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return workers.room(nodeid)

    config.option.loadscopereorder = False
    return ByRoom(config, log)


_HOME = pytest.StashKey[Path]()


@pytest.fixture(autouse=True)
def as_many_threads_as_told() -> Iterator[None]:
    """A library that sets OpenMP's threads for itself, as faster-whisper's does, sets torch's too, and for every test
    that follows: then two workers of two threads each wait for each other by turning in circles.
    """
    _keep_threads()
    yield
    _keep_threads()


def _keep_threads() -> None:
    torch, told = sys.modules.get("torch"), os.environ.get("OMP_NUM_THREADS", "")
    if torch is not None and told.isdigit() and torch.get_num_threads() != int(told):
        torch.set_num_threads(int(told))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder for this test alone."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("ANTIGONE_HOME", str(folder))
    yield folder


@pytest.fixture(scope="session")
def speech() -> Path:
    """The folder of recorded speech; tests that need it are skipped where it is missing."""
    folder = SHARED / "speech"
    if not folder.is_dir():
        pytest.skip("the shared recordings are not here")
    return folder
