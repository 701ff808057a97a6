"""Ways to fill a decoder: in floating point, packed for the compiled kernels, or as PyTorch's int8."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from decoder import packing
from decoder.adapter import Adapter
from decoder.engine import Engine, knows
from decoder.gguf import GGUF, damaged
from decoder.quantize import QuantizedLinear, RowsEmbedding, head_from_rows
from decoder.rotation import Rotation
from decoder.text import TextDecoder
from decoder.weight_only import WeightOnlyLinear
from kernels.arithmetic import Arithmetic
from kernels.checkpoints import Checkpoint, Rule
from kernels.cpu import matrices
from kernels.cpu.matrices import Bits, PackedMatrix
from kernels.errors import UserError

_MATRICES = ("qkv", "out", "up", "down", "query", "key_value")


@dataclass(frozen=True)
class Filling:
    """A decoder without weights, where they come from, the shape each has to have, and what is added to them."""

    model: TextDecoder
    checkpoint: Checkpoint
    rules: Mapping[str, Rule]
    wanted: Mapping[str, torch.Size]
    adapter: Adapter | None = None

    def value(self, name: str) -> Tensor:
        """A parameter of ours in float32. Raises UserError naming the tensor that is misshapen or not finite."""
        rule, shape, source = self.rules[name], self.wanted[name], self.checkpoint.source
        try:
            value = rule(self.checkpoint.tensors)
        except RuntimeError:
            raise damaged(source, f"{rule.sources[0]} does not go with {rule.sources[-1]}") from None
        if value.shape != shape:
            raise damaged(source, f"{rule.sources[0]} has shape {tuple(value.shape)} where {tuple(shape)} is needed")
        if not bool(torch.isfinite(value.sum())) and not bool(torch.isfinite(value).all()):
            raise self.not_numbers(name)
        if self.changes(name):
            assert self.adapter is not None
            return self.adapter.apply(name, value)
        return value.to(torch.float32, copy=value.dtype == torch.float32 and len(rule.sources) == 1)

    def changes(self, name: str) -> bool:
        """Whether an adapter changes this parameter, so that its codes in the file cannot be taken over."""
        return self.adapter is not None and self.adapter.changes(name)

    @property
    def head(self) -> str:
        """The matrix that scores the next token: the head's own, or the embedding."""
        return "embedding.weight" if self.model.config.tied else "head.weight"

    def rows(self, name: str) -> Callable[[Tensor], Tensor]:
        """What looks rows of a matrix up, ids (n,) to (n, K) float32, without holding it."""
        tensors, source = self.checkpoint.tensors, self.rules[name].sources[0]
        shape = tensors.entries[source].shape if isinstance(tensors, GGUF) else tuple(tensors[source].shape)
        want = tuple(self.wanted[name])
        if shape != want:
            raise damaged(self.checkpoint.source, f"{source} has shape {shape} where {want} is needed")
        return lambda ids: tensors.rows(source, ids) if isinstance(tensors, GGUF) else tensors[source][ids].float()

    def put(self, name: str, value: nn.Module | nn.Parameter) -> None:
        """Hang a module or parameter into the decoder."""
        owner, _, leaf = name.rpartition(".")
        setattr(self.model.get_submodule(owner), leaf, value)

    def not_numbers(self, name: str) -> UserError:
        """The refusal of a parameter that holds values that are not finite."""
        return damaged(self.checkpoint.source, f"{self.rules[name].sources[0]} holds values that are not numbers")


def fill_float(filling: Filling, dtype: torch.dtype) -> None:
    """As they are, in one floating-point format."""
    for name in filling.rules:
        filling.put(name, nn.Parameter(filling.value(name).to(dtype), requires_grad=False))


def fill_gpu(filling: Filling, arithmetic: Arithmetic, device: torch.device) -> None:
    """On a GPU: matrices of the layers as codes of 8 or 4 bits where asked, the head's of 8; all else, and all without
    codes, in bfloat16, or in float32."""
    model, dtype = filling.model, torch.float32 if arithmetic == "float32" else torch.bfloat16
    coded = arithmetic in ("int8", "int4")
    bits: Literal[4, 8] = 4 if arithmetic == "int4" else 8
    for name in filling.rules:
        owner, _, leaf = name.rpartition(".")
        matrix = coded and owner.rpartition(".")[2] in (*_MATRICES, "head")
        if matrix and leaf == "bias":
            continue  # goes with its weight
        value = filling.value(name).to(device)
        if matrix:
            bias = filling.value(f"{owner}.bias").to(device, dtype) if f"{owner}.bias" in filling.rules else None
            filling.put(owner, WeightOnlyLinear(value, 8 if owner == "head" else bits, bias))
        else:
            filling.put(name, nn.Parameter(value.to(dtype), requires_grad=False))
        if coded and name == filling.head and model.config.tied:
            model.head = WeightOnlyLinear(value[: model.config.vocabulary], 8)
    model.to(device)


def fill_packed(filling: Filling, bits: Bits) -> None:
    """Matrices packed for the compiled kernels, the embedding left in the file, all else in float32.

    The head has 8 bits always: with 4 the perplexity of SmolLM2-135M rises by a tenth.
    """
    model = filling.model
    model.embedding = RowsEmbedding(filling.rows("embedding.weight"))
    wide = [name for name in filling.rules if name.endswith(".weight") and name.split(".")[-2] in _MATRICES]
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        head = pool.submit(_pack, filling, filling.head, 8)
        matrices_of = pool.map(lambda name: _pack(filling, name, bits), wide)
        for name, matrix in zip(wide, matrices_of, strict=True):
            owner = name.removesuffix(".weight")
            bias = filling.value(f"{owner}.bias") if f"{owner}.bias" in filling.rules else None
            filling.put(owner, packing.PackedLinear(matrix if bias is None else matrix.with_bias(bias)))
        model.head = packing.PackedLinear(head.result())
    for name in filling.rules:
        owner = name.rpartition(".")[0]
        if owner not in ("embedding", "head") and owner.rpartition(".")[2] not in _MATRICES:
            filling.put(name, nn.Parameter(filling.value(name), requires_grad=False))
    model.engine = Engine(model) if knows(model.config) else None


def _pack(filling: Filling, name: str, bits: Bits) -> PackedMatrix:
    """One matrix of ours; several may be packed at once."""
    rule, shape, tensors = filling.rules[name], filling.wanted[name], filling.checkpoint.tensors
    as_it_is = isinstance(tensors, GGUF) and not filling.changes(name)
    matrix = packing.take_over(tensors, rule, bits) if as_it_is and isinstance(tensors, GGUF) else None
    if matrix is None or (matrix.rows, matrix.columns) != shape:  # a misshapen one is refused on the way
        if name == filling.head:
            matrix = packing.quantize_rows(filling.rows(name), shape, bits)
        else:
            matrix = matrices.quantize(filling.value(name), bits)
    if not bool(torch.isfinite(matrix.scales).all()):
        raise filling.not_numbers(name)
    if isinstance(tensors, GGUF):
        tensors.release()  # what is packed need not stay in memory twice
    return matrix


def fill_rotated(filling: Filling) -> None:
    """As PyTorch's int8: norms folded into the layers behind them, the stream rotated, linear layers quantised one by
    one."""
    rotation = Rotation(filling.model.config.width)
    norms = {"qkv": "attention_norm", "up": "mlp_norm"}
    for name in filling.rules:
        if name in ("embedding.weight", "head.weight"):
            continue
        value = filling.value(name)
        owner, _, leaf = name.rpartition(".")
        layer = owner.rpartition(".")[2]
        if leaf == "bias":
            bias_of = filling.model.get_submodule(owner)
            assert isinstance(bias_of, QuantizedLinear)
            bias_of.bias = value
        elif layer in norms:
            norm = f"{owner.rsplit('.', 2)[0]}.{norms[layer]}.weight"
            weight = rotation.inputs(value * filling.value(norm))
            filling.put(owner, QuantizedLinear.from_float(weight))
        elif layer in ("out", "down"):
            filling.put(owner, QuantizedLinear.from_float(rotation.outputs(value), mixed=layer == "down"))
        elif layer in ("norm", "attention_norm", "mlp_norm"):
            filling.put(name, nn.Parameter(torch.ones_like(value), requires_grad=False))
        elif layer in ("query_norm", "key_norm"):
            filling.put(name, nn.Parameter(value, requires_grad=False))
    _rotate_ends(filling, rotation)


def _rotate_ends(filling: Filling, rotation: Rotation) -> None:
    """Leave the embedding in the file, and give the head, tied or not, int8 weights."""
    model, final_D = filling.model, filling.value("norm.weight")
    embed, score = filling.rows("embedding.weight"), filling.rows(filling.head)
    model.embedding = RowsEmbedding(lambda ids: rotation.inputs(embed(ids)))
    shape = (model.config.vocabulary, model.config.width)
    model.head = head_from_rows(lambda ids: rotation.inputs(score(ids) * final_D), *shape)
    if not model.head.finite:
        raise filling.not_numbers(filling.head)
