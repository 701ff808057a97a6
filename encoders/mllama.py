"""Llama-3.2-Vision's tower from a Hugging Face folder: its config and its checkpoint table, strict both ways."""

from collections.abc import Mapping
from typing import Any

from encoders.config import TileConfig, VisionConfig
from encoders.vision_tiles import TiledVision
from kernels.checkpoints import Checkpoint, Rule, damaged, load_strict
from kernels.folders import choice, real, section, whole
from kernels.layers import uninitialised
from kernels.tables import ACTIVATIONS, Rules, agree, agree_layers, renamed, stacked

PREFIXES = ("vision_model.", "multi_modal_projector.")
_NORM_EPS = 1e-5  # of the norms around the blocks, which no config tells
_LAYER = {"attention_norm": "input_layernorm", "mlp_norm": "post_attention_layernorm", "mlp.up": "mlp.fc1",
          "mlp.down": "mlp.fc2"}  # fmt: skip
_GATES = {"attention_gate": "gate_attn", "mlp_gate": "gate_ffn"}
_TABLES = {
    "before": ("pre_tile_positional_embedding.embedding.weight", "pre_tile_positional_embedding.gate"),
    "after": ("post_tile_positional_embedding.embedding.weight", "post_tile_positional_embedding.gate"),
    "places": ("gated_positional_embedding.tile_embedding.weight", "gated_positional_embedding.gate"),
}


def tiled_config(values: Mapping[str, Any]) -> VisionConfig:
    """The tower's shape, from the fields of config.json.

    Raises:
        UserError: a field is missing, contradicts another or asks for what is not supported; it is named.
    """
    vision = section(values, "vision_config")
    keep, ways = vision.get("intermediate_layers_indices"), vision.get("supported_aspect_ratios")
    if not isinstance(keep, list) or not all(type(index) is int for index in keep) or keep != sorted(set(keep)):
        raise damaged("config.json", "intermediate_layers_indices is not a rising list of layers")
    if not isinstance(ways, list) or not ways:
        raise damaged("config.json", "supported_aspect_ratios is not a list of rows and columns")
    width = whole(vision, "hidden_size")
    if whole(vision, "vision_output_dim") != width * (1 + len(keep)):
        raise damaged("config.json", f"vision_output_dim is not hidden_size {width} times {1 + len(keep)}")
    if real(vision, "norm_eps", _NORM_EPS) != _NORM_EPS:
        raise damaged("config.json", f"norm_eps is {vision['norm_eps']}, not {_NORM_EPS}")
    side, patch = whole(vision, "image_size", most=8192), whole(vision, "patch_size", most=1024)
    tiles = TileConfig(
        whole(vision, "max_num_tiles", most=64), len(ways), whole(vision, "num_global_layers", most=1000), tuple(keep),
        whole(section(values, "text_config"), "hidden_size"),
    )  # fmt: skip
    if ways != arrangements(tiles.most):
        raise damaged("config.json", f"supported_aspect_ratios are not those of {tiles.most} tiles (max_num_tiles)")
    try:
        return VisionConfig(
            width=width, layers=whole(vision, "num_hidden_layers", most=1000), heads=whole(vision, "attention_heads"),
            hidden=whole(vision, "intermediate_size"), image=(side, side), patch=(patch, patch),
            channels=whole(vision, "num_channels", 3, most=16), patch_bias=False, attention_bias=False,
            output_bias=False, activation=choice(vision, "hidden_act", ACTIVATIONS, "gelu"), norm_eps=_NORM_EPS,
            first_norm=True, tiles=tiles,
        )  # fmt: skip
    except ValueError as error:
        raise damaged("config.json", f"a field contradicts another ({error})") from None


def arrangements(most: int) -> list[list[int]]:
    """Every way to lay out up to `most` tiles, [rows, columns], in the order of the published configs."""
    sides = range(1, most + 1)
    return [[rows, columns] for rows in sides for columns in sides if rows * columns <= most]


def load_tiled(checkpoint: Checkpoint, values: Mapping[str, Any]) -> TiledVision:
    """The tower and the layer behind it with a folder's weights, float32.

    Args:
        checkpoint: the tensors whose names begin with one of PREFIXES.
        values: the folder's config.json.

    Raises:
        UserError: a tensor is missing, unknown, misshapen or not finite, or contradicts a field; it is named.
    """
    config = tiled_config(values)
    assert config.tiles is not None and config.tiles.bridge is not None
    patch = {"hidden_size": config.width, "num_channels": config.channels}
    sides = {"patch_size": config.patch[0], "patch_size (across)": config.patch[1]}
    agree(checkpoint, "vision_model.patch_embedding.weight", patch | sides)
    places = {"image_size and patch_size: positions": config.tokens, "hidden_size": config.width}
    agree(checkpoint, "vision_model.gated_positional_embedding.embedding", places)
    agree_layers(checkpoint, "vision_model.transformer.layers.", "num_hidden_layers", config.layers)
    agree_layers(checkpoint, "vision_model.global_transformer.layers.", "num_global_layers", config.tiles.layers)
    bridge = {"text_config.hidden_size": config.tiles.bridge, "vision_output_dim": config.width * (
        1 + len(config.tiles.keep))}  # fmt: skip
    agree(checkpoint, "multi_modal_projector.weight", bridge)
    with uninitialised():
        model = TiledVision(config)
    load_strict(model, checkpoint, tiled_table(config))
    return model.eval().requires_grad_(False)


def tiled_table(config: VisionConfig) -> Rules:
    """Our names -> theirs, for a tower of this shape."""
    assert config.tiles is not None
    body = "vision_model."
    table: Rules = {
        "patches.weight": Rule((f"{body}patch_embedding.weight",), lambda kernel: kernel.flatten(1)),
        "class_token": f"{body}class_embedding",
        "positions": f"{body}gated_positional_embedding.embedding",
    }
    table |= renamed("", body, {"first_norm": "layernorm_pre", "norm": "layernorm_post"})
    table |= renamed("", "", {"bridge": "multi_modal_projector"})
    for ours, (rows, gate) in _TABLES.items():
        table |= {f"{ours}.table.weight": f"{body}{rows}", f"{ours}.gate": f"{body}{gate}"}
    for index in range(config.layers):
        table |= _layer(f"blocks.{index}.", f"{body}transformer.layers.{index}.")
    for index in range(config.tiles.layers):
        ours, theirs = f"global_blocks.{index}.", f"{body}global_transformer.layers.{index}."
        table |= _layer(ours, theirs) | {f"{ours}{our}": f"{theirs}{their}" for our, their in _GATES.items()}
    return table


def _layer(ours: str, theirs: str) -> Rules:
    rules = renamed(ours, theirs, _LAYER)
    rules |= renamed(ours, theirs, {"attention.out": "self_attn.o_proj"}, ("weight",))
    return rules | stacked(f"{ours}attention.qkv", [f"{theirs}self_attn.{part}_proj" for part in "qkv"], ("weight",))
