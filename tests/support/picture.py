"""Text as a picture of a terminal, for README.md and the pages in docs/."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

COLUMNS: Final = 104

_WIDTH: Final = 7.25
_HEIGHT: Final = 18
_MARGIN: Final = 16
_FILL: Final = {"$": "#8b949e", "W": "#7ee787", "🎤": "#7ee787"}
"""The color of the command, the headings, and the questions, by their first character."""


SECONDS: Final = 2.5
"""How long each screen of a film is shown."""


def picture(lines: Sequence[str]) -> str:
    """Return an SVG with these lines, cut at `COLUMNS`."""
    return "\n".join([*_frame(COLUMNS, len(lines)), *_drawn(lines, COLUMNS), "</g>", "</svg>", ""])


def film(screens: Sequence[Sequence[str]], columns: int) -> str:
    """Return an SVG that shows these screens one after the other, again and again."""
    seconds = len(screens) * SECONDS
    share = 100 / len(screens)
    parts = [
        *_frame(columns, max(map(len, screens))),
        "<style>",
        f"@keyframes show {{ 0%, {share:.3f}% {{ opacity: 1 }} {share + 0.001:.3f}%, 100% {{ opacity: 0 }} }}",
        f".screen {{ opacity: 0; animation: show {seconds:g}s infinite }}",
        "</style>",
    ]
    for number, lines in enumerate(screens):
        parts += [f'<g class="screen" style="animation-delay: {number * SECONDS:g}s">', *_drawn(lines, columns), "</g>"]
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _frame(columns: int, lines: int) -> list[str]:
    width = round(2 * _MARGIN + columns * _WIDTH)
    height = 2 * _MARGIN + lines * _HEIGHT
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>',
        '<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12" xml:space="preserve">',
    ]


def _drawn(lines: Sequence[str], columns: int) -> list[str]:
    drawn = []
    for number, line in enumerate(lines, start=1):
        shown = line if len(line) <= columns else f"{line[: columns - 1]}…"
        fill = _FILL.get(shown[:1], "#c9d1d9")
        y = _MARGIN + number * _HEIGHT - 5
        drawn.append(f'<text x="{_MARGIN}" y="{y}" fill="{fill}" xml:space="preserve">{escape(shown)}</text>')
    return drawn
