# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The application: routes, what it opens at start-up, what it closes at the end."""

from __future__ import annotations

from fastapi import FastAPI

from . import TITLE
from .api import router
from .lifespan import lifespan
from .request_context import RequestContextMiddleware
from .sentry.connect import connect
from .settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Build the application. Several in one process do not get into each other's way."""
    app = FastAPI(title=TITLE, lifespan=lifespan)
    app.state.settings = settings
    app.add_middleware(RequestContextMiddleware)
    app.include_router(router)
    connect(app)
    return app
