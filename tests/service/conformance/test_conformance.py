"""Whatever the usual `sentry_sdk.init()` reports in a situation, the layer reports too, once, and nothing more.

Each file of `situations/` is one: an application, what a client asks of it, and what the usual init has to report for
the comparison to mean anything. `differences.py` explains what differs.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from .conftest import FOLDER
from .differences import DIFFERENCES, NOT_YET, SPAN_STATUS
from .observation import kept
from .receiver import Answer

if TYPE_CHECKING:
    from .conftest import Observe, Side

# The last one pays for the processes that all of them have shared.
pytestmark = pytest.mark.budget(180)

SDKS: Final = ("2", "3")

CORE: Final = (
    "client_of_tests",
    "dependencies",
    "handlers",
    "in_process",
    "lifespan_ends_badly",
    "lifespan_sets_user",
    "logs",
    "outgoing",
    "parallel",
    "tutorials",
    "two_servers",
    "websocket_clients_leave",
    "websocket_fails",
    "wrapper_fails",
)
"""One situation of each kind, which runs on both majors every time. The others run on SDK 3 each night."""

SETTINGS: Final = {
    "USUAL": "how the lines begin that the usual init gives: a list, or one for each SDK",
    "INITS_ITSELF": "true where it initializes Sentry itself, at the time that it is about",
    "WAYS": "how envelopes get to the receiver, names that `Ways` knows; each is a test",
    "ANSWERS": "what the receiver answers to the first envelopes, as status and headers",
    "ENVIRONMENT": "further variables of the process",
}
"""The constants of a situation that these tests read."""


@dataclass(frozen=True, slots=True)
class Situation:
    name: str
    settings: dict[str, Any]
    """Its constants that `SETTINGS` names."""

    def usual(self, sdk: str) -> list[str]:
        """How each line begins that the usual init has to give."""
        expected = self.settings["USUAL"]
        return list(expected[sdk] if isinstance(expected, dict) else expected)


def situation(name: str) -> Situation:
    tree = ast.parse((FOLDER / "situations" / f"{name}.py").read_text(encoding="utf-8"))
    settings = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in SETTINGS
    }
    return Situation(name, settings)


SITUATIONS: Final = {
    path.stem: situation(path.stem)
    for path in sorted((FOLDER / "situations").glob("*.py"))
    if path.stem not in ("side", "burst")
}


def parameters() -> list[Any]:
    shown = []
    for name, one in SITUATIONS.items():
        for sdk, way in itertools.product(SDKS, one.settings.get("WAYS", ("plain",))):
            marks = [pytest.mark.nightly] if sdk == "3" and name not in CORE else []
            known_as = name if way == "plain" else f"{name}-{way}"
            shown.append(pytest.param(one, sdk, way, id=f"{known_as}-sdk{sdk}", marks=marks))
    return shown


@pytest.mark.parametrize(("one", "sdk", "way"), parameters())
def test_the_layer_reports_what_the_usual_init_reports(
    observe: Observe, one: Situation, sdk: str, way: str, request: pytest.FixtureRequest
) -> None:
    sides = observed(observe, one, sdk, way)
    usual, layer = sides["usual"].lines, sides["layer"].lines
    print(told(usual, layer))

    expected = one.usual(sdk)
    missing = [start for start in expected if not any(line.startswith(start) for line in usual)]
    assert missing == [], f"The usual init doesn't report this, so nothing is compared.\n{told(usual, layer)}"
    assert errors(usual) == errors(expected), told(usual, layer)
    if (reason := NOT_YET.get(f"{one.name}-sdk{sdk}")) is not None:
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    only = difference(usual, layer)
    assert only == explained(one.name, sdk), told(*only)


def observed(
    observe: Observe, one: Situation, sdk: str, way: str = "plain", env: Mapping[str, str] | None = None
) -> dict[str, Side]:
    """A situation on both sides, with these variables in addition to its own."""
    settings = one.settings
    return observe(
        one.name,
        sdk=sdk,
        inits_itself=settings.get("INITS_ITSELF", False),
        way=way,
        answers=[Answer(status, (*headers.items(),)) for status, headers in settings.get("ANSWERS", ())],
        env={**settings.get("ENVIRONMENT", {}), **(env or {})},
    )


def errors(lines: list[str]) -> int:
    return len([line for line in lines if line.startswith("error")])


def explained(situation: str, sdk: str) -> tuple[list[str], list[str]]:
    """The lines that one side has and the other has not, as `differences.py` lists them."""
    rows = [row for row in DIFFERENCES.get(situation, ()) if sdk in row.sdks]
    sides = ([line for row in rows for line in row.usual], [line for row in rows for line in row.layer])
    for lines in sides:
        for code, status in SPAN_STATUS[sdk].items():
            lines[:] = [line.replace(code, status) for line in lines]
        lines.sort()
    return sides


def difference(usual: list[str], layer: list[str]) -> tuple[list[str], list[str]]:
    """The lines that one side has and the other has not, each as often as that."""
    ours, theirs = [*layer], list[str]()
    for line in usual:
        if line in ours:
            ours.remove(line)
        else:
            theirs.append(line)
    return sorted(theirs), sorted(ours)


def told(usual: list[str], layer: list[str]) -> str:
    return "\n".join([*(f"usual: {line}" for line in usual), *(f"layer: {line}" for line in layer)])


@pytest.mark.nightly
@pytest.mark.parametrize("sdk", SDKS, ids="sdk{}".format)
@pytest.mark.parametrize("name", sorted(set(SITUATIONS) - set(DIFFERENCES)))
def test_the_default_policy_removes_values_and_no_items(observe: Observe, name: str, sdk: str) -> None:
    policy = {"SENTRY_PII_POLICY": "pseudonymous", "SENTRY_USER_ID_KEY": "0123456789abcdef0123456789abcdef"}

    sides = observed(observe, SITUATIONS[name], sdk, env=policy)

    usual, layer = (kept(one.project.items) for one in sides.values())

    assert difference(usual, layer) == ([], []), told(usual, layer)
    events = [item.body for item in sides["layer"].project.items if item.type == "event"]
    without_id = [event for event in events if event.get("request") and "request_id" not in event.get("tags", {})]
    assert without_id == []


def without_traces() -> list[Any]:
    """Each situation on each major. On SDK 3 the layer doesn't wrap handlers then: two show it in each run."""
    return [
        pytest.param(
            name,
            sdk,
            id=f"{name}-sdk{sdk}",
            marks=[] if sdk == "3" and name in ("handlers", "mounts") else [pytest.mark.nightly],
        )
        for name, sdk in itertools.product(sorted(SITUATIONS), SDKS)
    ]


@pytest.mark.parametrize(("name", "sdk"), without_traces())
def test_without_traces_the_same_errors_are_reported(observe: Observe, name: str, sdk: str) -> None:
    one = SITUATIONS[name]
    way = one.settings.get("WAYS", ("plain",))[0]

    sides = observed(observe, one, sdk, way, {"CONFORMANCE_RATE": "", "SENTRY_ENABLE_TRACING": "false"})

    usual, layer = (reports(side.lines) for side in sides.values())
    expected = tuple(reports(lines) for lines in explained(name, sdk))
    assert errors(usual) == errors(one.usual(sdk)), told(usual, layer)
    assert difference(usual, layer) == expected, told(usual, layer)


def reports(lines: list[str]) -> list[str]:
    """Errors, sessions, and check-ins, without the names of their traces."""
    kept = [line for line in lines if line.startswith(("error", "sessions", "check_in"))]
    return sorted(re.sub(r" · trace .*?(?= · |$)", "", line) for line in kept)


@pytest.mark.nightly
@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize("rate", ["1.0", "0.1", "0"])
def test_of_a_burst_at_least_as_many_errors_arrive(observe: Observe, sdk: str, rate: str) -> None:
    rates = {"CONFORMANCE_RATE": rate, "SENTRY_TRACES_SAMPLE_RATE": rate}

    sides = observe("burst", sdk=sdk, env=rates)

    arrived = {side: errors(one.lines) for side, one in sides.items()}
    assert 0 < arrived["usual"] <= arrived["layer"]


def test_every_difference_belongs_to_a_situation() -> None:
    assert set(DIFFERENCES) <= set(SITUATIONS)
    assert set(NOT_YET) <= {f"{name}-sdk{sdk}" for name in SITUATIONS for sdk in SDKS}
    assert all(row.because for rows in DIFFERENCES.values() for row in rows)
