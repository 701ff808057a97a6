"""On what the models of this program are computed: the processor, or the GPU where the setting `device` says so."""

import torch

from assistant import settings
from kernels import devices
from kernels.errors import UserError

_SHARE = 0.92  # of a GPU's free memory that models may take; what is computed needs the rest


def device() -> torch.device:
    """The device that the settings choose. On a GPU compiled kernels are kept in the data folder from now on.

    Raises:
        UserError: it isn't there.
    """
    options = settings.load()
    chosen = devices.choose(options.device)
    if chosen.type == "cuda":
        devices.keep_compiled(options.home / "cache" / "triton")
    return chosen


def check_room(name: str, need: int) -> None:
    """See that a model of so many bytes fits the GPU.

    Raises:
        UserError: it doesn't.
    """
    free = int(_SHARE * torch.cuda.mem_get_info()[0])
    if need > free:
        raise UserError(
            f"{name} takes {need / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free on the GPU.",
            "Set arithmetic = int8 or int4, take a smaller model, or set device = cpu.",
        )
