"""`antigone settings`: every option with its value, what it takes and what it is for."""

import json

from assistant import settings


def run(as_json: bool) -> None:
    """One line an option.

    Raises:
        UserError: a value in the file or the environment is not allowed.
    """
    values = settings.load().model_dump(mode="json")
    if not as_json:
        print(f"The settings file is {settings.file()}.")
    for name, field in settings.Settings.model_fields.items():
        row = {"name": name, "value": values[name], "allowed": settings.allowed(name), "about": field.description}
        print(json.dumps(row) if as_json else f"{name}: {row['value']}. Takes {row['allowed']}. {row['about']}")
