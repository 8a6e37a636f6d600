"""Another process of a rendered service: a worker, a bot, a job."""

from __future__ import annotations

import os
import signal as signals
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from support.service import clean_environment

STOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Process:
    process: subprocess.Popen[bytes]
    _output: Path

    @property
    def output(self) -> str:
        """What it has written to stdout and stderr so far."""
        return self._output.read_text(encoding="utf-8")

    @property
    def status(self) -> int | None:
        return self.process.poll()

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for the end and return the exit status.

        Raises:
            AssertionError: it still runs after that time.
        """
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"Still running after {seconds} s:\n{self.output}") from None

    def stop(self, signal: signals.Signals = signals.SIGTERM) -> int:
        """Send the signal to the main process, as a supervisor does, wait, and return the exit status."""
        self.process.send_signal(signal)
        return self.wait()

    def wait_for_line(self, text: str, seconds: float = 60.0) -> None:
        """Go on when it has written this.

        Raises:
            AssertionError: it has ended, or not written it in time.
        """
        deadline = time.monotonic() + seconds
        while text not in self.output:
            if self.status is not None or time.monotonic() > deadline:
                raise AssertionError(f"No {text!r} (status {self.status}):\n{self.output}")
            time.sleep(0.05)


@contextmanager
def running_module(
    project: Path, python: Path, module: str, args: Sequence[str], environ: Mapping[str, str], folder: Path
) -> Iterator[Process]:
    """Run `python -m module` in a folder of its own. Neither it nor its children outlive the block."""
    output = folder / "output"
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [python, "-m", module, *args],
            cwd=folder,
            env=clean_environment(project, environ),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Process(process, output)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signals.SIGKILL)
        process.wait()
