"""What owners do to their services between two updates: all of it is still there afterwards, and everything works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Figure, SdkEnvironments, Started
from pytest_copier.plugin import CopierFixture
from support.edits import Edit, replaced
from support.environments import SDKS
from support.history import MADE_UP, commit_all, git
from support.service import clean_environment
from support.template import package_of
from support.updates import assert_nothing_to_resolve, from_releases

ROUTE = '''"""Orders."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/orders", tags=["orders"])


@router.get("/{order_id}")
async def read_order(order_id: int) -> dict[str, int]:
    return {"id": order_id}
'''
OWN_TEST = '''"""Orders."""

from __future__ import annotations

from fastapi.testclient import TestClient

from PACKAGE.app import create_app
from PACKAGE.settings import Settings


def test_an_order_is_read() -> None:
    with TestClient(create_app(Settings())) as client:
        assert client.get("/v1/orders/3").json() == {"id": 3}
        assert client.get("/v1/items/1").status_code == 404
    assert Settings().greeting == "hello"
'''
TEST_OF_APP = '''"""What app.py adds."""

from __future__ import annotations

from fastapi.testclient import TestClient

from PACKAGE.app import create_app
from PACKAGE.settings import Settings


def test_the_application_is_ours() -> None:
    app = create_app(Settings())

    @app.get("/gone")
    def gone() -> None:
        raise LookupError

    with TestClient(app) as client:
        assert app.state.ours == "open"
        assert client.get("/internal/healthz").status_code == 200
        assert client.get("/gone").status_code == 410
        answer = client.get("/v1/orders/3", headers={"origin": "https://example.org"})
        assert answer.headers["access-control-allow-origin"] == "https://example.org"
'''
JOB = """
  nightly:
    name: Ours
    runs-on: ubuntu-24.04
    steps:
      - run: echo ours
"""


def without_tests_of_items(text: str) -> str:
    return re.sub(r"def test_(an_item|a_fallback)\w+\(.*?(?=\n\n\n|\Z)\n*", "", text, flags=re.DOTALL)


DEPENDENCIES = "    # Template's dependencies above, yours below.\n"

EDITS = {
    "a route": Edit("src/{package}/api/orders.py", lambda _: ROUTE, "/v1/orders"),
    "a test of it": Edit("tests/test_orders.py", lambda _: OWN_TEST, "an_order_is_read"),
    "a setting": Edit(
        "src/{package}/settings.py",
        replaced('    log_level: Literal["DEBUG"', '    greeting: str = "hello"\n    log_level: Literal["DEBUG"'),
        "greeting: str",
    ),
    "a dependency": Edit(
        "pyproject.toml", replaced(DEPENDENCIES, f'{DEPENDENCIES}    "idna>=3",\n'), f'{DEPENDENCIES}    "idna>=3",\n'
    ),
    "a setting of a tool": Edit("pyproject.toml", lambda text: text + "\n[tool.ours]\nkey = 1\n", "[tool.ours]"),
    "a noise rule": Edit(
        "src/{package}/sentry_custom.py",
        replaced("BaseException] | str, ...]] = ()", "BaseException] | str, ...]] = (TimeoutError,)"),
        "(TimeoutError,)",
    ),
    "a mask": Edit(
        "src/{package}/sentry_custom.py",
        replaced("MASKS: Final[tuple[tuple[str, str], ...]] = ()", 'MASKS: Final = ((r"P-[0-9]{6}", "[patient]"),)'),
        "[patient]",
    ),
    "a sample rate for a path": Edit(
        "src/{package}/sentry_custom.py",
        replaced("    return None", '    return 0.0 if path == "/v1/quiet" else None'),
        "/v1/quiet",
    ),
    "a README": Edit("README.md", lambda _: "# Ours\n\nWritten by us.\n", "Written by us."),
    "a job of CI": Edit(".github/workflows/ci.yml", lambda text: text + JOB, "name: Ours"),
    "an example that is gone": Edit("src/{package}/api/items.py", None),
    "the tests of that example": Edit("tests/test_api.py", without_tests_of_items),
    "an alert that is gone": Edit("alerts/low_severity.json", None),
    "another threshold": Edit("alerts/user_impact.json", replaced('"value": 50', '"value": 75'), '"value": 75'),
    "a line of .gitignore": Edit(".gitignore", lambda text: text + "/scratch/\n", "/scratch/"),
    "a package in the image": Edit(
        "Dockerfile", lambda text: text + "\nLABEL org.example.team=ours\n", "org.example.team=ours"
    ),
    "a comment in a module of the template": Edit(
        "tools/release_env.py", lambda text: text + "\n# We call it by hand.\n", "# We call it by hand."
    ),
    "secrets": Edit("env/secrets.env", lambda _: "# SENTRY_DSN is ours\n", "is ours"),
}


IMPORT = "from fastapi import FastAPI\n"
ROUTER = "    app.include_router(router)\n"
APP = "src/{package}/app.py"

EDITS_OF_APP = {
    "a middleware": Edit(
        APP, replaced(ROUTER, f"    app.add_middleware(GZipMiddleware)\n{ROUTER}"), "add_middleware(GZipMiddleware)"
    ),
    "CORS": Edit(
        APP,
        replaced(ROUTER, f'    app.add_middleware(CORSMiddleware, allow_origins=["https://example.org"])\n{ROUTER}'),
        "add_middleware(CORSMiddleware",
    ),
    "their imports": Edit(
        APP,
        replaced(
            IMPORT,
            f"{IMPORT}from fastapi.middleware.cors import CORSMiddleware\n"
            "from fastapi.middleware.gzip import GZipMiddleware\n"
            "from fastapi.responses import JSONResponse\n",
        ),
        "import GZipMiddleware",
    ),
    "an exception handler": Edit(
        APP,
        replaced(
            ROUTER,
            "    app.add_exception_handler(LookupError, lambda request, error: JSONResponse({}, status_code=410))\n"
            + ROUTER,
        ),
        "add_exception_handler(LookupError",
    ),
    "a resource of its own": Edit(
        APP,
        replaced(
            "open_resources(app):\n        yield",
            'open_resources(app):\n        app.state.ours = "open"\n        yield',
        ),
        "app.state.ours",
    ),
    "another prefix": Edit(
        APP, replaced(ROUTER, f'{ROUTER}    app.include_router(router, prefix="/internal")\n'), "/internal"
    ),
    "a test of all that": Edit("tests/test_app.py", lambda _: TEST_OF_APP, "ours"),
}
"""What belongs into `app.py`, the service's own since 0.4."""


@pytest.mark.parametrize("version", from_releases(MADE_UP))
def test_nothing_that_an_owner_did_is_lost(
    version: str, started: Started, copier: CopierFixture, figure: Figure, sdk_environments: SdkEnvironments
) -> None:
    project = started(version)
    edits = {**EDITS, **EDITS_OF_APP} if version == MADE_UP else EDITS
    for edit in edits.values():
        edit.make(project)
    # The owner's own code in the owner's own style.
    reformat(project / "src" / package_of(project) / "api", project / "src" / package_of(project) / "settings.py")
    commit_all(project, "Make it ours")

    copier.update(project)

    conflicts = [name for name in git(project, "ls-files", "--unmerged").splitlines() if name]
    lost = [name for name, edit in edits.items() if not edit.is_kept(project)]
    row: dict[str, str | int] = {"from": version, "made": len(edits), "kept": len(edits) - len(lost)}
    figure("edits of owners over an update", **row, conflicts=len(conflicts))
    assert lost == []
    assert_nothing_to_resolve(project)
    python = sdk_environments[next(iter(SDKS))]
    result = subprocess.run(
        # What is sent after such edits is tested by test_first_week.py.
        [python, "-m", "pytest", "-q", "tests", "-k", "not planted"],
        cwd=project,
        env=clean_environment(project, {}),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-3000:]


def reformat(*paths: Path) -> None:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--quiet", "--line-length", "79", *map(str, paths)]
    subprocess.run(command, check=True)
