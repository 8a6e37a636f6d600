"""The paths of the template: short enough for a checkout on Windows, and readable."""

from __future__ import annotations

import pytest
from support.template import working_files

PATHS = [path for path in working_files() if path.parts[0] == "template"]

LONGEST = 150
"""Git for Windows refuses 260 characters, and Copier clones below a folder of about 70."""


def test_no_path_is_too_long_for_windows() -> None:
    assert [path.as_posix() for path in PATHS if len(path.as_posix()) > LONGEST] == []


def test_no_name_has_a_character_that_windows_refuses() -> None:
    assert [path.as_posix() for path in PATHS if set(path.as_posix()) & set('"|<>:?*\\')] == []


@pytest.mark.parametrize("word", [" and ", " or "])
def test_a_part_of_a_path_has_one_condition(word: str) -> None:
    parts = {part for path in PATHS for part in path.parts}
    assert [part for part in parts if word in part or part.count("{% if") > 1] == []
