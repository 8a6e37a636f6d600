"""`python -m <package>.sentry preview`: what it shows as sent is sent, and what it shows as removed is not."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import forks
from support.picture import picture
from support.receiver import Receiver
from support.service import clean_environment
from support.template import ROOT

if TYPE_CHECKING:
    from conftest import Render

PLANTED = {
    "ada@example.com",
    "+44 20 7946 0123",
    "4111 1111 1111 1111",
    "correct-horse",
    "ADA-2026",
    "3f2c9a7e51d84b06",
    "9b1d7c3e",
    "203.0.113.7",
}
POLICIES = ("strict", "pseudonymous", "full")


def preview(project: Path, python: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = ("-W", "error", "-m", "example_service.sentry", "preview", *options)
    return forks.run(python, *command, env=clean_environment(project, variables), cwd=project)


@pytest.mark.parametrize("policy", POLICIES)
def test_it_shows_what_leaves_and_what_is_removed(render: Render, python: Path, policy: str) -> None:
    result = preview(render(pii_policy=policy), python, "--json")

    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    leaves = json.dumps(found["leaves"], ensure_ascii=False)
    removed = json.dumps([one["before"] for one in found["removed"]], ensure_ascii=False)
    allowed = {"ada@example.com", "+44 20 7946 0123", "ADA-2026", "203.0.113.7"} if policy == "full" else set()
    assert found["policy"] == policy
    assert {value for value in PLANTED if value in leaves} == allowed
    # The SDK itself filters the two headers, before anything of ours sees them.
    assert {value for value in PLANTED - allowed if value not in removed} <= {"3f2c9a7e51d84b06", "9b1d7c3e"}


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_removed_is_not_among_what_leaves(render: Render, sdk_environments: Any, policy: str) -> None:
    found = json.loads(preview(render(pii_policy=policy), sdk_environments["2"], "--json").stdout)

    [event] = [item["payload"] for item in found["leaves"] if item["type"] == "event"]
    for one in found["removed"]:
        if one["item"] == "event" and isinstance(one["before"], str):
            value: Any = event
            for part in one["path"].split("."):
                value = value[int(part)] if isinstance(value, list) else (value or {}).get(part)
            assert value == one["after"], one


@pytest.mark.parametrize("policy", POLICIES)
def test_the_text_names_each_category(render: Render, sdk_environments: Any, policy: str) -> None:
    result = preview(render(pii_policy=policy), sdk_environments["2"])

    leaving, _, removed = result.stdout.partition("Removed by the policy")
    assert f"policy {policy}: a sample request with made-up data failed. Nothing was sent." in leaving
    assert "raise ValueError" in leaving
    assert "text of exceptions and messages (" in removed
    assert ("full paths on the machine (" in removed) is (policy != "full")


LEAVES = (
    "Would be sent",
    '"type": "ValueError"',
    '"value": "no confirmation',
    '"sent_to"',
    '"user"',
    '"id"',
    '"phone"',
)
REMOVED = ("the ID of", "name, email", "text of exceptions", "text of log", "tags, contexts", "URL, query")
"""What the picture shows: the rest is the SDK's own data, or tells of the machine."""


def test_the_picture_in_the_readme_is_what_it_prints(render: Render, sdk_environments: Any) -> None:
    """`UPDATE_SNAPSHOTS=1` draws it again."""
    printed = preview(render(), sdk_environments["2"], SENTRY_USER_ID_KEY="0123456789abcdef0123456789abcdef").stdout
    event, _, rest = printed.partition("  transaction\n")
    title, *categories = rest[rest.index("Removed by the policy") :].split("\n\n")
    lines = [
        "$ uv run python -m my_service.sentry preview",
        "",
        *(line for line in event.splitlines() if line.strip().startswith(LEAVES)),
        "",
        title,
        *(line for text in categories if text.strip().startswith(REMOVED) for line in text.splitlines()),
    ]
    drawn = picture(lines)
    path = ROOT / "docs" / "preview.svg"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(drawn, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == drawn
    assert "](docs/preview.svg)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_nothing_is_sent(render: Render, python: Path, receiver: Receiver) -> None:
    result = preview(render(), python, SENTRY_DSN=receiver.dsn)

    assert result.returncode == 0
    assert receiver.items() == []


def test_a_configuration_that_cannot_be_used_is_one_line(render: Render, sdk_environments: Any) -> None:
    result = preview(render(), sdk_environments["2"], SENTRY_RELEASE="a/b")

    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "SENTRY_RELEASE is a name that Sentry would drop" in result.stderr


@pytest.fixture
def changed(render: Render, copy_of: Callable[[Path], Path]) -> Callable[[str, str], Path]:
    """`changed(old, new)` is a service with other words in app.py."""

    def changed(old: str, new: str) -> Path:
        project = copy_of(render())
        app = project / "src" / "example_service" / "app.py"
        text = app.read_text(encoding="utf-8")
        assert old in text
        app.write_text(text.replace(old, new), encoding="utf-8")
        return project

    return changed


def test_middleware_that_answers_the_sample_request_is_left_out(
    changed: Callable[[str, str], Path], sdk_environments: Any
) -> None:
    kind = "from starlette.middleware.trustedhost import TrustedHostMiddleware"
    add = 'app.add_middleware(TrustedHostMiddleware, allowed_hosts=["shop.test"])'
    project = changed("    app.include_router(router)\n", f"    {kind}\n\n    app.include_router(router)\n    {add}\n")

    result = preview(project, sdk_environments["2"], "--json")

    [event] = [item["payload"] for item in json.loads(result.stdout)["leaves"] if item["type"] == "event"]
    assert event["exception"]["values"][-1]["type"] == "ValueError"


def test_a_factory_is_called_once(render: Render, copy_of: Callable[[Path], Path], sdk_environments: Any) -> None:
    project = copy_of(render())
    package = project / "src" / "example_service"
    factory = [
        "made = []",
        "def create():",
        "    from .main import app",
        "    made.append(app)",
        "    [one] = made",
        "    return one",
    ]
    (package / "factory.py").write_text("\n".join(factory), encoding="utf-8")
    answers = package / "sentry" / "answers.py"
    text = answers.read_text(encoding="utf-8")
    assert ".main:app" in text
    answers.write_text(text.replace(".main:app", ".factory:create"), encoding="utf-8")

    result = preview(project, sdk_environments["2"])

    assert (result.returncode, result.stderr) == (0, "")


def test_an_error_at_import_is_neither_sent_nor_shown(
    changed: Callable[[str, str], Path], sdk_environments: Any, receiver: Receiver
) -> None:
    project = changed("\n\n@asynccontextmanager", '\nlogging.error("at import")\n\n\n@asynccontextmanager')
    app = project / "src" / "example_service" / "app.py"
    app.write_text(app.read_text(encoding="utf-8").replace("\nfrom fastapi", "\nimport logging\nfrom fastapi"))

    result = preview(project, sdk_environments["2"], "--json", SENTRY_DSN=receiver.dsn)

    assert result.returncode == 0, result.stderr
    assert "at import" not in result.stdout + result.stderr
    assert receiver.items() == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("import nowhere", "ModuleNotFoundError"),
        ("from .sentry.config import fail; fail('No s3cr3t.')", "SystemExit"),
        ("raise ValueError('s3cr3t')", "ValueError"),
    ],
)
def test_an_application_that_cannot_be_used_is_one_line(
    changed: Callable[[str, str], Path], sdk_environments: Any, line: str, kind: str
) -> None:
    result = preview(changed("\n\n@asynccontextmanager", f"\n{line}\n\n\n@asynccontextmanager"), sdk_environments["2"])

    assert (result.returncode, result.stdout) == (1, "")
    sentence = f"can't be imported ({kind}). Start the service to see why."
    assert result.stderr == f"example-service: example_service.main:app {sentence}\n"
