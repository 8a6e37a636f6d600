"""DESIGN 4.1, each row against a real process: it starts as configured, or ends with one line before a port opens."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.receiver import Receiver, answers_on
from support.service import clean_environment

if TYPE_CHECKING:
    from conftest import Probe, Render, Serve

KEY = "0f1e2d3c4b5a"


@pytest.mark.parametrize("module", [None, "uvicorn"], ids=["python -m service", "uvicorn service.main:app"])
@pytest.mark.parametrize("environment", ["production", "prod", "PRODUCTION"])
@pytest.mark.parametrize("dsn", [{}, {"SENTRY_DSN": "  "}], ids=["absent", "blank"])
def test_production_without_a_dsn_does_not_start(
    render: Render, serve: Serve, python: Path, module: str | None, environment: str, dsn: dict[str, str]
) -> None:
    with serve(render(), python=python, module=module, env={**dsn, "SENTRY_ENVIRONMENT": environment}) as service:
        assert service.wait() == 78

    assert not answers_on(service.port)
    assert len(service.stderr.splitlines()) == 1
    assert "SENTRY_DSN" in service.stderr
    assert "env/secrets.env" in service.stderr


@pytest.mark.parametrize("environment", [{}, {"SENTRY_ENVIRONMENT": "staging"}], ids=["none", "staging"])
@pytest.mark.parametrize("dsn", [{}, {"SENTRY_DSN": " "}], ids=["absent", "blank"])
def test_elsewhere_the_service_runs_without_sentry(
    render: Render, serve: Serve, python: Path, environment: dict[str, str], dsn: dict[str, str]
) -> None:
    with serve(render(), python=python, env={**environment, **dsn}) as service:
        assert service.get("/v1/items/1").status_code == 200
        assert service.get("/sentry-debug").status_code == 500

    lines = [line for line in service.stderr.splitlines() if "Sentry" in line]
    assert len(lines) == 1
    assert re.search(r"INFO .*SENTRY_DSN is not set", lines[0])


@pytest.mark.parametrize(
    ("dsn", "fault"),
    [
        pytest.param("https://example.com", "has no key", id="https://example.com"),
        pytest.param("https://example.com/1", "has no key", id="no key"),
        pytest.param(f"https://{KEY}@example.com/", "has no project number", id="no project"),
        pytest.param(f"https://{KEY}@example.com/shop", "is no project number", id="letters for the project"),
        pytest.param(f"https://{KEY}@exam ple.com/1", "holds a space", id="spaces"),
        pytest.param(f"{KEY}@example.com/1", "does not begin with https://", id="no scheme"),
        pytest.param(f"https://{KEY}@example.com:https/1", "cannot be read", id="letters for the port"),
    ],
)
@pytest.mark.parametrize("environment", ["production", "development"])
def test_a_malformed_dsn_is_named_without_its_key(
    render: Render, serve: Serve, sdk_environments: dict[str, Path], dsn: str, fault: str, environment: str
) -> None:
    variables = {"SENTRY_DSN": dsn, "SENTRY_ENVIRONMENT": environment}
    with serve(render(), python=sdk_environments["2"], env=variables) as service:
        assert service.wait() == 78

    assert not answers_on(service.port)
    assert len(service.stderr.splitlines()) == 1
    assert re.search(rf"SENTRY_DSN .*{fault}", service.stderr)
    assert KEY not in service.output


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("SENTRY_SAMPLE_RATE", "1.5"),
        ("SENTRY_TRACES_SAMPLE_RATE", "-1"),
        ("SENTRY_PROFILE_SESSION_SAMPLE_RATE", "abc"),
        ("SENTRY_PROFILES_SAMPLE_RATE", "nan"),
        ("SENTRY_TRACES_SAMPLE_RATE", ""),
        ("SENTRY_ENVIRONMENT", "none"),
        ("SENTRY_RELEASE", "feature/x"),
        ("SENTRY_ENABLE_TRACING", "maybe"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_remedy(
    render: Render, serve: Serve, sdk_environments: dict[str, Path], variable: str, text: str
) -> None:
    with serve(render(), python=sdk_environments["2"], env={variable: text}) as service:
        assert service.wait() == 78

    assert len(service.stderr.splitlines()) == 1
    assert re.search(rf"{variable} .+; use .+\.", service.stderr)


def test_with_workers_nothing_listens_before_the_configuration_is_checked(
    render: Render, serve: Serve, python: Path
) -> None:
    options = {"args": ("--workers", "2"), "env": {"SENTRY_ENVIRONMENT": "production"}}
    with serve(render(), python=python, **options) as service:
        assert service.wait() == 78

    assert len(service.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_named(render: Render, python: Path, receiver: Receiver) -> None:
    project = render()
    command = [str(python), "-m", "example_service", "--port", str(receiver.port)]
    environ = clean_environment(project, {"SENTRY_DSN": receiver.dsn})

    result = subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True)

    assert result.returncode not in (0, 78)
    assert "address already in use" in result.stderr
    assert "Traceback" not in result.stderr


def test_plain_uvicorn_with_workers_gives_up_instead_of_restarting_for_ever(
    render: Render, serve: Serve, python: Path
) -> None:
    options = {"module": "uvicorn", "args": ("--workers", "2"), "env": {"SENTRY_ENVIRONMENT": "production"}}
    with serve(render(), python=python, **options) as service:
        service.wait()

    assert "SENTRY_DSN is not set" in service.stderr


def test_each_worker_initialises_once(
    render: Render, serve: Serve, python: Path, receiver: Receiver, probe: Probe
) -> None:
    options = {"module": "uvicorn", "app": "probe:app", "args": ("--workers", "2")}
    variables = {**probe(render()), "SENTRY_DSN": receiver.dsn, "SENTRY_DEBUG": "true"}
    with serve(render(), python=python, env=variables, **options) as service:
        for _ in range(8):
            answer = service.get("/probe/initialised").json()
            assert (answer["active"], answer["same"]) == (True, True)
        service.stop()

    set_up = [line for line in service.stderr.splitlines() if "Setting SDK name" in line]
    assert len(set_up) == 2


def test_a_reload_starts_over_in_a_process_of_its_own(
    render: Render, serve: Serve, python: Path, receiver: Receiver, copy_of: object
) -> None:
    project: Path = copy_of(render())  # type: ignore[operator]
    variables = {"SENTRY_DSN": receiver.dsn, "SENTRY_DEBUG": "true"}
    options = {"args": ("--reload", "--reload-dir", str(project / "src"))}
    with serve(project, python=python, env=variables, **options) as service:
        service.get("/sentry-debug")
        first = receiver.wait_for_event("ZeroDivisionError")
        service.stop()

    assert first["environment"] == "development"
    assert len([line for line in service.stderr.splitlines() if "Setting SDK name" in line]) == 1
