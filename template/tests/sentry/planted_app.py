"""The service, with routes that plant a value wherever data travels, and then fail.

This script is a process of its own: it serves, sends itself a request for each route, stops, and
prints what was planted as its last line.
"""

from __future__ import annotations

import base64
import importlib
import json
import logging
import os
import secrets
import socket
import sys
from contextlib import closing
from http.client import HTTPConnection
from importlib.util import find_spec
from threading import Thread
from typing import Any

import sentry_sdk
import uvicorn
from sentry_sdk.crons import capture_checkin
from sentry_sdk.envelope import Envelope, Item, PayloadRef

PACKAGE = os.environ["PLANTED_PACKAGE"]

# By name: the category, and the part of the value to search for.
planted_values: dict[str, tuple[str, str]] = {}


def letters(length: int = 12) -> str:
    # No vowels: no word of any language, and none of the hexadecimal digits that make a pattern.
    return "".join(secrets.choice("ghjklmnpqrstvwxz") for _ in range(length))


def plant(name: str, category: str, needle: str, value: str = "{}") -> str:
    planted_values[name] = (category, needle)
    return value.format(needle)


def structured(name: str) -> str:
    """Return a value for a field of its own."""
    return plant(name, "structured", letters())


def text(name: str) -> str:
    """Return a value for free text: an e-mail address."""
    return plant(name, "text", letters(), "{}@example.org")


def credential(name: str) -> str:
    """Return a value for a key or a shape that says what it is. No policy lets it out."""
    return plant(name, "credential", letters())


# What is recognized in text by its shape: name, category, what to search for, and the value.
BASIC = base64.b64encode(f"root:{letters()}".encode()).decode()
PATTERNS = [
    ("pattern iban", "text", "DE89370400440532013000", "{}"),
    ("pattern phone", "text", "73826491", "+49 30 {}"),
    ("pattern ipv4", "text", "203.118.127.131", "{}"),
    ("pattern ipv6", "text", "2001:db8:7382:6491::5837", "{}"),
    ("pattern mac", "text", "3c:22:fb:73:82:64", "{}"),
    ("pattern digits", "text", "738264915", "{}"),
    ("pattern hex", "text", "7f3e9c2b6a18d45e0c9b7f3e6a18d4a1", "{}"),
    ("pattern uuid", "text", "c2b6a18d45e0", "0199c1de-7c1b-7aaa-8aaa-{}"),
    ("pattern query", "text", letters(), "https://example.org/search?q={}"),
    ("pattern url path", "text", letters(), "https://example.org/people/{}"),
    ("pattern credit card", "credential", "4547 3826 4915 8379", "{}"),
    ("pattern jwt", "credential", letters(), "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOi{}.c2lnbmF0dXJl"),
    ("pattern bearer", "credential", letters(), "Bearer {}"),
    ("pattern basic", "credential", BASIC, "Basic {}"),
    ("pattern url password", "credential", letters(), "postgresql://root:{}@db.example.org/shop"),
    ("pattern key", "credential", letters(24), "ghp_{}1"),
    ("pattern pair", "credential", letters(), "password={}"),
]

# Before the service is imported, because the SDK reads these once.
os.environ["CUSTOMER"] = structured("environment variable")
host = structured("host name")
socket.gethostname = lambda: host
sys.argv.append(f"--token={credential('command line')}")

service = importlib.import_module(f"{PACKAGE}.sentry.doctor").load_app()
sentry = importlib.import_module(f"{PACKAGE}.sentry")
logger = logging.getLogger(f"{PACKAGE}.planted")

# The SDK patches Starlette and FastAPI in init_sentry(). A service may have Starlette alone.
from starlette.requests import Request  # noqa: E402
from starlette.types import Receive, Scope, Send  # noqa: E402

try:
    from fastapi import FastAPI as Application
except ModuleNotFoundError:
    from starlette.applications import Starlette as Application


async def planted(request: Request) -> None:
    order = await request.json()
    # Named after what they hold, for the names are judged as well.
    customer = request.path_params["customer"]
    local_variable = structured("local variable")
    password = credential("local password")
    _set_details()
    _log()
    _trace()
    _send_other_items()
    _use_libraries()
    try:
        raise KeyError(text("chained exception"))
    except KeyError as cause:
        error = ValueError(f"no order for {text('exception')}")
        error.add_note(f"asked by {text('note')}")
        raise error from cause
    finally:
        del order, customer, local_variable, password


async def planted_form(request: Request) -> None:
    form = await request.body()
    raise RuntimeError(f"no form of {len(form)} bytes")


async def planted_group(request: Request) -> None:
    inner = LookupError(f"no one is {text('grouped exception')}")
    raise ExceptionGroup("several faults", [inner, OSError(5, "no disk")])


planted_routes: Any = Application()
add_route = getattr(planted_routes, "add_api_route", planted_routes.add_route)
add_route("/planted/{customer}", planted, methods=["POST"])
add_route("/planted_form", planted_form, methods=["POST"])
add_route("/planted_group", planted_group, methods=["GET"])
sentry.connect(planted_routes)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the planted routes next to the service, whose middleware may reject them."""
    serve = planted_routes if scope.get("path", "").startswith("/planted") else service
    await serve(scope, receive, send)


def _set_details() -> None:
    scope = sentry_sdk.get_isolation_scope()
    name, email = structured("user name"), text("user e-mail")
    sentry.identify_user(structured("user id"), username=name, email=email, ip_address="10.1.2.3")
    sentry_sdk.set_tag("api_version", "v1")
    sentry_sdk.set_tag("contact", text("tag"))
    sentry_sdk.set_tag(text("tag key"), "yes")
    sentry_sdk.set_context(
        "order", {"for": text("context"), "access_token": credential("context token")}
    )
    sentry_sdk.set_context("deep", {"list": [{"of": text("context in context")}]})
    scope.set_extra("contact", text("extra"))
    scope.set_extra("clientSecret", credential("extra secret"))
    scope.set_extra(
        "celery-job",
        {"task_name": "shop.send", "args": [structured("task arguments")], "kwargs": {}},
    )
    scope.fingerprint = ["orders", text("fingerprint")]
    sentry_sdk.add_breadcrumb(
        category="orders",
        message=f"found {text('breadcrumb')}",
        data={"for": text("breadcrumb data")},
    )


def _log() -> None:
    logger.warning(f"mail to {text('log message')}")
    logger.warning("order of %s", text("log argument"), extra={"contact": text("log extra")})
    logger.warning(f"order of {text('log template')} failed %d times", 3)
    for pattern in PATTERNS:
        logger.warning(f"known as {plant(*pattern)} there")


def _trace() -> None:
    contact = {"contact": text("span attribute")}
    key = structured("redis key")
    redis = {"db.system": "redis", "db.redis.key": key}
    prompts = ("gen_ai.request.messages", "gen_ai.input.messages")
    answers = ("gen_ai.response.text", "gen_ai.output.messages")
    model = {
        **dict.fromkeys(prompts, structured("model prompt")),
        **dict.fromkeys(answers, structured("model answer")),
    }
    with sentry.span(f"greet {text('span name')}", op="greeting", attributes=contact):
        pass
    with sentry.span(f"GET '{key}'", op="db.redis", attributes=redis):
        sentry_sdk.add_breadcrumb(
            category="redis", type="redis", message=f"GET '{key}'", data={"redis.key": key}
        )
    with sentry.span("chat some-model", op="gen_ai.chat", attributes=model):
        pass


def _send_other_items() -> None:
    sentry_sdk.get_current_scope().add_attachment(
        bytes=structured("attachment").encode(), filename="order.txt"
    )
    sentry_sdk.capture_message(f"message about {text('message')}")
    config: Any = {
        "schedule": {"type": "crontab", "value": "0 * * * *"},
        "owner": structured("check-in"),
    }
    capture_checkin(monitor_slug="nightly", status="ok", monitor_config=config)
    sentry_sdk.metrics.count("orders", 1, attributes={"customer": text("metric attribute")})
    isolation = sentry_sdk.get_isolation_scope()
    isolation.start_session(session_mode="application")
    isolation.end_session()
    transport: Any = sentry_sdk.get_client().transport
    unknown = Item(PayloadRef(json={"customer": structured("unknown item")}), type="of_tomorrow")
    transport.capture_envelope(Envelope(items=[unknown]))
    transport.record_lost_event(f"lost {structured('client report')}", data_category="error")


def _use_libraries() -> None:
    if find_spec("pydantic"):
        try:
            importlib.import_module("pydantic").TypeAdapter(int).validate_python(
                structured("validation error")
            )
        except ValueError:
            logger.exception("the order isn't valid")
    if find_spec("sqlalchemy"):
        sql: Any = importlib.import_module("sqlalchemy")
        parameters = {"customer": structured("SQL parameter")}
        statement = f"SELECT :customer, '{structured('SQL literal')}'"
        with sql.create_engine("sqlite://").connect() as connection:
            connection.execute(sql.text(statement), parameters)
            try:
                connection.execute(sql.text(f"{statement} FROM nowhere"), parameters)
            except sql.exc.SQLAlchemyError:
                logger.exception("the query failed")
    if find_spec("httpx2"):
        path, query = structured("outgoing URL path"), structured("outgoing URL query")
        url = f"{os.environ['PLANTED_URL']}/{path}?n%C3%A4me={query}"
        importlib.import_module("httpx2").get(url)


def send_requests(port: int) -> None:
    """Call every route with a value in every part."""
    trace, baggage = os.environ["PLANTED_TRACE"], structured("header baggage")
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {credential('header authorization')}",
        "cookie": f"theme=dark; session={credential('header cookie')}",
        "x-forwarded-for": structured("header x-forwarded-for"),
        "x-api-key": credential("header x-api-key"),
        "x-customer": structured("header x-customer"),
        "user-agent": structured("user agent"),
        "sentry-trace": f"{trace}-1234567890abcdef-1",
        "baggage": f"sentry-trace_id={trace},sentry-transaction={baggage},"
        f"sentry-release={baggage},sentry-user_id={baggage}",
    }
    body = {
        "customer": structured("body flat"),
        "address": {
            "street": structured("body nested"),
            "apiKey": credential("body nested apiKey"),
        },
        "guests": [{"name": structured("body in a list")}],
        "password": credential("body password"),
    }
    query = f"q={structured('query')}&token={credential('query token')}"
    form = f"customer={structured('form')}&password={credential('form password')}"
    part = '--edge\r\ncontent-disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    parts = [
        part.format("customer", structured("multipart")),
        part.format("password", credential("multipart password")),
        "--edge--\r\n",
    ]
    urlencoded = {"content-type": "application/x-www-form-urlencoded"}
    multipart = {"content-type": "multipart/form-data; boundary=edge"}
    path = f"/planted/{structured('path parameter')}?{query}"
    for method, target, content, sent_headers in (
        ("POST", path, json.dumps(body), headers),
        ("POST", "/planted_form", form, urlencoded),
        ("POST", "/planted_form", "".join(parts), multipart),
        ("GET", "/planted_group", "", {}),
        # Through the middleware of the service, which may answer as it likes.
        ("GET", "/sentry-debug", "", headers),
    ):
        with closing(HTTPConnection("127.0.0.1", port)) as connection:
            connection.request(method, target, content, sent_headers)
            connection.getresponse().read()


def main() -> None:
    server = uvicorn.Server(uvicorn.Config(app))

    def send_all() -> None:
        try:
            send_requests(listener.getsockname()[1])
        finally:
            server.should_exit = True

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=send_all, daemon=True).start()
        server.run([listener])
    print(json.dumps(planted_values))


if __name__ == "__main__":
    main()
