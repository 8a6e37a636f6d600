"""`preview`: let a sample request fail, and show what would be sent and what the policy removed."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

import sentry_sdk
from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.transport import Transport
from sentry_sdk.utils import Dsn

from . import answers, connect, identify_user, sdk, span
from .application import ApplicationError, inner_app, load_app
from .config import ConfigurationError, SentryConfig, get_config
from .scrubbing.policy import Category, ScrubberOptions
from .scrubbing.scrubber import Scrubber
from .setup import start

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

HELP: Final = "Simulate a failing request and show what would be sent and what the policy removed."
ROUTE: Final = "/preview/{customer}"
NOWHERE: Final = "http://preview@127.0.0.1:9/1"
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
PLANTED: Final = (
    *_PERSON.values(),
    "ada-example",
    "ADA-2026",
    "3f2c9a7e51d84b06",
    "9b1d7c3e",
    "203.0.113.7",
)
"""Personal values in the sample request."""

Preview = dict[str, Any]
"""What `--json` prints. `leaves`: each item as it would be sent; `removed`: each value that isn't sent as it was."""

logger = logging.getLogger(__name__)


def run(*, as_json: bool) -> int:
    """Print the preview of the service's own application, or of a small one where that can't be
    used. Nothing is sent.

    Returns 0, or 1 when the configuration isn't valid or another client replaces the layer's.
    """
    problem = ""
    # What the service prints is no part of the output.
    with redirect_stdout(StringIO()) as output, redirect_stderr(output):
        try:
            config = get_config()
            try:
                found = preview(config, _own_app)
            except ApplicationError as error:
                problem = f"{error} A small application is used instead."
                found = preview(config, _small_app)
        except (ConfigurationError, ForeignClientError) as error:
            problem, found = str(error), {}
    if problem:
        print(f"{answers.SERVICE}: {problem}", file=sys.stderr)
    if not found:
        return 1
    print(
        json.dumps(found, indent=2, ensure_ascii=False, default=str)
        if as_json
        else "\n".join(_lines(found))
    )
    return 0


def preview(config: SentryConfig, make_app: Callable[[], Any]) -> Preview:
    """Run the sample request twice: as the service would, for what is sent, and with everything
    collected.

    Raises:
        ApplicationError: the application can't be used.
        ForeignClientError: it calls `sentry_sdk.init()` itself.
    """
    traces = None if config.traces_sample_rate is None else 1.0
    config = replace(
        config,
        sample_rate=1.0,
        traces_sample_rate=traces,
        profile_session_sample_rate=None,
        debug=False,
    )
    config = replace(config, dsn=config.dsn or Dsn(NOWHERE))
    app = make_app()
    if (foreign := sdk.foreign_client()) is not None:
        raise ForeignClientError(foreign)
    collected, options = items_of(config, app)
    everything, _ = items_of(replace(config, pii_policy="full"), app)
    leaves: list[dict[str, Any]] = []
    removed: dict[tuple[str, str], dict[str, object]] = {}
    kind = ""

    def note(path: str, category: Category, before: object, after: object) -> None:
        removed[kind, path] = {
            "category": category.text,
            "item": kind,
            "path": path,
            "before": before,
            "after": after,
        }

    scrubber = Scrubber(options, note)
    # What is sent comes last: it knows best what became of a value, such as the format string of a
    # log record.
    for number, item in enumerate([*everything, *collected]):
        kind = str(item.headers.get("type"))
        scrubbed = scrubber.item(item)
        if scrubbed is not None and number >= len(everything):
            leaves.append({"type": kind, "payload": json.loads(scrubbed.get_bytes())})
    return {
        "service": answers.SERVICE,
        "policy": config.pii_policy,
        "leaves": leaves,
        "removed": [*removed.values()],
    }


class ForeignClientError(Exception):
    """The application has started another client than the layer's, so what it sends passes no policy."""


def items_of(config: SentryConfig, app: Any) -> tuple[list[Item], ScrubberOptions]:
    """Return what the SDK hands to its transport for the sample request, and the options of the
    scrubber.

    Raises:
        ApplicationError: the middleware of the application answers the sample request.
    """
    items: list[Item] = []

    class Collecting(Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            items.extend(envelope.items)

    options = start(config, transport=Collecting)
    logger.setLevel(logging.INFO)
    asyncio.run(call(app))
    sentry_sdk.get_client().close(timeout=10.0)
    if not any(item.type == "event" for item in items):
        raise ApplicationError(
            "The middleware of the application answers the sample request itself."
        )
    return items, options


# The sample request


def _own_app() -> Any:
    app = load_app()
    add_route(inner_app(app))
    return app


def _small_app() -> FastAPI:
    # Imported late: the SDK patches FastAPI first.
    from fastapi import FastAPI

    app = FastAPI()
    add_route(app)
    connect(app)
    return app


def add_route(app: Any) -> None:
    """Let an application fail at `ROUTE`, before any route of its own."""
    if hasattr(app, "add_api_route"):
        # An id, because the function of a service that makes them may want tags.
        app.add_api_route(ROUTE, fail, methods=["POST"], operation_id="preview")
    else:
        app.add_route(ROUTE, _fail, methods=["POST"])
    app.router.routes.insert(0, app.router.routes.pop())


async def _fail(request: Request) -> None:
    await fail(request.path_params["customer"], await request.json())


async def fail(customer: str, order: dict[str, Any], currency: str = "EUR") -> None:
    """Fail with made-up personal data in every place where such data travels."""
    identify_user(
        customer,
        username=order["name"],
        email=order["email"],
        ip_address=_HEADERS["x-forwarded-for"],
    )
    sentry_sdk.set_tag("api_version", "v1")
    sentry_sdk.set_tag("phone", order["phone"])
    sentry_sdk.set_context("order", {"currency": currency, "sent_to": order["email"]})
    logger.info("order of %s", order["name"], extra={"customer": customer})
    logger.info(f"paid with {order['card']}")
    with span(f"pay for {customer}", op="payment", attributes={"card": order["card"]}):
        raise ValueError(f"no confirmation for {order['email']}, card {order['card']}")


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


# For a terminal


def _lines(found: Preview) -> Iterator[str]:
    """Yield what would be sent, item by item, then what is removed, category by category."""
    yield f"{found['service']}, policy {found['policy']}: a sample request with made-up data failed. Nothing was sent."
    yield "\nWould be sent"
    for item in found["leaves"]:
        yield f"\n  {item['type']}"
        yield textwrap.indent(
            json.dumps(_folded(item["payload"]), indent=2, ensure_ascii=False), "  "
        )
    yield "\nRemoved by the policy"
    for category in Category:
        ones = [one for one in found["removed"] if one["category"] == category.text]
        # One line for each value, however often it came.
        values = {
            (str(one["before"]), str(one["after"])): f"{one['item']}: {one['path']}" for one in ones
        }
        if values:
            yield f"\n  {category.text} ({len(values)})"
        for (before, after), path in values.items():
            line = f"{path} = {before}{'' if after == 'None' else f'  ->  {after}'}"
            yield "    " + textwrap.shorten(line, 116, placeholder=" ...")
    yield "\nUse `--json` to see every field and path."


def _folded(value: Any) -> Any:
    """Return the payload without what is long and the same in every event: packages, and the frames of libraries."""
    if isinstance(value, list):
        return [
            _folded(part)
            for part in value
            if not (isinstance(part, dict) and part.get("in_app") is False)
        ]
    if isinstance(value, dict):
        return {name: _folded(part) for name, part in value.items() if name != "modules"}
    return value
