"""What can't be heard or opened is refused before any model is loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ASK = """
import sys
from pathlib import Path
from assistant.commands import ask
path = Path(sys.argv[1])
try:
    if path.suffix == ".wav":
        ask.run(audio=path)
    else:
        ask.run("read this", images=[path])
except Exception as error:
    print(type(error).__name__, error.text)
print("torch" in sys.modules)
"""


@pytest.mark.parametrize("name", ["picture.png", "letter.pdf", "question.wav"])
def test_a_wrong_file_is_told_without_loading_torch(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"%PDF-1.4 and no more" if name.endswith("pdf") else b"these are words")
    done = subprocess.run([sys.executable, "-c", ASK, str(path)], cwd=ROOT, capture_output=True, text=True)
    said, torch_loaded = done.stdout.splitlines()
    assert said.startswith(f"UserError {name} is ") and torch_loaded == "False", done.stderr
