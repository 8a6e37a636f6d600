"""Which module of a package imports which: read from the code, not by running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

Graph = Mapping[str, frozenset[str]]
"""Module to the modules of the same package that it imports."""


def imports_of(path: Path, module: str, *, types_too: bool = False) -> Iterator[str]:
    """The absolute name of everything that a module imports, wherever in it.

    `from .a import b` gives both `package.a` and `package.a.b`: only the caller knows which of them are modules.

    Args:
        path: its file.
        module: its name.
        types_too: whether what is imported for type checkers alone counts.
    """
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if types_too else _at_run_time(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            source = ".".join(part for part in (above, node.module) if part)
            if node.module:
                yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def _at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from _at_run_time(child)


def modules_of(source: Path, package: str) -> dict[str, Path]:
    """Each module of a package by name."""
    found = {}
    for path in (source / package).rglob("*.py"):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def graph_of(source: Path, package: str) -> Graph:
    """The imports among the modules of a package."""
    modules = modules_of(source, package)
    return {
        name: frozenset(_modules_among({*imports_of(path, name)}, modules) - {name}) for name, path in modules.items()
    }


def _modules_among(imported: set[str], modules: Mapping[str, Path]) -> set[str]:
    """Of `package.a` and `package.a.b` the longer one where it is a module: a package is not what its module needs."""
    known = imported & modules.keys()
    return {name for name in known if not any(other.startswith(f"{name}.") for other in known)}


def rooms(graph: Graph, package: str) -> Graph:
    """The same, with each folder in the package and in its `sentry` taken as one: `api`, `sentry.scrubbing`."""
    joined: dict[str, set[str]] = {}
    for module, imported in graph.items():
        joined.setdefault(_room(module, package), set()).update(_room(name, package) for name in imported)
    return {room: frozenset(imported - {room}) for room, imported in joined.items()}


def _room(module: str, package: str) -> str:
    parts = module.removeprefix(package).lstrip(".").split(".")
    return ".".join(parts[: 2 if parts[0] == "sentry" else 1])


def levels(graph: Graph) -> dict[str, int]:
    """How many imports lie below each module: 0 where it imports none of the others, else one more than the most below.

    Raises:
        graphlib.CycleError: imports go round in a circle.
    """
    heights: dict[str, int] = {}
    for module in TopologicalSorter(graph).static_order():
        heights[module] = max((heights[imported] + 1 for imported in graph[module]), default=0)
    return heights
