"""How large a service with the default answers may be (DESIGN 4.0), so that it cannot grow back unseen.

Lines count as they stand, comments and blank ones too. Raise a limit only with a reason that its owners would accept.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.template import ROOT, files_of

if TYPE_CHECKING:
    from conftest import Figure, Render


class Limit(NamedTuple):
    part: str
    """A regular expression for the names of its files."""
    files: int | None
    lines: int


LIMITS = {
    "the service": Limit("", 95, 7_800),
    "src/*/sentry/": Limit(r"src/[^/]+/sentry/.*\.py$", 26, 2_900),
    "tools/": Limit("tools/", None, 1_500),
    "alerts/rule.schema.json": Limit(r"alerts/rule\.schema\.json$", 1, 400),
    "tests/": Limit("tests/", None, 1_000),
}


def size(project: Path, part: str) -> tuple[int, int]:
    """Files and lines of a part of a service."""
    texts = [(project / name).read_text(encoding="utf-8") for name in files_of(project) if re.match(part, name)]
    return len(texts), sum(text.count("\n") for text in texts)


@pytest.mark.parametrize("part", LIMITS)
def test_a_part_is_no_larger_than_it_may_be(part: str, render: Render, figure: Figure) -> None:
    limit = LIMITS[part]

    files, lines = size(render(), limit.part)

    figure("size of a service with the default answers", part=part, files=files, lines=lines, at_most=limit.lines)
    assert files
    assert limit.files is None or files <= limit.files
    assert lines <= limit.lines


def test_no_line_is_longer_than_the_formatter_allows(render: Render) -> None:
    """Fewer lines are no gain where they are longer ones; a sentence of Markdown may be as long as it is."""
    project = render()
    code = [name for name in files_of(project) if name.endswith((".py", ".json"))]

    assert [
        name for name in code if max(map(len, (project / name).read_text("utf-8").splitlines()), default=0) > 120
    ] == []


def test_the_readme_says_the_true_size(render: Render) -> None:
    """As "92 files, 6,900 lines": lines to the nearest hundred."""
    said = re.findall(r"(\d+) files, ([\d,]+) lines", (ROOT / "README.md").read_text(encoding="utf-8"))

    files, lines = size(render(), "")
    assert said == [(str(files), f"{round(lines, -2):,}")]
