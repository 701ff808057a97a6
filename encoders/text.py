"""Sentence encoder: a BERT-like transformer whose mean-pooled output says what a sentence means.

Sources: Devlin et al. 2018 (BERT: post-norm blocks, learned positions), Reimers & Gurevych 2019 (mean pooling, cosine),
Wang et al. 2020 (MiniLM). Loads all-MiniLM-L6-v2 and every checkpoint of the same family.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from kernels.checkpoints import Rule, damaged, load_strict, read_checkpoint
from kernels.errors import UserError
from kernels.folders import read_json
from kernels.layers import Block, LayerConfig, Norm

_BATCH_TOKENS = 4096  # padded tokens in one pass: about 50 MB of activations at width 384


@dataclass(frozen=True)
class TextConfig:
    """Shape of a BERT-like encoder. `longest` is how many tokens are read; the rest of a text is left out."""

    width: int = 384
    heads: int = 12
    hidden: int = 1536
    layers: int = 6
    vocabulary: int = 30_522
    positions: int = 512
    segments: int = 2
    norm_eps: float = 1e-12
    longest: int = 256

    @property
    def layer(self) -> LayerConfig:
        """Shape of one block."""
        return LayerConfig(self.width, self.heads, self.hidden, norm_eps=self.norm_eps, norm_first=False)

    @staticmethod
    def read(path: Path) -> "TextConfig":
        """From a checkpoint's config.json.

        Raises:
            UserError: it is not JSON, not of this family, or a size is missing or not a positive whole number.
        """
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise damaged(path.name, f"it cannot be read ({type(error).__name__})") from None
        if not isinstance(raw, dict) or (raw.get("model_type"), raw.get("hidden_act")) != ("bert", "gelu"):
            raise UserError(f"{path} does not describe a BERT encoder.", "Give the config.json of the same checkpoint.")

        def size(name: str) -> int:
            value = raw.get(name)
            if not isinstance(value, int) or not 0 < value <= 1_000_000:
                raise damaged(path.name, f"{name} is {value!r}")
            return value

        return TextConfig(
            width=size("hidden_size"),
            heads=size("num_attention_heads"),
            hidden=size("intermediate_size"),
            layers=size("num_hidden_layers"),
            vocabulary=size("vocab_size"),
            positions=size("max_position_embeddings"),
            segments=size("type_vocab_size"),
            norm_eps=float(raw.get("layer_norm_eps", 1e-12)),
            longest=min(256, size("max_position_embeddings")),
        )


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
        x_BTD = self.tokens(ids_BT) + self.positions.weight[: ids_BT.shape[1]] + self.segments.weight[0]
        x_BTD = self.norm(x_BTD)
        for block in self.blocks:
            x_BTD = block(x_BTD, lengths_B=lengths_B)
        return x_BTD


class SentenceEncoder:
    """Sentences to unit vectors: the dot product of two is the cosine of their meanings."""

    def __init__(self, transformer: TextTransformer, tokenizer: Tokenizer, config: TextConfig) -> None:
        self.transformer = transformer.eval().requires_grad_(False)
        self.config = config
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(max_length=config.longest)
        self._tokenizer.no_padding()

    @staticmethod
    def load(files: Mapping[str, Path], device: str = "cpu") -> "SentenceEncoder":
        """From verified files by role: "weights" (safetensors), "tokenizer" (tokenizer.json), "config" (config.json).

        Raises:
            UserError: a file is not what it should be; a tensor that is missing, spare or misshapen is named.
        """
        config = TextConfig.read(files["config"])
        try:
            tokenizer = Tokenizer.from_file(str(files["tokenizer"]))
        except Exception as error:  # the tokenizers package raises bare Exception
            raise damaged(files["tokenizer"].name, f"it cannot be read ({str(error)[:80]})") from None
        if tokenizer.get_vocab_size() > config.vocabulary:
            raise damaged(files["tokenizer"].name, "it has more tokens than the model")
        transformer = TextTransformer(config)
        ignore = ("embeddings.position_ids", "pooler.*")
        load_strict(transformer, read_checkpoint(files["weights"]), _table(config), ignore)
        return SentenceEncoder(transformer.to(device), tokenizer, config)

    @torch.inference_mode()
    def encode(self, sentences: Sequence[str]) -> Tensor:
        """(B, D) float32 unit vectors, in the order given; the work is batched by length."""
        encodings = self._tokenizer.encode_batch(list(sentences))
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
        kept_BT1 = (torch.arange(ids_BT.shape[1], device=ids_BT.device) < lengths_B[:, None]).unsqueeze(-1)
        mean_BD = (x_BTD * kept_BT1).sum(dim=1) / lengths_B[:, None]
        return F.normalize(mean_BD, dim=-1)


def load_folder(folder: Path) -> SentenceEncoder:
    """From a published folder: model.safetensors, tokenizer.json, config.json.

    Raises:
        UserError: as `SentenceEncoder.load`; or the model's vectors are not the means of its tokens' vectors.
    """
    pooling = folder / "1_Pooling" / "config.json"
    if pooling.is_file() and read_json(pooling).get("pooling_mode_mean_tokens") is not True:
        raise UserError(
            f"{pooling} asks for another vector than the mean of a sentence's tokens (pooling_mode_mean_tokens).",
            "Choose a model whose sentences are means, such as all-MiniLM-L6-v2.",
        )
    names = {"weights": "model.safetensors", "tokenizer": "tokenizer.json", "config": "config.json"}
    return SentenceEncoder.load({role: folder / name for role, name in names.items()})


def _batches(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Split indices, shortest first, so that a padded batch stays below _BATCH_TOKENS."""
    batches: list[list[int]] = []
    for index in order:
        if batches and (len(batches[-1]) + 1) * lengths[index] <= _BATCH_TOKENS:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _table(config: TextConfig) -> dict[str, Rule | str]:
    """Our tensors from those of transformers' BertModel."""
    table: dict[str, Rule | str] = {
        "tokens.weight": "embeddings.word_embeddings.weight",
        "positions.weight": "embeddings.position_embeddings.weight",
        "segments.weight": "embeddings.token_type_embeddings.weight",
        "norm.weight": "embeddings.LayerNorm.weight",
        "norm.bias": "embeddings.LayerNorm.bias",
    }
    names = {
        "attention.out": "attention.output.dense",
        "attention_norm": "attention.output.LayerNorm",
        "mlp.up": "intermediate.dense",
        "mlp.down": "output.dense",
        "mlp_norm": "output.LayerNorm",
    }
    for number in range(config.layers):
        for kind in ("weight", "bias"):
            theirs = f"encoder.layer.{number}"
            sources = tuple(f"{theirs}.attention.self.{part}.{kind}" for part in ("query", "key", "value"))
            table[f"blocks.{number}.attention.qkv.{kind}"] = Rule(sources, lambda *parts: torch.cat(parts))
            for ours, name in names.items():
                table[f"blocks.{number}.{ours}.{kind}"] = f"{theirs}.{name}.{kind}"
    return table
