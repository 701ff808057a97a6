"""The page: Gradio draws the form, our accessibility layer (ui/static) gives it voice, focus and keys.

Words and choices come in through routes of our own; what happens goes out through one log of events a conversation
(ui/routes.py), the same events that the voice loop and the terminal consume.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from assistant import settings
from assistant.settings import Settings
from kernels.errors import UserError
from ui import install
from ui.conversation import Session
from ui.form import first_choices, form, sentences
from ui.gradio_quickly import gradio as gr
from ui.guard import HOSTS, Guard
from ui.index_page import IndexPage
from ui.languages import chooser, words
from ui.private_files import PICTURE_LIMIT_BYTES
from ui.routes import Data, data_routes, routes
from ui.routes_ask import ask_routes
from ui.routes_documents import document_routes
from ui.routes_kept import kept_routes
from ui.routes_look import look_routes
from ui.routes_memory import memory_routes
from ui.sessions import Conversations
from ui.socket_limits import Limits
from ui.socket_line import OpenLoop
from ui.sounds import Sounds, Speak
from ui.voice_socket import voice_routes


def build(
    open_session: Callable[[], Session],
    speak: Speak,
    options: Settings | None = None,
    data: Data | None = None,
    open_loop: OpenLoop | None = None,
    limits: Limits | None = None,
) -> FastAPI:
    """The whole web application.

    Args:
        open_session: makes the agent's side of a new conversation; called on the conversation's own thread.
        speak: a text and how it is said to clauses of sound.
        options: settings that the page's choices begin with; None for those in force.
        data: what is remembered, its export and deletion; None leaves these addresses out.
        open_loop: makes the voice loop of a talk; None leaves hands-free talking out.
        limits: of the sockets through which that goes.
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

    _route(app, conversations, speak, data)
    if open_loop is not None:
        app.include_router(voice_routes(conversations, open_loop, limits))
    options = options or settings.load()
    _mount(app, form(first_choices(options)))

    def cookie_for(came: str | None) -> str | None:
        return None if conversations.get(came) else conversations.begin()

    app.add_middleware(IndexPage, cookie_for=cookie_for, language_for=chooser(options))
    app.add_middleware(Guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*HOSTS, "[::1]"], www_redirect=False)
    return app


def _route(app: FastAPI, conversations: Conversations, speak: Speak, data: Data | None) -> None:
    """The page's own addresses."""
    app.include_router(routes(conversations, Sounds(speak)))
    for part in (ask_routes, document_routes, look_routes):
        app.include_router(part(conversations))
    app.include_router(words())
    app.include_router(install.routes())
    if data is not None:
        app.include_router(data_routes(conversations, data))
        app.include_router(memory_routes(conversations, data))
        app.include_router(kept_routes(conversations, data))


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
