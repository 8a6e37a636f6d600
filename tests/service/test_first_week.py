"""An owner's first week by docs/development.md: the service stays green, and so does its next update."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import environments
from support.documents import as_written
from support.edits import Edit, replaced
from support.environments import uv
from support.history import LATER_FILES, LATER_LINE, NEXT, WORKING_TREE, commit_all, git
from support.service import clean_environment
from support.updates import assert_nothing_to_resolve, update

if TYPE_CHECKING:
    from conftest import SdkEnvironments, Started

OLDEST, *_, NEWEST = [*environments.pythons()] * 2

PACKAGE = "src/{package}"

ORDERS = '''"""Orders."""

from __future__ import annotations

import sentry_sdk
from fastapi import APIRouter, BackgroundTasks
from sqlalchemy import select

from ..db import DbSession
from ..models import Order
from ..sentry import span
from .auth import CurrentUser

router = APIRouter(prefix="/v1/orders", tags=["orders"])


class PrinterError(Exception):
    """Nothing to wake anybody for."""


def print_receipt(order: int) -> None:
    raise PrinterError(order)


@router.post("")
async def create_order(customer: str, user: CurrentUser, session: DbSession, tasks: BackgroundTasks) -> dict[str, int]:
    sentry_sdk.set_tag("shop.region", "north")
    with span("store the order"):
        order = Order(customer=customer)
        session.add(order)
        await session.commit()
    tasks.add_task(print_receipt, order.id)
    return {"id": order.id}


@router.get("")
async def read_orders(session: DbSession) -> list[str]:
    return list(await session.scalars(select(Order.customer)))
'''
MODELS = '''"""The tables."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from .db import Base as Base


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str]
'''
TEST_OF_ORDERS = '''"""Orders."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from fastapi.testclient import TestClient

from PACKAGE.app import create_app
from PACKAGE.settings import Settings, User


def test_an_order_is_kept() -> None:
    settings = Settings(api_tokens={hashlib.sha256(b"token").hexdigest(): User(id="user-1")})
    client = TestClient(create_app(settings), base_url="https://api.example.com", raise_server_exceptions=False)
    with client:
        created = client.post("/v1/orders", params={"customer": "Ada"}, headers={"Authorization": "Bearer token"})
        assert (created.status_code, created.json()) == (200, {"id": 1})
        assert client.get("/v1/orders").json() == ["Ada"]
    assert settings.payment_key.get_secret_value() == "test"


@pytest.mark.anyio
async def test_a_test_may_be_async() -> None:
    await asyncio.sleep(0)
'''
OLD_TEST = '''"""Settings."""

from __future__ import annotations

from PACKAGE.settings import Settings


def test_there_is_a_key() -> None:
    assert Settings().payment_key.get_secret_value() == "test"
'''
OLD_ROUTE = ORDERS.replace(
    "from ..models import Order\nfrom ..sentry import span\n", "from ..sentry import span\nfrom ..tables import Order\n"
)
OLD_MODELS = MODELS.replace(
    "from sqlalchemy.orm import Mapped, mapped_column\n\nfrom .db import Base as Base\n",
    "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\nclass Base(DeclarativeBase):\n    pass\n",
)
MIDDLEWARE = """    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["api.example.com"])
    app.add_middleware(HTTPSRedirectMiddleware)
    app.middleware("http")(rate_limit)
"""
MOUNT = '    app.mount("/", StaticFiles(directory=Path(__file__).parent))\n'
RATE_LIMIT = '''async def rate_limit(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Let a client do three requests."""
    request.app.state.requests = getattr(request.app.state, "requests", 0) + 1
    return Response(status_code=429) if request.app.state.requests > 3 else await call_next(request)


'''
IMPORTS = """from fastapi import FastAPI, Request, Response
from fastapi.middleware.httpsredirect import HTTPSRedirectMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint
"""
HOOK = """  - repo: https://github.com/codespell-project/codespell
    rev: v2.4.1
    hooks:
      - id: codespell
"""


def added(text: str) -> Callable[[str], str]:
    return lambda before: before + text


WEEK = {
    "a route, a query, authentication, a background task": Edit(
        f"{PACKAGE}/api/orders.py", lambda _: ORDERS, "select("
    ),
    "a test of it": Edit("tests/test_orders.py", lambda _: TEST_OF_ORDERS, "an_order_is_kept"),
    "a setting without a default": Edit(
        f"{PACKAGE}/settings.py",
        lambda text: replaced("import BaseModel, Field, ", "import BaseModel, Field, SecretStr, ")(text).replace(
            "class Settings(LibrarySettings):\n", "class Settings(LibrarySettings):\n    payment_key: SecretStr\n"
        ),
        "payment_key: SecretStr",
    ),
    "its secret": Edit("env/secrets.env", lambda _: "APP_PAYMENT_KEY=of this machine\n", "of this machine"),
    "its value in tests": Edit(
        "tests/conftest.py", added('\nos.environ["APP_PAYMENT_KEY"] = "test"\n'), '"APP_PAYMENT_KEY"'
    ),
    "a safe key": Edit(
        f"{PACKAGE}/sentry_custom.py",
        replaced('frozenset(("item.id",))', 'frozenset(("item.id", "shop.region"))'),
        "shop",
    ),
    "a mask": Edit(
        f"{PACKAGE}/sentry_custom.py",
        replaced("MASKS: Final[tuple[tuple[str, str], ...]] = ()", 'MASKS: Final = ((r"P-[0-9]{6}", "[patient]"),)'),
        "[patient]",
    ),
    "an ignored error": Edit(
        f"{PACKAGE}/sentry_custom.py",
        replaced(
            "BaseException] | str, ...]] = ()", 'BaseException] | str, ...]] = ("PACKAGE.api.orders.PrinterError",)'
        ),
        "PrinterError",
    ),
    "a rate": Edit(
        f"{PACKAGE}/sentry_custom.py",
        replaced("    return None\n\n\ndef work", '    return 1.0 if path == "/v1/orders" else None\n\n\ndef work'),
        "/v1/orders",
    ),
    "middleware": Edit(
        f"{PACKAGE}/app.py",
        lambda text: (
            replaced("from fastapi import FastAPI\n", IMPORTS)(text)
            .replace("    app.include_router(router)\n", f"{MIDDLEWARE}    app.include_router(router)\n{MOUNT}")
            .replace("asynccontextmanager\n\n", "asynccontextmanager\nfrom pathlib import Path\n\n", 1)
            .replace("def create_app", f"{RATE_LIMIT}def create_app")
        ),
        "HTTPSRedirectMiddleware",
    ),
    "tests behind it": Edit(
        "tests/test_api.py",
        lambda text: text.replace("Settings())) as", 'Settings()), base_url="https://api.example.com") as').replace(
            'plan="pro")}))) as', 'plan="pro")})), base_url="https://api.example.com") as'
        ),
        "https://api.example.com",
    ),
    "a line of .gitignore": Edit(".gitignore", added("/uploads/\n"), "/uploads/"),
    "a hook": Edit(".pre-commit-config.yaml", added(HOOK), "codespell"),
}
"""What each of them changes, with what the documents of 0.4.0 and of today say."""

TODAY = {
    "a table": Edit(f"{PACKAGE}/models.py", lambda _: MODELS, "class Order"),
}
OF_04 = {
    "a route, a query, authentication, a background task": Edit(
        f"{PACKAGE}/api/orders.py", lambda _: OLD_ROUTE, "select("
    ),
    "a test of it": Edit("tests/test_orders.py", lambda _: OLD_TEST, "payment_key"),
    "a table": Edit(f"{PACKAGE}/tables.py", lambda _: OLD_MODELS, "class Order"),
}
"""There, tables were the owner's business."""


def run(project: Path, python: Path, *command: str, **variables: str) -> str:
    """Run a module there, behind a proxy that nothing answers at."""
    environ = clean_environment(
        project, {"http_proxy": "http://127.0.0.1:9", "all_proxy": "http://127.0.0.1:9", **variables}
    )
    result = subprocess.run([python, "-m", *command], cwd=project, env=environ, capture_output=True, text=True)
    assert result.returncode == 0, f"{' '.join(command)}:\n{result.stdout[-6000:]}{result.stderr[-3000:]}"
    return result.stdout


@pytest.mark.budget(120)
@pytest.mark.parametrize(
    ("before", "after", "sdk", "version"),
    [
        (WORKING_TREE, NEXT, "2", NEWEST),
        pytest.param("0.4.0", WORKING_TREE, "2", OLDEST, marks=pytest.mark.nightly),
        pytest.param("0.4.0", WORKING_TREE, "3", NEWEST, marks=pytest.mark.nightly),
        pytest.param(WORKING_TREE, NEXT, "3", OLDEST, marks=pytest.mark.nightly),
    ],
)
def test_a_week_of_work_survives_the_next_update(
    before: str, after: str, sdk: str, version: str, started: Started, sdk_environments: SdkEnvironments, tmp_path: Path
) -> None:
    # As many a folder is named.
    project = started(before).rename(tmp_path / "my service")
    python = sdk_environments.on(sdk, environments.pythons()[version])
    # As many a machine has it.
    (tmp_path / "ignore").write_text("env/\n.env\n", encoding="utf-8")
    git(project, "config", "core.excludesFile", str(tmp_path / "ignore"))
    edits = WEEK | (OF_04 if before == "0.4.0" else TODAY)
    for edit in edits.values():
        edit.make(project)
    run(project, python, "ruff", "format", "--quiet", "tests/test_api.py")
    if before != "0.4.0":
        database = f"sqlite+aiosqlite:///{tmp_path}/development.db"
        for command in (("revision", "--autogenerate", "-m", "Add orders"), ("upgrade", "head")):
            run(project, python, "alembic", *command, APP_DATABASE_URL=database)
    uv("add", "--frozen", "--quiet", "boto3>=1", cwd=project)
    uv("add", "--frozen", "--quiet", "--dev", "pytest-cov>=6", cwd=project)
    commit_all(project, "Make it ours")

    update(project, after, {"pii_policy": "strict"})

    assert [name for name, edit in edits.items() if not edit.is_kept(project)] == []
    assert_nothing_to_resolve(project)
    commit_all(project, "Update")
    tracked = git(project, "ls-files").splitlines()
    assert {"env/secrets.env.example", "env/release.env.example"} <= {*tracked}
    assert "env/secrets.env" not in tracked
    if after == NEXT:
        assert len(git(project, "grep", "--files-with-matches", "--fixed-strings", LATER_LINE).split()) == len(
            LATER_FILES
        )
    if (sdk, version) == ("2", NEWEST):
        as_written("uv run (poe|alembic upgrade) ", 3, project)
    else:
        for check in (("ruff", "format", "--check"), ("ruff", "check"), ("mypy",), ("pytest", "-q")):
            run(project, python, *check)
