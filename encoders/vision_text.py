"""Text towers that go with vision towers: words to one vector in the pictures' space, or a question that looks.

Sources: Radford et al. 2021 (CLIP: causal, the state at the end token), Zhai et al. 2023 (SigLIP: not causal, the state
at the last place of a padded text), Li et al. 2022 (BLIP's question encoder: BERT with cross-attention to the picture).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from encoders.vision_weights import clip_layer
from kernels.cache import MemoryView
from kernels.checkpoints import Checkpoint, damaged, load_strict
from kernels.folders import choice, real, whole
from kernels.layers import Block, Embedding, LayerConfig, Linear, MemoryConfig, Norm, joined, uninitialised
from kernels.reference import Activation
from kernels.tables import ACTIVATIONS, Rules, agree, agree_layers, bert_layer, renamed

Pairs = tuple[tuple[Tensor, Tensor], ...]
LEGACY_END = 2  # older CLIP configs name this end token, but their texts end in the highest id


@dataclass(frozen=True)
class WordsConfig:
    """Shape of a text tower.

    Attributes:
        longest: positions.
        norm_first: CLIP and SigLIP; otherwise BERT, with a norm on the embedding and none at the end.
        summary: "end" the state at the first end token, "last" at the last place; "none" for a question's encoder.
        projection: width of the summary after a last matrix.
        end: the end token; the highest id of a text where None.
        pad: the token that fills a text up to `longest`; None where texts aren't filled up.
        memory_width: of the pictures' memory that every layer attends to; None without cross-attention.
    """

    vocabulary: int
    width: int
    layers: int
    heads: int
    hidden: int
    longest: int
    activation: Activation
    norm_eps: float
    norm_first: bool = True
    causal: bool = False
    summary: Literal["none", "end", "last"] = "none"
    projection: int | None = None
    projection_bias: bool = False
    end: int | None = None
    pad: int | None = None
    memory_width: int | None = None

    @property
    def layer(self) -> LayerConfig:
        """The shape of each layer."""
        return LayerConfig(
            width=self.width, heads=self.heads, hidden=self.hidden, norm_first=self.norm_first,
            norm_eps=self.norm_eps, activation=self.activation,
        )  # fmt: skip


class TextTower(nn.Module):
    """Token ids (B, T) to states (B, T, D), and to one vector a text. What kind of tower it is, the config says."""

    def __init__(self, config: WordsConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = Embedding(config.vocabulary, config.width)
        self.positions = Embedding(config.longest, config.width)
        self.norm = Norm(config.width, "layer", config.norm_eps)
        cross = () if config.memory_width is None else (_memory(config),)
        self.blocks = nn.ModuleList(Block(config.layer, cross) for _ in range(config.layers))
        projected = config.projection is not None
        self.projection = (
            Linear(config.width, config.projection or 0, bias=config.projection_bias) if projected else None
        )

    def remember(self, memory_BPD: Tensor) -> Pairs:
        """Keys and values of a picture's memory for each layer, computed once for any number of questions."""
        return tuple(block.cross["vision"].remember(memory_BPD) for block in self.blocks)

    def forward(self, ids_BT: Tensor, lengths_B: Tensor | None = None, memory: Pairs | None = None) -> Tensor:
        """States (B, T, D).

        Args:
            lengths_B: how many tokens of each row are real; None for all, and for towers that read their padding.
            memory: from `remember`, for a tower with cross-attention.

        Raises:
            ValueError: more tokens than positions, or none.
        """
        tokens = ids_BT.shape[1]
        if not 0 < tokens <= self.config.longest:
            raise ValueError(f"tokens: expected 1 to {self.config.longest}, got {tokens}")
        x_BTD = self.embedding(ids_BT) + self.positions.weight[:tokens]
        if not self.config.norm_first:
            x_BTD = self.norm(x_BTD)
        branch_BTD: Tensor | None = None
        for index, block in enumerate(self.blocks):
            seen = None if memory is None else {"vision": (memory[index], MemoryView())}
            x_BTD, branch_BTD = block.step(
                x_BTD, branch_BTD, causal=self.config.causal, lengths_B=lengths_B, memories=seen
            )
        return self.norm.add(x_BTD, branch_BTD)[1] if self.config.norm_first else joined(x_BTD, branch_BTD)

    def summary(self, ids_BT: Tensor) -> Tensor:
        """One vector a text, (B, projection or D). Raises ValueError where the config has no summary."""
        states_BTD = self(ids_BT)
        if self.config.summary == "none":
            raise ValueError("summary: this tower has none")
        if self.config.summary == "last":
            at_B = torch.full((ids_BT.shape[0],), ids_BT.shape[1] - 1)
        elif self.config.end is None:
            at_B = ids_BT.argmax(1)
        else:
            at_B = (ids_BT == self.config.end).int().argmax(1)
        x_BD = states_BTD[torch.arange(ids_BT.shape[0]), at_B]
        return x_BD if self.projection is None else self.projection(x_BD)

    def rows(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """Token ids of several texts as one tensor (B, T): cut at the longest, keeping the end, and filled up."""
        longest = self.config.longest
        cut = [list(ids) if len(ids) <= longest else [*ids[: longest - 1], ids[-1]] for ids in texts]
        width = longest if self.config.summary == "last" else max(len(ids) for ids in cut)
        fill = 0 if self.config.pad is None else self.config.pad
        return torch.tensor([ids + [fill] * (width - len(ids)) for ids in cut])


def _memory(config: WordsConfig) -> MemoryConfig:
    return MemoryConfig("vision", tuple(range(config.layers)), config.memory_width)


def words_config(values: Mapping[str, Any], family: str, *, projection: int | None = None) -> WordsConfig:
    """The tower that a config's `text_config` describes, for the families clip, siglip and blip (its questions).

    Raises:
        UserError: a field is missing or wrong; it is named.
    """
    clip, siglip = family == "clip", family == "siglip"
    width = whole(values, "hidden_size", 512 if clip else 768, most=1 << 16)
    heads = whole(values, "num_attention_heads", 12 if siglip else 8, most=1 << 16)
    end = values.get("eos_token_id")
    if width % heads:
        raise damaged("config.json", f"num_attention_heads {heads} does not divide hidden_size {width}")
    return WordsConfig(
        vocabulary=whole(values, "vocab_size", {"clip": 49408, "siglip": 32000}.get(family, 30524)),
        width=width, layers=whole(values, "num_hidden_layers", 12, most=1 << 10), heads=heads,
        hidden=whole(values, "intermediate_size", 2048 if clip else 3072, most=1 << 18),
        longest=whole(values, "max_position_embeddings", {"clip": 77, "siglip": 64}.get(family, 512), most=1 << 16),
        activation=choice(values, "hidden_act", ACTIVATIONS,
                          {"clip": "quick_gelu", "siglip": "gelu_pytorch_tanh"}.get(family, "gelu")),
        norm_eps=real(values, "layer_norm_eps", {"clip": 1e-5, "siglip": 1e-6}.get(family, 1e-12)),
        norm_first=family != "blip", causal=clip, projection_bias=siglip, projection=projection,
        summary="end" if clip else "last" if siglip else "none",
        end=None if not clip or end == LEGACY_END else whole(values, "eos_token_id", 49407),
        pad=values.get("pad_token_id", 1) if siglip else None,
        memory_width=whole(values, "encoder_hidden_size", 768, most=1 << 16) if family == "blip" else None,
    )  # fmt: skip


def load_words(checkpoint: Checkpoint, config: WordsConfig, prefix: str, projection: str | None = None) -> TextTower:
    """A tower filled from the tensors under `prefix`, float32.

    Args:
        checkpoint: the tower's tensors alone, under their whole names.
        projection: name of the last linear layer, if the config has one.

    Raises:
        UserError: a tensor is missing, unknown, misshapen or not finite, or contradicts a field of the config.
    """
    bert = not config.norm_first
    words, layers = ("word_embeddings", "encoder.layer.") if bert else ("token_embedding", "encoder.layers.")
    agree(checkpoint, f"{prefix}embeddings.{words}.weight",
          {"vocab_size": config.vocabulary, "hidden_size": config.width})  # fmt: skip
    agree_layers(checkpoint, f"{prefix}{layers}", "num_hidden_layers", config.layers)
    up = "intermediate.dense" if bert else "mlp.fc1"
    agree(checkpoint, f"{prefix}{layers}0.{up}.weight",
          {"intermediate_size": config.hidden, "hidden_size": config.width})  # fmt: skip
    with uninitialised():
        model = TextTower(config)
    places = "position_embeddings" if bert else "position_embedding"
    table = renamed("", f"{prefix}embeddings.", {"embedding": words, "positions": places}, ("weight",))
    table |= renamed("", prefix, {"norm": "embeddings.LayerNorm" if bert else "final_layer_norm"})
    for layer in range(config.layers):
        table |= _layer(f"blocks.{layer}.", f"{prefix}{layers}{layer}.", bert)
    if projection is not None:
        kinds = ("weight", "bias") if config.projection_bias else ("weight",)
        table |= renamed("", "", {"projection": projection}, kinds)
    load_strict(model, checkpoint, table, (f"{prefix}embeddings.position_ids", f"{prefix}pooler.*"))
    return model.eval().requires_grad_(False)


def _layer(ours: str, theirs: str, bert: bool) -> Rules:
    return bert_layer(ours, theirs, "vision") if bert else clip_layer(ours, theirs)
