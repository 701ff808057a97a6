"""What can't be heard or opened is refused before any model is loaded."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASK = """
import sys
from pathlib import Path
from assistant.commands import ask
for path in map(Path, sys.argv[1:]):
    try:
        if path.suffix == ".wav":
            ask.run(audio=path)
        else:
            ask.run("read this", images=[path])
    except Exception as error:
        print(type(error).__name__, error.text)
    print("torch" in sys.modules)
"""


def test_a_wrong_file_is_told_without_loading_torch(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("picture.png", "letter.pdf", "question.wav")]
    for path in paths:
        path.write_bytes(b"%PDF-1.4 and no more" if path.suffix == ".pdf" else b"these are words")
    done = subprocess.run([sys.executable, "-c", ASK, *map(str, paths)], cwd=ROOT, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 6, done.stderr
    for path, said, torch_loaded in zip(paths, lines[::2], lines[1::2], strict=True):
        assert said.startswith(f"UserError {path.name} is ") and torch_loaded == "False"
