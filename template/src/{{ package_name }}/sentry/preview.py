"""`preview`: let a sample request fail, and show exactly what would leave the process and what the policy removed."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import sentry_sdk
from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.transport import Transport
from sentry_sdk.utils import Dsn

from . import answers
from .config import ConfigurationError, SentryConfig, get_config
from .scrubbing.policy import Category, Policy
from .scrubbing.scrubber import Scrubber
from .setup import scrubber_options, start

if TYPE_CHECKING:
    from fastapi import FastAPI

HELP: Final = "Let a sample request fail, and show what would leave the process and what the policy removed."
ROUTE: Final = "/preview/{customer}"

_NOWHERE: Final = "http://preview@127.0.0.1:9/1"
_FLUSH_SECONDS: Final = 10.0
_WIDTH: Final = 116
_EXAMPLES: Final = 6
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
    "user-agent": "ExampleBrowser/1.0",
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Removal:
    """A value that does not leave, or leaves as another one: `after` is None when nothing is left of it."""

    category: str
    item: str
    path: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Preview:
    """What one failing request sends under a policy."""

    service: str
    policy: Policy
    leaves: list[dict[str, Any]]
    """Each item as it would be written: `{"type": ..., "payload": ...}`."""
    removed: list[Removal]


def run(*, as_json: bool) -> int:
    """Print the preview. Nothing is sent to anybody. Returns 0, or 1 when the configuration cannot be used."""
    try:
        found = preview(get_config())
    except ConfigurationError as error:
        print(f"{answers.SERVICE}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(found), indent=2, ensure_ascii=False, default=str) if as_json else text(found))
    return 0


def preview(config: SentryConfig) -> Preview:
    """Run the sample request, and give each item to the scrubber."""
    changes: dict[str, object] = {"sample_rate": 1.0, "profile_session_sample_rate": None, "debug": False}
    if config.traces_sample_rate is not None:
        changes["traces_sample_rate"] = 1.0
    if config.dsn is None:
        changes["dsn"] = Dsn(_NOWHERE)
    config = config.model_copy(update=changes)
    leaves, removed = [], []
    for item in _items(config):
        kept = Scrubber(options).item(item)
        if kept is not None:
            leaves.append({"type": item.type, "payload": _payload(kept)})
    for item in _items(config.model_copy(update={"pii_policy": "full"})):

        def note(path: str, category: Category, before: object, after: object) -> None:
            removed.append(Removal(category.value, str(item.type), path, before, after))

        Scrubber(options, note).item(item)
    return Preview(answers.SERVICE, config.pii_policy, leaves, removed)


def _items(config: SentryConfig) -> list[Item]:
    """What the SDK hands to its transport for the sample request."""
    items: list[Item] = []

    class Collecting(Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            items.extend(envelope.items)

    start(config, transport=Collecting)
    logger.setLevel(logging.INFO)
    asyncio.run(_call(_app()))
    sentry_sdk.get_client().close(timeout=_FLUSH_SECONDS)
    return items


def _payload(item: Item) -> Any:
    return json.loads(item.get_bytes())


# THE SAMPLE REQUEST -------------------------------------------------------------------------------


def _app() -> FastAPI:
    # Imported late: the SDK patches FastAPI first.
    from fastapi import FastAPI

    from .middleware import SentryMiddleware

    app = FastAPI()
    app.post(ROUTE)(_fail)
    app.add_middleware(SentryMiddleware)
    return app


async def _fail(customer: str, order: dict[str, Any], currency: str = "EUR") -> None:
    """Fail with made-up personal data in every place where such data travels."""
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
        "path": "/preview/ada-example",
        "raw_path": b"/preview/ada-example",
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

    # As it is in uvicorn, which logs it.
    with suppress(ValueError):
        await app(scope, receive, send)


# FOR A TERMINAL -----------------------------------------------------------------------------------


def text(found: Preview) -> str:
    """Return what leaves, item by item, then what does not, category by category."""
    return "\n".join([*_leaving(found), *_removed(found), "", "`--json` has every field and every path."])


def _leaving(found: Preview) -> Iterator[str]:
    yield f"{found.service}, policy {found.policy}: a sample request with made-up data failed. Nothing was sent."
    yield "\nWHAT WOULD LEAVE"
    for item in found.leaves:
        yield f"\n  {item['type']}"
        lines = json.dumps(_folded(item["payload"]), indent=2, ensure_ascii=False).splitlines()
        yield from (f"  {line}" for line in lines[1:-1])


def _removed(found: Preview) -> Iterator[str]:
    yield "\nWHAT THE POLICY REMOVED"
    for category in Category:
        removed = [one for one in found.removed if one.category == category.value]
        different = {f"{one.before}\n{one.after}": one for one in reversed(removed)}
        if removed:
            yield ""
            yield from textwrap.wrap(f"  {category.value} ({len(removed)})", _WIDTH, subsequent_indent="  ")
        for one in list(different.values())[::-1][:_EXAMPLES]:
            after = "" if one.after is None else f"  ->  {one.after}"
            line = f"{one.item}: {one.path} = {one.before}{after}"
            yield "    " + textwrap.shorten(line, _WIDTH, placeholder=" ...")
        if len(different) > _EXAMPLES:
            yield f"    and {len(different) - _EXAMPLES} more"


def _folded(value: Any) -> Any:
    """Return the payload without what is long and the same in every event: packages, and the frames of libraries."""
    if isinstance(value, list):
        return [_folded(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"value", "type"} and value["type"] in ("string", "integer", "double", "boolean", "array"):
        return value["value"]
    folded = {name: _folded(part) for name, part in value.items()}
    if isinstance(value.get("modules"), dict):
        folded["modules"] = f"names and versions of {len(value['modules'])} installed packages"
    if isinstance(frames := value.get("frames"), list):
        inner = [_folded(frame) for frame in frames if isinstance(frame, dict) and frame.get("in_app")]
        folded["frames"] = [f"{len(frames) - len(inner)} frames of libraries", *inner]
    return folded
