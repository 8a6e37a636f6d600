# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Ties an application to Sentry: traces where Sentry is on, the debug route outside production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sentry_sdk

from .asgi import SentryMiddleware
from .debug import router as debug_router
from .sdk import begins_http_spans
from .setup import checked_config

if TYPE_CHECKING:
    from fastapi import FastAPI


def connect(app: FastAPI) -> None:
    """Call it last in `create_app()`: the trace then spans the middleware that was added before."""
    if not checked_config().is_production:
        app.include_router(debug_router)
    if sentry_sdk.get_client().is_active() and not begins_http_spans():
        app.add_middleware(SentryMiddleware)
