"""How long one failing request blocks the event loop of a large application: no other request is answered meanwhile."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

from .environments import Environment
from .errors import BenchmarkError
from .processes import service_environ
from .results import Bar, Limit, Result, interleaved
from .run import Run
from .sink import sink
from .variants import BARE, DEFAULT, FULL, PACKAGE, USUAL_TRACES

ROUTES = 800
VARIANTS = (BARE, USUAL_TRACES, DEFAULT, FULL)
BARS = (Bar(DEFAULT, USUAL_TRACES, at_most=0.15), Bar(FULL, USUAL_TRACES, at_most=0.15))
LIMITS = (Limit(DEFAULT, at_most=200.0), Limit(FULL, at_most=200.0))


def blocking(run: Run) -> Iterator[Result]:
    """A fresh process each time: the first error of a service is the one that costs most."""
    for environment in run.environments:

        def measure(name: str, environment: Environment = environment) -> float:
            milliseconds = _seconds(run, environment, name, receiver.dsn) * 1e3
            run.tell(f"Event loop blocked, sentry-sdk {environment.sdk}, {name}: {milliseconds:.0f} ms")
            return milliseconds

        with sink() as receiver:
            samples = interleaved(VARIANTS, run.rounds, measure)
        title = f"Event loop blocked by one failing request, {ROUTES} routes nested six deep"
        yield Result(title, "ms", environment.sdk, samples, BARS, LIMITS)


def _seconds(run: Run, environment: Environment, name: str, dsn: str) -> float:
    variant = run.variants[name]
    done = subprocess.run(
        [environment.python, "-m", f"{PACKAGE}.blocking", variant.module],
        cwd=variant.project,
        env={**service_environ(variant, dsn), "BENCH_NESTED_ROUTES": str(ROUTES)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BenchmarkError(f"{name} does not answer:\n{done.stderr[-2000:]}")
    seconds: float = json.loads(done.stdout.splitlines()[-1])["seconds"]
    return seconds
