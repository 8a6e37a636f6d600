"""A service starts as configured, or ends with one line before a port opens. Each row is a real process."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import forks
from support.environments import uv
from support.receiver import Receiver, answers_on, free_port
from support.service import clean_environment

if TYPE_CHECKING:
    from conftest import Probe, Render, SdkEnvironments, Serve

KEY = "0f1e2d3c4b5a"

# What runs the service under Gunicorn; both on their own, for the environment has the rest.
GUNICORN = ("gunicorn>=23", "uvicorn-worker>=0.3")

ASK_THE_SERVICE = """
import json, sys
from example_service.sentry.config import ConfigurationError, load_config

def fault(environ):
    try:
        load_config(environ)
    except ConfigurationError as error:
        return str(error)

print(json.dumps([fault(environ) for environ in json.load(sys.stdin)]))
"""


def faults(project: Path, python: Path, environs: Sequence[Mapping[str, str]]) -> list[str | None]:
    """What a service says to each of these environments: one process that checks them all, where a start is no news."""
    answer = subprocess.run(
        [python, "-c", ASK_THE_SERVICE],
        input=json.dumps(environs),
        env=clean_environment(project, {}),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str | None] = json.loads(answer.stdout)
    return found


# How a service is started makes a difference, and so does the SDK; how production is spelled makes none.
@pytest.mark.parametrize(
    ("module", "variables"),
    [
        pytest.param(None, {"SENTRY_ENVIRONMENT": "production"}, id="python -m service"),
        pytest.param("uvicorn", {"SENTRY_ENVIRONMENT": "prod", "SENTRY_DSN": "  "}, id="uvicorn service.main:app"),
    ],
)
def test_production_without_a_dsn_does_not_start(
    render: Render, serve: Serve, python: Path, module: str | None, variables: dict[str, str]
) -> None:
    with serve(render(), python=python, module=module, env=variables, fresh=True) as service:
        assert service.wait() == 78

    assert not answers_on(service.port)
    assert len(service.stderr.splitlines()) == 1
    assert "SENTRY_DSN" in service.stderr
    assert "env/secrets.env" in service.stderr


@pytest.mark.parametrize(
    ("environments", "is_refused"),
    [
        pytest.param(["production", "prod", "PRODUCTION"], True, id="production"),
        pytest.param([None, "", "development", "staging", "preproduction"], False, id="elsewhere"),
    ],
)
def test_a_dsn_is_demanded_in_production_alone(
    render: Render, sdk_environments: SdkEnvironments, environments: list[str | None], is_refused: bool
) -> None:
    without = [{}, {"SENTRY_DSN": ""}, {"SENTRY_DSN": "  "}]
    named = [{} if name is None else {"SENTRY_ENVIRONMENT": name} for name in environments]

    found = faults(
        render(), sdk_environments["2"], [{**dsn, **environment} for dsn in without for environment in named]
    )

    assert [bool(fault) for fault in found] == [is_refused] * len(found)
    assert all("SENTRY_DSN" in fault and "env/secrets.env" in fault for fault in found if fault)


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({}, id="nothing is set"),
        pytest.param({"SENTRY_ENVIRONMENT": "staging", "SENTRY_DSN": " "}, id="a blank DSN in staging"),
    ],
)
def test_elsewhere_the_service_runs_without_sentry(
    render: Render, serve: Serve, python: Path, variables: dict[str, str]
) -> None:
    with serve(render(), python=python, env=variables) as service:
        assert service.get("/v1/items/1").status_code == 200
        assert service.get("/sentry-debug").status_code == 500

    lines = [line for line in service.stderr.splitlines() if "Sentry" in line]
    assert len(lines) == 1
    assert re.search(r"INFO .*SENTRY_DSN is not set", lines[0])


def test_a_malformed_dsn_ends_the_start_without_showing_its_key(
    render: Render, serve: Serve, sdk_environments: SdkEnvironments
) -> None:
    variables = {"SENTRY_DSN": f"https://{KEY}@example.com/shop", "SENTRY_ENVIRONMENT": "development"}
    with serve(render(), python=sdk_environments["2"], env=variables) as service:
        assert service.wait() == 78

    assert not answers_on(service.port)
    assert len(service.stderr.splitlines()) == 1
    assert "SENTRY_DSN" in service.stderr
    assert KEY not in service.output


RATE = "must be a number between 0 and 1, such as 0.1."
NAME = "is a name that Sentry would drop; use letters, digits, dots and dashes"
UNUSABLE = {
    ("SENTRY_SAMPLE_RATE", "1.5"): RATE,
    ("SENTRY_TRACES_SAMPLE_RATE", "-1"): RATE,
    ("SENTRY_PROFILE_SESSION_SAMPLE_RATE", "abc"): RATE,
    ("SENTRY_PROFILES_SAMPLE_RATE", "nan"): RATE,
    ("SENTRY_TRACES_SAMPLE_RATE", ""): RATE,
    ("SENTRY_ENVIRONMENT", "none"): NAME,
    ("SENTRY_RELEASE", "feature/x"): NAME,
    ("SENTRY_ENABLE_TRACING", "maybe"): "must be true or false.",
}


def test_a_value_that_cannot_be_used_ends_the_start(
    render: Render, serve: Serve, sdk_environments: SdkEnvironments
) -> None:
    with serve(render(), python=sdk_environments["2"], env={"SENTRY_SAMPLE_RATE": "1.5"}) as service:
        assert service.wait() == 78

    [line] = service.stderr.splitlines()
    assert line.endswith(f"SENTRY_SAMPLE_RATE {RATE}")


def test_a_value_that_cannot_be_used_is_named_with_its_fix(render: Render, sdk_environments: SdkEnvironments) -> None:
    found = faults(render(), sdk_environments["2"], [{variable: text} for variable, text in UNUSABLE])

    for ((variable, _), sentence), fault in zip(UNUSABLE.items(), found, strict=True):
        assert fault
        assert fault.startswith(f"{variable} {sentence}")
        assert "\n" not in fault


@pytest.mark.parametrize(
    ("package", "version", "sentence"),
    [
        ("sentry-sdk", "2.63.1", "needs sentry-sdk 2.75 or later. 2.63.1 is installed."),
        ("starlette", "0.20.4", "needs starlette 0.21 or later. 0.20.4 is installed."),
    ],
)
def test_a_version_that_the_layer_cannot_run_on_ends_the_start(
    render: Render, sdk_environments: SdkEnvironments, tmp_path: Path, package: str, version: str, sentence: str
) -> None:
    # What Python finds first is what it takes for installed.
    metadata = tmp_path / f"{package.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    path = os.pathsep.join([str(tmp_path), str(render() / "src")])

    result = subprocess.run(
        [sdk_environments["2"], "-c", "import example_service.main"],
        env=clean_environment(render(), {"PYTHONPATH": path}),
        capture_output=True,
        text=True,
    )

    assert result.returncode == 78
    assert result.stderr.splitlines() == [f"example-service: The Sentry layer {sentence} Upgrade it."]


def test_with_workers_nothing_listens_before_the_configuration_is_checked(
    render: Render, serve: Serve, python: Path
) -> None:
    options = {"args": ("--workers", "2"), "env": {"SENTRY_ENVIRONMENT": "production"}, "fresh": True}
    with serve(render(), python=python, **options) as service:
        assert service.wait() == 78

    assert len(service.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_named(render: Render, python: Path, receiver: Receiver) -> None:
    project = render()
    environ = clean_environment(project, {"SENTRY_DSN": receiver.dsn})

    result = forks.run(python, "-m", "example_service", "--port", str(receiver.port), env=environ, cwd=project)

    assert result.returncode not in (0, 78)
    assert "address already in use" in result.stderr
    assert "Traceback" not in result.stderr


def test_plain_uvicorn_with_workers_gives_up_instead_of_restarting_forever(
    render: Render, serve: Serve, python: Path
) -> None:
    options = {"module": "uvicorn", "args": ("--workers", "2"), "env": {"SENTRY_ENVIRONMENT": "production"}}
    with serve(render(), python=python, fresh=True, **options) as service:
        service.wait()

    assert "SENTRY_DSN is not set" in service.stderr


@pytest.mark.nightly
def test_gunicorn_gives_up_instead_of_restarting_forever(
    render: Render, sdk_environments: SdkEnvironments, tmp_path: Path
) -> None:
    python, libraries = sdk_environments["2"], tmp_path / "gunicorn"
    uv("pip", "install", "--quiet", "--python", str(python), "--no-deps", "--target", str(libraries), *GUNICORN)
    command = [str(python), "-m", "gunicorn", "--workers", "1", "--worker-class", "uvicorn_worker.UvicornWorker"]
    variables = {"PYTHONPATH": f"{render() / 'src'}{os.pathsep}{libraries}", "SENTRY_ENVIRONMENT": "production"}

    result = subprocess.run(
        [*command, "--bind", f"127.0.0.1:{free_port()}", "example_service.main:app"],
        env=clean_environment(render(), variables),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert result.returncode == 3
    assert result.stderr.count("SENTRY_DSN is not set") == 1


def test_each_worker_initializes_once(
    render: Render, serve: Serve, python: Path, receiver: Receiver, probe: Probe
) -> None:
    options = {"module": "uvicorn", "app": "probe:app", "args": ("--workers", "2"), "fresh": True}
    variables = {**probe(render()), "SENTRY_DSN": receiver.dsn, "SENTRY_DEBUG": "true"}
    with serve(render(), python=python, env=variables, **options) as service:
        for _ in range(8):
            answer = service.get("/probe/initialized").json()
            assert (answer["active"], answer["same"]) == (True, True)
        service.stop()

    set_up = [line for line in service.stderr.splitlines() if "Setting SDK name" in line]
    assert len(set_up) == 2


def test_a_reload_starts_over_in_a_process_of_its_own(
    render: Render, serve: Serve, python: Path, receiver: Receiver, copy_of: object
) -> None:
    project: Path = copy_of(render())  # type: ignore[operator]
    variables = {"SENTRY_DSN": receiver.dsn, "SENTRY_DEBUG": "true"}
    options = {"args": ("--reload", "--reload-dir", str(project / "src")), "fresh": True}
    with serve(project, python=python, env=variables, **options) as service:
        service.get("/sentry-debug")
        first = receiver.wait_for_event("ZeroDivisionError")
        service.stop()

    assert first["environment"] == "development"
    assert len([line for line in service.stderr.splitlines() if "Setting SDK name" in line]) == 1


# Each variable looks like configuration and is not read, or lets data out beside the policy; and what is said of it.
UNREAD = {
    ("SENTRY_SEND_DEFAULT_PII", "false"): "is ignored; use SENTRY_PII_POLICY instead.",
    ("SENTRY_TRACE_SAMPLE_RATE", "0.5"): "is ignored. Did you mean SENTRY_TRACES_SAMPLE_RATE?",
    ("SENTRY_PRINT_ENVELOPES", "1"): "prints envelopes before they're scrubbed.",
    (
        "SENTRY_SPOTLIGHT",
        "1",
    ): "is switched off, because it would bypass the policy; set SENTRY_DSN to a receiver instead.",
    ("ENVIRONMENT", "production"): "is ignored; use SENTRY_ENVIRONMENT instead.",
    ("RELEASE", "1.2.3"): "is ignored; use SENTRY_RELEASE instead.",
    ("GIT_SHA", "0123abc"): "is ignored; use SENTRY_RELEASE instead.",
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"): "exports telemetry that isn't scrubbed.",
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:9"): "exports telemetry that isn't scrubbed.",
}

READ = {
    "SENTRY_ENVIRONMENT": "staging",
    "SENTRY_RELEASE": "example-service@1.2.3",
    "SENTRY_USER_ID_KEY": "k" * 32,
    "SENTRY_PII_POLICY": "strict",
    "SENTRY_ENABLE_TRACING": "true",
    "SENTRY_SAMPLE_RATE": "1",
    "SENTRY_TRACES_SAMPLE_RATE": "1",
    "SENTRY_PROFILE_SESSION_SAMPLE_RATE": "1",
    "SENTRY_PROFILES_SAMPLE_RATE": "1",
    "SENTRY_DEBUG": "false",
    # Beside the SENTRY_ ones they are no mistake; and what is switched off lets nothing out.
    "ENVIRONMENT": "production",
    "RELEASE": "1.2.3",
    "GIT_SHA": "0123abc",
    "SENTRY_PRINT_ENVELOPES": "0",
    "SENTRY_SPOTLIGHT": "false",
    "FASTAPI_OTEL_AUTO_CONFIGURE": "false",
}


def test_what_looks_like_configuration_and_is_not_read_is_named_once(
    render: Render, serve: Serve, python: Path, receiver: Receiver
) -> None:
    with serve(render(), python=python, env={"SENTRY_DSN": receiver.dsn, **dict(UNREAD.keys())}) as service:
        assert service.get("/v1/items/1").status_code == 200
        service.stop()

    warnings = [line for line in service.stderr.splitlines() if " WARNING " in line]
    named = [sum(f"{name} {sentence}" in line for line in warnings) for (name, _), sentence in UNREAD.items()]
    assert named == [1] * len(UNREAD)
    # No warning beside these: what prints envelopes wraps the transport, and is no second sentry_sdk.init().
    assert len(warnings) == len(UNREAD)


def test_what_is_read_is_not_named(render: Render, serve: Serve, python: Path, receiver: Receiver) -> None:
    with serve(render(), python=python, env={"SENTRY_DSN": receiver.dsn, **READ}) as service:
        service.stop()

    assert " WARNING " not in service.output


# FastAPI says that it cannot export when it wants to and the libraries for it are missing, as they are here.
EXPORT = {"FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
WANTED = "Automatic OpenTelemetry export requires"


@pytest.mark.parametrize(
    ("policy", "wished", "exports"),
    [
        pytest.param("strict", False, False, id="strict"),
        pytest.param("strict", True, True, id="strict, unless the service says otherwise"),
        pytest.param("pseudonymous", False, True, id="pseudonymous"),
    ],
)
def test_fastapi_exports_nothing_of_its_own_under_strict(
    render: Render,
    serve: Serve,
    sdk_environments: SdkEnvironments,
    receiver: Receiver,
    copy_of: Callable[[Path], Path],
    policy: str,
    wished: bool,
    exports: bool,
) -> None:
    project = copy_of(render())
    custom = project / "src" / "example_service" / "sentry_custom.py"
    text = custom.read_text(encoding="utf-8")
    assert "FASTAPI_TELEMETRY: Final = False" in text
    custom.write_text(text.replace("FASTAPI_TELEMETRY: Final = False", f"FASTAPI_TELEMETRY: Final = {wished}"))
    variables = {"SENTRY_DSN": receiver.dsn, "SENTRY_PII_POLICY": policy, **EXPORT}
    with serve(project, python=sdk_environments["2"], env=variables) as service:
        service.stop()

    assert (WANTED in service.output) is exports
    assert len(re.findall(" WARNING .*FASTAPI_OTEL_AUTO_CONFIGURE ", service.output)) == 1
