"""Low-rank adapters (LoRA, Hu et al. 2021): trained beside a frozen decoder, kept as safetensors, added to its weights.

adapted = inject(model, AdapterConfig(rank=16, alpha=32, layers=range(15, 30)))     # then train `adapted.parameters()`
save(path, adapted.tensors(), config, base_sha256)
model = load_gguf(file, adapter=read(path, base_sha256=...))                        # the merged model

A layer y = W x becomes y = W x + (alpha / rank) B A x with A (rank, K) drawn at random and B (N, rank) zero, so that a
fresh adapter changes nothing. Merged, it costs nothing at all: W + (alpha / rank) B A is quantised like any weight.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from decoder.text import TextDecoder
from kernels.checkpoints import read_safetensors
from kernels.errors import UserError

FORMAT = "antigone-lora-1"
TARGETS = ("attention.qkv", "attention.out", "mlp.up", "mlp.down")
MOST_BYTES = 1 << 28
_REMEDY = "Put the file back from the source, or train it anew with training/tools/train.py."


@dataclass(frozen=True)
class AdapterConfig:
    """Which matrices of which layers are adapted, and how.

    Attributes:
        rank: of each change of a matrix.
        alpha: the change is multiplied by alpha / rank.
        layers: numbers of the decoder's layers.
        targets: names of linear layers within a layer.
    """

    rank: int
    alpha: float
    layers: tuple[int, ...]
    targets: tuple[str, ...] = TARGETS

    def __post_init__(self) -> None:
        if not 0 < self.rank <= 4096:
            raise ValueError(f"rank: must be 1 to 4096, got {self.rank}")
        if not (math.isfinite(self.alpha) and self.alpha > 0):
            raise ValueError(f"alpha: must be above 0, got {self.alpha}")
        if not self.layers or min(self.layers) < 0 or len(set(self.layers)) < len(self.layers):
            raise ValueError(f"layers: must be different numbers from 0, got {self.layers}")
        if not self.targets or not set(self.targets) <= set(TARGETS):
            raise ValueError(f"targets: must be among {', '.join(TARGETS)}, got {self.targets}")

    @property
    def scale(self) -> float:
        """What B A is multiplied by."""
        return self.alpha / self.rank

    @property
    def owners(self) -> tuple[str, ...]:
        """Names of the adapted linear layers in a TextDecoder."""
        return tuple(f"blocks.{layer}.{target}" for layer in self.layers for target in self.targets)


class LowRankLinear(nn.Module):
    """A frozen linear layer and its change; `down` is A (rank, K), `up` is B (N, rank)."""

    def __init__(self, base: nn.Linear, config: AdapterConfig, generator: torch.Generator) -> None:
        super().__init__()
        self.base, self.scale = base.requires_grad_(False), config.scale
        self.in_features, self.out_features = base.in_features, base.out_features
        bound = 1 / math.sqrt(base.in_features)
        down = torch.empty(config.rank, base.in_features).uniform_(-bound, bound, generator=generator)
        self.down = nn.Parameter(down.to(base.weight.device))
        self.up = nn.Parameter(torch.zeros(base.out_features, config.rank, device=base.weight.device))

    def forward(self, x: Tensor) -> Tensor:
        """(..., K) to (..., N)."""
        out = self.base(x).flatten(0, -2)
        inner = x.flatten(0, -2) @ self.down.T.to(x.dtype)
        return torch.addmm(out, inner, self.up.T.to(x.dtype), alpha=self.scale).unflatten(0, x.shape[:-1])


@dataclass(frozen=True)
class Adapted:
    """A decoder with low-rank layers in it, by the names of the layers they stand for."""

    config: AdapterConfig
    layers: Mapping[str, LowRankLinear]

    def parameters(self) -> list[nn.Parameter]:
        """What is trained."""
        return [part for layer in self.layers.values() for part in (layer.down, layer.up)]

    def tensors(self) -> dict[str, Tensor]:
        """OWNER.down (rank, K) and OWNER.up (N, rank), the parameters themselves."""
        return {
            f"{owner}.{part}": getattr(layer, part) for owner, layer in self.layers.items() for part in ("down", "up")
        }

    def load(self, tensors: Mapping[str, Tensor], source: str) -> None:
        """Go on from what `tensors` gave. Raises UserError naming a tensor that is missing, spare or misshapen."""
        ours = self.tensors()
        _check_names(tensors, ours, source)
        for name, target in ours.items():
            _check_tensor(name, tensors[name], tuple(target.shape), source)
        with torch.no_grad():
            for name, target in ours.items():
                target.copy_(tensors[name])


def inject(model: TextDecoder, config: AdapterConfig, seed: int = 0) -> Adapted:
    """Freeze a floating-point decoder and put low-rank layers, which change nothing yet, in place of its linear ones.

    Raises:
        ValueError: the decoder has no such layer, or its weights are packed.
    """
    generator, layers = torch.Generator().manual_seed(seed), {}
    model.requires_grad_(False)
    for owner in config.owners:
        parent, _, leaf = owner.rpartition(".")
        base = _linear(model, owner)
        layers[owner] = LowRankLinear(base, config, generator)
        setattr(model.get_submodule(parent), leaf, layers[owner])
    return Adapted(config, layers)


def _linear(model: TextDecoder, owner: str) -> nn.Linear:
    try:
        found = model.get_submodule(owner)
    except AttributeError:
        raise ValueError(f"layers: the decoder has no {owner}") from None
    if not isinstance(found, nn.Linear):
        raise ValueError(f"model: {owner} is {type(found).__name__}; load the decoder in float32 to train it")
    return found


@dataclass(frozen=True)
class Adapter:
    """An adapter as it is added to weights.

    Attributes:
        source: the file's name, for messages.
        base: SHA-256 of the base model's weights, in hex.
        tensors: see `Adapted.tensors`.
    """

    source: str
    config: AdapterConfig
    base: str
    tensors: Mapping[str, Tensor]

    def changes(self, name: str) -> bool:
        """Whether the parameter of this name, such as "blocks.3.mlp.up.weight", is changed."""
        return f"{name.removesuffix('.weight')}.down" in self.tensors and name.endswith(".weight")

    def apply(self, name: str, weight_NK: Tensor) -> Tensor:
        """A weight with its change added, in float32; other parameters as they are. Raises UserError if misshapen."""
        if not self.changes(name):
            return weight_NK
        owner = name.removesuffix(".weight")
        down, up = self.tensors[f"{owner}.down"], self.tensors[f"{owner}.up"]
        rows, columns = weight_NK.shape
        _check_tensor(f"{owner}.down", down, (self.config.rank, columns), self.source)
        _check_tensor(f"{owner}.up", up, (rows, self.config.rank), self.source)
        return torch.addmm(weight_NK.float(), up.float(), down.float(), alpha=self.config.scale)

    def fit(self, parameters: Iterable[str]) -> None:
        """See that every matrix it changes is among a model's. Raises UserError naming one that is not."""
        known = set(parameters)
        if strange := [owner for owner in self.config.owners if f"{owner}.weight" not in known]:
            raise _damaged(self.source, f"it changes {strange[0]}, which the model does not have")


def save(path: Path, tensors: Mapping[str, Tensor], config: AdapterConfig, base: str, *, half: bool = True) -> None:
    """Write an adapter, whole or not at all. `base` is the SHA-256 of the base's weights; `half` stores float16."""
    dtype = torch.float16 if half else torch.float32
    metadata = {
        "format": FORMAT, "base_sha256": base, "rank": str(config.rank), "alpha": repr(float(config.alpha)),
        "layers": json.dumps(list(config.layers)), "targets": json.dumps(list(config.targets)),
    }  # fmt: skip
    draft = path.with_name(f".{path.name}.new")
    save_file({name: part.detach().cpu().to(dtype).contiguous() for name, part in tensors.items()}, draft, metadata)
    draft.replace(path)


def read(path: Path, *, base: str | None = None) -> Adapter:
    """An adapter from its file, checked both ways against what its metadata say.

    Args:
        base: SHA-256 of the model it is for; None takes any.

    Raises:
        UserError: no such file, another format, made for another model, or a tensor is missing, spare, misshapen or
            not finite; it is named.
    """
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise _damaged(path.name, "it is larger than any adapter")
    tensors = read_safetensors(path).tensors
    config, made_for = _metadata(path)
    if base is not None and made_for != base:
        raise UserError(
            f"The adapter {path.name} was trained for another model (SHA-256 {made_for[:12]}..., not {base[:12]}...).",
            "Use the model it names, or train an adapter for this one with training/tools/train.py.",
        )
    _check_names(tensors, {f"{owner}.{part}": None for owner in config.owners for part in ("down", "up")}, path.name)
    for name, tensor in tensors.items():
        shape = (config.rank, tensor.shape[-1]) if name.endswith(".down") else (*tensor.shape[:1], config.rank)
        _check_tensor(name, tensor, shape, path.name)
    return Adapter(path.name, config, made_for, tensors)


def _metadata(path: Path) -> tuple[AdapterConfig, str]:
    try:
        with safe_open(path, framework="pt") as file:
            said = file.metadata() or {}
        if said.get("format") != FORMAT:
            raise _damaged(path.name, f"its format is {str(said.get('format'))[:40]}, not {FORMAT}")
        layers, targets = json.loads(said["layers"]), json.loads(said["targets"])
        config = AdapterConfig(int(said["rank"]), float(said["alpha"]), tuple(map(int, layers)), tuple(targets))
        return config, str(said["base_sha256"])
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _damaged(path.name, f"its description cannot be used ({str(error)[:120]})") from None


def _check_names(tensors: Mapping[str, object], wanted: Mapping[str, object], source: str) -> None:
    if missing := sorted(set(wanted) - set(tensors)):
        raise _damaged(source, f"tensor {missing[0]} is missing")
    if spare := sorted(set(tensors) - set(wanted)):
        raise _damaged(source, f"tensor {spare[0][:80]} is not known to this adapter")


def _check_tensor(name: str, tensor: Tensor, shape: tuple[int, ...], source: str) -> None:
    if tuple(tensor.shape) != shape:
        raise _damaged(source, f"{name} has shape {tuple(tensor.shape)} where {shape} is needed")
    if not tensor.is_floating_point() or not bool(torch.isfinite(tensor).all()):
        raise _damaged(source, f"{name} holds values that are not numbers")


def _damaged(source: str, what: str) -> UserError:
    return UserError(f"The adapter {source} does not fit: {what}.", _REMEDY)
