# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What is wrong with a rule file, where, and how to mend it: one line each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. Its text begins with `file:line`, which editors and CI logs turn into a link."""

    path: Path
    line: int
    place: Place
    problem: str

    def __str__(self) -> str:
        where = f"{shown(self.place)}: " if self.place else ""
        return f"{self.path}:{self.line}: {where}{self.problem}{'' if self.problem.endswith('?') else '.'}"


def shown(place: Place) -> str:
    """`("workflow", "actionFilters", 0)` as `workflow.actionFilters[0]`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class AlertsError(Exception):
    """Something that stops the command. `str()` is what to print, with a remedy and without a secret."""


class FaultyRulesError(AlertsError):
    """Rule files that cannot be used."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults
