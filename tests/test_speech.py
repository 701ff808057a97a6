"""The voice with its real engines: said and heard back, its rates, its crashes, its interruptions, its last breath."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from assistant import models
from assistant.engines import level, protocol
from assistant.engines.child import Child, EngineFailed
from assistant.engines.voices import Espeak, Piper
from assistant.settings import Settings
from assistant.speaking import earcons
from assistant.speaking.playback import Player, Priority
from assistant.speech import FALLBACK_NOTICE, RATE_HZ, Sound, Speaker
from kernels.errors import UserError

THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))
ROOT = Path(__file__).parents[1]
PROSE = (
    "The letter is from the city hospital. Your appointment with the eye doctor is on Monday morning, and you should "
    "bring a list of the medicines that you take. Please call the desk if you cannot come."
)


@pytest.fixture(scope="module")
def speaker() -> Iterator[Speaker]:
    with Speaker(Settings()) as one:
        yield one


@pytest.fixture(scope="module")
def espeak() -> Iterator[Speaker]:
    with Speaker(Settings(voice="en-us")) as one:
        yield one


@pytest.fixture(scope="module")
def listen():
    """Whisper by faster-whisper: the words of a sound."""
    whisper = pytest.importorskip("faster_whisper")
    files = models.files("whisper-tiny.en")
    model = whisper.WhisperModel(str(files["weights"].parent), device="cpu", compute_type="int8", cpu_threads=THREADS)

    def words(samples_F: level.Samples) -> list[str]:
        wave_F = level.resample(samples_F, RATE_HZ, 16000).astype(np.float32) / 32768
        segments, _ = model.transcribe(np.pad(wave_F, 8000), beam_size=2, language="en", temperature=0)
        return re.findall(r"[a-z0-9']+", " ".join(segment.text for segment in segments).lower())

    return words


def whole(speaker: Speaker, text: str) -> level.Samples:
    return np.concatenate([sound.samples_F for sound in speaker.clauses(text)])


def loudness(samples_F: level.Samples) -> float:
    frames_FD = samples_F[: len(samples_F) // 441 * 441].reshape(-1, 441).astype(np.float64) / 32768
    energy_F = (frames_FD**2).mean(axis=1)
    return float(10 * np.log10(energy_F[energy_F > energy_F.max() / 300].mean()))


# What is heard


def test_said_and_heard_back_word_for_word(listen) -> None:
    text = "Your appointment is on Tuesday at the city hospital. Bring your card and all of your medicines."
    with Speaker(Settings()) as speaker:  # a new child begins with its seed: the same sound in each run of the test
        assert listen(whole(speaker, text)) == re.findall(r"[a-z']+", text.lower())


def test_the_fallback_is_heard_back(espeak: Speaker, listen) -> None:
    text = "The bus to the station leaves from the other side of the street."
    heard = listen(whole(espeak, text))
    # Of 13 words: a formant voice is harder for Whisper.
    assert sum(word in heard for word in text.lower().strip(".").split()) >= 9


def test_sounds_are_clean(speaker: Speaker, espeak: Speaker) -> None:
    for one in (speaker, espeak):
        for sound in one.clauses("Ready. It is a quarter past nine, and the kettle boils!"):
            assert sound.samples_F.dtype == np.int16 and sound.rate_hz == RATE_HZ
            assert 1000 < np.abs(sound.samples_F.astype(int)).max() <= level.PEAK + 1  # audible, never clipped
            assert abs(sound.samples_F.mean()) < 30  # no DC offset
            heard_F = np.flatnonzero(np.abs(sound.samples_F.astype(int)) > 300)
            assert heard_F[0] < 0.08 * RATE_HZ  # begins at once
            assert len(sound.samples_F) - heard_F[-1] < 0.55 * RATE_HZ
    assert abs(loudness(whole(speaker, PROSE)) - loudness(whole(espeak, PROSE))) < 3  # decibels


@pytest.mark.parametrize("rate", [80, 180, 320, 500])
@pytest.mark.parametrize("engine", ["speaker", "espeak"])
def test_rate_is_words_a_minute(engine: str, rate: int, request: pytest.FixtureRequest) -> None:
    one: Speaker = request.getfixturevalue(engine)
    one.with_rate(rate)
    try:
        measured = len(PROSE.split()) / (len(whole(one, PROSE)) / RATE_HZ) * 60
    finally:
        one.with_rate(180)
    assert measured == pytest.approx(rate, rel=0.15)


def test_fast_speech_is_still_understood(speaker: Speaker, listen) -> None:
    speaker.with_rate(350)
    try:
        heard = listen(whole(speaker, "Your appointment with the doctor is on Monday morning at the city hospital."))
    finally:
        speaker.with_rate(180)
    assert sum(word in heard for word in ("appointment", "doctor", "monday", "morning", "city", "hospital")) >= 4


@pytest.mark.parametrize("voice", ["piper-joe", "en-us"])
def test_pitch_and_volume(voice: str) -> None:
    def pitch_of(samples_F: level.Samples) -> float:
        pitches = []
        for frame_F in samples_F[: len(samples_F) // 1024 * 1024].reshape(-1, 1024).astype(np.float64):
            alike_F = np.correlate(frame_F, frame_F, mode="full")[1023:]
            period = RATE_HZ // 300 + int(np.argmax(alike_F[RATE_HZ // 300 : RATE_HZ // 60]))
            if alike_F[period] > 0.5 * alike_F[0] > 1e7:  # voiced
                pitches.append(RATE_HZ / period)
        return float(np.median(pitches))

    text = "A long and even sentence about the sea."
    with Speaker(Settings(voice=voice)) as plain, Speaker(Settings(voice=voice, pitch=10, volume=0.25)) as high:
        usual_F, high_F = whole(plain, text), whole(high, text)
    assert pitch_of(high_F) == pytest.approx(2 ** (10 / 12) * pitch_of(usual_F), rel=0.2)
    assert len(high_F) == pytest.approx(len(usual_F), rel=0.2)
    assert loudness(high_F) == pytest.approx(loudness(usual_F) - 12, abs=2.5)


def test_first_clause_comes_before_the_text_is_complete(speaker: Speaker) -> None:
    asked: list[str] = []

    def words() -> Iterator[str]:
        for word in ["Yes. ", "It ", "is ", "open. ", "Until ", "six."]:
            asked.append(word)
            yield word

    sounds = speaker.clauses(words())
    assert next(sounds).text == "Yes."
    assert len(asked) < 6
    assert [sound.text for sound in sounds] == ["It is open.", "Until six."]


@pytest.mark.parametrize("text", ["", " \n", "...", "\x00\x07", "\u200b", "***"])
def test_nothing_to_say_is_no_sound(speaker: Speaker, text: str) -> None:
    assert list(speaker.clauses(text)) == []


@pytest.mark.parametrize(
    "text",
    ["😀", "日本語です。", "Ω≈ç√∫", "[[x]] <speak>a</speak>", "a\x00b", "\ud800 lone", "Ça va? Où?", "%s {0} \\n"],
)
def test_any_text_is_survived(speaker: Speaker, espeak: Speaker, text: str) -> None:
    for one in (speaker, espeak):
        list(one.clauses(text))
        assert whole(one, "Good.").size > 0
    assert speaker.notices == []


def test_ten_thousand_words(espeak: Speaker) -> None:
    count = 0
    espeak.with_rate(500)
    for sound in espeak.clauses("The kettle is on the stove and the tea is ready, so come. " * 770):
        assert sound.samples_F.size > 0
        count += len(sound.text.split())
    espeak.with_rate(180)
    assert count == 770 * 13


# Engines that die, hang or are not there


def test_a_killed_child_is_restarted(speaker: Speaker) -> None:
    whole(speaker, "One.")
    main = speaker._main
    assert isinstance(main, Piper) and main.pid is not None
    first = main.pid
    os.kill(first, signal.SIGKILL)
    assert whole(speaker, "Two.").size > 0
    assert main.pid not in (None, first)
    assert speaker.notices == []


def test_a_child_that_cannot_start_is_replaced_and_said_once(tmp_path: Path) -> None:
    (tmp_path / "voice.onnx").write_bytes(b"no network")
    (tmp_path / "voice.json").write_text("{}")
    with Speaker(Settings()) as speaker:
        speaker._main = Piper(tmp_path / "voice.onnx", tmp_path / "voice.json")
        sounds = [(sound.text, sound.notice) for sound in speaker.clauses("One is said. Two is said.")]
        assert sounds == [(FALLBACK_NOTICE, True), ("One is said.", False), ("Two is said.", False)]
        assert speaker.notices == [FALLBACK_NOTICE]
        assert speaker.to_file("Three.", tmp_path / "three.wav") < 1.5  # the notice is not part of a file


def test_no_voice_at_all_is_a_plain_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTIGONE_ESPEAK", "nothing")
    with Speaker(Settings()) as speaker:
        speaker._main = Piper(tmp_path / "missing.onnx", tmp_path / "missing.json")
        with pytest.raises(UserError, match=r"No voice works here.*Install"):
            whole(speaker, "One.")


def test_espeak_program_serves_where_its_library_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIGONE_ESPEAK", "program")
    voice = Espeak()
    try:
        samples_F = voice.say("Good morning.", 180, 0, lambda: False)
    except EngineFailed:
        pytest.skip("the program espeak-ng is not installed")
    finally:
        voice.close()
    assert samples_F is not None and samples_F.size > RATE_HZ // 3


def test_unknown_voices_are_refused() -> None:
    for name in ("piper-nobody", "xx-nowhere"):
        with Speaker(Settings(voice=name)) as speaker, pytest.raises(UserError, match=name):
            whole(speaker, "One.")


def test_cancel_frees_the_child_for_the_next(speaker: Speaker) -> None:
    whole(speaker, "One.")
    main = speaker._main
    assert isinstance(main, Piper)
    flag = threading.Event()
    threading.Timer(0.05, flag.set).start()
    assert main.say("and so on " * 60, 80, 0, flag.is_set) is None
    pid = main.pid
    assert whole(speaker, "Two.").size > 0
    assert main.pid == pid and speaker.notices == []


def test_a_child_that_talks_nonsense_is_ended() -> None:
    for module in ("json.tool", "assistant.no_such_module"):
        child = Child(module, start_s=0.5)
        child.load({})
        with pytest.raises(EngineFailed):
            child.say({"text": "x"})
        child.close()
        assert child.pid is None


def test_messages_survive_the_pipe_and_damage_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    with path.open("wb") as stream:
        protocol.write(stream, {"text": "ä😀\ud800"}, b"\x01\x02")
    with path.open("rb") as stream:
        header, payload = protocol.read(stream)
        assert header["text"] == "ä😀\ud800" and payload == b"\x01\x02"
        with pytest.raises(protocol.Broken):
            protocol.read(stream)
    for damage in (
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02[]",
        b'\x00\x00\x00\x09{"a":',
        b'\x00\x00\x00\x0c{"bytes":-1}',
    ):
        path.write_bytes(damage)
        with path.open("rb") as stream, pytest.raises(protocol.Broken):
            protocol.read(stream)


def test_gpl_code_stays_in_the_children() -> None:
    code = (
        "import sys; from assistant.speech import Speaker; from assistant.settings import Settings\n"
        "with Speaker(Settings()) as s: next(s.clauses('Hello.'))\n"
        "assert not {'piper', 'espeakng_loader', 'onnxruntime', 'torch', 'sounddevice'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=120)


# Nothing left behind


def children_of(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def test_close_leaves_no_process() -> None:
    before = set(children_of(os.getpid()))
    with Speaker(Settings()) as speaker:
        whole(speaker, "One.")
        assert set(children_of(os.getpid())) - before
    assert not set(children_of(os.getpid())) - before  # a zombie would still be listed


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_children_leave_with_their_parent(how: signal.Signals) -> None:
    code = (
        "from assistant.speech import Speaker; from assistant.settings import Settings\n"
        "with Speaker(Settings()) as s:\n"
        "    for n, _ in enumerate(s.clauses('One is said. ' * 1000)):\n"
        "        if n == 0: print('speaking', flush=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None and process.stdout.readline() == b"speaking\n"
    children = children_of(process.pid)
    assert children
    process.send_signal(how)
    process.wait(timeout=60)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []


# Files


def test_file_is_a_whole_wav_or_nothing(espeak: Speaker, tmp_path: Path) -> None:
    path = tmp_path / "answer.wav"
    seconds = espeak.to_file(["Good ", "morning. ", "It is nine."], path)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE_HZ)
        assert file.getnframes() / RATE_HZ == pytest.approx(seconds)
    before = path.read_bytes()

    def broken() -> Iterator[str]:
        yield "This will not be kept. "
        raise UserError("It broke.", "Mend it.")

    with pytest.raises(UserError, match="It broke"):
        espeak.to_file(broken(), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["answer.wav"]


def test_bad_paths_are_refused(espeak: Speaker, tmp_path: Path) -> None:
    for path in (
        tmp_path,
        tmp_path / "none" / "a.wav",
        tmp_path / ("x" * 300),
        tmp_path / "nul\0l.wav",
        Path("/dev/null"),
    ):
        with pytest.raises(UserError):
            espeak.to_file("One.", path)
    assert os.listdir(tmp_path) == []


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    """A limit on file size stands for the disk: the write fails in the middle in the same way."""
    path = tmp_path / "answer.wav"
    path.write_bytes(b"old")
    code = (
        "import resource, sys; from pathlib import Path; import numpy as np\n"
        "from assistant.speaking import sound_file\n"
        "from kernels.errors import UserError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "try: sound_file.write(Path(sys.argv[1]), [np.ones(30000, np.int16)] * 3, 22050)\n"
        "except UserError as error: print(error)"
    )
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, timeout=60)
    assert b"could not be written" in done.stdout and b"Traceback" not in done.stderr
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["answer.wav"]


@pytest.mark.parametrize("rate", [0, 79, 501, -5])
def test_rates_outside_are_refused(rate: int) -> None:
    with pytest.raises(UserError, match="80 to 500"):
        Speaker(Settings(), rate_wpm=rate)


# Order and silence


class HeldOutput:
    """In the place of a loudspeaker: remembers what it was given, and holds still at one value until it is let go."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz, self.heard, self.silenced, self.hold = rate_hz, [], 0, 0
        self.reached, self.go = threading.Event(), threading.Event()

    def write(self, samples_F: level.Samples) -> float:
        self.heard.append(int(samples_F[0]))
        if self.heard[-1] == self.hold and not self.go.is_set():
            self.reached.set()
            assert self.go.wait(60)
        return time.monotonic()

    def drain(self) -> None: ...

    def silence(self) -> None:
        self.silenced += 1

    def close(self) -> None: ...


@pytest.fixture
def player() -> Iterator[tuple[Player, HeldOutput]]:
    output = HeldOutput(RATE_HZ)
    player = Player(RATE_HZ, lambda rate_hz: output)
    yield player, output
    output.go.set()
    player.close()


def tones(value: int, *seconds: float):
    def make(cancelled) -> Iterator[Sound]:
        for number, length in enumerate(seconds):
            yield Sound(np.full(int(length * RATE_HZ), value + number, dtype=np.int16), RATE_HZ, str(value))

    return make


def order(heard: list[int]) -> list[int]:
    return [value for n, value in enumerate(heard) if n == 0 or heard[n - 1] != value]


def test_messages_come_by_priority(player: tuple[Player, HeldOutput]) -> None:
    one, output = player
    output.hold = 10
    one.add(tones(10, 0.3))
    assert output.reached.wait(60)
    last = one.add(tones(20, 0.1))
    one.add(tones(30, 0.1), Priority.NEXT)
    one.add(tones(40, 0.1), Priority.NEXT)
    output.go.set()
    assert last.wait(60)
    assert order(output.heard) == [10, 30, 40, 20]


def test_now_interrupts_and_the_cut_clause_is_said_again(player: tuple[Player, HeldOutput]) -> None:
    one, output = player
    output.hold = 11
    long = one.add(tones(10, 0.1, 0.4, 0.1))
    waiting = one.add(tones(50, 0.1))
    assert output.reached.wait(60)
    one.add(tones(90, 0.1), Priority.NOW)
    output.go.set()
    assert long.wait(60) and waiting.wait(60)
    assert order(output.heard) == [10, 11, 90, 11, 12, 50]
    assert output.heard.count(11) == 21  # one block before it was cut, then all 0.4 s from the beginning
    assert output.silenced == 1


def test_stop_is_silence_and_forgets_what_waits(player: tuple[Player, HeldOutput]) -> None:
    one, output = player
    output.hold = 10
    playing, waiting = one.add(tones(10, 30.0)), one.add(tones(20, 1.0))
    assert output.reached.wait(60)
    one.stop()
    output.go.set()
    assert playing.wait(60) and waiting.wait(60)
    assert output.heard == [10] and output.silenced == 1  # benchmarks/speech.py has the time it takes
    assert not one.busy
    again = one.add(tones(30, 0.05))
    assert again.wait(60) and output.heard[-1] == 30


def test_a_text_that_breaks_off_is_reported(player: tuple[Player, HeldOutput]) -> None:
    def make(cancelled) -> Iterator[Sound]:
        yield from tones(10, 0.05)(cancelled)
        raise RuntimeError("model gone")

    playing = player[0].add(make)
    assert playing.wait(60)
    assert playing.error is not None and "model gone" in playing.error.text


ALSA = 'pcm.!default {{ type file slave.pcm "nowhere" file "{path}" format "raw" }}\npcm.nowhere {{ type null }}\n'
PLAY = """
import numpy as np
from assistant.speaking.playback import Player
from assistant.speech import Sound
sound = Sound(np.arange(1, 20001, dtype=np.int16), {rate}, "")
player = Player({rate})
playing = player.add(lambda cancelled: iter([sound]))
assert playing.wait(60) and playing.error is None, playing.error
player.close()
"""


def test_the_real_loudspeaker_gets_every_sample(tmp_path: Path) -> None:
    """PortAudio and ALSA as on any Linux desktop, with a file in the place of the sound card."""
    if sys.platform != "linux":
        pytest.skip("ALSA is Linux's")
    (tmp_path / "asound.conf").write_text(ALSA.format(path=tmp_path / "heard.raw"))
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf")}
    command = [sys.executable, "-c", PLAY.format(rate=RATE_HZ)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60)
    if b"PortAudio is missing" in done.stderr:
        pytest.skip("PortAudio is not installed")
    assert done.returncode == 0, done.stderr.decode()[-500:]
    heard_F = np.fromfile(tmp_path / "heard.raw", dtype=np.int16)
    heard_F = heard_F[np.flatnonzero(heard_F)]
    assert np.array_equal(heard_F[:20000], np.arange(1, 20001))


class OneRateDevice:
    """sounddevice as it is on a machine whose sound card takes 48 kHz stereo only."""

    class PortAudioError(Exception): ...

    latency, write_available = 0.06, 2880

    def __init__(self) -> None:
        self.heard = b""
        self.stopped = True

    def query_devices(self, kind: str) -> dict[str, float]:
        return {"default_samplerate": 48000.0}

    def RawOutputStream(
        self, samplerate: int, channels: int, dtype: str, latency: float, device: None
    ) -> "OneRateDevice":
        if (samplerate, channels) != (48000, 2):
            raise self.PortAudioError
        return self

    def start(self) -> None:
        self.stopped = False

    def write(self, data: bytes) -> None:
        self.heard += data

    def stop(self) -> None:
        self.stopped = True

    abort = close = stop


def test_a_sound_card_of_one_rate_in_stereo_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    device = OneRateDevice()
    monkeypatch.setitem(sys.modules, "sounddevice", device)  # type: ignore[arg-type]
    wave_F = (8000 * np.sin(np.arange(RATE_HZ) * 2 * np.pi * 440 / RATE_HZ)).astype(np.int16)
    player = Player(RATE_HZ)
    playing = player.add(lambda cancelled: iter([Sound(wave_F, RATE_HZ, "")]))
    assert playing.wait(60) and playing.error is None
    player.close()
    left_F, right_F = np.frombuffer(device.heard, dtype=np.int16).reshape(-1, 2).T
    assert np.array_equal(left_F, right_F)
    expected_F = level.resample(wave_F, RATE_HZ, 48000)
    assert abs(len(left_F) - len(expected_F)) <= 2
    assert np.abs(left_F[:48000].astype(int) - expected_F[: len(left_F)]).max() < 50  # no seam between the blocks


# Earcons


def test_earcons_are_the_recipe_and_unlike_each_other() -> None:
    from training.earcons.make import make

    shapes = {}
    for name in earcons.NAMES:
        sound = earcons.sound(name, Settings())
        assert sound is not None and 0.1 < sound.seconds < 0.7
        assert np.abs(sound.samples_F.astype(int) - make(name)).max() <= 1  # sines may differ in the last bit
        assert np.abs(sound.samples_F.astype(int)).max() < 24000
        shapes[name] = np.abs(np.fft.rfft(sound.samples_F, 16384)) / np.linalg.norm(np.fft.rfft(sound.samples_F, 16384))
    names = list(shapes)
    for n, one in enumerate(names):
        for other in names[n + 1 :]:
            assert float(shapes[one] @ shapes[other]) < 0.8 or abs(len(make(one)) - len(make(other))) > 2000, (
                one,
                other,
            )


def test_earcons_obey_the_settings() -> None:
    assert earcons.sound("done", Settings(earcons=False)) is None
    quiet, loud = earcons.sound("done", Settings(volume=0.1)), earcons.sound("done", Settings())
    assert quiet is not None and loud is not None and quiet.samples_F.max() < 0.2 * loud.samples_F.max()
    with pytest.raises(ValueError, match="listening"):
        earcons.path("bang")  # type: ignore[arg-type]
