"""antigone describe IMAGE: what a picture shows, or the answer to a question about it."""

import json
from pathlib import Path

from assistant import settings
from assistant.perception import perception
from assistant.sight import seeing


def run(image: Path, question: str | None = None, as_json: bool = False) -> None:
    """Print one short description and what else was seen, or the answer.

    Raises:
        UserError: the picture cannot be opened.
    """
    senses = perception()
    verbosity = settings.load().verbosity
    sight = senses.see(image, question) if question else seeing.describe(senses, image, verbosity)
    if as_json:
        print(json.dumps({"event": "Seen", "source": str(image), "text": sight.text, "more": sight.more,
                          "confidence": round(sight.confidence, 3), "found": sight.found, **sight.data},
                         ensure_ascii=False))  # fmt: skip
        return
    print(sight.text)
    if sight.more and verbosity != "brief":
        print(sight.more)
