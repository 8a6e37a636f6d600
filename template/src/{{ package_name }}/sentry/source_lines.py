# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Source lines for the service's own frames.

The SDK reads the lines of every frame, the frameworks' included, and that is most of what an error costs a
request. It is told to read none (`frame_context_lines=0`); the frames that are ours get theirs here, on the way out.
"""

from __future__ import annotations

import linecache
from pathlib import Path
from typing import Final, NamedTuple

from .config import PROJECT_ROOT

CONTEXT_LINES: Final = 5

_SOURCE_ROOTS: Final = (str(Path(__file__).resolve().parents[2]), str(PROJECT_ROOT))


class SourceLines(NamedTuple):
    """The fields of a frame of these names."""

    pre_context: list[str]
    context_line: str
    post_context: list[str]


def source_lines(file: str, number: int) -> SourceLines | None:
    """The lines around a line, counted from 1, of a file of this project; None for any other.

    Args:
        file: relative to the sources or to the project, as frames name it.
        number: the line, counted from 1.
    """
    if not file.endswith(".py") or ".." in file or file.startswith("/"):
        return None
    for root in _SOURCE_ROOTS:
        lines = [line.rstrip("\r\n") for line in linecache.getlines(f"{root}/{file}")]
        if 0 < number <= len(lines):
            first = max(0, number - 1 - CONTEXT_LINES)
            return SourceLines(lines[first : number - 1], lines[number - 1], lines[number : number + CONTEXT_LINES])
    return None
