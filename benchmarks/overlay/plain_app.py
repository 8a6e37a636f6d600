"""The same application without the template's Sentry set-up: same routes, request ids, settings, logging, resources."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from .api import router
from .logs import configure_logging
from .request_context import RequestContextMiddleware
from .resources import RESOURCES
from .settings import load_settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for resource in RESOURCES:
            await stack.enter_async_context(resource.open(app))
        yield


def create_app() -> FastAPI:
    settings = load_settings()
    configure_logging(settings.log_level)
    app = FastAPI(title="Plain", lifespan=lifespan)
    app.state.settings = settings
    app.add_middleware(RequestContextMiddleware)
    app.include_router(router)
    return app
