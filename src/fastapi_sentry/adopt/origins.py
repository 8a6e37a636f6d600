"""Follow an option to where its value comes from: an environment variable, a constant, or other code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from .find import Service
from .sources import Module, read

_READERS: Final = frozenset(
    ("getenv", "config", "env", "str", "url", "get", "get_env", "getenv_or_none", "read_env_var")
)
_PASSED_THROUGH: Final = frozenset(
    ("str", "float", "int", "bool", "SecretStr", "AnyUrl", "HttpUrl", "cast", "strtobool")
)
_METHODS: Final = frozenset(
    ("strip", "lower", "upper", "rstrip", "lstrip", "get_secret_value", "unicode_string", "removeprefix", "replace")
)
_DEEPEST: Final = 12


@dataclass(frozen=True)
class Origin:
    """Where a value comes from."""

    kind: Literal["variable", "constant", "code"]
    text: str
    """The name of the variable, the constant as Python writes it, or the expression."""
    value: object = None
    """The constant, or the one that is used where the variable isn't set."""
    env_files: tuple[str, ...] = ()
    """Files that the settings class reads besides the environment."""
    module: Module | None = None
    """The module that holds the settings field, where there is one."""
    field: str = ""
    """The settings field, as `Class.name`."""
    lenient: bool = False
    """Whether the settings accept variables of an env file that they have no field for."""
    otherwise: ast.expr | None = None
    """What the code takes where the variable isn't set."""
    computed: str = ""
    """The expression, where it decides between the variable and something else."""


class Origins:
    """Follows expressions through the modules of a service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.paths = service.names_of_modules()

    def of(self, expression: ast.expr, module: Module, function: str = "") -> Origin:
        """Follow an expression of a module; `function` is where it stands."""
        found = self._follow(expression, module, function, 0)
        return found or Origin("code", ast.unparse(expression))

    def value_of(self, expression: ast.expr, module: Module, function: str) -> ast.expr:
        """Return what a name is set to, where it is set to a call; else the expression itself."""
        value = self._bound(expression.id, module, function)[1] if isinstance(expression, ast.Name) else None
        return value if isinstance(value, ast.Call) else expression

    def elements_of(self, name: str, module: Module, function: str) -> list[ast.expr]:
        """Return what a list in a function is made of: what it is set to, and what is added."""
        tree: ast.AST | None = module.tree
        for definition in ast.walk(tree) if tree is not None else ():
            if isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)) and definition.name == function:
                tree = definition
        found: list[ast.expr] = []
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and name in _targets(node):
                found += [node.value] if node.value is not None else []
            elif isinstance(node, ast.AugAssign) and _last(node.target) == name:
                found.append(node.value)
            elif isinstance(node, ast.Call) and _dotted(node.func) == f"{name}.append":
                found.append(ast.List(node.args))
            elif isinstance(node, ast.Call) and _dotted(node.func) == f"{name}.extend":
                found += node.args
        return found

    def _follow(self, node: ast.expr | None, module: Module, function: str, depth: int) -> Origin | None:
        if node is None or depth > _DEEPEST:
            return None
        depth += 1
        if isinstance(node, ast.Constant):
            return Origin("constant", repr(node.value), node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
            return Origin("constant", ast.unparse(node))
        if isinstance(node, ast.NamedExpr):
            return self._follow(node.value, module, function, depth)
        if isinstance(node, ast.BoolOp):
            found = self._first(node.values, module, function, depth)
            if found is not None and found.kind == "variable" and isinstance(node.op, ast.Or):
                return replace(found, otherwise=self._other(node.values, found, module, function, depth))
            return found
        if isinstance(node, ast.IfExp):
            found = self._first([node.body, node.orelse], module, function, depth)
            if found is not None and found.kind == "variable" and not _asks_whether_set(node):
                return replace(found, computed=ast.unparse(node))
            return found
        if isinstance(node, ast.Call):
            return self._of_call(node, module, function, depth)
        if isinstance(node, ast.Subscript):
            return self._of_item(node, module, function, depth)
        if isinstance(node, ast.Name):
            return self._of_name(node.id, module, function, depth)
        if isinstance(node, ast.Attribute):
            return self._of_attribute(node, module, function, depth)
        return None

    def _other(
        self, nodes: list[ast.expr], found: Origin, module: Module, function: str, depth: int
    ) -> ast.expr | None:
        """Return what `SENTRY_DSN or other` takes where the variable isn't set."""
        for node in nodes:
            origin = self._follow(node, module, function, depth)
            if origin is None or (origin.kind, origin.text) != (found.kind, found.text):
                known = origin is not None and origin.kind == "constant"
                return ast.parse(origin.text, mode="eval").body if origin is not None and known else node
        return found.otherwise

    def _otherwise(self, call: ast.Call, module: Module, function: str, depth: int) -> ast.expr | None:
        """Return what `os.getenv("X", default)` and `config("X", default=default)` take without the variable."""
        keywords = [one.value for one in call.keywords if one.arg == "default"]
        default = next(iter([*keywords, *call.args[1:2]]), None)
        origin = self._follow(default, module, function, depth)
        if origin is not None and origin.kind == "constant":
            return ast.parse(origin.text, mode="eval").body
        return default

    def _first(self, nodes: list[ast.expr], module: Module, function: str, depth: int) -> Origin | None:
        """Return a variable among several expressions, else a constant that says something."""
        found = [one for node in nodes if (one := self._follow(node, module, function, depth)) is not None]
        variables = [one for one in found if one.kind == "variable"]
        constants = [one for one in found if one.kind == "constant" and one.value not in (None, "", False)]
        return next(iter([*variables, *constants, *found]), None)

    def _of_call(self, node: ast.Call, module: Module, function: str, depth: int) -> Origin | None:
        name = _last(node.func)
        first = node.args[0] if node.args else None
        if isinstance(first, (ast.Name, ast.Attribute)) and name in _READERS:
            first = self._named(first, module, function, depth) or first
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and name in _READERS:
            owner = _dotted(node.func).rpartition(".")[0].rpartition(".")[2]
            reads = name in ("getenv", "config", "env", "get_env") or owner in ("environ", "env", "Env", "environment")
            if reads and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", first.value):
                return Origin(
                    "variable",
                    first.value,
                    env_files=self._decoupled(node, module),
                    otherwise=self._otherwise(node, module, function, depth),
                )
            if name == "get" and isinstance(node.func, ast.Attribute):
                return self._of_key(node.func.value, first.value, module, function, depth)
        if isinstance(node.func, ast.Attribute) and name in _METHODS:
            return self._follow(node.func.value, module, function, depth)
        if name in _PASSED_THROUGH and node.args:
            return self._follow(node.args[-1] if name == "cast" else node.args[0], module, function, depth)
        return self._returned(node, module, function, depth)

    def _named(self, node: ast.expr, module: Module, function: str, depth: int) -> ast.Constant | None:
        """Return the text behind `os.environ[NAME]`."""
        found = self._follow(node, module, function, depth)
        value = found.value if found is not None and found.kind == "constant" else None
        return ast.Constant(value) if isinstance(value, str) else None

    def _decoupled(self, node: ast.Call, module: Module) -> tuple[str, ...]:
        """Return the env file of `config = Config(".env")` of Starlette and of decouple."""
        if _last(node.func) != "config":
            return ()
        value = _assigned(module, "config")
        if isinstance(value, ast.Call) and value.args and isinstance(value.args[0], ast.Constant):
            return (str(value.args[0].value),)
        return (".env",)

    def _of_item(self, node: ast.Subscript, module: Module, function: str, depth: int) -> Origin | None:
        stated = node.slice
        if isinstance(stated, (ast.Name, ast.Attribute)) and _last(node.value) in ("environ", "env"):
            stated = self._named(stated, module, function, depth) or stated
        key = stated.value if isinstance(stated, ast.Constant) else None
        if not isinstance(key, str):
            return None
        if _last(node.value) in ("environ", "env"):
            return Origin("variable", key)
        return self._of_key(node.value, key, module, function, depth)

    def _of_key(self, mapping: ast.expr, key: str, module: Module, function: str, depth: int) -> Origin | None:
        """Follow `CONFIG["dsn"]` where the mapping is written out."""
        if isinstance(mapping, ast.Name):
            there, value = self._bound(mapping.id, module)
            if isinstance(value, ast.Dict) and there is not None:
                for name, item in zip(value.keys, value.values, strict=True):
                    if isinstance(name, ast.Constant) and name.value == key:
                        return self._follow(item, there, "", depth)
        return None

    def _returned(self, node: ast.Call, module: Module, function: str, depth: int) -> Origin | None:
        """Follow a call of a function of the service that returns one thing."""
        if not isinstance(node.func, ast.Name):
            return None
        there, definition = self._definition(node.func.id, module)
        if there is None or not isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return None
        returned = [one.value for one in ast.walk(definition) if isinstance(one, ast.Return) and one.value]
        return self._first(returned, there, definition.name, depth) if returned else None

    def _of_name(self, name: str, module: Module, function: str, depth: int) -> Origin | None:
        if function and module.tree is not None:
            for definition in ast.walk(module.tree):
                if not isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)) or definition.name != function:
                    continue
                value = _assigned_in(definition, name)
                if value is not None and not (isinstance(value, ast.Name) and value.id == name):
                    return self._follow(value, module, function, depth)
                if name in [one.arg for one in _parameters(definition)]:
                    return self._given(definition, name, module, depth)
        there, value = self._bound(name, module)
        if there is None or value is None or (isinstance(value, ast.Name) and value.id == name):
            return None
        return self._follow(value, there, "", depth)

    def _given(
        self, definition: ast.FunctionDef | ast.AsyncFunctionDef, name: str, module: Module, depth: int
    ) -> Origin | None:
        """Follow what callers hand to a parameter."""
        parameters = [one.arg for one in _parameters(definition)]
        found: list[Origin] = []
        for caller in self._mentioning(definition.name):
            for call in ast.walk(caller.tree) if caller.tree is not None else ():
                if not isinstance(call, ast.Call) or _last(call.func) != definition.name:
                    continue
                values = [one.value for one in call.keywords if one.arg == name]
                offset = 1 if parameters and parameters[0] in ("self", "cls") else 0
                place = parameters.index(name) - offset
                if not values and place < len(call.args):
                    values = [call.args[place]]
                inside = _function_around(caller, call)
                found += [one for value in values if (one := self._follow(value, caller, inside, depth))]
        default = _default_of(definition, name)
        if default is not None and (one := self._follow(default, module, "", depth)):
            found.append(one)
        ordered = [*(one for one in found if one.kind == "variable"), *found]
        return ordered[0] if ordered else None

    def _mentioning(self, word: str) -> Iterator[Module]:
        pattern = re.compile(rb"\b" + re.escape(word.encode()) + rb"\b")
        for path in self.service.python:
            known = self.service.modules.get(path)
            if known is not None and not re.search(rf"\b{re.escape(word)}\b", known.file.text):
                continue
            if known is None and not pattern.search(read(self.service.root / path) or b""):
                continue
            if (module := self.service.module(path)) is not None:
                yield module

    # Attributes of settings

    def _of_attribute(self, node: ast.Attribute, module: Module, function: str, depth: int) -> Origin | None:
        base = node.value
        if isinstance(base, ast.Name):
            target = self._module_of(base.id, module)
            if target is not None:
                return self._of_name(node.attr, target, "", depth)
        found = self._class_of(base, module, function, depth)
        if found is not None:
            there, definition, prefix = found
            return self._of_field(there, definition, node.attr, prefix, depth)
        root, _, path = _dotted(node).partition(".")
        holder = self._module_of(root, module) if root else None
        if holder is not None:
            root, _, path = path.partition(".")
        there_module, value = self._bound(root, holder or module) if root and path else (None, None)
        prefix = _dynaconf(value)
        if there_module is not None and prefix is not None:
            return Origin("variable", f"{prefix}{path.upper().replace('.', '__')}")
        return self._by_name(node.attr, depth)

    def _by_name(self, name: str, depth: int) -> Origin | None:
        """Return the field of the only settings class of the service that has one of this name."""
        found: list[Origin] = []
        for module in self._mentioning(name):
            for definition in ast.walk(module.tree) if module.tree is not None else ():
                if isinstance(definition, ast.ClassDef) and self._is_settings(definition, module):
                    if _field(definition, name) is not None:
                        one = self._of_field(module, definition, name, None, depth)
                        found += [one] if one else []
        return found[0] if len({one.text for one in found}) == 1 else None

    def _class_of(
        self, node: ast.expr, module: Module, function: str, depth: int
    ) -> tuple[Module, ast.ClassDef, str | None] | None:
        """Return the class of an object, and the prefix of its variables where it is a part of other settings."""
        if depth > _DEEPEST:
            return None
        depth += 1
        if isinstance(node, ast.Call):
            name, inside = _last(node.func), module
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                inside = self._module_of(node.func.value.id, module) or module
            there, definition = self._definition(name, inside)
            if there is None:
                return None
            if isinstance(definition, ast.ClassDef):
                return there, definition, None
            if isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if definition.returns is not None and (found := self._annotated(definition.returns, there)):
                    return (*found, None)
                for one in ast.walk(definition):
                    if isinstance(one, ast.Return) and one.value is not None:
                        return self._class_of(one.value, there, definition.name, depth)
            return None
        if isinstance(node, ast.Name):
            there, definition = self._definition(node.id, module)
            if there is not None and isinstance(definition, ast.ClassDef):
                return there, definition, None
            annotated = self._annotated_name(node.id, module, function)
            if annotated is not None:
                return (*annotated, None)
            bound_module, value = self._bound(node.id, module, function)
            if bound_module is not None and value is not None and not isinstance(value, ast.Name):
                return self._class_of(value, bound_module, function, depth)
            return None
        if isinstance(node, ast.Attribute):
            owner = None
            if isinstance(node.value, ast.Name) and (target := self._module_of(node.value.id, module)):
                there, definition = self._definition(node.attr, target)
                if there is not None and isinstance(definition, ast.ClassDef):
                    return there, definition, None
                bound_module, value = self._bound(node.attr, target)
                if bound_module is not None and value is not None:
                    return self._class_of(value, bound_module, "", depth)
            owner = self._class_of(node.value, module, function, depth)
            if owner is None:
                return None
            there, definition, prefix = owner
            field = _field(definition, node.attr)
            if field is None or not isinstance(field, ast.AnnAssign):
                return None
            inner = self._annotated(field.annotation, there)
            if inner is None:
                return None
            if self._is_settings(inner[1], inner[0]) or (prefix is None and not self._is_settings(definition, there)):
                # Of its own, or a part of something that no variable of this name fills.
                return (*inner, None)
            before = prefix if prefix is not None else self._prefix(definition, there)
            delimiter = self._option(definition, there, "env_nested_delimiter") or "__"
            return (*inner, f"{before}{node.attr.upper()}{delimiter}")
        return None

    def _of_field(
        self, module: Module, definition: ast.ClassDef, name: str, prefix: str | None, depth: int
    ) -> Origin | None:
        field = _field(definition, name)
        if field is None:
            for base in definition.bases:
                there, parent = self._definition(_last(base), module)
                if there is not None and isinstance(parent, ast.ClassDef) and depth < _DEEPEST:
                    return self._of_field(there, parent, name, prefix, depth + 1)
            return None
        if isinstance(field, (ast.FunctionDef, ast.AsyncFunctionDef)):
            returned = [one.value for one in ast.walk(field) if isinstance(one, ast.Return) and one.value]
            for result in returned:
                attributes = [
                    one
                    for one in ast.walk(result)
                    if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "self"
                ]
                for one in attributes:
                    if one.attr != name and (found := self._of_field(module, definition, one.attr, prefix, depth + 1)):
                        return found
            return None
        value = field.value
        if isinstance(value, ast.Call) and _last(value.func) in ("getenv", "get", "config", "env"):
            return self._follow(value, module, "", depth)
        if isinstance(value, ast.Call) and _last(value.func) in ("Field", "field"):
            factory = next((one.value for one in value.keywords if one.arg == "default_factory"), None)
            if isinstance(factory, ast.Lambda) and (found := self._follow(factory.body, module, "", depth)):
                return found
        if prefix is None and not self._is_settings(definition, module):
            given = self._constructed(definition.name, name, depth)
            return given or (self._follow(value, module, "", depth) if value is not None else None)
        files = self._env_files(definition, module)
        lenient = self._option(definition, module, "extra") in ("ignore", "allow")
        stated = f"{definition.name}.{name}"
        before = prefix if prefix is not None else self._prefix(definition, module)
        variable = _alias(field) or f"{before}{name.upper()}"
        return Origin("variable", variable, None, files, module, stated, lenient, _default_of_field(value))

    def _constructed(self, classname: str, name: str, depth: int) -> Origin | None:
        """Follow what `Class(name=...)` is given, where its objects are made."""
        for caller in self._mentioning(classname):
            for call in ast.walk(caller.tree) if caller.tree is not None else ():
                if isinstance(call, ast.Call) and _last(call.func) == classname:
                    for keyword in call.keywords:
                        if keyword.arg == name:
                            inside = _function_around(caller, call)
                            if (found := self._follow(keyword.value, caller, inside, depth)) is not None:
                                return found
        return None

    def _is_settings(self, definition: ast.ClassDef, module: Module, depth: int = 0) -> bool:
        for base in definition.bases:
            name = _last(base)
            if "BaseSettings" in name:
                return True
            there, parent = self._definition(name, module)
            if there is not None and isinstance(parent, ast.ClassDef) and depth < 5 and parent is not definition:
                if self._is_settings(parent, there, depth + 1):
                    return True
        return False

    def _option(self, definition: ast.ClassDef, module: Module, name: str, depth: int = 0) -> str:
        """Return an option of the class statement, of `model_config`, of `class Config`, or of a parent class."""
        for keyword in definition.keywords:
            if keyword.arg == name:
                return _constant(keyword.value)
        for statement in definition.body:
            value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
            if isinstance(value, ast.Call):
                for keyword in value.keywords:
                    if keyword.arg == name:
                        return _constant(keyword.value)
            elif isinstance(value, ast.Dict):
                for key, item in zip(value.keys, value.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == name:
                        return _constant(item)
            if isinstance(statement, ast.ClassDef) and statement.name == "Config":
                for inner in statement.body:
                    if isinstance(inner, (ast.Assign, ast.AnnAssign)) and name in _targets(inner):
                        return _constant(inner.value) if inner.value else ""
        for base in definition.bases:
            there, parent = self._definition(_last(base), module)
            if there is not None and isinstance(parent, ast.ClassDef) and depth < 5 and parent is not definition:
                if found := self._option(parent, there, name, depth + 1):
                    return found
        return ""

    def _prefix(self, definition: ast.ClassDef, module: Module) -> str:
        return self._option(definition, module, "env_prefix").upper()

    def _env_files(self, definition: ast.ClassDef, module: Module) -> tuple[str, ...]:
        stated = self._option(definition, module, "env_file")
        return tuple(file for file in stated.split("\0") if file)

    # Where names are bound

    def _module_of(self, name: str, module: Module) -> Module | None:
        """Return the module of the service that a name stands for (`from app import settings`, `import settings`)."""
        for statement in ast.walk(module.tree) if module.tree is not None else ():
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    if (alias.asname or alias.name) == name and alias.name in self.paths:
                        return self.service.module(self.paths[alias.name])
            elif isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if (alias.asname or alias.name) == name:
                        full = f"{module.absolute(statement.level, statement.module or '')}.{alias.name}"
                        if full in self.paths:
                            return self.service.module(self.paths[full])
        return None

    def _imported_from(self, name: str, module: Module) -> tuple[Module, str] | None:
        for statement in ast.walk(module.tree) if module.tree is not None else ():
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if (alias.asname or alias.name) == name:
                        source = module.absolute(statement.level, statement.module or "")
                        if source in self.paths and (there := self.service.module(self.paths[source])) is not None:
                            return there, alias.name
        return None

    def _bound(
        self, name: str, module: Module, function: str = "", depth: int = 0
    ) -> tuple[Module | None, ast.expr | None]:
        """Return what a name is set to, and in which module."""
        if module.tree is None or depth > 5:
            return None, None
        if function:
            for definition in ast.walk(module.tree):
                if isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)) and definition.name == function:
                    if (value := _assigned_in(definition, name)) is not None:
                        return module, value
        if (value := _assigned(module, name)) is not None:
            return module, value
        if (imported := self._imported_from(name, module)) is not None:
            return self._bound(imported[1], imported[0], "", depth + 1)
        return None, None

    def _definition(self, name: str, module: Module, depth: int = 0) -> tuple[Module | None, ast.stmt | None]:
        """Return the class or function of a name, and its module."""
        if module.tree is None or depth > 5:
            return None, None
        for node in ast.walk(module.tree):
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                return module, node
        if (imported := self._imported_from(name, module)) is not None:
            return self._definition(imported[1], imported[0], depth + 1)
        return None, None

    def _annotated(self, annotation: ast.expr, module: Module) -> tuple[Module, ast.ClassDef] | None:
        for node in ast.walk(annotation):
            name = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else _last_or_none(node)
            if isinstance(name, str):
                there, definition = self._definition(name, module)
                if there is not None and isinstance(definition, ast.ClassDef):
                    return there, definition
        return None

    def _annotated_name(self, name: str, module: Module, function: str) -> tuple[Module, ast.ClassDef] | None:
        for node in ast.walk(module.tree) if module.tree is not None else ():
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == function:
                for parameter in _parameters(node):
                    if parameter.arg == name and parameter.annotation is not None:
                        return self._annotated(parameter.annotation, module)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
                if (found := self._annotated(node.annotation, module)) is not None:
                    return found
        return None


def _last(node: ast.expr | None) -> str:
    return _last_or_none(node) or ""


def _last_or_none(node: ast.AST | None) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _assigned(module: Module, name: str) -> ast.expr | None:
    """Return what the top level of a module sets a name to, in an `if` or a `try` too."""
    return _assigned_in(module.tree, name, functions=False) if module.tree is not None else None


def _assigned_in(tree: ast.AST, name: str, *, functions: bool = True) -> ast.expr | None:
    """Return the first thing that a name is set to, or None as a constant where it is set to nothing else."""
    nothing: ast.expr | None = None
    for value in _values_in(tree, name, functions=functions):
        if not isinstance(value, ast.Constant) or value.value is not None:
            return value
        nothing = value
    return nothing


def _values_in(tree: ast.AST, name: str, *, functions: bool) -> Iterator[ast.expr]:
    pending: list[ast.AST] = [*ast.iter_child_nodes(tree)]
    while pending:
        node = pending.pop(0)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and name in _targets(node) and node.value is not None:
            yield node.value
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            for target in node.targets:
                names = [_last(one) for one in target.elts] if isinstance(target, ast.Tuple) else []
                if name in names and len(names) == len(node.value.elts):
                    yield node.value.elts[names.index(name)]
        if isinstance(node, ast.NamedExpr) and isinstance(node.target, ast.Name) and node.target.id == name:
            yield node.value
        inner = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda))
        if not inner or (functions and isinstance(node, ast.Lambda)):
            pending = [*ast.iter_child_nodes(node), *pending]


def _parameters(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    return [*definition.args.posonlyargs, *definition.args.args, *definition.args.kwonlyargs]


def _default_of(definition: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> ast.expr | None:
    positional = [*definition.args.posonlyargs, *definition.args.args]
    pairs = list(zip(reversed(positional), reversed(definition.args.defaults), strict=False))
    pairs += [
        (one, default)
        for one, default in zip(definition.args.kwonlyargs, definition.args.kw_defaults, strict=True)
        if default
    ]
    return next((default for one, default in pairs if one.arg == name), None)


def _function_around(module: Module, call: ast.Call) -> str:
    found = ""
    for node in ast.walk(module.tree) if module.tree is not None else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.lineno <= call.lineno <= (node.end_lineno or node.lineno):
                found = node.name
    return found


def _field(
    definition: ast.ClassDef, name: str
) -> ast.AnnAssign | ast.Assign | ast.FunctionDef | ast.AsyncFunctionDef | None:
    for statement in definition.body:
        if isinstance(statement, (ast.AnnAssign, ast.Assign)) and name in _targets(statement):
            return statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == name:
            return statement
    return None


def _asks_whether_set(node: ast.IfExp) -> bool:
    """Whether it is `value if value else nothing`."""
    nothing = isinstance(node.orelse, ast.Constant) and not node.orelse.value
    value, test = ast.unparse(node.body), ast.unparse(node.test)
    return nothing and (value in test or test in value)


def _default_of_field(value: ast.expr | None) -> ast.expr | None:
    """Return the default of a settings field."""
    if isinstance(value, ast.Call) and _last(value.func) in ("Field", "FieldInfo"):
        keywords = [one.value for one in value.keywords if one.arg == "default"]
        value = next(iter([*keywords, *value.args[:1]]), None)
    return value if isinstance(value, ast.Constant) and value.value is not ... else None


def _alias(field: ast.AnnAssign | ast.Assign) -> str:
    """Return the variable that a field names itself: `Field(alias=...)`, `validation_alias`, `env`."""
    calls = [
        node for node in ast.walk(field) if isinstance(node, ast.Call) and _last(node.func) in ("Field", "FieldInfo")
    ]
    for wanted in ("validation_alias", "env", "alias"):
        for call in calls:
            for keyword in call.keywords:
                if keyword.arg != wanted:
                    continue
                constants = [
                    one.value
                    for one in ast.walk(keyword.value)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                ]
                if constants:
                    return constants[0]
    return ""


def _constant(node: ast.expr) -> str:
    """Return a text, or several with a zero byte between them; of a path the last part."""
    constants = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if isinstance(node, (ast.Tuple, ast.List)):
        return "\0".join(constants)
    return constants[-1] if constants else ""


def _dynaconf(value: ast.expr | None) -> str | None:
    if isinstance(value, ast.Call) and _last(value.func) in ("Dynaconf", "LazySettings"):
        for keyword in value.keywords:
            if keyword.arg == "envvar_prefix" and isinstance(keyword.value, ast.Constant):
                stated = keyword.value.value
                return f"{stated.upper()}_" if isinstance(stated, str) and stated else ""
        return "DYNACONF_"
    return None
