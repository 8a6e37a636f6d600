"""The snippets of Sentry's tutorials, as people paste them."""

from __future__ import annotations

import sentry_sdk
from fastapi import FastAPI
from side import connect

REQUESTS = [
    "GET /transaction",
    "GET /capture",
    "GET /context",
    "GET /scope",
    "GET /message",
    "GET /extra",
    "GET /named",
    "GET /data",
    "GET /decorated",
    "GET /attachment",
    "GET /nothing",
]
USUAL = {
    "2": [
        "segment task process the order",
        "span db select the order · below process the order",
        "error ZeroDivisionError: division by zero",
        "error ValueError: with a context",
        "error ValueError: with a scope",
        "error message Something went wrong",
        "error message inside",
        "error ValueError: named",
        "span function tutorials.decorated",
        "error ValueError: attached",
        "error message  · in /nothing",
    ],
    "3": [
        "error ZeroDivisionError: division by zero",
        "error ValueError: with a context",
        "error ValueError: with a scope",
        "error message Something went wrong",
        "error ValueError: named",
        "error ValueError: attached",
        "error None: None · in /nothing",
    ],
}

app = FastAPI()
connect(app)


@app.get("/transaction")
async def transaction() -> None:
    if not hasattr(sentry_sdk, "start_transaction"):
        return
    with sentry_sdk.start_transaction(op="task", name="process the order"):
        with sentry_sdk.start_span(op="db", description="select the order") as span:
            span.set_data("rows", 3)
            span.set_tag("table", "orders")
        with sentry_sdk.start_span(op="http", name="ask the bank"):
            sentry_sdk.capture_message("inside", level="info")


@app.get("/capture")
async def capture() -> None:
    try:
        1 / 0  # noqa: B018
    except Exception as error:
        sentry_sdk.capture_exception(error)


@app.get("/context")
async def context() -> None:
    sentry_sdk.set_context("character", {"name": "Mighty Fighter", "age": 19, "attack_type": "melee"})
    sentry_sdk.set_user({"id": "customer-7", "email": "jane.doe@example.com"})
    sentry_sdk.set_tag("page_locale", "de-at")
    sentry_sdk.set_level("warning")
    sentry_sdk.add_breadcrumb(category="auth", message="Authenticated user jane", level="info")
    raise ValueError("with a context")


@app.get("/scope")
async def scope() -> None:
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("my-tag", "my value")
        scope.set_extra("order", 7)
        scope.fingerprint = ["my-view-function"]
        scope.set_level("warning")
        sentry_sdk.capture_exception(ValueError("with a scope"))


@app.get("/message")
async def message() -> None:
    sentry_sdk.capture_message("Something went wrong")


@app.get("/extra")
async def extra() -> None:
    """The SDK drops this error: it has no parameter `extra`."""
    try:
        raise ValueError("with extra")
    except ValueError as error:
        sentry_sdk.capture_exception(error, extra={"order": 7})


@app.get("/named")
async def named() -> None:
    sentry_sdk.get_current_scope().set_transaction_name("UserListView")
    raise ValueError("named")


@app.get("/data")
async def data() -> None:
    if not hasattr(sentry_sdk, "start_transaction"):
        return
    span = sentry_sdk.get_current_span()
    if span is not None:
        span.set_data("items", 3)
    scope = sentry_sdk.get_current_scope()
    if scope.transaction is not None:
        scope.transaction.name = "renamed"
        scope.transaction.set_tag("renamed", "yes")


@sentry_sdk.trace
def decorated() -> None: ...


@app.get("/decorated")
async def decorate() -> None:
    decorated()


@app.get("/attachment")
async def attachment() -> None:
    sentry_sdk.get_isolation_scope().add_attachment(bytes=b"hello", filename="hello.txt")
    raise ValueError("attached")


@app.get("/nothing")
async def capture_nothing() -> None:
    """Outside `except` there is no error: the event shows where the call is."""
    sentry_sdk.capture_exception()
