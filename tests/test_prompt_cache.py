"""Fixed prompts kept on disk: a fresh process reads none of their tokens, and says the same; bad files are ignored."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from decoder.config import DecoderConfig
from decoder.generate import Generation, Session
from decoder.prompt_cache import PromptCache, identity
from decoder.text import TextDecoder

ROOT = Path(__file__).parents[1]
FIXED = [(7 * number) % 100 for number in range(40)]
PROMPT = [*FIXED, 3, 1, 4]


@pytest.fixture(scope="module")
def model() -> TextDecoder:
    torch.manual_seed(0)
    config = DecoderConfig(vocabulary=100, width=32, layers=2, heads=4, key_value_heads=2, hidden=48)
    return TextDecoder(config).eval().requires_grad_(False)


def _only(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_second_session_computes_only_what_is_new(model: TextDecoder, tmp_path: Path) -> None:
    first, second, plain = Session(model), Session(model), Session(model)
    assert not first.prepare(FIXED, PromptCache(tmp_path, "m"))
    assert second.prepare(FIXED, PromptCache(tmp_path, "m"))
    assert (first.tokens_read, second.tokens_read, second.steps) == (len(FIXED), 0, 0)
    a, b, c = (session.next_logits(PROMPT) for session in (first, second, plain))
    assert second.tokens_read == len(PROMPT) - len(FIXED)
    assert torch.equal(a, b)
    assert torch.allclose(b, c, atol=2e-3)
    said = [list(Generation(PROMPT, (), 12).run(session)) for session in (first, second, plain)]
    assert said[0] == said[1] == said[2]
    assert second.prepare(FIXED[:20], PromptCache(tmp_path, "m")) and second.tokens_read < 20  # still in memory


def test_files_are_private_and_named_by_model_arithmetic_and_tokens(model: TextDecoder, tmp_path: Path) -> None:
    folder, file = tmp_path / "prompts", tmp_path / "weights"
    file.write_bytes(b"one" * 10_000)
    names = {identity([file], "int8"), identity([file], "float32")}
    file.write_bytes(b"two" * 10_000)
    names.add(identity([file], "int8"))
    assert len(names) == 3
    for name in names:
        assert not Session(model).prepare(FIXED, PromptCache(folder, name))
    assert not Session(model).prepare([*FIXED, 5], PromptCache(folder, name))
    assert len(list(folder.iterdir())) == 4
    if os.name == "posix":
        assert folder.stat().st_mode & 0o777 == 0o700
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())


@pytest.mark.parametrize("harm", ["empty", "cut", "flipped", "pickle", "swapped", "folder"], ids=str)
def test_damaged_and_foreign_files_are_ignored_and_written_anew(model: TextDecoder, tmp_path: Path, harm: str) -> None:
    kept = PromptCache(tmp_path, "m")
    Session(model).prepare(FIXED, kept)
    path = _only(tmp_path)
    whole = path.read_bytes()
    if harm == "swapped":  # another prompt's file under this one's name
        Session(model).prepare(FIXED[::-1], kept)
        next(other for other in tmp_path.iterdir() if other != path).replace(path)
    elif harm == "folder":
        path.unlink()
        path.mkdir()
    else:
        bad = {"empty": b"", "cut": whole[:-5], "flipped": whole[:-9] + b"\x7f" + whole[-8:], "pickle": b"\x80\x04."}
        path.write_bytes(bad[harm])
    session = Session(model)
    assert not session.prepare(FIXED, kept)
    assert torch.allclose(session.next_logits(PROMPT), Session(model).next_logits(PROMPT), atol=2e-3)
    if harm == "folder":
        path.rmdir()
        assert not Session(model).prepare(FIXED, kept)
    assert Session(model).prepare(FIXED, kept)
    assert path.read_bytes() == whole


def test_a_file_of_another_shape_is_ignored(model: TextDecoder, tmp_path: Path) -> None:
    kept = PromptCache(tmp_path, "m")
    Session(TextDecoder(DecoderConfig(vocabulary=100, width=16, layers=1, heads=2, hidden=16))).prepare(FIXED, kept)
    session = Session(model)
    assert not session.prepare(FIXED, kept)
    assert session.tokens_read == len(FIXED)
    assert Session(model).prepare(FIXED, kept)


def test_what_was_unused_for_longest_goes_first(model: TextDecoder, tmp_path: Path) -> None:
    session = Session(model)
    session.prepare(FIXED, PromptCache(tmp_path, "m"))
    size = _only(tmp_path).stat().st_size
    kept = PromptCache(tmp_path, "m", most=int(3.5 * size))
    prompts = [[number, *FIXED[1:]] for number in (50, 51, 52)]
    for age, prompt in enumerate(prompts[:2]):
        session.prepare(prompt, kept)
        os.utime(kept._path(prompt), (age, age))
    assert kept.load(prompts[0]) is not None  # used now, so the other one is older
    os.utime(kept._path(FIXED), (5, 5))
    session.prepare(prompts[2], kept)
    assert kept.load(prompts[1]) is None
    assert all(kept.load(prompt) is not None for prompt in (FIXED, prompts[0], prompts[2]))
    assert not PromptCache(tmp_path, "n", most=size).keep(FIXED, *session._cache.snapshot(len(FIXED)))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3.5 * size


def test_a_folder_that_cannot_be_written_costs_only_time(model: TextDecoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    session = Session(model)
    assert not session.prepare(FIXED, PromptCache(tmp_path / "file" / "prompts", "m"))
    assert torch.allclose(session.next_logits(PROMPT), Session(model).next_logits(PROMPT), atol=2e-3)


def test_processes_may_write_and_read_at_once(tmp_path: Path) -> None:
    code = """
import sys, torch
from pathlib import Path
from decoder.prompt_cache import PromptCache
kept, tokens = PromptCache(Path(sys.argv[1]), "m", most=1 << 16), list(range(20))
for number in range(150):
    part = torch.full((1, 1, 20, 64), 1.0)
    kept.keep([number % 7, *tokens[1:]], part, part)
    found = kept.load([(number + 3) % 7, *tokens[1:]])
    assert found is None or float(found[0].sum()) == 20 * 64
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[1] for process in running] == ["", ""]
    assert all(path.suffix == ".prompt" for path in tmp_path.iterdir())
