"""Which models of the table recognise speech. Apart from hearing.py so that a wrong name is told before torch loads."""

from assistant.model_table import MODELS, Model
from kernels.errors import UserError

TASK = "hearing"


def find_recogniser(name: str) -> Model:
    """The speech recogniser with this name or short name ("tiny.en", "base").

    Raises:
        UserError: there is none; the remedy lists the names.
    """
    recognisers = [model for model in MODELS if model.task == TASK]
    wanted = name.strip().lower()
    for model in recognisers:
        if wanted == model.name or wanted in model.aliases:
            return model
    names = ", ".join(model.name for model in recognisers if not model.missing)
    raise UserError(f"There is no speech recogniser named {name}.", f"Use one of these: {names}.")
