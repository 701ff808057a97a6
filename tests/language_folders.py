"""Tiny language models as the hub has them: tokenizer.json, template, config and safetensors, random but whole."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

TEXT = "the user wants to hear a letter read aloud and to be reminded of it tomorrow at noon, two times, naïve café"
CONTROLS = ["<s>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'hidden' %}{% continue %}{% endif %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONFIG: dict[str, Any] = {
    "model_type": "llama", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "intermediate_size": 48, "max_position_embeddings": 512, "rms_norm_eps": 1e-5,
    "tie_word_embeddings": True,
}  # fmt: skip


def byte_level() -> Tokenizer:
    """Byte-level BPE, as GPT-2, Llama 3 and Qwen have it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=CONTROLS, initial_alphabet=alphabet)  # type: ignore[call-arg]
    tokenizer.train_from_iterator([TEXT] * 4, trainer)
    return tokenizer


def pieces() -> Tokenizer:
    """BPE with byte fallback, as converted from SentencePiece: Llama 2, Mistral, Gemma."""
    tokens = [
        *CONTROLS,
        *(f"<0x{byte:02X}>" for byte in range(256)),
        "\u2581",
        *"abcdehilmnorstu",
        "\u2581t",
        "\u2581th",
    ]
    merges = [("\u2581", "t"), ("\u2581t", "h")]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    replace = decoders.Replace("\u2581", " ")
    tokenizer.decoder = decoders.Sequence(
        [replace, decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in CONTROLS])
    return tokenizer


def write_model(folder: Path, tokenizer: Tokenizer | None = None, **config: Any) -> Path:
    """A whole folder; fields of config.json may be changed, None leaves one out."""
    tokenizer = byte_level() if tokenizer is None else tokenizer
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    values = CONFIG | {"vocab_size": tokenizer.get_vocab_size() + 3}
    save_file(tensors(values), folder / "model.safetensors")
    values = {name: value for name, value in (values | config).items() if value is not None}
    (folder / "config.json").write_text(json.dumps(values))
    options = {
        "bos_token": "<s>",
        "eos_token": {"__type": "AddedToken", "content": "<|im_end|>"},
        "chat_template": TEMPLATE,
    }
    options["tokenizer_class"] = "PreTrainedTokenizerFast"
    (folder / "tokenizer_config.json").write_text(json.dumps(options))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 0]}))
    return folder


def tensors(values: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Random tensors under LLaMA's names."""
    generator = torch.Generator().manual_seed(0)
    width, hidden = values["hidden_size"], values["intermediate_size"]
    groups = width * values["num_key_value_heads"] // values["num_attention_heads"]
    shapes = {"model.embed_tokens.weight": (values["vocab_size"], width), "model.norm.weight": (width,)}
    for number in range(values["num_hidden_layers"]):
        layer = f"model.layers.{number}"
        shapes |= {f"{layer}.{name}_layernorm.weight": (width,) for name in ("input", "post_attention")}
        shapes |= {f"{layer}.self_attn.{part}_proj.weight": (width, width) for part in "qo"}
        shapes |= {f"{layer}.self_attn.{part}_proj.weight": (groups, width) for part in "kv"}
        shapes |= {f"{layer}.mlp.{part}_proj.weight": (hidden, width) for part in ("gate", "up")}
        shapes[f"{layer}.mlp.down_proj.weight"] = (width, hidden)
    return {name: torch.randn(shape, generator=generator) * 0.2 for name, shape in shapes.items()}
