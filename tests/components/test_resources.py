"""Redis, PostgreSQL, SQLAlchemy and httpx2: each call is a span and a breadcrumb, without what it was about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.receiver import Receiver
from support.spans import spans_of

from .conftest import raised
from .servers import Server


def breadcrumbs(receiver: Receiver) -> list[dict[str, Any]]:
    [event] = receiver.events()
    assert raised(event) == "ProbeError"
    found: list[dict[str, Any]] = event["breadcrumbs"]["values"]
    return found


@pytest.mark.each_run
def test_redis(light: Path, web: Any, receiver: Receiver, redis_url: str) -> None:
    with web(light, APP_REDIS_URL=redis_url) as service:
        answer = service.get("/probe/cache")
        service.get("/probe/cache", params={"fail": True})
        service.stop()

    assert answer.json() == "hello"
    commands = [span for span in spans_of(receiver) if span.op in ("db.redis", "db.query")]
    operations = {span.data.get("db.operation.name") or span.data.get("db.operation") for span in commands}
    assert operations == {"SET", "GET"}, commands
    assert {breadcrumb["category"] for breadcrumb in breadcrumbs(receiver)} >= {"redis"}


@pytest.mark.each_run
def test_asyncpg(light: Path, web: Any, receiver: Receiver, postgres_url: str) -> None:
    with web(light, APP_POSTGRES_URL=postgres_url) as service:
        answer = service.get("/probe/postgres")
        service.get("/probe/postgres", params={"fail": True})
        service.stop()

    queries = [span for span in spans_of(receiver) if "CAST(" in span.name]
    assert answer.json() == 42
    assert {span.op for span in queries} == {"db"}
    assert {span.data.get("db.system.name") or span.data.get("db.system") for span in queries} == {"postgresql"}
    assert [breadcrumb for breadcrumb in breadcrumbs(receiver) if "CAST(" in (breadcrumb.get("message") or "")]


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.each_run)])
def test_sqlalchemy(light: Path, web: Any, receiver: Receiver, request: Any, database: str) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else "sqlite+aiosqlite:///service.db"
    with web(light, APP_DATABASE_URL=url) as service:
        answer = service.get("/probe/db")
        service.get("/probe/db", params={"fail": True})
        service.stop()

    queries = [span for span in spans_of(receiver) if "||" in span.name]
    assert answer.json() == "planted!"
    assert {span.data.get("db.system.name") or span.data.get("db.system") for span in queries} == {database}
    assert [breadcrumb for breadcrumb in breadcrumbs(receiver) if "||" in (breadcrumb.get("message") or "")]
    assert "planted" not in json.dumps([item.body for item in receiver.items()])


@pytest.mark.each_run
def test_an_outgoing_call(light: Path, web: Any, receiver: Receiver, stranger: Server) -> None:
    with web(light) as service:
        service.get("/probe/call", params={"url": f"{stranger.url}/prices"})
        service.get("/probe/call", params={"url": f"{stranger.url}/prices", "fail": True})
        service.stop()

    calls = [span for span in spans_of(receiver) if span.op == "http.client"]
    assert {span.data.get("http.response.status_code") for span in calls} == {200}
    reported = [breadcrumb["data"] for breadcrumb in breadcrumbs(receiver) if breadcrumb["category"] == "httplib"]
    assert [data["http.response.status_code"] for data in reported] == [200]
    assert {headers["sentry-trace"][:32] for headers in stranger.headers} == {span.trace_id for span in calls}


def test_trace_headers_go_to_ones_own_hosts_only(light: Path, web: Any, stranger: Server) -> None:
    """The stranger is a proxy here: it sees the request as that host would."""
    hosts = {
        "127.0.0.1": True,
        "orders": True,
        "orders.internal": True,
        "api.example.com": False,
        "orders:1@api.example.com": False,
        "internal.example.com": False,
    }
    with web(light, HTTP_PROXY=stranger.url, NO_PROXY="127.0.0.1") as service:
        for host in hosts:
            service.get("/probe/call", params={"url": f"http://{host}:{stranger.port}/"})

    told = [("sentry-trace" in headers, "baggage" in headers) for headers in stranger.headers]
    assert told == [(expected, expected) for expected in hosts.values()]


def test_a_server_that_is_down_fails_the_request_and_not_the_process(light: Path, web: Any, receiver: Receiver) -> None:
    # SQLAlchemy takes the database of asyncpg.
    unreachable = {"APP_REDIS_URL": "redis://127.0.0.1:1/0", "APP_POSTGRES_URL": "postgresql://127.0.0.1:1/none"}
    with web(light, **unreachable) as service:
        failed = [service.get(path).status_code for path in ("/probe/cache", "/probe/postgres")]
        ready = service.get("/readyz")
        alive = service.get("/healthz")
        service.stop()

    assert failed == [500, 500]
    assert (ready.status_code, set(ready.json()["failing"])) == (503, {"redis", "postgres", "database"})
    assert alive.status_code == 200
    assert sorted(map(str, map(raised, receiver.events()))) == ["ConnectionError", "ConnectionRefusedError"]
