# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The SDK's Starlette integration, without its middleware: asgi.py does that work for a third of the price."""

from __future__ import annotations

from sentry_sdk.integrations import starlette
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware


class LeanStarletteIntegration(starlette.StarletteIntegration):
    """What remains: errors that a handler answers, such as HTTPException(503), and names and bodies of requests.

    The SDK's own reads the headers of each request three times, and looks the route up in every middleware.
    """

    @staticmethod
    def setup_once() -> None:
        application, middleware = Starlette.__call__, Middleware.__init__
        starlette.StarletteIntegration.setup_once()
        capture_handled_errors = getattr(starlette, "patch_exception_middleware", None)
        if capture_handled_errors is not None:
            Starlette.__call__ = application  # type: ignore[method-assign]
            Middleware.__init__ = middleware  # type: ignore[method-assign]
            # What Middleware would have done to this one.
            capture_handled_errors(ExceptionMiddleware)
