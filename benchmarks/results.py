"""What a section found: samples by subject, and the bars that they are held against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TypeVar

Value = TypeVar("Value")

Samples = Mapping[str, Sequence[float]]
"""One figure a round for every subject. Figures of the same round were taken one right after the other."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What `subject` may cost as a share of `reference`, and the share that is aimed at."""

    subject: str
    reference: str
    at_most: float
    aim: float | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """What `subject` may cost in the unit of its result, where a share says too little."""

    subject: str
    at_most: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the ratios of all rounds, and the middle half of them.

    Ratios within a round leave out what the machine did between rounds; a quotient of two medians would not.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one section on one SDK (None where no SDK is involved)."""

    title: str
    unit: str
    sdk: str | None
    samples: Samples
    """The first subject is the floor: what the others cost without what is measured."""
    bars: tuple[Bar, ...]
    limits: tuple[Limit, ...] = ()

    def figure(self, subject: str) -> float:
        return median(self.samples[subject])

    def ratio(self, subject: str, reference: str) -> Ratio:
        pairs = zip(self.samples[subject], self.samples[reference], strict=True)
        ratios = [one / other for one, other in pairs]
        low, _, high = quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        return Ratio(median(ratios), low, high)


def interleaved(subjects: Iterable[str], rounds: int, measure: Callable[[str], Value]) -> dict[str, list[Value]]:
    """Measure every subject once a round, each round beginning with another one, so that none has the best place."""
    names = list(subjects)
    samples: dict[str, list[Value]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            samples[name].append(measure(name))
    return samples
