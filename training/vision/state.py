"""A training run on disk: weights, their running means and the optimiser's state as safetensors, the rest as JSON.

FOLDER/state.json names the tensors' file that belongs to it and is replaced last, so a run that is killed while it
writes goes on from the state before. No pickle. Tensors that several processes share (FSDP) are gathered whole.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from kernels.checkpoints import damaged, read_safetensors
from kernels.errors import UserError

STATE = "state.json"


@dataclass
class Progress:
    """How far a run is: optimiser's steps, seconds in them, (step, loss) and (step, measure, value) so far."""

    step: int = 0
    seconds: float = 0.0
    losses: list[tuple[int, float]] = field(default_factory=list)
    checks: list[tuple[int, str, float]] = field(default_factory=list)


def learned(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that are trained, by name."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def whole(tensor: Tensor) -> Tensor:
    """A tensor that lies in parts on several processes, put together on each; any other as it is. On the processor."""
    full = getattr(tensor, "full_tensor", None)
    value: Tensor = tensor if full is None else full()
    return value.detach().cpu()


def fill(target: Tensor, value: Tensor) -> None:
    """Write a whole tensor into one that may lie in parts on several processes."""
    if hasattr(target, "device_mesh"):
        from torch.distributed.tensor import distribute_tensor

        value = distribute_tensor(value.to(target.device), target.device_mesh, target.placements)  # type: ignore[attr-defined]
    with torch.no_grad():
        target.copy_(value)


def keep(
    folder: Path, model: nn.Module, means: Mapping[str, Tensor], optimiser: torch.optim.Optimizer, progress: Progress,
    recipe: Mapping[str, Any], *, writes: bool = True,
) -> None:  # fmt: skip
    """Write the whole state. Every process has to call it; the one with `writes` writes."""
    tensors: dict[str, Tensor] = {}
    for name, parameter in learned(model).items():
        tensors[f"weight.{name}"], tensors[f"mean.{name}"] = whole(parameter), whole(means[name])
        for part, value in optimiser.state.get(parameter, {}).items():
            tensors[f"optimiser.{part}.{name}"] = whole(torch.as_tensor(value))
    if not writes:
        return
    folder.mkdir(parents=True, exist_ok=True)
    file = f"state-{progress.step:06}.safetensors"
    whole_ones = {name: value.clone(memory_format=torch.contiguous_format) for name, value in tensors.items()}
    save_file(whole_ones, folder / file)
    draft = folder / f"{STATE}.new"
    draft.write_text(json.dumps({"tensors": file, "recipe": dict(recipe), **asdict(progress)}), encoding="utf-8")
    draft.replace(folder / STATE)
    for old in folder.glob("state-*.safetensors"):
        if old.name != file:
            with suppress(OSError):
                old.unlink()


def resume(
    folder: Path, model: nn.Module, means: dict[str, Tensor], optimiser: torch.optim.Optimizer,
    recipe: Mapping[str, Any],
) -> Progress:  # fmt: skip
    """Go on from a folder's state; a fresh start where there is none.

    Raises:
        UserError: the state is damaged, or is of a run with another recipe; what differs is named.
    """
    if not (folder / STATE).is_file():
        return Progress()
    progress, was, file = _read(folder / STATE)
    if other := sorted(key for key in {*was, *recipe} if was.get(key) != recipe.get(key)):
        raise UserError(
            f"The run in {folder} has another {other[0]} ({was.get(other[0])}, not {recipe.get(other[0])}).",
            "Give the same options, or another folder.",
        )
    tensors = read_safetensors(folder / file).tensors
    for name, parameter in learned(model).items():
        for part, target in (("weight", parameter), ("mean", means[name])):
            value = tensors.get(f"{part}.{name}")
            if value is None or value.shape != target.shape:
                raise damaged(file, f"{part}.{name} is missing or misshapen")
            fill(target, value)
        _restore(tensors, name, parameter, optimiser)
    return progress


def _restore(
    tensors: Mapping[str, Tensor], name: str, parameter: nn.Parameter, optimiser: torch.optim.Optimizer
) -> None:
    for key, value in tensors.items():
        _, _, rest = key.partition("optimiser.")
        part, _, owner = rest.partition(".")
        if owner != name:
            continue
        target = torch.zeros_like(parameter) if value.shape == parameter.shape else value.clone()
        if target.shape == parameter.shape:
            fill(target, value)
        optimiser.state[parameter][part] = target


def _read(path: Path) -> tuple[Progress, dict[str, Any], str]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        losses = [(int(step), float(loss)) for step, loss in said["losses"]]
        checks = [(int(step), str(name), float(value)) for step, name, value in said["checks"]]
        progress = Progress(int(said["step"]), float(said["seconds"]), losses, checks)
        return progress, dict(said["recipe"]), Path(str(said["tensors"])).name
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path.name, f"it cannot be read ({type(error).__name__})") from None
