"""What is done to every sound of a voice, whichever engine made it: steadied level, trimmed silence, pitch, tempo.

Sounds are (F,) int16 mono.
"""

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

PEAK = 0.89 * 32767  # -1 dB of full scale: room for a resampling filter's overshoot
SILENT = 0.01  # of the loudest sample (-40 dB): quieter at the ends is silence
KEPT_BEFORE_S, KEPT_AFTER_S = 0.010, 0.030  # a consonant's quiet beginning and a vowel's end
FADE_S = 0.003  # no click where a sound is cut


def trim(samples_F: Samples, rate_hz: int) -> Samples:
    """The sound without the silence before and after it, faded at both ends; empty for a silent sound."""
    loud_F = np.abs(samples_F.astype(np.int32))
    if loud_F.size == 0 or loud_F.max() < 50:
        return samples_F[:0]
    heard_F = np.flatnonzero(loud_F > SILENT * loud_F.max())
    first = max(0, int(heard_F[0]) - int(KEPT_BEFORE_S * rate_hz))
    cut_F = samples_F[first : int(heard_F[-1]) + int(KEPT_AFTER_S * rate_hz)].astype(np.float32)
    edge = min(int(FADE_S * rate_hz), cut_F.size // 2)
    ramp_F = np.linspace(0.0, 1.0, edge, dtype=np.float32)
    cut_F[:edge] *= ramp_F
    cut_F[cut_F.size - edge :] *= ramp_F[::-1]
    return cut_F.astype(np.int16)


def amplify(samples_F: Samples, gain: float) -> Samples:
    """The sound times `gain`, or less where that would pass -1 dB of full scale, free of DC offset."""
    if samples_F.size == 0:
        return samples_F
    wave_F = (samples_F - samples_F.mean(dtype=np.float64)).astype(np.float32)
    peak = float(np.abs(wave_F).max())
    return (wave_F * (min(gain, PEAK / max(peak, 1.0)))).round().astype(np.int16)


def shift(samples_F: Samples, rate_hz: int, ratio: float) -> Samples:
    """The sound `ratio` times as high and as fast, by resampling; the voice makes up for the tempo beforehand."""
    if samples_F.size == 0 or abs(ratio - 1.0) < 1e-3:
        return samples_F
    return resample(samples_F, rate_hz * ratio, rate_hz)


def resample(samples_F: Samples, from_hz: float, to_hz: float) -> Samples:
    """The sound at another sample rate."""
    if samples_F.size == 0 or from_hz == to_hz:
        return samples_F
    import soxr

    wave_F = soxr.resample(samples_F.astype(np.float32), from_hz, to_hz)
    return np.clip(wave_F, -32768, 32767).astype(np.int16)


def hurry(samples_F: Samples, rate_hz: int, factor: float) -> Samples:
    """The sound `factor` (0.5 to 2) times as fast at the same pitch.

    Waveform-similarity overlap-add (Verhelst and Roelands 1993): frames of 24 ms overlap by half, each taken where it
    best continues the one before. librosa's phase vocoder smears speech and takes a second to import.
    """
    frame, reach = int(0.024 * rate_hz) // 2 * 2, int(0.006 * rate_hz)
    hop = frame // 2
    if abs(factor - 1.0) < 1e-3 or samples_F.size < 4 * frame:
        return samples_F
    wave_F = np.pad(samples_F.astype(np.float32), (reach, frame + 2 * reach))
    window_F = np.hanning(frame + 1)[:-1].astype(np.float32)
    count = int((samples_F.size - frame) / (hop * factor))
    result_F = np.zeros(count * hop + frame, dtype=np.float32)
    place = reach
    for index in range(count):
        result_F[index * hop : index * hop + frame] += window_F * wave_F[place : place + frame]
        following_F = wave_F[place + hop : place + hop + frame]
        target = reach + int((index + 1) * hop * factor)
        near_F = wave_F[target - reach : target + reach + frame]
        place = target - reach + int(np.argmax(np.correlate(near_F, following_F, mode="valid")))
    return np.clip(result_F[: count * hop], -32768, 32767).astype(np.int16)
