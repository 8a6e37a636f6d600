"""Find out what the names of a module stand for: which of them are the SDK, its `init`, its `Client`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from typing import Final, Literal, cast

import libcst as cst
from libcst.helpers import get_full_name_for_node

from .sources import Block, Module, without_collection

Kind = Literal["init", "client", "middleware", "library"]

STAR: Final = ("init", "Client", "Hub", "Scope", "capture_exception", "capture_message", "set_tag", "get_client")
"""What `from sentry_sdk import *` brings, as far as it matters here."""

_LIBRARY: Final = re.compile(
    r"(?i)(?:^|[._])(init(ialize|ialise)?|set_?up|configure|install|start|enable|register)_?\w*"
)
_NO_START: Final = re.compile(r"(?i)middleware|exception|handler|filter|integration|settings|config$")

MENTION: Final = re.compile(
    r"\bsentry_(?:sdk|asgi)\b|(?:^|\n)[ \t]*(?:from|import)\b[^\n(]*(?:\([^)]*)?sentry", re.IGNORECASE
)
"""What code has that can bind the SDK or a function that starts it. The word alone may be that of another feature."""

_SHORT: Final = 40
"""Lines. A shorter block is parsed if it mentions the SDK; a longer one only if it can start the SDK or hand it on."""

_STARTS: Final = re.compile(
    r"\b_?init\b|\b_?Client\b|Sentry\w*Middleware|\bglobal\b|\breturn\b[^\n]*sentry"
    r"|(?:from|import)[ \t]+(?!sentry_sdk\b)[\w.]*(?i:sentry)"
    r"|(?i:sentry)[\w.]*\.(?:init|set_?up|config|install|start|enable|register)"
)
"""What a long block has that starts the SDK or binds a name for other blocks."""

Exports = Mapping[str, Mapping[str, str]]
"""Of each module of the service: names that other modules can import, and what they stand for."""


@dataclass
class Scope:
    """Names of a module, a function, or a class. None stands for something that isn't the SDK."""

    parent: Scope | None = None
    is_class: bool = False
    names: dict[str, str | None] = field(default_factory=dict)
    returned: dict[str, str] = field(default_factory=dict)
    """Functions that return a part of the SDK, such as `def sdk(): import sentry_sdk; return sentry_sdk`."""
    globals: set[str] = field(default_factory=set)

    def bind(self, name: str, path: str | None) -> None:
        if name in self.globals and self.parent:
            self.root.bind(name, path)
        elif path is not None or name not in self.names:
            # `try: import sentry_sdk` with `except ImportError: sentry_sdk = None` still is the SDK.
            self.names[name] = path

    @property
    def root(self) -> Scope:
        return self.parent.root if self.parent else self

    def find(self, name: str) -> str | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or not scope.is_class):
                return scope.names[name]
            scope = scope.parent
        return None

    def find_returned(self, name: str) -> str | None:
        """Return what a function returns that is a part of the SDK."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.returned:
                return scope.returned[name]
            scope = scope.parent
        return None

    def find_attribute(self, name: str) -> str | None:
        """Return what `self.name` or `cls.name` is in the class around, if the class itself sets it."""
        scope = self
        # A long class is read method by method: then its names are those of the module.
        while scope.parent is not None and not scope.is_class:
            scope = scope.parent
        return scope.names.get(name) or scope.returned.get(name)


@dataclass
class Part:
    """A block of a module as a concrete syntax tree."""

    block: Block
    tree: cst.Module

    def code_of(self, tree: cst.Module) -> str:
        """Return the text of the block after an edit."""
        return tree.code.split("\n", 1)[1] if self.block.indented else tree.code

    @property
    def offset(self) -> int:
        """What has to be added to a line number of the tree."""
        return self.block.begin - self.block.indented


def parse_block(text: str, block: Block) -> cst.Module:
    """Parse a block; a part of a class gets something to be indented below.

    Raises:
        UnreadableError: LibCST can't parse it.
    """
    try:
        with without_collection():
            return cst.parse_module(f"if True:\n{text}" if block.indented else text)
    except Exception as error:
        # ParserSyntaxError, or RecursionError in a file that a program wrote.
        raise UnreadableError(type(error).__name__) from None


class UnreadableError(Exception):
    """Neither Python nor LibCST can parse the file."""


class Names:
    """The names of one module, read from the blocks that have to do with the SDK."""

    def __init__(self, module: Module, exports: Exports) -> None:
        self.module = module
        self.exports = exports
        self.scope = Scope()
        self.scopes: dict[int, Scope] = {}
        self.attributes: dict[str, str] = {}
        self.parts: list[Part] = []
        self.words: dict[str, bool] = {}
        """Words, and whether the text of the module holds them."""
        self.read()

    def resolve(self, node: cst.CSTNode, scope: Scope) -> str | None:
        """Return the full name that an expression stands for, such as `sentry_sdk.init`."""
        if isinstance(node, cst.Name):
            return self._canonical(scope.find(node.value))
        if isinstance(node, cst.Attribute):
            dotted = get_full_name_for_node(node)
            if dotted in self.attributes:
                return self._canonical(self.attributes[dotted])
            owner = node.value.value if isinstance(node.value, cst.Name) else ""
            if owner in ("self", "cls") and (found := self._attribute(node.attr.value, scope)):
                return self._canonical(found)
            path = self.resolve(node.value, scope)
            if path and node.attr.value == "__dict__":
                return path
            return self._canonical(f"{path}.{node.attr.value}") if path else None
        if isinstance(node, cst.NamedExpr):
            return self.resolve(node.value, scope)
        if isinstance(node, cst.IfExp):
            return self.resolve(node.body, scope) or self.resolve(node.orelse, scope)
        if isinstance(node, cst.BooleanOperation):
            return self.resolve(node.left, scope) or self.resolve(node.right, scope)
        if isinstance(node, cst.Call):
            return self._of_call(node, scope)
        if isinstance(node, cst.Subscript) and len(node.slice) == 1:
            return self._of_item(node, scope)
        return None

    def kind(self, node: cst.CSTNode, scope: Scope) -> Kind | None:
        """Return what an expression is to adoption."""
        return kind_of(self.resolve(node, scope), self)

    def outside(self, path: str) -> bool:
        """Whether a full name belongs to no module of this service."""
        parts = path.split(".")
        return not any(".".join(parts[:count]) in self.exports for count in range(1, len(parts) + 1))

    def foreign(self, path: str) -> bool:
        """Whether to import a name runs no module of this service, from whichever folder."""
        root = path.partition(".")[0]
        package = path.rpartition(".")[0]
        if self.module.name.startswith(f"{package}.") and path not in self.exports:
            # The package of this module itself, which Python has imported before it.
            return True
        own = {part for name in self.exports for part in name.split(".")} - sys.stdlib_module_names
        return self.outside(path) and root not in own

    def exported(self) -> dict[str, str]:
        """Return what other modules could import from this one that is the SDK or a part of it."""
        exported = {
            name: path
            for name, stored in self.scope.names.items()
            if (path := self._canonical(stored)) and path.partition(".")[0] in ("sentry_sdk", "sentry_asgi")
        }
        return exported | {f"{name}()": path for name, path in self.scope.returned.items()}

    def _canonical(self, path: str | None) -> str | None:
        for _ in range(5):
            if path is None:
                return None
            parts = path.split(".")
            for count in range(len(parts) - 1, 0, -1):
                found = self.exports.get(".".join(parts[:count]), {}).get(parts[count])
                if found and found != path:
                    path = ".".join([found, *parts[count + 1 :]])
                    break
            else:
                return path
        return path

    def _of_call(self, node: cst.Call, scope: Scope) -> str | None:
        function = get_full_name_for_node(node.func) or ""
        arguments = [argument.value for argument in node.args]
        if function == "getattr" and len(arguments) >= 2 and (name := _text(arguments[1])):
            path = self.resolve(arguments[0], scope)
            return self._canonical(f"{path}.{name}") if path else None
        if function.rpartition(".")[2] == "partial" and arguments:
            path = self.resolve(arguments[0], scope)
            return path if kind_of(path, self) == "init" else None
        if function == "vars" and arguments:
            return self.resolve(arguments[0], scope)
        if function.rpartition(".")[2] in ("import_module", "__import__") and arguments:
            return _text(arguments[0]) or None
        owner, _, name = function.rpartition(".")
        if owner in ("self", "cls"):
            return self._attribute(name, scope)
        if not owner and (found := scope.find_returned(name)):
            return found
        called = self.resolve(node.func, scope)
        result = self._canonical(f"{called}()") if called else None
        return result if result != f"{called}()" else None

    def _attribute(self, name: str, scope: Scope) -> str | None:
        """Return what `self.name` is, also where another class of the module sets it: that may be a parent."""
        classes = [one for one in self.scopes.values() if one.is_class]
        found = (one.names.get(name) or one.returned.get(name) for one in classes)
        return scope.find_attribute(name) or next((one for one in found if one), None)

    def _of_item(self, node: cst.Subscript, scope: Scope) -> str | None:
        index = node.slice[0].slice
        name = _text(index.value) if isinstance(index, cst.Index) else ""
        if not name:
            return None
        if get_full_name_for_node(node.value) == "sys.modules":
            return name
        if isinstance(node.value, cst.Call) and get_full_name_for_node(node.value.func) in ("globals", "locals"):
            return self._canonical(scope.find(name))
        path = self.resolve(node.value, scope)
        return self._canonical(f"{path}.{name}") if path else None

    @cached_property
    def _blocks(self) -> dict[Block, bool]:
        """The statements at the top level, and whether each mentions the SDK."""
        if not self.module.blocks:
            return {Block(0, len(self.module.lines)): True}
        texts = {block: self._text_of(block) for block in self.module.blocks}
        return {block: "sentry" in text.lower() and MENTION.search(text) is not None for block, text in texts.items()}

    def _text_of(self, block: Block) -> str:
        return "".join(self.module.lines[block.begin : block.end])

    def read(self) -> None:
        """Parse the blocks that mention the SDK, then those that use a name that one of them binds.

        Once more after another module has turned out to pass the SDK on.

        Raises:
            UnreadableError: LibCST can't parse a block.
        """
        chosen = {part.block: part for part in self.parts}
        for _ in range(4):
            words = [name for name, path in self.scope.names.items() if path and _matters(path, self)]
            words += [name.rpartition(".")[2] for name in self.attributes]
            words += [name for scope in self._scopes for name in scope.returned]
            for module, exported in self.exports.items():
                words += [name.removesuffix("()") for name in exported]
                words += [module.rpartition(".")[2]] if exported else []
            present = [word for word in dict.fromkeys(words) if self._holds(word)]
            used = re.compile(rf"\b(?:{'|'.join(map(re.escape, present))})\b")
            starts = self.starts()
            new = []
            for block, mentions in self._blocks.items():
                text = self._text_of(block) if block not in chosen and (mentions or present) else ""
                matters = mentions or (any(word in text for word in present) and used.search(text))
                if text and matters and (block.end - block.begin < _SHORT or starts.search(text)):
                    new.append(Part(block, parse_block(text, block)))
            if not new:
                break
            chosen |= {part.block: part for part in new}
            self._bind(new)
        self.parts = sorted(chosen.values(), key=lambda part: part.block.begin)
        self._collect()

    def _holds(self, word: str) -> bool:
        """Whether a word is in the text of the module."""
        if word not in self.words:
            self.words[word] = word in self.module.file.text
        return self.words[word]

    def starts(self) -> re.Pattern[str]:
        """Return what the text of a block has that starts the SDK, under the names of this module too."""
        names = [*self.scope.names.items(), *self.attributes.items()]
        bound = [name.rpartition(".")[2] for name, path in names if path and kind_of(self._canonical(path), self)]
        for exported in self.exports.values():
            bound += [name.removesuffix("()") for name, path in exported.items() if path and kind_of(path, self)]
        aliases = "".join(rf"|\b{re.escape(name)}\b" for name in dict.fromkeys(bound) if self._holds(name))
        return re.compile(f"{_STARTS.pattern}{aliases}")

    def starts_in(self, part: Part) -> bool:
        """Whether an expression of a block stands for what starts the SDK, or for its middleware."""
        seeker = _Seeker(self)
        seeker.read(part.tree)
        return seeker.found

    def _collect(self) -> None:
        """Bind the names once more, where one is used before the line that binds it."""
        before = self._bound()
        self._bind(self.parts)
        if self._bound() != before:
            self._bind(self.parts)

    def _bind(self, parts: Iterable[Part]) -> None:
        for part in parts:
            _Collector(self).read(part.tree)

    @property
    def _scopes(self) -> list[Scope]:
        return [self.scope, *self.scopes.values()]

    def _bound(self) -> list[object]:
        scopes = self._scopes
        bound = [{*(name for name, path in one.names.items() if path), *one.returned} for one in scopes]
        return [self.attributes.copy(), *bound]


def kind_of(path: str | None, names: Names) -> Kind | None:
    """Return what a full name is to adoption."""
    if not path:
        return None
    parts = path.split(".")
    if parts[0] == "sentry_sdk":
        if parts[-1] in ("init", "_init") and len(parts) > 1:
            return "init"
        if parts[-1] in ("Client", "_Client") and len(parts) <= 3:
            return "client"
        return "middleware" if parts[-1] == "SentryAsgiMiddleware" else None
    if parts[0] == "sentry_asgi":
        return "middleware" if parts[-1].startswith("Sentry") else None
    if (
        len(parts) > 1
        and "sentry" in path.lower()
        and _LIBRARY.search(parts[-1])
        and not _NO_START.search(parts[-1])
        and names.outside(path)
        and (parts[-1][0].islower() or "sentry" in parts[-1].lower())
    ):
        return "library"
    return None


def _matters(path: str, names: Names) -> bool:
    return path.partition(".")[0] in ("sentry_sdk", "sentry_asgi") or kind_of(path, names) is not None


def _text(node: cst.BaseExpression) -> str:
    value = node.evaluated_value if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)) else None
    return value if isinstance(value, str) else ""


class ScopedVisitor:
    """Keeps the scope of the node that is visited. Mixed into a visitor and into a transformer of LibCST."""

    names: Names
    stack: list[Scope]

    def enter(self, node: cst.CSTNode, *, is_class: bool = False) -> None:
        known = self.names.scopes.get(id(node))
        if known is None:
            known = self.names.scopes[id(node)] = Scope(self.stack[-1], is_class)
        self.stack.append(known)


_FORM: Final = re.compile(
    r"whitespace|lines|^(?:[lr](?:par|bracket|brace)|comma|semicolon|header|footer|equal|colon|dot|indent|operator|annotation)$"
)
"""Fields of LibCST's nodes that say how code is written, not what it does."""


@cache
def _content(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if not _FORM.search(one.name))


_NODES: Final = frozenset(
    kind for kind in vars(cst).values() if isinstance(kind, type) and issubclass(kind, cst.CSTNode)
)
"""All kinds of nodes. They are abstract base classes, with which `isinstance()` takes long."""


class _Walker(ScopedVisitor):
    """Reads every node of a block.

    It walks by itself: a visitor of LibCST reads each space and builds each node again, which takes ten times as long.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.stack = [names.scope]

    @property
    def scope(self) -> Scope:
        return self.stack[-1]

    def read(self, node: cst.CSTNode) -> None:
        raise NotImplementedError

    def inside(self, node: cst.CSTNode) -> None:
        """Read what a node holds."""
        for name in _content(type(node)):
            value: object = getattr(node, name)
            held: Sequence[object] = value if isinstance(value, (list, tuple)) else (value,)
            for one in held:
                if type(one) in _NODES:
                    self.read(cast("cst.CSTNode", one))


class _Seeker(_Walker):
    """Looks for what starts the SDK."""

    found = False

    def read(self, node: cst.CSTNode) -> None:
        if self.found or isinstance(node, (cst.Import, cst.ImportFrom)):
            return
        if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            self.enter(node, is_class=isinstance(node, cst.ClassDef))
            self.inside(node)
            self.stack.pop()
            return
        if isinstance(node, (cst.Name, cst.Attribute, cst.Call)) and self.names.kind(node, self.scope) is not None:
            self.found = True
            return
        self.inside(node)


_BINDING: Final = frozenset(
    (
        cst.AnnAssign,
        cst.Assign,
        cst.ClassDef,
        cst.FunctionDef,
        cst.Global,
        cst.Import,
        cst.ImportFrom,
        cst.Lambda,
        cst.NamedExpr,
        cst.Return,
    )
)
"""Nodes that bind a name, or hold names of their own."""


class _Collector(_Walker):
    """Binds each name to what it stands for."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.functions: list[str] = []

    def read(self, node: cst.CSTNode) -> None:
        """Read a node and everything in it."""
        if type(node) not in _BINDING:
            self.inside(node)
        elif isinstance(node, cst.FunctionDef):
            self._function(node)
        elif isinstance(node, cst.ClassDef):
            self._class(node)
        elif isinstance(node, cst.Lambda):
            self.enter(node)
            self._parameters(node.params)
            self.inside(node)
            self.stack.pop()
        elif isinstance(node, cst.Global):
            self.scope.globals.update(item.name.value for item in node.names)
        elif isinstance(node, cst.Import):
            self._import(node)
        elif isinstance(node, cst.ImportFrom):
            self._import_from(node)
        else:
            if isinstance(node, cst.Assign):
                for target in node.targets:
                    self._assign(target.target, node.value)
            elif isinstance(node, (cst.AnnAssign, cst.NamedExpr)):
                self._assign(node.target, node.value)
            elif isinstance(node, cst.Return):
                self._return(node)
            self.inside(node)

    def _function(self, node: cst.FunctionDef) -> None:
        self.scope.bind(node.name.value, None)
        self.functions.append(node.name.value)
        self.enter(node)
        self._parameters(node.params)
        self.inside(node)
        self.functions.pop()
        self.stack.pop()

    def _class(self, node: cst.ClassDef) -> None:
        bases = [self.names.resolve(base.value, self.scope) for base in node.bases]
        # A subclass of the middleware is one too.
        self.scope.bind(node.name.value, next((one for one in bases if kind_of(one, self.names) == "middleware"), None))
        self.enter(node, is_class=True)
        self.inside(node)
        self.stack.pop()

    def _return(self, node: cst.Return) -> None:
        path = self.names.resolve(node.value, self.scope) if node.value is not None else None
        if self.functions and path and path.partition(".")[0] == "sentry_sdk":
            outer = self.scope.parent or self.scope
            outer.returned[self.functions[-1]] = path

    def _import(self, node: cst.Import) -> None:
        for alias in node.names:
            path = get_full_name_for_node(alias.name) or ""
            if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
                self.scope.bind(alias.asname.name.value, path)
            else:
                root = path.partition(".")[0]
                self.scope.bind(root, root)

    def _import_from(self, node: cst.ImportFrom) -> None:
        stated = get_full_name_for_node(node.module) or "" if node.module else ""
        module = self.names.module.absolute(len(node.relative), stated)
        if isinstance(node.names, cst.ImportStar):
            exported = self.names.exports.get(module, {})
            listed: Iterable[str] = STAR if module.startswith("sentry_sdk") else exported
            for name in listed:
                self.scope.bind(name, f"{module}.{name}")
            return
        for alias in node.names:
            name = get_full_name_for_node(alias.name) or ""
            asname = alias.asname.name if alias.asname else alias.name
            if isinstance(asname, cst.Name):
                self.scope.bind(asname.value, f"{module}.{name}")

    def _parameters(self, parameters: cst.Parameters) -> None:
        for parameter in _each_parameter(parameters):
            outer = self.scope.parent or self.scope
            default = self.names.resolve(parameter.default, outer) if parameter.default else None
            self.scope.bind(parameter.name.value, default if default and _matters(default, self.names) else None)

    def _assign(self, target: cst.CSTNode, value: cst.BaseExpression | None) -> None:
        if isinstance(target, (cst.Tuple, cst.List)):
            values = value.elements if isinstance(value, (cst.Tuple, cst.List)) else ()
            for number, element in enumerate(target.elements):
                given = values[number].value if len(values) == len(target.elements) else None
                self._assign(element.value, given)
            return
        path = self.names.resolve(value, self.scope) if value else None
        stored = path if path and _matters(path, self.names) else None
        if isinstance(target, cst.Name):
            self.scope.bind(target.value, stored)
        elif isinstance(target, cst.Attribute) and stored and (dotted := get_full_name_for_node(target)):
            self.names.attributes[dotted] = stored


def _each_parameter(parameters: cst.Parameters) -> Iterator[cst.Param]:
    yield from parameters.posonly_params
    yield from parameters.params
    yield from parameters.kwonly_params
    for star in (parameters.star_arg, parameters.star_kwarg):
        if isinstance(star, cst.Param):
            yield star
