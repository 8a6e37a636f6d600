"""How many of the errors of a burst arrive: a service that fails all the time is when people look at Sentry."""

from __future__ import annotations

from collections.abc import Iterator

from . import load
from .environments import Environment
from .errors import BenchmarkError
from .processes import serve
from .requests import FAILING
from .results import Bar, Result, interleaved
from .run import Run
from .sink import Sink, sink
from .variants import DEFAULT, USUAL, USUAL_TRACES, Variant

PER_SECOND = 50
SECONDS = 8
QUICK_SECONDS = 1
TRACES_SAMPLE_RATES = ("1.0", "0.1", "0")
SUBJECTS = {USUAL: USUAL_TRACES, DEFAULT: DEFAULT}
"""What a table calls them, and the variant that reads the rate from its environment."""


def bursts(run: Run) -> Iterator[Result]:
    """The figure is failing requests for each error that arrives: 1.0 if none is lost."""
    seconds = QUICK_SECONDS if run.quick else SECONDS
    for environment in run.environments:
        for rate in TRACES_SAMPLE_RATES:

            def measure(name: str, environment: Environment = environment, rate: str = rate) -> float:
                arrived = _arrived(run.variants[SUBJECTS[name]], environment, rate, seconds, receiver)
                sent = PER_SECOND * seconds
                run.tell(f"Burst, sentry-sdk {environment.sdk}, {name}, traces {rate}: {arrived} of {sent} errors")
                return sent / arrived

            with sink() as receiver:
                samples = interleaved(SUBJECTS, run.rounds, measure)
            title = f"Failing requests for each error that arrives, {PER_SECOND} a second, traces {rate}"
            yield Result(title, "requests", environment.sdk, samples, (Bar(DEFAULT, USUAL, at_most=1.0),))


def _arrived(variant: Variant, environment: Environment, rate: str, seconds: int, receiver: Sink) -> int:
    with serve(variant, environment, receiver.dsn, {"SENTRY_TRACES_SAMPLE_RATE": rate}) as server:
        load.send_steadily(server.port, FAILING.path, PER_SECOND, seconds, status=FAILING.status)
        receiver.settle()
    errors = receiver.take()["event"]
    if not errors:
        raise BenchmarkError(f"{variant.name}: no error of the burst arrived")
    return errors
