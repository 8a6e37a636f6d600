"""What CI tells Sentry at a release, with the real sentry-cli: which calls, in which order, under which name."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
import yaml
from support.history import git
from support.web import Request, Response, answering

if TYPE_CHECKING:
    from conftest import Render
    from delivery.conftest import Tool

TOKEN = "a-token-of-ci"  # noqa: S105


@dataclass
class Recorder:
    """Notes down what it is asked and answers as Sentry's API does, as far as sentry-cli looks at the answer."""

    port: int = 0
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def answer(self, path: str) -> Any:
        if path.endswith("/repos/"):
            return []
        if path.endswith("/previous-with-commits/"):
            return {}
        if path.endswith("/deploys/"):
            return {"id": "1", "environment": "production", "dateFinished": "2026-01-01T00:00:00Z"}
        return {"version": "1", "dateCreated": "2026-01-01T00:00:00Z", "newGroups": 0, "projects": []}


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()

    def answer(request: Request) -> Response:
        path = unquote(request.path.partition("?")[0])
        recorder.calls.append((request.method, path, json.loads(request.body) if request.body else None))
        recorder.tokens.add(request.headers.get("authorization", ""))
        return Response(201 if request.method == "POST" else 200, json.dumps(recorder.answer(path)).encode())

    with answering(answer) as recorder.port:
        yield recorder


def release_lines(project: Path, ci: str) -> list[str]:
    """What the job that tells Sentry runs in a shell, or the document shows, without the installation of sentry-cli."""
    if ci == "github":
        release = yaml.safe_load((project / ".github" / "workflows" / "release.yml").read_text())
        scripts = [step["run"] for step in release["jobs"]["sentry"]["steps"] if "run" in step]
    elif ci == "none":
        document = (project / "docs" / "deployment.md").read_text()
        (block,) = [one for one in re.findall(r"```console\n(.*?)```", document, re.DOTALL) if "sentry-cli" in one]
        lines: str = block
        return lines.replace("uv run ", "python3 ").replace("uvx ", "").splitlines()
    else:
        pipeline: dict[str, dict[str, list[str]]] = yaml.safe_load((project / ".gitlab-ci.yml").read_text())
        scripts = pipeline["sentry"]["script"]
    installs = re.compile(r"(uv tool|pip) install .*sentry-cli")
    assert [line for line in scripts if installs.match(line)]
    return [line.replace("uv run --no-project", "python3") for line in scripts if not installs.match(line)]


def release(project: Path, recorder: Recorder, ci: str, lines: list[str], **variables: str) -> tuple[int, str]:
    name = f"example-service@0.1.0+{git(project, 'rev-parse', 'HEAD')[:12]}"
    environ = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(project),
        "SENTRY_URL": f"http://127.0.0.1:{recorder.port}",
        "SENTRY_AUTH_TOKEN": TOKEN,
        "SENTRY_ORG": "acme",
        "SENTRY_PROJECT": "shop",
        # GitHub gets it from another job, which compares it with the tag.
        **({"SENTRY_RELEASE": name} if ci == "github" else {"CI_COMMIT_TAG": "v0.1.0"}),
        **variables,
    }
    script = "\n".join(["set -eo pipefail", *lines])
    result = subprocess.run(["bash", "-c", script], cwd=project, env=environ, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


@pytest.fixture(params=["github", "gitlab", "none"])
def ci(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def lines(ci: str, render: Render) -> list[str]:
    return release_lines(render(ci=ci), ci)


def test_sentry_hears_of_release_commits_and_deploy_in_this_order(
    repository: Path, tool: Tool, recorder: Recorder, ci: str, lines: list[str]
) -> None:
    git(repository, "remote", "add", "origin", "https://git.example.com/acme/shop.git")

    status, output = release(repository, recorder, ci, lines)

    assert status == 0, output
    assert TOKEN not in output
    name = tool("release_env", "--print").stdout.strip()
    assert f"SENTRY_RELEASE={name}\nSENTRY_ENVIRONMENT=production\n" in (repository / "env/release.env").read_text()
    releases = "/api/0/organizations/acme/releases/"
    written = [(method, path) for method, path, _ in recorder.calls if method != "GET"]
    assert list(dict.fromkeys(written)) == [
        ("POST", releases),
        ("PUT", f"{releases}{name}/"),
        ("POST", f"{releases}{name}/deploys/"),
    ]
    bodies = [body for method, _, body in recorder.calls if method != "GET"]
    assert bodies[0]["version"] == name
    assert bodies[0]["projects"] == ["shop"]
    commits, finalized, deploy = bodies[-3:]
    assert commits["commits"][0]["id"] == git(repository, "rev-parse", "HEAD").strip()
    assert finalized["dateReleased"]
    assert deploy["environment"] == "production"
    assert recorder.tokens == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("ci", ["github", "gitlab"], indirect=True)
@pytest.mark.parametrize("name", ["SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT"])
def test_a_missing_variable_ends_the_job(
    name: str, repository: Path, recorder: Recorder, ci: str, lines: list[str]
) -> None:
    status, output = release(repository, recorder, ci, lines, **{name: ""})

    assert status == 1
    assert f"{name} must be set: docs/deployment.md." in output
    assert recorder.calls == []


def test_a_failure_of_sentry_ends_the_job(repository: Path, recorder: Recorder, ci: str, lines: list[str]) -> None:
    # Nothing listens there.
    status, output = release(repository, recorder, ci, lines, SENTRY_URL="http://127.0.0.1:9")

    assert status != 0
    assert "Created release" not in output
