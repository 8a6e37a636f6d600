"""`python -m <package>.sentry doctor`: each fault that a newcomer meets has its sentence, its remedy, and status 1."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.receiver import Receiver, free_port
from support.service import clean_environment

if TYPE_CHECKING:
    from conftest import Render

KEY = "0f1e2d3c4b5a"


def doctor(project: Path, python: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [python, "-m", "example_service.sentry", "doctor", *options]
    environ = clean_environment(project, variables)
    return subprocess.run(command, env=environ, cwd=project, capture_output=True, text=True, timeout=60)


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server that gives this answer to everything; the value is its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_a_sound_set_up_is_confirmed(render: Render, python: Path, receiver: Receiver) -> None:
    names = {"SENTRY_RELEASE": "example-service@1.2.3", "SENTRY_USER_ID_KEY": "k" * 32}

    result = doctor(render(), python, SENTRY_DSN=receiver.dsn, **names)

    assert result.returncode == 0, result.stdout
    assert result.stderr == ""
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["ok"] * 6
    assert "public" not in result.stdout


def test_a_test_event_arrives_under_the_id_that_is_printed(render: Render, python: Path, receiver: Receiver) -> None:
    result = doctor(render(), python, "--send", SENTRY_DSN=receiver.dsn, SENTRY_RELEASE="example-service@1.2.3")

    [event] = receiver.events()
    assert result.returncode == 0, result.stdout
    assert event["event_id"] in result.stdout


def test_no_dsn(render: Render, python: Path) -> None:
    result = doctor(render(), python)

    assert result.returncode == 1
    assert "SENTRY_DSN" in result.stdout
    assert "copy env/secrets.env.example to env/secrets.env" in result.stdout


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        pytest.param({"SENTRY_DSN": f"https://{KEY}@example.com/x"}, "ends in something that is no", id="wrong DSN"),
        pytest.param({"SENTRY_DSN": "https://example.com"}, "has no key before the host", id="no key"),
        pytest.param({"SENTRY_ENVIRONMENT": "a/b"}, "holds a slash", id="environment refused"),
        pytest.param({"SENTRY_RELEASE": "a/b"}, "holds a slash", id="release refused"),
        pytest.param({"SENTRY_TRACES_SAMPLE_RATE": "2"}, "is outside 0 to 1", id="rate"),
        pytest.param({"SENTRY_DSN": f"http://{KEY}@nowhere.invalid/1"}, "no host is called", id="unknown host"),
    ],
)
def test_a_fault_has_its_sentence(
    render: Render, sdk_environments: Any, variables: dict[str, str], sentence: str
) -> None:
    result = doctor(render(), sdk_environments["2"], **variables)

    assert result.returncode == 1
    assert sentence in result.stdout
    assert KEY not in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_where_nothing_listens(render: Render, sdk_environments: Any) -> None:
    port = free_port()

    result = doctor(render(), sdk_environments["2"], SENTRY_DSN=f"http://{KEY}@127.0.0.1:{port}/1")

    assert result.returncode == 1
    assert f"nothing listens at 127.0.0.1:{port}" in result.stdout


def test_a_server_without_tls(render: Render, sdk_environments: Any, receiver: Receiver) -> None:
    dsn = receiver.dsn.replace("http://", "https://")

    result = doctor(render(), sdk_environments["2"], SENTRY_DSN=dsn)

    assert result.returncode == 1
    assert "speaks no TLS" in result.stdout


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(401, "refuses the key"), (403, "refuses the key"), (404, "no such project"), (429, "quota")],
)
def test_a_server_that_refuses_the_test_event(render: Render, python: Path, status: int, sentence: str) -> None:
    with answering(status) as port:
        result = doctor(render(), python, "--send", SENTRY_DSN=f"http://{KEY}@127.0.0.1:{port}/1")

    assert result.returncode == 1, result.stdout
    assert sentence in result.stdout


def test_a_server_that_never_answers(render: Render, python: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(5)
        dsn = f"http://{KEY}@127.0.0.1:{server.getsockname()[1]}/1"

        result = doctor(render(), python, "--send", SENTRY_DSN=dsn)

    assert result.returncode == 1
    assert "did not answer within 5 seconds" in result.stdout


def test_production_without_a_release_is_a_fault(render: Render, sdk_environments: Any, receiver: Receiver) -> None:
    variables = {"SENTRY_ENVIRONMENT": "production", "SENTRY_USER_ID_KEY": "k" * 32}

    result = doctor(render(), sdk_environments["2"], SENTRY_DSN=receiver.dsn, **variables)

    assert result.returncode == 1
    assert "A deploy writes it to env/release.env" in result.stdout
