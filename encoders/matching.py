"""Pictures against words: how well each of several texts fits a picture, by CLIP or SigLIP.

Sources: Radford et al. 2021 (CLIP: texts compete, softmax), Zhai et al. 2023 (SigLIP: each by itself, sigmoid).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from encoders.config import VisionConfig
from encoders.vision import VisionTransformer
from encoders.vision_text import TextTower, load_words, words_config
from encoders.vision_weights import load_tower, vision_config
from kernels.checkpoints import Checkpoint, damaged
from kernels.errors import UserError
from kernels.folders import section, whole
from kernels.tables import agree, parts

FAMILIES = ("clip", "siglip")


@dataclass(frozen=True)
class Matcher:
    """Two towers and how their vectors are compared.

    Attributes:
        scale, bias: of the cosine; `bias` is None for CLIP, whose texts compete with each other.
    """

    vision: VisionTransformer
    words: TextTower
    scale: float
    bias: float | None

    @property
    def config(self) -> VisionConfig:
        """Of the vision tower."""
        return self.vision.config

    @torch.inference_mode()
    def pictures(self, pixels_BCHW: Tensor) -> Tensor:
        """Unit vectors (B, E) of pictures."""
        return F.normalize(self.vision.summary(self.vision(pixels_BCHW)), dim=-1)

    @torch.inference_mode()
    def texts(self, ids_BT: Tensor) -> Tensor:
        """Unit vectors (N, E) of texts, from `words.rows`."""
        return F.normalize(self.words.summary(ids_BT), dim=-1)

    def similarity(self, pictures_BE: Tensor, texts_NE: Tensor) -> Tensor:
        """Logits (B, N): the scaled cosine of each picture and text."""
        logits_BN = self.scale * pictures_BE @ texts_NE.T
        return logits_BN if self.bias is None else logits_BN + self.bias

    def chances(self, logits_BN: Tensor) -> Tensor:
        """(B, N) from 0 to 1: of each text among the texts given (CLIP), or of each by itself (SigLIP)."""
        return logits_BN.softmax(-1) if self.bias is None else logits_BN.sigmoid()


def load_matcher(checkpoint: Checkpoint, values: Mapping[str, Any]) -> Matcher:
    """CLIPModel or SiglipModel from its config.json and tensors, float32.

    Raises:
        UserError: another family, a field or a tensor is missing or wrong, or they contradict each other; it is named.
    """
    family = str(values.get("model_type"))
    if family not in FAMILIES:
        raise UserError(
            f"config.json says the model is of the family {family[:40]}, which does not compare pictures with words.",
            f"Choose a model of one of these families: {', '.join(FAMILIES)}.",
        )
    own = "projection" if family == "clip" else "logit_bias"
    groups = parts(checkpoint, ("vision_model.", "text_model.", "logit_scale", own, "visual_projection", "text_proj"))
    if family == "clip":
        vision, words = _clip(groups, checkpoint, values)
    else:
        vision, words = _siglip(groups, values)
    bias = None if family == "clip" else _number(checkpoint, "logit_bias")
    return Matcher(vision, words, float(torch.tensor(_number(checkpoint, "logit_scale")).exp()), bias)


def _clip(
    groups: Mapping[str, Checkpoint], checkpoint: Checkpoint, values: Mapping[str, Any]
) -> tuple[VisionTransformer, TextTower]:
    width = whole(values, "projection_dim", 512, most=1 << 16)
    vision = vision_config(_section(values, "vision_config"), "clip", summary="class", projection=width)
    words = words_config(_section(values, "text_config"), "clip", projection=width)
    for name, inner in (("visual_projection", vision.width), ("text_projection", words.width)):
        agree(checkpoint, f"{name}.weight", {"projection_dim": width, "hidden_size": inner})
    return (
        load_tower(_with(groups, "vision_model.", "visual_projection"), vision, "clip", "vision_model.",
                   "visual_projection.weight"),
        load_words(_with(groups, "text_model.", "text_proj"), words, "text_model.", "text_projection"),
    )  # fmt: skip


def _siglip(groups: Mapping[str, Checkpoint], values: Mapping[str, Any]) -> tuple[VisionTransformer, TextTower]:
    seen, read = section(values, "vision_config"), section(values, "text_config")
    pooled = seen.get("vision_use_head", True) is not False
    vision = vision_config(seen, "siglip", summary="probe" if pooled else "none")
    if not pooled:
        raise damaged("config.json", "vision_use_head is false, so pictures have no vector")
    words = words_config(read, "siglip", projection=whole(read, "projection_size", vision.width, most=1 << 16))
    if words.projection != vision.width:
        raise damaged("config.json", f"projection_size {words.projection} is not the pictures' {vision.width}")
    return (
        load_tower(groups["vision_model."], vision, "siglip", "vision_model."),
        load_words(groups["text_model."], words, "text_model.", "text_model.head"),
    )


def _section(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A tower's section of CLIP's config; where older files have it a second time, that one counts."""
    return section(values, name if values.get(f"{name}_dict") is None else f"{name}_dict")


def _with(groups: Mapping[str, Checkpoint], *prefixes: str) -> Checkpoint:
    """Several groups as one."""
    tensors = {name: tensor for prefix in prefixes for name, tensor in groups[prefix].tensors.items()}
    return Checkpoint(groups[prefixes[0]].source, tensors)


def _number(checkpoint: Checkpoint, name: str) -> float:
    """The one finite number in a tensor."""
    value = checkpoint.tensors.get(name)
    if value is None:
        raise damaged(checkpoint.source, f"tensor {name} is missing")
    if value.numel() != 1 or not bool(torch.isfinite(value).all()):
        raise damaged(checkpoint.source, f"{name} should be one finite number")
    return float(value.reshape(()).item())
