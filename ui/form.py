"""What Gradio draws: the views' fixed markup in their order, and the settings, which it keeps in the browser."""

from collections.abc import Mapping
from pathlib import Path

from assistant.languages import LANGUAGES, TAGS, catalogue
from assistant.settings import Settings
from ui.gradio_quickly import gradio as gr

MARKUP = Path(__file__).parent / "markup"
LEVELS = {"brief": "brief", "normal": "normal", "full": "full"}
PATIENCE = {"quick": "quick", "normal": "usual", "patient": "patient"}
KEYS = {"alt-shift": "keys_alt_shift", "control-alt": "keys_control_alt", "none": "keys_none"}
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def first_choices(options: Settings) -> dict[str, object]:
    """What is chosen on the page until the user chooses otherwise, in the order of the page."""
    return {
        "screen_reader": not options.speech,
        "autoplay": True,
        "rate": options.speech_rate_wpm,
        "pitch": options.pitch,
        "volume": round(options.volume * 100),
        "verbosity": options.verbosity,
        "confidence": round(options.confidence_threshold * 100),
        "patience": options.patience,
        "earcons": options.earcons,
        "names": False,
        "keys": "alt-shift",
    }


def form(first: dict[str, object]) -> gr.Blocks:
    """Headings, landmarks and views; ui/static gives them behaviour."""
    with gr.Blocks(title="Antigone", analytics_enabled=False, fill_width=False) as blocks:
        _markup("header")
        screen_reader = _check("screen_reader", "screen-reader", first["screen_reader"])
        for name in ("views", "conversation", "pictures", "documents", "memory"):
            _markup(name)
        with gr.Column(elem_id="settings-view"):
            _markup("settings")
            _markup("looks")
            choices = _settings(first)
            _markup("keys")
        _markup("help")
        _markup("dialogs")
        _remember(blocks, [screen_reader, *choices], first)
    return blocks


def sentences() -> gr.I18n:
    """The labels that Gradio draws, in every language of the page."""
    return gr.I18n(
        **{
            TAGS[name]: {key: said for key, said in catalogue(name).items() if key.startswith("settings.")}
            for name in LANGUAGES
        }
    )


def _settings(first: dict[str, object]) -> list[gr.components.Component]:
    """Radio groups in place of dropdowns, which screen readers have a history of trouble with."""
    return [
        _check("autoplay", "autoplay", first["autoplay"]),
        _slide("rate", (80, 500, 10), first["rate"]),
        _slide("pitch", (-12, 12, 1), first["pitch"]),
        _slide("volume", (0, 100, 5), first["volume"]),
        _choose("verbosity", "verbosity", LEVELS, first["verbosity"]),
        _slide("confidence", (0, 100, 5), first["confidence"]),
        _choose("patience", "patience", PATIENCE, first["patience"]),
        _check("earcons", "earcons", first["earcons"]),
        _check("names", "names", first["names"]),
        _choose("keys", "shortcut-keys", KEYS, first["keys"]),
    ]


def _said(key: str) -> str:
    """A sentence of the catalogue as Gradio's marker of it: the browser puts in the words of its language."""
    return str(gr.I18n()(f"settings.{key}"))


def _check(label: str, name: str, value: object) -> gr.Checkbox:
    return gr.Checkbox(value, label=_said(label), elem_id=name, container=False, interactive=True)


def _slide(name: str, range_: tuple[int, int, int], value: object) -> gr.Slider:
    low, high, step = range_
    return gr.Slider(low, high, value, step=step, label=_said(name), elem_id=name, interactive=True, buttons=[])


def _choose(label: str, name: str, choices: Mapping[str, str], value: object) -> gr.Radio:
    said = [(_said(each), choice) for choice, each in choices.items()]
    return gr.Radio(said, value=value, label=_said(label), elem_id=name, interactive=True)


def _remember(blocks: gr.Blocks, choices: list[gr.components.Component], first: dict[str, object]) -> None:
    """Keep the choices in this browser and bring them back when the page is opened again."""
    kept = gr.BrowserState(first, storage_key="antigone-choices", secret="antigone")  # noqa: S106 - hides nothing

    def keep(*values: object) -> dict[str, object]:
        return dict(zip(first, values, strict=True))

    def bring_back(values: dict[str, object] | None) -> list[object]:
        return [(values or {}).get(name, value) for name, value in first.items()]

    blocks.load(bring_back, kept, choices, **_QUIET)
    for choice in choices:
        choice.input(keep, choices, kept, **_QUIET)


def _markup(name: str) -> None:
    """A fixed piece of the page. It is a file of ours, not anybody's text, so it is drawn as it is."""
    text = (MARKUP / f"{name}.html").read_text(encoding="utf-8")
    gr.Markdown(text, sanitize_html=False, container=False, elem_classes="fixed")
