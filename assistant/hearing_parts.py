"""What a speech recogniser is made of, from the packaged kind of files and from the published kind of folder."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from assistant import placing
from decoder import whisper, whisper_hf
from decoder.text import TextDecoder
from encoders import weights
from encoders import whisper_hf as audio_hf
from encoders.audio import AudioEncoder
from kernels import memory_limit
from kernels.checkpoints import REMEDY, read_ctranslate2
from kernels.devices import CPU
from kernels.errors import UserError
from kernels.folders import read_folder, read_json

_WORK_SHARE = 1.3  # peak memory by that of the weights: activations, and what is copied while loading


@dataclass(frozen=True)
class HearingParts:
    """Encoder, decoder, vocabulary and its rules.

    Attributes:
        key: under which what is computed once a model is kept; different for different weights.
    """

    encoder: AudioEncoder
    decoder: TextDecoder
    tokens: whisper.WhisperTokens
    rules: whisper.TokenRules
    key: str


def packaged(files: Mapping[str, Path], key: str) -> HearingParts:
    """From the files of the model table: "weights" (CTranslate2), "tokenizer" and "config".

    Raises:
        UserError: a file is damaged or isn't Whisper's.
    """
    checkpoint = read_ctranslate2(files["weights"])
    encoder, decoder = weights.load_whisper(checkpoint), whisper.load_whisper(checkpoint)
    tokens = whisper.WhisperTokens(files["tokenizer"])
    return _placed(HearingParts(encoder, decoder, tokens, _rules(files["config"], tokens), key))


def published(folder: Path) -> HearingParts:
    """From a Hugging Face folder: config.json, safetensors, tokenizer.json and, if there, generation_config.json.

    Raises:
        UserError: a file is missing or damaged; the tensor or field that is wrong is named; or the model would not
            fit into memory.
    """
    values, checkpoint = read_json(folder / "config.json"), read_folder(folder)
    weights_bytes = 4 * sum(value.numel() for value in checkpoint.tensors.values())  # float32
    memory_limit.check(folder.name, int(_WORK_SHARE * weights_bytes))
    encoder, decoder = audio_hf.load_audio(checkpoint, values), whisper_hf.load_text(checkpoint, values)
    tokens = whisper.WhisperTokens(folder / "tokenizer.json")
    rules = whisper_hf.token_rules(folder, tokens, decoder.config.vocabulary)
    # Norms and biases tell one training from another, and are hashed in a moment.
    vectors = [value.numpy().tobytes() for value in encoder.state_dict().values() if value.dim() == 1]
    key = f"whisper-{hashlib.sha256(b''.join(vectors)).hexdigest()[:16]}"
    return _placed(HearingParts(encoder, decoder, tokens, rules, key))


def _placed(parts: HearingParts) -> HearingParts:
    """On the device that the settings choose; on a GPU in float16, in which Whisper was published."""
    device = placing.device()
    if device != CPU:
        parts.encoder.to(device, torch.float16)
        parts.decoder.to(device, torch.float16)
    return parts


def _rules(config: Path, tokens: whisper.WhisperTokens) -> whisper.TokenRules:
    try:
        options = json.loads(config.read_text(encoding="utf-8"))
        never, first = (tuple(map(int, options[key])) for key in ("suppress_ids", "suppress_ids_begin"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"The model's {config.name} cannot be read ({type(error).__name__}).", REMEDY) from None
    return whisper.TokenRules(tokens, never, first)
