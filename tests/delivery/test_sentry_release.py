"""The release flow with the real sentry-cli: which calls reach Sentry, in which order, under which name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from support.history import git

if TYPE_CHECKING:
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

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            path = unquote(self.path.partition("?")[0])
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            recorder.calls.append((self.command, path, json.loads(body) if body else None))
            recorder.tokens.add(self.headers.get("authorization", ""))
            content = json.dumps(recorder.answer(path)).encode()
            self.send_response(201 if self.command == "POST" else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorder.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()


def tell(project: Path, recorder: Recorder, step: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(project),
        "SENTRY_URL": f"http://127.0.0.1:{recorder.port}",
        "SENTRY_AUTH_TOKEN": TOKEN,
        "SENTRY_ORG": "acme",
        "SENTRY_PROJECT": "shop",
        **variables,
    }
    command = [sys.executable, "tools/sentry_release.py", step]
    return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True)


def test_sentry_hears_of_release_commits_and_deploy_in_this_order(
    repository: Path, tool: Tool, recorder: Recorder
) -> None:
    git(repository, "remote", "add", "origin", "https://git.example.com/acme/shop.git")
    release = tool("release_env", "--environment", "production").stdout.strip()

    for step in ("create", "deployed"):
        result = tell(repository, recorder, step)
        assert result.returncode == 0, result.stdout + result.stderr
        assert TOKEN not in result.stdout + result.stderr

    releases = "/api/0/organizations/acme/releases/"
    written = [(method, path) for method, path, _ in recorder.calls if method != "GET"]
    assert list(dict.fromkeys(written)) == [
        ("POST", releases),
        ("PUT", f"{releases}{release}/"),
        ("POST", f"{releases}{release}/deploys/"),
    ]
    bodies = [body for method, _, body in recorder.calls if method != "GET"]
    assert bodies[0]["version"] == release
    assert bodies[0]["projects"] == ["shop"]
    commits, finalised, deploy = bodies[-3:]
    assert commits["commits"][0]["id"] == git(repository, "rev-parse", "HEAD").strip()
    assert finalised["dateReleased"]
    assert deploy["environment"] == "production"
    assert recorder.tokens == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("name", ["SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT"])
def test_a_missing_variable_is_one_sentence(name: str, repository: Path, tool: Tool, recorder: Recorder) -> None:
    tool("release_env", "--environment", "production")

    result = tell(repository, recorder, "create", **{name: ""})

    assert result.returncode == 1
    assert result.stderr == f"sentry_release: {name} must be set, as docs/deployment.md says.\n"
    assert recorder.calls == []


def test_without_a_release_sentry_is_told_nothing(repository: Path, recorder: Recorder) -> None:
    result = tell(repository, recorder, "create")

    assert result.returncode == 1
    assert "run tools/release_env.py first" in result.stderr
    assert recorder.calls == []


def test_a_refusal_of_sentry_ends_the_step(repository: Path, tool: Tool, recorder: Recorder) -> None:
    tool("release_env", "--environment", "production")

    # Nothing listens there.
    result = tell(repository, recorder, "create", SENTRY_URL="http://127.0.0.1:9")

    assert result.returncode != 0
    assert "set-commits" not in result.stdout
