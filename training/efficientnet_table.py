"""Makes assets/looking/efficientnet_lite2.json: where each tensor lies in the checkpoint.

    python -m training.efficientnet_table

The checkpoint is in PyTorch's old container: pickled names, then raw storages, each preceded by its length (int64). Its
SHA-256 is pinned in assistant/model_table.py, so places found once hold, and the program never unpickles it. Here
PyTorch's restricted loader (weights_only) gives the values; each is looked for in the raw bytes, behind its length.
Counters of seen batches (int64) are left out.
"""

import json
import struct
from pathlib import Path

import torch

from assistant import models

TABLE = Path(__file__).parents[1] / "assets" / "looking" / "efficientnet_lite2.json"


def main() -> None:
    path = models.files("efficientnet-lite2")["weights"]
    data = path.read_bytes()
    state = torch.load(path, map_location="cpu", weights_only=True)
    table = {}
    for name, tensor in state.items():
        if tensor.dtype == torch.int64 and name.endswith("num_batches_tracked"):
            continue
        assert tensor.dtype == torch.float32, (name, tensor.dtype)
        assert tensor.storage_offset() == 0 and tensor.untyped_storage().nbytes() == 4 * tensor.numel(), name
        raw = struct.pack("<q", tensor.numel()) + bytes(tensor.untyped_storage())
        found = data.find(raw)
        assert found >= 0, name
        table[name] = [found + 8, list(tensor.shape), list(tensor.stride())]
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{json.dumps(name)}: {json.dumps(place)}" for name, place in table.items()]
    TABLE.write_text("{\n" + ",\n".join(rows) + "\n}\n")
    print(f"{len(table)} tensors, {sum(torch.Size(shape).numel() for _, shape, _ in table.values())} values")


if __name__ == "__main__":
    main()
