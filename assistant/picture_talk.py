"""Talking about pictures with Llama-3.2-Vision from a folder of safetensors.

    talker = load(folder)
    shown = talker.show([picture, another])     # encoded once, keys and values too, for any number of questions
    "".join(talker.answer(shown, "What is different?"))

What such a model says is a guess in fluent words; `assistant.sight` states only what was found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from assistant import placing
from decoder import mllama
from decoder.captioners import CaptionSteps, greedy
from decoder.footprint import footprint
from decoder.quantize import available
from decoder.text import TextDecoder
from decoder.tokenizer import ChatTokenizer
from decoder.tokenizer_folder import FolderTokenizer
from encoders.image_tiles import TilingConfig, read_tiling, tile_pictures
from encoders.mllama import PREFIXES, load_tiled, tiled_config
from encoders.vision_tiles import TiledVision
from kernels import memory_limit
from kernels.arithmetic import choose
from kernels.checkpoints import Checkpoint, damaged
from kernels.devices import CPU, arithmetic_on_gpu
from kernels.errors import UserError
from kernels.folders import read_folder, read_json
from kernels.layers import MemoryCache
from kernels.tables import parts

if TYPE_CHECKING:
    from PIL import Image

DESCRIBE = "Describe this picture for somebody who cannot see it."
_MOST_TOKENS = 512  # of an answer
_WORK_SHARE = 1.3  # the tower's peak by its weights: activations, and what is copied while loading


@dataclass(frozen=True)
class Shown:
    """Pictures as the decoder remembers them: keys and values of all their tiles, and how many tiles of each are
    real."""

    memory: MemoryCache
    counts: tuple[int, ...]


class PictureTalker:
    """A model that is loaded. Answers are pieces of text as they come; closing the iterator stops the work."""

    def __init__(
        self, tower: TiledVision, decoder: TextDecoder, tokenizer: ChatTokenizer, tiling: TilingConfig
    ) -> None:  # fmt: skip
        self.tower, self.decoder, self.tokenizer, self.tiling = tower, decoder, tokenizer, tiling
        self._steps = CaptionSteps()
        self._picture = tokenizer.controls[mllama.PICTURE]

    @torch.inference_mode()
    def show(self, pictures: "Sequence[Path | Image.Image]") -> Shown:
        """Encode pictures, one after the other: a tower needs most memory for its pictures.

        Raises:
            UserError: a file that is no picture, damaged or too large; it is opened by the limited child.
        """
        states, counts = [], []
        for picture in pictures:
            if isinstance(picture, Path):
                from assistant.sight.sandbox import sandbox

                picture = sandbox().picture(picture)
            tiles = tile_pictures([picture], self.tiling)
            weight = self.tower.positions
            pixels_NKCHW, ways_N = tiles.pixels_NKCHW.to(weight), tiles.arrangements_N.to(weight.device)
            states.append(self.tower.see(pixels_NKCHW, ways_N, tiles.counts_N.to(weight.device)).flatten(1, 2))
            counts.append(int(tiles.counts_N))
        memory_1SD = torch.cat(states, dim=1).to(self.decoder.dtype)
        return Shown(self.decoder.remember(memory_1SD, kind="vision"), tuple(counts))

    def caption(self, picture: "Shown | Path | Image.Image") -> Iterator[str]:
        """What is shown, described."""
        return self.answer(picture, DESCRIBE)

    def answer(
        self, picture: "Shown | Path | Image.Image", question: str, earlier: Sequence[mllama.Turn] = ()
    ) -> Iterator[str]:
        """The answer to a question about a picture, or about all that was shown.

        Args:
            earlier: what was said before, the pictures with the first turn; the question shows them otherwise.

        Raises:
            UserError: the question is empty, or the conversation is too long.
        """
        shown = picture if isinstance(picture, Shown) else self.show([picture])
        if not question.strip():
            raise UserError("The question is empty.", "Ask something about the picture.")
        told = sum(turn.pictures for turn in earlier)
        turns = [*earlier, mllama.Turn("user", question, len(shown.counts) - told)]
        ids = self.tokenizer.encode_prompt(mllama.prompt(turns, self.tokenizer))
        if len(ids) >= self.decoder.config.max_positions:
            raise UserError(
                f"The conversation has {len(ids)} tokens, the model reads {self.decoder.config.max_positions}.",
                "Ask with fewer words.",
            )
        patches = self.tower.config.tokens
        seen = mllama.picture_mask(ids, self._picture, shown.counts, self.tower.most, patches).to(self.decoder.device)
        return self._say(ids, replace(shown.memory, seen_BTS=seen))

    def describe(self, picture: "Path | Image.Image", question: str | None = None) -> str:
        """The whole answer to a question about a picture, or its description."""
        return "".join(self.answer(picture, DESCRIBE if question is None else question)).strip()

    def _say(self, ids: list[int], memory: MemoryCache) -> Iterator[str]:
        with torch.inference_mode():
            ends, kept = self.tokenizer.end_ids, self._steps
            yield from self.tokenizer.stream(greedy(self.decoder, ids, memory, ends, _MOST_TOKENS, kept=kept))


def load(folder: Path, *, arithmetic: str = "auto", most: int = 0) -> PictureTalker:
    """The model in a Hugging Face folder: config.json, safetensors, tokenizer.json and preprocessor_config.json.

    Args:
        arithmetic: of the decoder, as the setting says it; the tower is computed in float32.
        most: bytes that models may take in all; 0 is no limit of the user's.

    Raises:
        UserError: a file is missing, damaged or a pickle; a tensor or field is wrong, or one contradicts another; they
            are named; or the model would not fit into memory.
    """
    values, tiling = read_json(folder / "config.json"), read_tiling(folder)
    text, vision = mllama.text_config(values), tiled_config(values)
    if (tiling.tile, tiling.tile) != vision.image or vision.tiles is None or tiling.most != vision.tiles.most:
        said = f"tiles of {tiling.tile} pixels, at most {tiling.most}"
        raise damaged(
            "preprocessor_config.json", f"it makes {said}, which is not what config.json's vision_config says"
        )
    groups = parts(read_folder(folder), (mllama.PREFIX, *PREFIXES))
    seen = Checkpoint(
        folder.name, {name: value for prefix in PREFIXES for name, value in groups[prefix].tensors.items()}
    )
    device = placing.device()
    chosen = choose(arithmetic).arithmetic if device == CPU else arithmetic_on_gpu(arithmetic)
    chosen = chosen if device != CPU or available(chosen) else "float32"
    tower_bytes = (4 if device == CPU else 2) * sum(value.numel() for value in seen.tensors.values())
    need = int(_WORK_SHARE * tower_bytes) + footprint(text, chosen)
    if device == CPU:
        memory_limit.check(folder.name, need, most=most)
    else:
        placing.check_room(folder.name, need)
    tokenizer = FolderTokenizer(folder, text.vocabulary + text.extra_tokens)
    if tokenizer.controls.get(mllama.PICTURE) != values["image_token_index"]:
        said = f"{mllama.PICTURE} is not token {values['image_token_index']}, config.json's image_token_index"
        raise damaged("tokenizer.json", said)
    tower = load_tiled(seen, values)
    if device != CPU:
        tower = tower.to(device, torch.bfloat16)
    decoder = mllama.load_text(groups[mllama.PREFIX], values, chosen, device)
    return PictureTalker(tower, decoder, tokenizer, tiling)
