"""The house's layers: who may import what, what importing may do, and where copyleft programs run."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENGINE = ("kernels", "encoders", "decoder")
PACKAGES = (*ENGINE, "assistant", "ui")
COMPILERS = {"triton", "numba", "llvmlite"}
COPYLEFT = {"piper", "espeakng_loader", "piper_phonemize"}

# Refuses every third party but the allowed ones where one of our own modules asks for it while being imported.
GUARD = """
import builtins, importlib, sys
ours, allowed = set({packages!r}), set({allowed!r}) | set(sys.stdlib_module_names) | set({packages!r})
real = builtins.__import__
def guarded(name, globals=None, locals=None, fromlist=(), level=0):
    asker = (globals or {{}}).get("__name__", "").split(".")[0]
    if level == 0 and asker in ours and name.split(".")[0] not in allowed:
        raise ImportError(f"{{(globals or {{}})['__name__']}} imports {{name}}")
    return real(name, globals, locals, fromlist, level)
builtins.__import__ = guarded
for module in {modules!r}:
    importlib.import_module(module)
"""

# Notes every file that our own code, not a library it imports, opens while being imported, and every connection.
WATCH = """
import importlib, os, sys, sysconfig
root, environment, library = {root!r}, sys.prefix + os.sep, sysconfig.get_paths()["stdlib"] + os.sep
found = []
def hook(event, arguments):
    if event not in ("open", "socket.connect", "subprocess.Popen", "sqlite3.connect"):
        return
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if "importlib" in name:  # code being read, or a package's own data found by it
            return
        if name.startswith(environment) or name.startswith(library) and "site-packages" in name:
            return
        if name.startswith(root):
            found.append(f"{{os.path.relpath(name, root)}}: {{event}} {{arguments[0]}}")
            return
        frame = frame.f_back
sys.addaudithook(hook)
for module in {modules!r}:
    importlib.import_module(module)
copyleft = sorted(name for name in sys.modules if name.split(".")[0] in {copyleft!r})
print("\\n".join(found + copyleft))
sys.exit(bool(found or copyleft))
"""


def _modules(package: str) -> list[str]:
    paths = sorted((ROOT / package).rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths]
    return [name for name in names if not name.endswith("_child") and name != "ui.environment"]


def _needs_compiler(module: str) -> bool:
    """Whether importing a module, or one of ours that it imports, takes a compiler of kernels."""
    source = (ROOT / module.replace(".", "/")).with_suffix(".py")
    if not source.exists() or not module.startswith("kernels."):
        return False
    found = _top_level_imports(source)
    return any(name.split(".")[0] in COMPILERS or (name != module and _needs_compiler(name)) for name in found)


def _top_level_imports(source: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _all_imports(source: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
    plain = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {(node.module or "").split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-P", "-c", code], cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": ""},
                          capture_output=True, text=True, timeout=240)  # fmt: skip


def test_the_engine_needs_four_libraries_alone() -> None:
    modules = [name for package in ENGINE for name in _modules(package) if not _needs_compiler(name)]
    allowed = ["torch", "numpy", "safetensors", "tokenizers"]
    done = _run(GUARD.format(packages=PACKAGES, allowed=allowed, modules=modules))
    assert done.returncode == 0, done.stderr[-600:]


def test_only_kernels_files_need_a_compiler() -> None:
    sources = {source for package in PACKAGES for source in (ROOT / package).rglob("*.py")}
    needing = {source for source in sources if {n.split(".")[0] for n in _top_level_imports(source)} & COMPILERS}
    assert needing and all((ROOT / "kernels") in source.parents for source in needing)


def test_importing_opens_nothing_and_loads_no_copyleft_code() -> None:
    modules = [name for package in PACKAGES for name in _modules(package) if not _needs_compiler(name)]
    done = _run(WATCH.format(root=str(ROOT) + "/", modules=modules, copyleft=COPYLEFT))
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-600:]


def test_copyleft_programs_are_run_by_child_modules_only() -> None:
    sources = [source for package in PACKAGES for source in (ROOT / package).rglob("*.py")]
    assert sources
    for source in sources:
        assert not _all_imports(source) & COPYLEFT or source.stem.endswith("_child"), source
