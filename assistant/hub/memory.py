"""Whether a model would fit into memory, said before it is fetched."""

from collections.abc import Mapping
from typing import Any

from assistant import settings
from assistant.families import Family
from assistant.hub.progress import megabytes
from kernels import memory_limit

_PEAK = 1.3  # of the weights in float32: what loading takes at its highest
_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "float8_e4m3fn": 1}


def needed(family: Family, config: Mapping[str, Any], weights: int) -> int:
    """Bytes of memory that a model takes at its peak, about.

    Args:
        config: what its config.json holds.
        weights: bytes of its files of weights.

    Raises:
        UserError: a field of a language model's config is missing or contradicts another; it is named.
    """
    if family.task == "language":
        from decoder.families import hf_config
        from decoder.footprint import footprint
        from kernels.arithmetic import choose

        return footprint(hf_config(config), choose(settings.load().arithmetic).arithmetic)
    dtype = config.get("dtype", config.get("torch_dtype"))
    return round(weights * _PEAK * 4 / _BYTES.get(str(dtype), 4))  # all others are computed in float32


def sentence(family: Family, config: Mapping[str, Any], weights: int) -> str:
    """What `needed` says, beside what is free."""
    need, room = needed(family, config, weights), memory_limit.room(settings.load().memory_limit_mb << 20)
    if need <= room.free:
        return f"It takes about {megabytes(need)} of memory, and {megabytes(room.free)} are free {room.whose}."
    return (
        f"It takes about {megabytes(need)} of memory, but only {megabytes(room.free)} are free {room.whose}: "
        "it will not load until more is."
    )
