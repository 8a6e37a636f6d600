"""A rendered service as a real process, behind a real socket."""

from __future__ import annotations

import os
import signal as signals
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from . import forks
from .receiver import answers_on, free_port
from .template import package_of

START_SECONDS = 30.0
STOP_SECONDS = 30.0

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


def clean_environment(project: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a service: a shell's bare minimum and the given variables, none of CI's or of Sentry's."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "PYTHONPATH": str(project / "src"), **variables}


@dataclass(slots=True)
class Service:
    """A started service, whether it still runs or not."""

    port: int
    process: subprocess.Popen[bytes] | forks.Fork
    _stdout: Path
    _stderr: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def status(self) -> int | None:
        """The exit status (-15 after SIGTERM's default action), or None while it runs."""
        return self.process.poll()

    @property
    def stdout(self) -> str:
        return self._stdout.read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        return self._stderr.read_text(encoding="utf-8")

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **options: Any) -> httpx2.Response:
        return self.request("GET", path, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """One request on a connection of its own, with httpx2's options; proxies of this machine are not used."""
        with httpx2.Client(base_url=self.url, trust_env=False, timeout=15.0) as client:
            return client.request(method, path, **options)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for the end and return the exit status.

        Raises:
            AssertionError: it still runs after that time.
        """
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"Still running after {seconds} s:\n{self.output}") from None

    def stop(self, signal: signals.Signals = signals.SIGTERM, seconds: float = STOP_SECONDS) -> int:
        """Send the signal to the main process as a supervisor does, wait, and return the exit status."""
        self.process.send_signal(signal)
        return self.wait(seconds)


@contextmanager
def serve(
    project: Path,
    *,
    python: Path,
    logs: Path,
    env: Mapping[str, str] | None = None,
    args: Sequence[str] = (),
    module: str | None = None,
    app: str | None = None,
    port: int | None = None,
    cwd: Path | None = None,
    fresh: bool = False,
) -> Iterator[Service]:
    """Start a rendered service, and go on when it answers on its port or has ended. It never outlives the block.

    Args:
        project: the rendered project.
        python: the Python of an environment with its dependencies.
        logs: a folder for its output, which exists.
        env: the variables that it sees beside `clean_environment()`.
        args: additional options for uvicorn.
        module: run `-m <module>` instead of `-m <package>`; with "uvicorn" the application is handed to it.
        app: another application for uvicorn, such as "probe:app".
        port: a free one by default.
        cwd: the working directory; by default `logs`, because the service puts its SQLite file there.
        fresh: start a Python, because the test is about how a process starts. Otherwise it is forked from one that has
            imported the libraries.
    """
    target = [app or f"{package_of(project)}.main:app"] if module == "uvicorn" else []
    number = len(list(logs.glob("*.out")))
    stdout, stderr = logs / f"{number}.out", logs / f"{number}.err"
    port = port or free_port()
    arguments = ["-m", module or package_of(project), *target, "--port", str(port), *args]
    environ, folder = clean_environment(project, env or {}), cwd or logs
    process: subprocess.Popen[bytes] | forks.Fork
    if fresh:
        with stdout.open("wb") as out, stderr.open("wb") as err:
            process = subprocess.Popen(
                [python, *arguments],
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                # A group of its own, so that its workers end with it.
                start_new_session=True,
            )
    else:
        process = forks.start(python, *arguments, env=environ, cwd=folder, out=stdout, err=stderr)
    service = Service(port, process, stdout, stderr)
    try:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and not answers_on(port):
            if time.monotonic() > deadline:
                raise AssertionError(f"No answer on port {port} after {START_SECONDS} s:\n{service.output}")
            time.sleep(0.02)
        yield service
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signals.SIGKILL)
        process.wait()
