"""The application: what it holds open, its middleware, its routes. This file is yours: an update never touches it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import TITLE
from .api import router
from .resources import open_resources
from .sentry import connect
from .settings import Settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with open_resources(app):
        yield


def create_app(settings: Settings) -> FastAPI:
    """Build the application. A process may hold several."""
    app = FastAPI(title=TITLE, lifespan=lifespan)
    app.state.settings = settings
    app.include_router(router)
    # Adds request IDs, and the route that fails on purpose.
    connect(app)
    return app
