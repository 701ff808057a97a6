"""The packaged Whisper as a Hugging Face folder, for tests."""

import json
import shutil

from safetensors.torch import save_file

from assistant import models
from decoder.whisper import whisper_table
from decoder.whisper_hf import text_config, text_table
from encoders.weights import whisper_table as ct2_audio_table
from encoders.whisper_hf import audio_config, audio_table
from kernels.checkpoints import Rule, read_ctranslate2

SHAPE = {
    "vocab_size": 97, "num_mel_bins": 8, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2,
    "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64,
    "max_source_positions": 20, "max_target_positions": 40, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
    "decoder_start_token_id": 3, "suppress_tokens": [5], "begin_suppress_tokens": [6, 7],
}  # fmt: skip


def to_folder(path, name="whisper-tiny.en"):
    """The packaged Whisper as a Hugging Face folder: the tables read backwards."""
    files = models.files(name)
    checkpoint = read_ctranslate2(files["weights"])
    size = {key: checkpoint.tensors[f"{key}/conv1/weight" if key == "encoder" else f"{key}/embeddings/weight"].shape
            for key in ("encoder", "decoder")}  # fmt: skip
    layers = {
        key: sum(n.startswith(key) and n.endswith("ffn/linear_0/weight") for n in checkpoint.tensors) for key in size
    }
    heads = checkpoint.scalar("encoder/num_heads")
    values = SHAPE | {
        "model_type": "whisper", "vocab_size": size["decoder"][0], "num_mel_bins": size["encoder"][1],
        "d_model": size["encoder"][0], "encoder_layers": layers["encoder"], "decoder_layers": layers["decoder"],
        "encoder_attention_heads": heads, "decoder_attention_heads": heads, "encoder_ffn_dim": 4 * size["encoder"][0],
        "decoder_ffn_dim": 4 * size["encoder"][0], "max_source_positions": 1500, "max_target_positions": 448,
    }  # fmt: skip
    tensors = {}
    pairs = ((audio_table(audio_config(values)), ct2_audio_table(audio_config(values))),
             (text_table(text_config(values)), whisper_table(text_config(values))))  # fmt: skip
    for published, packaged in pairs:
        for ours, rule in published.items():
            value = checkpoint.tensors[packaged[ours]].float()
            names = rule.sources if isinstance(rule, Rule) else (rule,)
            parts = list(value.chunk(3 if "qkv" in ours else 2 if "key_value" in ours else 1))
            if len(parts) > len(names):  # the key's zero bias
                del parts[len(parts) - 2]
            tensors |= {theirs: part.contiguous() for theirs, part in zip(names, parts, strict=True)}
    path.mkdir()
    save_file(tensors, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps(values))
    options = json.loads(files["config"].read_text())
    suppressed = {"suppress_tokens": options["suppress_ids"], "begin_suppress_tokens": options["suppress_ids_begin"]}
    (path / "generation_config.json").write_text(json.dumps(suppressed))
    shutil.copy(files["tokenizer"], path / "tokenizer.json")
    return path
