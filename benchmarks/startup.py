"""What a service costs before its first request."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

from .environments import Environment
from .errors import BenchmarkError
from .processes import serve, service_environ
from .results import Bar, Result, interleaved
from .run import Run
from .sink import sink
from .variants import COMMON, DEFAULT, ERRORS_ONLY, USUAL, USUAL_TRACES, Variant

REST_SECONDS = 0.5

BARS = (
    Bar(ERRORS_ONLY, USUAL, at_most=1.0),
    Bar(DEFAULT, USUAL_TRACES, at_most=1.0),
)

# CPU, because it stands still on a busy machine, and no `-X importtime`, which slows every module down.
# `os._exit`, because closing Sentry is no part of an import.
_IMPORT = """
import os, sys, time
__import__(sys.argv[1])
print(time.process_time(), flush=True)
os._exit(0)
"""


def startup(run: Run) -> Iterator[Result]:
    for environment in run.environments:
        yield from _results(run, environment)


def _results(run: Run, environment: Environment) -> Iterator[Result]:
    def measure(name: str) -> tuple[float, float, float]:
        variant = run.variants[name]
        cpu = _import_cpu(variant, environment, receiver.dsn)
        with serve(variant, environment, receiver.dsn) as server:
            time.sleep(REST_SECONDS)
            memory = server.memory()
        run.tell(
            f"Start-up, sentry-sdk {environment.sdk}, {name}: "
            f"import {cpu * 1e3:.0f} ms, answer {server.first_answer * 1e3:.0f} ms, {memory:.1f} MiB"
        )
        return cpu * 1e3, server.first_answer * 1e3, memory

    with sink() as receiver:
        # The first import of all compiles.
        for name in COMMON:
            measure(name)
        samples = interleaved(COMMON, run.rounds, measure)
    figures = (("Import", "CPU ms"), ("Start to the first answer", "ms"), ("Memory at rest", "MiB"))
    for position, (title, unit) in enumerate(figures):
        one = {name: [sample[position] for sample in taken] for name, taken in samples.items()}
        yield Result(title, unit, environment.sdk, one, BARS)


def _import_cpu(variant: Variant, environment: Environment, dsn: str) -> float:
    """CPU seconds of an interpreter that starts and imports the service."""
    done = subprocess.run(
        [environment.python, "-c", _IMPORT, variant.target],
        cwd=variant.project,
        env=service_environ(variant, dsn),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BenchmarkError(f"{variant.name} cannot be imported:\n{done.stderr[-2000:]}")
    return float(done.stdout)
