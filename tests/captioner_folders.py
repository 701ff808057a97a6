"""Tiny random captioners and matchers as folders that transformers saves: every weight random, tokenizer included."""

import json
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "a", "the", "cat", "dog", "red", "car", "on", "of",
         "what", "is", "this", "colour", "table", "and", "with", "blue", "two", "##s", "##ing", "?", ".")  # fmt: skip
VOCABULARY = len(WORDS)
VISION = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 40, "image_size": 30,
    "patch_size": 6,
}  # fmt: skip
TEXT = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 44,
    "vocab_size": VOCABULARY, "max_position_embeddings": 24,
}  # fmt: skip
BLIP = TEXT | {  # as published: the token that begins a text is the model's, and not among the tokenizer's
    "encoder_hidden_size": 32, "vocab_size": VOCABULARY + 2, "bos_token_id": VOCABULARY, "sep_token_id": 3,
    "pad_token_id": 0, "eos_token_id": 3,
}  # fmt: skip
TROCR = {
    "d_model": 48, "decoder_layers": 2, "decoder_attention_heads": 4, "decoder_ffn_dim": 44, "vocab_size": VOCABULARY,
    "max_position_embeddings": 24, "cross_attention_hidden_size": 32, "decoder_start_token_id": 3, "eos_token_id": 3,
    "bos_token_id": 2, "pad_token_id": 1,
}  # fmt: skip
GPT2 = {
    "n_embd": 48, "n_layer": 2, "n_head": 4, "vocab_size": VOCABULARY, "n_positions": 24, "add_cross_attention": True,
    "is_decoder": True, "bos_token_id": 5, "eos_token_id": 3,
}  # fmt: skip


def randomised(model: torch.nn.Module, seed: int = 11) -> torch.nn.Module:
    """Every parameter random, so that a swapped or forgotten one shows; places weigh much, so that texts vary."""
    random = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        value = torch.randn(parameter.shape, generator=random) * (0.5 if parameter.dim() > 1 else 0.25)
        norm = parameter.dim() == 1 and name.endswith("weight")
        places = any(word in name for word in ("embed_positions", "wpe", "bert.embeddings.position"))
        parameter.data = value + 1.0 if norm else value * 3 if places else value
    if hasattr(model, "logit_scale"):
        model.logit_scale.data.fill_(1.3)
    return model.eval()


def vit(**options: object) -> torch.nn.Module:
    return transformers.ViTModel(transformers.ViTConfig(**VISION | options))


def deit(**options: object) -> torch.nn.Module:
    return transformers.DeiTModel(transformers.DeiTConfig(**VISION | options))


def blip(asks: bool = False, seed: int = 13) -> torch.nn.Module:
    config = transformers.BlipConfig(text_config=BLIP, vision_config=VISION)
    kind = transformers.BlipForQuestionAnswering if asks else transformers.BlipForConditionalGeneration
    return randomised(kind(config), seed)


def trocr(encoder: torch.nn.Module | None = None, seed: int = 12, **options: object) -> torch.nn.Module:
    decoder = transformers.TrOCRForCausalLM(transformers.TrOCRConfig(**TROCR | options))
    return _joined(vit() if encoder is None else encoder, decoder, seed)


def gpt2(seed: int = 13, **options: object) -> torch.nn.Module:
    decoder = transformers.GPT2LMHeadModel(transformers.GPT2Config(**GPT2 | options))
    return _joined(vit(), decoder, seed)


def _joined(encoder: torch.nn.Module, decoder: torch.nn.Module, seed: int) -> torch.nn.Module:
    model = randomised(transformers.VisionEncoderDecoderModel(encoder=encoder, decoder=decoder), seed)
    for config in (model.config, model.generation_config):
        config.decoder_start_token_id, config.eos_token_id, config.pad_token_id = 3, 3, 0
    model.generation_config.max_length = 15
    return model


def tokenizer() -> Tokenizer:
    """BERT's kind, with the few words above."""
    made = Tokenizer(models.WordPiece(vocab={word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.add_special_tokens(list(WORDS[:6]))
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made


def save(model: torch.nn.Module, folder: Path, processor: str = "ViTImageProcessor", **options: object) -> Path:
    """The folder that a hub would hold: config, safetensors, tokenizer, preprocessing."""
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer().save(str(folder / "tokenizer.json"))
    size = {"size": {"height": 30, "width": 30}, "do_center_crop": False}
    getattr(transformers, processor)(**size | options).save_pretrained(folder)
    return folder


def change_json(folder: Path, name: str, change: dict[str, object]) -> None:
    """Fields of a JSON file replaced; "a.b" is b within a, and None takes the field out."""
    path = folder / name
    values = json.loads(path.read_text())
    for key, value in change.items():
        *way, last = key.split(".")
        inner = values
        for step in way:
            inner = inner[step]
        inner[last] = value
        if value is None:
            del inner[last]
    path.write_text(json.dumps(values))
