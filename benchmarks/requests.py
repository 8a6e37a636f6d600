"""CPU of the service process for one request, with what the SDK does later because of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

from . import load
from .environments import Environment
from .errors import BenchmarkError
from .processes import serve
from .results import Bar, Result, interleaved
from .run import Run
from .sink import sink
from .variants import COMMON, DEFAULT, ERRORS_ONLY, FULL, STRICT, TRACES_SAMPLE_RATE, USUAL, USUAL_TRACES, Variant

TURNS = 20
"""Of each variant in a round."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Requests that end alike: where they go, and how many give a figure that stands still."""

    title: str
    path: str
    status: int
    warm_up: int
    """Until the first full garbage collection is over. It takes 70 ms, and comes later where less is allocated."""
    count: int
    variants: tuple[str, ...]
    bars: tuple[Bar, ...]


SUCCESSFUL = Kind(
    "Successful request",
    path="/v1/items/3",
    status=200,
    warm_up=4000,
    count=4000,
    variants=COMMON,
    bars=(
        Bar(ERRORS_ONLY, USUAL, at_most=0.75, aim=0.6),
        Bar(DEFAULT, USUAL_TRACES, at_most=0.85, aim=0.75),
    ),
)

FAILING = Kind(
    "Failing request",
    path="/v1/items/3/fail",
    status=500,
    warm_up=20,
    count=80,
    variants=(*COMMON, STRICT, FULL),
    bars=(
        Bar(ERRORS_ONLY, USUAL, at_most=0.15),
        Bar(DEFAULT, USUAL_TRACES, at_most=0.15),
        Bar(STRICT, USUAL_TRACES, at_most=0.15),
        Bar(FULL, USUAL_TRACES, at_most=0.5),
    ),
)


def successful(run: Run) -> Iterator[Result]:
    return (_result(run, SUCCESSFUL, environment) for environment in run.environments)


def failing(run: Run) -> Iterator[Result]:
    # The usual init of SDK 3 costs a third less there than that of SDK 2.
    looser = tuple(replace(bar, at_most=max(bar.at_most, 0.2)) for bar in FAILING.bars)
    kinds = {True: FAILING, False: replace(FAILING, bars=looser)}
    return (_result(run, kinds[environment.sdk.startswith("2")], environment) for environment in run.environments)


def _result(run: Run, kind: Kind, environment: Environment) -> Result:
    rounds = [_round(run, kind, environment) for _ in range(run.rounds)]
    samples = {name: [costs[name] for costs in rounds] for name in kind.variants}
    return Result(kind.title, "CPU µs", environment.sdk, samples, kind.bars)


def _round(run: Run, kind: Kind, environment: Environment) -> dict[str, float]:
    """Microseconds a request of every variant, in processes of its own: two of one program differ by some per cent.

    All of them run at the same time, and take turns so often that what the machine does meanwhile hits all alike.
    """
    count = kind.count // 10 if run.quick else kind.count
    turns = min(TURNS, count // load.CONNECTIONS)
    with ExitStack() as stack:
        sinks = {name: stack.enter_context(sink()) for name in kind.variants}
        servers = {
            name: stack.enter_context(serve(run.variants[name], environment, receiver.dsn))
            for name, receiver in sinks.items()
        }

        def send(name: str, requests: int) -> None:
            load.send(servers[name].port, kind.path, requests, status=kind.status)

        for name, receiver in sinks.items():
            send(name, kind.warm_up)
            receiver.settle()
            receiver.take()
        begin = {name: server.cpu() for name, server in servers.items()}
        interleaved(kind.variants, turns, lambda name: send(name, count // turns))
        for receiver in sinks.values():
            receiver.settle()
        costs = {name: (server.cpu() - begin[name]) / count * 1e6 for name, server in servers.items()}
        for name, receiver in sinks.items():
            _check_what_arrived(run.variants[name], kind, count, receiver.take())
            run.tell(f"{kind.title}, sentry-sdk {environment.sdk}, {name}: {costs[name]:.0f} µs")
    return costs


def _check_what_arrived(variant: Variant, kind: Kind, count: int, items: Counter[str]) -> None:
    """A variant that is cheap because it sends less must not look good.

    Raises:
        BenchmarkError: not every error arrived, or not the share of traces that was asked for.
    """
    errors = count if variant.errors and kind.status >= 500 else 0
    rate = TRACES_SAMPLE_RATE if variant.traces else 0.0
    traces = items["transaction"] + items["span"]
    # Six standard deviations: chance goes further once in 500 million rounds.
    tolerance = 6 * math.sqrt(count * rate * (1 - rate))
    # More may arrive: in one process of ten, the usual init of SDK 3 traces all its own requests to a DSN with a port.
    if items["event"] != errors or traces < count * rate - tolerance:
        raise BenchmarkError(
            f"{variant.name}: of {count} requests to {kind.path} arrived {dict(items)}, "
            f"where {errors} errors and at least {count * rate - tolerance:.0f} traces belong"
        )
