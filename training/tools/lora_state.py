"""A training run on disk: parameters and optimiser's moments as safetensors, everything else as JSON; no pickle.

FOLDER/state.json names the tensors' file that belongs to it and is replaced last, so a run that is killed while it
writes goes on from the state before. FOLDER/adapter.safetensors is the adapter as it would be shipped.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from decoder.adapter import Adapted, save
from kernels.checkpoints import damaged, read_safetensors
from kernels.errors import UserError

STATE, ADAPTER = "state.json", "adapter.safetensors"
_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass
class Progress:
    """How far a run is.

    Attributes:
        step: optimiser's steps so far.
        tokens: seen so far, padding included.
        seconds: spent in steps.
        losses: (step, mean loss of the answer's tokens since the point before).
        valid: (step, loss, share of answers that are right in every token).
    """

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    losses: list[tuple[int, float]] = field(default_factory=list)
    valid: list[tuple[int, float, float]] = field(default_factory=list)


def keep(
    folder: Path,
    adapted: Adapted,
    optimiser: torch.optim.AdamW,
    progress: Progress,
    recipe: Mapping[str, Any],
    base: str,
) -> None:
    """Write the whole state, and the adapter of now."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"weight.{name}": part.detach().cpu() for name, part in adapted.tensors().items()}
    for name, parameter in adapted.tensors().items():
        for moment in _MOMENTS:
            if parameter in optimiser.state:
                tensors[f"{moment}.{name}"] = optimiser.state[parameter][moment].cpu()
    name = f"state-{progress.step:06}.safetensors"
    save_file({key: part.contiguous() for key, part in tensors.items()}, folder / name)
    draft = folder / f"{STATE}.new"
    draft.write_text(json.dumps({"tensors": name, "recipe": dict(recipe), **asdict(progress)}), encoding="utf-8")
    draft.replace(folder / STATE)
    for old in folder.glob("state-*.safetensors"):
        if old.name != name:
            with suppress(OSError):
                old.unlink()
    save(folder / ADAPTER, adapted.tensors(), adapted.config, base)


def resume(folder: Path, adapted: Adapted, optimiser: torch.optim.AdamW, recipe: Mapping[str, Any]) -> Progress:
    """Go on from a folder's state; a fresh start where there is none.

    Raises:
        UserError: the state is damaged, or is of a run with another recipe; what differs is named.
    """
    path = folder / STATE
    if not path.is_file():
        return Progress()
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        losses = [(int(step), float(loss)) for step, loss in said["losses"]]
        valid = [(int(step), float(loss), float(right)) for step, loss, right in said["valid"]]
        progress = Progress(int(said["step"]), int(said["tokens"]), float(said["seconds"]), losses, valid)
        was, name = dict(said["recipe"]), Path(str(said["tensors"])).name
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path.name, f"it cannot be read ({type(error).__name__})") from None
    if other := sorted(key for key in {*was, *recipe} if was.get(key) != recipe.get(key)):
        raise UserError(
            f"The run in {folder} has another {other[0]} ({was.get(other[0])}, not {recipe.get(other[0])}).",
            "Give the same options, or another folder.",
        )
    _restore(read_safetensors(folder / name).tensors, name, adapted, optimiser, progress.step)
    return progress


def _restore(
    tensors: Mapping[str, torch.Tensor], source: str, adapted: Adapted, optimiser: torch.optim.AdamW, step: int
) -> None:
    weights = {key.removeprefix("weight."): part for key, part in tensors.items() if key.startswith("weight.")}
    adapted.load(weights, source)
    for name, parameter in adapted.tensors().items():
        state = optimiser.state[parameter]
        state["step"] = torch.tensor(float(step))
        for moment in _MOMENTS:
            kept = tensors.get(f"{moment}.{name}")
            if kept is None or kept.shape != parameter.shape:
                raise damaged(source, f"{moment}.{name} is missing or misshapen")
            state[moment] = kept.clone().to(parameter.device)
