"""Files of a model's folder that are not what they should be."""

import json
import os

import pytest

from kernels.errors import UserError
from kernels.folders import read_folder, read_json, read_text, read_tokenizer

PLAIN = {"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}, "added_tokens": []}


def replace(pattern, content):
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


def test_a_tokenizer_neither_cuts_nor_pads(tmp_path):
    path = tmp_path / "tokenizer.json"
    cut = {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0}
    path.write_text(json.dumps(PLAIN | {"truncation": cut, "normalizer": replace("b", "a")}))
    assert read_tokenizer(path).encode("abab").ids == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "normalizer",
    [
        {"type": "Precompiled", "precompiled_charsmap": "AAAA"},
        replace("", "a"),
        replace("a", "a" * 1001),
        {"type": "Sequence", "normalizers": [replace("a", "a" * 100)] * 4},
        7,
    ],
    ids=["panics", "nothing", "much", "again-and-again", "number"],
)
def test_a_hostile_tokenizer_is_refused(tmp_path, normalizer):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(PLAIN | {"normalizer": normalizer}))
    with pytest.raises(UserError, match=r"tokenizer\.json is damaged"):
        read_tokenizer(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this system's folders")
def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "config.json")
    (tmp_path / "vocab.txt").symlink_to("/dev/zero")
    for read, name in ((read_json, "config.json"), (read_text, "vocab.txt")):
        with pytest.raises(UserError, match=f"no readable {name}"):
            read(tmp_path / name)


@pytest.mark.parametrize("shard", ["../a.safetensors", "\0a"], ids=["above", "null"])
def test_shards_outside_the_folder_are_refused(tmp_path, shard):
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": shard}}))
    with pytest.raises(UserError, match="lies outside the folder"):
        read_folder(tmp_path)
