"""Figures that tests find, as tables at the end of the test output, whichever process found them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

PROPERTY = "row of a table"

Row = Mapping[str, str | int]


def tables(properties: Iterable[tuple[str, object]]) -> Iterator[tuple[str, list[str]]]:
    """Title and lines of each table, made of the properties that tests have recorded."""
    found: dict[str, list[Row]] = {}
    for name, value in properties:
        if name == PROPERTY and isinstance(value, Mapping):
            found.setdefault(value["table"], []).append(value["row"])
    for title, rows in sorted(found.items()):
        yield title, list(_lines(rows))


def _lines(rows: list[Row]) -> Iterator[str]:
    names = list(rows[0])
    cells = [names, *sorted([str(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    for line in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
