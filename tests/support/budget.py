"""What each test costs in CPU time, and a limit that no test may pass without a marker that says so.

CPU time is that of the process that runs the test and of the children that it waited for: a busy machine changes it
little, while a clock on the wall may show anything. A shared fixture is paid by the test that asks for it first.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

import pytest

LIMIT = {"nightly": 600.0}.get(os.environ.get("HYPOTHESIS_PROFILE", ""), 30.0)
"""CPU seconds. Twice what the slowest test needs on the machine of the figures. Many random inputs take longer."""

SHOWN = 15

_COST = "CPU seconds"
_LIMIT = "CPU seconds at most"
_SINCE = pytest.StashKey[float]()


@dataclass
class Forked:
    """CPU time of processes that `forks.py` has started, until those that they are forked from have ended."""

    seconds: float = 0.0


FORKED: Final = Forked()


def cpu_seconds() -> float:
    """CPU time of this process and its children so far."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system + FORKED.seconds


class Budget:
    """A plugin of pytest. Workers report what a test took, the process that started them adds up and judges."""

    def __init__(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "budget(seconds): the test may take this much CPU time")
        self._judges = not hasattr(config, "workerinput")
        self._spent: dict[str, float] = defaultdict(float)
        self._limits: dict[str, float] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Begin with the slowest tests: one that begins last keeps the other workers waiting."""
        items.sort(key=lambda item: item.get_closest_marker("budget") is None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        item.stash[_SINCE] = cpu_seconds()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Any:
        report: pytest.TestReport = yield
        now = cpu_seconds()
        marker = item.get_closest_marker("budget")
        report.user_properties += [
            (_COST, now - item.stash[_SINCE]),
            (_LIMIT, float(marker.args[0]) if marker else LIMIT),
        ]
        item.stash[_SINCE] = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == _COST and isinstance(value, float):
                self._spent[report.nodeid] += value
            elif name == _LIMIT and isinstance(value, float):
                self._limits[report.nodeid] = value

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._judges and self._too_dear() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("CPU time")
        terminalreporter.write_line(f"{cpu_seconds() / 60:.1f} minutes in total; the slowest tests, in seconds:")
        for test, spent in sorted(self._spent.items(), key=itemgetter(1), reverse=True)[:SHOWN]:
            terminalreporter.write_line(f"{spent:7.1f} of {self._limits[test]:3.0f}  {test}")
        for test in self._too_dear():
            terminalreporter.write_line(f"OVER ITS BUDGET: {test}", red=True)

    def _too_dear(self) -> list[str]:
        return [test for test, spent in self._spent.items() if spent > self._limits[test]]
