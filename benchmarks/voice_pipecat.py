"""Pipecat with the same weights, for the benchmark of the voice loop; run by a Python that has it, never imported.

    PYTHON benchmarks/voice_pipecat.py FOLDER      one JSON object a request on standard output

FOLDER holds clips.json (the requests as WAV files of 16 kHz with the second in which speech ends), `whisper` (a folder
for faster-whisper), `voice.onnx` with `voice.onnx.json`, and `model.gguf`, which llama.cpp's own server serves here on
loopback. The pipeline is Pipecat's documented one with its defaults: Silero's voice activity (stop after 0.2 s), Smart
Turn v3, WhisperSTTService (int8), OpenAILLMService, PiperTTSService. The language model is asked for one short
sentence and has no tools, which spares it work.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
import wave
from pathlib import Path
from typing import Any

import numpy as np
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    LLMTextFrame,
    OutputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.piper.tts import PiperTTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams

RATE, STEP = 16000, 320  # 20 ms
NOISE, AUDIBLE, PORT = 10 ** (-66 / 20), 0.01 * 32768, 8917
SYSTEM = "You are a voice assistant. Answer in one short sentence."


class Microphone(BaseInputTransport):
    """Gives what it is told to hear, in real time, over the noise of a quiet room."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self.said: list[tuple[int, np.ndarray]] = []
        self.given, self.begin_s = 0, 0.0
        self._noise = np.random.default_rng(0)

    async def start(self, frame: StartFrame) -> None:
        """Begin."""
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._task = asyncio.get_running_loop().create_task(self._give())

    async def _give(self) -> None:
        self.begin_s = time.monotonic()
        while True:
            await asyncio.sleep(max(0.0, self.begin_s + (self.given + STEP) / RATE - time.monotonic()))
            sound = self._noise.normal(0, NOISE, STEP)
            for first, samples in self.said:
                at = self.given - first
                heard = samples[max(at, 0) : max(at + STEP, 0)]
                sound[max(-at, 0) : max(-at, 0) + len(heard)] += heard
            self.given += STEP
            audio = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
            await self.push_audio_frame(InputAudioRawFrame(audio=audio, sample_rate=RATE, num_channels=1))

    def say(self, samples: np.ndarray) -> float:
        """Hear this from now on; the moment of its first sample."""
        first = self.given + STEP
        self.said = [(first, samples)]
        return self.begin_s + first / RATE


class Loudspeaker(BaseOutputTransport):
    """Notes when sound is heard."""

    heard: list[float]

    async def start(self, frame: StartFrame) -> None:
        """Begin."""
        self.heard, self._end_s = [], 0.0
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Play in real time."""
        samples = np.frombuffer(frame.audio, "<i2").astype(np.int32)
        begin_s = max(self._end_s, time.monotonic())
        loud = np.flatnonzero(np.abs(samples) > AUDIBLE)
        if len(loud):
            self.heard.append(begin_s + int(loud[0]) / frame.sample_rate)
        self._end_s = begin_s + len(samples) / frame.sample_rate
        await asyncio.sleep(max(0.0, self._end_s - 0.06 - time.monotonic()))
        return True


class Watch(FrameProcessor):
    """Notes when frames of some kinds pass."""

    def __init__(self, kinds: dict[str, type[Frame]]) -> None:
        super().__init__()
        self.kinds, self.seen = kinds, list[tuple[str, float, str]]()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass it on."""
        await super().process_frame(frame, direction)
        for name, kind in self.kinds.items():
            if isinstance(frame, kind):
                self.seen.append((name, time.monotonic(), getattr(frame, "text", "")))
        await self.push_frame(frame, direction)


async def main(folder: Path, server: "subprocess.Popen[bytes]") -> None:
    """Ask everything, one request after the other."""
    params = TransportParams(audio_in_enabled=True, audio_out_enabled=True, audio_in_sample_rate=RATE)
    microphone, loudspeaker = Microphone(params), Loudspeaker(params)
    context = LLMContext([{"role": "system", "content": SYSTEM}])
    aggregators = LLMContextAggregatorPair(
        context, user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    heard = Watch({"said": TranscriptionFrame})
    ended, answered = Watch({"decided": UserStoppedSpeakingFrame}), Watch({"answer": LLMTextFrame})
    settings: Any = WhisperSTTService.Settings(model=str(folder / "whisper"), language=None)
    pipeline = Pipeline([
        microphone,
        WhisperSTTService(device="cpu", compute_type="int8", settings=settings),
        heard,
        aggregators.user(),
        ended,
        OpenAILLMService(
            api_key="none", base_url=f"http://127.0.0.1:{PORT}/v1",
            settings=OpenAILLMService.Settings(model="model", max_tokens=40, temperature=0.0),
        ),
        answered,
        PiperTTSService(download_dir=folder, settings=PiperTTSService.Settings(voice="voice")),
        loudspeaker,
        aggregators.assistant(),
    ])  # fmt: skip
    task = PipelineTask(pipeline, params=PipelineParams(audio_in_sample_rate=RATE), cancel_on_idle_timeout=False)
    running = asyncio.create_task(PipelineRunner(handle_sigint=False).run(task))  # kept, or it would be collected
    while not microphone.given:
        await asyncio.sleep(0.1)
    watches = (heard, ended, answered)
    for number, clip in enumerate(json.loads((folder / "clips.json").read_text())):
        await asyncio.sleep(1.0)
        context.set_messages([{"role": "system", "content": SYSTEM}])
        row = await ask(folder, clip, microphone, loudspeaker, watches)
        if number:  # the first warms up
            print(json.dumps(row), flush=True)
    assert not running.done()
    server.kill()
    os._exit(0)  # its threads wait for each other


async def ask(
    folder: Path, clip: dict[str, Any], microphone: Microphone, loudspeaker: Loudspeaker, watches: Any
) -> Any:
    """Say a clip and wait for sound; seconds after the end of speech."""
    with wave.open(str(folder / clip["file"])) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768
    for watch in watches:
        watch.seen.clear()
    begin_s = microphone.say(samples)
    end_s = begin_s + clip["end_s"]
    limit_s = end_s + 12.0
    while time.monotonic() < limit_s and not any(at > end_s for at in loudspeaker.heard[-50:]):
        await asyncio.sleep(0.01)
    row: dict[str, Any] = {"text": clip["text"], "voice": clip["voice"]}
    for watch in watches:
        for name, at, text in watch.seen:
            if name == "said":
                row["heard"] = row.get("heard", "") + text
            if name not in row and at > end_s:
                row[name] = round(at - end_s, 3)
    first = next((at for at in loudspeaker.heard if at > end_s), None)
    row["sound"] = None if first is None else round(first - end_s, 3)
    while time.monotonic() < limit_s and time.monotonic() - loudspeaker.heard[-1] < 1.0:  # the rest of the answer
        await asyncio.sleep(0.1)
    return row


def serve(folder: Path) -> "subprocess.Popen[bytes]":
    """llama.cpp's own server, ready."""
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(folder / "model.gguf"), "--port", str(PORT),
               "--n_threads", "2", "--n_ctx", "768", "--model_alias", "model"]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/v1/models", timeout=1)
            return server
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise SystemExit("llama.cpp's server did not start")


if __name__ == "__main__":
    here = Path(sys.argv[1])
    child = serve(here)
    try:
        asyncio.run(main(here, child))
    finally:
        child.kill()
