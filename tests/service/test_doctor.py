"""`python -m <package>.sentry doctor`: each fault that a newcomer meets has its message, its fix, and status 1."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import forks
from support.receiver import Receiver, free_port
from support.service import clean_environment
from support.web import Response, answering

if TYPE_CHECKING:
    from conftest import Render

KEY = "0f1e2d3c4b5a"


def doctor(project: Path, python: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = ("-m", "example_service.sentry", "doctor", *options)
    return forks.run(python, *command, env=clean_environment(project, variables), cwd=project)


def test_a_sound_set_up_is_confirmed(render: Render, python: Path, receiver: Receiver) -> None:
    names = {"SENTRY_RELEASE": "example-service@1.2.3", "SENTRY_USER_ID_KEY": "k" * 32}

    result = doctor(render(), python, SENTRY_DSN=receiver.dsn, **names)

    assert result.returncode == 0, result.stdout
    assert result.stderr == ""
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["ok"] * 7
    assert "public" not in result.stdout


def test_a_test_event_arrives_under_the_id_that_is_printed(render: Render, python: Path, receiver: Receiver) -> None:
    result = doctor(render(), python, "--send", SENTRY_DSN=receiver.dsn, SENTRY_RELEASE="example-service@1.2.3")

    [event] = receiver.events()
    assert result.returncode == 0, result.stdout
    assert event["event_id"] in result.stdout


def test_a_call_whose_event_the_sdk_drops(render: Render, copy_of: Callable[[Path], Path], python: Path) -> None:
    project = copy_of(render())
    source = "def report(error: Exception) -> None:\n    sentry_sdk.capture_exception(error, extra={'order': 7})\n"
    (project / "src" / "example_service" / "orders.py").write_text(f"import sentry_sdk\n\n{source}")

    result = doctor(project, python)

    assert result.returncode == 1
    assert [line for line in result.stdout.splitlines() if "orders.py" in line] == [
        "FAULT  orders.py            line 4 passes `extra`, so the SDK drops the event. Pass `extras={...}`."
    ]


def test_no_dsn(render: Render, python: Path) -> None:
    result = doctor(render(), python)

    assert result.returncode == 1
    assert "SENTRY_DSN" in result.stdout
    assert "Set it in env/secrets.env" in result.stdout


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        pytest.param(
            {"SENTRY_DSN": f"https://{KEY}@example.com/x"}, "is malformed (Invalid project in DSN)", id="wrong DSN"
        ),
        pytest.param({"SENTRY_ENVIRONMENT": "a/b"}, "is a name that Sentry would drop", id="environment refused"),
        pytest.param({"SENTRY_RELEASE": "a/b"}, "is a name that Sentry would drop", id="release refused"),
        pytest.param({"SENTRY_TRACES_SAMPLE_RATE": "2"}, "must be a number between 0 and 1", id="rate"),
        pytest.param(
            {"SENTRY_DSN": f"http://{KEY}@nowhere.invalid/1"}, "the host name couldn't be resolved", id="unknown host"
        ),
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
    assert f"Couldn't connect to 127.0.0.1:{port}: connection refused." in result.stdout


def test_a_server_without_tls(render: Render, sdk_environments: Any, receiver: Receiver) -> None:
    dsn = receiver.dsn.replace("http://", "https://")

    result = doctor(render(), sdk_environments["2"], SENTRY_DSN=dsn)

    assert result.returncode == 1
    assert "TLS handshake failed" in result.stdout


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(401, "rejected the key"), (403, "rejected the key"), (404, "responded with 404"), (429, "rate limiting")],
)
def test_a_server_that_refuses_the_test_event(render: Render, python: Path, status: int, sentence: str) -> None:
    with answering(lambda _: Response(status)) as port:
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
    assert "no response within 5 seconds" in result.stdout


def test_production_without_a_release_is_a_fault(render: Render, sdk_environments: Any, receiver: Receiver) -> None:
    variables = {"SENTRY_ENVIRONMENT": "production", "SENTRY_USER_ID_KEY": "k" * 32}

    result = doctor(render(), sdk_environments["2"], SENTRY_DSN=receiver.dsn, **variables)

    assert result.returncode == 1
    assert "Run tools/release_env.py when you deploy." in result.stdout


NOT_READ = [
    ("SENTRY_SEND_DEFAULT_PII", "false", "is ignored; use SENTRY_PII_POLICY instead"),
    ("ENVIRONMENT", "production", "is ignored; use SENTRY_ENVIRONMENT instead"),
    ("SENTRY_TRACE_SAMPLE_RATE", "1", "Did you mean SENTRY_TRACES_SAMPLE_RATE?"),
    ("GIT_SHA", "0123abc", "is ignored; use SENTRY_RELEASE instead"),
    ("SENTRY_PRINT_ENVELOPES", "1", "before they're scrubbed"),
    ("SENTRY_SPOTLIGHT", "1", "is switched off"),
    ("FASTAPI_OTEL_AUTO_CONFIGURE", "true", "that isn't scrubbed"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9", "that isn't scrubbed"),
]


def test_what_is_not_read_is_named(render: Render, sdk_environments: Any, receiver: Receiver) -> None:
    variables = {name: value for name, value, _ in NOT_READ}

    result = doctor(render(), sdk_environments["2"], SENTRY_DSN=receiver.dsn, **variables)

    assert result.returncode == 0, result.stdout
    lines = result.stdout.splitlines()
    for name, _, sentence in NOT_READ:
        assert [line for line in lines if f"{name} " in line and sentence in line], f"{name}:\n{result.stdout}"


def test_profiling_that_is_left_off_is_named(render: Render, sdk_environments: Any, copy_of: Any) -> None:
    project = copy_of(render())
    answers = project / "src" / "example_service" / "sentry" / "answers.py"
    answers.write_text(answers.read_text().replace("PROFILING: Final[bool] = False", "PROFILING: Final[bool] = True"))

    result = doctor(project, sdk_environments["2"])

    assert "Use Python 3.12 or newer." in result.stdout


@pytest.mark.parametrize("mode", [0o644, 0o602])
def test_secrets_that_others_can_read_are_named(render: Render, sdk_environments: Any, copy_of: Any, mode: int) -> None:
    secrets = copy_of(render()) / "env" / "secrets.env"
    secrets.write_text("SENTRY_DSN=\n")
    secrets.chmod(mode)

    result = doctor(secrets.parents[1], sdk_environments["2"])

    assert f"is readable by other users. Run `chmod 600 {secrets}`." in result.stdout


def test_a_file_that_is_not_text_is_a_fault_in_one_line(render: Render, sdk_environments: Any, copy_of: Any) -> None:
    project = copy_of(render())
    (project / "env" / "secrets.env").write_bytes("SENTRY_DSN=s3cr3t\n".encode("utf-16"))

    result = doctor(project, sdk_environments["2"])

    assert (result.returncode, result.stderr) == (1, "")
    assert "env/secrets.env can't be read (not UTF-8 text)" in result.stdout
    assert "s3cr3t" not in result.stdout


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("import nowhere", "ModuleNotFoundError"),
        ("from .sentry.config import fail; fail('No s3cr3t.')", "SystemExit"),
        ("raise ValueError('s3cr3t')", "ValueError"),
    ],
)
def test_an_application_that_cannot_be_imported(
    render: Render, sdk_environments: Any, copy_of: Any, receiver: Receiver, line: str, kind: str
) -> None:
    project = copy_of(render())
    (project / "src" / "example_service" / "app.py").write_text(f"{line}\n")

    result = doctor(project, sdk_environments["2"], "--send", SENTRY_DSN=receiver.dsn)

    assert (result.returncode, result.stderr) == (1, "")
    sentence = f"can't be imported ({kind}). Start the service to see why."
    assert f"FAULT  application          example_service.main:app {sentence}\n" in result.stdout
    assert "s3cr3t" not in result.stdout
    assert receiver.items() == []
