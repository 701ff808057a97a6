"""Decoders that say what a picture shows: BLIP's BERT, TrOCR's and GPT-2, by configuration and a checkpoint table.

Sources: Li et al. 2022 (BLIP), Li et al. 2021 (TrOCR), Radford et al. 2019 (GPT-2; ViT-GPT2 adds cross-attention).
"""

import math
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from threading import Lock
from typing import Any

import torch

from decoder.config import DecoderConfig
from decoder.graphs import Recorder, Steps, recorder_for
from decoder.text import TextDecoder
from kernels.checkpoints import Checkpoint, Rule, damaged, load_strict
from kernels.errors import UserError
from kernels.folders import choice, real, whole
from kernels.layers import KeyValueCache, MemoryCache, MemoryConfig, uninitialised
from kernels.tables import ACTIVATIONS, Rules, agree, agree_layers, bert_layer, renamed, stacked, turned

FAMILIES = ("blip", "trocr", "gpt2")
KIND = "vision"
_MOST_WIDTH, _MOST_LAYERS, _MOST_PLACES = 1 << 16, 1 << 10, 1 << 20
# The word embedding, what stands before a layer's number, and the logits' matrix where it is one of its own.
_WORDS = {"blip": "bert.embeddings.word_embeddings.weight", "trocr": "model.decoder.embed_tokens.weight",
          "gpt2": "transformer.wte.weight"}  # fmt: skip
_LAYERS = {"blip": "bert.encoder.layer.", "trocr": "model.decoder.layers.", "gpt2": "transformer.h."}
_HEADS = {"blip": "cls.predictions.decoder.weight", "trocr": "output_projection.weight", "gpt2": "lm_head.weight"}
_BIAS = "cls.predictions.{}bias"  # of BLIP's logits: known by two names
_FIELDS = {"blip": ("hidden_size", "num_hidden_layers"), "trocr": ("d_model", "decoder_layers"),
           "gpt2": ("n_embd", "n_layer")}  # fmt: skip


def captioner_config(
    values: Mapping[str, Any], family: str, memory: int, *, tied: bool | None = None
) -> DecoderConfig:  # fmt: skip
    """The decoder that a config's section describes.

    Args:
        values: BLIP's `text_config`, or the `decoder` of a vision-encoder-decoder.
        memory: width of what it cross-attends to.
        tied: whether the logits are read by the word embedding; as the config says when left out.

    Raises:
        UserError: an unknown family (the known ones are listed), or a field is missing or wrong; it is named.
    """
    known = {"blip": _blip, "trocr": _trocr, "gpt2": _gpt2}
    if family not in known:
        raise UserError(
            f"config.json has a decoder of the family {family[:40]}, which is not supported.",
            f"Choose a model with one of these decoders: {', '.join(known)}.",
        )
    tied = values.get("tie_word_embeddings", True) is not False if tied is None else tied
    options = known[family](values)
    memories = (MemoryConfig(KIND, tuple(range(options["layers"])), memory),)
    try:
        config = DecoderConfig(
            norm="layer", gated=False, attention_bias=True, output_bias=True, mlp_bias=True, memories=memories,
            tied=tied, **options,
        )  # fmt: skip
        _ = config.layer.head  # the layers' own checks
        return config
    except ValueError as error:
        raise damaged("config.json", f"its numbers contradict each other ({error})") from None


def load_captioner(
    checkpoint: Checkpoint, values: Mapping[str, Any], family: str, prefix: str, memory: int
) -> TextDecoder:
    """A decoder filled from the tensors under `prefix`, float32.

    A logits' matrix of its own in the file is used where it differs from the word embedding, whatever the config says
    about tying: that is how the published TrOCR files are meant.

    Raises:
        UserError: a tensor is missing, unknown, misshapen or not finite, or contradicts a field of the config.
    """
    checkpoint = _named(checkpoint, values, family, prefix)
    head, words = checkpoint.tensors.get(prefix + _HEADS[family]), checkpoint.tensors.get(prefix + _WORDS[family])
    tied = None
    if head is not None and words is not None:
        tied = head.shape == words.shape and torch.equal(head, words)
    config = captioner_config(values, family, memory, tied=tied)
    width, layers = _FIELDS[family]
    agree(checkpoint, prefix + _WORDS[family], {"vocab_size": config.vocabulary, width: config.width})
    agree_layers(checkpoint, prefix + _LAYERS[family], layers, config.layers)
    with uninitialised():
        model = TextDecoder(config)
    table, ignore = captioner_table(config, family, prefix)
    load_strict(model, checkpoint, table, ignore)
    return model.eval().requires_grad_(False)


def _named(checkpoint: Checkpoint, values: Mapping[str, Any], family: str, prefix: str) -> Checkpoint:
    """The file with shared tensors under the names used here: tools that write safetensors keep either of two names."""
    pairs = {_WORDS[family]: _HEADS[family]} if values.get("tie_word_embeddings", True) is not False else {}
    if family == "blip":
        pairs[_BIAS.format("")] = _BIAS.format("decoder.")
    tensors = dict(checkpoint.tensors)
    for name, other in pairs.items():
        if prefix + name not in tensors and prefix + other in tensors:
            tensors[prefix + name] = tensors[prefix + other]
    return Checkpoint(checkpoint.source, tensors)


def captioner_table(config: DecoderConfig, family: str, prefix: str) -> tuple[Rules, list[str]]:
    """Our names -> theirs for a decoder of this shape, and the names that are known and not needed."""
    table: Rules = {"embedding.weight": prefix + _WORDS[family]}
    if not config.tied:
        table["head.weight"] = prefix + _HEADS[family]
    rules = {"blip": _blip_rules, "trocr": _trocr_rules, "gpt2": _gpt2_rules}[family]
    own, ignore = rules(config, prefix)
    return table | own, [*ignore, prefix + _HEADS[family]]


@torch.inference_mode()
def greedy(
    model: TextDecoder, prompt: Sequence[int], memory: MemoryCache, end_ids: Collection[int], most_tokens: int, *,
    recorder: Recorder | None = None, kept: "CaptionSteps | None" = None,
) -> Iterator[int]:  # fmt: skip
    """Token ids after the prompt, each the likeliest, until one of `end_ids`, which is not given out.

    Args:
        recorder: of steps; the device's own when left out, which is none on a processor.
        kept: this model's steps of earlier texts, so that they are recorded once; passed by while another text is
            being written with them.

    Raises:
        ValueError: the prompt is empty or longer than the model's positions.
    """
    places = min(len(prompt) + most_tokens, model.config.max_positions)
    recorder = recorder or recorder_for(model.device)
    if recorder is None:
        chosen = _computed(model, list(prompt), model.new_cache(1, max(places, 1)), memory)
    else:
        chosen = _recorded(model, list(prompt), max(places, 1), memory, recorder, kept)
    with closing(chosen):
        for token in islice(chosen, max(0, places - len(prompt))):
            if token in end_ids:
                return
            yield token


def _computed(
    model: TextDecoder, step: list[int], cache: KeyValueCache, memory: MemoryCache
) -> Generator[int, None, None]:
    """The likeliest tokens, each step anew."""
    while True:
        tokens_1T = torch.tensor([step], device=model.device)
        token = int(model(tokens_1T, cache, {KIND: memory}, last_only=True)[0, -1].argmax())
        yield token
        step = [token]


def _recorded(
    model: TextDecoder, prompt: list[int], places: int, memory: MemoryCache, recorder: Recorder,
    kept: "CaptionSteps | None",
) -> Generator[int, None, None]:  # fmt: skip
    """The same, the steps after the prompt recorded; the cache's capacity is where they end."""
    held = kept is not None and kept.lock.acquire(blocking=False)
    mine = kept if kept is not None and held else CaptionSteps()
    try:
        cache = mine.cache(model, places)
        token = next(_computed(model, prompt, cache, memory))
        yield token
        steps = mine.steps(model, cache, memory, recorder)
        steps.feed(token)
        for chosen in steps.ahead(places - cache.length):
            yield int(chosen[0, 0])
    finally:
        if kept is not None and held:
            kept.lock.release()


class CaptionSteps:
    """One captioner's recorded steps, kept from text to text. Who writes a text holds `lock`."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._cache: KeyValueCache | None = None
        self._steps: Steps | None = None

    def cache(self, model: TextDecoder, places: int) -> KeyValueCache:
        """The cache that steps go on in, empty, of so many places or more."""
        if self._cache is None or self._cache.capacity < places:
            self._cache, self._steps = model.new_cache(1, places), None
        self._cache.truncate(0)
        return self._cache

    def steps(self, model: TextDecoder, cache: KeyValueCache, memory: MemoryCache, recorder: Recorder) -> Steps:
        """Steps over that cache; recorded anew only where the memory is of another shape than the last."""
        if self._steps is None or not self._steps.remember({KIND: memory}):
            self._steps = Steps(model, cache, {KIND: memory}, recorder=recorder)
        return self._steps


def _blip(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "vocabulary": whole(values, "vocab_size", 30524), "width": whole(values, "hidden_size", 768, most=_MOST_WIDTH),
        "layers": whole(values, "num_hidden_layers", 12, most=_MOST_LAYERS),
        "heads": whole(values, "num_attention_heads", 8, most=_MOST_WIDTH),
        "hidden": whole(values, "intermediate_size", 3072), "positions": "learned",
        "max_positions": whole(values, "max_position_embeddings", 512, most=_MOST_PLACES),
        "activation": choice(values, "hidden_act", ACTIVATIONS, "gelu"),
        "norm_eps": real(values, "layer_norm_eps", 1e-12), "norm_first": False, "embedding_norm": True,
        "final_norm": False, "head_transform": True, "head_bias": True,
    }  # fmt: skip


def _trocr(values: Mapping[str, Any]) -> dict[str, Any]:
    width = whole(values, "d_model", 1024, most=_MOST_WIDTH)
    learned = values.get("use_learned_position_embeddings", True) is not False
    return {
        "vocabulary": whole(values, "vocab_size", 50265), "width": width,
        "layers": whole(values, "decoder_layers", 12, most=_MOST_LAYERS),
        "heads": whole(values, "decoder_attention_heads", 16, most=_MOST_WIDTH),
        "hidden": whole(values, "decoder_ffn_dim", 4096), "positions": "learned" if learned else "sinusoidal",
        "max_positions": whole(values, "max_position_embeddings", 512, most=_MOST_PLACES),
        "position_offset": 2 if learned else whole(values, "pad_token_id", 1) + 1,
        "activation": choice(values, "activation_function", ACTIVATIONS, "gelu"), "norm_first": False,
        "embedding_norm": values.get("layernorm_embedding", True) is not False, "final_norm": False,
        "embedding_scale": math.sqrt(width) if values.get("scale_embedding") is True else 1.0,
    }  # fmt: skip


def _gpt2(values: Mapping[str, Any]) -> dict[str, Any]:
    for name, usual in (("scale_attn_weights", True), ("scale_attn_by_inverse_layer_idx", False)):
        if values.get(name, usual) is not usual:
            raise damaged("config.json", f"{name} is {values[name]!r}, which is not supported")
    width = whole(values, "n_embd", 768, most=_MOST_WIDTH)
    return {
        "vocabulary": whole(values, "vocab_size", 50257), "width": width,
        "layers": whole(values, "n_layer", 12, most=_MOST_LAYERS),
        "heads": whole(values, "n_head", 12, most=_MOST_WIDTH), "hidden": whole(values, "n_inner", 4 * width),
        "positions": "learned", "max_positions": whole(values, "n_positions", 1024, most=_MOST_PLACES),
        "activation": choice(values, "activation_function", ACTIVATIONS, "gelu_new"),
        "norm_eps": real(values, "layer_norm_epsilon", 1e-5),
    }  # fmt: skip


def _blip_rules(config: DecoderConfig, prefix: str) -> tuple[Rules, list[str]]:
    embeddings, head = f"{prefix}bert.embeddings.", f"{prefix}cls.predictions."
    table = renamed("", embeddings, {"positions": "position_embeddings"}, ("weight",))
    table |= renamed("", embeddings, {"embedding_norm": "LayerNorm"})
    table |= renamed("transform.", f"{head}transform.", {"dense": "dense", "norm": "LayerNorm"})
    table["head_bias"] = prefix + _BIAS.format("")
    for layer in range(config.layers):
        table |= bert_layer(f"blocks.{layer}.", f"{prefix}{_LAYERS['blip']}{layer}.", KIND)
    return table, [f"{embeddings}position_ids", prefix + _BIAS.format("decoder.")]


def _trocr_rules(config: DecoderConfig, prefix: str) -> tuple[Rules, list[str]]:
    body = f"{prefix}model.decoder."
    table: Rules = {}
    if config.positions == "learned":
        table["positions.weight"] = f"{body}embed_positions.weight"
    if config.embedding_norm:
        table |= renamed("", body, {"embedding_norm": "layernorm_embedding"})
    names = {
        "attention.out": "self_attn.out_proj", "attention_norm": "self_attn_layer_norm", "mlp.up": "fc1",
        "mlp.down": "fc2", "mlp_norm": "final_layer_norm", f"cross.{KIND}.query": "encoder_attn.q_proj",
        f"cross.{KIND}.out": "encoder_attn.out_proj", f"cross.{KIND}.norm": "encoder_attn_layer_norm",
    }  # fmt: skip
    for layer in range(config.layers):
        ours, theirs = f"blocks.{layer}.", f"{prefix}{_LAYERS['trocr']}{layer}."
        table |= renamed(ours, theirs, names)
        table |= stacked(f"{ours}attention.qkv", [f"{theirs}self_attn.{part}_proj" for part in "qkv"])
        table |= stacked(f"{ours}cross.{KIND}.key_value", [f"{theirs}encoder_attn.{part}_proj" for part in "kv"])
    return table, [f"{body}embed_positions._float_tensor", f"{body}embed_positions.weights"]


def _gpt2_rules(config: DecoderConfig, prefix: str) -> tuple[Rules, list[str]]:
    body = f"{prefix}transformer."
    table: Rules = {"positions.weight": f"{body}wpe.weight"}
    table |= renamed("", body, {"norm": "ln_f"})
    norms = {"attention_norm": "ln_1", f"cross.{KIND}.norm": "ln_cross_attn", "mlp_norm": "ln_2"}
    turn = {
        "attention.qkv": "attn.c_attn", "attention.out": "attn.c_proj", "mlp.up": "mlp.c_fc", "mlp.down": "mlp.c_proj",
        f"cross.{KIND}.query": "crossattention.q_attn", f"cross.{KIND}.key_value": "crossattention.c_attn",
        f"cross.{KIND}.out": "crossattention.c_proj",
    }  # fmt: skip
    ignore = []
    for layer in range(config.layers):
        ours, theirs = f"blocks.{layer}.", f"{prefix}{_LAYERS['gpt2']}{layer}."
        table |= renamed(ours, theirs, norms) | renamed(ours, theirs, turn, ("bias",))
        table |= {f"{ours}{our}.weight": Rule((f"{theirs}{their}.weight",), turned) for our, their in turn.items()}
        ignore += [f"{theirs}{part}.{kind}" for part in ("attn", "crossattention") for kind in ("bias", "masked_bias")]
    return table, ignore
