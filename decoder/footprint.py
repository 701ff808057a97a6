"""How much memory a decoder takes, said from its config before anything of it is loaded."""

from decoder.config import DecoderConfig
from kernels.arithmetic import BITS, Arithmetic
from kernels.checkpoints import damaged

_BASE = 64 << 20  # activations, tokeniser, grammar: measured with benchmarks/footprint.py
_COPIES = 3  # of the largest matrix, in float32, while it is turned and quantised


def parameters(config: DecoderConfig) -> int:
    """Weights of all matrices; norms and biases, under a thousandth of them, are left out."""
    layer = config.layer
    attention = config.width * layer.head * (2 * layer.heads + 2 * layer.groups)
    mlp = config.width * config.hidden * (3 if config.gated else 2)
    return config.layers * (attention + mlp) + config.vocabulary * config.width * (1 if config.tied else 2)


def footprint(config: DecoderConfig, arithmetic: Arithmetic, tokens: int = 1024) -> int:
    """Bytes a decoder takes at its peak, which is while it is loaded.

    Args:
        tokens: for which its cache has room.
    """
    weights, quantised = parameters(config), arithmetic in ("int8", "int4")
    if quantised and not config.tied:
        weights -= config.vocabulary * config.width  # the embedding stays in the file
    largest = max(config.width * config.hidden * (2 if config.gated else 1), 1 << 22)
    cache = 2 * config.layers * config.layer.groups * min(tokens, config.max_positions) * config.layer.head * 4
    return int(weights * BITS[arithmetic] / 8) + (_COPIES * 4 * largest) + cache + _BASE


def check_size(config: DecoderConfig, held: int, source: str) -> None:
    """See that a file of `held` weights may be what the config says, before room is made for it.

    Raises:
        UserError: the config describes a much larger model.
    """
    described = parameters(config)
    if described > 1.1 * held + 1000:
        sizes = f"{config.layers} layers of width {config.width} and {config.vocabulary} tokens"
        raise damaged(source, f"its config describes {sizes}, {described:,} weights, and its tensors hold {held:,}")
