# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""A request that fails, with made-up personal data in every place where such data travels: for `preview`."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Annotated, Any, Final

import sentry_sdk
from fastapi import Body, FastAPI

from ..connect import connect
from ..spans import span
from ..users import identify_user

logger = logging.getLogger(__name__)

ROUTE: Final = "/preview/{customer}"

_PERSON: Final = {
    "name": "Ada Example",
    "email": "ada@example.com",
    "phone": "+44 20 7946 0123",
    "card": "4111 1111 1111 1111",
    "password": "correct-horse",
}
_PATH: Final = "/preview/ada-example"
_HEADERS: Final = {
    "host": "api.example.com",
    "content-type": "application/json",
    "authorization": "Bearer 3f2c9a7e51d84b06",
    "cookie": "session=9b1d7c3e",
    "x-forwarded-for": "203.0.113.7",
    "user-agent": "ExampleBrowser/1.0",
}


def run_sample_request() -> None:
    """Let one request fail in a small application that is connected to Sentry as the service is."""
    logging.getLogger(__package__).setLevel(logging.INFO)
    app = FastAPI()
    app.post(ROUTE)(_preview)
    connect(app)
    asyncio.run(_call(app))


async def _preview(customer: str, order: Annotated[dict[str, Any], Body()], currency: str = "EUR") -> None:
    identify_user(customer, username=order["name"], email=order["email"], ip_address=_HEADERS["x-forwarded-for"])
    sentry_sdk.set_tag("api_version", "v1")
    sentry_sdk.set_tag("phone", order["phone"])
    sentry_sdk.set_context("order", {"currency": currency, "sent_to": order["email"]})
    logger.info("order of %s", order["name"], extra={"customer": customer})
    logger.info(f"paid with {order['card']}")
    with span(f"pay for {customer}", op="payment", attributes={"card": order["card"]}):
        raise ValueError(f"no confirmation for {order['email']}, card {order['card']}")


async def _call(app: FastAPI) -> None:
    body = json.dumps(_PERSON).encode()
    headers = {**_HEADERS, "content-length": str(len(body))}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "https",
        "method": "POST",
        "path": _PATH,
        "raw_path": _PATH.encode(),
        "root_path": "",
        "query_string": b"currency=GBP&voucher=ADA-2026",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("203.0.113.7", 50000),
        "server": ("api.example.com", 443),
        "state": {},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        return None

    try:
        await app(scope, receive, send)
    except ValueError:
        # As it does in uvicorn, which logs it.
        return
