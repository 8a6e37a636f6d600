"""Whatever the usual `sentry_sdk.init()` reports in a situation, the layer reports too, once, and nothing more.

Each file of `situations/` is one: an application, what a client asks of it, and what the usual init has to report for
the comparison to mean anything. `differences.py` explains what differs.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from .conftest import FOLDER
from .differences import DIFFERENCES, NOT_YET, Differs

if TYPE_CHECKING:
    from .conftest import Observe

SDKS: Final = ("2", "3")

SETTINGS: Final = {
    "USUAL": "how the lines begin that the usual init gives: a list, or one for each SDK",
    "NIGHTLY": "the SDKs on which it runs in the nightly tests alone",
    "INITS_ITSELF": "true where it initializes Sentry itself, at the time that it is about",
    "OPTIONS": "arguments of `observe()`",
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
    path.stem: situation(path.stem) for path in sorted((FOLDER / "situations").glob("*.py")) if path.stem != "side"
}


def parameters() -> list[Any]:
    shown = []
    for name, one in SITUATIONS.items():
        for sdk in SDKS:
            marks = [pytest.mark.nightly] if sdk in one.settings.get("NIGHTLY", ()) else []
            shown.append(pytest.param(one, sdk, id=f"{name}-sdk{sdk}", marks=marks))
    return shown


@pytest.mark.parametrize(("one", "sdk"), parameters())
def test_the_layer_reports_what_the_usual_init_reports(
    observe: Observe, one: Situation, sdk: str, request: pytest.FixtureRequest
) -> None:
    if (reason := NOT_YET.get((one.name, sdk)) or NOT_YET.get(one.name)) is not None:
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    sides = observe(
        one.name,
        sdk=sdk,
        inits_itself=one.settings.get("INITS_ITSELF", False),
        **one.settings.get("OPTIONS", {}),
    )
    usual, layer = sides["usual"].lines, sides["layer"].lines

    missing = [start for start in one.usual(sdk) if not any(line.startswith(start) for line in usual)]
    assert missing == [], f"The usual init doesn't report this, so nothing is compared.\n{told(usual, layer)}"
    errors = [start for start in one.usual(sdk) if start.startswith("error")]
    assert len([line for line in usual if line.startswith("error")]) == len(errors), told(usual, layer)
    expected = DIFFERENCES.get((one.name, sdk), Differs()).both
    assert difference(usual, layer) == expected, told(*difference(usual, layer))


def difference(usual: list[str], layer: list[str]) -> tuple[list[str], list[str]]:
    """The lines that one side has and the other has not, each as often as that."""
    ours, theirs = [*layer], []
    for line in usual:
        if line in ours:
            ours.remove(line)
        else:
            theirs.append(line)
    return theirs, ours


def told(usual: list[str], layer: list[str]) -> str:
    return "\n".join([*(f"usual: {line}" for line in usual), *(f"layer: {line}" for line in layer)])


def test_every_difference_belongs_to_a_situation() -> None:
    named = {name for name, _ in DIFFERENCES} | {key[0] if isinstance(key, tuple) else key for key in NOT_YET}

    assert named <= set(SITUATIONS)
