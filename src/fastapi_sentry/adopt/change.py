"""Work out every edit that a service needs, without writing any."""

from __future__ import annotations

import ast
import difflib
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from .custom import write_custom
from .edits import Edited, Init, entry_lines, head_length, is_broken, local_name, replace_inits, starts_first
from .find import SIDE, Service, sentry_names
from .names import UnreadableError
from .options import Carried, carry
from .requirements import Required, require
from .sources import OTHER_FOLDERS, Module, Text, lines_of, parsed, parsed_head, read

SILENT: Final = 'os.environ["SENTRY_ENABLED"] = "false"'
"""The line that keeps tests from reporting."""
_REMOVED_IN_3: Final = ("push_scope", "configure_scope", "start_transaction", "set_measurement", "update_current_span")
_HUB: Final = re.compile(r"\bsentry_sdk\.Hub\b|import[^\n]*\bHub\b")
_PATTERN: Final = re.compile(r"[\w./*-]+")


@dataclass
class Changes:
    """What adoption does to a service."""

    texts: list[Text] = field(default_factory=list)
    inits: list[Init] = field(default_factory=list)
    carried: Carried = field(default_factory=Carried)
    required: Required = field(default_factory=Required)
    middleware: int = 0
    entries: list[str] = field(default_factory=list)
    """Modules that start Sentry first now."""
    steps: list[str] = field(default_factory=list)
    """What is left for a person to do."""

    @property
    def changed(self) -> list[Text]:
        return [text for text in self.texts if text.changed is not None]

    def diff(self) -> str:
        """Return the edits as `git diff` would show them."""
        return "".join(_diff(text) for text in sorted(self.changed, key=lambda one: one.shown))

    def write(self) -> list[str]:
        """Write the edits, and return sentences about files that can't be written."""
        failed = []
        for text in self.changed:
            try:
                text.write()
            except OSError as error:
                failed.append(f"{text.shown} can't be written ({error.strerror}): apply its part of the diff yourself.")
        return failed


def _diff(text: Text) -> str:
    before = lines_of(text.text)
    after = lines_of(text.now)
    old = f"a/{text.shown}" if text.path.is_file() else "/dev/null"
    lines = []
    for line in difflib.unified_diff(before, after, old, f"b/{text.shown}"):
        lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def read_inits(service: Service) -> tuple[list[Init], list[Edited], list[Text]]:
    """Replace the calls that start the SDK in memory, and return them with the files."""
    inits: list[Init] = []
    edited: list[Edited] = []
    texts: list[Text] = []
    linted = bool(_noqa(service))
    for path, names in sentry_names(service).items():
        module = names.module
        try:
            lines = path_lines(service, module)
            wanted = partial(_wanted, service)
            done = replace_inits(module, names, service.layer, path_lines=lines, linted=linted, wanted=wanted)
        except UnreadableError:
            service.unreadable.append(path)
            continue
        edited.append(done)
        inits += done.inits
        texts.append(module.file)
    return sorted(inits, key=lambda init: (init.module.shown, init.line)), edited, texts


def _wanted(service: Service, module: Module, names: set[str]) -> set[str]:
    """Return the names of a module that others import from it, and those that tests replace in it."""
    tail = module.file.path.parent.name if module.file.path.name == "__init__.py" else module.file.path.stem
    listed = "|".join(re.escape(name) for name in sorted(names))
    # Each begins with the name of the module, which is what `re` looks for fastest.
    used = re.compile(
        rf"{re.escape(tail)}(?:[\"']?\)?\.({listed})\b|\s+import\s+(?:\([^)]*?|[^\n]*?)\b({listed})\b)".encode()
    )
    found: set[str] = set()
    for path in service.seen if names else ():
        data = (read(os.path.join(service.root, path)) or b"") if path != module.shown else b""
        for match in used.finditer(data) if tail.encode() in data else ():
            if not re.fullmatch(rb"\w", data[match.start() - 1 : match.start()]):
                found |= {one.decode() for one in match.groups() if one}
    return found


def path_lines(service: Service, module: Module) -> list[str]:
    """Return lines that make the layer importable in a script outside of the package that is started by its path."""
    path = module.file.path
    if path.parent == service.base or (path.parent / "__init__.py").is_file():
        return []
    if service.package.partition(".")[0] in service.seen[module.shown].imports:
        return []
    try:
        depth = len(path.parent.relative_to(service.base).parts)
        where = f"Path(__file__).resolve().parents[{depth}]"
    except ValueError:
        up = len(path.parent.relative_to(service.root).parts)
        where = " / ".join(
            [f"Path(__file__).resolve().parents[{up}]", *(f'"{part}"' for part in Path(service.import_folder).parts)]
        )
    if module.name and f"from {module.name.partition('.')[0]}" in module.file.text:
        return []
    return ["import sys", "from pathlib import Path", "", f"sys.path.append(str({where}))", ""]


def change(
    service: Service, *, inits: list[Init], edited: list[Edited], texts: list[Text], carried: Carried
) -> Changes:
    """Work out the other edits, once the layer has been copied.

    Args:
        service: the service.
        inits: the calls that `read_inits()` has replaced.
        edited: what was done to each module.
        texts: the modules.
        carried: what the options of the calls leave behind.
    """
    changes = Changes([*texts], inits, carried)
    changes.middleware = sum(one.middleware for one in edited)
    changes.steps += [sentence for one in edited for sentence in one.left]
    changes.steps += _beside(service)
    changes.steps += _old_clients(service)
    changes.steps += _notebooks(service)
    changes.steps += _patching_tests(service, changes)
    _entries(service, changes)
    upper = "3" if _needs_sdk_2(service) else "4"
    changes.required = require(service, upper=upper)
    changes.texts += changes.required.edited
    if upper == "3":
        changes.steps.append("The service uses calls that SDK 3 no longer has, so its requirement ends before SDK 3.")
    _fields(service, changes)
    _custom(service, changes)
    _ignored(service, changes)
    _silent_tests(service, changes)
    return changes


def _beside(service: Service) -> Iterator[str]:
    """Yield what other projects in the folder of the service start themselves."""
    for path in service.beside:
        data = (read(service.root / path) or b"") if path.endswith(".py") else b""
        if b"sentry_sdk" in data and re.search(rb"\binit\(", data) and not SIDE.search(path):
            yield (
                f"{path} belongs to another project and starts Sentry itself. Adopt that project if it is a service; "
                "if this service calls it, call init_sentry() instead."
            )


def _old_clients(service: Service) -> Iterator[str]:
    """Yield modules that use Raven, the SDK before this one, which knows nothing of the layer."""
    for path in service.python:
        if "raven" in service.seen[path].imports:
            yield f"{path} uses Raven, which sends past the layer. Replace it with sentry_sdk and init_sentry()."


def _patching_tests(service: Service, changes: Changes) -> Iterator[str]:
    """Yield tests that put something else in the place of `sentry_sdk.init()`."""
    own = set(service.python)
    for path in service.seen if changes.inits else ():
        if path not in own:
            data = read(service.root / path) or b""
            if re.search(rb"patch[^\n]*sentry_sdk[\w.]*\.init\b|setattr\([^\n]*sentry_sdk[^\n]*\binit\b", data):
                yield f"{path} replaces sentry_sdk.init(), which nothing calls any more. Replace init_sentry() instead."


def _notebooks(service: Service) -> Iterator[str]:
    for path in service.files:
        data = (read(service.root / path) or b"") if path.endswith(".ipynb") else b""
        if b"sentry_sdk" in data and re.search(rb"\binit\(", data):
            yield f"{path} starts Sentry in a notebook, which isn't edited. Call {service.layer}.init_sentry() there."


# ENTRY POINTS ---------------------------------------------------------------------------------------


def _entries(service: Service, changes: Changes) -> None:
    entry = service.entry
    modules = [entry] if entry is not None else []
    for path in service.python:
        if service.seen[path].celery and (module := service.module(path)) is not None and module not in modules:
            if module.tree is not None and any(_is_celery(line) for line in module.lines):
                modules.append(module)
    noqa = _noqa(service)
    for module in modules:
        if starts_first(module, service.layer):
            continue
        text = entry_lines(module, service.layer, dotenv=_dotenv(service, module), noqa=noqa)
        if is_broken(module, text):
            where = f"Put `from {service.layer} import init_sentry` and `init_sentry()` first in {module.shown}"
            changes.steps.append(f"{where}: the edit would not compile.")
            continue
        module.file.change(_once_started(_once_imported(text, service.layer), local_name(module, service.layer)))
        changes.entries.append(module.shown)
        if module.file not in changes.texts:
            changes.texts.append(module.file)


def _once_imported(text: str, layer: str) -> str:
    """Take the second import of `init_sentry` out, which the replacement of a call has added."""
    pattern = rf"^from {re.escape(layer)} import init_sentry(?: as \w+)?\r?\n"
    found = [*re.finditer(pattern, text, re.MULTILINE)]
    for match in reversed(found[1:]):
        if match[0] == found[0][0]:
            before, after = text[: match.start()], text[match.end() :]
            if before.endswith(("\n\n", "\r\n\r\n")) and after[:1] in ("\n", "\r"):
                after = after.removeprefix("\r\n") if after.startswith("\r\n") else after.removeprefix("\n")
            text = before + after
    return text


def _once_started(text: str, local: str) -> str:
    """Take out a second bare call at the top level of an entry point, which would do nothing."""
    lines = lines_of(text)
    found = [number for number, line in enumerate(lines) if line.rstrip("\r\n") == f"{local}()"]
    tree = parsed(text)
    alone = {one.lineno - 1 for one in tree.body if isinstance(one, ast.Expr)} if tree is not None else set()
    for number in reversed(found[1:]):
        if number in alone:
            begin, end = number, number + 1
            while begin and not lines[begin - 1].strip():
                begin -= 1
            while end < len(lines) and not lines[end].strip():
                end += 1
            # Of the blank lines above and below, the larger gap stays.
            above, below = lines[begin:number], lines[number + 1 : end]
            lines[begin:end] = above if len(above) > len(below) else below
    return "".join(lines)


def _is_celery(line: str) -> bool:
    return re.match(r"\w+(?:\s*:[^=]+)?\s*=\s*(?:\w+\.)*Celery\(", line) is not None


def _noqa(service: Service) -> str:
    """Return the comment for the linter of the service: imports follow a call in an entry point."""
    layer = (f"{service.package_path}/sentry/", "tests/sentry/")
    files = [path for path in service.files if not path.startswith(layer)]
    for path in files:
        name = path.rpartition("/")[2]
        if name in ("ruff.toml", ".ruff.toml"):
            return "# ruff: noqa: E402"
        if name in ("pyproject.toml", ".pre-commit-config.yaml"):
            text = service.text(path)
            if text is not None and re.search(r"^\[tool\.ruff|ruff-pre-commit", text.text, re.MULTILINE):
                return "# ruff: noqa: E402"
    for path in files:
        name = path.rpartition("/")[2]
        if name == ".flake8":
            return "# flake8: noqa: E402"
        if name in ("setup.cfg", "tox.ini"):
            text = service.text(path)
            if text is not None and "[flake8]" in text.text:
                return "# flake8: noqa: E402"
    return ""


def _dotenv(service: Service, entry: Module) -> list[str] | None:
    """Return the arguments of `load_dotenv()` in another module, or None where nothing calls it."""
    for path in service.python:
        if not service.seen[path].dotenv:
            continue
        module = service.module(path)
        text = module.file.text if module is not None else ""
        call = re.search(r"^[ \t]*(?:\w+\.)?load_dotenv\(([^\n]*)\)\s*(?:#.*)?$", text, re.MULTILINE)
        if call is None:
            continue
        literal = re.fullmatch(r"(?:dotenv_path\s*=\s*)?([\"'][^\"']+[\"'])(?:\s*,.*)?", call[1].strip())
        return [literal[1]] if literal else [""]
    return None


def _needs_sdk_2(service: Service) -> bool:
    for path in service.python:
        if service.seen[path].sentry:
            module = service.module(path)
            text = module.file.now if module is not None else ""
            if any(name in text and re.search(rf"\b{name}\b", text) for name in _REMOVED_IN_3):
                return True
            if "Hub" in text and _HUB.search(text):
                return True
    return False


def _fields(service: Service, changes: Changes) -> None:
    """Take out settings fields that nothing reads any more, where the settings accept that the variable stays."""
    for origin in changes.carried.settings_fields:
        module = origin.module
        classname, _, name = origin.field.partition(".")
        if module is None or (origin.env_files and not origin.lenient) or _is_read(service, name):
            continue
        tree = parsed(module.file.now)
        for definition in ast.walk(tree) if tree is not None else ():
            if not isinstance(definition, ast.ClassDef) or definition.name != classname or len(definition.body) < 2:
                continue
            for number, statement in enumerate(definition.body):
                targets = [statement.target] if isinstance(statement, ast.AnnAssign) else []
                if not any(isinstance(target, ast.Name) and target.id == name for target in targets):
                    continue
                lines = lines_of(module.file.now)
                end = statement.end_lineno or statement.lineno
                following = definition.body[number + 1] if number + 1 < len(definition.body) else None
                if (
                    following is not None
                    and isinstance(following, ast.Expr)
                    and isinstance(following.value, ast.Constant)
                ):
                    end = following.end_lineno or end
                if len(definition.body) == 2 and end != (statement.end_lineno or statement.lineno):
                    continue
                if end < len(lines) and not lines[end].strip() and not lines[statement.lineno - 2].strip():
                    end += 1
                lines[statement.lineno - 1 : end] = []
                if parsed("".join(lines)) is not None:
                    module.file.change("".join(lines))
                    changes.texts += [] if module.file in changes.texts else [module.file]


def _is_read(service: Service, name: str) -> bool:
    """Whether anything but its definition mentions a settings field, tests included."""
    pattern = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
    count = 0
    for path in service.seen:
        module = service.modules.get(path)
        text = module.file.now if module is not None else ""
        if not text:
            data = read(service.root / path) or b""
            text = data.decode("utf-8", "replace") if name.lower().encode() in data.lower() else ""
        if path.startswith(f"{service.package_path}/sentry/"):
            continue
        count += len(pattern.findall(text))
    return count > 1


# SURROUNDINGS ---------------------------------------------------------------------------------------


def _custom(service: Service, changes: Changes) -> None:
    path = f"{service.package_path}/sentry_custom.py"
    text = service.text(path)
    if text is None:
        changes.steps.append(f"{path} is missing: copy it again with Copier.")
        return
    changes.steps += write_custom(text, changes.carried)
    changes.texts.append(text)


def _ignored(service: Service, changes: Changes) -> None:
    """Keep env/*.env out of the repository and the files of the layer in it. Git itself says what it ignores."""
    lines: list[str] = []
    for path in _ignored_files(service.root, service.package_path):
        parts = Path(path).parts
        for count in range(1, len(parts)):
            folder = "/".join(parts[:count])
            if _is_ignored(service.root, f"{folder}/"):
                lines += [f"!/{folder}/", f"/{folder}/*"]
        lines.append(f"!/{path}")
    if not _is_ignored(service.root, "env/secrets.env") and "/env/*" not in lines:
        lines.append("/env/*.env")
    if not lines:
        return
    text = service.text(".gitignore") or Text(service.root / ".gitignore", ".gitignore", "", "utf-8")
    before = text.text if not text.text or text.text.endswith("\n") else f"{text.text}{text.newline}"
    gap = text.newline if before else ""
    added = ["# Env files hold secrets; the examples are committed.", *dict.fromkeys(lines)]
    text.change(before + gap + "".join(line + text.newline for line in added))
    changes.texts.append(text)


def _ignored_files(root: Path, package_path: str) -> list[str]:
    """Return the files of the layer that git wouldn't take."""
    wanted = ["env/secrets.env.example", "env/release.env.example", "tools/release_env.py"]
    wanted += [f"{package_path}/sentry_custom.py", f"{package_path}/sentry/__init__.py"]
    wanted += ["docs/sentry.md", "tests/sentry/__init__.py"]
    wanted += [path.relative_to(root).as_posix() for path in sorted((root / "alerts").glob("*.json"))]
    present = [path for path in wanted if (root / path).is_file()]
    if not present:
        return []
    result = subprocess.run(["git", "check-ignore", *present], cwd=root, capture_output=True, text=True, check=False)
    found = result.stdout.splitlines()
    # A folder that is ignored as a whole: its other files come with a pattern of their own.
    return [path for path in present if path in found]


def _is_ignored(root: Path, path: str) -> bool:
    return (
        subprocess.run(["git", "check-ignore", "-q", path], cwd=root, capture_output=True, check=False).returncode == 0
    )


def _silent_tests(service: Service, changes: Changes) -> None:
    """Keep the service's own tests from reporting, whatever is in env/."""
    # A service with a folder of this name keeps it, and the tests of the layer don't come along.
    layer = "tests/sentry/" if "tests/sentry/planted_app.py" in service.files else ()
    own = [path for path in service.files if not path.startswith(layer)]
    conftests = [path for path in own if re.search(r"(?:^|/)conftest\.py\Z", path)]
    tests = [path for path in own if re.search(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py\Z", path)]
    tests = [path for path in tests if path.partition("/")[0] not in OTHER_FOLDERS - {"tests", "test"}]
    highest = [path for path in conftests if not any(_is_below(path, other) for other in conftests if other != path)]
    uncovered = [path for path in tests if not any(_is_below(path, conftest) for conftest in highest)]
    if uncovered:
        folders = [Path(path).parent.as_posix() for path in uncovered]
        common = folders[0]
        for folder in folders:
            while common not in ("", ".") and folder != common and not folder.startswith(f"{common}/"):
                common = Path(common).parent.as_posix()
        highest.append("conftest.py" if common in ("", ".") else f"{common}/conftest.py")
    for path in highest:
        text = service.text(path) or Text(service.root / path, path, "", "utf-8")
        if "SENTRY_ENABLED" in text.text:
            continue
        tree = parsed_head(text.text)
        if tree is None:
            changes.steps.append(f"{path} can't be read: set SENTRY_ENABLED=false for the tests.")
            continue
        lines = lines_of(text.text)
        again = [one.lineno - 1 for one in tree.body if ast.unparse(one) == "import os"]
        head = head_length(tree.body)
        if head < len(tree.body):
            at = tree.body[head].lineno - 1
            decorators = getattr(tree.body[head], "decorator_list", [])
            at = min([at, *(one.lineno - 1 for one in decorators)])
        else:
            at = len(lines)
        if at and lines[at - 1 : at] and not lines[at - 1].endswith(("\n", "\r")):
            lines[at - 1] += text.newline
        for number in reversed(again):
            if lines[number].strip() == "import os":
                del lines[number]
        block = ["import os", "", SILENT]
        if at < len(lines) and lines[at].strip():
            block.append("")
        if at and lines[at - 1].strip() and not lines[at - 1].lstrip().startswith("#"):
            block.insert(0, "")
        lines[at:at] = [line + text.newline for line in block]
        text.change("".join(lines))
        if parsed_head(text.now) is None:
            text.change(text.text)
            changes.steps.append(f"Set SENTRY_ENABLED=false for the tests, first in {path}.")
            continue
        changes.texts.append(text)


def _is_below(path: str, conftest: str) -> bool:
    folder = conftest.rpartition("/")[0]
    return not folder or path.startswith(f"{folder}/")


def undecodable(service: Service) -> Iterator[str]:
    """Yield files that could not be read, those that matter: they mention Sentry."""
    for path in dict.fromkeys(service.unreadable):
        file = service.root / path
        with suppress(OSError, RuntimeError):
            inside = file.resolve() != file and service.root in file.resolve().parents
            if not inside and file.is_file() and b"sentry" in file.read_bytes().lower():
                yield path


def carried_of(service: Service, inits: list[Init]) -> Carried:
    return carry(service, inits)
