"""A service in a real uvicorn process, and what the kernel knows about it. Linux only."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from support.receiver import free_port

from .environments import Environment
from .errors import BenchmarkError
from .variants import OVERLAY, Variant

HOST = "127.0.0.1"
START_SECONDS = 30.0

SLOW_SECONDS = 50e-6
"""Some virtual machines take half a millisecond for the random bytes of an id, as long as for the rest of a request."""


@dataclass(frozen=True, slots=True)
class Server:
    pid: int
    port: int
    first_answer: float
    """Seconds from the start of the process to its first answer."""

    def cpu(self) -> float:
        """CPU seconds of all threads so far, to the nanosecond; /proc counts in steps of 10 ms."""
        # The clock of another process, as clock_getcpuclockid(3) makes it.
        return time.clock_gettime(~self.pid << 3 | 2)

    def memory(self) -> float:
        """Resident memory in MiB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise BenchmarkError(f"process {self.pid} is gone")


@cache
def random_is_slow() -> bool:
    """Whether the kernel takes so long for random bytes that a figure would say little else."""
    begin = time.perf_counter()
    for _ in range(100):
        os.urandom(16)
    return time.perf_counter() - begin > 100 * SLOW_SECONDS


def service_environ(variant: Variant, dsn: str) -> dict[str, str]:
    """The environment of a service in production, the same for every variant; nothing of the caller's leaks in."""
    folders = [variant.source, OVERLAY / "random"] if random_is_slow() else [variant.source]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(variant.project),
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "SENTRY_DSN": dsn,
        "SENTRY_ENVIRONMENT": "production",
        # With a release, every SDK counts sessions.
        "SENTRY_RELEASE": "bench-service@1.0.0",
        "SENTRY_USER_ID_KEY": "0123456789abcdef0123456789abcdef",
    }


@contextmanager
def serve(
    variant: Variant, environment: Environment, dsn: str, variables: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run the service until the block ends, with these further environment variables.

    The access log is off: it costs every variant the same and says nothing about Sentry. uvicorn's log of errors stays.

    Raises:
        BenchmarkError: it does not answer within `START_SECONDS`.
    """
    port = free_port()
    command = [
        str(environment.python),
        "-m",
        "uvicorn",
        f"{variant.target}:app",
        "--no-access-log",
        "--port",
        str(port),
    ]
    environ = {**service_environ(variant, dsn), **(variables or {})}
    log = variant.project / "uvicorn.log"
    with log.open("wb") as stderr:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=variant.project, env=environ, stdout=stderr, stderr=stderr)
        try:
            answered = _first_answer(process, port, begin + START_SECONDS)
            if answered is None:
                raise BenchmarkError(f"{variant.name} did not start:\n{log.read_text()[-2000:]}")
            yield Server(process.pid, port, answered - begin)
        finally:
            process.kill()
            process.wait()


def _first_answer(process: subprocess.Popen[bytes], port: int, deadline: float) -> float | None:
    while process.poll() is None and time.perf_counter() < deadline:
        try:
            with socket.create_connection((HOST, port), timeout=5) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")
                if connection.recv(64).startswith(b"HTTP/1.1 200"):
                    return time.perf_counter()
        except OSError:
            time.sleep(0.002)
    return None
