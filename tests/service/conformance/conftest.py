"""Fixtures that run a situation on both sides and give what arrived."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from support.receiver import free_port
from support.service import clean_environment

from . import observation
from .receiver import Answer, Project, Receiver

if TYPE_CHECKING:
    from conftest import Render, SdkEnvironments

FOLDER: Final = Path(__file__).parent
SIDES: Final = ("usual", "layer")
STOP_SECONDS: Final = 20.0

ANSWERS: Final[dict[str, Any]] = {
    # Nothing is masked, requests are named as the SDK does, and what the usual init finds by itself is chosen.
    "pii_policy": "full",
    "transaction_style": "url",
    "telemetry": ["tracing"],
    "integrations": ["sqlalchemy", "httpx2"],
}


@dataclass(frozen=True, slots=True)
class Side:
    """What one side has done in a situation."""

    project: Project
    answers: list[str]
    """What the client saw."""
    status: int
    output: str

    @property
    def lines(self) -> list[str]:
        """What is compared with the other side."""
        return [*(f"answer {line}" for line in self.answers), *observation.lines(self.project.items)]


@dataclass(slots=True)
class Processes:
    """A running `processes.py`."""

    process: subprocess.Popen[str]
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def ask(self, **command: object) -> int:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def wait(self, pid: int, seconds: float = STOP_SECONDS) -> int:
        return self.ask(wait=pid, seconds=seconds)


Observe = Callable[..., dict[str, Side]]


class Ways:
    """How the envelopes get to a receiver, by the names that a situation gives as its `WAYS`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._receivers: dict[str, Receiver] = {}

    def project(self, way: str, *answers: Answer) -> Project:
        """A new project that is reached in this way."""
        receiver = self._receiver(way)
        address = {"prefix": f"{receiver.address}/sentry/errors", "proxy": "sentry.example.com"}.get(way)
        return receiver.project(*answers, address=address)

    def variables(self, way: str) -> dict[str, str]:
        """What the environment of a process says about it."""
        if way == "proxy":
            return {"HTTP_PROXY": f"http://{self._receiver(way).address}"}
        return {"SSL_CERT_FILE": str(self._certificate())} if way == "private-ca" else {}

    def close(self) -> None:
        self._stack.close()

    def _receiver(self, way: str) -> Receiver:
        name = way if way in ("ipv6", "private-ca") else "plain"
        if name not in self._receivers:
            receiver = Receiver(
                host="::1" if name == "ipv6" else "127.0.0.1",
                certificate=self._certificate() if name == "private-ca" else None,
            )
            self._receivers[name] = self._stack.enter_context(receiver.running())
        return self._receivers[name]

    def _certificate(self) -> Path:
        file = self._folder / "certificate.pem"
        if not file.exists():
            command = [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=receiver",
            ]
            command += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(file), "-keyout", "-"]
            key = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            file.write_text(file.read_text(encoding="ascii") + key, encoding="ascii")
        return file


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    ways = Ways(tmp_path_factory.mktemp("receivers"))
    yield ways
    ways.close()


@pytest.fixture(scope="module")
def start_processes(
    render: Render, sdk_environments: SdkEnvironments, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Processes]]:
    """`start_processes("3")` is the process that situations are forked from, one for each SDK."""
    running: dict[str, Processes] = {}

    def start(sdk: str) -> Processes:
        if sdk not in running:
            folder = tmp_path_factory.mktemp(f"situations-{sdk}-")
            environ = clean_environment(render(**ANSWERS), {})
            command = [str(sdk_environments[sdk]), str(FOLDER / "processes.py")]
            process = subprocess.Popen(
                command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
            )
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            running[sdk] = Processes(process, folder)
        return running[sdk]

    yield start
    for processes in running.values():
        assert processes.process.stdin
        with processes.process:
            processes.process.stdin.close()


@pytest.fixture
def observe(start_processes: Callable[[str], Processes], ways: Ways, tmp_path: Path) -> Observe:
    """`observe("lifespan_fails", sdk="2")` runs a situation on both sides, side by side in time."""

    def observe(
        situation: str,
        *,
        sdk: str,
        inits_itself: bool = False,
        way: str = "plain",
        answers: Sequence[Answer] = (),
        env: Mapping[str, str] | None = None,
    ) -> dict[str, Side]:
        processes = start_processes(sdk)
        projects = {side: ways.project(way, *answers) for side in SIDES}
        ports = {side: free_port() for side in SIDES}
        servers: dict[str, int] = {}
        clients: dict[str, int] = {}
        try:
            for side in SIDES:
                folder = tmp_path / side
                folder.mkdir(exist_ok=True)
                variables = {
                    "CONFORMANCE_SIDE": side,
                    "SENTRY_DSN": projects[side].dsn,
                    "SENTRY_RELEASE": "example-service@1.2.3",
                    "SENTRY_ENVIRONMENT": "staging",
                    "SENTRY_TRACES_SAMPLE_RATE": "1.0",
                    **ways.variables(way),
                    **(env or {}),
                }
                common = {"situation": situation, "folder": str(folder), "port": ports[side]}
                log, told = str(folder / "log"), str(folder / "answers")
                servers[side] = processes.ask(do="serve", env=variables, log=log, inits_itself=inits_itself, **common)
                quiet = {"CONFORMANCE_SIDE": "client"}
                clients[side] = processes.ask(
                    do="client", env=quiet, log=log, server=servers[side], answers=told, **common
                )
            for side in SIDES:
                assert processes.wait(clients[side], 60.0) == 0, (tmp_path / side / "log").read_text()
            for side in SIDES:
                with suppress(ProcessLookupError):
                    os.kill(servers[side], signal.SIGINT)
            ended = {side: processes.wait(servers[side]) for side in SIDES}
        finally:
            for pid in (*servers.values(), *clients.values()):
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
        return {
            side: Side(
                projects[side],
                json.loads((tmp_path / side / "answers").read_text(encoding="utf-8")),
                ended[side],
                (tmp_path / side / "log").read_text(encoding="utf-8"),
            )
            for side in SIDES
        }

    return observe
