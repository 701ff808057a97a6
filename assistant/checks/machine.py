"""The machine: disk, memory, processor, GPU, and the kernels compiled for it."""

import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from assistant import settings
from assistant.checks.finding import Finding, in_force
from assistant.model_table import MIB
from kernels.memory_limit import room

LITTLE_DISK = 500 * MIB
LITTLE_MEMORY = 2_000 * MIB
# what the kernels can use, as the kernel of Linux spells it
FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "asimd", "asimddp", "bf16")


def disk_and_memory() -> Iterator[Finding]:
    """Room for what the program keeps and for the models in memory."""
    home = settings.home()
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        yield Finding("disk", "bad", f"{place} cannot be written to.", "Set ANTIGONE_HOME to a folder of your own.")
    elif free < LITTLE_DISK:
        yield Finding("disk", "bad", f"Only {free // MIB} MB are free for {home}.", "Free some space on that disk.")
    else:
        yield Finding("disk", "good", f"{free / 1e9:.0f} GB are free for {home}.")
    limit = room(in_force().memory_limit_mb << 20)
    text = f"{limit.free / 1e9:.1f} GB of memory are free {limit.whose}."
    if limit.free < LITTLE_MEMORY:
        yield Finding("memory", "note", text, "Close other programs if answers are slow.")
    else:
        yield Finding("memory", "good", text)


def processor_and_gpu() -> Iterator[Finding]:
    """What the models run on."""
    import torch

    flags: set[str] = set()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text(encoding="utf-8", errors="replace").splitlines()
        flags = {word for line in lines if line.startswith(("flags", "Features")) for word in line.split()}
    known = [name for name in FEATURES if name in flags]
    kind = torch.backends.cpu.get_cpu_capability()
    what = f"{os.cpu_count()} processor cores, {kind}" + (f" ({', '.join(known)})" if known else "")
    if kind == "DEFAULT" and platform.machine() in {"x86_64", "AMD64"}:
        yield Finding("processor", "note", f"{what}: no AVX2, so everything is slow.", "A newer computer would help.")
    else:
        yield Finding("processor", "good", f"{what}.")
    yield _gpu()


def _gpu() -> Finding:
    """Whether there is a GPU, and whether models are computed on it."""
    from kernels.devices import gpu

    found, chosen = gpu(), in_force().device == "cuda"
    if found is None:
        if chosen:
            return Finding("gpu", "bad", "The setting device is cuda, but PyTorch sees no GPU.", "Set device = cpu.")
        return Finding("gpu", "good", "No GPU; none is needed.")
    name = f"{found.name}, {found.memory / 1e9:.0f} GB"
    if not chosen:
        return Finding("gpu", "good", f"There is a GPU ({name}); models run on the processor.", "Set device = cuda.")
    whose = "the program's own kernels" if found.kernels else "PyTorch's kernels, as it is too old for the program's"
    return Finding("gpu", "good", f"Models run on the GPU ({name}), with {whose}.")


def arithmetic() -> Iterator[Finding]:
    """In which numbers language models are computed here, and why."""
    from kernels.arithmetic import choose
    from kernels.devices import arithmetic_on_gpu

    if in_force().device == "cuda":
        chosen = arithmetic_on_gpu(in_force().arithmetic)
        yield Finding("arithmetic", "good", f"On the GPU language is computed in {chosen}, hearing in float16.")
        return
    choice = choose(in_force().arithmetic)
    text = f"Language is computed in {choice.arithmetic}: {choice.why}. Hearing is computed in float32."
    if choice.slow:
        yield Finding("arithmetic", "note", text, "Set arithmetic = auto, or expect slow answers.")
    else:
        yield Finding("arithmetic", "good", text, "The setting arithmetic chooses another.")


def compiled() -> Iterator[Finding]:
    """Whether the kernels are compiled for this processor, and what kept them from it."""
    from kernels.cpu import team

    try:
        threads = team.team().threads
    except Exception as error:  # whatever it is, PyTorch's own kernels stand in
        text = f"The kernels could not be compiled for this processor ({error}), so slower ones are used."
        yield Finding("kernels", "note", text, "Answers stay right. Run ./antigone again to compile anew.")
    else:
        yield Finding("kernels", "good", f"The kernels are compiled for this processor; {threads} threads share them.")
