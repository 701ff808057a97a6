"""Helpers for checkpoint tables: rules for many tensors at once, and proof that a config and a file speak of one model.

A contradiction between the two is found from the names and shapes in the file's header, before a model is made.
"""

import re
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from kernels.checkpoints import Checkpoint, Rule, damaged
from kernels.reference import Activation

Rules = dict[str, Rule | str]
# Ours inside a Block -> theirs inside a layer of BERT (Devlin et al. 2018, names of transformers' BertLayer).
BERT_LAYER = {
    "attention.out": "attention.output.dense", "attention_norm": "attention.output.LayerNorm",
    "mlp.up": "intermediate.dense", "mlp.down": "output.dense", "mlp_norm": "output.LayerNorm",
}  # fmt: skip
ACTIVATIONS: dict[str, Activation] = {  # the words of Hugging Face configs
    "gelu": "gelu", "gelu_python": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh",
    "quick_gelu": "quick_gelu", "relu": "relu", "silu": "silu", "swish": "silu",
}  # fmt: skip
BERT_ATTENTION = ("query", "key", "value")


def renamed(ours: str, theirs: str, names: Mapping[str, str], kinds: Sequence[str] = ("weight", "bias")) -> Rules:
    """`ours.NAME.KIND` from `theirs.NAME.KIND`, for each pair of names and each kind."""
    return {f"{ours}{our}.{kind}": f"{theirs}{their}.{kind}" for our, their in names.items() for kind in kinds}


def stacked(ours: str, theirs: Sequence[str], kinds: Sequence[str] = ("weight", "bias")) -> Rules:
    """`ours.KIND` from the rows of several tensors, one below the other."""
    return {f"{ours}.{kind}": Rule(tuple(f"{name}.{kind}" for name in theirs), stack) for kind in kinds}


def stacked_without_key_bias(ours: str, theirs: str, parts: str) -> Rules:
    """`ours` from Whisper's `theirs.q_proj`, `k_proj`, `v_proj` as named in `parts`; the key has no bias: zeros."""
    weights = tuple(f"{theirs}.{part}_proj.weight" for part in parts)
    biases = tuple(f"{theirs}.{part}_proj.bias" for part in parts if part != "k")

    def bias(*given: Tensor) -> Tensor:
        rest = iter(given)
        return torch.cat([torch.zeros_like(given[0]) if part == "k" else next(rest) for part in parts])

    return {f"{ours}.weight": Rule(weights, stack), f"{ours}.bias": Rule(biases, bias)}


def bert_layer(ours: str, theirs: str, memory: str | None = None) -> Rules:
    """One layer of BERT; with cross-attention to the memory of that kind, as BLIP has it (Li et al. 2022)."""
    rules = renamed(ours, theirs, BERT_LAYER)
    rules |= stacked(f"{ours}attention.qkv", [f"{theirs}attention.self.{part}" for part in BERT_ATTENTION])
    if memory is not None:
        cross, their_cross = f"{ours}cross.{memory}.", f"{theirs}crossattention."
        names = {"query": "self.query", "out": "output.dense", "norm": "output.LayerNorm"}
        rules |= renamed(cross, their_cross, names)
        rules |= stacked(f"{cross}key_value", [f"{their_cross}self.key", f"{their_cross}self.value"])
    return rules


def stack(*parts: Tensor) -> Tensor:
    """Rows of several tensors, one below the other."""
    return torch.cat(parts)


def first(value: Tensor) -> Tensor:
    """A tensor without a leading axis of one, which checkpoints keep for broadcasting; any other as it is."""
    return value[0] if value.dim() > 1 and value.shape[0] == 1 else value


def turned(value: Tensor) -> Tensor:
    """A matrix of GPT-2's Conv1D (in, out) as a linear layer's (out, in); a vector as it is."""
    return value.t() if value.dim() == 2 else value


def parts(checkpoint: Checkpoint, prefixes: Sequence[str]) -> dict[str, Checkpoint]:
    """The file's tensors by the prefix they begin with, under their whole names.

    Raises:
        UserError: a tensor begins with none of them.
    """
    groups: dict[str, dict[str, Tensor]] = {prefix: {} for prefix in prefixes}
    for name, tensor in checkpoint.tensors.items():
        home = next((prefix for prefix in prefixes if name.startswith(prefix)), None)
        if home is None:
            raise damaged(checkpoint.source, f"tensor {name} is not known to this model")
        groups[home][name] = tensor
    return {prefix: Checkpoint(checkpoint.source, tensors) for prefix, tensors in groups.items()}


def agree(checkpoint: Checkpoint, name: str, fields: Mapping[str, int]) -> None:
    """See that a tensor has the shape that the config's fields ask for, axis by axis.

    Args:
        fields: name of the config's field, or a word for it -> size of that axis; in the tensor's order.

    Raises:
        UserError: the tensor is missing, or its shape contradicts a field; both are named.
    """
    tensor = checkpoint.tensors.get(name)
    if tensor is None:
        raise damaged(checkpoint.source, f"tensor {name} is missing")
    if tensor.dim() != len(fields):
        raise damaged(checkpoint.source, f"{name} has {tensor.dim()} axes where {len(fields)} are needed")
    for axis, (field, size) in enumerate(fields.items()):
        if tensor.shape[axis] != size:
            raise damaged(
                checkpoint.source,
                f"config.json says {field} {size}, but {name} has shape {tuple(tensor.shape)}",
            )


def agree_layers(checkpoint: Checkpoint, prefix: str, field: str, layers: int) -> None:
    """See that the file holds as many layers, named `prefix0.`, `prefix1.` ..., as the config's field says.

    Raises:
        UserError: it doesn't; the field is named.
    """
    pattern = re.compile(re.escape(prefix) + r"(\d{1,6})\.")
    found = {match.group(1) for name in checkpoint.tensors if (match := pattern.match(name))}
    if len(found) != layers:
        what = f"config.json says {field} {layers}, but there are {len(found)} layers named {prefix}N"
        raise damaged(checkpoint.source, what)
