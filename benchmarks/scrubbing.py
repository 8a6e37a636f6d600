"""What scrubbing costs: a typical event, and whether a large one costs no more than its size says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

from .environments import Environment
from .errors import BenchmarkError
from .processes import service_environ
from .results import Bar, Limit, Result
from .run import Run
from .variants import DEFAULT, PACKAGE

POLICIES = ("strict", "pseudonymous", "full")
FLOOR = "json.dumps of a typical event"
SIZES = {
    "typical": "typical event",
    "most": "100 breadcrumbs",
    "quarter": "256 KB",
    "megabyte": "1 MB",
}
REPEATS = 7
"""The best of these counts: whatever is slower had company."""


def scrubbing(run: Run) -> Iterator[Result]:
    for environment in run.environments:
        rounds = [{policy: _figures(run, environment, policy) for policy in POLICIES} for _ in range(run.rounds)]
        samples = {FLOOR: [figures[POLICIES[0]]["floor"] for figures in rounds]}
        bars = []
        limits = tuple(Limit(f"{policy}, typical event", at_most=1_500.0) for policy in POLICIES)
        for policy in POLICIES:
            for size, title in SIZES.items():
                samples[f"{policy}, {title}"] = [figures[policy][size] for figures in rounds]
            # Four times the text, four times the time, and a little for what does not fit the caches.
            bars.append(Bar(f"{policy}, 1 MB", f"{policy}, 256 KB", at_most=5.0))
        yield Result("Scrubbing one event", "CPU µs", environment.sdk, samples, tuple(bars), limits)


def _figures(run: Run, environment: Environment, policy: str) -> dict[str, float]:
    variant = run.variants[DEFAULT]
    done = subprocess.run(
        [environment.python, "-m", f"{PACKAGE}.scrubbing_cost", policy, "1" if run.quick else str(REPEATS)],
        cwd=variant.project,
        env=service_environ(variant, "http://key@127.0.0.1:9/1"),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BenchmarkError(f"scrubbing cannot be measured:\n{done.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(done.stdout)
    run.tell(f"Scrubbing, sentry-sdk {environment.sdk}, {policy}: {figures['typical']:.0f} µs a typical event")
    return figures
