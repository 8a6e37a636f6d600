"""Results as a table for people and as JSON for programs."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable, Iterator, Sequence

from .results import Bar, Result

HEADER = ("sentry-sdk", "what", "median", "of the floor", "against", "ratio", "middle half", "bar", "aim", "")
"""The unit is added to the third of them."""


def table(results: Iterable[Result]) -> str:
    """One Markdown table a figure, with a row for every subject on every SDK."""
    titles: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        titles.setdefault((result.title, result.unit), []).append(result)
    parts = [
        f"### {title}\n\n{_markdown(unit, [row for result in group for row in _rows(result)])}"
        for (title, unit), group in titles.items()
    ]
    return "\n\n".join(parts)


def document(results: Iterable[Result]) -> dict[str, object]:
    """Everything that was measured, with what it was measured on."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "results": [
            {
                "title": result.title,
                "unit": result.unit,
                "sdk": result.sdk,
                "samples": result.samples,
                "ratios": [_ratio(result, bar) for bar in result.bars],
                "limits": [{"subject": limit.subject, "at_most": limit.at_most} for limit in result.limits],
            }
            for result in results
        ],
    }


def _ratio(result: Result, bar: Bar) -> dict[str, object]:
    ratio = result.ratio(bar.subject, bar.reference)
    return {
        "subject": bar.subject,
        "reference": bar.reference,
        "ratio": ratio.value,
        "middle_half": [ratio.low, ratio.high],
        "bar": bar.at_most,
        "aim": bar.aim,
    }


def _rows(result: Result) -> Iterator[tuple[str, ...]]:
    floor, *_ = result.samples
    limits = {limit.subject: limit.at_most for limit in result.limits}
    for subject in result.samples:
        figure = result.figure(subject)
        of_floor = result.ratio(subject, floor).value
        held = next((_held(result, bar) for bar in result.bars if bar.subject == subject), ("",) * 6)
        shown = f"{figure:,.{0 if figure >= 100 else 1}f}"
        if subject in limits:
            shown += f" (≤ {limits[subject]:,.0f}: {'pass' if figure <= limits[subject] else 'MISSED'})"
        yield (result.sdk or "", subject, shown, f"{of_floor:.2f}", *held)


def _held(result: Result, bar: Bar) -> tuple[str, ...]:
    ratio = result.ratio(bar.subject, bar.reference)
    aim = "" if bar.aim is None else f"≤ {bar.aim:.2f}"
    middle_half = f"{ratio.low:.2f}-{ratio.high:.2f}"
    return (bar.reference, f"{ratio.value:.2f}", middle_half, f"≤ {bar.at_most:.2f}", aim, _mark(bar, ratio.value))


def _mark(bar: Bar, ratio: float) -> str:
    """Judged as it is shown, with two digits."""
    shown = round(ratio, 2)
    if shown > bar.at_most:
        return "MISSED"
    return "pass" if bar.aim is None or shown > bar.aim else "pass, aim reached"


def _markdown(unit: str, rows: Sequence[tuple[str, ...]]) -> str:
    header = tuple(f"median, {unit}" if name == "median" else name for name in HEADER)
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = tuple("-" * width for width in widths)
    lines = (
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (header, rule, *rows)
    )
    return "\n".join(f"| {line} |" for line in lines)
