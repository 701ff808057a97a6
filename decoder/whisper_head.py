"""The last matmul of a decoding step, over the whole vocabulary, where most of a small Whisper's time goes.

The plain way reads every row of the embedding in float32. The quick way multiplies in int8 to find the words that can
matter and computes those, and all timestamps, exactly: the likeliest word is the same, only the sum over the unlikely
rest is approximate.
"""

import torch
from torch import Tensor

from decoder.quantize import QuantizedLinear, available
from decoder.text import TextDecoder

_SHORTLIST = 48


class VocabularyHead:
    """Next-token logits of one decoder; `exact` is the plain twin."""

    def __init__(self, decoder: TextDecoder, first_time: int, *, exact: bool = False) -> None:
        self.decoder, self.first_time = decoder, first_time
        quick = not exact and decoder.device.type == "cpu" and available()
        self._quick = QuantizedLinear.from_float(decoder.embedding.weight) if quick else None

    def __call__(self, hidden_BTD: Tensor) -> Tensor:
        """(B, T, D), as from `TextDecoder.hidden`, to (B, T, V)."""
        decoder = self.decoder
        if self._quick is None or decoder.norm is None:
            return decoder.logits(hidden_BTD).float()
        x_BTD = decoder.norm(hidden_BTD)
        logits_BTV = self._quick(x_BTD)
        words = logits_BTV[..., : self.first_time].topk(_SHORTLIST).indices
        rows = decoder.embedding.weight[words]  # (B, T, shortlist, D)
        logits_BTV.scatter_(-1, words, (rows @ x_BTD[..., None])[..., 0])
        times = decoder.embedding.weight[self.first_time :]
        logits_BTV[..., self.first_time :] = torch.nn.functional.linear(x_BTD, times)
        return logits_BTV
