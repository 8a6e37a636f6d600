"""How long `/healthz` waits while another request fails with a text that is made to keep patterns busy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Final

from . import load
from .environments import Environment
from .processes import serve
from .results import Limit, Result, interleaved
from .run import Run
from .sink import Sink, sink
from .variants import BARE, DEFAULT, FULL, USUAL_TRACES, Variant

VARIANTS = (BARE, USUAL_TRACES, DEFAULT, FULL)
LIMITS = (Limit(DEFAULT, at_most=250.0), Limit(FULL, at_most=250.0))
BYTES: Final = 200_000
PATH: Final = "/v1/items/hostile"
TICK_SECONDS: Final = 0.002

REPEATED: Final = (
    "%2B",
    "%25",
    "a\u0301",
    "\u0300",
    "\ufdfa",
    "\u2460",
    "@",
    "a@",
    "a.",
    "a.b@",
    "://",
    "http://a",
    "postgres://a:",
    "?a=",
    "&",
    "=",
    "password=",
    "password: '",
    "token(",
    "[",
    "{'a': ",
    "<a b=",
    "\\",
    '\\"',
    "'",
    "''",
    "\n",
    " ",
    "\t'",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----\n",
    "eyJ",
    "eyJhbGciOi.",
    "A",
    "aA0",
    "0",
    "1 ",
    "1-",
    "1.",
    "1.1.1.",
    "12:",
    "::",
    "f:",
    "4111 ",
    "DE89 ",
    "+49 ",
    "(",
    "/home/",
    "../",
    "SELECT '",
    "VALUES (",
    "input_value='",
    "DETAIL: Key (",
)
"""Each fills a text of `BYTES` bytes."""


def hostile(run: Run) -> Iterator[Result]:
    """One figure is the longest wait with any of the texts."""
    for environment in run.environments:

        def measure(name: str, environment: Environment = environment) -> float:
            waited, text = _longest_wait(run, run.variants[name], environment, receiver)
            run.tell(f"Hostile text, sentry-sdk {environment.sdk}, {name}: {waited * 1e3:.0f} ms with {text!r}")
            return waited * 1e3

        with sink() as receiver:
            samples = interleaved(VARIANTS, run.rounds, measure)
        title = f"Longest wait of /healthz, failing requests with hostile texts of {BYTES // 1000} KB"
        yield Result(title, "ms", environment.sdk, samples, (), LIMITS)


def _longest_wait(run: Run, variant: Variant, environment: Environment, receiver: Sink) -> tuple[float, str]:
    texts = REPEATED[:4] if run.quick else REPEATED
    with serve(variant, environment, receiver.dsn) as server:
        load.post(server.port, PATH, b"warm up", status=500)
        receiver.settle()
        return max((asyncio.run(_wait(server.port, text, receiver)), text) for text in texts)


async def _wait(port: int, text: str, receiver: Sink) -> float:
    """Seconds that the slowest `/healthz` took until everything about the failing request had arrived."""
    body = (text * (BYTES // len(text.encode()) + 1)).encode()

    def fail() -> None:
        load.post(port, PATH, body, status=500)
        receiver.settle()

    failing = asyncio.create_task(asyncio.to_thread(fail))
    longest = 0.0
    while not failing.done():
        begin = time.perf_counter()
        await load.get(port, "/healthz")
        longest = max(longest, time.perf_counter() - begin)
        await asyncio.sleep(TICK_SECONDS)
    await failing
    return longest
