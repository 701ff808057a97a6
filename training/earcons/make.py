"""Makes the six earcons of assets/earcons from numbers alone: python -m training.earcons.make [FOLDER]

Each is a few soft tones. They differ in melody (up, down, level, how many), in colour and in length, so that they are
told apart without good hearing for pitch and at a low volume. The seed is that of the noise in "thinking".
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

RATE_HZ = 22050
SEED = 442
LEVEL = 10 ** (-20 / 20)  # root mean square while it sounds: no louder than the voice
FOLDER = Path(__file__).parents[2] / "assets" / "earcons"


@dataclass(frozen=True)
class Tone:
    """One tone: pitch in hertz, start and length in seconds, strengths of its harmonics, pitch at its end."""

    hertz: float
    start: float
    length: float
    harmonics: tuple[float, ...] = (1.0, 0.25, 0.08)
    glide_to: float | None = None


MELLOW, WOODEN, DULL = (1.0, 0.15), (1.0, 0.0, 0.5, 0.0, 0.2), (1.0, 0.5, 0.35, 0.25)
EARCONS: dict[str, tuple[Tone, ...]] = {
    "listening": (Tone(440.0, 0.0, 0.10, MELLOW), Tone(659.3, 0.08, 0.16, MELLOW)),  # a fifth up: your turn
    "thinking": (Tone(349.2, 0.0, 0.22, MELLOW, glide_to=370.0),),  # one low breath
    "tool": (Tone(880.0, 0.0, 0.05, WOODEN), Tone(880.0, 0.09, 0.05, WOODEN)),  # two knocks
    "consent": (Tone(523.3, 0.0, 0.12), Tone(523.3, 0.15, 0.12), Tone(698.5, 0.30, 0.26)),  # asks: ends high
    "error": (Tone(293.7, 0.0, 0.16, DULL), Tone(207.7, 0.15, 0.30, DULL)),  # a tritone down
    "done": (Tone(783.99, 0.0, 0.10), Tone(523.3, 0.09, 0.24)),  # a fifth down, home
}


def make(name: str) -> npt.NDArray[np.int16]:
    """An earcon's sound, (F,) int16 at 22,050 Hz."""
    tones = EARCONS[name]
    wave_F = np.zeros(int(RATE_HZ * (max(tone.start + tone.length for tone in tones) + 0.01)))
    for tone in tones:
        sound_F = _tone(tone)
        first = int(tone.start * RATE_HZ)
        wave_F[first : first + sound_F.size] += sound_F
    if name == "thinking":
        noise_F = np.convolve(np.random.default_rng(SEED).standard_normal(wave_F.size), np.ones(12) / 12, mode="same")
        wave_F += 0.3 * noise_F * np.hanning(wave_F.size)
    loud = np.sqrt(np.mean(wave_F[np.abs(wave_F) > 0.05 * np.abs(wave_F).max()] ** 2))
    wave_F *= min(LEVEL / loud, 0.7 / np.abs(wave_F).max())
    return (wave_F * 32767).round().astype(np.int16)


def _tone(tone: Tone) -> npt.NDArray[np.float64]:
    """A tone with a 5 ms attack, a decay and a 15 ms release: no clicks, nothing that startles."""
    count = int(tone.length * RATE_HZ)
    hertz_F = np.linspace(tone.hertz, tone.glide_to or tone.hertz, count)
    phase_F = 2 * np.pi * np.cumsum(hertz_F) / RATE_HZ
    wave_F = sum(strength * np.sin((k + 1) * phase_F) for k, strength in enumerate(tone.harmonics) if strength)
    envelope_F = np.exp(-2.5 * np.arange(count) / count)
    attack, release = int(0.005 * RATE_HZ), int(0.015 * RATE_HZ)
    envelope_F[:attack] *= np.linspace(0, 1, attack)
    envelope_F[-release:] *= np.linspace(1, 0, release)
    return np.asarray(wave_F * envelope_F)


def main(folder: Path = FOLDER) -> None:
    """Write all of them as FLAC files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in EARCONS:
        soundfile.write(folder / f"{name}.flac", make(name), RATE_HZ, subtype="PCM_16")
        print(f"{name}: {len(make(name)) / RATE_HZ:.2f} s")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
