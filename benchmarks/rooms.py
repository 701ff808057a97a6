"""A simulated room: what a microphone hears of a loudspeaker and of a person, for benchmarks and tests.

The way from loudspeaker to microphone is a direct sound and an exponentially decaying tail of noise (Polack's model),
and the loudspeaker cuts bass and saturates, as small ones do.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATE_HZ = 16_000
Signal = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Room:
    """Where the program is used.

    Attributes:
        delay_s: from the moment that the device claims to the sound's arrival.
        reverberation_s: until the tail has fallen by 60 dB.
        drive: of the loudspeaker into saturation; 0 is a perfect one, 2 a laptop's at full volume.
        echo_db: the echo's level at the microphone, decibels of full scale.
        noise_db: the room's noise there.
    """

    delay_s: float
    reverberation_s: float
    drive: float
    echo_db: float
    noise_db: float


ROOMS = {
    "quiet, near": Room(0.05, 0.2, 0.0, -30, -65),
    "desk": Room(0.08, 0.35, 1.0, -20, -60),
    "kitchen, loud": Room(0.15, 0.5, 2.0, -14, -55),
    "hall, noise": Room(0.12, 0.7, 2.0, -20, -45),
    "late, saturated": Room(0.25, 0.4, 4.0, -10, -50),
}


def heard(room: Room, played_S: Signal, rng: np.random.Generator) -> Signal:
    """What the microphone gets of (S,) played samples, noise included."""
    echo_S = convolve(saturated(played_S, room.drive), response(room, rng))
    level = 10 ** (room.echo_db / 20) / loudness(echo_S)
    noise_S = rng.standard_normal(len(played_S)) * 10 ** (room.noise_db / 20)
    return np.clip(level * echo_S + noise_S, -1, 1).astype(np.float32)


def person(room: Room, voice_S: Signal, over_echo_db: float) -> Signal:
    """A voice at a level beside the echo's, to be added to what is heard."""
    return (voice_S / loudness(voice_S) * 10 ** ((room.echo_db + over_echo_db) / 20)).astype(np.float32)


def response(room: Room, rng: np.random.Generator) -> Signal:
    """The impulse response, of unit energy: half of it direct sound, half reverberation."""
    first = round(room.delay_s * RATE_HZ)
    count = round(room.reverberation_s * RATE_HZ)
    tail_S = rng.standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    tail_S[: round(0.003 * RATE_HZ)] = 0
    whole_S = np.concatenate([np.zeros(first), tail_S / np.linalg.norm(tail_S)])
    whole_S[first] += 1
    return (whole_S / np.linalg.norm(whole_S)).astype(np.float32)


def saturated(sound_S: Signal, drive: float) -> Signal:
    """A small loudspeaker: nothing below 150 Hz, a soft limit."""
    spectrum_K = np.fft.rfft(sound_S)
    hertz_K = np.fft.rfftfreq(len(sound_S), 1 / RATE_HZ)
    high_S = np.fft.irfft(spectrum_K / (1 + (150 / np.maximum(hertz_K, 1)) ** 4), len(sound_S))
    return (np.tanh(drive * high_S) / drive if drive else high_S).astype(np.float32)


def convolve(sound_S: Signal, response_S: Signal) -> Signal:
    """(S,) samples through a response, cut to their length."""
    size = 1 << int(len(sound_S) + len(response_S)).bit_length()
    product_K = np.fft.rfft(sound_S, size) * np.fft.rfft(response_S, size)
    return np.fft.irfft(product_K, size)[: len(sound_S)].astype(np.float32)


def loudness(sound_S: Signal) -> float:
    """Root mean square where there is sound."""
    loud_S = sound_S[np.abs(sound_S) > 0.01 * np.abs(sound_S).max()]
    return float(np.sqrt(np.mean(loud_S**2)))
