"""What owners do to their services between two updates: all of it is still there afterwards, and everything works."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Figure, SdkEnvironments, Started
from pytest_copier.plugin import CopierFixture
from releases import RELEASES
from support.environments import SDKS
from support.history import MADE_UP, WORKING_TREE, commit_all, git
from support.service import clean_environment
from support.template import package_of
from support.updates import assert_nothing_to_resolve

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
JOB = """
  nightly:
    name: Ours
    runs-on: ubuntu-24.04
    steps:
      - run: echo ours
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change by the owner, and how to tell that it is still there."""

    file: str
    change: Callable[[str], str] | None
    """The new text, or None to delete the file."""
    kept: str = ""
    """What the text must still hold."""

    def make(self, project: Path) -> None:
        path = project / self.file.format(package=package_of(project))
        if self.change is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = self.change(before).replace("PACKAGE", package_of(project))
        assert after != before
        path.write_text(after, encoding="utf-8")

    def is_kept(self, project: Path) -> bool:
        path = project / self.file.format(package=package_of(project))
        if self.change is None:
            return not path.exists()
        return path.is_file() and self.kept in path.read_text(encoding="utf-8")


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return change


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
        "src/{package}/sentry/noise.py", lambda text: text + "\n# We add to sentry_custom.py.\n", "# We add to"
    ),
    "secrets": Edit("env/secrets.env", lambda _: "# SENTRY_DSN is ours\n", "is ours"),
}


@pytest.mark.parametrize("version", [MADE_UP, *RELEASES])
def test_nothing_that_an_owner_did_is_lost(
    version: str, started: Started, copier: CopierFixture, figure: Figure, sdk_environments: SdkEnvironments
) -> None:
    project = started(version)
    for edit in EDITS.values():
        edit.make(project)
    # The owner's own code in the owner's own style.
    reformat(project / "src" / package_of(project) / "api", project / "src" / package_of(project) / "settings.py")
    commit_all(project, "Make it ours")

    copier.update(project)

    conflicts = [name for name in git(project, "ls-files", "--unmerged").splitlines() if name]
    lost = [name for name, edit in EDITS.items() if not edit.is_kept(project)]
    row: dict[str, str | int] = {"from": version, "made": len(EDITS), "kept": len(EDITS) - len(lost)}
    figure("edits of owners over an update", **row, conflicts=len(conflicts))
    assert lost == []
    assert_nothing_to_resolve(project)
    python = sdk_environments[next(iter(SDKS))]
    result = subprocess.run(
        [python, "-m", "pytest", "-q", "tests"],
        cwd=project,
        env=clean_environment(project, {}),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-3000:]


def reformat(*paths: Path) -> None:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--quiet", "--line-length", "79", *map(str, paths)]
    subprocess.run(command, check=True)


CONFLICT = "<<<<<<< before updating\nours\n=======\ntheirs\n>>>>>>> after updating\n"


@pytest.mark.parametrize(
    ("file", "text", "passes"),
    [
        pytest.param("notes.md", "Fine.\n\n=======\n", True, id="a rule of Markdown"),
        pytest.param("notes.md", CONFLICT, False, id="a conflict"),
    ],
)
def test_a_conflict_that_is_committed_fails_ci(file: str, text: str, passes: bool, started: Started) -> None:
    project = started(WORKING_TREE)
    workflow = (project / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "run: uv run tools/check_conflicts.py\n" in workflow
    (project / file).write_text(text, encoding="utf-8")
    commit_all(project, "Update")

    command = [sys.executable, "tools/check_conflicts.py"]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True)

    assert result.returncode == (0 if passes else 1), result.stderr
    assert passes or result.stderr.startswith(f"check_conflicts: {file}")
