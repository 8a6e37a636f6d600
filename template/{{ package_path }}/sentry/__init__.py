"""The Sentry layer of this service. This folder belongs to the template: extend it in
sentry_custom.py, beside it.

For everything else, use the SDK: `sentry_sdk.capture_exception`, `set_tag`, `set_context`,
`add_breadcrumb`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NoReturn

from .config import checked_config

# isort: split
# What follows needs the packages that config.py has looked for.
import sentry_sdk

from . import sdk
from .middleware import SentryMiddleware, close_sentry
from .setup import init_sentry, restart_sentry

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["close_sentry", "connect", "identify_user", "init_sentry", "restart_sentry", "span"]


def connect(app: Starlette) -> None:
    """Give each request an `X-Request-ID`, and outside production add `GET /sentry-debug`.

    Args:
        app: a FastAPI or Starlette application.
    """
    if not checked_config().is_production:
        app.add_route("/sentry-debug", sentry_debug, include_in_schema=False)
    if not sentry_sdk.get_client().is_active():
        # Where Sentry is on, init_sentry() has put the middleware around all applications.
        build = app.build_middleware_stack
        app.build_middleware_stack = lambda: SentryMiddleware(build())  # type: ignore[method-assign]


async def sentry_debug(request: object) -> NoReturn:
    """Fail on purpose, to see an error arrive."""
    raise ZeroDivisionError("division by zero")


def identify_user(
    user_id: str | int,
    *,
    username: str | None = None,
    email: str | None = None,
    ip_address: str | None = None,
) -> None:
    """Attach a user to everything that the current request reports, so that Sentry counts affected
    users.

    What is sent depends on the policy: nothing under `strict`, a keyed hash of the ID under
    `pseudonymous`, and everything under `full`. The ID should stay the same for the same user.
    """
    user = {"id": str(user_id), "username": username, "email": email, "ip_address": ip_address}
    sentry_sdk.get_isolation_scope().set_user(
        {name: value for name, value in user.items() if value is not None}
    )


def span(
    name: str,
    op: str = "function",
    attributes: Mapping[str, str | bool | int | float] | None = None,
) -> AbstractContextManager[object]:
    """Time a block of code: `with span("price the basket", op="pricing"): ...`. The same on SDK 2
    and 3.

    The name describes the work, without its data. `op` is the kind of work:
    https://develop.sentry.dev/sdk/telemetry/traces/span-operations/
    """
    return sdk.start_span(name, {**(attributes or {}), "sentry.op": op})
