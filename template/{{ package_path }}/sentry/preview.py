"""`preview`: let a sample request fail, and show what would be sent and what the policy removed."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import textwrap
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

import sentry_sdk
from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.transport import Transport
from sentry_sdk.utils import Dsn

from . import answers, identify_user, sdk, span
from .config import ConfigurationError, SentryConfig, get_config
from .doctor import ApplicationError, load_app
from .scrubbing.policy import Category, ScrubberOptions
from .scrubbing.scrubber import Scrubber
from .setup import start

if TYPE_CHECKING:
    from starlette.requests import Request

_PERSON: Final = {
    "name": "Ada Example",
    "email": "ada@example.com",
    "phone": "+44 20 7946 0123",
    "card": "4111 1111 1111 1111",
    "password": "correct-horse",
}
_HEADERS: Final = {
    "host": "api.example.com",
    "content-type": "application/json",
    "authorization": "Bearer 3f2c9a7e51d84b06",
    "cookie": "session=9b1d7c3e",
    "x-forwarded-for": "203.0.113.7",
}

logger = logging.getLogger(__name__)


def run(*, as_json: bool) -> int:
    """Print the preview of the service's own application. Nothing is sent.

    Return 0, or 1 when the configuration isn't valid or the application can't be used.
    """
    try:
        config = get_config()
        # Hide the service's own output.
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            found = preview(config)
    except (ConfigurationError, ApplicationError) as error:
        print(f"{answers.SERVICE}: {error}", file=sys.stderr)
        return 1
    # Written at once: a reader such as `head` may stop after the first line.
    lines = (
        [json.dumps(found, indent=2, ensure_ascii=False, default=str)] if as_json else _lines(found)
    )
    sys.stdout.write("\n".join([*lines, ""]))
    return 0


def preview(config: SentryConfig) -> dict[str, Any]:
    """Run the sample request twice: with the configuration, for what is sent, and with everything
    collected, for what the policy removes.

    Returns:
        What `--json` prints. `leaves`: each item as it would be sent; `removed`: each value that
        isn't sent as it was.

    Raises:
        ApplicationError: the application can't be used.
    """
    config = replace(
        config,
        dsn=config.dsn or Dsn("http://preview@127.0.0.1:9/1"),
        sample_rate=1.0,
        traces_sample_rate=None if config.traces_sample_rate is None else 1.0,
        profile_session_sample_rate=None,
        debug=False,
    )
    sent, options = items_of(config)
    everything, _ = items_of(replace(config, pii_policy="full"))
    leaves: list[dict[str, Any]] = []
    removed: dict[tuple[str | None, str], dict[str, object]] = {}

    def note(path: str, category: Category, before: object, after: object) -> None:
        removed[item.type, path] = {
            "category": category.text,
            "item": item.type,
            "path": path,
            "before": before,
            "after": after,
        }

    scrubber = Scrubber(options, note)
    # What is sent comes last, because it has the final value, such as the format string of a log
    # record.
    for item in [*everything, *sent]:
        scrubbed = scrubber.item(item)
        if scrubbed is not None and item in sent:
            leaves.append({"type": item.type, "payload": json.loads(scrubbed.get_bytes())})
    return {
        "service": answers.SERVICE,
        "policy": config.pii_policy,
        "leaves": leaves,
        "removed": [*removed.values()],
    }


def items_of(config: SentryConfig) -> tuple[list[Item], ScrubberOptions]:
    """Return what the SDK passes to its transport for the sample request, and the options of the
    scrubber.

    Raises:
        ApplicationError: the application can't be used, or calls `sentry_sdk.init()` itself.
    """
    items: list[Item] = []

    class Collecting(Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            items.extend(envelope.items)

    # Before the application is imported, as in the service, whose init_sentry() then does nothing.
    options = start(config, transport=Collecting)
    app = load_app()
    if (foreign := sdk.foreign_client(Collecting)) is not None:
        raise ApplicationError(foreign)
    inner = inner_app(app)
    inner.add_route("/preview/{customer}", fail, methods=["POST"])
    # Before any route of its own.
    inner.router.routes.insert(0, inner.router.routes.pop())
    logger.setLevel(logging.INFO)
    items.clear()
    asyncio.run(call(app))
    if not any(item.type == "event" for item in items):
        # Middleware of the service has answered, because of the host or of a missing login.
        items.clear()
        inner.user_middleware.clear()
        inner.middleware_stack = None
        asyncio.run(call(inner))
    sentry_sdk.get_client().close(timeout=10.0)
    return items, options


def inner_app(app: Any) -> Any:
    """Return the FastAPI or Starlette application behind middleware and other wrappers.

    Raises:
        ApplicationError: there is none.
    """
    pending, seen = [app], set[int]()
    while pending:
        found = pending.pop(0)
        if hasattr(found, "build_middleware_stack"):
            return found
        seen.add(id(found))
        pending.extend(
            part
            for part in getattr(found, "__dict__", {}).values()
            if callable(part) and id(part) not in seen
        )
    raise ApplicationError(f"{answers.APP_IMPORT} holds no FastAPI or Starlette application.")


# The sample request


async def call(app: Any) -> None:
    """Send the application a request that fails."""
    body = json.dumps(_PERSON).encode()
    headers = {**_HEADERS, "content-length": str(len(body))}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/preview/ada-example",
        "query_string": b"currency=GBP&voucher=ADA-2026",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("203.0.113.7", 50000),
        "server": ("api.example.com", 443),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        return None

    # As it is in uvicorn, which logs it.
    with suppress(ValueError):
        await app(scope, receive, send)


async def fail(request: Request) -> None:
    """Fail with made-up personal data wherever such data can occur."""
    customer, order = request.path_params["customer"], await request.json()
    identify_user(
        customer,
        username=order["name"],
        email=order["email"],
        ip_address=_HEADERS["x-forwarded-for"],
    )
    sentry_sdk.set_tags({"api_version": "v1", "phone": order["phone"]})
    sentry_sdk.set_context("order", {"currency": "GBP", "sent_to": order["email"]})
    logger.info("order of %s", order["name"], extra={"customer": customer})
    logger.info(f"paid with {order['card']}")
    with span(f"pay for {customer}", op="payment", attributes={"card": order["card"]}):
        raise ValueError(f"no confirmation for {order['email']}, card {order['card']}")


# For a terminal


def _lines(found: dict[str, Any]) -> Iterator[str]:
    # What would be sent, item by item, then what is removed, category by category.
    yield f"{found['service']}, policy {found['policy']}: a sample request with made-up data failed. Nothing was sent."
    yield "\nWould be sent"
    for item in found["leaves"]:
        payload = json.dumps(_folded(item["payload"]), indent=2, ensure_ascii=False)
        yield f"\n  {item['type']}\n{textwrap.indent(payload, '  ')}"
    yield "\nRemoved by the policy"
    for category in Category:
        # One line for each value, however often it occurs.
        values = {
            (str(one["before"]), str(one["after"])): f"{one['item']}: {one['path']}"
            for one in found["removed"]
            if one["category"] == category.text
        }
        if values:
            yield f"\n  {category.text} ({len(values)})"
        for (before, after), path in values.items():
            line = f"{path} = {before}{'' if after == 'None' else f'  ->  {after}'}"
            yield "    " + textwrap.shorten(line, 116, placeholder=" ...")
    yield "\nUse `--json` to see every field and path."


def _folded(value: Any) -> Any:
    # Without packages and the frames of libraries, which every event has.
    if isinstance(value, list):
        return [
            _folded(part)
            for part in value
            if not (isinstance(part, dict) and part.get("in_app") is False)
        ]
    if isinstance(value, dict):
        return {name: _folded(part) for name, part in value.items() if name != "modules"}
    return value
