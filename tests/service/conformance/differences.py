"""What differs between the layer and the usual `sentry_sdk.init()`, and why. Everything else is a failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Differs:
    """The lines of `observation.lines()` that only one of the two sides has."""

    reason: str = ""
    usual: tuple[str, ...] = ()
    layer: tuple[str, ...] = ()

    @property
    def both(self) -> tuple[list[str], list[str]]:
        return [*self.usual], [*self.layer]


DIFFERENCES: Final[dict[tuple[str, str], Differs]] = {}
"""By situation and major of the SDK."""

NOT_YET: Final[dict[str | tuple[str, str], str]] = {}
"""Situations that the layer still fails, with what is missing. They have to fail, or be deleted here."""
