"""SQLAlchemy and asyncpg chosen together: one PostgreSQL for both, by one URL."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.receiver import Receiver
from support.spans import spans_of
from support.template import pyproject_of

from .conftest import raised

if TYPE_CHECKING:
    from conftest import Render

WORD = "planted-"

ROUTES = '''"""Routes that use the database both ways."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text

from ..db import DbSession
from ..postgres import PostgresConnection

router = APIRouter()


class QueryError(Exception): ...


@router.get("/session")
async def by_session(session: DbSession, word: str, fail: bool = False) -> list[str]:
    driver = session.get_bind().driver
    name = (await session.execute(text("SELECT :word || current_database()"), {"word": word})).scalar_one()
    if fail:
        raise QueryError
    return [driver, name]


@router.get("/pool")
async def by_pool(connection: PostgresConnection, word: str) -> str:
    return str(await connection.fetchval("SELECT $1 || current_database()", word))
'''


@pytest.fixture(scope="session")
def both(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = render(integrations=["sqlalchemy", "asyncpg"])
    copied = shutil.copytree(project, tmp_path_factory.mktemp("both") / project.name)
    (copied / "src" / "example_service" / "api" / "queries.py").write_text(ROUTES, encoding="utf-8")
    return copied


@pytest.mark.parametrize("variable", ["APP_POSTGRES_URL", "APP_DATABASE_URL"])
def test_sqlalchemy_uses_postgresql_by_asyncpg(
    both: Path, web: Any, receiver: Receiver, postgres_url: str, variable: str
) -> None:
    """Also with a URL that names no driver, as those who run databases hand them out."""
    with web(both, app="example_service.main:app", **{variable: postgres_url}) as service:
        answer = service.get("/session", params={"word": WORD})
        service.get("/session", params={"word": WORD, "fail": True})
        service.stop()

    queries = [span for span in spans_of(receiver) if "current_database" in span.name]
    [event] = receiver.events()
    assert answer.json() == ["asyncpg", f"{WORD}postgres"]
    assert queries
    assert {span.data.get("db.system.name") or span.data.get("db.system") for span in queries} == {"postgresql"}
    assert raised(event) == "QueryError"
    messages = [breadcrumb.get("message") or "" for breadcrumb in event["breadcrumbs"]["values"]]
    assert [message for message in messages if "current_database" in message]
    assert WORD not in json.dumps([item.body for item in receiver.items()])


def test_one_url_is_enough_for_both(both: Path, web: Any, postgres_url: str) -> None:
    with web(both, app="example_service.main:app", APP_POSTGRES_URL=postgres_url) as service:
        answers = [service.get(path, params={"word": WORD}).json() for path in ("/session", "/pool")]
        ready = service.get("/readyz")

    assert answers == [["asyncpg", f"{WORD}postgres"], f"{WORD}postgres"]
    assert (ready.status_code, ready.json()["failing"]) == (200, [])


def test_without_its_database_the_service_starts_and_says_what_is_missing(both: Path, web: Any) -> None:
    unreachable = "postgresql://127.0.0.1:1/none"
    with web(both, app="example_service.main:app", APP_POSTGRES_URL=unreachable) as service:
        ready = service.get("/readyz")
        alive = service.get("/healthz")

    assert (ready.status_code, {*ready.json()["failing"]}) == (503, {"database", "postgres"})
    assert alive.status_code == 200


def test_sqlite_stays_possible_for_development(both: Path, web: Any) -> None:
    with web(both, app="example_service.main:app", APP_DATABASE_URL="sqlite+aiosqlite:///here.db") as service:
        ready = service.get("/readyz")

    assert ready.json()["failing"] == ["postgres"]


def test_asyncpg_alone_brings_no_sqlalchemy(render: Render) -> None:
    project = render(integrations=["asyncpg"])

    package = project / "src" / "example_service"
    dependencies = " ".join(pyproject_of(project)["project"]["dependencies"])
    assert (package / "postgres.py").exists()
    assert not (package / "db.py").exists()
    assert "sqlalchemy" not in dependencies
    assert "database_url" not in (package / "library_settings.py").read_text(encoding="utf-8")
