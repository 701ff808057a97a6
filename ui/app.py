"""The page: Gradio draws the form, our accessibility layer (ui/static) gives it voice, focus and keys.

Words and choices come in through Gradio's events; what happens goes out through one log of events a conversation
(ui/routes.py), the same events that the voice loop and the terminal consume.
"""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read by Gradio when it is imported

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from assistant import settings
from assistant.languages import LANGUAGES, TAGS, catalogue
from assistant.settings import Settings
from kernels.errors import UserError
from ui import install
from ui.conversation import Session
from ui.guard import HOSTS, Guard
from ui.index_page import IndexPage
from ui.languages import chooser, words
from ui.private_files import PICTURE_LIMIT_BYTES
from ui.routes import Data, data_routes, routes
from ui.sessions import COOKIE, Conversations
from ui.sounds import Sounds, Speak

MARKUP = Path(__file__).parent / "markup"
RATES = [140, 180, 260, 360, 500]  # words a minute
LEVELS = ["brief", "normal", "full"]
KEYS = ["alt-shift", "control-alt", "none"]
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def build(
    open_session: Callable[[], Session], speak: Speak, options: Settings | None = None, data: Data | None = None
) -> FastAPI:
    """The whole web application.

    Args:
        open_session: makes the agent's side of a new conversation; called on the conversation's own thread.
        speak: text and words a minute to clauses of sound.
        options: settings that the page's choices begin with; None for those in force.
        data: export and deletion of what is remembered; None leaves these two addresses out.
    """
    conversations = Conversations(open_session)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        conversations.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    app.state.conversations = conversations

    @app.exception_handler(UserError)
    def told(_: Request, error: UserError) -> PlainTextResponse:
        return PlainTextResponse(f"{error.text} {error.remedy}", 422)

    app.include_router(routes(conversations, Sounds(speak)))
    app.include_router(words())
    app.include_router(install.routes())
    if data is not None:
        app.include_router(data_routes(conversations, data))
    options = options or settings.load()
    _mount(app, form(conversations, first_choices(options)))

    def cookie_for(came: str | None) -> str | None:
        return None if conversations.get(came) else conversations.begin()

    app.add_middleware(IndexPage, cookie_for=cookie_for, language_for=chooser(options))
    app.add_middleware(Guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*HOSTS, "[::1]"], www_redirect=False)
    return app


def _mount(app: FastAPI, blocks: gr.Blocks) -> None:
    """Gradio inside our application, with everything off that the page does not use."""
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        server_name="127.0.0.1",
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        allowed_paths=[],
        blocked_paths=["/"],
        show_error=False,
        max_file_size=PICTURE_LIMIT_BYTES,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        pwa=False,
        theme=theme(),
        i18n=sentences(),
    )


def theme() -> gr.themes.Base:
    """Gradio's plainest theme with this machine's own fonts, so that the page asks no other machine for any."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"], text_size=gr.themes.sizes.text_lg)


def sentences() -> gr.I18n:
    """The labels that Gradio draws, in every language of the page."""
    drawn = ("settings.", "page.")
    return gr.I18n(
        **{
            TAGS[name]: {key: said for key, said in catalogue(name).items() if key.startswith(drawn)}
            for name in LANGUAGES
        }
    )


def _said(key: str) -> str:
    """A sentence of the catalogue as Gradio's marker of it: the browser puts in the words of its language."""
    return str(gr.I18n()(key))


def first_choices(options: Settings) -> dict[str, object]:
    """What is chosen on the page until the user chooses otherwise, in the order of the page."""
    return {
        "screen_reader": not options.speech,
        "autoplay": True,
        "names": False,
        "earcons": options.earcons,
        "rate": min(RATES, key=lambda rate: abs(rate - options.speech_rate_wpm)),
        "verbosity": options.verbosity,
        "keys": KEYS[0],
    }


def form(conversations: Conversations, first: dict[str, object]) -> gr.Blocks:
    """What Gradio draws: headings and landmarks, the message box, the settings."""

    def send(text: str, request: gr.Request) -> None:
        conversation = conversations.get(request.cookies.get(COOKIE))
        if conversation is not None:
            conversation.ask(text)  # ui/static/draft.js empties the box

    def stop(request: gr.Request) -> None:
        conversation = conversations.get(request.cookies.get(COOKIE))
        if conversation is not None:
            conversation.stop()

    with gr.Blocks(title="Antigone", analytics_enabled=False, fill_width=False) as blocks:
        _markup("header")
        screen_reader = _check("screen_reader", "screen-reader", first["screen_reader"])
        _markup("conversation")
        with gr.Column(elem_id="ask", elem_classes="panel"):
            _markup("ask-heading")
            message = gr.Textbox(
                label=_said("page.message"),
                elem_id="message",
                submit_btn=_said("page.send"),
                stop_btn=_said("page.stop"),
                max_lines=8,
                interactive=True,
                container=False,
            )
            _markup("add")
        with gr.Column(elem_id="settings", elem_classes="panel"):
            _markup("settings-heading")
            choices = _settings(first)
        _markup("dialogs")
        message.submit(send, message, None, **_QUIET)
        message.stop(stop, None, None, **_QUIET)
        _remember(blocks, [screen_reader, *choices], first)
    return blocks


def _settings(first: dict[str, object]) -> list[gr.components.Component]:
    """Radio groups in place of dropdowns, which screen readers have a history of trouble with."""
    return [
        _check("autoplay", "autoplay", first["autoplay"]),
        _check("names", "names", first["names"]),
        _check("earcons", "earcons", first["earcons"]),
        _choose("rate", "rate", {rate: f"rate_{rate}" for rate in RATES}, first["rate"]),
        _choose("verbosity", "verbosity", {level: level for level in LEVELS}, first["verbosity"]),
        _choose("keys", "shortcut-keys", {keys: f"keys_{keys.replace('-', '_')}" for keys in KEYS}, first["keys"]),
    ]


def _check(label: str, name: str, value: object) -> gr.Checkbox:
    return gr.Checkbox(value, label=_said(f"settings.{label}"), elem_id=name, container=False, interactive=True)


def _choose(label: str, name: str, choices: Mapping[str | int, str], value: object) -> gr.Radio:
    said = [(_said(f"settings.{each}"), choice) for choice, each in choices.items()]
    return gr.Radio(said, value=value, label=_said(f"settings.{label}"), elem_id=name, interactive=True)


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
