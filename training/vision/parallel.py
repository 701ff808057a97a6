"""How a training process begins, and several that train one model: each holds a part of every tensor (PyTorch's FSDP).

torchrun --nproc-per-node 2 -m training.vision.train ...
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


def begin(seed: int, threads: int = 0) -> list[int]:
    """Seed and threads (0: as many as PyTorch likes) of this process.

    Returns:
        A list that is empty until somebody asks the process to stop (Control C, SIGTERM).
    """
    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    if threads:
        torch.set_num_threads(threads)
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: stopped.append(number))
    return stopped


@contextmanager
def group() -> Iterator[tuple[int, int]]:
    """(rank, ranks) of this process: (0, 1) unless torchrun started it. NCCL on GPUs, gloo on processors."""
    if "RANK" not in os.environ or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield 0, 1
        return
    from torch import distributed

    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield distributed.get_rank(), distributed.get_world_size()
    finally:
        distributed.destroy_process_group()


def shard(model: nn.Module, ranks: int) -> nn.Module:
    """The model with every tensor cut among the processes; as it is where there is only one.

    The model is sharded as a whole: it is small, and the decoder's cross-attention is called outside of `forward` of
    the layers it belongs to, where FSDP would not gather a layer's own shard.
    """
    if ranks > 1:
        from torch.distributed.fsdp import fully_shard

        fully_shard(model)
    return model
