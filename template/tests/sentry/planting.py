# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""This service with routes that put a canary into every place where data travels, and then fail.

Run by plant.py; canaries.py makes the values from a seed. Variables are named after
what they hold, for their names are among what is judged.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
from typing import Any
from urllib.parse import quote

import sentry_sdk
from pydantic import BaseModel
from sentry_sdk.crons import capture_checkin
from sentry_sdk.envelope import Envelope, Item, PayloadRef

from .canaries import canaries
from .conftest import PACKAGE

app = importlib.import_module(f"{PACKAGE}.main").app
own = importlib.import_module(f"{PACKAGE}.sentry")

# The SDK has patched FastAPI when it is first imported, and `Request` is looked up in this module.
from fastapi import Request  # noqa: E402

PLANT = canaries(int(os.environ["PLANTED"]))
logger = logging.getLogger(f"{PACKAGE}.planting")


def _has(module: str) -> bool:
    return importlib.util.find_spec(f"{PACKAGE}.{module}") is not None


@app.post("/planted/{customer}")
async def planted(customer: str, request: Request) -> None:
    order = await request.json()
    local_variable = PLANT["local variable"].value
    password = PLANT["local password"].value
    _identify()
    _details()
    _log()
    _spans()
    await _query(request)
    await _call(request)
    try:
        raise KeyError(PLANT["chained exception"].value)
    except KeyError as cause:
        error = ValueError(f"no order for {PLANT['exception'].value}")
        error.add_note(f"asked by {PLANT['note'].value}")
        raise error from cause
    finally:
        del order, local_variable, password


@app.post("/planted-form")
async def planted_form(request: Request) -> None:
    form = await request.body()
    raise RuntimeError(f"no form of {len(form)} bytes")


@app.get("/planted-group")
async def planted_group() -> None:
    inner = LookupError(f"nobody is {PLANT['grouped exception'].value}")
    raise ExceptionGroup("several faults", [inner, OSError(5, "no disk")])


class Parcel(BaseModel):
    weight: int


@app.get("/planted-validation")
async def planted_validation() -> None:
    Parcel.model_validate({"weight": PLANT["validation error"].value})


@app.get("/planted-others")
async def planted_others() -> None:
    _identify()
    scope = sentry_sdk.get_current_scope()
    scope.add_attachment(bytes=PLANT["attachment"].value.encode(), filename="order.txt")
    sentry_sdk.capture_message(f"message about {PLANT['message'].value}")
    schedule = {"type": "crontab", "value": "0 * * * *"}
    config: Any = {"schedule": schedule, "timezone": "UTC", "owner": PLANT["check-in"].value}
    capture_checkin(monitor_slug="nightly", status="ok", monitor_config=config)
    if hasattr(sentry_sdk, "metrics"):
        sentry_sdk.metrics.count("orders", 1, attributes={"customer": PLANT["metric attribute"].value})
    isolation = sentry_sdk.get_isolation_scope()
    isolation.start_session(session_mode="application")
    isolation.end_session()
    transport: Any = sentry_sdk.get_client().transport
    unknown = Item(PayloadRef(json={"customer": PLANT["unknown item"].value}), type="of_tomorrow")
    transport.capture_envelope(Envelope(items=[unknown]))
    transport.record_lost_event(f"lost {PLANT['client report'].value}", data_category="error")


def _identify() -> None:
    name, email = PLANT["user name"].value, PLANT["user e-mail"].value
    own.identify_user(PLANT["user id"].value, username=name, email=email, ip_address="10.1.2.3")


def _details() -> None:
    scope = sentry_sdk.get_isolation_scope()
    sentry_sdk.set_tag("api_version", "v1")
    sentry_sdk.set_tag("contact", PLANT["tag"].value)
    sentry_sdk.set_tag(PLANT["tag key"].value, "yes")
    sentry_sdk.set_context("order", {"for": PLANT["context"].value, "access_token": PLANT["context token"].value})
    sentry_sdk.set_context("deep", {"list": [{"of": PLANT["context in context"].value}]})
    scope.set_extra("contact", PLANT["extra"].value)
    scope.set_extra("clientSecret", PLANT["extra secret"].value)
    scope.set_extra("celery-job", {"task_name": "shop.send", "args": [PLANT["task arguments"].value], "kwargs": {}})
    scope.fingerprint = ["orders", PLANT["fingerprint"].value]
    sentry_sdk.add_breadcrumb(
        category="orders", message=f"looked for {PLANT['crumb'].value}", data={"for": PLANT["crumb data"].value}
    )


def _log() -> None:
    logger.warning(f"mail to {PLANT['log message'].value}")
    logger.warning("order of %s", PLANT["log argument"].value, extra={"contact": PLANT["log extra"].value})
    logger.warning(f"order of {PLANT['log template'].value} failed %d times", 3)
    for place, canary in PLANT.items():
        if place.startswith("pattern "):
            logger.warning(f"known as {canary.value} there")


def _spans() -> None:
    contact = {"contact": PLANT["span attribute"].value}
    with own.span(f"greet {PLANT['span name'].value}", op="greeting", attributes=contact):
        pass
    key = PLANT["redis key"].value
    with own.span(f"GET '{key}'", op="db.redis", attributes={"db.system": "redis", "db.redis.key": key}):
        sentry_sdk.add_breadcrumb(category="redis", type="redis", message=f"GET '{key}'", data={"redis.key": key})
    messages = {
        "gen_ai.request.messages": PLANT["model prompt"].value,
        "gen_ai.input.messages": PLANT["model prompt"].value,
        "gen_ai.response.text": PLANT["model answer"].value,
        "gen_ai.output.messages": PLANT["model answer"].value,
    }
    with own.span("chat some-model", op="gen_ai.chat", attributes=messages):
        pass


async def _query(request: Request) -> None:
    if not _has("db"):
        return
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    statement = f"SELECT :customer, '{PLANT['SQL literal'].value}'"
    async with request.app.state.db_sessions() as session:
        await session.execute(text(statement), {"customer": PLANT["SQL parameter"].value})
        try:
            await session.execute(text(f"{statement} FROM nowhere"), {"customer": PLANT["SQL parameter"].value})
        except SQLAlchemyError:
            logger.exception("the query failed")


async def _call(request: Request) -> None:
    if not _has("http_client"):
        return
    path, query = PLANT["outgoing URL path"].value, PLANT["outgoing URL query"].value
    url = f"http://127.0.0.1:{os.environ['CALLED_PORT']}/{path}?{quote('näme')}={query}"
    await request.app.state.http_client.get(url)
