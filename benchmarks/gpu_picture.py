"""Llama-3.2-11B-Vision's shape on a GPU beside transformers: one picture, 64 tokens; part of `antigone bench gpu`."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from benchmarks.gpu_models import fresh, joined, release, small
from benchmarks.gpu_timing import Bench, Limit, Row, Side, versus
from decoder.captioners import CaptionSteps, greedy
from decoder.config import DecoderConfig, RopeScaling
from decoder.text import TextDecoder
from decoder.weight_only import bytes_per_token, weight_only
from encoders.config import TileConfig, VisionConfig
from encoders.vision_tiles import TiledVision
from kernels.layers import MemoryConfig

CROSS = (3, 8, 13, 18, 23, 28, 33, 38)
TEXT = DecoderConfig(
    vocabulary=128256, width=4096, layers=40, heads=32, key_value_heads=8, hidden=14336, max_positions=4096,
    rope_theta=500000.0, rope_scaling=RopeScaling(8.0), tied=False, extra_tokens=8,
    memories=(MemoryConfig("vision", CROSS, gated=True, alone=True, query_key_norm=True, blind_attends=True),),
)  # fmt: skip
TOWER = VisionConfig(
    width=1280, layers=32, heads=16, hidden=5120, image=(560, 560), patch=(14, 14), patch_bias=False,
    attention_bias=False, output_bias=False, norm_eps=1e-5, first_norm=True,
    tiles=TileConfig(4, 8, 8, (3, 7, 15, 23, 30), 4096),
)  # fmt: skip
NEW, PROMPT = 64, 24
_SECONDS = 70  # for both models to be made and run


def picture(bench: Bench) -> Iterator[Row]:
    """One picture of four tiles: encoded, asked about, 64 tokens; and the tower alone."""
    if not bench.dry and bench.left < _SECONDS:
        yield {"name": "Llama-3.2-11B-Vision's shape", "missing": f"time ({_SECONDS} s are not left)", "x": 0}
        return
    text, vision = _shapes(bench)
    tower, decoder = fresh(bench, lambda: TiledVision(vision)), fresh(bench, lambda: TextDecoder(text))
    assert vision.tiles is not None
    tiles_most, new = vision.tiles.most, bench.pick(NEW, 4)
    shown = [bench.randn(1, tiles_most, 3, *vision.image) for _ in range(bench.pick(3, 1))]
    prompt = [text.vocabulary, *torch.randint(5, text.vocabulary, (bench.pick(PROMPT, 4),)).tolist()]
    ways = torch.ones(1, dtype=torch.int64, device=bench.device)
    counts = torch.full_like(ways, tiles_most)

    @torch.inference_mode()
    def see(at: int) -> Tensor:
        return tower.see(shown[at], ways, counts)

    @torch.inference_mode()
    def ours(at: int) -> object:
        memory_1SD = see(at).flatten(1, 2)
        memory = decoder.remember(memory_1SD, kind="vision")
        return list(greedy(decoder, prompt, memory, (), new, kept=kept))

    kept = CaptionSteps()
    title = f"Llama-3.2-11B-Vision's shape, one picture, {new} tokens"
    sides: dict[str, Side] = {"ours": ours}
    towers: dict[str, Side] = {"ours": see}
    peer = "transformers SDPA"

    def both() -> Side:
        whole, towers[peer] = _mllama(bench, text, vision, shown, prompt, new)
        return whole

    yield from joined(bench, title, sides, peer, both)
    flops = _flops(tower, vision)
    yield from versus(bench, "tower of Llama-3.2-11B-Vision's shape", towers, Limit(flops), reach=1.3, by_host=True,
                      sets=len(shown), runs=7, seconds=3.0)  # fmt: skip

    def limit() -> Limit:
        steps = new * bytes_per_token(decoder) * bench.flops / max(bench.bytes, 1.0)
        return Limit(flops + steps)

    yield from versus(bench, title, sides, limit(), reach=1.3, by_host=True, sets=len(shown), runs=5, seconds=8.0)
    sides.clear()
    towers.clear()
    release()
    weight_only(decoder, 4)
    yield from versus(bench, f"{title}, int4 weights", {"ours": ours}, limit(), by_host=True, sets=len(shown), runs=5,
                      seconds=4.0)  # fmt: skip


def _shapes(bench: Bench) -> tuple[DecoderConfig, VisionConfig]:
    """The decoder's and the tower's, tiny in a dry run."""
    if not bench.dry:
        return TEXT, TOWER
    text = small(TEXT)
    tiles = TileConfig(4, 8, 1, (0,), text.width)
    return text, replace(TOWER, width=32, layers=2, heads=2, hidden=64, image=(28, 28), tiles=tiles)


def _flops(tower: TiledVision, vision: VisionConfig) -> float:
    """Operations of one picture of as many tiles as there may be: matrices, and attention among all its tokens."""
    assert vision.tiles is not None
    tokens, matrices = vision.tiles.most * vision.tokens, sum(p.numel() for p in tower.parameters() if p.dim() == 2)
    return 2.0 * tokens * (matrices + 2 * tokens * vision.width * (vision.layers + vision.tiles.layers))


def _mllama(
    bench: Bench, text: DecoderConfig, vision: VisionConfig, shown: list[Tensor], prompt: list[int], new: int
) -> tuple[Side, Side]:
    """transformers' model of the same shape: the whole, and its tower."""
    import transformers

    assert vision.tiles is not None
    config = transformers.MllamaConfig(
        vision_config={
            "hidden_size": vision.width, "num_hidden_layers": vision.layers, "attention_heads": vision.heads,
            "intermediate_size": vision.hidden, "image_size": vision.image[0], "patch_size": vision.patch[0],
            "num_global_layers": vision.tiles.layers, "max_num_tiles": vision.tiles.most,
            "intermediate_layers_indices": list(vision.tiles.keep),
            "vision_output_dim": vision.width * (1 + len(vision.tiles.keep)),
        },
        text_config={
            "vocab_size": text.vocabulary, "hidden_size": text.width, "num_hidden_layers": text.layers,
            "num_attention_heads": text.heads, "num_key_value_heads": text.key_value_heads,
            "intermediate_size": text.hidden, "cross_attention_layers": list(text.memories[0].layers),
            "max_position_embeddings": text.max_positions, "tie_word_embeddings": False, "pad_token_id": 0,
            "bos_token_id": 1, "eos_token_id": 2,
        },
        image_token_index=text.vocabulary, attn_implementation="sdpa", dtype=bench.dtype,
    )  # fmt: skip
    peer = fresh(bench, lambda: transformers.MllamaForConditionalGeneration(config))
    peer.generation_config.eos_token_id = None
    tokens = torch.tensor([prompt], device=bench.device)
    tiles = torch.ones(1, 1, vision.tiles.most, dtype=torch.int64, device=bench.device)
    asked = {
        "attention_mask": torch.ones_like(tokens), "aspect_ratio_mask": tiles, "aspect_ratio_ids": tiles[:, :, 0],
        "cross_attention_mask": tiles[:, None].expand(-1, len(prompt), -1, -1),
    }  # fmt: skip

    def whole(at: int) -> object:
        return peer.generate(tokens, pixel_values=shown[at][:, None], **asked, max_new_tokens=new, min_new_tokens=new,
                             do_sample=False, pad_token_id=0)  # fmt: skip

    @torch.inference_mode()
    def tower(at: int) -> object:
        return peer.model.vision_model(shown[at][:, None], asked["aspect_ratio_ids"], tiles)

    return whole, tower
