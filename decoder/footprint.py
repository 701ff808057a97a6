"""How much memory a decoder takes, said from its config and its file before anything of it is loaded."""

import math

from decoder.config import DecoderConfig
from decoder.gguf import GGUF
from decoder.packing import FOUR_BITS
from kernels.arithmetic import BITS, Arithmetic
from kernels.checkpoints import damaged

_BASE = 48 << 20  # activations, tokeniser, grammar: measured with benchmarks/footprint.py
_COPIES = 3  # of the largest matrix, in float32, while it is quantised
_ENDS = ("token_embd.weight", "output.weight")


def parameters(config: DecoderConfig) -> int:
    """Weights of all matrices; norms and biases, under a thousandth of them, are left out."""
    ends = config.vocabulary * config.width * (1 if config.tied else 2)
    return ends + _layers(config)


def _layers(config: DecoderConfig) -> int:
    layer = config.layer
    attention = config.width * layer.head * (2 * layer.heads + 2 * layer.groups)
    return config.layers * (attention + config.width * config.hidden * (3 if config.gated else 2))


def four_bit_weights(file: GGUF) -> int:
    """Weights of the layers whose 4-bit codes are taken over from the file, also where 8 bits are asked for."""
    entries = (entry for name, entry in file.entries.items() if name not in _ENDS)
    return sum(math.prod(entry.shape) for entry in entries if entry.form.name in FOUR_BITS)


def footprint(config: DecoderConfig, arithmetic: Arithmetic, four: int = 0, tokens: int = 1024) -> int:
    """Bytes a decoder takes at its peak, which is while it is loaded.

    Args:
        four: weights that have 4 bits also under int8; see `four_bit_weights`.
        tokens: for which its cache has room.
    """
    head, layers = config.vocabulary * config.width, _layers(config)
    if arithmetic in ("int8", "int4"):  # the embedding stays in the file, the head has 8 bits
        small = layers if arithmetic == "int4" else min(four, layers)
        bits = small * BITS["int4"] + (layers - small + head) * BITS["int8"]
    else:
        bits = parameters(config) * BITS[arithmetic]
    largest = max(config.width * config.hidden * (2 if config.gated else 1), 1 << 22)
    cache = 2 * config.layers * config.layer.groups * min(tokens, config.max_positions) * config.layer.head * 4
    return int(bits / 8) + _COPIES * 4 * largest + cache + _BASE


def check_size(config: DecoderConfig, held: int, source: str) -> None:
    """See that a file of `held` weights may be what the config says, before room is made for it.

    Raises:
        UserError: the config describes a much larger model.
    """
    described = parameters(config)
    if described > 1.1 * held + 1000:
        sizes = f"{config.layers} layers of width {config.width} and {config.vocabulary} tokens"
        raise damaged(source, f"its config describes {sizes}, {described:,} weights, and its tensors hold {held:,}")
