"""The size of a service with the default answers, so that it can't grow unnoticed.

Code is counted in statements (`ast.stmt`), which neither long lines nor packed literals change. Raise a limit only with
a reason that the owners of services would accept.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.template import files_of

if TYPE_CHECKING:
    from conftest import Figure, Render

FILES = 76

STATEMENTS = {
    r"src/[^/]+/sentry/": 1_800,
    r"tools/": 110,
    r"tests/": 421,
}
"""The most statements in the files whose names begin like this."""


def statements(project: Path, part: str) -> int:
    """Count the statements in the Python files of a part of a service."""
    texts = [
        (project / name).read_text(encoding="utf-8")
        for name in files_of(project)
        if re.match(part, name) and name.endswith(".py")
    ]
    return sum(isinstance(node, ast.stmt) for text in texts for node in ast.walk(ast.parse(text)))


@pytest.mark.parametrize("part", STATEMENTS)
def test_a_part_has_no_more_statements_than_it_may(part: str, render: Render, figure: Figure) -> None:
    counted = statements(render(), part)

    figure("statements of a service with the default answers", part=part, statements=counted, at_most=STATEMENTS[part])
    assert 0 < counted <= STATEMENTS[part]


def test_a_service_has_no_more_files_than_it_may(render: Render, figure: Figure) -> None:
    files = len(files_of(render()))

    figure("files of a service with the default answers", files=files, at_most=FILES)
    assert files <= FILES


def test_data_is_not_packed(render: Render) -> None:
    """One entry per line: few statements are no gain if they can't be read."""
    project = render()
    code = [name for name in files_of(project) if name.endswith(".py")]

    assert [
        name for name in code if max(map(len, (project / name).read_text("utf-8").splitlines()), default=0) > 120
    ] == []
