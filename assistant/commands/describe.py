"""antigone describe IMAGE: what a picture shows, or the answer to a question about it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant import settings
from assistant.perception import perception
from assistant.resolve import Resolved, resolve
from assistant.sight import seeing
from assistant.sight.sandbox import sandbox
from kernels.errors import UserError


def run(
    image: Path,
    question: str | None = None,
    model: str | None = None,
    labels: str | None = None,
    as_json: bool = False,
) -> None:
    """Print one short description and what else was seen, or the answer; by a captioner if one is named.

    Raises:
        UserError: the picture cannot be opened, or the model is unknown, wrong for this, or damaged.
    """
    verbosity = settings.load().verbosity
    if model is not None:
        _by_model(image, question, resolve(model, "seeing"), labels, as_json, brief=verbosity == "brief")
        return
    if labels is not None:
        raise UserError("Labels are for a model that compares.", "Add --model with a CLIP or SigLIP.")
    senses = perception()
    sight = senses.see(image, question) if question else seeing.describe(senses, image, verbosity)
    if as_json:
        print(json.dumps({"event": "Seen", "source": str(image), "text": sight.text, "more": sight.more,
                          "confidence": round(sight.confidence, 3), "found": sight.found, **sight.data},
                         ensure_ascii=False))  # fmt: skip
        return
    print(sight.text)
    if sight.more and verbosity != "brief":
        print(sight.more)


def _by_model(
    image: Path, question: str | None, found: Resolved, labels: str | None, as_json: bool, *, brief: bool
) -> None:
    """The words of a published model, as they come. They are a guess, and that is said."""
    if found.family is None or found.folder is None:
        raise UserError(f"{found.name} is not a model that describes pictures.", "Give a captioner's folder.")
    picture = sandbox().picture(image)  # a wrong file is told before torch and the model are loaded
    loaded = found.family.load(found.folder)
    if hasattr(loaded, "rank"):
        _print_ranks(image, found.name, loaded.rank(picture, _words(found.name, question, labels)), as_json)
        return
    if labels is not None:
        raise UserError(f"{found.name} speaks in its own words.", "Leave --labels out, or give a CLIP or SigLIP.")
    pieces: Iterator[str] = loaded.caption(picture) if question is None else loaded.answer(picture, question)
    if as_json:
        text = "".join(pieces).strip()
        print(
            json.dumps({"event": "Seen", "source": str(image), "text": text, "model": found.name}, ensure_ascii=False)
        )
        return
    said = False
    for piece in pieces:
        print(piece, end="", flush=True)
        said = said or bool(piece.strip())
    print("" if said else f"{found.name} says nothing about this picture.")
    if said and not brief:
        print(f"This is what {found.name} makes of it. It may be wrong.")


def _words(name: str, question: str | None, labels: str | None) -> list[str]:
    words = [word.strip() for word in (labels or "").split(",") if word.strip()]
    if question is not None or not words:
        raise UserError(
            f"{name} chooses between words and says none of its own.",
            'Leave --question out, and give the words: --labels "a letter, a bill, a photo".',
        )
    return words


def _print_ranks(image: Path, name: str, ranks: list[tuple[str, float]], as_json: bool) -> None:
    if as_json:
        found: list[dict[str, Any]] = [{"label": label, "chance": round(chance, 4)} for label, chance in ranks]
        event = {"event": "Seen", "source": str(image), "text": ranks[0][0], "labels": found, "model": name}
        print(json.dumps(event, ensure_ascii=False))
        return
    for label, chance in ranks:
        print(f"{label}: {round(100 * chance)} percent")
