"""A tagger's training on disk: its state, from which a run goes on, and the asset that ships; no pickle."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from assistant import models
from assistant.steps.labels import LABELS
from assistant.steps.tagging import FORMAT, KINDS
from kernels.checkpoints import read_safetensors

if TYPE_CHECKING:
    from training.steps.tagging import Tagger


def keep(tagger: "Tagger", path: Path, step: int) -> None:
    """The whole state of a run, replaced at once."""
    tensors = {f"weight.{name}": part.detach() for name, part in tagger.tensors().items()}
    for name, part in tagger.tensors().items():
        state = tagger.optimiser.state.get(part, {})
        tensors |= {f"{moment}.{name}": state[moment] for moment in ("exp_avg", "exp_avg_sq") if moment in state}
    draft = path.with_suffix(".new")
    save_file({name: part.contiguous() for name, part in tensors.items()}, draft, {"step": str(step)})
    draft.replace(path)


def resume(tagger: "Tagger", path: Path, start: Path | None) -> int:
    """The step that a run goes on from, its state restored; 0 where there is none, or another run begins it.

    `start` is the state of another run, or a tagger that was shipped, of which the optimiser knows nothing yet.
    """
    if not path.is_file() and start is None:
        return 0
    fresh, path = not path.is_file(), path if path.is_file() or start is None else start

    with safe_open(path, framework="pt") as file:
        said = file.metadata() or {}
    step = int(said.get("step", 0))
    kept = read_safetensors(path).tensors
    if "step" not in said:
        kept = {f"weight.{name}": part.float() for name, part in kept.items()}
    with torch.no_grad():
        for name, part in tagger.tensors().items():
            if not part.requires_grad:  # counted when all is done
                continue
            part.copy_(kept[f"weight.{name}"])
            if "step" not in said:
                continue
            tagger.optimiser.state[part] = {
                "step": torch.tensor(float(step)),
                **{moment: kept[f"{moment}.{name}"].clone() for moment in ("exp_avg", "exp_avg_sq")},
            }
    return 0 if fresh else step


def ship(tagger: "Tagger", path: Path) -> None:
    """Write the asset in float16, with what it needs to be read."""
    base = next(file.sha256 for file in models.find("minilm").files if file.role == "weights")
    metadata = {
        "format": FORMAT,
        "labels": " ".join(LABELS),
        "kinds": " ".join(KINDS),
        "base_sha256": base,
    }
    save_file({name: part.detach().half().contiguous() for name, part in tagger.tensors().items()}, path, metadata)
    print(f"{path.name}: {path.stat().st_size:,} bytes")
