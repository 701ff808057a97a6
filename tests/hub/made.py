"""The repository that the hub of these tests holds, and pulls of it that end well or are refused."""

import json

import numpy as np
import pytest
from safetensors.numpy import save

from assistant.hub import registry
from assistant.hub.net import Patience
from assistant.hub.pull import Options, pull
from kernels.errors import UserError

NAME = "makers/small-model"
QUICK = Patience(connect_s=2, read_s=0.4, tries=3, wait_s=0.01, most_wait_s=0.02)
WEIGHTS = save({"model.norm.weight": np.random.default_rng(0).standard_normal(100_000).astype(np.float32)})
CONFIG = {
    "model_type": "llama", "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 32,
    "num_hidden_layers": 1, "intermediate_size": 16, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
}  # fmt: skip


def files() -> dict[str, bytes]:
    return {
        "config.json": json.dumps(CONFIG).encode(),
        "tokenizer.json": b'{"version": "1.0"}',
        "README.md": b"# a card",
        "LICENSE": b"MIT",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"\x80\x02 a pickle" + bytes(20_000),
        "original/model.safetensors": bytes(20_000),
    }


def pull_quietly(name: str = NAME, **options: object) -> list[str]:
    said: list[str] = []
    pull(name, said.append, Options(patience=QUICK, **options))  # type: ignore[arg-type]
    return [line for line in said if not line.startswith("Still at work")]  # those depend on the machine


def refused(name: str = NAME, **options: object) -> UserError:
    with pytest.raises(UserError) as caught:
        pull_quietly(name, **options)
    assert registry.find(name.partition("@")[0]) is None
    assert registry.pulled() == []
    return caught.value


def left(pattern: str = "*") -> list[str]:
    """Names of the files in the staging folder."""
    folder = registry.staging(NAME)
    return sorted(path.name for path in folder.rglob(pattern) if path.is_file())
