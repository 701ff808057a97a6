"""Into the desktop's menu and out again, and failures told without a terminal: real readers of each format where here.

A folder's name may hold spaces, quotes, dollars, per cent signs, letters of any script and newlines.
"""

import json
import os
import plistlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from kernels.errors import UserError
from ui.desktop import files, install, shortcut, tell
from ui.desktop.files import PLATFORMS, Start

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX paths")
NASTY = "a \"b\" 'c' $HOME `id` \\d %f & ñ声\n; touch owned"
TELLS = '#!/bin/sh\npython3 -c "import json,os,sys; print(json.dumps([sys.argv[1:], os.environ.get(\'ANTIGONE_HOME\')]))" "$@" > "$TOLD.new"\nmv "$TOLD.new" "$TOLD"\n'  # noqa: E501


def _install(home: Path, platform: str = "linux", **given: object) -> None:
    arguments = {"autostart": None, "shortcut_keys": None, "remove": False, "environment": {}, **given}
    install.run(platform=platform, home=home, **arguments)  # type: ignore[arg-type]


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def nasty(tmp_path: Path) -> Start:
    """A launcher in a folder with an unlikely name; it writes down how it was called."""
    launcher = tmp_path / NASTY / "antigone"
    launcher.parent.mkdir()
    launcher.write_text(TELLS)
    launcher.chmod(0o755)
    return Start(launcher, {"ANTIGONE_HOME": str(tmp_path / f"data {NASTY}")})


# -- what is written -----------------------------------------------------------------------------------------------


@posix
def test_the_entries_are_valid(tmp_path: Path, nasty: Start) -> None:
    validate = shutil.which("desktop-file-validate")
    if validate is None:
        pytest.skip("desktop-file-validate is missing. Install it with: apt install desktop-file-utils")
    start = Start(nasty.launcher, nasty.settings, ("/usr/bin/xterm", "-e"))
    targets = [target for target in files.linux(tmp_path, start, {}, True) if target.path.suffix == ".desktop"]
    assert len(targets) == 3
    for number, target in enumerate(targets):
        path = tmp_path / f"{number}.desktop"
        path.write_bytes(target.data)
        done = subprocess.run([validate, path], capture_output=True, text=True)
        assert done.returncode == 0 and not done.stdout, done.stdout


@posix
def test_the_desktop_starts_what_was_meant(tmp_path: Path, nasty: Start) -> None:
    """By GLib's own reader of entries, which GNOME and others use."""
    gio = shutil.which("gio")
    if gio is None:
        pytest.skip("gio is missing. Install it with: apt install libglib2.0-bin")
    for number, (text, words) in enumerate(
        [(files.entry(nasty), ["--desktop"]), (files.entry(nasty, login=True), ["--desktop", "--no-browser"])]
    ):
        path, told = tmp_path / f"{number}.desktop", tmp_path / f"told {number}"
        path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [gio, "launch", path], env={**os.environ, "TOLD": str(told)}, cwd=tmp_path, capture_output=True, timeout=30
        )
        if b"not supported" in done.stderr:
            pytest.skip("this gio launches no entries")
        for _ in range(200):
            if told.exists():
                break
            subprocess.run(["sleep", "0.05"])
        assert json.loads(told.read_text()) == [words, nasty.settings["ANTIGONE_HOME"]], done.stderr
    assert not list(tmp_path.rglob("owned"))


def test_each_language_has_its_words() -> None:
    text = files.entry(Start(Path("/opt/antigone")))
    for key in ("Name", "GenericName", "Comment", "Keywords"):
        for language in ("", "[es]", "[pt]"):
            assert re.search(rf"^{key}{re.escape(language)}=.+", text, re.MULTILINE), key + language
    assert "Actions=stop;" in text, "without a terminal there is no talking in one"


@posix
def test_the_shell_script_starts_what_was_meant(tmp_path: Path, nasty: Start) -> None:
    script, told = tmp_path / "Antigone.command", tmp_path / "told"
    script.write_bytes(files.shell(nasty, ["--desktop"]))
    subprocess.run(["sh", script], env={**os.environ, "TOLD": str(told)}, cwd=tmp_path, check=True, timeout=30)
    assert json.loads(told.read_text()) == [["--desktop"], nasty.settings["ANTIGONE_HOME"]]
    assert not list(tmp_path.rglob("owned"))


def test_the_agent_of_a_mac_is_a_property_list() -> None:
    told = plistlib.loads(files.agent(Start(Path(f"/Users/{NASTY}/antigone"), {"ANTIGONE_HOME": NASTY})))
    assert told["ProgramArguments"] == [f"/Users/{NASTY}/antigone", "--desktop", "--no-browser"]
    assert told["EnvironmentVariables"] == {"ANTIGONE_HOME": NASTY} and told["RunAtLoad"] is True


def test_the_script_of_windows_doubles_per_cent_and_refuses_what_it_cannot_hold() -> None:
    start = Start(Path("C:/100% me & Zoë/antigone.cmd"), {"ANTIGONE_HOME": "D:/50%/x"})
    lines = files.batch(start, ["--desktop"]).decode("utf-8").split("\r\n")
    assert 'set "ANTIGONE_HOME=D:/50%%/x"' in lines
    assert f'call "{str(start.launcher).replace("%", "%%%%")}" --desktop' in lines
    assert lines[0] == "@echo off" and "chcp 65001 >nul" in lines and "\n" not in "".join(lines)
    for bad in ('C:/a"b/antigone.cmd', "C:/a\nb/antigone.cmd", "C:/a^b/antigone.cmd"):
        with pytest.raises(UserError, match="script of Windows"):
            files.batch(Start(Path(bad)), [])


# -- in and out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_it_comes_goes_and_may_be_repeated(tmp_path: Path, platform: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    _install(tmp_path, platform)
    first = _tree(tmp_path)
    assert any("antigone" in name.lower() for name in first) and not any("tart" in name for name in _logins(first))
    _install(tmp_path, platform)
    assert _tree(tmp_path) == first, "twice is as once"
    _install(tmp_path, platform, autostart=True)
    (login,) = _logins(_tree(tmp_path))
    assert b"--no-browser" in _tree(tmp_path)[login]
    _install(tmp_path, platform)
    assert login in _tree(tmp_path), "left as it is when nothing is said about it"
    _install(tmp_path, platform, autostart=False)
    assert _tree(tmp_path) == first
    _install(tmp_path, platform, autostart=True)
    capsys.readouterr()
    _install(tmp_path, platform, remove=True)
    assert _tree(tmp_path) == {"kept.txt": b"mine"}
    assert "no longer in the menu" in capsys.readouterr().out
    _install(tmp_path, platform, remove=True)
    assert capsys.readouterr().out == "Nothing was there.\n"


def _logins(tree: Mapping[str, bytes]) -> list[str]:
    return [name for name in tree if any(word in name for word in ("autostart", "Startup", "LaunchAgents"))]


def test_the_folders_of_the_environment_are_used_and_none_else(tmp_path: Path) -> None:
    places = {"XDG_DATA_HOME": str(tmp_path / "d"), "XDG_CONFIG_HOME": str(tmp_path / "c"), "ANTIGONE_HOME": "rel"}
    _install(tmp_path / "home", environment=places, autostart=True)
    written = set(_tree(tmp_path))
    assert {"d/applications/antigone.desktop", "c/autostart/antigone.desktop"} <= written
    assert not any(name.startswith("home") for name in written)
    assert f"ANTIGONE_HOME={Path.cwd()}/rel" in (tmp_path / "d/applications/antigone.desktop").read_text()
    _install(tmp_path / "home", environment={**places, "XDG_DATA_HOME": "not/whole"})
    assert (tmp_path / "home/.local/share/applications/antigone.desktop").exists()


def test_icons_go_into_the_theme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = tmp_path / "drawn"
    drawn.mkdir()
    for name in ("antigone.svg", "antigone-48.png", "antigone-256.png", "other.png"):
        (drawn / name).write_bytes(name.encode())
    monkeypatch.setattr(files, "ICONS", drawn)
    _install(tmp_path / "home")
    theme = tmp_path / "home/.local/share/icons/hicolor"
    assert _tree(theme) == {
        "256x256/apps/antigone.png": b"antigone-256.png",
        "48x48/apps/antigone.png": b"antigone-48.png",
        "scalable/apps/antigone.svg": b"antigone.svg",
    }
    (drawn / "antigone-48.png").unlink()  # another version's icon goes as well
    _install(tmp_path / "home", remove=True)
    assert _tree(tmp_path / "home") == {} and not theme.exists()


def test_somebody_elses_file_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / ".local/share/applications/antigone.desktop"
    place.parent.mkdir(parents=True)
    place.write_text("[Desktop Entry]\nName=Another Antigone\n")
    with pytest.raises(UserError, match="not written by Antigone"):
        _install(tmp_path)
    assert list(_tree(tmp_path)) == [".local/share/applications/antigone.desktop"], "nothing else was written"
    _install(tmp_path, remove=True)
    assert "Another" in place.read_text()


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / ".local").write_text("a file where a folder belongs")
    with pytest.raises(UserError, match=r"cannot be written: Not a directory") as told:
        _install(tmp_path)
    assert "run this again" in told.value.remedy
    _install(tmp_path, remove=True)


def test_it_is_for_the_users_own_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install.os, "geteuid", lambda: 0, raising=False)
    with pytest.raises(UserError, match="administrator"):
        _install(tmp_path, environment={"SUDO_USER": "somebody"})
    with pytest.raises(UserError, match="no menu"):
        _install(tmp_path, platform="plan9")
    assert _tree(tmp_path) == {}


# -- the shortcut --------------------------------------------------------------------------------------------------

SCHEMA = """<schemalist>
  <schema id="org.gnome.settings-daemon.plugins.media-keys" path="/org/gnome/settings-daemon/plugins/media-keys/">
    <key name="custom-keybindings" type="as"><default>[]</default></key>
    <key name="screenreader" type="as"><default>['&lt;Alt&gt;&lt;Super&gt;s']</default></key>
  </schema>
  <schema id="org.gnome.settings-daemon.plugins.media-keys.custom-keybinding">
    <key name="name" type="s"><default>''</default></key>
    <key name="command" type="s"><default>''</default></key>
    <key name="binding" type="s"><default>''</default></key>
  </schema>
</schemalist>
"""


@pytest.fixture
def gnome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GNOME's own settings program on settings of this test alone."""
    compiler = shutil.which("glib-compile-schemas")
    if compiler is None or shutil.which("gsettings") is None:
        pytest.skip("gsettings is missing. Install it with: apt install libglib2.0-bin")
    folder = tmp_path / "schemas"
    folder.mkdir()
    (folder / "keys.gschema.xml").write_text(SCHEMA)
    subprocess.run([compiler, folder], check=True)
    monkeypatch.setenv("GSETTINGS_SCHEMA_DIR", str(folder))
    monkeypatch.setenv("GSETTINGS_BACKEND", "keyfile")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))


def _gsettings(*words: str) -> str:
    return subprocess.run(["gsettings", *words], capture_output=True, text=True, check=True).stdout.strip()


def test_a_shortcut_is_set_and_taken_back(tmp_path: Path, gnome: None, capsys: pytest.CaptureFixture[str]) -> None:
    others = "['/others/']"
    _gsettings("set", *shortcut._LIST, others)
    for keys in ("<Super><Alt>a", "<Super><Alt>b"):
        _install(tmp_path / "home", shortcut_keys=keys)
        assert _gsettings("get", *shortcut._LIST) == f"['/others/', '{shortcut._PLACE}']"
        assert _gsettings("get", shortcut._OURS, "binding") == f"'{keys}'"
    command = _gsettings("get", shortcut._OURS, "command")
    assert command == f"'{install.launcher('linux')} --desktop'"
    _install(tmp_path / "home", remove=True)
    assert _gsettings("get", *shortcut._LIST) == others
    assert _gsettings("get", shortcut._OURS, "command") == "''"
    assert "The shortcut was taken back." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("keys", "said"),
    [("a", "is no shortcut"), ("Super+a", "is no shortcut"), ("<Super><Alt>s", "is taken already, by screenreader")],
)
def test_keys_that_will_not_do_are_refused(gnome: None, keys: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        shortcut.bind(keys, "antigone")
    assert _gsettings("get", *shortcut._LIST) == "@as []"


def test_without_gnome_it_is_told_how_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="GNOME only"):
        shortcut.bind("<Super>a", "antigone")
    assert not shortcut.unbind()
    assert "System Settings" in " ".join(shortcut.hints("KDE", "antigone"))
    assert "--shortcut" in " ".join(shortcut.hints("ubuntu:GNOME", "antigone"))
    assert "with this command: antigone" in " ".join(shortcut.hints("", "antigone"))


# -- told without a terminal ---------------------------------------------------------------------------------------


@posix
def test_a_text_is_spoken_and_shown_by_the_first_program_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, body in {
        "spd-say": "exit 1",
        "espeak-ng": 'printf "%s|" "$@" > spoken',
        "espeak": "echo wrong > spoken",
        "notify-send": 'printf "%s|" "$@" > shown',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    text = "--help; $(touch owned) It failed."
    assert tell.speak(text, "linux") and (tmp_path / "spoken").read_text() == f"--|{text}|"
    assert tell.show(text, "linux") and (tmp_path / "shown").read_text().endswith(f"--|Antigone|{text}|")
    assert not (tmp_path / "owned").exists()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert not tell.speak(text, "linux") and not tell.show(text, "linux")
    assert not tell.speak(text, sys.platform + "?")


@posix
def test_the_launcher_without_a_python_says_so_aloud(tmp_path: Path) -> None:
    for name in ("readlink", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    (tmp_path / "espeak-ng").write_text('#!/bin/sh\nprintf "%s" "$*" > "$TOLD"\n')
    (tmp_path / "espeak-ng").chmod(0o755)
    environment = {"PATH": str(tmp_path), "ANTIGONE_VENV": str(tmp_path / "none"), "TOLD": str(tmp_path / "told")}
    command = [shutil.which("sh") or "/bin/sh", install.ROOT / "antigone", "--desktop"]
    assert subprocess.run(command, env=environment, capture_output=True).returncode == 2
    assert "Antigone needs Python" in (tmp_path / "told").read_text()


@posix
def test_what_set_up_says_is_told_too(tmp_path: Path) -> None:
    for name in ("spd-say", "notify-send"):
        (tmp_path / name).write_text(f'#!/bin/sh\nprintf "%s" "$*" >> "{tmp_path}/{name}.told"\n')
        (tmp_path / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    environment["ANTIGONE_VENV"] = "/proc/nowhere/env"
    command = [sys.executable, "-I", install.ROOT / "ui" / "environment.py", "--desktop"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "cannot be written to" in done.stderr
    for name in ("spd-say", "notify-send"):
        assert "cannot be written to" in (tmp_path / f"{name}.told").read_text()
