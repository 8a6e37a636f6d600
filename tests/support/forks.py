"""Processes of a service that are forked from one that has imported the libraries: see `zygote.py`."""

from __future__ import annotations

import json
import os
import signal as signals
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from . import budget

ZYGOTE: Final = Path(__file__).with_name("zygote.py")
RUN_SECONDS: Final = 60.0

_zygotes: dict[Path, Zygote] = {}


class Zygote:
    """A running `zygote.py`."""

    def __init__(self, python: Path) -> None:
        environ = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ
        }
        self._process = subprocess.Popen(
            [python, ZYGOTE], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._charged = 0.0
        self.charge(self._reply())

    def ask(self, **command: Any) -> Any:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._reply()

    def charge(self, seconds: float) -> None:
        """Count this CPU time, of its own or of a process that it has waited for, to the test that runs."""
        self._charged += seconds
        budget.FORKED.seconds += seconds

    def close(self) -> None:
        """End it. From now on its time, that of all its children included, is that of a child of this process."""
        self._process.communicate()
        budget.FORKED.seconds -= self._charged

    def _reply(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"zygote.py has ended with status {self._process.wait()}. Its stderr says why.")
        return json.loads(line)


class Fork:
    """A forked process, with the methods of `subprocess.Popen` that tests use."""

    def __init__(self, zygote: Zygote, pid: int) -> None:
        self.pid = pid
        self._zygote = zygote
        self._status: int | None = None

    def poll(self) -> int | None:
        if self._status is None and (ended := self._zygote.ask(wait=self.pid, seconds=0.0)) is not None:
            self._ended(*ended)
        return self._status

    def wait(self, timeout: float = RUN_SECONDS) -> int:
        if self._status is None:
            ended = self._zygote.ask(wait=self.pid, seconds=timeout)
            if ended is None:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            self._ended(*ended)
        assert self._status is not None
        return self._status

    def send_signal(self, signal: signals.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal)

    def _ended(self, status: int, cpu_seconds: float) -> None:
        self._status = status
        self._zygote.charge(cpu_seconds)


def start(python: Path, *arguments: str | Path, env: Mapping[str, str], cwd: Path, out: Path, err: Path) -> Fork:
    """Run `python *arguments` in a group of its own: a module after `-m`, or a file.

    Args:
        python: the Python of an environment with the libraries of services.
        arguments: what follows `python` on a command line.
        env: all of its variables.
        cwd: its working directory.
        out: the file for its stdout.
        err: the file for its stderr.
    """
    if python not in _zygotes:
        _zygotes[python] = Zygote(python)
    zygote = _zygotes[python]
    files = {"cwd": str(cwd), "out": str(out), "err": str(err)}
    return Fork(zygote, zygote.ask(arguments=[*map(str, arguments)], env=dict(env), **files))


def run(python: Path, *arguments: str | Path, env: Mapping[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run it like `start`, to its end."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        status = start(python, *arguments, env=env, cwd=cwd, out=out, err=err).wait()
        return subprocess.CompletedProcess(arguments, status, out.read_text("utf-8"), err.read_text("utf-8"))


def end_all() -> None:
    """End the processes that others are forked from."""
    while _zygotes:
        _zygotes.popitem()[1].close()
