"""Where tokens stand, as angles and waves: rotary positions and fixed sinusoids."""

import math

import torch
from torch import Tensor, nn

from decoder.config import DecoderConfig, RopeScaling


def rotary_frequencies(head_width: int, theta: float, scaling: RopeScaling | None = None) -> Tensor:
    """Angles that a position turns each pair of a head, (D/2,) float32 (Su et al. 2021), stretched as Llama 3.1's if
    asked."""
    frequency = 1.0 / theta ** (torch.arange(0, head_width, 2, dtype=torch.float32) / head_width)
    if scaling is None:
        return frequency
    wavelength = 2 * math.pi / frequency
    low = scaling.original_positions / scaling.low_frequency
    high = scaling.original_positions / scaling.high_frequency
    smooth = (scaling.original_positions / wavelength - scaling.low_frequency) / (
        scaling.high_frequency - scaling.low_frequency
    )
    middle = (1 - smooth) * frequency / scaling.factor + smooth * frequency
    slow = torch.where(wavelength > low, frequency / scaling.factor, frequency)
    return torch.where((wavelength <= low) & (wavelength >= high), middle, slow)


def sinusoids(config: DecoderConfig) -> Tensor:
    """Fixed positions, (max_positions + position_offset, D): sines, then cosines (Vaswani et al. 2017, as fairseq has
    them)."""
    half = config.width // 2
    frequency = torch.exp(torch.arange(half, dtype=torch.float32) * (-math.log(10000.0) / max(1, half - 1)))
    place = torch.arange(config.max_positions + config.position_offset, dtype=torch.float32)
    angles = torch.outer(place, frequency)
    return nn.functional.pad(torch.cat((angles.sin(), angles.cos()), dim=1), (0, config.width % 2))


class Turns:
    """Cosines and sines of rotary positions, in tables that grow as a text does."""

    def __init__(self, most: int) -> None:
        """`most` is the number of positions that there are."""
        self._most = most
        self._tables: tuple[Tensor, Tensor] | None = None

    @property
    def tables(self) -> tuple[Tensor, ...]:
        """Cosines and sines so far, (positions, D/2) each; none before the first use."""
        return self._tables or ()

    def at(
        self, places: slice | Tensor, rotary: Tensor, dtype: torch.dtype, bound: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Cosine and sine at the given places: (T, D/2), or (B, 1, T, D/2) for places (B, T).

        Args:
            bound: no place reaches it; where it is left out, places are looked at, and a GPU is waited for.
        """
        if isinstance(places, slice):
            needed = int(places.stop)
        else:
            needed = int(places.max()) + 1 if bound is None else bound
        tables = self._tables
        if (
            tables is None
            or tables[0].shape[0] < needed
            or (tables[0].device, tables[0].dtype) != (rotary.device, dtype)
        ):
            # Doubling: a model made for 131,072 positions should not pay for them at load.
            size = min(max(2 * needed, 512), max(self._most, needed))
            angles = torch.outer(torch.arange(size, dtype=torch.float32, device=rotary.device), rotary.float())
            tables = self._tables = (angles.cos().to(dtype), angles.sin().to(dtype))
        cos, sin = tables
        if isinstance(places, slice):
            return cos[places], sin[places]
        return cos[places][:, None], sin[places][:, None]


def window_mask(places: slice | Tensor, past: int, window: int) -> Tensor:
    """Which of past and new tokens lie within a sliding window, bool (B or 1, 1, T, past + T): a token's own place and
    the window - 1 before it (Beltagy et al. 2020). Says nothing of those behind it."""
    if isinstance(places, slice):
        keys_S = torch.arange(places.stop)
        return (keys_S > keys_S[past:, None] - window)[None, None]
    before = torch.arange(past, device=places.device).expand(places.shape[0], -1)
    keys_BS = torch.cat((before, places), dim=1)
    return (keys_BS[:, None, :] > places[:, :, None] - window)[:, None]
