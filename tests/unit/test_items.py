"""One item of each kind: what the SDK hands over -> exactly what is sent under each policy."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from sentry_sdk.envelope import Item, PayloadRef
from support.engine import ENVIRONMENT, POLICIES, RELEASE, scrubber, sent

FILTERED = "[Filtered]"
ID, TRACE_ID, SPAN_ID = "0" * 32, "1" * 32, "2" * 16
TIME = "2026-01-01T00:00:00.000000Z"
HIDDEN = "hunter2hunter2"
PSEUDONYM = "01eaa2670190742e7ba612a0fd56422a"

SETTINGS: dict[str, Any] = {
    "safe_keys": frozenset(("api_version", "order.currency")),
    "safe_names": frozenset(("look the item up",)),
    "log_templates": {"order %s is late"},
}


def outcomes(kind: str, payload: object) -> dict[str, Any]:
    """What is sent under each policy."""
    return {policy: sent(scrubber(policy, **SETTINGS), kind, payload) for policy in POLICIES}


def field(kind: str, name: str, value: object, beside: dict[str, object] | None = None) -> list[Any]:
    """What is sent of one field of an item, policy by policy; None where nothing is sent."""
    found = outcomes(kind, {**(beside or {}), name: value})
    return [(found[policy] or {}).get(name) for policy in POLICIES]


EVENT = {
    "event_id": ID,
    "timestamp": TIME,
    "platform": "python",
    "level": "error",
    "logger": "shop.orders",
    "release": RELEASE,
    "environment": ENVIRONMENT,
    "sdk": {
        "name": "sentry.python.fastapi",
        "version": "2.75.0",
        "packages": [{"name": "pypi:sentry-sdk", "version": "2.75.0"}],
        "integrations": ["fastapi", "logging"],
    },
    "modules": {"fastapi": "0.165.0"},
    "transaction": "/orders/{order_id}",
    "transaction_info": {"source": "route"},
    "contexts": {
        "trace": {"trace_id": TRACE_ID, "span_id": SPAN_ID, "op": "http.server", "status": "internal_error"},
        "runtime": {"name": "CPython", "version": "3.13.1"},
    },
}
"""Nothing of it is anybody's data."""


def test_facts_are_sent_under_every_policy() -> None:
    assert outcomes("event", EVENT) == dict.fromkeys(POLICIES, EVENT)


FIELDS_OF_EVENTS = [
    # name, value, strict, pseudonymous, full
    ("message", "no bed for ada@example.org", FILTERED, "no bed for [email]", "no bed for ada@example.org"),
    ("message", f"password={HIDDEN}", FILTERED, "password=[Filtered]", "password=[Filtered]"),
    ("server_name", "ada-laptop", None, None, "ada-laptop"),
    ("release", "another@1", None, None, None),
    ("unheard_of", {"a": 1}, None, None, {"a": 1}),
    ("unheard_of", {"password": HIDDEN}, None, None, {"password": FILTERED}),
    ("api_key", HIDDEN, None, None, FILTERED),
    ("modules", {"password": HIDDEN}, None, None, {"password": FILTERED}),
    (
        "user",
        {"password": HIDDEN, "data": {"token": HIDDEN}},
        None,
        None,
        {"password": FILTERED, "data": {"token": FILTERED}},
    ),
    (
        "tags",
        {"api_version": "v1", "plan": "gold"},
        {"api_version": "v1"},
        {"api_version": "v1", "plan": "gold"},
        {"api_version": "v1", "plan": "gold"},
    ),
    (
        "tags",
        {"api_version": HIDDEN, "token": HIDDEN},
        {"api_version": HIDDEN},
        {"api_version": HIDDEN, "token": FILTERED},
        {"api_version": HIDDEN, "token": FILTERED},
    ),
    (
        "tags",
        {"ratio": 0.25, "ok": True, "a b": 1},
        None,
        {"ratio": "0.25", "ok": "True"},
        {"ratio": "0.25", "ok": "True"},
    ),
    ("tags", {"lines": "one\ntwo"}, None, {"lines": "one two"}, {"lines": "one two"}),
    ("extra", {"sys.argv": ["run", "--token", HIDDEN]}, None, None, {"sys.argv": ["run", "--token", FILTERED]}),
    (
        "extra",
        {"user_session": "a", "n": 1, "none": None},
        None,
        {"user_session": FILTERED, "n": 1, "none": None},
        {"user_session": FILTERED, "n": 1, "none": None},
    ),
    (
        "extra",
        {"celery-job": {"task_name": "shop.send", "args": ["Ada"], "kwargs": {}}},
        {"celery-job": {"task_name": "shop.send"}},
        {"celery-job": {"task_name": "shop.send"}},
        {"celery-job": {"task_name": "shop.send", "args": ["Ada"], "kwargs": {}}},
    ),
    (
        "contexts",
        {"order": {"currency": "EUR", "to": "ada@example.org"}},
        {"order": {"currency": "EUR"}},
        {"order": {"currency": "EUR", "to": "[email]"}},
        {"order": {"currency": "EUR", "to": "ada@example.org"}},
    ),
    (
        "contexts",
        {"credentials": {"a": HIDDEN, "b": [1]}},
        None,
        {"credentials": {"a": FILTERED, "b": FILTERED}},
        {"credentials": {"a": FILTERED, "b": FILTERED}},
    ),
    (
        "contexts",
        {"flags": {"values": [{"flag": "beta", "result": True}]}},
        *[{"flags": {"values": [{"flag": "beta", "result": True}]}}] * 3,
    ),
    (
        "user",
        {"id": "ada", "email": "ada@example.org", "ip_address": "203.0.113.7"},
        None,
        {"id": PSEUDONYM},
        {"id": "ada", "email": "ada@example.org", "ip_address": "203.0.113.7"},
    ),
    ("user", {"id": None}, None, None, None),
    (
        "fingerprint",
        ["{{ default }}", "ada@example.org", 5],
        ["{{ default }}"],
        ["{{ default }}", "[email]", "5"],
        ["{{ default }}", "ada@example.org", "5"],
    ),
    (
        "request",
        {"method": "POST", "url": "https://example.org/a", "query_string": "q=ada", "data": {"a": 1}},
        {"method": "POST"},
        {"method": "POST"},
        {"method": "POST", "url": "https://example.org/a", "query_string": "q=ada", "data": {"a": 1}},
    ),
    (
        "request",
        {"method": "BREW", "env": {"REMOTE_ADDR": "203.0.113.7"}},
        None,
        None,
        {"method": "BREW", "env": {"REMOTE_ADDR": "203.0.113.7"}},
    ),
    (
        "request",
        {
            "headers": {
                "content-type": "application/json",
                "content-length": "12",
                "authorization": "Bearer x",
                "x": "y",
            }
        },
        {"headers": {"content-type": "application/json", "content-length": "12"}},
        {"headers": {"content-type": "application/json", "content-length": "12"}},
        {"headers": {"content-type": "application/json", "content-length": "12", "authorization": FILTERED, "x": "y"}},
    ),
    (
        "request",
        {"cookies": {"a": HIDDEN}, "data": {"password": HIDDEN, "a": [{"token": HIDDEN}]}},
        None,
        None,
        {"cookies": FILTERED, "data": {"password": FILTERED, "a": [{"token": FILTERED}]}},
    ),
    (
        "logentry",
        {"message": "order %s is late", "formatted": "order 7 is late", "params": ["7"]},
        {"message": "order %s is late"},
        {"message": "order %s is late", "formatted": "order 7 is late", "params": ["7"]},
        {"message": "order %s is late", "formatted": "order 7 is late", "params": ["7"]},
    ),
    (
        "logentry",
        {"message": "Ada %s", "formatted": "Ada 7", "params": ["7"]},
        {"message": FILTERED},
        {"message": "Ada %s", "formatted": "Ada 7", "params": ["7"]},
        {"message": "Ada %s", "formatted": "Ada 7", "params": ["7"]},
    ),
    # Arguments have no name of their own: the format string names them.
    (
        "logentry",
        {"message": "password=%s", "formatted": f"password={HIDDEN}", "params": [HIDDEN]},
        {"message": FILTERED},
        {"message": "password=%s", "formatted": "password=[Filtered]"},
        {"message": "password=%s", "formatted": "password=[Filtered]"},
    ),
]


@pytest.mark.parametrize(("name", "value", "strict", "pseudonymous", "full"), FIELDS_OF_EVENTS)
def test_a_field_of_an_event(name: str, value: object, strict: object, pseudonymous: object, full: object) -> None:
    assert field("event", name, value) == [strict, pseudonymous, full]


def same(value: object) -> list[object]:
    return [value] * 3


def exception(value: str) -> dict[str, object]:
    mechanism = {"type": "starlette", "handled": False, "source": "__cause__"}
    return {"values": [{"type": "ValueError", "module": "builtins", "value": value, "mechanism": mechanism}]}


def test_an_exception_keeps_its_type() -> None:
    assert field("event", "exception", exception("no bed for ada@example.org")) == [
        exception(FILTERED),
        exception("no bed for [email]"),
        exception("no bed for ada@example.org"),
    ]


FRAME = {"module": "shop.orders", "function": "pay", "filename": "shop/orders.py", "lineno": 7, "in_app": False}

FRAMES = [
    # What comes in, strict, pseudonymous, full
    (FRAME, *same(FRAME)),
    (
        {**FRAME, "abs_path": "/home/ada/shop/orders.py"},
        FRAME,
        FRAME,
        {**FRAME, "abs_path": "/home/ada/shop/orders.py"},
    ),
    ({**FRAME, "vars": {"customer": "Ada"}}, *same(FRAME)),
    ({**FRAME, "context_line": "raise", "pre_context": ["a"], "post_context": ["b"]}, *same(FRAME)),
    (
        {"filename": "/home/ada/.venv/lib/python3.13/site-packages/fastapi/routing.py"},
        *same({"filename": "fastapi/routing.py"}),
    ),
    ({"filename": "/home/ada/other.py"}, *same({"filename": "other.py"})),
    ({"filename": r"C:\Users\Ada\other.py"}, *same({"filename": "other.py"})),
    ({"filename": "<string>"}, *same({"filename": "<string>"})),
    ({"filename": "../ada.py"}, *same({"function": "<unknown>"})),
    ("no frame", *same({"function": "<unknown>"})),
    (
        {"in_app": True, "vars": {"customer": "'Ada'", "password": "'hunter2'", "body": "{'token': 'hunter2'}"}},
        {"in_app": True},
        {"in_app": True},
        {"in_app": True, "vars": {"customer": "'Ada'", "password": FILTERED, "body": "{'token': [Filtered]}"}},
    ),
]


@pytest.mark.parametrize(("frame", "strict", "pseudonymous", "full"), FRAMES)
def test_a_frame(frame: object, strict: object, pseudonymous: object, full: object) -> None:
    def threads(frame: object) -> dict[str, object]:
        return {"values": [{"id": 1, "current": True, "name": "MainThread", "stacktrace": {"frames": [frame]}}]}

    assert field("event", "threads", threads(frame)) == [threads(strict), threads(pseudonymous), threads(full)]


BREADCRUMBS = [
    # What comes in besides type and category, strict, pseudonymous, full
    (
        {"category": "shop", "level": "info", "message": "of ada@example.org", "data": {"plan": "gold"}},
        {"category": "shop", "level": "info", "message": FILTERED},
        {"category": "shop", "level": "info", "message": "of [email]", "data": {"plan": "gold"}},
        {"category": "shop", "level": "info", "message": "of ada@example.org", "data": {"plan": "gold"}},
    ),
    (
        {"category": "shop", "message": "order 7 is late", "data": {"sentry.message.template": "order %s is late"}},
        {"category": "shop", "message": "order %s is late"},
        {"category": "shop", "message": "order 7 is late"},
        {"category": "shop", "message": "order 7 is late"},
    ),
    (
        {"category": "query", "message": "SELECT a FROM t WHERE b = 'Ada'", "data": {"db.params": ["Ada"]}},
        {"category": "query", "message": "SELECT"},
        {"category": "query", "message": "SELECT a FROM t WHERE b = ?"},
        {"category": "query", "message": "SELECT a FROM t WHERE b = 'Ada'", "data": {"db.params": ["Ada"]}},
    ),
    (
        {"category": "query", "message": "UPDATE t SET password = %s", "data": {"db.params": [HIDDEN]}},
        {"category": "query", "message": "UPDATE"},
        {"category": "query", "message": "UPDATE t SET password = %s"},
        {"category": "query", "message": "UPDATE t SET password = %s", "data": {"db.params": FILTERED}},
    ),
    (
        {"category": "redis", "message": "GET 'user:ada'", "data": {"redis.key": "user:ada"}},
        {"category": "redis", "message": "GET"},
        {"category": "redis", "message": "GET"},
        {"category": "redis", "message": "GET 'user:ada'", "data": {"redis.key": "user:ada"}},
    ),
    (
        {"category": "subprocess", "message": "run ada"},
        {"category": "subprocess"},
        {"category": "subprocess"},
        {"category": "subprocess", "message": "run ada"},
    ),
    (
        {
            "type": "http",
            "category": "httplib",
            "data": {"url": "https://example.org/ada", "method": "GET", "status_code": 200, "http.query": "q=ada"},
        },
        {"type": "http", "category": "httplib", "data": {"method": "GET", "status_code": 200}},
        {
            "type": "http",
            "category": "httplib",
            "data": {"url": "https://example.org/[path]", "method": "GET", "status_code": 200},
        },
        {
            "type": "http",
            "category": "httplib",
            "data": {"url": "https://example.org/ada", "method": "GET", "status_code": 200, "http.query": "q=ada"},
        },
    ),
]


@pytest.mark.parametrize(("breadcrumb", "strict", "pseudonymous", "full"), BREADCRUMBS)
def test_a_breadcrumb(breadcrumb: object, strict: object, pseudonymous: object, full: object) -> None:
    expected = [{"values": [one]} for one in (strict, pseudonymous, full)]

    assert field("event", "breadcrumbs", {"values": [breadcrumb]}) == expected


TRANSACTIONS = [
    # Name, where the SDK has it from, strict, pseudonymous, full
    ("/orders/{order_id}", "route", *same("/orders/{order_id}")),
    ("GET /orders", "route", *same("GET /orders")),
    ("GET (no route)", "route", *same("GET (no route)")),
    ("shop.tasks.send", "task", *same("shop.tasks.send")),
    ("/orders/ada", "url", None, None, "/orders/ada"),
    ("/orders/20260101", "route", None, "/orders/[number]", "/orders/20260101"),
    ("pay for ada@example.org", "custom", None, "pay for [email]", "pay for ada@example.org"),
    ("look the item up", "custom", *same("look the item up")),
    ("pay for ada@example.org", None, None, "pay for [email]", "pay for ada@example.org"),
]


@pytest.mark.parametrize(("name", "source", "strict", "pseudonymous", "full"), TRANSACTIONS)
def test_the_name_of_a_transaction(name: str, source: str, strict: object, pseudonymous: object, full: object) -> None:
    found = field("transaction", "transaction", name, {"event_id": ID, "transaction_info": {"source": source}})

    assert found == [strict, pseudonymous, full]


NAMES = [
    # Operation, name, attributes, strict, pseudonymous, full
    (
        "db",
        "SELECT a FROM t WHERE b = 'Ada'",
        {},
        "SELECT",
        "SELECT a FROM t WHERE b = ?",
        "SELECT a FROM t WHERE b = 'Ada'",
    ),
    ("db.sql.query", "BEGIN", {}, *same("BEGIN")),
    ("db", "connect", {}, "db", "connect", "connect"),
    ("db.redis", "GET 'user:ada'", {}, "GET", "GET", "GET 'user:ada'"),
    ("cache.get", "user:ada", {}, "cache.get", "cache.get", "user:ada"),
    ("db", "GET user:ada", {"db.system": "redis"}, "GET", "GET", "GET user:ada"),
    (
        "http.client",
        "GET https://example.org/ada?q=1",
        {},
        "GET",
        "GET https://example.org/[path]?[query]",
        "GET https://example.org/ada?q=1",
    ),
    ("payment", "pay for ada@example.org", {}, "span", "pay for [email]", "pay for ada@example.org"),
    ("function", "look the item up", {}, *same("look the item up")),
]


@pytest.mark.parametrize(("op", "name", "attributes", "strict", "pseudonymous", "full"), NAMES)
def test_the_name_of_a_span(
    op: str, name: str, attributes: dict[str, object], strict: object, pseudonymous: object, full: object
) -> None:
    """In both shapes: as a part of a transaction, and on its own."""
    typed = {key: {"value": value, "type": "string"} for key, value in {**attributes, "sentry.op": op}.items()}
    part = {"spans": [{"span_id": SPAN_ID, "op": op, "description": name, "data": attributes}]}
    alone = {"version": 2, "items": [{"span_id": SPAN_ID, "name": name, "attributes": typed}]}

    assert [one["spans"][0]["description"] for one in outcomes("transaction", part).values()] == [
        strict,
        pseudonymous,
        full,
    ]
    assert [one["items"][0]["name"] for one in outcomes("span", alone).values()] == [strict, pseudonymous, full]


def test_a_child_repeats_the_name_of_its_segment_that_ends_later() -> None:
    def attributes(**values: str) -> dict[str, object]:
        return {name.replace("_", "."): {"value": value, "type": "string"} for name, value in values.items()}

    child = {"name": "look the item up", "attributes": attributes(sentry_segment_name="/items/{item_id}")}
    segment = {
        "name": "/items/{item_id}",
        "is_segment": True,
        "attributes": attributes(sentry_segment_name_source="route", sentry_op="http.server"),
    }
    batch = {"version": 2, "items": [child, segment]}

    assert outcomes("span", batch) == dict.fromkeys(POLICIES, batch)


ATTRIBUTES = [
    # Name, value, strict, pseudonymous, full
    ("http.response.status_code", 200, *same(200)),
    ("api_version", "v1", *same("v1")),
    ("plan", "gold", None, "gold", "gold"),
    ("contact", "ada@example.org", None, "[email]", "ada@example.org"),
    ("session_token", HIDDEN, None, FILTERED, FILTERED),
    ("user.id", "ada", None, PSEUDONYM, "ada"),
    ("user.email", "ada@example.org", None, None, "ada@example.org"),
    ("client.address", "203.0.113.7", None, None, "203.0.113.7"),
    ("url.full", "https://example.org/ada", None, "https://example.org/[path]", "https://example.org/ada"),
    ("url.path", "/ada", None, None, "/ada"),
    ("db.namespace", "shop", None, "shop", "shop"),
    ("db.namespace", ":memory:", None, ":memory:", ":memory:"),
    # The name of a database of SQLite is a file.
    ("db.namespace", "/home/ada/shop.db", None, None, "/home/ada/shop.db"),
    ("db.name", r"C:\Users\Ada\shop.db", None, None, r"C:\Users\Ada\shop.db"),
    ("db.name", "file:/home/ada/shop.db?mode=ro", None, None, "file:/home/ada/shop.db?mode=ro"),
    ("db.query.text", "SELECT 'Ada'", "SELECT", "SELECT ?", "SELECT 'Ada'"),
    ("db.params", ["Ada"], None, None, ["Ada"]),
    ("gen_ai.usage.input_tokens", 12, *same(12)),
    ("gen_ai.request.messages", "[{'content': 'Ada'}]", None, None, "[{'content': 'Ada'}]"),
    ("thread.name", "MainThread", *same("MainThread")),
    ("thread.name", "of Ada", None, None, "of Ada"),
    ("code.file.path", "/home/ada/.venv/lib/python3.13/site-packages/a/b.py", *same("a/b.py")),
    ("process.executable.name", "/home/ada/python", None, None, "/home/ada/python"),
    ("sentry.release", RELEASE, *same(RELEASE)),
    ("sentry.release", "another@1", None, None, None),
    ("sentry.message.parameter.0", "7", None, None, "7"),
    ("http.request.header.cookie", HIDDEN, None, None, FILTERED),
    ("http.request.header.accept", "*/*", None, None, "*/*"),
    ("http.request.body.size", 12, *same(12)),
]


@pytest.mark.parametrize(("name", "value", "strict", "pseudonymous", "full"), ATTRIBUTES)
def test_an_attribute(name: str, value: object, strict: object, pseudonymous: object, full: object) -> None:
    """In both shapes: the data of a transaction, and attributes with their types in spans, logs, and metrics."""
    expected = [strict, pseudonymous, full]
    plain = {"contexts": {"trace": {"trace_id": TRACE_ID, "data": {name: value}}}}
    typed = {"version": 2, "items": [{"name": "orders", "attributes": {name: {"value": value, "type": "any"}}}]}
    settings = {**SETTINGS, "safe_names": frozenset(("orders",))}

    def attribute(policy: str, kind: str) -> object:
        [item] = sent(scrubber(policy, **settings), kind, typed)["items"]
        return item["attributes"].get(name, {}).get("value")

    data = [one["contexts"]["trace"].get("data", {}).get(name) for one in outcomes("transaction", plain).values()]
    assert data == expected
    for kind in ("span", "log", "trace_metric"):
        assert [attribute(policy, kind) for policy in POLICIES] == expected


def test_an_attribute_of_a_type_of_its_own_has_the_type_of_its_base() -> None:
    """Libraries have some: the answers of LangChain, the status codes of `http`."""
    from http import HTTPStatus

    values = {"state": type("Text", (str,), {})("paid"), "code": HTTPStatus.OK, "ratio": 0.5, "ok": True, "many": [1]}
    item = {"name": "pay", "attributes": {name: {"value": value, "type": "any"} for name, value in values.items()}}

    [left] = sent(scrubber("full"), "span", {"version": 2, "items": [item]})["items"]

    assert left["attributes"] == {
        "state": {"value": "paid", "type": "string"},
        "code": {"value": 200, "type": "integer"},
        "ratio": {"value": 0.5, "type": "double"},
        "ok": {"value": True, "type": "boolean"},
        "many": {"value": [1], "type": "array"},
    }


LOGS = [
    # Body, format string, strict, pseudonymous, full
    ("order 7 is late", "order %s is late", "order %s is late", "order 7 is late", "order 7 is late"),
    ("Ada is late", None, FILTERED, "Ada is late", "Ada is late"),
    ("of ada@example.org", "of %s", FILTERED, "of [email]", "of ada@example.org"),
    (f"password={HIDDEN}", "password=%s", FILTERED, "password=[Filtered]", "password=[Filtered]"),
]


@pytest.mark.parametrize(("body", "template", "strict", "pseudonymous", "full"), LOGS)
def test_the_body_of_a_log(body: str, template: str, strict: object, pseudonymous: object, full: object) -> None:
    parameter = body.removeprefix("password=")
    attributes = {
        "sentry.message.template": {"value": template, "type": "string"},
        "sentry.message.parameter.0": {"value": parameter, "type": "string"},
    }
    log = {"timestamp": 1.5, "level": "info", "trace_id": TRACE_ID, "body": body, "attributes": attributes}

    found = outcomes("log", {"version": 2, "items": [log]})

    assert [one["items"][0]["body"] for one in found.values()] == [strict, pseudonymous, full]
    assert HIDDEN not in str(found)


def test_a_metric_without_a_name_that_may_be_sent_is_not_sent() -> None:
    metric = {"timestamp": 1.5, "type": "counter", "value": 1, "unit": "none", "trace_id": TRACE_ID}
    batch = {
        "version": 2,
        "items": [{**metric, "name": "look the item up"}, {**metric, "name": "sold to ada@example.org"}],
    }

    found = outcomes("trace_metric", batch)

    assert [[one["name"] for one in found[policy]["items"]] for policy in POLICIES] == [
        ["look the item up"],
        ["look the item up", "sold to [email]"],
        ["look the item up", "sold to ada@example.org"],
    ]


SESSION = {
    "sid": ID,
    "init": True,
    "started": TIME,
    "timestamp": TIME,
    "status": "crashed",
    "duration": 1.5,
    "errors": 1,
}
PROFILE = {
    "chunk_id": ID,
    "profiler_id": ID,
    "platform": "python",
    "version": "2",
    "client_sdk": {"name": "sentry.python", "version": "2.75.0"},
    "profile": {
        "samples": [{"timestamp": 1.5, "thread_id": "1", "stack_id": 0}] * 3_000,
        "stacks": [[0]] * 3_000,
        "frames": [{"function": "pay", "module": "shop.orders", "lineno": 7, "in_app": True}] * 3_000,
        "thread_metadata": {"1": {"name": "MainThread"}},
    },
}
CHECK_IN = {
    "type": "check_in",
    "check_in_id": ID,
    "monitor_slug": "nightly-report",
    "status": "ok",
    "duration": 1.5,
    "environment": ENVIRONMENT,
    "release": RELEASE,
    "contexts": {"trace": {"trace_id": TRACE_ID, "span_id": SPAN_ID}},
    "monitor_config": {
        "schedule": {"type": "crontab", "value": "*/5 * * * *"},
        "timezone": "Europe/Berlin",
        "max_runtime": 5,
    },
}

OTHERS = [
    # Kind, payload, strict, pseudonymous, full
    ("session", SESSION, *same(SESSION)),
    ("session", {**SESSION, "did": "ada"}, SESSION, {**SESSION, "did": PSEUDONYM}, {**SESSION, "did": "ada"}),
    (
        "sessions",
        {"attrs": {"release": RELEASE, "ip_address": "203.0.113.7"}, "aggregates": [{"started": TIME, "exited": 2}]},
        {"attrs": {"release": RELEASE}, "aggregates": [{"started": TIME, "exited": 2}]},
        {"attrs": {"release": RELEASE}, "aggregates": [{"started": TIME, "exited": 2}]},
        {"attrs": {"release": RELEASE, "ip_address": "203.0.113.7"}, "aggregates": [{"started": TIME, "exited": 2}]},
    ),
    ("profile_chunk", PROFILE, *same(PROFILE)),
    ("check_in", CHECK_IN, *same(CHECK_IN)),
    (
        "check_in",
        {"monitor_config": {"schedule": {"type": "interval", "value": 5, "unit": "minute"}}},
        *same({"monitor_config": {"schedule": {"type": "interval", "value": 5, "unit": "minute"}}}),
    ),
    (
        "client_report",
        {"timestamp": 1.5, "discarded_events": [{"reason": "before_send", "category": "error", "quantity": 1}]},
        *same({"timestamp": 1.5, "discarded_events": [{"reason": "before_send", "category": "error", "quantity": 1}]}),
    ),
    (
        "feedback",
        {"contexts": {"feedback": {"message": "of ada@example.org"}}},
        None,
        {"contexts": {"feedback": {"message": "of [email]"}}},
        {"contexts": {"feedback": {"message": "of ada@example.org"}}},
    ),
    ("of_tomorrow", {"a": "Ada", "token": HIDDEN}, None, None, {"a": "Ada", "token": FILTERED}),
    ("profile", {"a": "Ada"}, None, None, {"a": "Ada"}),
]


@pytest.mark.parametrize(("kind", "payload", "strict", "pseudonymous", "full"), OTHERS)
def test_an_item_of_another_kind(
    kind: str, payload: object, strict: object, pseudonymous: object, full: object
) -> None:
    assert outcomes(kind, payload) == {"strict": strict, "pseudonymous": pseudonymous, "full": full}


ATTACHMENTS = [
    # Bytes, and what is sent of them under `full`; under the other policies nothing is
    (b"of Ada\n", b"of Ada\n"),
    (f"a=1\npassword={HIDDEN}\nb=2\n".encode(), b"a=1\npassword=[Filtered]\nb=2\n"),
    (b"word\n" * 10_000, b"word\n" * 10_000),
    (b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n", None),
    (b"-----BEGIN PGP PRIVATE KEY BLOCK-----\nx\n", None),
    (b"\xff\xfe", None),
]


@pytest.mark.parametrize(("content", "full"), ATTACHMENTS)
def test_an_attachment(content: bytes, full: bytes | None) -> None:
    def attachment(policy: str) -> bytes | None:
        headers = {"type": "attachment", "filename": "of ada.txt", "attachment_type": "event.attachment"}
        item: Item | None = scrubber(policy).item(Item(payload=content, headers=headers))
        return None if item is None else item.get_bytes()

    assert [attachment(policy) for policy in POLICIES] == [None, None, full]


def test_an_item_of_bytes_is_read_as_json() -> None:
    item = Item(payload=b'{"message": "of ada@example.org"}', headers={"type": "event"})

    assert scrubber("pseudonymous").item(item).payload.json == {"message": "of [email]"}


def test_what_is_no_json_is_an_error_and_not_sent() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        scrubber("full").item(Item(payload=b"no JSON", headers={"type": "event"}))


@pytest.mark.parametrize("tracing", [True, False])
def test_spans_are_sent_where_the_service_traces(tracing: bool) -> None:
    batch = {"version": 2, "items": [{"name": "BEGIN", "trace_id": TRACE_ID}]}

    assert (sent(scrubber("full", tracing=tracing), "span", batch) is not None) == tracing


def test_the_count_of_a_container_is_that_of_the_items_left() -> None:
    batch = {"version": 2, "items": [{"name": "of Ada"}, {"name": "look the item up"}]}

    item = scrubber("strict", **SETTINGS).item(
        Item(payload=PayloadRef(json=batch), headers={"type": "trace_metric", "item_count": 2, "x": "ada"})
    )

    assert item.headers == {"type": "trace_metric", "content_type": "application/json", "item_count": 1}
    assert sent(scrubber("strict"), "trace_metric", batch) is None


def test_the_headers_of_an_envelope_repeat_what_is_configured() -> None:
    trace = {"trace_id": TRACE_ID, "public_key": "public", "release": RELEASE, "sample_rate": "0.1", "sampled": "true"}
    headers = {"event_id": ID, "sent_at": TIME, "trace": {**trace, "transaction": "/ada", "user_id": "ada"}}

    assert scrubber("pseudonymous").envelope_headers(headers) == {"event_id": ID, "sent_at": TIME, "trace": trace}
    foreign = {"trace": {"public_key": "f" * 32, "release": "another@1", "environment": "of ada"}}
    assert scrubber("pseudonymous").envelope_headers(foreign) == {"trace": {"public_key": "f" * 32}}


def test_what_comes_in_stays_as_it_was() -> None:
    payload = {**EVENT, "extra": {"password": HIDDEN, "list": [{"a": 1}]}, "tags": {"a": 1}}
    before = copy.deepcopy(payload)

    outcomes("event", payload)

    assert payload == before


def test_each_value_that_is_not_sent_as_it_was_is_reported() -> None:
    reported: list[tuple[str, str, object, object]] = []

    def removed(path: str, category: Any, before: object, after: object) -> None:
        reported.append((path, category.name, before, after))

    payload = {"message": "of ada@example.org", "user": {"id": "ada"}, "tags": {"plan": "gold"}, "unheard_of": 1}
    sent(scrubber("pseudonymous", removed), "event", payload)

    assert reported == [
        ("message", "TEXT", "of ada@example.org", "of [email]"),
        ("user.id", "USER_ID", "ada", PSEUDONYM),
        ("unheard_of", "UNKNOWN", 1, None),
    ]
