"""The tags that rules ask for, compared with those that the service's code sets."""

from __future__ import annotations

import ast
import difflib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from .rules import Rule, located

MADE_BY_SENTRY: Final = frozenset(
    {
        *("environment", "level", "release", "dist", "transaction", "logger", "server_name", "url", "user"),
        *("handled", "mechanism", "runtime", "runtime.name", "os", "os.name", "browser", "browser.name"),
        *("device", "device.family", "client_os", "client_os.name", "app.device", "interface_type", "trace"),
    }
)
"""Sentry and its SDK make these from the event itself."""
SKIPPED: Final = {"node_modules", "site-packages", "tests", "__pycache__"}


def check_tags(rules: list[Rule], root: Path) -> tuple[list[str], list[str]]:
    """Return problems and warnings about tags that no code of the service sets.

    Args:
        root: The service's folder. Its code is in `src/`, or anywhere if there is no such folder.
    """
    asked = [(rule, sorted({*_asked_for(rule.file.model_dump(by_alias=True))} - MADE_BY_SENTRY)) for rule in rules]
    if not any(tags for _, tags in asked):
        return [], []
    known = {*tags_in_code(root)} | MADE_BY_SENTRY
    problems: list[str] = []
    doubts: list[str] = []
    for rule, tags in asked:
        for tag in tags:
            if tag in known:
                continue
            near = difflib.get_close_matches(tag, known, n=1, cutoff=0.8)
            what = f"no code sets the tag `{tag}`"
            if near:
                problems.append(located(rule.path, "$.workflow", f"{what}. Did you mean {near[0]}?"))
            else:
                doubts.append(located(rule.path, "$.workflow", f"{what} by its literal name, so no event may have it"))
    return problems, doubts


def _asked_for(part: Any) -> Iterator[str]:
    """Yield the tags that conditions compare and that messages show."""
    if isinstance(part, list):
        for each in part:
            yield from _asked_for(each)
    elif isinstance(part, dict):
        if "key" in part and "match" in part:
            yield part["key"]
        if isinstance(part.get("tags"), str):
            yield from filter(None, map(str.strip, part["tags"].split(",")))
        yield from _asked_for(list(part.values()))


def tags_in_code(root: Path) -> Iterator[str]:
    """Yield the literal keys of every `set_tag()` and `set_tags()`, and of what hooks put into `event["tags"]`."""
    source = root / "src"
    for path in _modules(source if source.is_dir() else root):
        try:
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            for given in _given(node):
                yield from _literals(given)


def _given(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what names tags: a key, or a dictionary with keys."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        holder = node.func.value if isinstance(node.func, ast.Attribute) else node
        if name in ("set_tag", "set_tags") or (name in ("setdefault", "update") and _holds_tags(holder)):
            yield from node.args[:1]
            yield from (each.value for each in node.keywords if each.arg in ("key", "tags"))
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if _holds_tags(target):
                yield node.value
            elif isinstance(target, ast.Subscript) and _holds_tags(target.value):
                yield target.slice


def _holds_tags(node: ast.expr) -> bool:
    """Tell `event["tags"]` and `event.setdefault("tags", {})`."""
    if isinstance(node, ast.Subscript):
        return "tags" in _literals(node.slice)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in ("get", "setdefault") and "tags" in _literals(*node.args[:1])


def _literals(*nodes: ast.expr) -> list[str]:
    """Return the texts among constants and the keys of dictionaries."""
    keys = [key for node in nodes for key in (node.keys if isinstance(node, ast.Dict) else [node])]
    return [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def _modules(root: Path) -> Iterator[Path]:
    """Yield the Python files of a folder, without environments and the sample of the layer's `preview`."""
    for name, folders, files in os.walk(root):
        folder = Path(name)
        folders[:] = sorted(
            each
            for each in folders
            if not each.startswith(".") and each not in SKIPPED and not (folder / each / "pyvenv.cfg").exists()
        )
        for file in sorted(files):
            if file.endswith(".py") and (folder.name, file) != ("sentry", "preview.py"):
                yield folder / file
