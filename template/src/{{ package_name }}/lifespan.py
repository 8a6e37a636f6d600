# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What the application holds open while it runs: resources first, Sentry last to go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import Context
from typing import Any

import sentry_sdk
from fastapi import FastAPI

from .resources import RESOURCES
from .sentry.setup import close_sentry


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    asyncio.get_running_loop().set_exception_handler(_log_in_the_context_of_the_task)
    try:
        async with AsyncExitStack() as stack:
            # A scope of its own: what a resource or its tasks tell Sentry is nothing that a request should inherit.
            stack.enter_context(sentry_sdk.isolation_scope())
            for resource in RESOURCES:
                await stack.enter_async_context(resource.open(app))
            yield
    finally:
        # Sending is blocking I/O, bounded in time.
        await asyncio.to_thread(close_sentry)


def _log_in_the_context_of_the_task(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A task that fails and is awaited by nobody belongs to the request that started it.

    Its log record becomes the event, with the scope of the context that it is written in. Before Python 3.12 a task
    does not tell its context; then the event names no request rather than the wrong one.
    """
    get_context = getattr(context.get("future"), "get_context", Context)
    get_context().run(loop.default_exception_handler, context)
