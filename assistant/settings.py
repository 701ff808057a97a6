"""Settings: every option has one name in the settings file, in the environment and on the command line.

    settings.toml       speech_rate_wpm = 300
    environment         ANTIGONE_SPEECH_RATE_WPM=300
    command line        antigone --speech-rate-wpm 300 ask ...

The command line wins over the environment, the environment over the file. The file lies in ANTIGONE_HOME when that
is set, otherwise in the platform's configuration folder. Nothing is read when this module is imported.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from assistant import languages
from kernels.errors import UserError

ENVIRONMENT_PREFIX = "ANTIGONE_"
HEARS_ENGLISH, HEARS_ALL = "whisper-tiny.en", "whisper-base"  # what hears unless another model is chosen


class Settings(BaseSettings):
    """All options with their defaults. Frozen: a change makes a new object."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("antigone", appauthor=False)),
        description="Folder for everything the program keeps: database, pulled models.",
    )
    speech_rate_wpm: int = Field(180, ge=80, le=500, description="Speaking rate in words a minute.")
    voice: str = Field("piper-joe", description="A Piper voice of the table, or an espeak-ng voice such as en-us.")
    volume: float = Field(1.0, ge=0.0, le=1.0, description="Loudness of speech and earcons.")
    pitch: int = Field(0, ge=-12, le=12, description="Pitch of the voice in semitones above its own.")
    speech: bool = Field(True, description="Speak answers; off when a screen reader does.")
    verbosity: Literal["brief", "normal", "full"] = Field("normal", description="How much an answer says.")
    microphone: str = Field("", description="Part of the microphone's name; empty is the system's own choice.")
    loudspeaker: str = Field("", description="Part of the loudspeaker's name; empty is the system's own choice.")
    camera: str = Field("", description="The camera's number or part of its name; empty is the first one.")
    echo: Literal["auto", "headphones"] = Field(
        "auto", description="Take the program's own voice out of the microphone, or not: headphones let none through."
    )
    earcons: bool = Field(True, description="Short sounds for listening, thinking, tool, consent, error and done.")
    language: languages.Language = Field(
        default_factory=languages.of_system, description="Language of the program's own sentences."
    )
    hearing_model: str = Field(
        default_factory=lambda given: HEARS_ALL if given.get("language") in ("es", "pt") else HEARS_ENGLISH,
        description="Model that recognises speech.",
    )
    patience: Literal["quick", "normal", "patient"] = Field(
        "normal", description="How long a pause may last before a spoken request counts as finished."
    )
    wake_word: Literal["", "okay_nabu", "hey_jarvis", "alexa", "hey_mycroft"] = Field(
        "", description="Listen only after these words; empty listens always."
    )
    language_model: str = Field("smollm2-135m", description="Language model, which weighs close steps.")
    planner: Literal["tuned", "model", "endpoint"] = Field(
        "tuned", description="What reads a request whole: the tuned model, language_model, or the model server."
    )
    weigh_steps: bool = Field(True, description="Ask the language model where steps are close; off saves seconds.")
    allow_outside: bool = Field(False, description="Let tools leave this machine, asking each time.")
    endpoint_address: str = Field(
        "", max_length=300, description="A model server that speaks chat completions, such as http://127.0.0.1:8080/v1."
    )
    endpoint_model: str = Field("", max_length=200, description="The model's name there; empty takes its first.")
    search_address: str = Field("", max_length=300, description="A SearXNG server for web searches; none by default.")
    hub_address: str = Field("", description="Where models are pulled from; empty is Hugging Face, or HF_ENDPOINT.")
    offer_routines: bool = Field(True, description="Offer, once, what you do again and again; off offers nothing.")
    audit_text: bool = Field(False, description="Keep the words of requests in the audit log, not only their length.")
    confidence_threshold: float = Field(0.6, ge=0.0, le=1.0, description="Below this an answer says it is unsure.")
    day_first: bool = Field(True, description="08/12 is 8 December; off: August 12.")
    arithmetic: Literal["auto", "float32", "bfloat16", "int8", "int4"] = Field(
        "auto", description="Numbers the language model computes in; auto takes what this processor is quick at."
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where models are computed; cuda is an NVIDIA GPU.")
    memory_limit_mb: int = Field(0, ge=0, le=999_999, description="Most memory for models; 0 takes what is free.")
    port: int = Field(7860, ge=1, le=65535, description="Where the page is served; the next free one when it is taken.")
    threads: int = Field(0, ge=0, le=256, description="Processor threads for the models; 0 uses all cores.")

    @field_validator("home")
    @classmethod
    def _whole_path(cls, home: Path) -> Path:
        """The same folder for every part of the program, wherever it was started."""
        return home.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, then environment, then file; no .env files and no secrets folder."""
        return init_settings, env_settings, _FileSource(settings_cls)


class _FileSource(PydanticBaseSettingsSource):
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False  # __call__ answers for all fields at once

    def __call__(self) -> dict[str, Any]:
        return _read(file())


def file() -> Path:
    """Where the settings file is looked for; it need not exist."""
    home = os.environ.get("ANTIGONE_HOME")
    folder = Path(home) if home else Path(platformdirs.user_config_dir("antigone", appauthor=False))
    return folder / "settings.toml"


def load(overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings in force.

    Args:
        overrides: options from the command line; those that are None count as not given.

    Raises:
        UserError: an option is unknown or its value is not allowed; the sentence names it and what is.
    """
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise _explain(error, given) from None


def home() -> Path:
    """The data folder, without reading the other options where ANTIGONE_HOME says it."""
    fixed = os.environ.get("ANTIGONE_HOME")
    return Path(fixed).expanduser().absolute() if fixed else load().home


def name_of(option: str) -> tuple[str | None, str | None]:
    """Which setting a command-line option means, and its value where the option itself says it (--no-earcons)."""
    name = option.removeprefix("--").replace("-", "_")
    field = Settings.model_fields.get(name)
    if field is not None:
        return name, "true" if field.annotation is bool else None
    negated = Settings.model_fields.get(name.removeprefix("no_"))
    if name.startswith("no_") and negated is not None and negated.annotation is bool:
        return name.removeprefix("no_"), "false"
    return None, None


def put_in_environment(name: str, value: str) -> None:
    """Let this process and its children see a setting that was given on the command line.

    Raises:
        UserError: the value is not allowed.
    """
    load({name: value})
    os.environ[ENVIRONMENT_PREFIX + name.upper()] = value


def allowed(name: str) -> str:
    """The values an option takes, in words."""
    field = Settings.model_fields[name]
    if get_args(field.annotation):
        return "one of " + ", ".join(map(str, get_args(field.annotation)))
    if field.annotation is bool:
        return "true or false"
    low, high = (_bound(field, "ge"), _bound(field, "le"))
    if low is not None:
        return f"a {'whole ' if field.annotation is int else ''}number from {low:g} to {high:g}"
    return "a folder" if field.annotation is Path else "a name"


def _bound(field: FieldInfo, kind: str) -> float | None:
    return next((getattr(item, kind) for item in field.metadata if hasattr(item, kind)), None)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):  # the data folder itself is refused with its own sentence
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(
            f"The settings file {path} isn't valid TOML: {error}.", "Mend that line or delete it."
        ) from None
    except OSError as error:
        raise UserError(
            f"The settings file {path} cannot be read: {error.strerror}.", "Make it a readable file, or delete it."
        ) from None


def _unknown(said: str) -> UserError:
    names = ", ".join(Settings.model_fields)
    return UserError(f"There is no setting for {said}.", f"Take it out, or use one of: {names}.")


def _explain(error: ValidationError, given: Mapping[str, Any]) -> UserError:
    first = error.errors()[0]
    name = str(first["loc"][0]).lower().removeprefix(ENVIRONMENT_PREFIX.lower())
    variable = ENVIRONMENT_PREFIX + name.upper()
    if name not in Settings.model_fields:
        return _unknown(f"the name {name} in {file()}")
    if name in given:
        where = "on the command line"
    else:
        where = f"in the environment ({variable})" if os.environ.get(variable) else f"in {file()}"
    return UserError(
        f"The setting {name} is {first['input']!r} {where}, which is not allowed.", f"Give {allowed(name)}."
    )
