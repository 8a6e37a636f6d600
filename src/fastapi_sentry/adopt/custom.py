"""Write what the service adds to the layer into its sentry_custom.py."""

from __future__ import annotations

import ast
import re
from typing import Final

from .options import Carried
from .sources import Text, lines_of, parsed

WIDTH: Final = 100
ANNOTATIONS: Final = {
    "VARIABLES": ("Mapping[str, str]", "Variables of the layer, and the ones that this service sets instead."),
    "ENV_FILES": (
        "tuple[str, ...]",
        "Additional env files, from the root of the project. Those in env/ win over them.",
    ),
    "SDK_OPTIONS": ("Mapping[str, object]", "Options of `sentry_sdk.init()` that don't touch the policy."),
}
_EMPTY: Final = ("()", "frozenset()", "{}", "MappingProxyType({})")


def write_custom(text: Text, carried: Carried) -> list[str]:
    """Edit sentry_custom.py, and return sentences about what its owner has set differently already."""
    left: list[str] = []
    values = dict(carried.custom)
    if carried.integrations:
        values["INTEGRATIONS"] = _tuple([f'"{name}"' for name in sorted(carried.integrations)])
    if carried.variables:
        values["VARIABLES"] = _mapping({name: f'"{other}"' for name, other in sorted(carried.variables.items())})
    if carried.env_files:
        values["ENV_FILES"] = _tuple([f'"{file}"' for file in carried.env_files])
    if carried.sdk_options:
        values["SDK_OPTIONS"] = _mapping(dict(sorted(carried.sdk_options.items())))
    for name, (module, function) in carried.functions.items():
        if not _hand_on(text, name, module, function):
            left.append(f"{text.shown}: {name}() is yours already; let it call {module}.{function}().")
    for name, value in values.items():
        if not _set(text, name, value):
            left.append(f"{text.shown}: {name} has a value already; it should hold {value}.")
    if "os.environ" in text.now and not re.search(r"^import os$", text.now, re.MULTILINE):
        _import(text, "import os")
    if re.search(r"\bMapping\[", text.now) and not re.search(r"import.*\bMapping\b", text.now):
        _import(text, "from collections.abc import Mapping")
    return left


def _set(text: Text, name: str, value: str) -> bool:
    """Set a name; False where its owner has given it another value."""
    tree = parsed(text.now)
    lines = lines_of(text.now)
    newline = text.newline
    for statement in tree.body if tree is not None else ():
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        if statement.target.id != name or statement.value is None:
            continue
        present = ast.unparse(statement.value)
        if present == ast.unparse(ast.parse(value, mode="eval").body):
            return True
        begin, end = statement.lineno - 1, statement.end_lineno or statement.lineno
        if present not in _EMPTY:
            return False
        head = f"{name}: {ast.unparse(statement.annotation)} = "
        lines[begin:end] = [line + newline for line in _wrapped(head, value)]
        text.change("".join(lines))
        return True
    annotation, words = ANNOTATIONS.get(name, ("object", ""))
    added = [*_wrapped(f"{name}: Final[{annotation}] = ", value), *([f'"""{words}"""'] if words else [])]
    at = next(
        (one.lineno - 1 for one in (tree.body if tree is not None else ()) if isinstance(one, ast.FunctionDef)),
        len(lines),
    )
    block = [line + newline for line in added]
    lines[at:at] = [*block, newline, newline] if at < len(lines) else [newline, *block]
    text.change("".join(lines))
    return True


def _hand_on(text: Text, name: str, module: str, function: str) -> bool:
    """Let a hook of sentry_custom.py call the service's own function."""
    tree = parsed(text.now)
    lines = lines_of(text.now)
    newline = text.newline
    # Imported when it is called: that module may import the layer itself.
    call = [f"    from {module} import {function}", ""]
    if name != "before_send":
        second = name.removeprefix("before_").removeprefix("send_") if name.startswith("before_") else "event"
        body = [f"def _{name}({second}, hint):", *call, f"    return {function}({second}, hint)"]
        if f"def _{name}(" in text.now:
            return True
        at = next(
            (one.lineno - 1 for one in (tree.body if tree is not None else ()) if isinstance(one, ast.FunctionDef)),
            len(lines),
        )
        before = next(
            (
                one.lineno - 1
                for one in (tree.body if tree is not None else ())
                if isinstance(one, ast.AnnAssign)
                and isinstance(one.target, ast.Name)
                and one.target.id == "SDK_OPTIONS"
            ),
            at,
        )
        lines[before:before] = [line + newline for line in [*body, "", ""]]
        text.change("".join(lines))
        return True
    for statement in tree.body if tree is not None else ():
        if isinstance(statement, ast.FunctionDef) and statement.name == name:
            last = statement.body[-1]
            if f"return {function}(" in ast.unparse(statement):
                return True
            plain = isinstance(last, ast.Return) and isinstance(last.value, ast.Name) and len(statement.body) <= 2
            if not plain:
                return False
            begin, end = last.lineno - 1, last.end_lineno or last.lineno
            lines[begin:end] = [line + newline for line in [*call, f"    return {function}(event, hint)"]]
            text.change("".join(lines))
            return True
    return False


def _import(text: Text, statement: str) -> None:
    tree = parsed(text.now)
    lines = lines_of(text.now)
    at = next(
        (
            one.lineno - 1
            for one in (tree.body if tree is not None else ())
            if isinstance(one, (ast.Import, ast.ImportFrom))
            and not (isinstance(one, ast.ImportFrom) and one.module == "__future__")
        ),
        0,
    )
    lines[at:at] = [statement + text.newline]
    text.change("".join(lines))


def _wrapped(head: str, value: str) -> list[str]:
    """Return an assignment as a formatter writes it: one entry per line where it is long."""
    if len(head) + len(value) <= WIDTH:
        return [f"{head}{value}"]
    tree = ast.parse(value, mode="eval").body
    if isinstance(tree, ast.Tuple):
        entries = [ast.unparse(one).replace("'", '"') for one in tree.elts]
        return [f"{head}(", *(f"    {entry}," for entry in entries), ")"]
    if isinstance(tree, ast.Dict):
        pairs = zip(tree.keys, tree.values, strict=True)
        entries = [f"{_quoted(key)}: {_quoted(item)}" for key, item in pairs if key is not None]
        return [f"{head}{{", *(f"    {entry}," for entry in entries), "}"]
    return [f"{head}{value}"]


def _quoted(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text.replace("'", '"') if '"' not in text else text


def _tuple(entries: list[str]) -> str:
    return f"({', '.join(entries)}{',' if len(entries) == 1 else ''})"


def _mapping(entries: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in entries.items()) + "}"
