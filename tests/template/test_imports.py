"""Imports of a generated package run one way, and its scrubbing engine could be a package of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import matrix
from support.imports import graph_of, imports_of, levels, modules_of, rooms
from support.template import package_of

if TYPE_CHECKING:
    from conftest import Render

LEVELS = {"defaults": 7, "everything": 10}
"""From `main.py` by the application, its routes, the layer, its setup, and scrubbing to the answers."""


@pytest.fixture(params=LEVELS)
def project(request: pytest.FixtureRequest, render: Render) -> Path:
    return render(**matrix.named()[request.param])


def test_no_imports_go_round_in_a_circle(project: Path) -> None:
    package = package_of(project)
    graph = graph_of(project / "src", package)

    # `levels` raises where there is a circle, among modules or among folders.
    assert levels(graph).keys() == graph.keys()
    assert levels(rooms(graph, package))


@pytest.mark.parametrize("answers", LEVELS)
def test_the_package_has_few_levels(answers: str, render: Render) -> None:
    project = render(**matrix.named()[answers])
    package = package_of(project)
    heights = levels(rooms(graph_of(project / "src", package), package))

    assert {room: height for room, height in heights.items() if height > LEVELS[answers]} == {}


def test_scrubbing_imports_nothing_from_outside_itself(project: Path) -> None:
    scrubbing = f"{package_of(project)}.sentry.scrubbing"
    modules = {
        name: path for name, path in modules_of(project / "src", package_of(project)).items() if scrubbing in name
    }
    allowed = {"sentry_sdk", *sys.stdlib_module_names}

    def is_outside(imported: str) -> bool:
        return imported.partition(".")[0] not in allowed and not f"{imported}.".startswith(f"{scrubbing}.")

    imported = {name: {*filter(is_outside, imports_of(path, name, types_too=True))} for name, path in modules.items()}
    assert modules
    assert {name: outside for name, outside in imported.items() if outside} == {}


def test_scrubbing_is_the_same_in_every_service(render: Render) -> None:
    engines = [contents_of_scrubbing(render(**matrix.named()[name])) for name in ("defaults", "nothing", "everything")]

    assert engines[0]
    assert engines[0] == engines[1] == engines[2]


def contents_of_scrubbing(project: Path) -> dict[str, bytes]:
    folder = project / "src" / package_of(project) / "sentry" / "scrubbing"
    return {path.name: path.read_bytes() for path in folder.glob("*.py")}


@pytest.mark.parametrize(
    ("line", "imported"),
    [
        pytest.param("import os.path", {"os.path"}, id="a library"),
        pytest.param("from . import b", {"p.s.b"}, id="a neighbor"),
        pytest.param("from ..c import d", {"p.c", "p.c.d"}, id="one above"),
        pytest.param("def f():\n    from .b import g", {"p.s.b", "p.s.b.g"}, id="in a function"),
        pytest.param("if TYPE_CHECKING:\n    from .b import T", set(), id="for types alone"),
    ],
)
def test_what_is_taken_for_an_import(line: str, imported: set[str], tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(line, encoding="utf-8")

    assert {*imports_of(path, "p.s.a")} == imported
