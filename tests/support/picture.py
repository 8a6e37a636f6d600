"""Text as a picture of a terminal, for the README."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

COLUMNS: Final = 104

_WIDTH: Final = 7.25
_HEIGHT: Final = 18
_MARGIN: Final = 16
_FILL: Final = {"$": "#8b949e", "W": "#7ee787"}
"""Of the command and of the headings, by their first character."""


def picture(lines: Sequence[str]) -> str:
    """Return an SVG with these lines, cut at `COLUMNS`."""
    width = round(2 * _MARGIN + COLUMNS * _WIDTH)
    height = 2 * _MARGIN + len(lines) * _HEIGHT
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>',
        '<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12" xml:space="preserve">',
    ]
    for number, line in enumerate(lines, start=1):
        shown = line if len(line) <= COLUMNS else f"{line[: COLUMNS - 1]}…"
        fill = _FILL.get(shown[:1], "#c9d1d9")
        y = _MARGIN + number * _HEIGHT - 5
        drawn.append(f'<text x="{_MARGIN}" y="{y}" fill="{fill}" xml:space="preserve">{escape(shown)}</text>')
    return "\n".join([*drawn, "</g>", "</svg>", ""])
