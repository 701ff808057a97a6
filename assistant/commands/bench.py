"""antigone bench NAME: run one of the scripts in benchmarks/."""

import importlib
from pathlib import Path

from kernels.errors import UserError


def run(name: str, arguments: list[str] | None = None) -> None:
    """Call the `main(arguments)` of benchmarks/<name>.py.

    Raises:
        UserError: there is no such benchmark; the remedy lists those that exist.
    """
    import benchmarks

    names = benchmark_names(Path(benchmarks.__path__[0]))
    if name not in names:
        raise UserError(f"There is no benchmark named {name!r}.", f"Use one of these: {', '.join(names)}.")
    importlib.import_module(f"benchmarks.{name}").main(arguments or [])


def benchmark_names(folder: Path) -> list[str]:
    """The scripts in a folder that have a main function, by name."""
    scripts = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    return [path.stem for path in scripts if "\ndef main(" in path.read_text(encoding="utf-8")]
