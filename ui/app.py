"""The page: Gradio draws the form, our accessibility layer (ui/static) gives it voice, focus and keys.

Words and choices come in through Gradio's events; what happens goes out through one log of events a conversation
(ui/routes.py), the same events that the voice loop and the terminal consume.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read by Gradio when it is imported

import gradio as gr
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from ui.conversation import Session
from ui.guard import HOSTS, Guard, IndexPage
from ui.private_files import PICTURE_LIMIT_BYTES
from ui.routes import routes
from ui.sessions import COOKIE, Conversations
from ui.sounds import Sounds, Speak

MARKUP = Path(__file__).parent / "markup"
RATES = ["Slow, 140", "Normal, 180", "Fast, 260", "Faster, 360", "Fastest, 500"]
REMEMBERED = {
    "screen_reader": False,
    "autoplay": True,
    "earcons": True,
    "rate": RATES[1],
    "verbosity": "Normal",
    "keys": "Alt and Shift",
}
HEAD = (
    '<meta name="color-scheme" content="light dark">'
    '<link rel="stylesheet" href="/antigone/static/style.css">'
    '<script type="module" src="/antigone/static/page.js"></script>'
)
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def build(open_session: Callable[[], Session], speak: Speak) -> FastAPI:
    """The whole web application.

    Args:
        open_session: makes the agent's side of a new conversation; called on the conversation's own thread.
        speak: text and words a minute to clauses of sound.
    """
    conversations = Conversations(open_session)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        conversations.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    app.state.conversations = conversations
    app.include_router(routes(conversations, Sounds(speak)))
    gr.mount_gradio_app(
        app,
        form(conversations),
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
        head=HEAD,
    )

    def cookie_for(came: str | None) -> str | None:
        return None if conversations.get(came) else conversations.begin()

    app.add_middleware(IndexPage, cookie_for=cookie_for)
    app.add_middleware(Guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*HOSTS, "[::1]"], www_redirect=False)
    return app


def theme() -> gr.themes.Base:
    """Gradio's plainest theme with this machine's own fonts, so that the page asks no other machine for any."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"], text_size=gr.themes.sizes.text_lg)


def form(conversations: Conversations) -> gr.Blocks:
    """What Gradio draws: headings and landmarks, the message box, the settings."""

    def send(text: str, request: gr.Request) -> str:
        conversation = conversations.get(request.cookies.get(COOKIE))
        if conversation is None:
            return text
        conversation.ask(text)
        return ""

    def stop(request: gr.Request) -> None:
        conversation = conversations.get(request.cookies.get(COOKIE))
        if conversation is not None:
            conversation.stop()

    with gr.Blocks(title="Antigone", analytics_enabled=False, fill_width=False) as blocks:
        _markup("header")
        screen_reader = gr.Checkbox(
            False,
            label="I use a screen reader (my own voice stays off)",
            elem_id="screen-reader",
            container=False,
            interactive=True,
        )
        _markup("conversation")
        with gr.Column(elem_id="ask", elem_classes="panel"):
            _markup("ask-heading")
            message = gr.Textbox(
                label="Your message",
                elem_id="message",
                submit_btn="Send",
                stop_btn="Stop",
                max_lines=8,
                interactive=True,
                container=False,
            )
            _markup("add")
        with gr.Column(elem_id="settings", elem_classes="panel"):
            _markup("settings-heading")
            choices = _settings()
        _markup("dialogs")
        message.submit(send, message, message, **_QUIET)
        message.stop(stop, None, None, **_QUIET)
        _remember(blocks, [screen_reader, *choices])
    return blocks


def _settings() -> list[gr.components.Component]:
    """Radio groups in place of dropdowns, which screen readers have a history of trouble with."""
    return [
        gr.Checkbox(True, label="Read answers aloud by themselves", elem_id="autoplay", container=False, interactive=True),
        gr.Checkbox(True, label="Short sounds for listening, questions and errors", elem_id="earcons", container=False,
                    interactive=True),
        gr.Radio(RATES, value=RATES[1], label="Speed of my voice, in words a minute", elem_id="rate", interactive=True),
        gr.Radio(["Brief", "Normal", "Full"], value="Normal", label="How much I say", elem_id="verbosity",
                 interactive=True),
        gr.Radio(["Alt and Shift", "Control and Alt", "No shortcuts"], value="Alt and Shift", label="Keys for shortcuts",
                 elem_id="shortcut-keys", interactive=True),
    ]  # fmt: skip


def _remember(blocks: gr.Blocks, choices: list[gr.components.Component]) -> None:
    """Keep the choices in this browser and bring them back when the page is opened again."""
    names = list(REMEMBERED)
    kept = gr.BrowserState(REMEMBERED, storage_key="antigone", secret="antigone")  # noqa: S106 - hides nothing

    def keep(*values: object) -> dict[str, object]:
        return dict(zip(names, values, strict=True))

    def bring_back(values: dict[str, object] | None) -> list[object]:
        return [(values or {}).get(name, default) for name, default in REMEMBERED.items()]

    blocks.load(bring_back, kept, choices, **_QUIET)
    for choice in choices:
        choice.input(keep, choices, kept, **_QUIET)


def _markup(name: str) -> None:
    """A fixed piece of the page. It is a file of ours, not anybody's text, so it is drawn as it is."""
    text = (MARKUP / f"{name}.html").read_text(encoding="utf-8")
    gr.Markdown(text, sanitize_html=False, container=False, elem_classes="fixed")
