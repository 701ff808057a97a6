"""What the tuned stem makes of cached features: the maps that the hybrid ViT takes for pixels, computed once."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from encoders.hybrid import CHANNELS, GRID, ZOOMS, HybridViT, zoomed
from training.vision.feed import MIRRORED, Shard, changed, read_shard

_BATCH = 16


@torch.inference_mode()
def make(
    encoder: HybridViT, source: Path, out: Path, split: str, variants: int, seed: int, stop: Callable[[], bool]
) -> None:
    """Write a split's maps, float16 (pictures, views * variants, 1760, 5, 5), unless they are there.

    Args:
        variants: for training, how many changed versions (feed.changed) of each cached view; all others are seen from
            as near as the product sees them (encoders.hybrid.zoomed).
    """
    shard = read_shard(source, split)
    if shard is None:
        return
    variants = variants if split == "train" else len(ZOOMS)
    views = shard.views * variants
    out.mkdir(parents=True, exist_ok=True)
    done_path = out / f"{split}.done"
    if done_path.exists() and int(done_path.read_text()) == views * len(shard.rows):
        return
    shape = (len(shard.rows), views, CHANNELS, GRID, GRID)
    table = np.lib.format.open_memmap(out / f"{split}.npy", "w+", np.float16, shape)
    (out / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in shard.rows), encoding="utf-8")
    jobs = [(index, view) for index in range(len(shard.rows)) for view in range(views)]
    encoder.eval()
    for start in range(0, len(jobs), _BATCH):
        if stop():
            return
        part = jobs[start : start + _BATCH]
        low = torch.stack([_low(shard, index, view, variants, seed, split) for index, view in part])
        for (index, view), found in zip(part, encoder.maps(low).half().numpy(), strict=True):
            table[index, view] = found
        if start // _BATCH % 100 == 0:
            print(f"{out.name} {split}: {start}/{len(jobs)} maps", flush=True)
    table.flush()
    done_path.write_text(str(len(jobs)))


def _low(shard: Shard, index: int, view: int, variants: int, seed: int, split: str) -> torch.Tensor:
    low_CHW = torch.from_numpy(np.array(shard.low[index, view // variants])).float()
    if split != "train":
        return zoomed(low_CHW[None])[view % variants]
    return changed(low_CHW, shard.rows[index]["kind"] in MIRRORED, np.random.default_rng((seed, index, view)))
