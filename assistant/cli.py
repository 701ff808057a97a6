"""The command line. Each command's body lives in assistant/commands/ and is imported when it is called."""

import atexit
import functools
import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from typer.core import TyperGroup

from assistant.commands.groups import endpoint_app, mcp_app
from assistant.commands.groups_documents import documents_app
from assistant.commands.groups_memory import audit_app, memory_app
from kernels.errors import UserError


class Commands(TyperGroup):
    """The commands, before which any setting may be given by its name: antigone --speech-rate-wpm 300 say hello."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the settings out of the words before the command; the rest is typer's."""
        flags = {name: getattr(p, "is_flag", False) for p in self.get_params(ctx) for name in p.opts}
        return super().parse_args(ctx, _take_settings(args, flags))


def _take_settings(words: list[str], own: Mapping[str, bool]) -> list[str]:
    """Put the settings among the leading options into this process's environment, where the file is overruled."""
    rest: list[str] = []
    left = list(words)
    while left and left[0].startswith("--") and left[0] != "--":
        option, given, value = left[0].partition("=")
        if option in own:  # typer's: the option, and its value in the next word unless it is a flag
            count = 1 if own[option] or given else 2
            rest, left = rest + left[:count], left[count:]
            continue
        from assistant import settings  # only now: it takes a moment to import

        name, spoken = settings.name_of(option)
        if name is None:
            break
        left.pop(0)
        if not given and spoken is None:
            value = left.pop(0) if left else ""
        try:
            settings.put_in_environment(name, value if given or spoken is None else spoken)
        except UserError as error:
            print(f"{error.text} {error.remedy}", file=sys.stderr)
            raise SystemExit(error.exit_code) from None
    return rest + left


app = typer.Typer(
    cls=Commands,
    name="antigone",
    help="An assistant that hears, sees, reads and answers aloud. Offline by default.",
    no_args_is_help=False,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models_app = typer.Typer(help="List, check, fetch and remove models.", rich_markup_mode=None)
app.add_typer(models_app, name="models")
app.add_typer(documents_app, name="documents")
app.add_typer(mcp_app, name="mcp")
app.add_typer(endpoint_app, name="endpoint")
app.add_typer(memory_app, name="memory")
app.add_typer(audit_app, name="audit")


def run(command: str, function: str = "run", /, **options: Any) -> None:
    """Call a command's body, which is imported now; what it raises becomes plain sentences."""
    options = {name: _text(value) if isinstance(value, str) else value for name, value in options.items()}
    told(lambda: getattr(importlib.import_module(f"assistant.commands.{command}"), function)(**options))


def told(body: Callable[..., object], **options: Any) -> None:
    """Call a command's body; a UserError becomes two plain sentences and its exit code."""
    take_interrupts()
    try:
        body(**options)
    except UserError as error:
        print(f"{error.text} {error.remedy}", file=sys.stderr)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        print("Stopped. Nothing was lost.", file=sys.stderr)
        raise typer.Exit(130) from None
    except BrokenPipeError:  # whoever read our lines has heard enough
        raise typer.Exit(0) from None
    except typer.Exit:
        raise
    except Exception as error:
        print(unforeseen(error), file=sys.stderr)
        raise typer.Exit(1) from None
    finally:
        _end_in_peace()


@functools.cache
def _end_in_peace() -> None:
    """Once the work is done Control and C have nothing to stop, and what tidies up at the very end is not cut short.

    Registered last, so done before all that is registered already.
    """
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)


def take_interrupts() -> None:
    """Let Control and C raise KeyboardInterrupt from now on, unless this process was started deaf to it."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _text(word: str) -> str:
    """A word of the command line without the bytes that are no text; those of file names are kept elsewhere."""
    return word.encode("utf-8", "replace").decode("utf-8")


def unforeseen(error: Exception) -> str:
    """Our own mistake in a sentence; the details go to a file, where they don't have to be listened to."""
    from assistant import settings

    details = "".join(traceback.format_exception(error))
    said = f"Something went wrong inside Antigone ({type(error).__name__}). What was kept before is as it was."
    try:
        path = settings.home() / "last-error.txt"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(path, "w", encoding="utf-8", opener=_privately) as file:
            file.write(details)
    except (OSError, UserError):
        return f"{said} Please tell the makers:\n{details}"
    return f"{said} Try again; if it happens again, send the makers {path}."


def _privately(path: str, flags: int) -> int:
    """Opens a file that only its owner may read: what went wrong may name what the user asked."""
    return os.open(path, flags, 0o600)


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]


@app.command()
def ask(
    text: Annotated[Optional[str], typer.Argument(help="The request in words.")] = None,
    audio: Annotated[Optional[Path], typer.Option(help="A recording of the request.")] = None,
    image: Annotated[Optional[list[Path]], typer.Option(help="A picture or PDF it is about.")] = None,
    speak: Annotated[Optional[Path], typer.Option(help="Write the spoken answer to this WAV file.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Consent in advance to what the request changes.")] = False,
    model: Annotated[
        Optional[str], typer.Option(help="Language model: a name, OWNER/NAME, a folder or a GGUF file.")
    ] = None,
    json: Json = False,
) -> None:
    """Take one request through the agent."""
    run("ask", text=text, audio=audio, images=image or [], speak=speak, yes=yes, model=model, as_json=json)


@app.command()
def transcribe(
    files: list[Path],
    model: Annotated[Optional[str], typer.Option(help="Of: antigone models list; or a folder.")] = None,
    language: Annotated[Optional[str], typer.Option(help="Language code; detected when left out.")] = None,
    translate: Annotated[bool, typer.Option("--translate", help="Into English (multilingual models).")] = False,
    timestamps: Annotated[bool, typer.Option("--timestamps", help="Begin each line with its time.")] = False,
    beam: Annotated[int, typer.Option(help="Beam width; 1 is greedy.")] = 1,
    live: Annotated[bool, typer.Option("--live", help="Show words as soon as they are stable.")] = False,
    exact: Annotated[bool, typer.Option("--exact", help="Slower: every window in full and in float32.")] = False,
    json: Json = False,
) -> None:
    """Write down what is said in recordings; - is sound that is piped in, WAV or raw 16-bit at 16 kHz."""
    run("transcribe", file=files[0], more=files[1:], exact=exact, model=model, language=language, translate=translate,
        timestamps=timestamps, beam=beam, as_json=json, live=live)  # fmt: skip


@app.command()
def read(file: Path, json: Json = False) -> None:
    """Read a picture or PDF word for word, in reading order."""
    run("read", file=file, as_json=json)


@app.command()
def describe(
    image: Path,
    question: Annotated[Optional[str], typer.Option(help="What you want to know about it.")] = None,
    model: Annotated[
        Optional[str], typer.Option(help="A captioner: OWNER/NAME that was pulled, or the folder of one.")
    ] = None,
    labels: Annotated[
        Optional[str], typer.Option(help="Words to choose from, with commas between; for CLIP and SigLIP.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what a picture shows."""
    run("describe", image=image, question=question, model=model, labels=labels, as_json=json)


@app.command()
def say(
    text: str,
    out: Annotated[Optional[Path], typer.Option(help="Write a WAV file in place of playing it.")] = None,
    rate: Annotated[Optional[int], typer.Option(help="Words a minute, 80 to 500.")] = None,
) -> None:
    """Speak a text."""
    run("say", text=text, out=out, rate=rate)


@app.command()
def voice(
    input: Annotated[Optional[Path], typer.Option(help="A recording in the place of the microphone.")] = None,
    output: Annotated[Optional[Path], typer.Option(help="A WAV file in the place of the loudspeaker.")] = None,
    push_to_talk: Annotated[bool, typer.Option("--push-to-talk", help="Enter begins and ends what you say.")] = False,
    json: Json = False,
) -> None:
    """Talk hands-free; Control C ends. "Stop", "wait", "repeat", "slower", "spell that" work at any moment."""
    run("voice", input=input, output=output, push_to_talk=push_to_talk, as_json=json)


@app.command()
def settings(json: Json = False) -> None:
    """Every setting: name, value, what it takes. Any of them may stand before a command: --its-name VALUE."""
    run("settings", as_json=json)


@app.command()
def doctor(
    quiet: Annotated[bool, typer.Option("--quiet", help="Make no sound and don't listen.")] = False,
    json: Json = False,
) -> None:
    """Test microphone, loudspeaker, models, disk, processor, page and network; say what is wrong and how to mend it."""
    run("doctor", as_json=json, quiet=quiet)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context, name: str) -> None:
    """Run one of the benchmarks; options after its name go to it."""
    run("bench", name=name, arguments=list(context.args))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run the checks and the whole test suite (from the program's folder); options go to pytest."""
    run("test", arguments=list(context.args))


@models_app.command("list")
def models_list(json: Json = False) -> None:
    """Every model: task, package, size, licence and whether it is here."""
    run("models", "list_models", as_json=json)


@models_app.command("verify")
def models_verify(name: Annotated[Optional[str], typer.Argument()] = None) -> None:
    """Check every file of the models that are here against its SHA-256."""
    run("models", "verify", name=name)


@models_app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="A name of the list, or OWNER/NAME[@REVISION] on the hub.")],
    accept_licence: Annotated[Optional[str], typer.Option(help="The terms of a gated model, by their name.")] = None,
    json: Json = False,
) -> None:
    """Fetch a model that is not part of the set-up; what was begun before goes on."""
    run("models", "pull", name=name, accept_licence=accept_licence, as_json=json)


@models_app.command("remove")
def models_remove(
    name: str, yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it may go.")] = False
) -> None:
    """Delete a model's files."""
    run("models", "remove", name=name, yes=yes)


@models_app.command("login")
def models_login() -> None:
    """Keep your token for the hub in this system's keyring."""
    run("models", "login")


@models_app.command("logout")
def models_logout() -> None:
    """Take your token for the hub out of the keyring."""
    run("models", "logout")
