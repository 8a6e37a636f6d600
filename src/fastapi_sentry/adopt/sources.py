"""Read the files of a service as git lists them. A file that can't be read is left out and named."""

from __future__ import annotations

import ast
import gc
import io
import os
import re
import stat
import subprocess
import tokenize
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

OTHER_FOLDERS: Final = frozenset(
    ("tests", "test", "docs", "doc", "examples", "example", "samples", "third_party", "vendor", "node_modules")
)
"""Folders in the root of a service that hold no code of its processes. Below the root these names mean nothing."""

LARGEST: Final = 4_000_000
"""Bytes. A longer file is data, whatever its name says."""


SMALL: Final = 100_000
"""Characters. The syntax trees of longer files are made again when they are needed."""


class AdoptError(Exception):
    """Adoption can't go on. `str()` says what is wrong and how to fix it."""


def git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints in this folder, or None where git or a repository is missing."""
    try:
        result = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except OSError:
        return None
    return result.stdout.decode("utf-8", "surrogateescape") if result.returncode == 0 else None


def listed(folder: Path) -> list[str]:
    """Return the files below a folder that git knows or would take, as paths from that folder.

    Raises:
        AdoptError: the folder isn't in a git repository.
    """
    output = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    if output is None:
        raise AdoptError(
            f"{folder} isn't in a git repository, so its changes could not be reviewed or undone. "
            'Run `git init && git add . && git commit -m "Before Sentry"` there first.'
        )
    return sorted(path for path in output.split("\0") if path)


def read(path: Path | str) -> bytes | None:
    """Return the bytes of an ordinary file, or None: a folder, a dangling link, a pipe, data, no permission."""
    try:
        # Before it is opened: a pipe would wait for a writer.
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return None
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except (OSError, ValueError):
        return None


@dataclass
class Text:
    """A text file with its encoding, so that it can be written back as it was."""

    path: Path
    shown: str
    """The path from the root of the service, with forward slashes."""
    text: str
    encoding: str
    changed: str | None = None
    """The text after adoption, if it is another one."""

    @property
    def now(self) -> str:
        return self.text if self.changed is None else self.changed

    @property
    def newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def change(self, text: str) -> None:
        self.changed = text if text != self.text else None

    def write(self) -> None:
        if self.changed is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(self.changed.encode(self.encoding, "surrogateescape"))


def text_of(path: Path, shown: str, *, python: bool = False) -> Text | None:
    """Decode a file: Python as PEP 263 says, others as UTF-8; other bytes survive as they are."""
    data = read(path)
    if data is None or b"\0" in data:
        return None
    encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    if python:
        try:
            encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
            return Text(path, shown, data.decode(encoding), encoding)
        except (SyntaxError, LookupError, UnicodeDecodeError):
            # Python itself wouldn't run it.
            return None
    return Text(path, shown, data.decode(encoding, "surrogateescape"), encoding)


@dataclass(frozen=True)
class Block:
    """Whole statements at the top level of a module: the lines `begin` to `end`, counted from 0, `end` excluded."""

    begin: int
    end: int
    indented: bool = False
    """Whether it is a part of a long class: only the methods that matter are parsed."""


@dataclass
class Module:
    """A Python file of the service."""

    file: Text
    base: Path = field(default=Path())
    """The folder that its imports begin at."""
    known_blocks: list[Block] = field(default_factory=list)
    """Its blocks, where it has been parsed before."""

    @property
    def shown(self) -> str:
        return self.file.shown

    @cached_property
    def name(self) -> str:
        """How Python imports it, or an empty text where it can't be imported."""
        try:
            relative = self.file.path.relative_to(self.base).with_suffix("")
        except ValueError:
            return ""
        parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
        return ".".join(parts) if all(part.isidentifier() for part in parts) else ""

    @property
    def package(self) -> tuple[str, ...]:
        parts = tuple(self.name.split(".")) if self.name else ()
        return parts if self.file.path.name == "__init__.py" else parts[:-1]

    @cached_property
    def lines(self) -> list[str]:
        return lines_of(self.file.text)

    @property
    def tree(self) -> ast.Module | None:
        """The syntax tree by the Python that runs this; None for the syntax of another one."""
        # A tree takes fifty times the space of its text, so those of long files aren't kept.
        return self._small_tree if len(self.file.text) < SMALL else parsed(self.file.text)

    @cached_property
    def _small_tree(self) -> ast.Module | None:
        return parsed(self.file.text)

    @cached_property
    def blocks(self) -> list[Block]:
        """Its statements; none where the syntax is that of another Python."""
        if not self.known_blocks and (tree := self.tree) is not None:
            return [*blocks_of(tree)]
        return self.known_blocks

    def absolute(self, level: int, module: str) -> str:
        """Return the full name behind `from ..module import x`."""
        if not level:
            return module
        above = self.package[: len(self.package) - level + 1]
        return ".".join([*above, *([module] if module else [])])


@contextmanager
def without_collection() -> Iterator[None]:
    """Keep the garbage collector from looking through a syntax tree again and again: it holds no cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


@lru_cache(maxsize=1)
def parsed(text: str) -> ast.Module | None:
    """Parse Python, or return None."""
    with warnings.catch_warnings(), without_collection():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


_BEGINS: Final = re.compile(r"(?!(?:else|elif|except|finally)\b)[A-Za-z_@]")
"""The beginning of a line that can only begin a statement, if what is above can be parsed."""


def parsed_head(text: str) -> ast.Module | None:
    """Parse a module up to the first statement below its imports, or further."""
    lines = lines_of(text)
    end = 100
    while end < len(lines):
        while end < len(lines) and not _BEGINS.match(lines[end]):
            end += 1
        tree = parsed("".join(lines[:end]))
        if tree is not None and any(not isinstance(one, (ast.Import, ast.ImportFrom)) for one in tree.body[1:]):
            return tree
        end *= 2
    return parsed(text)


def lines_of(text: str) -> list[str]:
    """Split where Python does: a form feed ends no line."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


LONG: Final = 150
"""Lines. A longer class is read method by method."""


def blocks_of(tree: ast.Module) -> Iterator[Block]:
    """Yield the statements of a module; those that share a line are one block."""
    for block, statements in _grouped(tree.body):
        only = statements[0]
        if len(statements) == 1 and isinstance(only, ast.ClassDef) and block.end - block.begin > LONG:
            for inner, _ in _grouped(only.body):
                if inner.begin >= only.lineno:
                    yield Block(inner.begin, inner.end, indented=True)
        else:
            yield block


def _grouped(body: list[ast.stmt]) -> Iterator[tuple[Block, list[ast.stmt]]]:
    group: list[ast.stmt] = []
    begin = end = -1
    for statement in body:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(one.lineno for one in decorators)]) - 1
        last = statement.end_lineno or statement.lineno
        if group and first < end:
            group.append(statement)
            end = max(end, last)
            continue
        if group:
            yield Block(begin, end), group
        group, begin, end = [statement], first, last
    if group:
        yield Block(begin, end), group
