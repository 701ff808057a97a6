"""Whole models on a GPU beside transformers, with random weights of published shapes; part of `antigone bench gpu`.

Ours goes through decoder.generate.Session and decoder.graphs.Steps, as the program does; times are the host's.
"""

import gc
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from benchmarks.gpu_timing import Bench, Limit, Row, Side, versus
from decoder.config import DecoderConfig, RopeScaling
from decoder.generate import Generation, Session
from decoder.graphs import Steps, recorder_for
from decoder.text import TextDecoder
from decoder.weight_only import bytes_per_token, weight_only
from encoders.audio import AudioEncoder
from encoders.config import AudioConfig
from kernels.layers import MemoryConfig, uninitialised

PROMPT, NEW, SOUND_NEW = 400, 128, 100
_LLAMA3 = RopeScaling(32.0)
SHAPES = {
    "135M": DecoderConfig(vocabulary=49152, width=576, layers=30, heads=9, key_value_heads=3, hidden=1536,
                          max_positions=2048),
    "1B": DecoderConfig(vocabulary=128256, width=2048, layers=16, heads=32, key_value_heads=8, hidden=8192,
                        max_positions=4096, rope_theta=500000.0, rope_scaling=_LLAMA3),
    "8B": DecoderConfig(vocabulary=128256, width=4096, layers=32, heads=32, key_value_heads=8, hidden=14336,
                        max_positions=4096, rope_theta=500000.0, rope_scaling=replace(_LLAMA3, factor=8.0), tied=False),
}  # fmt: skip
COMPILES_S = {"135M": 60, "1B": 45, "8B": 75}
"""Seconds that transformers may need to compile; without that much left it is not begun."""
Model = TypeVar("Model", bound=nn.Module)


def fresh(bench: Bench, make: Callable[[], Model]) -> Model:
    """A model of random weights, made on the device in its dtype."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(bench.dtype)
    try:
        with uninitialised(), torch.device(bench.device):
            model = make()
    finally:
        torch.set_default_dtype(before)
    return random_weights(model).eval().requires_grad_(False)


@torch.no_grad()
def random_weights(model: Model) -> Model:
    """Matrices drawn as for training, norms of about one."""
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.normal_(0.0, 0.02)
        else:
            parameter.normal_(1.0, 0.1)
    return model


def small(config: DecoderConfig) -> DecoderConfig:
    """The same kind of decoder for a dry run."""
    layers = 3 if config.memories and config.memories[0].alone else 2
    memories = tuple(
        replace(memory, layers=(1,) if memory.alone else (0, 1), width=None if memory.width is None else 32)
        for memory in config.memories
    )
    return replace(config, vocabulary=96, width=32, layers=layers, heads=2, key_value_heads=1, hidden=64,
                   max_positions=48, memories=memories)  # fmt: skip


def transformers_missing(bench: Bench) -> str | None:
    """Why transformers is no peer here; None where it is."""
    if not bench.peers:
        return "transformers (left out of a dry run)"
    return None if importlib.util.find_spec("transformers") is not None else "transformers is not installed"


def joined(bench: Bench, title: str, sides: dict[str, Side], name: str, make: Callable[[], Side]) -> Iterator[Row]:
    """Put a peer beside ours; a row that names it where that can't be done."""
    why = transformers_missing(bench)
    if why is None:
        try:
            sides[name] = make()
        except Exception as error:
            why = f"{name} ({type(error).__name__}: {' '.join(str(error).split())[:120]})"
    if why is not None:
        yield {"name": title, "missing": why, "x": 0}


def release() -> None:
    """Give the device's memory back before the next model."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def decode_loops(bench: Bench) -> Iterator[Row]:
    """400 tokens read and 128 generated, batch 1."""
    for name, config in bench.some(SHAPES.items()):
        yield from _decode_loop(bench, name, small(config) if bench.dry else config)
        release()


def _decode_loop(bench: Bench, name: str, config: DecoderConfig) -> Iterator[Row]:
    prompt, new = bench.pick(PROMPT, 5), bench.pick(NEW, 4)
    prompts = torch.randint(5, config.vocabulary, (6, prompt)).tolist()
    model = fresh(bench, lambda: TextDecoder(config))
    cache = 2 * config.layers * config.layer.groups * config.layer.head * model.embedding.weight.element_size()  # type: ignore[union-attr, operator]

    def limit() -> Limit:
        read = bytes_per_token(model) + cache * (prompt + new / 2)
        return Limit(bytes=new * read)

    def ours_of(model: TextDecoder) -> Side:
        session = Session(model)
        return lambda at: list(Generation(prompts[at], (), new).run(session))

    title = f"decode {name}, {prompt} + {new} tokens"
    sides = {"ours": ours_of(model)}
    if bench.peers and bench.left < COMPILES_S[name] + 20:
        yield {"name": title, "missing": f"transformers ({COMPILES_S[name]} s to compile are not left)", "x": 0}
    else:
        peer = "transformers static cache, compiled"
        yield from joined(bench, title, sides, peer, lambda: _llama(bench, config, prompts, new))
    share = 0.75 if name != "135M" else None
    yield from versus(bench, title, sides, limit(), reach=1.5, share=share, by_host=True, sets=6, runs=7, seconds=12.0)
    sides.clear()
    release()
    quick: dict[str, Any] = {"by_host": True, "sets": 6, "runs": 5, "seconds": 4.0}
    yield from versus(bench, f"{title}, int8 weights", {"ours": ours_of(weight_only(model, 8))}, limit(), **quick)
    if name == "8B" or bench.dry:
        del model
        release()
        model = weight_only(fresh(bench, lambda: TextDecoder(config)), 4)
        yield from versus(bench, f"{title}, int4 weights", {"ours": ours_of(model)}, limit(), **quick)


def _llama(bench: Bench, config: DecoderConfig, prompts: list[list[int]], new: int) -> Side:
    """transformers' LLaMA of the same shape, with a static cache, which makes it compile its steps."""
    import transformers

    given = transformers.LlamaConfig(
        vocab_size=config.vocabulary, hidden_size=config.width, num_hidden_layers=config.layers,
        num_attention_heads=config.heads, num_key_value_heads=config.key_value_heads,
        intermediate_size=config.hidden, max_position_embeddings=config.max_positions,
        tie_word_embeddings=config.tied, attn_implementation="sdpa", dtype=bench.dtype, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    peer = fresh(bench, lambda: transformers.LlamaForCausalLM(given))
    peer.generation_config.eos_token_id = None

    def work(at: int) -> object:
        tokens = torch.tensor([prompts[at]], device=bench.device)
        return peer.generate(tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=new, min_new_tokens=new,
                             do_sample=False, cache_implementation="static", pad_token_id=0)  # fmt: skip

    return work


def sound(bench: Bench) -> Iterator[Row]:
    """Whisper large-v3-turbo's shape: 30 s of sound encoded, 100 tokens."""
    audio = AudioConfig(width=1280, layers=32, heads=20, mels=128)
    text = DecoderConfig(
        vocabulary=51866, width=1280, layers=4, heads=20, hidden=5120, max_positions=448, positions="learned",
        norm="layer", activation="gelu", gated=False, attention_bias=True, output_bias=True, mlp_bias=True,
        memories=(MemoryConfig("audio", tuple(range(4))),),
    )  # fmt: skip
    if bench.dry:
        audio, text = AudioConfig(width=32, layers=1, heads=2, mels=8, positions=20), small(text)
    encoder, decoder = fresh(bench, lambda: AudioEncoder(audio)), fresh(bench, lambda: TextDecoder(text))
    mels = [bench.randn(1, audio.mels, audio.frames) for _ in range(bench.pick(3, 1))]
    new = bench.pick(SOUND_NEW, 4)
    sides: dict[str, Side] = {"ours": _transcribe(encoder, decoder, mels, new)}
    title = f"Whisper large-v3-turbo's shape, 30 s, {new} tokens"
    yield from joined(bench, title, sides, "transformers SDPA", lambda: _whisper(bench, audio, text, mels, new))
    layers = sum(p.numel() for p in encoder.parameters() if p.dim() == 2)
    flops = 2.0 * audio.positions * (layers + 2 * audio.positions * audio.width * audio.layers)
    memory = 4.0 * text.layers * audio.positions * text.width
    # one after the other: bytes of the steps are counted as the operations that their time would allow
    limit = Limit(flops=flops + (new * (bytes_per_token(decoder) + memory)) * bench.flops / max(bench.bytes, 1.0))
    yield from versus(bench, title, sides, limit, reach=1.5, by_host=True, sets=len(mels), runs=9, seconds=8.0)
    release()


def _transcribe(encoder: AudioEncoder, decoder: TextDecoder, mels: list[Tensor], new: int) -> Side:
    """As assistant.hearing does greedily: encoded, remembered, and steps that are recorded once."""
    cache = decoder.new_cache(1, min(decoder.config.max_positions, 4 + new))
    kept: list[Steps] = []

    @torch.inference_mode()
    def work(at: int) -> object:
        memory = decoder.remember(encoder(mels[at]))
        cache.truncate(0)
        prompt_1T = torch.tensor([[1, 2, 3, 4]], device=decoder.device)
        first_1 = decoder(prompt_1T, cache, memory, last_only=True)[:, -1].argmax(-1)
        if not kept or not kept[0].remember(memory):
            kept[:] = [Steps(decoder, cache, memory, recorder=recorder_for(decoder.device))]
        kept[0].feed(first_1)
        return [float(chosen[0, 0]) for chosen in kept[0].ahead(new - 1)]

    return work


def _whisper(bench: Bench, audio: AudioConfig, text: DecoderConfig, mels: list[Tensor], new: int) -> Side:
    import transformers
    from transformers.generation import GenerationMixin

    config = transformers.WhisperConfig(
        vocab_size=text.vocabulary, num_mel_bins=audio.mels, encoder_layers=audio.layers, decoder_layers=text.layers,
        encoder_attention_heads=audio.heads, decoder_attention_heads=text.heads, d_model=audio.width,
        encoder_ffn_dim=4 * audio.width, decoder_ffn_dim=text.hidden, max_source_positions=audio.positions,
        max_target_positions=text.max_positions, attn_implementation="sdpa", dtype=bench.dtype, pad_token_id=0,
        bos_token_id=1, eos_token_id=2, decoder_start_token_id=3,
    )  # fmt: skip
    peer: Any = fresh(bench, lambda: transformers.WhisperForConditionalGeneration(config))
    peer.generation_config.eos_token_id = None
    start_1T = torch.tensor([[1, 2, 3, 4]], device=bench.device)

    def work(at: int) -> object:
        # the plain loop: Whisper's own rules about times would compare rules, not models
        return GenerationMixin.generate(peer, mels[at], decoder_input_ids=start_1T, max_new_tokens=new,
                                        min_new_tokens=new, do_sample=False, pad_token_id=0)  # fmt: skip

    return work
