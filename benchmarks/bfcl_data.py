"""The data of the Berkeley Function Calling Leaderboard: read from the bfcl-eval distribution, which is never imported.

python -m pip install --no-deps bfcl-eval==2026.3.23        # Apache-2.0; only its data files are read
"""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from kernels.errors import UserError

DISTRIBUTION = "bfcl-eval"
CATEGORIES = ("simple_python", "multiple", "irrelevance", "multi_turn_base")
_FILES = {  # class of a conversation -> the file that describes its functions
    "GorillaFileSystem": "gorilla_file_system", "MathAPI": "math_api", "MessageAPI": "message_api",
    "TwitterAPI": "posting_api", "TicketAPI": "ticket_api", "TradingBot": "trading_bot",
    "TravelAPI": "travel_booking", "VehicleControlAPI": "vehicle_control",
}  # fmt: skip
_TYPES = {"dict": "object", "float": "number", "tuple": "array", "any": "string"}


@dataclass(frozen=True)
class Case:
    """One request with the functions that may be called for it.

    Attributes:
        words, history: the request, and the conversation before it ({"role", "content"}).
        functions: their descriptions as the data has them.
        answers: the possible calls, {name: {argument: possible values}}; none where no call is due. Of a conversation's
            turn: its true calls in order, one value an argument.
    """

    id: str
    category: str
    words: str
    functions: Sequence[Mapping[str, Any]]
    answers: Sequence[Mapping[str, Any]]
    history: Sequence[Mapping[str, str]] = ()


def folder(given: Path | None) -> Path:
    """The data's folder: of an installed distribution, or an unpacked copy.

    Raises:
        UserError: there is none.
    """
    if given is not None:
        for place in (given, given / "data", given / "bfcl_eval" / "data"):
            if (place / "BFCL_v4_simple_python.json").is_file():
                return place
        raise UserError(f"There is no BFCL data in {given}.", "Give the folder that bfcl-eval was unpacked into.")
    try:
        files = metadata.files(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "BFCL_v4_simple_python.json" and file.parent.name == "data":
            return Path(str(file.locate())).parent
    raise UserError(
        f"The package {DISTRIBUTION} is not installed.",
        f"Install its data with: python -m pip install --no-deps {DISTRIBUTION}; or give --data FOLDER.",
    )


def cases(data: Path, category: str) -> list[Case]:
    """The cases of a category; a conversation of multi_turn_base is one case a turn."""
    rows = _lines(data / f"BFCL_v4_{category}.json")
    answers_file = data / "possible_answer" / f"BFCL_v4_{category}.json"
    answers = {row["id"]: row["ground_truth"] for row in _lines(answers_file)} if answers_file.exists() else {}
    if category == "multi_turn_base":
        documents = {name: _lines(data / "multi_turn_func_doc" / f"{file}.json") for name, file in _FILES.items()}
        return [case for row in rows for case in _turns(row, answers[row["id"]], documents)]
    return [
        Case(row["id"], category, row["question"][0][-1]["content"], row["function"], answers.get(row["id"], ()),
             row["question"][0][:-1])
        for row in rows
    ]  # fmt: skip


def _turns(
    row: Mapping[str, Any], truth: Sequence[Sequence[str]], documents: Mapping[str, list[dict[str, Any]]]
) -> list[Case]:
    """Each turn after the true calls of those before it; the calls' results are not known here."""
    functions = [one for name in row["involved_classes"] for one in documents[name]
                 if one["name"] not in row.get("excluded_function", ())]  # fmt: skip
    parameters = {one["name"]: list(one["parameters"]["properties"]) for one in functions}
    history: list[dict[str, str]] = []
    found = []
    for number, (messages, calls) in enumerate(zip(row["question"], truth, strict=True)):
        words = " ".join(message["content"] for message in messages)
        answers = [_parsed(call, parameters) for call in calls]
        found.append(Case(f"{row['id']}/{number}", "multi_turn_base", words, functions, answers, tuple(history)))
        history += [{"role": "user", "content": words}, {"role": "assistant", "content": "\n".join(calls) or "none"}]
    return found


def _parsed(call: str, parameters: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """ "cd(folder='x')" as {"cd": {"folder": "x"}}; arguments by place get their names."""
    tree = ast.parse(call, mode="eval").body
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise ValueError(f"not a call: {call}")
    name = tree.func.id
    named = dict(zip(parameters.get(name, ()), map(ast.literal_eval, tree.args), strict=False))
    named |= {keyword.arg: ast.literal_eval(keyword.value) for keyword in tree.keywords if keyword.arg}
    return {name: named}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def shown_name(name: str) -> str:
    """A function's name as it is shown to a model: no dots, as the leaderboard does for models that have none."""
    return name.replace(".", "_")


def schema(about: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter's description as JSON schema: the data's own types (dict, float, tuple, any) become JSON's."""
    made = {key: value for key, value in about.items() if key in ("description", "enum", "default", "required")}
    made["type"] = _TYPES.get(about.get("type", "string"), about.get("type", "string"))
    if isinstance(about.get("properties"), Mapping):
        made["properties"] = {name: schema(one) for name, one in about["properties"].items()}
    if isinstance(about.get("items"), Mapping):
        made["items"] = schema(about["items"])
    return made


def tool_of(function: Mapping[str, Any]) -> dict[str, Any]:
    """A function of the data as a brain reads it (assistant.brains.base.ToolSchema)."""
    return {"name": shown_name(function["name"]), "description": function["description"],
            "parameters": schema(function["parameters"])}  # fmt: skip
