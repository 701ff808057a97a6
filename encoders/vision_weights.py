"""Tables from published vision towers (ViT, DeiT, CLIP, SigLIP, BLIP) to ours, strict both ways, one row a family."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from torch import Tensor

from encoders.config import VisionConfig
from encoders.vision import PictureClassifier, VisionTransformer
from kernels.checkpoints import Checkpoint, Rule, damaged, load_strict
from kernels.errors import UserError
from kernels.folders import choice, real, whole
from kernels.layers import uninitialised
from kernels.tables import ACTIVATIONS, Rules, agree, agree_layers, first, renamed, stacked

_MOST_WIDTH, _MOST_LAYERS, _MOST_SIDE = 1 << 16, 1 << 10, 1 << 13


@dataclass(frozen=True)
class Tower:
    """How one family names its tensors, and what its config.json leaves unsaid.

    Attributes:
        patches, positions, cls, distillation, first_norm, last_norm: names under the tower's prefix.
        layers: what stands before a layer's number.
        names: ours inside a Block -> theirs inside a layer.
        qkv: query, key and value inside a layer, or one name where they are fused.
        size: pixels a side, patch and activation and norm_eps likewise, where the config says nothing.
        ignored: known tensors that aren't needed.
    """

    patches: str
    positions: str
    cls: str | None
    last_norm: str
    layers: str
    names: Mapping[str, str]
    qkv: tuple[str, ...]
    size: int
    patch: int
    activation: str
    norm_eps: float
    first_norm: str | None = None
    distillation: str | None = None
    patch_bias: bool = True
    ignored: tuple[str, ...] = ()


_VIT = Tower(
    patches="embeddings.patch_embeddings.projection", positions="embeddings.position_embeddings",
    cls="embeddings.cls_token", last_norm="layernorm", layers="encoder.layer.",
    names={"attention_norm": "layernorm_before", "attention.out": "attention.output.dense",
           "mlp_norm": "layernorm_after", "mlp.up": "intermediate.dense", "mlp.down": "output.dense"},
    qkv=("attention.attention.query", "attention.attention.key", "attention.attention.value"),
    size=224, patch=16, activation="gelu", norm_eps=1e-12, ignored=("embeddings.mask_token",),
)  # fmt: skip
_CLIP_NAMES = {
    "attention_norm": "layer_norm1", "attention.out": "self_attn.out_proj", "mlp_norm": "layer_norm2",
    "mlp.up": "mlp.fc1", "mlp.down": "mlp.fc2",
}  # fmt: skip
CLIP_QKV = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
_CLIP = Tower(
    patches="embeddings.patch_embedding", positions="embeddings.position_embedding.weight",
    cls="embeddings.class_embedding", first_norm="pre_layrnorm", last_norm="post_layernorm",
    layers="encoder.layers.", names=_CLIP_NAMES, qkv=CLIP_QKV, size=224, patch=32, activation="quick_gelu",
    norm_eps=1e-5, patch_bias=False, ignored=("embeddings.position_ids",),
)  # fmt: skip
TOWERS: dict[str, Tower] = {
    "vit": _VIT,
    "deit": replace(_VIT, distillation="embeddings.distillation_token"),
    "clip": _CLIP,
    "siglip": replace(_CLIP, cls=None, first_norm=None, patch=16, norm_eps=1e-6, activation="gelu_pytorch_tanh",
                      patch_bias=True),
    "blip": replace(_CLIP, positions="embeddings.position_embedding", first_norm=None, size=384, patch=16,
                    activation="gelu", patch_bias=True, qkv=("self_attn.qkv",),
                    names={**_CLIP_NAMES, "attention.out": "self_attn.projection"}),
}  # fmt: skip
_PROBE = {"attention.out": "attention.out_proj", "norm": "layernorm", "mlp.up": "mlp.fc1", "mlp.down": "mlp.fc2"}


def vision_config(
    values: Mapping[str, Any], family: str, *, summary: Literal["none", "class", "tanh", "probe"] = "none",
    projection: int | None = None,
) -> VisionConfig:  # fmt: skip
    """The tower that a config's section describes.

    Raises:
        UserError: the family is unknown (the known ones are listed), or a field is missing or wrong; it is named.
    """
    tower = TOWERS.get(family)
    if tower is None:
        raise UserError(
            f"config.json has a vision tower of the family {family[:40]}, which is not supported.",
            f"Choose a model with one of these: {', '.join(TOWERS)}.",
        )
    try:
        return VisionConfig(
            width=whole(values, "hidden_size", 768, most=_MOST_WIDTH),
            layers=whole(values, "num_hidden_layers", 12, most=_MOST_LAYERS),
            heads=whole(values, "num_attention_heads", 12, most=_MOST_WIDTH),
            hidden=whole(values, "intermediate_size", 3072, most=4 * _MOST_WIDTH),
            image=_sides(values, "image_size", tower.size), patch=_sides(values, "patch_size", tower.patch),
            channels=whole(values, "num_channels", 3, most=16), class_token=tower.cls is not None,
            distillation_token=tower.distillation is not None, patch_bias=tower.patch_bias,
            attention_bias=values.get("qkv_bias", True) is not False, first_norm=tower.first_norm is not None,
            activation=choice(values, "hidden_act", ACTIVATIONS, tower.activation),
            norm_eps=real(values, "layer_norm_eps", tower.norm_eps), summary=summary, projection=projection,
        )  # fmt: skip
    except ValueError as error:
        raise damaged("config.json", f"its numbers contradict each other ({error})") from None


def load_tower(
    checkpoint: Checkpoint, config: VisionConfig, family: str, prefix: str = "", projection: str | None = None
) -> VisionTransformer:
    """A tower filled from the tensors under `prefix`, float32.

    Args:
        checkpoint: the tower's tensors alone, under their whole names.
        projection: whole name of the summary's last matrix, if the config has one.

    Raises:
        UserError: a tensor is missing, unknown, misshapen or not finite, or contradicts a field of the config.
    """
    tower = TOWERS[family]
    _agree(checkpoint, config, tower, prefix)
    with uninitialised():
        model = VisionTransformer(config)
    table = tower_table(config, family, prefix)
    if projection is not None:
        table["projection.weight"] = projection
    unused = () if config.summary == "tanh" else ("pooler.*",)
    load_strict(model, checkpoint, table, [f"{prefix}{name}" for name in (*tower.ignored, *unused)])
    return model.eval().requires_grad_(False)


def load_classifier(checkpoint: Checkpoint, values: Mapping[str, Any], classes: int) -> PictureClassifier:
    """ViTForImageClassification, DeiTForImageClassification or DeiT with both of its heads; see `load_tower`."""
    family = str(values.get("model_type"))
    config = vision_config(values, family)
    heads = [name for name in ("cls_classifier", "classifier") if f"{name}.weight" in checkpoint.tensors]
    distilled = "distillation_classifier.weight" in checkpoint.tensors
    head = heads[0] if heads else "classifier"
    agree(checkpoint, f"{head}.weight", {"number of labels": classes, "hidden_size": config.width})
    _agree(checkpoint, config, TOWERS[family], f"{family}.")
    with uninitialised():
        model = PictureClassifier(config, classes, distilled=distilled)
    table: Rules = {f"tower.{our}": rule for our, rule in tower_table(config, family, f"{family}.").items()}
    table |= renamed("", "", {"head": head})
    if distilled:
        table |= renamed("", "", {"distilled_head": "distillation_classifier"})
    load_strict(model, checkpoint, table, [f"{family}.{name}" for name in (*TOWERS[family].ignored, "pooler.*")])
    return model.eval().requires_grad_(False)


def tower_table(config: VisionConfig, family: str, prefix: str) -> Rules:
    """Our names -> theirs, for a tower of this shape."""
    tower = TOWERS[family]
    table: Rules = {
        "patches.weight": Rule((f"{prefix}{tower.patches}.weight",), _flat),
        "positions": Rule((f"{prefix}{tower.positions}",), first),
    }
    if config.patch_bias:
        table["patches.bias"] = f"{prefix}{tower.patches}.bias"
    for ours, theirs in (("class_token", tower.cls), ("distillation_token", tower.distillation)):
        if theirs is not None:
            table[ours] = Rule((f"{prefix}{theirs}",), _vector)
    norms = {"first_norm": tower.first_norm, "norm": tower.last_norm}
    table |= renamed("", prefix, {ours: theirs for ours, theirs in norms.items() if theirs is not None})
    for layer in range(config.layers):
        ours, theirs = f"blocks.{layer}.", f"{prefix}{tower.layers}{layer}."
        table |= clip_layer(ours, theirs, tower.names, tower.qkv, bias=config.attention_bias)
    if config.summary == "tanh":
        table |= renamed("", prefix, {"pool": "pooler.dense"})
    if config.summary == "probe":
        table |= _probe(f"{prefix}head.", config.width)
    return table


def clip_layer(
    ours: str, theirs: str, names: Mapping[str, str] = _CLIP_NAMES, qkv: tuple[str, ...] = CLIP_QKV, *,
    bias: bool = True,
) -> Rules:  # fmt: skip
    """One pre-norm layer; query, key and value are stacked."""
    kinds = ("weight", "bias") if bias else ("weight",)
    return renamed(ours, theirs, names) | stacked(f"{ours}attention.qkv", [f"{theirs}{part}" for part in qkv], kinds)


def _probe(theirs: str, width: int) -> Rules:
    """SigLIP's attention pooling: torch's MultiheadAttention holds query, key and value in one matrix."""
    table = renamed("probe.", theirs, _PROBE)
    table["probe.query"] = Rule((f"{theirs}probe",), _vector)
    for kind in ("weight", "bias"):
        source = (f"{theirs}attention.in_proj_{kind}",)
        table[f"probe.attention.query.{kind}"] = Rule(source, lambda value: value[:width])
        table[f"probe.attention.key_value.{kind}"] = Rule(source, lambda value: value[width:])
    return table


def _agree(checkpoint: Checkpoint, config: VisionConfig, tower: Tower, prefix: str) -> None:
    """The tensors that tell the tower's shape say the same as the config."""
    height, width = config.patch
    agree(checkpoint, f"{prefix}{tower.patches}.weight",
          {"hidden_size": config.width, "num_channels": config.channels, "patch_size": height,
           "patch_size (across)": width})  # fmt: skip
    agree_layers(checkpoint, f"{prefix}{tower.layers}", "num_hidden_layers", config.layers)
    hidden = {"intermediate_size": config.hidden, "hidden_size": config.width}
    agree(checkpoint, f"{prefix}{tower.layers}0.{tower.names['mlp.up']}.weight", hidden)
    positions = checkpoint.tensors.get(f"{prefix}{tower.positions}")
    if positions is not None and positions.shape[-2:] != (config.tokens, config.width):
        what = f"image_size {config.image} and patch_size {config.patch}, so {config.tokens} positions"
        shape = tuple(positions.shape)
        raise damaged(checkpoint.source, f"config.json says {what}, but {prefix}{tower.positions} has shape {shape}")


def _sides(values: Mapping[str, Any], name: str, default: int) -> tuple[int, int]:
    """A field of one number or of (height, width)."""
    value = values.get(name)
    if isinstance(value, list | tuple) and len(value) == 2:
        pair = {name: value[0], f"{name} (across)": value[1]}
        return whole(pair, name, most=_MOST_SIDE), whole(pair, f"{name} (across)", most=_MOST_SIDE)
    side = whole(values, name, default, most=_MOST_SIDE)
    return side, side


def _flat(kernel: Tensor) -> Tensor:
    """A convolution's kernel (D, C, h, w) as a linear layer's (D, C * h * w)."""
    return kernel.flatten(1)


def _vector(value: Tensor) -> Tensor:
    return value.reshape(-1)
