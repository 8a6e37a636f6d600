"""The ratios of a published run as a picture: how much of the usual cost is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

_TITLE: Final = "Cost relative to the usual sentry_sdk.init() (less is better)"
_LABELS: Final = 300
_BARS: Final = 360
_ROW: Final = 26
_TOP: Final = 64
_MARGIN: Final = 20
_COLORS: Final = {"2": "#7553ff", "3": "#ff45a8"}
"""By the major version of sentry-sdk."""


@dataclass(frozen=True, slots=True)
class Row:
    """One bar: what the subject costs, as a fraction of what the usual `sentry_sdk.init()` costs."""

    title: str
    subject: str
    sdk: str
    ratio: float


def rows(document: Mapping[str, Any]) -> Iterator[Row]:
    """The ratios against the usual `sentry_sdk.init()` in a document of `report.document`."""
    for result in document["results"]:
        for ratio in result["ratios"]:
            if result["sdk"] and ratio["reference"].startswith("usual init"):
                yield Row(result["title"], ratio["subject"], result["sdk"], ratio["ratio"])


def chart(document: Mapping[str, Any]) -> str:
    """Return an SVG with one bar for each ratio and a line at 1.0, the usual cost."""
    drawn_rows = sorted(rows(document), key=lambda row: (row.title, row.subject, row.sdk))
    scale = _BARS / max(1.0, *(row.ratio for row in drawn_rows))
    width = 2 * _MARGIN + _LABELS + _BARS + 60
    height = _TOP + len(drawn_rows) * _ROW + _MARGIN
    usual = _MARGIN + _LABELS + scale
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        '<rect width="100%" height="100%" rx="8" fill="#ffffff"/>',
        '<g font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">',
        f'<text x="{_MARGIN}" y="26" font-size="15">{_TITLE}</text>',
        *_legend(),
    ]
    for number, row in enumerate(drawn_rows):
        y = _TOP + number * _ROW
        label = f"{row.title}: {row.subject}"
        length = max(1.0, row.ratio * scale)
        lines += [
            f'<text x="{_MARGIN}" y="{y + 15}">{escape(label[:46])}</text>',
            f'<rect x="{_MARGIN + _LABELS}" y="{y + 3}" width="{length:.0f}" height="16" rx="2" '
            f'fill="{_COLORS[row.sdk[0]]}"/>',
            f'<text x="{_MARGIN + _LABELS + length + 6:.0f}" y="{y + 15}">{row.ratio:.2f}</text>',
        ]
    lines += [
        f'<line x1="{usual:.0f}" y1="{_TOP - 4}" x2="{usual:.0f}" y2="{height - _MARGIN}" stroke="#57606a" '
        'stroke-dasharray="4 3"/>',
        f'<text x="{usual - 4:.0f}" y="{_TOP - 10}" text-anchor="end" fill="#57606a">usual = 1.00</text>',
        "</g>",
        "</svg>",
        "",
    ]
    return "\n".join(lines)


def _legend() -> Iterator[str]:
    for number, (major, color) in enumerate(_COLORS.items()):
        x = _MARGIN + number * 120
        yield f'<rect x="{x}" y="38" width="12" height="12" rx="2" fill="{color}"/>'
        yield f'<text x="{x + 18}" y="48">sentry-sdk {major}</text>'
