"""Replace every call that starts the SDK by `init_sentry()`, in its place, and tidy the imports."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar, cast

import libcst as cst
from libcst.helpers import get_full_name_for_node
from libcst.metadata import MetadataWrapper, PositionProvider

from .names import Names, Part, ScopedVisitor, UnreadableError, parse_block
from .sources import Module, blocks_of, lines_of, parsed, parsed_head

FALLBACKS: Final = ("init_sentry", "start_sentry", "init_sentry_layer")
"""Names for `init_sentry` in a module, the first one that it doesn't use itself."""


Statement = TypeVar("Statement", cst.Import, cst.ImportFrom)


@dataclass
class Init:
    """A call that started the SDK, and what it was given."""

    module: Module
    line: int
    function: str
    """The function that it is in, such as `setup_sentry`, or an empty text at the top level."""
    options: dict[str, ast.expr] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    """Mappings of options (`**options`) that could not be followed."""
    library: str = ""
    """The function of a library that started the SDK, such as `safir.sentry.initialize_sentry`."""

    @property
    def place(self) -> str:
        return f"{self.module.shown}:{self.line}"


@dataclass
class Edited:
    """What was done to a module."""

    inits: list[Init] = field(default_factory=list)
    middleware: int = 0
    clients: int = 0
    left: list[str] = field(default_factory=list)
    """Sentences about what could not be edited."""


def replace_inits(
    module: Module,
    names: Names,
    layer: str,
    *,
    path_lines: list[str] | None = None,
    linted: bool = False,
    wanted: Callable[[Module, set[str]], set[str]] = lambda _module, _names: set(),
) -> Edited:
    """Edit a module so that it starts the layer where it started the SDK.

    Args:
        module: the module; its file holds the new text afterwards.
        names: what its names stand for.
        layer: the full name of the layer's package, such as `shop.sentry`.
        path_lines: lines that have to come before the import of the layer, in a script outside of the package.
        linted: whether the service has a linter, which a lambda that is assigned would displease.
        wanted: returns those names of a module that other modules and tests use.
    """
    done = Edited()
    local = local_name(module, layer)
    needed: set[str] = set()
    gone: set[str] = set()
    lines = list(module.lines)
    starts = names.starts()
    for part in reversed(names.parts):
        if not starts.search("".join(lines[part.block.begin : part.block.end])) or not names.starts_in(part):
            continue
        wrapper = MetadataWrapper(part.tree, unsafe_skip_copy=True)
        edit = _Replace(names, done, local, part.offset, wrapper, linted)
        tree = part.tree.visit(edit)
        if edit.changed:
            code = part.code_of(tree)
            lines[part.block.begin : part.block.end] = lines_of(code) if code.strip() else []
            needed |= edit.needed
            gone |= edit.gone
    if not edit_count(done):
        return done
    done.inits.sort(key=lambda init: init.line)
    text = "".join(lines)
    if needed:
        # Before the others go, whose place says where imports are.
        text = add_imports(module, text, layer, local, needed, path_lines or [])
    gone -= wanted(module, gone)
    text = _without_unused(text, gone, names.foreign)
    text = _tidy(module.file.text, text)
    if is_broken(module, text):
        sentence = (
            f"{module.shown}: the edit would not compile, so the file is as it was. Replace sentry_sdk.init() there"
        )
        done.left.append(f"{sentence} by init_sentry() of {layer} yourself.")
        return Edited(left=done.left, inits=done.inits)
    module.file.change(text)
    return done


def _tidy(before: str, after: str) -> str:
    """Close the gaps that imports and statements leave behind, as a formatter would."""
    gap = "\r\n" if "\r\n" in after else "\n"
    if not re.search(r"\n(?:[ \t]*\r?\n){3}", before):
        after = re.sub(r"(\r?\n)(?:[ \t]*\r?\n){3,}", lambda match: gap * 3, after)
    if not before[:1].isspace():
        after = after.lstrip("\r\n")
    if after and not re.search(r"\n\s*\n\Z", before):
        after = re.sub(r"(\r?\n)[ \t\r\n]*\Z", r"\1", after)
    return after


def edit_count(done: Edited) -> int:
    return len(done.inits) + done.middleware + done.clients


def is_broken(module: Module, text: str) -> bool:
    """Whether a text can't be parsed by what could parse the module before."""
    if module.blocks:
        return parsed(text) is None
    try:
        cst.parse_module(text)
    except Exception:
        return True
    return False


def local_name(module: Module, layer: str) -> str:
    """Return what `init_sentry` is named in this module: a function of its own may have that name."""
    text = module.file.now
    if FALLBACKS[0] not in text:
        return FALLBACKS[0]
    tree = parsed(text)
    for node in ast.walk(tree) if tree is not None else ():
        if (alias := _import_of_layer(node, module, layer)) is not None:
            return alias
    return next((name for name in FALLBACKS if not re.search(rf"\b{name}\b", text)), FALLBACKS[-1])


def _import_of_layer(node: ast.AST, module: Module, layer: str) -> str | None:
    """Return the name under which a statement imports `init_sentry` from the layer."""
    if isinstance(node, ast.ImportFrom) and module.absolute(node.level, node.module or "") == layer:
        return next((alias.asname or alias.name for alias in node.names if alias.name == "init_sentry"), None)
    return None


class _Led(Protocol):
    """A statement, of which LibCST keeps the lines above."""

    leading_lines: Sequence[cst.EmptyLine]


class _Replace(cst.CSTTransformer, ScopedVisitor):
    def __init__(
        self, names: Names, done: Edited, local: str, offset: int, wrapper: MetadataWrapper, linted: bool
    ) -> None:
        super().__init__()
        self.linted = linted
        self.names = names
        self.done = done
        self.local = local
        self.offset = offset
        self.wrapper = wrapper
        self.stack = [names.scope]
        self.functions: list[str] = []
        self.passed_over: set[int] = set()
        self.guards: set[int] = set()
        self.alone: set[int] = set()
        self.dropped: set[int] = set()
        self.clients: set[int] = set()
        self.needed: set[str] = set()
        self.gone: set[str] = set()
        self.changed = False

    # What isn't an expression that could be replaced

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.passed_over.add(id(node.attr))

    def visit_Arg(self, node: cst.Arg) -> None:
        self.alone.add(id(node.value))
        if node.keyword:
            self.passed_over.add(id(node.keyword))

    def visit_Param(self, node: cst.Param) -> None:
        self.passed_over.add(id(node.name))

    def visit_Annotation(self, node: cst.Annotation) -> bool:
        return False

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._pass_over(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._pass_over(node.target)
        self.alone.add(id(node.value))

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._pass_over(node.target)

    def visit_Del(self, node: cst.Del) -> bool:
        return False

    def visit_Global(self, node: cst.Global) -> bool:
        return False

    def visit_Nonlocal(self, node: cst.Nonlocal) -> bool:
        return False

    # Scopes

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.passed_over.add(id(node.name))
        self.functions.append(node.name.value)
        self.enter(node)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self.functions.pop()
        self.stack.pop()
        return updated_node

    def visit_Lambda(self, node: cst.Lambda) -> None:
        self.enter(node)

    def leave_Lambda(self, original_node: cst.Lambda, updated_node: cst.Lambda) -> cst.Lambda:
        self.stack.pop()
        return updated_node

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.passed_over.add(id(node.name))
        self.enter(node, is_class=True)

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self.stack.pop()
        if self._is_middleware(original_node.name):
            self.done.left.append(
                f"{self.names.module.shown}: {original_node.name.value} is a middleware of the SDK and no longer used. "
                "Move what it does to events into before_send() of sentry_custom.py, and remove the class."
            )
        return updated_node

    # Where the result of `init` is a context manager

    def visit_WithItem(self, node: cst.WithItem) -> None:
        self.guards.add(id(node.item))

    def visit_Call(self, node: cst.Call) -> None:
        self._pass_over(node.func)
        if (get_full_name_for_node(node.func) or "").rpartition(".")[2] in ("enter_context", "push"):
            self.guards.update(id(argument.value) for argument in node.args)
        if isinstance(node.func, cst.Attribute):
            # sentry_sdk.init(...).__enter__()
            self.guards.add(id(node.func.value))
        if self._is_partial(node):
            self._pass_over(node.args[0].value)
        elif self._is_provider(node):
            self.clients.add(id(node.args[0].value))

    def visit_Assign(self, node: cst.Assign) -> None:
        self.alone.add(id(node.value))
        if isinstance(node.value, cst.Call) and self.names.kind(node.value.func, self.stack[-1]) in ("init", "library"):
            names = [target.target.value for target in node.targets if isinstance(target.target, cst.Name)]
            if any(self._is_entered(name) for name in names):
                self.guards.add(id(node.value))

    # What is replaced

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        scope = self.stack[-1]
        kind = self.names.kind(original_node.func, scope)
        if kind in ("init", "library"):
            library = self.names.resolve(original_node.func, scope) if kind == "library" else ""
            self._note(original_node, original_node.args, library or "")
            call = self._start()
            if id(original_node) in self.guards:
                self.needed.add("nullcontext")
                return cst.Call(cst.Name("nullcontext"), [cst.Arg(call)])
            return call
        if kind == "client":
            self.done.clients += 1
            self._note(original_node, original_node.args, "")
            self.needed.add("sentry_sdk")
            return self._expression(f"{self._started()} or sentry_sdk.get_client()", original_node)
        if kind == "middleware":
            inner = _first(updated_node, "app")
            if inner is not None:
                self._drop_middleware(original_node)
                return inner
        if self._is_partial(original_node):
            self._note(original_node, original_node.args[1:], "")
            return self._function(original_node)
        pool = self._pool(original_node.args, updated_node.args)
        return updated_node if pool is None else updated_node.with_changes(args=pool)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._reference(original_node) or updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return self._reference(original_node) or updated_node

    def leave_Expr(
        self, original_node: cst.Expr, updated_node: cst.Expr
    ) -> cst.BaseSmallStatement | cst.RemovalSentinel:
        call = original_node.value
        if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute):
            first = call.args[0].value if call.args else None
            if call.func.attr.value == "add_middleware" and first and self._is_middleware(first):
                self._drop_middleware(call)
                return cst.RemoveFromParent()
        return updated_node

    def leave_Assign(
        self, original_node: cst.Assign, updated_node: cst.Assign
    ) -> cst.BaseSmallStatement | cst.RemovalSentinel:
        before, after = original_node.value, updated_node.value
        if isinstance(before, cst.Call) and self._is_middleware(before.func) and len(updated_node.targets) == 1:
            if updated_node.targets[0].target.deep_equals(after):
                # app = SentryAsgiMiddleware(app)
                return cst.RemoveFromParent()
        return updated_node

    def leave_List(self, original_node: cst.List, updated_node: cst.List) -> cst.List:
        kept = self._kept(original_node.elements, updated_node.elements)
        return updated_node if kept is None else updated_node.with_changes(elements=kept)

    def leave_Tuple(self, original_node: cst.Tuple, updated_node: cst.Tuple) -> cst.Tuple:
        kept = self._kept(original_node.elements, updated_node.elements)
        return updated_node if kept is None else updated_node.with_changes(elements=kept)

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.RemovalSentinel:
        if original_node.body and not updated_node.body:
            self.dropped.add(id(original_node))
            return cst.RemoveFromParent()
        return self._with_noqa(original_node, updated_node) if self.linted else updated_node

    def leave_IndentedBlock(self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock) -> cst.BaseSuite:
        """Keep the comments above a statement that goes."""
        left = iter(updated_node.body)
        kept: list[cst.BaseStatement] = []
        comments: list[cst.EmptyLine] = []
        changed = False
        for statement in original_node.body:
            if id(statement) in self.dropped:
                comments += [line for line in cast("_Led", statement).leading_lines if line.comment]
                continue
            now = next(left)
            if comments:
                now = now.with_changes(leading_lines=[*comments, *cast("_Led", now).leading_lines])
                comments, changed = [], True
            kept.append(now)
        if comments:
            kept.append(cst.SimpleStatementLine([cst.Pass()], leading_lines=comments))
        return updated_node.with_changes(body=kept) if comments or changed else updated_node

    # Helpers

    def _with_noqa(self, before: cst.SimpleStatementLine, after: cst.SimpleStatementLine) -> cst.SimpleStatementLine:
        """Tell the linter about `start = lambda: ...`, which stands where `start = sentry_sdk.init` did."""
        first, now = before.body[0], after.body[0]
        if not isinstance(first, (cst.Assign, cst.AnnAssign)) or not isinstance(now, (cst.Assign, cst.AnnAssign)):
            return after
        new = isinstance(now.value, cst.Lambda) and not isinstance(first.value, cst.Lambda)
        if not new or after.trailing_whitespace.comment is not None:
            return after
        space = cst.SimpleWhitespace("  ")
        return after.with_changes(
            trailing_whitespace=after.trailing_whitespace.with_changes(
                whitespace=space, comment=cst.Comment("# noqa: E731")
            )
        )

    def _pass_over(self, node: cst.CSTNode) -> None:
        if isinstance(node, (cst.Name, cst.Attribute)):
            self.passed_over.add(id(node))
        elif isinstance(node, (cst.Tuple, cst.List)):
            for element in node.elements:
                self._pass_over(element.value)

    def _is_entered(self, name: str) -> bool:
        pattern = rf"\bwith\b[^\n]*\b{name}\b|\b{name}\.__|enter_context\(\s*{name}\b"
        return re.search(pattern, self.names.module.file.text) is not None

    def _is_middleware(self, node: cst.BaseExpression) -> bool:
        return self.names.kind(node, self.stack[-1]) == "middleware"

    def _start(self) -> cst.Call:
        return cst.Call(cst.Name(self._started()[:-2]))

    def _started(self) -> str:
        self.needed.add("init_sentry")
        self.changed = True
        return f"{self.local}()"

    def _function(self, node: cst.CSTNode) -> cst.BaseExpression:
        # Whoever calls it may hand it the options of the SDK.
        return self._expression(f"lambda *_, **__: {self._started()}", node)

    def _expression(self, code: str, node: cst.CSTNode) -> cst.BaseExpression:
        """Parse an expression, in parentheses where another one is around it."""
        return cst.parse_expression(code if id(node) in self.alone else f"({code})")

    def _is_partial(self, node: cst.Call) -> bool:
        scope = self.stack[-1]
        resolved = (self.names.resolve(node.func, scope) or "").rpartition(".")[2]
        stated = (get_full_name_for_node(node.func) or "").rpartition(".")[2]
        first = node.args[0].value if node.args else None
        return "partial" in (resolved, stated) and first is not None and self.names.kind(first, scope) == "init"

    def _is_provider(self, node: cst.Call) -> bool:
        """Whether a call makes the client later: `partial(Client, ...)`, `providers.Singleton(Client, ...)`."""
        name = get_full_name_for_node(node.func) or ""
        maker = name.rpartition(".")[2] in ("partial", "Singleton", "Factory", "Resource", "ThreadSafeSingleton")
        return maker and bool(node.args) and node.args[0].keyword is None

    def _reference(self, node: cst.Name | cst.Attribute) -> cst.BaseExpression | None:
        """Replace `sentry_sdk.init` where it is stored or handed on instead of called."""
        if id(node) in self.clients and self.names.kind(node, self.stack[-1]) == "client":
            self.done.clients += 1
            self._note(node, (), "")
            self.needed.add("sentry_sdk")
            return self._expression(f"lambda *_, **__: {self._started()} or sentry_sdk.get_client()", node)
        if id(node) in self.passed_over or self.names.kind(node, self.stack[-1]) != "init":
            return None
        self._note(node, (), "")
        return self._function(node)

    def _drop_middleware(self, node: cst.CSTNode) -> None:
        self.done.middleware += 1
        self.changed = True
        self.gone |= _names_in(node)

    def _pool(self, before: Sequence[cst.Arg], after: Sequence[cst.Arg]) -> list[cst.Arg] | None:
        """Return the arguments of `Pool(initializer=sentry_sdk.init)` with a function that can be pickled."""
        kept = []
        found = False
        for old, new in zip(before, after, strict=True):
            keyword = old.keyword.value if old.keyword else ""
            if keyword == "initializer" and self.names.kind(old.value, self.stack[-1]) == "init":
                found = True
                kept.append(new.with_changes(value=cst.Name(self._started()[:-2])))
            elif keyword != "initargs":
                kept.append(new)
        if found and kept:
            kept[-1] = kept[-1].with_changes(comma=after[-1].comma)
        return kept if found else None

    def _kept(
        self, before: Sequence[cst.BaseElement], after: Sequence[cst.BaseElement]
    ) -> list[cst.BaseElement] | None:
        """Return the elements without `SentryAsgiMiddleware` and `Middleware(SentryAsgiMiddleware)`, or None."""
        kept = []
        for old, new in zip(before, after, strict=True):
            value = old.value
            first = value.args[0].value if isinstance(value, cst.Call) and value.args else None
            wrapped = first is not None and not self._is_middleware(cast("cst.Call", value).func)
            if self._is_middleware(value) or (wrapped and first is not None and self._is_middleware(first)):
                self._drop_middleware(value)
            else:
                kept.append(new)
        return kept if len(kept) < len(after) else None

    def _note(self, node: cst.CSTNode, arguments: Sequence[cst.Arg], library: str) -> None:
        self.changed = True
        self.gone |= _names_in(node)
        line = self.offset + self.wrapper.resolve(PositionProvider)[node].start.line
        init = Init(self.names.module, line, self.functions[-1] if self.functions else "", library=library)
        for number, argument in enumerate(arguments):
            expression = parsed_expression(argument.value)
            if expression is None:
                continue
            if argument.keyword:
                init.options[argument.keyword.value] = expression
            elif argument.star == "**":
                self._follow(init, expression)
            elif number == 0 and not argument.star:
                init.options["dsn"] = expression
        self.done.inits.append(init)

    def _follow(self, init: Init, expression: ast.expr) -> None:
        """Add the options of a mapping that is written out in this module."""
        for mapping in _mappings(expression, self.names.module):
            for name, value in mapping:
                init.options.setdefault(name, value)
            if mapping:
                return
        init.unknown.append(ast.unparse(expression))


def parsed_expression(node: cst.BaseExpression) -> ast.expr | None:
    """Return an expression as an abstract tree; None where its syntax is newer than the Python that runs this."""
    try:
        return ast.parse(f"({cst.Module([]).code_for_node(node)})", mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _mappings(expression: ast.expr, module: Module) -> Iterator[list[tuple[str, ast.expr]]]:
    yield _pairs(expression, module)
    if isinstance(expression, ast.Name) and module.tree is not None:
        found: list[tuple[str, ast.expr]] = []
        for node in ast.walk(module.tree):
            targets: list[ast.expr] = []
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, ast.AnnAssign) and node.value:
                targets = [node.target]
            for target in targets:
                value = cast("ast.Assign", node).value
                if isinstance(target, ast.Name) and target.id == expression.id:
                    found += _pairs(value, module)
                elif (
                    isinstance(target, ast.Subscript)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == expression.id
                    and isinstance(target.slice, ast.Constant)
                ):
                    found.append((str(target.slice.value), value))
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("update", "setdefault")
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == expression.id
            ):
                found += [(one.arg, one.value) for one in node.keywords if one.arg]
                for one in node.args:
                    found += _pairs(one, module)
        yield found


def _pairs(expression: ast.expr, module: Module) -> list[tuple[str, ast.expr]]:
    """Return the items of `{"dsn": x}`, `dict(dsn=x)`, and `a | b`."""
    found: list[tuple[str, ast.expr]] = []
    if isinstance(expression, ast.Dict):
        for key, value in zip(expression.keys, expression.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found.append((key.value, value))
            elif key is None:
                for mapping in _mappings(value, module):
                    found += mapping
    elif isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name) and expression.func.id == "dict":
        found += [(one.arg, one.value) for one in expression.keywords if one.arg]
        for one in expression.args:
            found += _pairs(one, module)
    elif isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.BitOr):
        for side in (expression.left, expression.right):
            for mapping in _mappings(side, module):
                found += mapping
    return found


def _first(call: cst.Call, keyword: str) -> cst.BaseExpression | None:
    for argument in call.args:
        if argument.keyword is None and not argument.star:
            return argument.value
        if argument.keyword is not None and argument.keyword.value == keyword:
            return argument.value
    return None


def _names_in(node: cst.CSTNode) -> set[str]:
    found: set[str] = set()

    class Visitor(cst.CSTVisitor):
        def visit_Name(self, node: cst.Name) -> None:
            found.add(node.value)

    node.visit(Visitor())
    return found


# IMPORTS --------------------------------------------------------------------------------------------


def _without_unused(text: str, gone: set[str], foreign: Callable[[str], bool]) -> str:
    """Take out imports of the SDK and of other libraries that only the replaced code has used.

    The service's own modules stay: to import one may do something.

    Args:
        text: the module after the replacement.
        gone: the names in the code that was replaced.
        foreign: whether a full name belongs to no module of the service.
    """
    tree = parsed(text)
    if tree is None:
        return text
    used = _used_names(tree)
    lines = lines_of(text)
    unused = "|".join(re.escape(name) for name in sorted(gone - used))
    imported = re.compile(rf"^[ \t]*(?:.*;[ \t]*)?(?:from|import)\b[^\n(]*(?:\([^)]*)?\b(?:{unused})\b", re.MULTILINE)
    if not unused:
        return text
    for block in reversed([*blocks_of(tree)]):
        part = "".join(lines[block.begin : block.end])
        if not imported.search(part):
            continue
        try:
            parsed_part = Part(block, parse_block(part, block))
        except UnreadableError:
            continue
        edited = parsed_part.code_of(parsed_part.tree.visit(_DropImports(gone - used, foreign)))
        if edited != part:
            # A block that is empty now leaves no line behind.
            gap = edited.strip() in ("", "pass")
            lines[block.begin : block.end] = [] if gap else lines_of(edited)
            if gap and block.begin and _blank(lines, block.begin - 1) and _blank(lines, block.begin):
                del lines[block.begin]
    return "".join(lines)


def _used_names(tree: ast.Module) -> set[str]:
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 80:
            # `__all__` and annotations in quotes.
            used.update(re.findall(r"\w+", node.value))
    return used


class _DropImports(cst.CSTTransformer):
    def __init__(self, names: set[str], foreign: Callable[[str], bool]) -> None:
        super().__init__()
        self.names = names
        self.foreign = foreign

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import | cst.RemovalSentinel:
        names = updated_node.names
        kept = [one for one in names if not self._is_gone(one, get_full_name_for_node(one.name) or "")]
        return self._with(updated_node, kept, names[-1])

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.RemovalSentinel:
        module = get_full_name_for_node(updated_node.module) or "" if updated_node.module else ""
        if updated_node.relative or isinstance(updated_node.names, cst.ImportStar):
            return updated_node
        kept = [one for one in updated_node.names if not self._is_gone(one, module)]
        return self._with(updated_node, kept, updated_node.names[-1])

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.RemovalSentinel:
        return cst.RemoveFromParent() if original_node.body and not updated_node.body else updated_node

    def _is_gone(self, alias: cst.ImportAlias, module: str) -> bool:
        bound = alias.asname.name if alias.asname else alias.name
        name = (get_full_name_for_node(bound) or "").partition(".")[0]
        return name in self.names and self.foreign(f"{module}.{get_full_name_for_node(alias.name)}")

    @staticmethod
    def _with(
        statement: Statement, kept: list[cst.ImportAlias], last: cst.ImportAlias
    ) -> Statement | cst.RemovalSentinel:
        if not kept:
            return cst.RemoveFromParent()
        if kept[-1] is not last:
            kept[-1] = kept[-1].with_changes(comma=_last_comma(kept[-1], last))
        return statement.with_changes(names=kept)


def _last_comma(alias: cst.ImportAlias, last: cst.ImportAlias) -> cst.Comma | cst.MaybeSentinel:
    """Return the comma after the name that is the last one now: on a line of its own, with its comment."""
    own = alias.comma.whitespace_after if isinstance(alias.comma, cst.Comma) else None
    end = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else None
    if not isinstance(own, cst.ParenthesizedWhitespace) or not isinstance(end, cst.ParenthesizedWhitespace):
        return cst.MaybeSentinel.DEFAULT if end is None else cst.ensure_type(last.comma, cst.Comma)
    return cst.Comma(whitespace_after=end.with_changes(first_line=own.first_line))


def add_imports(module: Module, text: str, layer: str, local: str, needed: set[str], path_lines: list[str]) -> str:
    """Import what the edited code uses, where the module imports its own package or after its first imports."""
    tree = parsed_head(text)
    lines = lines_of(text)
    newline = module.file.newline
    statements = []
    if "nullcontext" in needed and not re.search(r"^from contextlib import[^\n]*\bnullcontext\b", text, re.MULTILINE):
        statements.append(("from contextlib import nullcontext", "first"))
    if "sentry_sdk" in needed and not re.search(r"^import sentry_sdk(\s*[,#].*)?$", text, re.MULTILINE):
        statements.append(("import sentry_sdk", "third"))
    if "init_sentry" in needed and not _imports_local(text, module, layer):
        statement = f"from {layer} import init_sentry" + (f" as {local}" if local != "init_sentry" else "")
        if path_lines:
            statement = newline.join([*path_lines, statement])
        statements.append((statement, "last" if path_lines else "own"))
    if tree is None and statements:
        # The syntax of a later Python than the one that runs this.
        at = _head_of_unparsed(text)
        lines[at:at] = [*(statement + newline for statement, _ in statements), newline]
        return "".join(lines)
    for statement, section in statements:
        if section == "first" and _extend_import(lines, "contextlib", "nullcontext"):
            continue
        _insert(lines, statement, *_again(lines), newline, section=section, layer=layer)
    return "".join(lines)


def _extend_import(lines: list[str], module: str, name: str) -> bool:
    """Add a name to a plain import of that module, if there is one at the top level."""
    for number, line in enumerate(lines):
        if match := re.fullmatch(rf"from {re.escape(module)} import (\w+(?:, \w+)*)(\r?\n)?", line):
            names = sorted({*match[1].split(", "), name}, key=str.lower)
            lines[number] = f"from {module} import {', '.join(names)}{match[2] or ''}"
            return True
    return False


def _again(lines: list[str]) -> tuple[list[ast.stmt], int]:
    tree = parsed_head("".join(lines))
    body = tree.body if tree is not None else []
    return body, _leading_imports(body)


def _imports_local(text: str, module: Module, layer: str) -> bool:
    """Whether the top level of a module imports `init_sentry` from the layer."""
    imported = re.search(r"\bimport\b[^\n(]*(?:\([^)]*)?\binit_sentry\b", text)
    tree = parsed(text) if imported else None
    return any(_import_of_layer(node, module, layer) for node in (tree.body if tree is not None else ()))


def is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def head_length(body: list[ast.stmt]) -> int:
    """How many statements have to come first: the docstring and imports of __future__."""
    count = 0
    for number, statement in enumerate(body):
        if is_future(statement) or (number == 0 and is_docstring(statement)):
            count = number + 1
    return count


def _leading_imports(body: list[ast.stmt]) -> int:
    """How many statements the docstring and the first imports are."""
    count = head_length(body)
    while count < len(body) and isinstance(body[count], (ast.Import, ast.ImportFrom)):
        count += 1
    return count


def _insert(
    lines: list[str],
    statement: str,
    body: list[ast.stmt],
    leading: int,
    newline: str,
    *,
    section: str,
    layer: str = "",
) -> None:
    """Put an import where a formatter of imports would."""
    head = head_length(body)
    imports = body[head:leading]
    top = layer.partition(".")[0]

    def line_before(node: ast.stmt) -> int:
        decorators = getattr(node, "decorator_list", [])
        return int(min([node.lineno, *(one.lineno for one in decorators)])) - 1

    def line_after(node: ast.stmt) -> int:
        end = node.end_lineno or node.lineno
        shares = any(one is not node and one.lineno <= end < (one.end_lineno or 0) + 1 for one in body)
        # `import os; start()`: what is imported has to be there before that line.
        return node.lineno - 1 if shares else end

    def gap_after(line: int) -> list[str]:
        """Separate an import from code that follows, as formatters do."""
        following = next((one for one in body if line_before(one) >= line), None)
        if following is None or isinstance(following, (ast.Import, ast.ImportFrom)) or _blank(lines, line):
            return []
        definition = isinstance(following, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        return [newline] * (2 if definition and line_before(following) == line else 1)

    if not imports:
        if head:
            line = line_after(body[head - 1])
            lines[line:line] = [newline, statement + newline, *([] if _blank(lines, line) else [newline])]
        else:
            line = line_before(body[0]) if body else len(lines)
            lines[line:line] = [statement + newline, *gap_after(line)]
        return
    if section == "first":
        line = line_before(imports[0])
        lines[line:line] = [statement + newline]
        return
    if section == "third":
        for node in imports:
            name = _module_of(node)
            if name.partition(".")[0] not in sys.stdlib_module_names:
                lines[line_before(node) : line_before(node)] = [statement + newline]
                return
        line = line_after(imports[-1])
        lines[line:line] = [statement + newline]
        return
    own = [
        node
        for node in imports
        if isinstance(node, ast.ImportFrom) and not node.level and _module_of(node).partition(".")[0] == top
    ]
    if own and section == "own":
        later = next((node for node in own if _module_of(node) > layer), None)
        line = line_before(later) if later else line_after(own[-1])
        lines[line:line] = [statement + newline, *([] if later else gap_after(line))]
        return
    relative = next((node for node in imports if isinstance(node, ast.ImportFrom) and node.level), None)
    if relative is not None and section == "own":
        line = line_before(relative)
        lines[line:line] = [statement + newline, newline]
        return
    line = line_after(imports[-1])
    gap = [newline] if line > line_before(imports[-1]) else []
    lines[line:line] = [*gap, statement + newline, *gap_after(line)]


def _module_of(node: ast.stmt) -> str:
    if isinstance(node, ast.ImportFrom):
        return node.module or "" if not node.level else "."
    return node.names[0].name if isinstance(node, ast.Import) else ""


def _blank(lines: list[str], number: int) -> bool:
    return number < len(lines) and not lines[number].strip()


def entry_lines(
    module: Module, layer: str, *, dotenv: list[str] | None = None, noqa: str = "", path_lines: list[str] | None = None
) -> str:
    """Return the text of an entry point that starts Sentry before it imports anything else.

    Args:
        module: the entry point; its file may have been edited before.
        layer: the full name of the layer's package.
        dotenv: the arguments of `load_dotenv()` where a module that is imported later calls it.
        noqa: a comment for the linter, because imports follow a call.
        path_lines: lines that make the layer importable.
    """
    text, newline = module.file.now, module.file.newline
    tree = parsed(text)
    lines = lines_of(text)
    local = local_name(module, layer)
    body = tree.body if tree is not None else None
    if body is None:
        begin = _head_of_unparsed(text)
    else:
        head = head_length(body)
        number = _prepared(body, layer)
        if number >= head:
            begin = body[number].end_lineno or body[number].lineno
            dotenv = None if any("load_dotenv(" in ast.unparse(one) for one in body[: number + 1]) else dotenv
        else:
            begin = _line_of(body, head, lines)
    added: list[str] = []
    if noqa and noqa not in text:
        added.append(noqa)
    if dotenv is not None:
        added += ["from dotenv import load_dotenv", ""]
    statement = f"from {layer} import init_sentry" + (f" as {local}" if local != "init_sentry" else "")
    added += [*(path_lines or []), statement, ""]
    added += [f"load_dotenv({argument})" for argument in dotenv or []]
    added += [f"{local}()", ""]
    before = lines[begin - 1].strip() if begin else ""
    if before and not before.startswith("#"):
        added.insert(0, "")
    if begin and lines[begin - 1 : begin] and not lines[begin - 1].endswith(("\n", "\r")):
        lines[begin - 1] += newline
    while added and not added[-1] and begin < len(lines) and not lines[begin].strip():
        added.pop()
    lines[begin:begin] = [line + newline for line in added]
    return "".join(lines)


def starts_first(module: Module, layer: str) -> bool:
    """Whether a module starts the layer before it imports FastAPI, Starlette, or a module of the service."""
    tree = parsed(module.file.now)
    if tree is None:
        return f"from {layer} import" in module.file.now
    local = local_name(module, layer)
    web = path = False
    for statement in tree.body:
        if _is_call_of(statement, local) and _imports_local(module.file.now, module, layer):
            return path or not web
        if isinstance(statement, ast.ImportFrom) and _foreign(statement, layer):
            return False
        path = path or _sets(statement, _PATH)
        web = web or _is_web(statement)
    return False


_PATH: Final = re.compile(r"\bsys\.path\b|\bsite\.addsitedir\(")
_PREPARES: Final = re.compile(
    r"\bload_dotenv\(|\bos\.chdir\(|\bos\.environ(?:\[[^\]]+\] = |\.(?:setdefault|update|pop)\()|\bpatch_all\("
)


def _sets(statement: ast.stmt, pattern: re.Pattern[str]) -> bool:
    """Whether a statement changes what later imports find or read."""
    definition = isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    return not definition and pattern.search(ast.unparse(statement)) is not None


def _prepared(body: list[ast.stmt], layer: str) -> int:
    """Return the last statement that has to come before the layer is imported, or -1.

    What sets the path of imports counts up to the first import of the service's own code, the rest up to FastAPI.
    """
    found = -1
    web = False
    for number, statement in enumerate(body):
        if isinstance(statement, ast.ImportFrom) and _foreign(statement, layer):
            break
        web = web or _is_web(statement)
        if _sets(statement, _PATH) or (not web and _sets(statement, _PREPARES)):
            found = number
    return found


def _foreign(statement: ast.ImportFrom, layer: str) -> bool:
    top = layer.partition(".")[0]
    name = statement.module or ""
    return bool(statement.level and not name.endswith("sentry")) or (
        name.partition(".")[0] == top and name != layer and not name.startswith(f"{layer}.")
    )


def _is_web(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import):
        return any(alias.name.partition(".")[0] in ("fastapi", "starlette") for alias in statement.names)
    return isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] in (
        "fastapi",
        "starlette",
    )


def _is_call_of(statement: ast.stmt, name: str) -> bool:
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    function = statement.value.func
    called = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    return called == name


def _line_of(body: list[ast.stmt], number: int, lines: list[str]) -> int:
    """Return the line, counted from 0, that a statement begins at, or the one after the last."""
    if number < len(body):
        node = body[number]
        decorators = getattr(node, "decorator_list", [])
        line: int = min([node.lineno, *(one.lineno for one in decorators)]) - 1
        shares = number > 0 and (body[number - 1].end_lineno or 0) > line
        if not shares:
            return line
        return max((one.end_lineno or 1) for one in body if one.lineno - 1 <= line)
    if body and number:
        return body[number - 1].end_lineno or len(lines)
    return len(lines)


def _head_of_unparsed(text: str) -> int:
    """Where the first import of a module begins whose syntax is newer than the Python that runs this."""
    try:
        tree = cst.parse_module(text)
    except Exception:
        return 0
    wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    for number, statement in enumerate(tree.body):
        if not isinstance(statement, cst.SimpleStatementLine):
            return int(positions[statement].start.line) - 1
        small = statement.body[0]
        doc = number == 0 and isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString)
        future = (
            isinstance(small, cst.ImportFrom)
            and small.module is not None
            and get_full_name_for_node(small.module) == "__future__"
        )
        if not doc and not future:
            return int(positions[statement].start.line) - 1
    return len(lines_of(text))


__all__ = ["Edited", "Init", "entry_lines", "replace_inits", "starts_first"]
