"""Many services, updated one after another and two at a time: does each cost what the first one did?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from .results import Bar, Result
from .run import Run
from .scaffold import Commands

SERVICES = 50
AT_A_TIME = 2
"""As many as there are cores where this project is measured."""

FIRST = "one after another, the first ten"
LAST = "one after another, the last ten"
PARALLEL = f"{AT_A_TIME} at a time"

BARS = (Bar(LAST, FIRST, at_most=1.15), Bar(PARALLEL, FIRST, at_most=0.75))


def fleet(run: Run) -> Iterator[Result]:
    """One round, however many are asked for: a hundred updates are a sample of their own."""
    commands = Commands(run.scratch / "fleet")
    count = 4 if run.quick else SERVICES
    some = max(1, count // 5)
    run.tell(f"making two fleets of {count} services")
    fleets = [[commands.project() for _ in range(count)] for _ in range(2)]

    seconds = []
    for number, project in enumerate(fleets[0], 1):
        seconds.append(commands.update(project))
        if number % some == 0:
            run.tell(f"Fleet, one after another: {number} of {count}")

    run.tell(f"Fleet, {AT_A_TIME} at a time")
    begin = time.perf_counter()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(commands.update, fleets[1]))
    each = (time.perf_counter() - begin) / count

    samples = {
        FIRST: [second * 1e3 for second in seconds[:some]],
        LAST: [second * 1e3 for second in seconds[-some:]],
        PARALLEL: [each * 1e3] * some,
    }
    yield Result(f"Update of a fleet of {count}, each service", "ms", None, samples, BARS)
