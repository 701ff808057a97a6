"""The same parts one after the other, as simple voice programs put them together: a fixed silence, faster-whisper,
llama.cpp that names a tool under a grammar, the tool, the whole answer by Piper.
"""

import importlib.util
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from assistant import models
from assistant.engines.voices import Piper
from assistant.messages import Answer, Request, ToolCalled, ToolReturned
from assistant.session import Session
from assistant.steps.close_calls import WANTS
from benchmarks.cpu_hearing import peer
from benchmarks.voice_requests import Clip, misheard, said
from benchmarks.voice_room import audible_s
from encoders.audio_input import SAMPLE_RATE
from kernels.errors import UserError

WAITS_S = 0.8
"""Silence that ends a turn: what such programs wait when nothing tells them that the speaker has finished."""
TOOLS = ("calculate", "convert_units", "tell_time", "set_reminder", "list_reminders", "start_timer", "remember",
         "recall", "add_note", "search_notes", "spell")  # fmt: skip
_PROMPT = (
    "<|im_start|>system\nTools:\n"
    + "\n".join(f"{name}: the user wants to {WANTS[name]}" for name in TOOLS)
    + '\nAnswer with JSON: {"tool": name, "about": what the tool needs}<|im_end|>\n<|im_start|>user\n'
)
_GRAMMAR = (
    'root ::= "{\\"tool\\": \\"" tool "\\", \\"about\\": \\"" about "\\"}"\n'
    "tool ::= " + " | ".join(f'"{name}"' for name in TOOLS) + "\nabout ::= [A-Za-z0-9 .,]{1,48}\n"
)
Record = dict[str, Any]


def pipecat(python: Path | None, asked: list[Clip]) -> Iterator[Record]:
    """The requests to Pipecat's own pipeline, run by another Python; the first clip warms it up.

    Raises:
        UserError: there is none, or it failed.
    """
    if python is None:
        raise UserError("No Python with Pipecat is named.", "Add --pipecat PYTHON.")
    with tempfile.TemporaryDirectory(prefix="antigone-bench-") as made:
        folder = Path(made)
        (folder / "whisper").mkdir()
        voice, weights = models.files("piper-joe"), models.files("smollm2-135m")["weights"]
        links = {f"whisper/{path.name}": path for path in models.files("whisper-tiny.en").values()}
        links |= {"voice.onnx": voice["weights"], "voice.onnx.json": voice["config"], "model.gguf": weights}
        for name, path in links.items():
            (folder / name).symlink_to(path)
        names = []
        for number, clip in enumerate([asked[0], *asked]):
            soundfile.write(folder / f"{number}.wav", clip.samples_S, SAMPLE_RATE)
            names.append({"file": f"{number}.wav", "end_s": clip.end_s, "text": clip.text, "voice": clip.voice})
        (folder / "clips.json").write_text(json.dumps(names))
        script = Path(__file__).with_name("voice_pipecat.py")
        with subprocess.Popen([python, script, folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            told = 0
            for row in map(json.loads, process.stdout):
                told += 1
                yield row | {"wrong": misheard(row["text"], row.get("heard", "")), "count": len(said(row["text"]))}
        if not told:
            raise UserError("Pipecat said nothing.", f"Look whether {python} has all that {script.name} needs.")


def missing() -> list[str]:
    """Parts that are not installed."""
    return [name for name in ("faster_whisper", "llama_cpp") if importlib.util.find_spec(name) is None]


class Sequence:
    """The peers' parts, loaded; the tools are those of `session`.

    Args:
        session: a conversation of its own, so that both sides keep the same notes.
        threads: of each part.
    """

    def __init__(self, session: Session, threads: int) -> None:
        from llama_cpp import Llama, LlamaGrammar

        self._session = session
        self._hear = peer("whisper-tiny.en", "int8", threads)
        self._llama = Llama(
            str(models.files("smollm2-135m")["weights"]), n_ctx=768, n_threads=threads, n_threads_batch=threads,
            verbose=False,
        )  # fmt: skip
        self._grammar = LlamaGrammar.from_string(_GRAMMAR, verbose=False)
        files = models.files("piper-joe")
        self._voice = Piper(files["weights"], files["config"], threads)

    def ask(self, clip: Clip) -> Record:
        """One request; seconds as in `voice_turns.Conversation.ask`, the wait for silence included."""
        start = time.perf_counter()
        words = self._hear(np.pad(clip.samples_S, (0, int(WAITS_S * 16000))))
        heard = time.perf_counter()
        named = self._choose(words)
        chosen = time.perf_counter()
        answer, tool_s = self._run(clip.text)
        spoken = time.perf_counter()
        samples_F = self._voice.say(answer, 180, 0, lambda: False)
        made = time.perf_counter()
        assert samples_F is not None
        waited = start - WAITS_S
        answered = chosen + tool_s
        sound = answered + (made - spoken) + audible_s(samples_F, self._voice.rate_hz)
        return {
            "text": clip.text, "voice": clip.voice, "heard": words, "right": named == clip.tools,
            "wrong": misheard(clip.text, words), "count": len(said(clip.text)), "decided": WAITS_S,
            **{name: round(at - waited, 3) for name, at in
               (("said", heard), ("answer", answered), ("sound", sound))},
        }  # fmt: skip

    def close(self) -> None:
        """End the voice's process."""
        self._voice.close()

    def _choose(self, words: str) -> str:
        """The tool that the language model names; its fixed prompt stays in its cache between calls."""
        prompt = f"{_PROMPT}{words}<|im_end|>\n<|im_start|>assistant\n"
        made = self._llama.create_completion(prompt, max_tokens=48, temperature=0.0, grammar=self._grammar)
        text = str(made["choices"][0]["text"])
        return text.partition('"tool": "')[2].partition('"')[0]

    def _run(self, text: str) -> tuple[str, float]:
        """The right tool's answer, and the seconds that the tool alone took."""
        answer, began, took = "Done.", 0.0, 0.0
        for event in self._session.turn(Request(text)):
            if isinstance(event, ToolCalled):
                began = time.perf_counter()
            elif isinstance(event, ToolReturned):
                took += time.perf_counter() - began
            elif isinstance(event, Answer):
                answer = event.text
        return answer, took
