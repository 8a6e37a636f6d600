"""Docker Compose: the image and compose.yaml, as far as they can be checked without an engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import yaml
from support import matrix
from support.environments import uv_binary
from support.receiver import Receiver, answers_on, free_port

if TYPE_CHECKING:
    from conftest import Render
    from delivery.conftest import Tool

Check = Callable[..., str]


def instructions(project: Path) -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, continued lines joined."""
    text = re.sub(r"(?m)^#.*\n", "", (project / "Dockerfile").read_text()).replace("\\\n", " ")
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def last_stage(project: Path) -> dict[str, str]:
    found = instructions(project)
    start = max(number for number, (name, _) in enumerate(found) if name == "FROM")
    return dict(found[start:])


def command_of(project: Path) -> list[str]:
    command: list[str] = json.loads(last_stage(project)["CMD"])
    return command


def compose(project: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((project / "compose.yaml").read_text())
    return loaded


def test_the_linter_of_dockerfiles_has_nothing_to_say(deployed: Path, check: Check) -> None:
    check("hadolint", "Dockerfile", cwd=deployed)


def test_docker_is_told_the_syntax_where_it_looks_for_it(deployed: Path) -> None:
    text = (deployed / "Dockerfile").read_text(encoding="utf-8")
    assert text.startswith("# syntax=docker/dockerfile:1\n")


def test_the_image_runs_without_root_in_exec_form_with_a_health_check(deployed: Path) -> None:
    stage = last_stage(deployed)

    assert stage["USER"] == "10001:10001"
    assert command_of(deployed)[:3] == ["python", "-m", "example_service"]
    probe = json.loads(stage["HEALTHCHECK"].partition("CMD ")[2])
    assert probe[0] == "python"
    assert "curl" not in (deployed / "Dockerfile").read_text()


def test_no_variable_of_sentry_and_no_build_secret_is_in_a_layer(deployed: Path) -> None:
    for name, rest in instructions(deployed):
        assert "SENTRY_" not in rest, name
        assert not re.search(r"(?i)secret|token|password|\.env\b", rest), name
    assert [rest for name, rest in instructions(deployed) if name == "ARG"] == [
        "PYTHON_IMAGE=docker.io/library/python:3.15-slim",
        "UV_IMAGE=ghcr.io/astral-sh/uv:0.13",
    ]


def test_the_base_can_be_pinned_by_digest(deployed: Path) -> None:
    bases = [rest.split()[0] for name, rest in instructions(deployed) if name == "FROM"]
    assert set(bases) == {"${PYTHON_IMAGE}", "${UV_IMAGE}"}


def test_what_goes_into_the_image_is_named(deployed: Path) -> None:
    first, *rest = [line for line in (deployed / ".dockerignore").read_text().splitlines() if line[:1] not in ("", "#")]
    assert first == "*"
    assert [line for line in rest if line.startswith("!")] == [
        "!pyproject.toml",
        "!uv.lock",
        "!README.md",
        "!LICENSE",
        "!src",
    ]


def test_the_image_can_be_built_and_started_as_a_plain_process(
    repository: Path, tool: Tool, tmp_path: Path, receiver: Receiver
) -> None:
    """The steps of the Dockerfile on what .dockerignore admits: `uv sync`, CMD in an empty folder, the probe."""
    context, venv, data = tmp_path / "src", tmp_path / "venv", tmp_path / "data"
    context.mkdir()
    data.mkdir()
    for name in ("pyproject.toml", "README.md", "src"):
        source = repository / name
        shutil.copytree(source, context / name) if source.is_dir() else shutil.copy(source, context / name)
    environ = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(venv), "UV_LINK_MODE": "copy", "UV_PYTHON": sys.executable}
    environ.pop("VIRTUAL_ENV", None)
    subprocess.run([uv_binary(), "sync", "--quiet", "--no-dev", "--no-editable"], cwd=context, env=environ, check=True)
    shutil.rmtree(context)

    released = tool("release_env", "--environment", "staging").stdout.strip()
    handed_in = dict(line.split("=", 1) for line in (repository / "env/release.env").read_text().splitlines()[1:])
    port = free_port()
    command = [str(port) if word == "8000" else word for word in command_of(repository)]
    command[command.index("--host") + 1] = "127.0.0.1"
    probe = json.loads(last_stage(repository)["HEALTHCHECK"].partition("CMD ")[2].replace("8000", str(port)))
    inside = {"PATH": f"{venv / 'bin'}:{os.environ['PATH']}", "SENTRY_DSN": receiver.dsn, **handed_in}
    process = subprocess.Popen(command, cwd=data, env=inside, stderr=subprocess.PIPE)
    try:
        while not answers_on(port):
            assert process.poll() is None, process.stderr and process.stderr.read()
        assert subprocess.run(probe, env=inside).returncode == 0
        assert httpx2.get(f"http://127.0.0.1:{port}/sentry-debug", trust_env=False).status_code == 500
    finally:
        process.terminate()
        _, stderr = process.communicate()

    # Ended by the signal itself: uvicorn passes it on after it has shut down.
    assert process.returncode in (0, -15), stderr
    assert subprocess.run(probe, env=inside, capture_output=True).returncode == 1
    assert receiver.wait_for_event("ZeroDivisionError")["release"] == released


@pytest.mark.parametrize("answers", [{}, matrix.named()["everything"]], ids=["defaults", "everything"])
def test_compose_file_fits_the_schema(answers: dict[str, Any], render: Render, check: Check) -> None:
    project = render(**{**answers, "deployment": ["compose"]})
    check("check-jsonschema", "--builtin-schema", "vendor.compose-spec", project / "compose.yaml")


def test_every_process_gets_both_files_release_last_and_no_rights(render: Render) -> None:
    project = render(**{**matrix.named()["everything"], "deployment": ["compose"]})

    own = {name: service for name, service in compose(project)["services"].items() if service.get("build") == "."}

    assert "web" in own
    for service in own.values():
        assert service["env_file"] == ["env/secrets.env", "env/release.env"]
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert service["command"][:2] == ["python", "-m"]


def test_the_receiver_comes_only_when_it_is_asked_for(deployed: Path) -> None:
    assert compose(deployed)["services"]["receiver"]["profiles"] == ["receiver"]


def test_ports_are_open_to_this_machine_only(deployed: Path) -> None:
    ports = [port for service in compose(deployed)["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_without_containers_there_is_no_image(render: Render) -> None:
    project = render(deployment=["systemd"])
    assert not {"Dockerfile", ".dockerignore", "compose.yaml"} & {path.name for path in project.iterdir()}
