"""Find the service on the disk: its folder, its app, its package, and the folder that its imports begin at."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from .names import MENTION, Names, UnreadableError
from .sources import OTHER_FOLDERS, AdoptError, Block, Module, Text, blocks_of, listed, parsed, read, text_of

_MANIFEST: Final = re.compile(
    r"pyproject\.toml|setup\.(?:py|cfg)|Pipfile|environment\.ya?ml|requirements[\w.-]*\.(?:txt|in)|requirements/[\w.-]+\.(?:txt|in)"
)
"""Files that say that a folder is a service of its own."""

ANSWERS_FILE: Final = ".copier-answers.sentry.yml"
FOLDERS_FOR_LAYER: Final = ("monitoring", "error_reporting", "sentry_layer")
"""Names of the folder for the layer where the package itself can't hold it."""

_WEB: Final = re.compile(rb"\b(?:FastAPI|Starlette)\b")
_MENTION: Final = re.compile(MENTION.pattern.encode(), re.IGNORECASE)
_IMPORT: Final = re.compile(rb"\n[ \t]*(?:from|import)[ \t]+(\w+)")
_START: Final = re.compile(
    r"(?:uvicorn|gunicorn|hypercorn|granian|daphne|entrypoint)\b[\s\S]{0,160}?"
    r"(?<![\w./:])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(\))?(?![\w:/])"
)
_FASTAPI: Final = re.compile(r"\bfastapi[ \t]+(?:run|dev)\b[^\n]*?[ \t'\"/]((?:[A-Za-z_]\w*/)*[A-Za-z_]\w*)\.py\b")
_STARTERS: Final = re.compile(
    r"(?i)(?:^|/)(?:dockerfile[^/]*|containerfile|procfile|makefile|justfile|[^/]+\.(?:ya?ml|sh|toml|cfg|service|md|json|ini|conf))\Z"
)
_USUAL_FILES: Final = ("main", "app", "asgi", "server", "__init__", "api", "application", "wsgi", "run", "web")
_OTHER_FRAMEWORKS: Final = (
    "Litestar",
    "Falcon",
    "Flask",
    "Quart",
    "Sanic",
    "BlackSheep",
    "Django",
    "Bottle",
    "Tornado",
)
_USUAL_NAMES: Final = ("app", "application", "api", "asgi_app", "asgi", "fastapi_app")
SIDE: Final = re.compile(
    r"(?i)(?:^|[/_])(?:tests?|testing|conftest|examples?|docs?|docs_src|bench(?:marks?)?|samples?|demo|cookbook|mocks?|templates?|tutorials?|third_party|vendor|migrations)(?:[/_.]|\Z)"
)


@dataclass(frozen=True)
class App:
    """An application, as uvicorn takes it."""

    path: str
    """The file, from the folder that was searched."""
    attribute: str
    factory: bool
    score: int


@dataclass
class Seen:
    """What the bytes of a Python file say, so that it isn't read twice."""

    path: str
    sentry: bool
    web: bool
    dotenv: bool
    celery: bool
    imports: frozenset[str]
    blocks: list[Block] = field(default_factory=list)
    """The statements of a file that was parsed to find an application, if it mentions the SDK too."""


@dataclass
class Service:
    """What adoption works on."""

    root: Path
    files: list[str]
    seen: dict[str, Seen]
    base: Path
    """The folder that imports begin at."""
    package_path: str
    """The folder that holds the layer, from `root`."""
    app_import: str
    others: list[str] = field(default_factory=list)
    """Other applications that were found, as `module:attribute`."""
    beside: list[str] = field(default_factory=list)
    """Files of other projects in folders below `root`, such as the members of a workspace."""
    unreadable: list[str] = field(default_factory=list)
    modules: dict[str, Module] = field(default_factory=dict)

    @property
    def package(self) -> str:
        """How Python imports the folder that holds the layer."""
        return ".".join((self.root / self.package_path).relative_to(self.base).parts)

    @property
    def layer(self) -> str:
        return f"{self.package}.sentry"

    @property
    def import_folder(self) -> str:
        """The folder that imports begin at, from `root`; an empty text for `root` itself."""
        relative = self.base.relative_to(self.root).as_posix()
        return "" if relative == "." else relative

    @property
    def entry(self) -> Module | None:
        path = _file_of(self.base, self.app_import.partition(":")[0], self.root)
        return self.module(path) if path else None

    def module(self, path: str) -> Module | None:
        """Return a module by its path from `root`; None where it can't be read as text."""
        if path not in self.modules:
            file = text_of(self.root / path, path, python=True)
            if file is None:
                if path not in self.unreadable:
                    self.unreadable.append(path)
                return None
            self.modules[path] = Module(file, self.base, self.seen[path].blocks if path in self.seen else [])
        return self.modules[path]

    def text(self, path: str) -> Text | None:
        return text_of(self.root / path, path)

    @cached_property
    def python(self) -> list[str]:
        """The files with code of the service: no tests, no documents, nothing of the layer."""
        layer = f"{self.package_path}/sentry/"
        own = f"{self.package_path}/sentry_custom.py"
        first = Path(self.package_path).parts[0]
        return [
            path
            for path in self.seen
            if not path.startswith(layer)
            and path != own
            and (path.partition("/")[0] not in OTHER_FOLDERS or path.partition("/")[0] == first)
            and not re.search(r"(?:^|/)conftest\.py\Z", path)
        ]

    @property
    def imported(self) -> set[str]:
        """The first names of everything that the service imports."""
        return {name for path in self.python for name in self.seen[path].imports}

    def names_of_modules(self) -> dict[str, str]:
        """Return the full name of each module of the service, and its path."""
        found: dict[str, str] = {}
        for path in self.python:
            relative = _relative(self.root / path, self.base)
            if relative and all(part.isidentifier() for part in relative.split(".")):
                found[relative] = path
        return found


def _relative(path: Path, base: Path) -> str:
    try:
        parts = path.relative_to(base).with_suffix("").parts
    except ValueError:
        return ""
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _file_of(base: Path, module: str, root: Path) -> str | None:
    path = base.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file.relative_to(root).as_posix()
    return None


def look(root: Path, files: Iterable[str]) -> dict[str, Seen]:
    """Read each Python file once, as bytes."""
    seen: dict[str, Seen] = {}
    for path in files:
        if not path.endswith((".py", ".pyw")):
            continue
        file = os.path.join(root, path)
        if os.path.islink(file):
            # What it points to is in the list itself, or belongs to another folder.
            continue
        data = read(file)
        if data is None:
            continue
        lower = b"sentry" in data.lower() and _MENTION.search(data) is not None
        seen[path] = Seen(
            path,
            sentry=lower,
            web=(b"FastAPI" in data or b"Starlette" in data) and _WEB.search(data) is not None,
            dotenv=b"load_dotenv" in data,
            celery=b"Celery(" in data,
            imports=frozenset(name.decode() for name in {*_IMPORT.findall(b"\n" + data)}),
        )
    return seen


# APPLICATIONS ---------------------------------------------------------------------------------------


def find_apps(root: Path, seen: dict[str, Seen], commands: list[Command]) -> list[App]:
    """Return the applications, the most likely one first."""
    known = {"FastAPI", "Starlette"}
    apps: dict[tuple[str, str], App] = {}
    new = known
    for _ in range(4):
        before = set(known)
        wanted = [name.encode() for name in sorted(new)]
        pattern = re.compile(rb"\b(?:" + b"|".join(re.escape(name) for name in wanted) + rb")\s*\(")
        for path in seen:
            if not _may_hold_app(path) or not (seen[path].web or new != known):
                continue
            data = read(os.path.join(root, path)) or b""
            if not any(name in data for name in wanted) or not pattern.search(data):
                continue
            text = text_of(root / path, path, python=True)
            if text is None:
                continue
            tree = parsed(text.text)
            found = _apps_in(text.text, known) if tree is None else _apps_of(tree, known)
            if tree is not None and seen[path].sentry:
                seen[path].blocks = [*blocks_of(tree)]
            for attribute, factory in found.apps.items():
                score = _score(path, attribute, factory, text.text, commands) - 40 * (attribute in found.guarded)
                apps[path, attribute] = App(path, attribute, factory, score)
            known |= found.makers
        new = known - before
        if not new:
            break
    for module, attribute in dict.fromkeys((command.module, command.attribute) for command in commands):
        for path in _paths_of(module, seen):
            top = attribute.partition(".")[0]
            if (path, attribute) in apps or not _may_hold_app(path) or _other_framework(seen[path]):
                continue
            text = text_of(root / path, path, python=True)
            if text is not None and re.search(rf"^(?:async def |def |class )?{re.escape(top)}\b", text.text, re.M):
                factory = re.search(rf"^(?:async )?def {re.escape(top)}\b", text.text, re.M) is not None
                score = _score(path, attribute, factory, text.text, commands)
                apps[path, attribute] = App(path, attribute, factory, score)
    # One of an example or a test only where there is no other.
    own = [app for app in apps.values() if not SIDE.search(app.path)] or apps.values()
    return sorted(own, key=lambda app: (-app.score, app.path.count("/"), app.path, app.attribute))


def _other_framework(seen: Seen) -> str:
    """Return the framework of a module that uses neither FastAPI nor Starlette."""
    if not seen.imports.isdisjoint(("fastapi", "starlette")):
        return ""
    return next((name for name in _OTHER_FRAMEWORKS if name.lower() in seen.imports), "")


def _may_hold_app(path: str) -> bool:
    return not re.search(r"(?:^|/)(?:test_[^/]*|conftest|[^/]*_test)\.py\Z", path)


def _paths_of(module: str, seen: Iterable[str]) -> list[str]:
    tail = module.replace(".", "/")
    ends = (f"{tail}.py", f"{tail}/__init__.py")
    return [path for path in seen for end in ends if path == end or path.endswith(f"/{end}")]


@dataclass(frozen=True)
class Command:
    """What a file tells uvicorn or its like to start."""

    path: str
    module: str
    attribute: str


def _commands(root: Path, files: list[str], seen: dict[str, Seen]) -> Iterator[Command]:
    for path in files:
        starter = _STARTERS.search(path) is not None
        if not starter and not (path in seen and "uvicorn" in seen[path].imports):
            continue
        data = read(root / path)
        if data is None or len(data) > 400_000:
            continue
        if not any(
            word in data
            for word in (b"uvicorn", b"gunicorn", b"hypercorn", b"granian", b"daphne", b"entrypoint", b"fastapi")
        ):
            continue
        text = data.decode("utf-8", "replace")
        for match in _START.finditer(text):
            if match[1] not in ("http", "https", "unix", "tcp", "localhost"):
                yield Command(path, match[1], match[2])
        for match in _FASTAPI.finditer(text):
            yield Command(path, match[1].replace("/", "."), "app")


@dataclass
class _Found:
    apps: dict[str, bool] = field(default_factory=dict)
    """Names at the top level, and whether they are functions that make an application."""
    guarded: set[str] = field(default_factory=set)
    """Those that are there only when the module is started itself."""
    makers: set[str] = field(default_factory=set)
    """Classes and functions that make an application when they are called."""


def _apps_in(text: str, known: set[str]) -> _Found:
    """Find applications in a file that this Python can't parse."""
    pattern = r"^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)*(?:" + "|".join(sorted(known)) + r")\("
    return _Found({match[1]: False for match in re.finditer(pattern, text, re.MULTILINE)})


def _apps_of(tree: ast.Module, known: set[str]) -> _Found:
    found = _Found()
    for statement in tree.body:
        before = set(found.apps)
        _take(statement, known, found)
        if isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test):
            found.guarded |= set(found.apps) - before
    return found


def _take(statement: ast.stmt, known: set[str], found: _Found) -> None:
    if isinstance(statement, (ast.If, ast.Try, ast.With)):
        for inner in [*statement.body, *getattr(statement, "orelse", []), *getattr(statement, "finalbody", [])]:
            _take(inner, known, found)
        for handler in getattr(statement, "handlers", []):
            for inner in handler.body:
                _take(inner, known, found)
    elif isinstance(statement, ast.ClassDef):
        if any(_last(base) in known for base in statement.bases):
            found.makers.add(statement.name)
    elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        returns = _last(statement.returns) if statement.returns is not None else ""
        nodes = [*ast.walk(statement)]
        makes = any(_makes(node, known, found) for node in nodes if isinstance(node, ast.Call))
        given_back = any(isinstance(node, ast.Return) and node.value is not None for node in nodes)
        if (makes and given_back and not _fixture(statement)) or returns in ("FastAPI", "Starlette"):
            if re.search(r"(?i)app|api|server|create|make|build|factory|service", statement.name):
                found.makers.add(statement.name)
            if (
                isinstance(statement, ast.FunctionDef)
                and not _required(statement)
                and not statement.name.startswith("_")
            ):
                found.apps.setdefault(statement.name, True)
    else:
        for target, value in _bindings(statement):
            if isinstance(value, ast.Call) and (
                _makes(value, known, found) or any(_is_app(argument, found) for argument in _arguments(value))
            ):
                found.apps[target] = False
            elif isinstance(value, (ast.IfExp, ast.BoolOp)):
                inner = [node for node in ast.walk(value) if isinstance(node, ast.Call)]
                if any(_makes(node, known, found) for node in inner):
                    found.apps[target] = False


def _fixture(statement: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in statement.decorator_list)


def _bindings(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        yield statement.target.id, statement.value
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
            elif isinstance(target, ast.Tuple):
                values = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
                for number, element in enumerate(target.elts):
                    if isinstance(element, ast.Name):
                        yield element.id, values[number] if len(values) == len(target.elts) else values[0]
    for node in ast.walk(statement) if isinstance(statement, (ast.Expr, ast.Assign)) else ():
        if isinstance(node, ast.NamedExpr) and isinstance(node.target, ast.Name):
            yield node.target.id, node.value


def _makes(call: ast.Call, known: set[str], found: _Found) -> bool:
    return _last(call.func) in known or _last(call.func) in found.makers


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_app(node: ast.expr, found: _Found) -> bool:
    return isinstance(node, ast.Name) and found.apps.get(node.id) is False


def _required(function: ast.FunctionDef) -> int:
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return positional + sum(default is None for default in arguments.kw_defaults)


def _last(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _score(path: str, attribute: str, factory: bool, text: str, commands: list[Command]) -> int:
    stem = Path(path).stem
    score = -2 * path.count("/")
    for command in commands:
        if path in _paths_of(command.module, [path]):
            score += 60 if command.attribute == attribute else 15
    if stem in _USUAL_FILES:
        score += 12 - _USUAL_FILES.index(stem)
    if attribute in _USUAL_NAMES:
        score += 8
    if not factory:
        score += 6
    if "include_router" in text or f"@{attribute}." in text:
        score += 4
    if re.search(rf"\.mount\([^\n]*\b{re.escape(attribute)}\b", text):
        score -= 15
    if SIDE.search(path):
        score -= 60
    return score


# THE SERVICE ----------------------------------------------------------------------------------------


def own_folder(top: Path, base: Path, files: Iterable[str]) -> Path:
    """Return the folder of a service: the nearest one with requirements of its own, from where its imports begin."""
    known = set(files)
    for folder in (base, *base.parents):
        if folder == top or top not in folder.parents:
            return top
        prefix = f"{folder.relative_to(top).as_posix()}/"
        if any(_MANIFEST.fullmatch(path.removeprefix(prefix)) for path in known if path.startswith(prefix)):
            return folder
    return top


def import_base(root: Path, path: str, commands: list[Command], seen: dict[str, Seen]) -> Path:
    """Return the folder that imports begin at, for a module of the service."""
    file = root / path
    packages = [*_package_folders(file, root)]
    imports = (seen[path].imports if path in seen else frozenset()) - sys.stdlib_module_names
    modules = [command.module for command in commands]
    started = Counter(_base_of(file, module) for module in modules if path in _paths_of(module, [path]))
    found = [folder for folder, _ in started.most_common() if folder == root or root in folder.parents]
    found += [packages[-1].parent] if packages else []
    if found:
        # A command may start another `main:app` than this one: its own imports decide.
        return max(found, key=lambda folder: _held(folder, imports))
    # No package: which folder makes the imports of the module work?
    candidates = [folder for folder in (file.parent, *file.parent.parents) if folder == root or root in folder.parents]
    best = max(candidates, key=lambda folder: _held(folder, imports))
    if _held(best, imports):
        return best
    if (root / "src") in candidates:
        return root / "src" if file.parent == root / "src" else file.parent.parent
    return file.parent


def _base_of(file: Path, module: str) -> Path:
    """Return the folder that makes a file the module of that name."""
    target = file.parent if file.name == "__init__.py" else file
    parents = [*target.parents]
    return parents[min(module.count("."), len(parents) - 1)]


def _held(folder: Path, imports: Iterable[str]) -> int:
    """Return how many of the names that a module imports are in a folder."""
    return sum((folder / name).is_dir() or (folder / f"{name}.py").is_file() for name in imports)


def _package_folders(file: Path, root: Path) -> Iterator[Path]:
    """Yield the packages that a file is in, the innermost first."""
    folder = file.parent
    while folder != root and (folder / "__init__.py").is_file():
        yield folder
        folder = folder.parent


def folder_for_layer(root: Path, base: Path, path: str, files: Iterable[str]) -> str:
    """Return the folder that can hold the layer, from `root`: the package of the app, or a new folder."""
    known = set(files)
    file = root / path
    packages = [folder for folder in _package_folders(file, root) if folder != base and base in folder.parents]
    if packages:
        folder = packages[-1]
    elif file.parent != base:
        # Without an __init__.py, as in namespace packages: the first folder below the base.
        folder = base / file.relative_to(base).parts[0]
        inner = [one for one in file.parents if base in one.parents and (one / "__init__.py").is_file()]
        folder = inner[-1] if inner else folder
    else:
        folder = base
    shown = folder.relative_to(root).as_posix()
    prefix = "" if shown == "." else f"{shown}/"
    taken = any(one == f"{prefix}sentry.py" or one.startswith(f"{prefix}sentry/") for one in known)
    if folder != base and not taken and folder.name != "sentry":
        return shown
    if folder.name == "sentry":
        prefix = prefix.removesuffix("sentry/")
    for name in FOLDERS_FOR_LAYER:
        if not any(one == f"{prefix}{name}.py" or one.startswith(f"{prefix}{name}/") for one in known):
            return f"{prefix}{name}"
    raise AdoptError(
        f"{', '.join(FOLDERS_FOR_LAYER)} exist in {prefix or 'the root'}. Give --package-path a free folder."
    )


def module_name(base: Path, file: Path) -> str:
    return _relative(file, base)


def sentry_names(service: Service) -> dict[str, Names]:
    """Read the names of each module that has to do with Sentry, also where another module passes them on."""
    names_of = service.names_of_modules()
    # The layer is the service's own too, where adoption runs again.
    exports: dict[str, dict[str, str]] = {name: {} for name in (*names_of, service.layer)}
    paths = [path for path in service.python if service.seen[path].sentry]
    found: dict[str, Names] = {}
    changed: set[str] = set()
    for number in range(4):
        before = {name: dict(exported) for name, exported in exports.items() if exported}
        for path in paths:
            if path in found:
                # Another module may pass the SDK on under another name.
                if any(name in found[path].module.file.text for name in changed):
                    with suppress(UnreadableError):
                        found[path].read()
                    exports[found[path].module.name] = found[path].exported()
                continue
            module = service.module(path)
            if module is None:
                continue
            try:
                names = found[path] = Names(module, exports)
            except UnreadableError:
                if path not in service.unreadable:
                    service.unreadable.append(path)
                continue
            if module.name in exports:
                exports[module.name] = names.exported()
        after = {name: exported for name, exported in exports.items() if exported}
        if after == before and number:
            break
        changed = {name.rpartition(".")[2] for name, exported in after.items() if exported != before.get(name)}
        paths = [*dict.fromkeys([*paths, *_importers(service, after)])]
    return found


def _importers(service: Service, exports: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield other modules that could import a part of the SDK from one of the service's own."""
    wanted = {
        (module.rpartition(".")[2].encode(), name.encode()) for module, names in exports.items() for name in names
    }
    if not wanted:
        return
    for path in service.python:
        if service.seen[path].sentry:
            continue
        data = read(os.path.join(service.root, path)) or b""
        if any(module in data and name in data for module, name in wanted):
            yield path


def find(folder: Path, *, choose: Chooser, package_path: str = "", app_import: str = "") -> Service:
    """Find the service in a folder.

    Args:
        folder: the root of the service, or of a monorepo that holds it.
        choose: called with a question and several candidates, returns one of them.
        package_path: the folder for the layer, where it is known.
        app_import: the application, where it is known.

    Raises:
        AdoptError: no application was found, or nothing can be chosen.
    """
    if not folder.is_dir():
        raise AdoptError(f"{folder} isn't a folder. Name the root of the service.")
    if Path(package_path).is_absolute() or ".." in Path(package_path).parts:
        raise AdoptError(f"--package-path {package_path} must be a folder of the service, such as src/shop.")
    top = folder.resolve()
    files = listed(top)
    if not files:
        raise AdoptError(f"git knows no file in {folder}. Run this in the root of the service.")
    seen = look(top, files)
    if app_import:
        return _given(top, files, seen, package_path, app_import)
    commands = [*_commands(top, files, seen)]
    apps = find_apps(top, seen, commands) if any(one.web for one in seen.values()) else []
    if not apps:
        raise AdoptError(f"No FastAPI or Starlette application was found in {folder}. {_hint(seen, commands)}")

    def folder_of(path: str) -> Path:
        return own_folder(top, import_base(top, path, commands, seen), files)

    app = _chosen(top, apps, folder_of, choose)
    root = folder_of(app.path)
    prefix = "" if root == top else f"{root.relative_to(top).as_posix()}/"
    if prefix:
        files = [path.removeprefix(prefix) for path in files if path.startswith(prefix)]
        seen = {path.removeprefix(prefix): one for path, one in seen.items() if path.startswith(prefix)}
        app = App(app.path.removeprefix(prefix), app.attribute, app.factory, app.score)
        apps = [
            App(one.path.removeprefix(prefix), one.attribute, one.factory, one.score)
            for one in apps
            if one.path.startswith(prefix)
        ]
    # The files of the service itself count twice.
    own = [command for command in commands if command.path.startswith(prefix)]
    base = import_base(root, app.path, [*own, *commands], seen)
    place = package_path or folder_for_layer(root, base, app.path, files)
    others = [
        f"{module_name(base, root / one.path)}:{one.attribute}"
        for one in apps
        if one != app and not one.factory and one.score > app.score - 40 and base in (root / one.path).parents
    ]
    others = [one for one in others if all(part.isidentifier() for part in one.partition(":")[0].split("."))]
    name = module_name(base, root / app.path)
    if not name:
        raise AdoptError(f"{app.path} has no name that Python can import. Name the app with --app module:object.")
    return _own(Service(root, files, seen, base, place, f"{name}:{app.attribute}", others), app.path)


def _hint(seen: dict[str, Seen], commands: list[Command]) -> str:
    """Say what was found instead of an application, or what to do."""
    started = [path for command in commands for path in _paths_of(command.module, seen)]
    others = [path for path in seen if not SIDE.search(path)] if not any(one.web for one in seen.values()) else []
    for path in (*started, *others):
        if framework := _other_framework(seen[path]):
            return f"{path} uses {framework}, which the layer doesn't support."
    return "Name it with --app module:object, and run this in the root of the service."


def _given(top: Path, files: list[str], seen: dict[str, Seen], package_path: str, app_import: str) -> Service:
    module, _, attribute = app_import.partition(":")
    if not module or not attribute:
        raise AdoptError(f"--app {app_import} isn't module:object, such as app.main:app.")
    paths = [path for path in _paths_of(module, seen) if _may_hold_app(path)]
    if not paths:
        raise AdoptError(
            f"There is no module {module} here, which --app names. Use module:object, such as app.main:app."
        )
    path = min(paths, key=lambda one: (SIDE.search(one) is not None, one.count("/"), one))
    data = read(top / path) or b""
    if attribute.partition(".")[0].encode() not in data and b"import *" not in data:
        raise AdoptError(f"{path} has no {attribute}, which --app names. Use module:object, such as app.main:app.")
    named = [Command("", module, attribute)]
    root = own_folder(top, import_base(top, path, named, seen), files)
    prefix = "" if root == top else f"{root.relative_to(top).as_posix()}/"
    files = [one.removeprefix(prefix) for one in files if one.startswith(prefix)]
    seen = {one.removeprefix(prefix): found for one, found in seen.items() if one.startswith(prefix)}
    path = path.removeprefix(prefix)
    base = import_base(root, path, named, seen)
    place = package_path or folder_for_layer(root, base, path, files)
    return _own(Service(root, files, seen, base, place, app_import), path)


def _own(service: Service, app: str) -> Service:
    """Set the files of other projects aside: they are installed and started without this service."""
    folders = []
    for path in service.files:
        folder, _, name = path.rpartition("/")
        inside = service.root / folder
        if not folder or app.startswith(f"{folder}/") or inside == service.base or inside in service.base.parents:
            continue
        data = (read(service.root / path) or b"") if name in ("pyproject.toml", "setup.py") else b""
        if (b"[project]" in data or b"[tool.poetry]" in data) if name == "pyproject.toml" else b"setuptools" in data:
            folders.append(f"{folder}/")
    programs = [*_other_programs(service)]
    beside = (*folders, *programs)
    names = {Path(folder).name for folder in programs}

    def is_beside(path: str) -> bool:
        # `deploy/mail/Dockerfile` belongs to the program in `src/mail`.
        named = bool(names) and not names.isdisjoint(Path(path).parts[:-1])
        return path.startswith(beside) or (named and service.base not in (service.root / path).parents)

    service.unreadable += [path for path in service.files if path.endswith(".py") and path not in service.seen]
    service.beside = [path for path in service.files if is_beside(path)]
    service.files = [path for path in service.files if not is_beside(path)]
    service.seen = {path: seen for path, seen in service.seen.items() if not is_beside(path)}
    return service


_PROGRAM: Final = re.compile(r"(?:main|app|asgi|wsgi|manage|server|__main__)\.py")
"""Files that say that a folder is a program of its own."""


def _other_programs(service: Service) -> Iterator[str]:
    """Yield folders next to the one that imports begin at, with programs that use nothing of the service.

    They may be deployed without it, so they can't import the layer.
    """
    own = {path.name.removesuffix(".py") for path in service.base.iterdir()}
    folders: dict[str, set[str]] = {}
    for path in service.seen:
        file = service.root / path
        if service.base not in file.parents and len(Path(path).parts) > 1:
            common = os.path.commonpath([file.parent, service.base])
            folder = file.relative_to(common).parts[0]
            folders.setdefault(f"{Path(common, folder).relative_to(service.root).as_posix()}/", set()).add(path)
    for folder, paths in folders.items():
        inside = {Path(path.removeprefix(folder)).parts[0].removesuffix(".py") for path in paths}
        imports = {name for path in paths for name in service.seen[path].imports}
        if any(_PROGRAM.fullmatch(path.removeprefix(folder)) for path in paths) and not imports & (own - inside):
            yield folder


def _chosen(top: Path, apps: list[App], folder_of: Callable[[str], Path], choose: Chooser) -> App:
    """Return the application to adopt; where several are as likely, that is a question."""
    best = apps[0]
    equal = [app for app in apps if app.score >= best.score - 2 and not app.factory]
    folders = {folder_of(app.path) for app in equal}
    if len(folders) > 1:
        shown = sorted(folder.relative_to(top).as_posix() for folder in folders)
        picked = choose("Several services were found. Which one?", shown, required=True)
        return next(app for app in equal if folder_of(app.path) == top / picked)
    if len(equal) > 1 and len({app.path for app in equal}) > 1:
        listed_apps = [f"{app.path}:{app.attribute}" for app in equal]
        picked = choose("Several applications were found. Which one?", listed_apps, required=False)
        return equal[listed_apps.index(picked)]
    return best


class Chooser:
    """Answers a question with one of several candidates."""

    def __call__(self, question: str, candidates: list[str], *, required: bool) -> str:
        raise NotImplementedError


class First(Chooser):
    """Takes the first candidate without asking, except where a wrong one would change the wrong service."""

    def __call__(self, question: str, candidates: list[str], *, required: bool) -> str:
        if required:
            raise AdoptError(f"{question.partition('.')[0]}: {', '.join(candidates)}. Name one of these folders.")
        return candidates[0]
