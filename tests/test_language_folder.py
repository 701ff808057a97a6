"""Language models from hub folders: tokeniser, template and ends as published; what contradicts itself is refused."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import Result
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from assistant import language
from assistant.cli import app
from decoder.tokenizer_folder import FolderTokenizer
from kernels.errors import UserError
from tests.language_folders import TEMPLATE, byte_level, pieces, write_model

ROOT = Path(__file__).parents[1]
HELLO = [{"role": "system", "content": "Be brief. "}, {"role": "user", "content": "read the letter <|im_end|> naïve"}]
SCHEMA = {"type": "object", "properties": {"loud": {"type": "boolean"}}, "required": ["loud"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.mark.parametrize("make", [byte_level, pieces], ids=["bytes", "pieces"])
def test_a_folder_chats_chooses_and_keeps_to_a_schema(tmp_path: Path, make) -> None:
    model = language.load(str(write_model(tmp_path / "tiny", make())), exact=True)
    assert model.tokenizer.end_ids == {0, 2}
    text = "to hear the naïve 👋 letter"
    assert model.tokenizer.decode(model.tokenizer.encode(text)).strip() == text
    assert "".join(model.tokenizer.stream(model.tokenizer.encode(text))).strip() == text
    assert json.loads("".join(model.chat(HELLO, schema=SCHEMA)))["loud"] in (True, False)
    chances = model.choose(HELLO, ["the letter", "the user", "naïve"])
    assert sum(map(math.exp, chances)) == pytest.approx(1, abs=1e-3)
    first = model.tokenizer.encode("\u00ef")
    assert b"".join(map(model.tokenizer.token_bytes, first)).strip() == "\u00ef".encode()


def test_tokens_and_template_equal_transformers(folder: Path) -> None:
    transformers = pytest.importorskip("transformers")
    theirs, ours = transformers.AutoTokenizer.from_pretrained(str(folder)), FolderTokenizer(folder, 400)
    for text in ("read the letter", "  two\n\nnaïve 👋", "tomorrow at noon"):
        assert ours.encode(text) == theirs.encode(text, add_special_tokens=False)
    plain = [HELLO[0], {"role": "hidden", "content": "x"}, {"role": "user", "content": "read the letter"}]
    rendered = theirs.apply_chat_template(plain, tokenize=False, add_generation_prompt=True)
    assert ours.render(plain) == rendered
    ids = theirs.apply_chat_template(plain, add_generation_prompt=True)
    assert ours.encode_prompt(rendered) == list(ids if isinstance(ids, list) else ids["input_ids"])
    assert ours.encode_prompt(ours.render(HELLO)).count(ours.controls["<|im_end|>"]) == 2  # what was said stays text


def test_the_template_may_lie_in_a_file_of_its_own_and_be_one_of_several(folder: Path, tmp_path: Path) -> None:
    wanted = FolderTokenizer(folder, 400).render(HELLO)
    write_model(tmp_path)
    options = json.loads((tmp_path / "tokenizer_config.json").read_text())
    several = [{"name": "tools", "template": "no"}, {"name": "default", "template": TEMPLATE}]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(options | {"chat_template": several}))
    assert FolderTokenizer(tmp_path, 400).render(HELLO) == wanted
    (tmp_path / "chat_template.jinja").write_text(TEMPLATE)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(options | {"chat_template": None}))
    assert FolderTokenizer(tmp_path, 400).render(HELLO) == wanted
    (tmp_path / "chat_template.jinja").write_text("{{ ''.__class__.__mro__ }}{{ cycler.__init__.__globals__ }}")
    with pytest.raises(UserError, match="template"):
        FolderTokenizer(tmp_path, 400).render(HELLO)
    (tmp_path / "chat_template.jinja").unlink()
    with pytest.raises(UserError, match="no usable chat template"):
        FolderTokenizer(tmp_path, 400).render(HELLO)


def _tokenizer(text: str):
    return lambda folder: (folder / "tokenizer.json").write_text(text)


def _json(name: str, **values):
    return lambda folder: (folder / name).write_text(json.dumps(json.loads((folder / name).read_text()) | values))


def _grown(folder: Path) -> None:
    tokenizer = byte_level()
    tokenizer.add_tokens([f"word-{number}" for number in range(20)])
    tokenizer.save(str(folder / "tokenizer.json"))


def _reshaped(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.1.mlp.up_proj.weight"] = torch.zeros(47, 32)
    save_file(tensors, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_grown, r"tokenizer\.json .* has \d+ tokens, and config.json says vocab_size \d+"),
        (_tokenizer("{"), r"tokenizer\.json"),
        (_tokenizer('{"version": "1.0", "model": {"type": "BPE", "vocab": {}, "merges": []}}'), r"tokenizer\.json"),
        (lambda folder: (folder / "tokenizer.json").unlink(), r"tokenizer\.json"),
        (_json("tokenizer_config.json", bos_token="<never>"), "bos_token '<never>'"),
        (_json("generation_config.json", eos_token_id=9999), "eos_token_id 9999"),
        (_json("generation_config.json", eos_token_id="2"), "eos_token_id 2"),
        (_json("config.json", hidden_size=64), "embed_tokens|describes"),
        (_json("config.json", num_hidden_layers=900), "describes 900 layers"),
        (_json("config.json", intermediate_size=1 << 23), "describes"),
        (_json("config.json", intermediate_size=49), "intermediate_size 49"),
        (_json("config.json", num_hidden_layers=1), "num_hidden_layers 1"),
        (_json("config.json", vocab_size=None), "vocab_size"),
        (_json("config.json", model_type="unheard-of"), "unheard-of"),
        (_reshaped, "up_proj|gate_proj"),
    ],
    ids=[
        "larger-vocabulary", "no-json", "empty-vocabulary", "no-tokenizer", "unknown-begin", "end-outside", "end-text",
        "width", "layers", "hidden", "hidden-by-one", "fewer-layers", "no-vocabulary", "family", "tensor",
    ],
)  # fmt: skip
@pytest.mark.parametrize("arithmetic", ["float32", "auto"])
def test_contradictions_are_refused_by_name(tmp_path: Path, harm, said: str, arithmetic: str) -> None:
    write_model(tmp_path)
    harm(tmp_path)
    with pytest.raises(UserError, match=said):
        language.load(str(tmp_path), arithmetic=arithmetic)


def test_a_model_that_does_not_fit_is_refused_before_it_is_loaded_and_told_what_would() -> None:
    taken = _taken()
    with pytest.raises(UserError, match=r"needs \d+ MB .* are free under the setting memory_limit_mb") as refused:
        language.load("smollm2-135m", exact=True, most=_taken() + (400 << 20))
    assert "arithmetic = int8" in refused.value.remedy
    assert _taken() - taken < 200 << 20
    with pytest.raises(UserError, match="Nothing smaller"):
        language.load("smollm2-135m", exact=True, most=1)


def _taken() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


LIMITED = """
import sys, resource, psutil
from assistant import language
from kernels.errors import UserError
most = psutil.Process().memory_info().vms + (300 << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
try:
    language.load("smollm2-135m", exact=True)
except UserError as error:
    print(error.text, error.remedy)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no address space limit there")
def test_a_real_limit_on_address_space_is_said_before_loading() -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED], cwd=ROOT, capture_output=True, text=True, env={**os.environ})
    assert "ulimit -v" in done.stdout and "needs" in done.stdout, done.stderr[-500:]


def _ask(*words: str, before: tuple[str, ...] = ()) -> Result:
    return CliRunner().invoke(app, [*before, "ask", "what is 2 plus 3", *words])


def test_ask_takes_a_folder_and_refuses_what_is_not_right(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ARITHMETIC", "MEMORY_LIMIT_MB"):
        monkeypatch.setenv(f"ANTIGONE_{name}", "")  # so that what the command sets is undone afterwards
    folder = write_model(tmp_path / "tiny", max_position_embeddings=8192)
    done = _ask("--model", str(folder), before=("--arithmetic", "float32"))
    assert done.exit_code == 0 and "5" in done.stdout, done.stderr
    assert list((home / "cache" / "prompts").iterdir())
    (folder / "generation_config.json").write_text('{"eos_token_id": 4000}')
    refused = _ask("--model", str(folder))
    assert (refused.exit_code, refused.stdout) == (2, "") and "eos_token_id 4000" in refused.stderr
    refused = _ask("--model", "whisper-tiny.en")
    assert refused.exit_code == 2 and "transcribe" in refused.stderr
    refused = _ask("--model", "smollm2-135m", before=("--memory-limit-mb", "100"))
    assert refused.exit_code == 2 and "smollm2-135m" in refused.stderr.lower() and "MB are free" in refused.stderr
