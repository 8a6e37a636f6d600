"""The service as a real process, and a real receiver of what it sends."""

from __future__ import annotations

import importlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import pytest

from . import PACKAGE
from .wire import PlantedValues, Receiver, send_requests

answers: Any = importlib.import_module(f"{PACKAGE}.sentry.answers")

ROOT = Path(__file__).resolve().parents[2]
PLANTED = "tests.sentry.planted_app"
RELEASE = f"{answers.SERVICE}@1.2.3+0123abc"
# The service may have another package `tests`, in the folder that its imports begin at.
START = (
    "import sys, types, uvicorn; tests = sys.modules['tests'] = types.ModuleType('tests'); "
    "tests.__path__ = [sys.argv.pop(1)]; uvicorn.main()"
)
SECONDS = 30.0  # A process that takes longer to start or to stop fails the test.

NO_SENTRY = {"SENTRY_DSN": "", "SENTRY_RELEASE": "", "SENTRY_ENVIRONMENT": "test"}
"""The process environment wins over env/*.env, and an empty DSN is none."""

NO_PROXY = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
"""The receiver is on this machine, and no proxy reaches it."""

os.environ.update(NO_SENTRY)


class Run(NamedTuple):
    """What was planted in a process, and what it sent."""

    policy: str
    values: PlantedValues
    sent: Receiver

    def errors(self) -> dict[str, Any]:
        """Return the events by the type of their last exception."""
        events = [event for event in self.sent.items("event") if "exception" in event]
        return {event["exception"]["values"][-1]["type"]: event for event in events}


def environ_with(**variables: str) -> dict[str, str]:
    """Return the environment of a process with the same modules, and only these SENTRY_ variables."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")
    }
    path = os.pathsep.join((str(ROOT), *sys.path))
    return {**inherited, **NO_SENTRY, **NO_PROXY, "PYTHONPATH": path, **variables}


@pytest.fixture(scope="session", params=dict.fromkeys((answers.PII_POLICY, "strict")))
def run(request: pytest.FixtureRequest) -> Run:
    """Run the service under its policy, and under the strictest one."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-c",
        START,
        str(ROOT / "tests"),
        f"{PLANTED}:app",
        "--port",
        str(port),
    ]
    # A file, not a pipe: a full pipe would stop the service, because nothing reads it while
    # the service runs.
    with Receiver() as receiver, TemporaryFile("w+") as output:
        environ = environ_with(
            SENTRY_DSN=receiver.dsn,
            SENTRY_RELEASE=RELEASE,
            SENTRY_ENVIRONMENT="staging",
            SENTRY_PII_POLICY=request.param,
            SENTRY_USER_ID_KEY=secrets.token_hex(32),
            SENTRY_TRACES_SAMPLE_RATE="1",
            PLANTED_URL=receiver.url,
        )
        process = subprocess.Popen(command, env=environ, stdout=output, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + SECONDS
            planted = None
            while planted is None:
                with suppress(ConnectionRefusedError):
                    planted = send_requests(port)
                if process.poll() is not None or time.monotonic() > deadline:
                    output.seek(0)
                    pytest.fail(f"The service does not answer:\n{output.read()}")
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            process.wait(SECONDS)
        finally:
            process.kill()
    return Run(request.param, planted, receiver)
