"""Gradio, imported in half its usual time: `from ui.gradio_quickly import gradio as gr`.

While Gradio is imported, the metaclass of its components writes a type stub beside each component's source: it parses
and prints some forty classes at every start, which takes longer than all the rest, and it writes into the program's
environment. Gradio itself leaves that out for classes whose source file cannot be found, so while it is imported, and
for that caller alone, none can. Should Gradio change this, it is merely imported as slowly as before.
"""

import importlib
import inspect
import os
import sys
from typing import Any

_STUB_WRITER = "gradio.component_meta"


def _load() -> None:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when it is imported
    usual = inspect.getfile

    def getfile(thing: Any) -> str:
        if sys._getframe(1).f_globals.get("__name__") == _STUB_WRITER:
            raise OSError("no stubs are wanted")
        return usual(thing)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        importlib.import_module("gradio")
    finally:
        inspect.getfile = usual


_load()

import gradio  # noqa: E402

__all__ = ["gradio"]
