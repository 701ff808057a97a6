"""From a window of sound to the memory that the decoder reads: in full, or only for the part that sounds.

A short clip fills a tenth of Whisper's 30 s window; the rest is padding. The padding's states are computed once a
model, after two seconds of speech, and kept on disk; a clip then costs little more than its own length
(encoders/padding.py). It is not quite the same, so what comes out doubtful is to be computed in full.
"""

from contextlib import suppress
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from assistant import settings
from decoder.text import TextDecoder
from encoders.audio import AudioEncoder, pad_window
from encoders.audio_input import log_mel
from encoders.padding import Padding
from encoders.sound_files import read_sound
from kernels.checkpoints import read_safetensors
from kernels.devices import CPU
from kernels.errors import UserError
from kernels.layers import MemoryCache

OPENING = Path(__file__).parents[1] / "assets" / "hearing" / "opening.flac"
_MOST_FRAMES = 2000  # beyond 20 s of sound little is saved


class Memories:
    """Makes memories for one recogniser.

    Args:
        name: of the file in the data folder that keeps the padding's states; different for different weights.
    """

    def __init__(self, encoder: AudioEncoder, decoder: TextDecoder, name: str) -> None:
        self.encoder, self.decoder, self._name = encoder, decoder, name
        self._ready: tuple[Padding, MemoryCache] | None = None

    @torch.inference_mode()
    def full(self, mel_1MF: Tensor) -> MemoryCache:
        """The memory of a window, padded to its whole length: what the published model means."""
        mel_1MF = mel_1MF.to(self.decoder.device, self.decoder.dtype)
        return self.decoder.remember(self.encoder(pad_window(mel_1MF, self.encoder.config.frames)))

    @torch.inference_mode()
    def quick(self, mel_1MF: Tensor) -> MemoryCache | None:
        """Nearly the same from the sounding part alone; None where the window is so full that nothing is gained, or on
        a GPU, which reads a whole window in a moment."""
        if mel_1MF.shape[2] > _MOST_FRAMES or self.decoder.device != CPU:
            return None
        if self._ready is None:
            padding = self._kept() or self._made()
            self._ready = padding, self.decoder.remember(padding.memory_1FD)
        padding, kept = self._ready
        rows_1RD, chosen = self.encoder.begin(mel_1MF, padding)
        pairs = []
        for mine, theirs in zip(self.decoder.remember(rows_1RD).layers, kept.layers, strict=True):
            assert mine is not None and theirs is not None  # Whisper cross-attends in every layer
            pairs.append((chosen.fill(mine[0], theirs[0]), chosen.fill(mine[1], theirs[1])))
        return MemoryCache(tuple(pairs))

    def _made(self) -> Padding:
        mel = log_mel(read_sound(OPENING), self.encoder.config.mels)
        padding = self.encoder.padding(mel[:, :, :-1])
        with suppress(OSError):  # without a place to keep it, it is made again next time
            path = self._path()
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f"{path.name}.{torch.randint(1 << 62, ()).item()}")
            states = {"keys": padding.keys, "values": padding.values, "memory": padding.memory_1FD,
                      "drawn": padding.drawn_F}  # fmt: skip
            save_file({name: state.half().contiguous() for name, state in states.items()}, fresh)
            fresh.replace(path)
        return padding

    def _kept(self) -> Padding | None:
        config, layer = self.encoder.config, self.encoder.config.layer
        shape = (config.layers, 1, layer.groups, config.positions, layer.head)
        try:
            states = {name: state.float() for name, state in read_safetensors(self._path()).tensors.items()}
            keys, values, memory, drawn = (states[name] for name in ("keys", "values", "memory", "drawn"))
        except (UserError, KeyError):
            return None
        fits = keys.shape == values.shape == shape and memory.shape == (1, config.positions, config.width)
        fits = fits and drawn.shape == (config.positions,)
        sound = all(bool(torch.isfinite(state.sum())) for state in states.values())
        return Padding(keys, values, memory, drawn, _opening_positions()) if fits and sound else None

    def _path(self) -> Path:
        return settings.home() / "cache" / f"{self._name}.safetensors"


def _opening_positions() -> int:
    import soundfile

    return -(-soundfile.info(OPENING).frames // 320)
