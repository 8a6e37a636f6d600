"""The service with routes that plant a value wherever data travels, and then fail."""

from __future__ import annotations

import importlib
import logging
import os
import socket
import sys
from importlib.util import find_spec
from typing import Any

import sentry_sdk
from pydantic import TypeAdapter
from sentry_sdk.crons import capture_checkin
from sentry_sdk.envelope import Envelope, Item, PayloadRef

from . import PACKAGE
from .wire import PlantedValues

plant = PlantedValues()
structured, text, credential = plant.structured, plant.text, plant.credential

# Before the service is imported, because the SDK reads these once.
os.environ["CUSTOMER"] = structured("environment variable")
host = structured("host name")
socket.gethostname = lambda: host
sys.argv.append(f"--token={credential('command line')}")

service = importlib.import_module(f"{PACKAGE}.sentry.application").load_app()
sentry = importlib.import_module(f"{PACKAGE}.sentry")
logger = logging.getLogger(f"{PACKAGE}.planted")

# The SDK patches Starlette and FastAPI in init_sentry().
from fastapi import FastAPI  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import JSONResponse  # noqa: E402
from starlette.types import Receive, Scope, Send  # noqa: E402


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
    _query()
    _call()
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


async def planted_validation(request: Request) -> None:
    TypeAdapter(int).validate_python(structured("validation error"))


async def planted_values(request: Request) -> JSONResponse:
    return JSONResponse(plant.planted)


planted_routes = FastAPI()
for route in (planted, planted_form, planted_group, planted_validation, planted_values):
    path = f"/{route.__name__}{'/{customer}' if route is planted else ''}"
    planted_routes.add_api_route(path, route, methods=["GET", "POST"])
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
    for value in plant.patterns():
        logger.warning(f"known as {value} there")


def _trace() -> None:
    with sentry.span(
        f"greet {text('span name')}", op="greeting", attributes={"contact": text("span attribute")}
    ):
        pass
    key = structured("redis key")
    with sentry.span(
        f"GET '{key}'", op="db.redis", attributes={"db.system": "redis", "db.redis.key": key}
    ):
        sentry_sdk.add_breadcrumb(
            category="redis", type="redis", message=f"GET '{key}'", data={"redis.key": key}
        )
    prompts = dict.fromkeys(
        ("gen_ai.request.messages", "gen_ai.input.messages"), structured("model prompt")
    )
    answers = dict.fromkeys(
        ("gen_ai.response.text", "gen_ai.output.messages"), structured("model answer")
    )
    with sentry.span("chat some-model", op="gen_ai.chat", attributes={**prompts, **answers}):
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


def _query() -> None:
    if find_spec("sqlalchemy"):
        sql: Any = importlib.import_module("sqlalchemy")
        statement, customer = (
            f"SELECT :customer, '{structured('SQL literal')}'",
            structured("SQL parameter"),
        )
        with sql.create_engine("sqlite://").connect() as connection:
            connection.execute(sql.text(statement), {"customer": customer})
            try:
                connection.execute(sql.text(f"{statement} FROM nowhere"), {"customer": customer})
            except sql.exc.SQLAlchemyError:
                logger.exception("the query failed")


def _call() -> None:
    if find_spec("httpx2"):
        path, query = structured("outgoing URL path"), structured("outgoing URL query")
        importlib.import_module("httpx2").get(
            f"{os.environ['PLANTED_URL']}/{path}?n%C3%A4me={query}"
        )
