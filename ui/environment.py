"""Makes and keeps the program's Python environment, then starts the program. The launchers run this file by its path.

Standard library only: it runs before anything is installed. Progress goes to standard error in whole lines that a
screen reader can follow, with a sign of life every five seconds. It may be interrupted at any moment and goes on at
the next start; two at once wait for each other. When the stamp in the environment equals the locks' hashes there is
nothing to do, and the program starts at once.
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK, TEST_LOCK = ROOT / "requirements.lock", ROOT / "requirements-test.lock"
NEEDED_BYTES = 8_000_000_000 if sys.platform == "linux" else 4_000_000_000  # on Linux torch brings CUDA's libraries
SIGN_OF_LIFE_S = 5.0
NO_NETWORK = ("dns error", "error sending request", "failed to fetch", "timed out", "connection", "network", "resolve")


class SetUpError(Exception):
    """What happened and what to do next, as two sentences."""


def main(arguments: Sequence[str]) -> int:
    """Make the environment complete if it is not, then run the program (or, for "test", the tests) in it."""
    testing = list(arguments[:1]) == ["test"]
    folder = Path(os.environ.get("ANTIGONE_VENV") or ROOT / ".venv")
    try:
        make_ready(folder, testing)
    except SetUpError as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say("Set-up was stopped. Start again to go on; what was fetched is kept.")
        return 130
    return start(folder, "tests.run" if testing else "ui.launch", arguments[1:] if testing else arguments)


def say(line: str) -> None:
    """One whole line to the person waiting; aloud where no terminal shows it."""
    print(line, file=sys.stderr, flush=True)
    if "--desktop" in sys.argv:
        sys.path.insert(0, str(ROOT))
        from ui.desktop import tell

        tell.aloud(line)


def make_ready(folder: Path, testing: bool) -> None:
    """Install what the locks name and the stamp does not.

    Raises:
        SetUpError: with the sentence and the remedy.
    """
    if is_ready(folder, testing):
        return
    with alone(folder):
        if is_ready(folder, testing):  # another start did it meanwhile
            return
        started = time.monotonic()
        say(f"Setting up Antigone in {folder}. This takes a few minutes, once.")
        check_disk(folder)
        if not works(python_in(folder), "-c", "import pip"):
            make_environment(folder)
        install_uv(folder)
        locks = [LOCK, TEST_LOCK] if testing else [LOCK]
        install(folder, locks)
        compile_kernels(folder)
        write_stamp(folder, locks)
        say(f"Set-up is done after {time.monotonic() - started:.0f} seconds.")


def python_in(folder: Path) -> Path:
    """The environment's interpreter."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_ready(folder: Path, testing: bool) -> bool:
    """Whether the environment has everything that the locks name."""
    try:
        stamp = json.loads(stamp_path(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    locks = [LOCK, TEST_LOCK] if testing else [LOCK]
    return python_in(folder).exists() and all(stamp.get(lock.name) == digest(lock) for lock in locks)


def stamp_path(folder: Path) -> Path:
    """The file that says which locks the environment was made from."""
    return folder / "antigone-stamp.json"


def digest(lock: Path) -> str:
    """SHA-256 of a lock's lines, whatever ends them."""
    try:
        return hashlib.sha256(lock.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    except OSError as error:
        raise SetUpError(f"{lock.name} cannot be read: {error.strerror}. Fetch the program again.") from None


def write_stamp(folder: Path, locks: Sequence[Path]) -> None:
    """Remember, atomically, what is installed now."""
    temporary = stamp_path(folder).with_suffix(".new")
    temporary.write_text(json.dumps({lock.name: digest(lock) for lock in locks}), encoding="utf-8")
    temporary.replace(stamp_path(folder))


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the set-up lock; wait, saying so, while another start holds it. The system frees it if that one dies."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        handle = (folder.parent / f"{folder.name}.lock").open("a+b")
    except OSError as error:
        raise SetUpError(
            f"The folder {folder.parent} cannot be written to: {error.strerror}. "
            "Put the program in a folder of your own, or set ANTIGONE_VENV to one."
        ) from None
    with handle:
        said = 0.0
        while not try_lock(handle.fileno()):
            if time.monotonic() - said > SIGN_OF_LIFE_S:
                say("Another set-up is running. Waiting for it.")
                said = time.monotonic()
            time.sleep(0.2)
        yield


def try_lock(descriptor: int) -> bool:
    """Take the lock on an open file if it is free."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def check_disk(folder: Path) -> None:
    """Refuse to begin what cannot be finished."""
    if stamp_path(folder).exists():  # an update: most of it is there
        return
    used = directory_size(folder) if folder.exists() else 0
    free = shutil.disk_usage(folder.parent).free
    if free + used < NEEDED_BYTES:
        raise SetUpError(
            f"There is not enough disk: {free / 1e9:.1f} gigabytes are free in {folder.parent} and set-up needs "
            f"{NEEDED_BYTES / 1e9:.0f}. Free some, or set ANTIGONE_VENV to a folder on a larger disk."
        )


def directory_size(folder: Path) -> int:
    """Bytes in all files below a folder."""
    return sum(os.lstat(os.path.join(place, name)).st_size for place, _, names in os.walk(folder) for name in names)


def works(python: Path, *arguments: str) -> bool:
    """Whether an interpreter runs this."""
    try:
        return subprocess.run([python, *arguments], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def make_environment(folder: Path) -> None:
    """Step 1: a fresh virtual environment with pip."""
    say("Step 1 of 4: making a Python environment.")
    base = Path(getattr(sys, "_base_executable", "") or sys.executable)
    if not works(base, "-c", "import venv, ensurepip"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetUpError(
            f"This Python {version} cannot make environments: its venv module is missing. On Debian and Ubuntu install "
            f"it with: sudo apt install python{version}-venv. Then start again."
        )
    code, log = watched([base, "-m", "venv", "--clear", folder], folder.parent / f"{folder.name}.log")
    if code:
        raise explained(log)


def install_uv(folder: Path) -> None:
    """Step 2: the installer, at the version and hash the lock names."""
    say("Step 2 of 4: fetching the installer.")
    entry, keep = [], False
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if not line.startswith((" ", "#")):
            keep = line.startswith("uv==")
        if keep:
            entry.append(line)
    wanted = folder / "uv.lock"
    wanted.write_text("\n".join(entry) + "\n", encoding="utf-8")
    command = [python_in(folder), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check",
               "--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", wanted]  # fmt: skip
    code, log = watched(command, folder / "setup.log")
    if code:
        raise explained(log)


def install(folder: Path, locks: Sequence[Path]) -> None:
    """Step 3: everything else, wheels only, each checked against its hash."""
    count = sum(line[:1].isalnum() for lock in locks for line in lock.read_text(encoding="utf-8").splitlines())
    say(f"Step 3 of 4: fetching and installing up to {count} packages, models among them.")
    command = [python_in(folder).parent / "uv", "pip", "install", "--python", python_in(folder), "--no-progress",
               "--no-deps", "--require-hashes", "--only-binary", ":all:"]  # fmt: skip
    for lock in locks:
        command += ["--requirement", lock]
    code, log = watched(command, folder / "setup.log")
    if code:
        raise explained(log)


def compile_kernels(folder: Path) -> None:
    """Step 4: spares the first answer half a minute. Without it the program is slower, not broken."""
    say("Step 4 of 4: fitting the language model's arithmetic to this processor.")
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from kernels.cpu.build import kernels; kernels()"
    if watched([python_in(folder), "-c", code], folder / "setup.log")[0]:
        say("That could not be done here; the program goes on with slower arithmetic. `antigone doctor` tells more.")


def watched(command: Sequence[object], log: Path) -> tuple[int, Path]:
    """Run a program with its words in a log, saying every five seconds that it is alive. Returns its exit code."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PYTHONPATH": ""}
    started, free = time.monotonic(), shutil.disk_usage(ROOT).free
    with log.open("w", encoding="utf-8") as words:
        child = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=words, stderr=words, env=environment
        )
        try:
            while True:
                try:
                    return child.wait(SIGN_OF_LIFE_S), log
                except subprocess.TimeoutExpired:
                    written = max(0, free - shutil.disk_usage(ROOT).free) / 1e9
                    amount = f", {written:.1f} gigabytes" if written >= 0.1 else ""
                    say(f"Still working: {time.monotonic() - started:.0f} seconds{amount} so far.")
        except BaseException:
            child.terminate()
            child.wait()
            raise


def explained(log: Path) -> SetUpError:
    """What went wrong, from the words a program left, with the remedy."""
    words = log.read_text(encoding="utf-8", errors="replace")
    low = words.lower()
    if "no space left" in low or "disk quota" in low or "not enough space" in low:
        return SetUpError(
            "The disk became full during set-up. Free some space and start again; it will go on from here."
        )
    if "hash mismatch" in low or ("hashes" in low and "match" in low):
        return SetUpError(
            f"A package that was fetched is not the one this version of Antigone names, so it was not installed. "
            f"Start again; if it happens again, tell the makers. The details are in {log}."
        )
    if any(sign in low for sign in NO_NETWORK):
        return SetUpError(
            "The packages could not be fetched: the network did not answer. Connect this computer to the internet for "
            f"this first start and start again; what was fetched is kept. The details are in {log}."
        )
    last = next((line.strip() for line in reversed(words.splitlines()) if line.strip()), "it gave no reason")
    return SetUpError(f"Set-up stopped: {last[:300]}. The details are in {log}; mend that and start again.")


def start(folder: Path, module: str, arguments: Sequence[str]) -> int:
    """Run a module of the program in the environment, from the folder the user is in."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    # -P keeps the user's folder out of the module search; user-wide packages stay out as well
    command = [str(python_in(folder)), "-P", "-m", module, *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONNOUSERSITE": "1"}
    # The environment is the program's own; without bytecode every start compiles a thousand files: seconds.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment.setdefault("HF_HUB_OFFLINE", "1")
    environment.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    if os.name != "nt":
        if module == "ui.launch":  # it answers Control and C as soon as it can; till then the key waits
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        os.execve(command[0], command, environment)
    try:
        return subprocess.run(command, env=environment).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
