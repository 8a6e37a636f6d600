"""What the sections of one run share: how thorough it is, and what they measure."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .environments import Environment, environment
from .variants import Variant, variants


@dataclass(frozen=True)
class Run:
    scratch: Path
    """An empty folder for this run alone."""
    rounds: int
    quick: bool
    """Whether to show that everything works, with figures that mean nothing."""
    majors: tuple[str, ...]
    """The major versions of the SDK."""

    @cached_property
    def variants(self) -> dict[str, Variant]:
        self.tell("rendering the services")
        return {variant.name: variant for variant in variants(self.scratch)}

    @cached_property
    def environments(self) -> tuple[Environment, ...]:
        service = next(iter(self.variants.values())).project
        self.tell("preparing the environments")
        return tuple(environment(major, service) for major in self.majors)

    def tell(self, progress: str) -> None:
        print(progress, file=sys.stderr, flush=True)
