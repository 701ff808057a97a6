"""Sentence encoder: a BERT-like transformer whose mean-pooled output says what a sentence means.

Sources: Devlin et al. 2018 (BERT: post-norm blocks, learned positions), Reimers & Gurevych 2019 (mean pooling, cosine),
Wang et al. 2020 (MiniLM). Loads all-MiniLM-L6-v2 and every checkpoint of the same family.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from kernels.checkpoints import Checkpoint, damaged, load_strict, read_safetensors
from kernels.errors import UserError
from kernels.folders import read_json, read_tokenizer, real, size_of, whole
from kernels.layers import Block, LayerConfig, Norm
from kernels.tables import Rules, agree, agree_layers, bert_layer, renamed

_UNUSED = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")
_MOST = 1 << 20
_BATCH_TOKENS = 4096  # padded tokens in one pass: about 50 MB of activations at width 384


@dataclass(frozen=True)
class TextConfig:
    """Shape of a BERT-like encoder.

    Attributes:
        longest: how many tokens are read; the rest of a text is left out.
        pooling: a sentence's vector is the mean of its tokens' or that of its first one ("cls").
    """

    width: int = 384
    heads: int = 12
    hidden: int = 1536
    layers: int = 6
    vocabulary: int = 30_522
    positions: int = 512
    segments: int = 2
    norm_eps: float = 1e-12
    longest: int = 256
    pooling: Literal["mean", "cls"] = "mean"

    @property
    def layer(self) -> LayerConfig:
        """Shape of one block."""
        return LayerConfig(self.width, self.heads, self.hidden, norm_eps=self.norm_eps, norm_first=False)

    @staticmethod
    def read(path: Path) -> "TextConfig":
        """From a checkpoint's config.json.

        Raises:
            UserError: it is not JSON, not of this family, or a field is missing or contradicts another; it is named.
        """
        raw = read_json(path)
        if (raw.get("model_type"), raw.get("hidden_act")) != ("bert", "gelu"):
            raise UserError(f"{path} does not describe a BERT encoder.", "Give the config.json of the same checkpoint.")
        if raw.get("position_embedding_type", "absolute") != "absolute":
            raise damaged(path.name, "position_embedding_type is not absolute, which is not supported")
        config = TextConfig(
            width=whole(raw, "hidden_size", most=_MOST), heads=whole(raw, "num_attention_heads", most=_MOST),
            hidden=whole(raw, "intermediate_size", most=_MOST), layers=whole(raw, "num_hidden_layers", most=1000),
            vocabulary=whole(raw, "vocab_size"), positions=whole(raw, "max_position_embeddings", most=_MOST),
            segments=whole(raw, "type_vocab_size", most=_MOST), norm_eps=real(raw, "layer_norm_eps", 1e-12),
            longest=min(256, whole(raw, "max_position_embeddings", most=_MOST)),
        )  # fmt: skip
        if config.width % config.heads:
            raise damaged(path.name, f"num_attention_heads {config.heads} does not divide hidden_size {config.width}")
        return config


class TextTransformer(nn.Module):
    """Token ids to one vector a token: (B, T) to (B, T, D)."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        # an empty weight: drawing 12 million initial values would take longer than loading does
        self.tokens = nn.Embedding.from_pretrained(torch.empty(config.vocabulary, config.width))
        self.positions = nn.Embedding(config.positions, config.width)
        self.segments = nn.Embedding(config.segments, config.width)
        self.norm = Norm(config.width, "layer", config.norm_eps)
        self.blocks = nn.ModuleList(Block(config.layer) for _ in range(config.layers))

    def forward(self, ids_BT: Tensor, lengths_B: Tensor | None = None) -> Tensor:
        """(B, T, D). Tokens at and past a row's length are padding and are attended to by none."""
        x_BTD = self.embed(ids_BT)
        for block in self.blocks:
            x_BTD = block(x_BTD, lengths_B=lengths_B)
        return x_BTD

    def embed(self, ids_BT: Tensor) -> Tensor:
        """(B, T, D): what the first block is given."""
        x_BTD = self.tokens(ids_BT) + self.positions.weight[: ids_BT.shape[1]] + self.segments.weight[0]
        normed_BTD: Tensor = self.norm(x_BTD)
        return normed_BTD


class SentenceEncoder:
    """Sentences to unit vectors: the dot product of two is the cosine of their meanings."""

    def __init__(self, transformer: TextTransformer, tokenizer: Tokenizer, config: TextConfig) -> None:
        self.transformer = transformer.eval().requires_grad_(False)
        self.config = config
        self.tokenizer = tokenizer
        self.tokenizer.enable_truncation(max_length=config.longest)
        self.tokenizer.no_padding()

    @staticmethod
    def load(
        files: Mapping[str, Path], device: str = "cpu", *, pooling: Literal["mean", "cls"] = "mean"
    ) -> "SentenceEncoder":
        """From verified files by role: "weights" (safetensors), "tokenizer" (tokenizer.json), "config" (config.json).

        Raises:
            UserError: a file is not what it should be; a tensor that is missing, spare or misshapen is named.
        """
        config = replace(TextConfig.read(files["config"]), pooling=pooling)
        tokenizer = read_tokenizer(files["tokenizer"])
        size_of(tokenizer, files["tokenizer"].name, config.vocabulary)
        transformer = load_transformer(read_safetensors(files["weights"]), config)
        return SentenceEncoder(transformer.to(device), tokenizer, config)

    @torch.inference_mode()
    def encode(self, sentences: Sequence[str]) -> Tensor:
        """(B, D) float32 unit vectors, in the order given; the work is batched by length."""
        encodings = self.tokenizer.encode_batch(list(sentences))
        order = sorted(range(len(encodings)), key=lambda index: len(encodings[index].ids))
        device = self.transformer.norm.weight.device
        out_BD = torch.empty(len(encodings), self.config.width)
        for batch in _batches(order, [len(encoding.ids) for encoding in encodings]):
            rows = [encodings[index].ids for index in batch]
            lengths_B = torch.tensor([len(row) for row in rows])
            ids_BT = torch.zeros(len(rows), int(lengths_B[-1]), dtype=torch.long)
            for at, row in enumerate(rows):
                ids_BT[at, : len(row)] = torch.tensor(row)
            out_BD[batch] = self._pooled(ids_BT.to(device), lengths_B.to(device)).float().cpu()
        return out_BD

    def _pooled(self, ids_BT: Tensor, lengths_B: Tensor) -> Tensor:
        ragged = bool((lengths_B != ids_BT.shape[1]).any())
        x_BTD = self.transformer(ids_BT, lengths_B if ragged else None)
        if self.config.pooling == "cls":
            return F.normalize(x_BTD[:, 0], dim=-1)
        kept_BT1 = (torch.arange(ids_BT.shape[1], device=ids_BT.device) < lengths_B[:, None]).unsqueeze(-1)
        mean_BD = (x_BTD * kept_BT1).sum(dim=1) / lengths_B[:, None]
        return F.normalize(mean_BD, dim=-1)


def load_transformer(checkpoint: Checkpoint, config: TextConfig) -> TextTransformer:
    """A BertModel's tensors in our transformer, float32.

    Raises:
        UserError: a tensor is missing, spare, misshapen or not finite, or contradicts the config; it is named.
    """
    words = {"vocab_size": config.vocabulary, "hidden_size": config.width}
    agree(checkpoint, "embeddings.word_embeddings.weight", words)
    places = {"max_position_embeddings": config.positions, "hidden_size": config.width}
    agree(checkpoint, "embeddings.position_embeddings.weight", places)
    agree_layers(checkpoint, "encoder.layer.", "num_hidden_layers", config.layers)
    transformer = TextTransformer(config)
    load_strict(transformer, checkpoint, _table(config), _UNUSED)
    return transformer.eval().requires_grad_(False)


def load_folder(folder: Path) -> SentenceEncoder:
    """From a published folder: model.safetensors, tokenizer.json, config.json, and how it pools if it says so.

    Raises:
        UserError: as `SentenceEncoder.load`; or the model's vectors are neither means nor first tokens' vectors.
    """
    pooling = folder / "1_Pooling" / "config.json"
    said = read_json(pooling) if pooling.is_file() else {"pooling_mode_mean_tokens": True}
    modes = {name for name, value in said.items() if name.startswith("pooling_mode_") and value is True}
    if modes not in ({"pooling_mode_mean_tokens"}, {"pooling_mode_cls_token"}):
        raise UserError(
            f"{pooling} asks for {', '.join(sorted(modes)) or 'no pooling'}, which is not supported.",
            "Choose a model with pooling_mode_mean_tokens or pooling_mode_cls_token alone, such as all-MiniLM-L6-v2.",
        )
    names = {"weights": "model.safetensors", "tokenizer": "tokenizer.json", "config": "config.json"}
    files = {role: folder / name for role, name in names.items()}
    return SentenceEncoder.load(files, pooling="cls" if modes == {"pooling_mode_cls_token"} else "mean")


def _batches(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Split indices, shortest first, so that a padded batch stays below _BATCH_TOKENS."""
    batches: list[list[int]] = []
    for index in order:
        if batches and (len(batches[-1]) + 1) * lengths[index] <= _BATCH_TOKENS:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _table(config: TextConfig) -> Rules:
    """Our tensors from those of transformers' BertModel."""
    words = {"tokens": "word_embeddings", "positions": "position_embeddings", "segments": "token_type_embeddings"}
    table = renamed("", "embeddings.", words, ("weight",)) | renamed("", "embeddings.", {"norm": "LayerNorm"})
    for number in range(config.layers):
        table |= bert_layer(f"blocks.{number}.", f"encoder.layer.{number}.")
    return table
