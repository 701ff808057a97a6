"""Every configuration of attention's kernels, for kernels/ahead.py: what each takes of a GPU that isn't here."""

from collections.abc import Iterator
from typing import Any

import torch

from kernels.ahead import HOPPER, Case
from kernels.attention_backward_keys import RUN_TIME_SIZES as KEYS_SIZES
from kernels.attention_backward_keys import attention_backward_keys
from kernels.attention_backward_queries import RUN_TIME_SIZES as QUERIES_SIZES
from kernels.attention_backward_queries import attention_backward_queries
from kernels.attention_forward import RUN_TIME_SIZES as FORWARD_SIZES
from kernels.attention_forward import attention_forward
from kernels.attention_hopper import RUN_TIME_SIZES as HOPPER_SIZES
from kernels.attention_hopper import attention_hopper
from kernels.attention_table import Parts, Pass, Tiles, copies_blocks, tiles

WIDTHS = (64, 80, 88, 128, 256)
_MANY = 4096
_KERNELS = {
    "forward": (attention_forward, FORWARD_SIZES),
    "forward_hopper": (attention_hopper, HOPPER_SIZES),
    "backward_keys": (attention_backward_keys, KEYS_SIZES),
    "backward_queries": (attention_backward_queries, QUERIES_SIZES),
}
_OPTIONAL = ("bias", "d_bias", "lengths", "query_starts", "key_starts")
_NAMES = {torch.bfloat16: "bf16", torch.float16: "fp16", torch.float32: "fp32"}


def ahead_cases(capability: int = HOPPER) -> Iterator[Case]:
    """Each row of the table at the widths models have, causal; then single precision, masks and few queries."""
    kinds: tuple[Pass, ...] = ("forward_hopper", "forward", "backward_keys", "backward_queries")
    kinds = kinds if copies_blocks(capability) else kinds[1:]
    for kind in kinds:
        yield from (case(kind, width, capability=capability) for width in WIDTHS)
    for kind in kinds[-3:]:
        yield from (case(kind, width, torch.float32, capability=capability) for width in (64, 128))
    for kind in kinds:
        yield case(kind, 128, tokens=64, capability=capability)
    yield case("forward", 128, bias=1, lengths=True, capability=capability)
    yield case("forward", 128, bias=2, causal=False, capability=capability)
    for kind in kinds[-3:]:
        yield case(kind, 64, packed=True, capability=capability)
    for kind in kinds[-2:]:
        yield case(kind, 64, bias=1, lengths=True, lengths_type="i32", capability=capability)


def case(
    kind: Pass, width: int, dtype: torch.dtype = torch.bfloat16, *, causal: bool = True, bias: int = 0,
    lengths: bool = False, lengths_type: str = "i64", packed: bool = False, tokens: int = _MANY,
    capability: int = HOPPER, its: Tiles | None = None,
) -> Case:  # fmt: skip
    """One kernel at a width: the table's tiles, or `its`; bias 1 adds numbers (and has a gradient), 2 masks."""
    it = tiles(kind, width, dtype, capability, tokens) if its is None else its
    kernel, sizes = _KERNELS[kind]
    parts, name = Parts.of(width), _NAMES[dtype]
    constants: dict[str, Any] = {
        "GROUP": 4, "LEAD": parts.lead, "REST": parts.rest, "EXACT": parts.exact, "BLOCK_M": it.queries,
        "BLOCK_N": it.keys, "CAUSAL": causal, "BIAS": bias, "PRECISION": "ieee" if dtype.itemsize >= 4 else "tf32",
    }  # fmt: skip
    types = dict.fromkeys(sizes, "i32") | {"scale": "fp32"}
    types |= dict.fromkeys(("lse", "log_sums", "deltas"), "*fp32:16")
    types |= {"bias": "*fp32:16" if bias == 1 else "*u8:16"} if bias else {}
    types |= {"d_bias": "*fp32:16"} if bias == 1 else {}
    types |= {"lengths": f"*{lengths_type}:16"} if lengths else {}
    types |= dict.fromkeys(("query_starts", "key_starts"), f"*{lengths_type}:16") if packed else {}
    constants |= {missing: None for missing in _OPTIONAL if missing not in types}
    if kind == "forward_hopper":
        for tensor, rows in (("queries", it.queries), ("keys", it.keys), ("values", it.keys), ("outs", it.queries)):
            types[f"{tensor}_lead"] = f"tensordesc<{name}[1, 1, {rows}, {parts.lead}]>"
            if parts.rest:
                types[f"{tensor}_rest"] = f"tensordesc<{name}[1, 1, {rows}, {parts.rest}]>"
            else:
                constants[f"{tensor}_rest"] = None
    known = kernel.arg_names
    types = {argument: types.get(argument, f"*{name}:16") for argument in known if argument not in constants}
    constants = {argument: value for argument, value in constants.items() if argument in known}
    extras = f"{' causal' if causal else ''}{' bias' * (bias == 1)}{' mask' * (bias == 2)}"
    extras += f" {lengths_type} lengths" * lengths + " packed" * packed
    title = f"{kind} {width} {name} {it.queries}x{it.keys}{extras}"
    return Case(title, kernel, types, constants, it.warps, it.stages)
