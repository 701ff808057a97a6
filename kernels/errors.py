"""The one error that is meant for the person using the program.

It lives in the lowest package so that every package above may raise it without importing upwards.
"""


class UserError(Exception):
    """Something went wrong that the user can understand and mend.

    Args:
        text: one plain sentence on what happened.
        remedy: one plain sentence on what to do next.
        exit_code: process exit status where a command ends with this error.
    """

    def __init__(self, text: str, remedy: str, exit_code: int = 2) -> None:
        super().__init__(f"{text} {remedy}")
        self.text = text
        self.remedy = remedy
        self.exit_code = exit_code
