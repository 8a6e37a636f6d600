"""Find every file that requires the SDK, and the tool that owns it; raise the pins that are too old."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from .find import SIDE, Service
from .sources import Text, lines_of

OLDEST: Final = Version("2.75")
OLDEST_PYTHON: Final = Version("3.11")
OLDEST_FASTAPI: Final = Version("0.87")
OLDEST_STARLETTE: Final = Version("0.21")

_SDK: Final = re.compile(
    r"(?P<name>\bsentry[-_.]sdk(?![-\w.]))(?P<extras>\s*\[[^\]]*\])?(?P<spec>\s*(?:[(]?\s*(?:===?|=(?=\d)|[<>~!]=?|\^)\s*[\w.*+!-]+(?:\s*,\s*[<>~!=^]=?\s*[\w.*+!-]+)*[)]?)?)",
    re.IGNORECASE,
)
_TABLE: Final = re.compile(r"^(\s*)[\"']?(sentry[-_.]sdk)[\"']?(\s*=\s*)(.+)$", re.IGNORECASE)
_DOTENV: Final = re.compile(r"\bpython[-_.]dotenv\b", re.IGNORECASE)
_WEB: Final = re.compile(r"(?<![\w.-])(?:fastapi|starlette)(?![\w.-])", re.IGNORECASE)

LOCKS: Final = {
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock",
    "Pipfile.lock": "pipenv lock",
    "pixi.lock": "pixi lock",
    "requirements.lock": "rye lock",
    "conda-lock.yml": "conda-lock",
}
"""Lock files, and the command that writes each."""

_FILES: Final = re.compile(
    r"(?:.*/)?(?:pyproject\.toml|setup\.cfg|setup\.py|Pipfile|environment[\w.-]*\.ya?ml|(?:requirements|constraints)[\w.-]*\.(?:txt|in)|requirements/[\w./-]+\.(?:txt|in)|requires/[\w.-]+\.txt)"
)


@dataclass
class Required:
    """What was found out about requirements, and what is edited."""

    edited: list[Text] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    """What to run afterwards, such as `uv lock`."""
    warnings: list[str] = field(default_factory=list)
    """Versions that the layer can't run on."""
    pinned: list[str] = field(default_factory=list)
    """The files that require the SDK."""


def require(service: Service, *, upper: str = "4") -> Required:
    """Raise the SDK in each file that requires it; add it and python-dotenv where the web framework is required.

    Args:
        service: the service.
        upper: the major of the SDK that is too new: 3 where code uses what SDK 3 no longer has.
    """
    result = Required()
    texts = [*_texts(service)]
    for text in texts:
        if text.shown.endswith(".toml") and (fault := _toml_fault(text.text)):
            result.warnings.append(f"{text.shown} isn't valid TOML, so no tool can read it: {fault}.")
    result.warnings += dict.fromkeys(_versions(service, texts))
    compiled = {text.shown for text in texts if _is_compiled(text)}
    pinned = [text for text in texts if any(True for _ in _mentions(text))]
    result.pinned = [text.shown for text in pinned]
    wanted = f">={OLDEST.major}.{OLDEST.minor},<{upper}"
    for text in pinned:
        if text.shown in compiled:
            continue
        _raise(text, wanted)
    sources = [text for text in texts if text.shown not in compiled and text.shown not in service.beside]
    if not any(text in sources for text in pinned):
        _add_where_web_is(sources, f"sentry-sdk{wanted}", wanted)
    if not any(_DOTENV.search(text.text) for text in sources):
        _add_where_web_is(sources, "python-dotenv>=1", ">=1")
    for text in texts:
        if text.shown.endswith(".toml") and _is_toml(text.text) and not _is_toml(text.now):
            text.change(text.text)
            result.commands.append(f"# Require sentry-sdk{wanted} and python-dotenv>=1 in {text.shown} yourself.")
    result.edited = [text for text in texts if text.changed is not None]
    result.commands += [*dict.fromkeys(_commands(service, result.edited, compiled, texts))]
    if not result.edited and not pinned and not sources:
        result.commands.append(
            f'pip install "sentry-sdk{wanted}" "python-dotenv>=1"    # and require both: no file was found'
        )
    return result


def is_manifest(path: str) -> bool:
    """Whether a file can name requirements."""
    return _FILES.fullmatch(path) is not None


def _is_toml(text: str) -> bool:
    return not _toml_fault(text)


def _toml_fault(text: str) -> str:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return str(error)
    return ""


def _texts(service: Service) -> Iterator[Text]:
    # Members of a workspace are installed together, programs with a list of their own aren't.
    beside = [path for path in service.beside if path.endswith((".toml", ".cfg", ".py"))]
    for path in [*service.files, *beside]:
        if _FILES.fullmatch(path) and not re.search(r"(?:^|/)(?:node_modules|docs?|examples?)/", path):
            text = service.text(path)
            if text is not None and (not path.endswith("setup.py") or "setup(" in text.text):
                yield text


def _mentions(text: Text) -> Iterator[re.Match[str]]:
    for match in _SDK.finditer(text.text):
        line = text.text[text.text.rfind("\n", 0, match.start()) + 1 : match.start()]
        comment = "#" in line and not line.lstrip().startswith(("- ", '"', "'"))
        if not comment and not re.search(r"[\w/]$", line):
            yield match


def _is_compiled(text: Text) -> bool:
    """Whether a tool has written the file (pip-compile, `uv export`), perhaps with hashes."""
    head = text.text[:2000].lower()
    return text.shown.endswith(".txt") and (
        "autogenerated" in head or "--hash=" in text.text or "this file was" in head
    )


def is_enough(spec: str) -> bool:
    """Whether a requirement admits no SDK that is too old."""
    cleaned = spec.strip().strip("()").strip()
    if cleaned.startswith("^"):
        cleaned = f">={cleaned[1:]}"
    if re.fullmatch(r"=?\d[\w.*]*", cleaned):
        cleaned = f"=={cleaned.lstrip('=')}"
    try:
        specifiers = SpecifierSet(cleaned)
    except InvalidSpecifier:
        return False
    bounds = []
    for one in specifiers:
        if one.operator in (">=", ">", "==", "~=", "==="):
            try:
                bounds.append(Version(one.version.removesuffix(".*")))
            except InvalidVersion:
                continue
    return any(bound >= OLDEST for bound in bounds)


def _raise(text: Text, wanted: str) -> None:
    """Replace what a file asks of the SDK, in each form that such a file can have."""
    lines = lines_of(text.text)
    for number, line in enumerate(lines):
        ending = line[len(line.rstrip("\r\n")) :]
        body = line.rstrip("\r\n")
        table = _TABLE.match(body) if text.shown.endswith((".toml", "Pipfile")) else None
        if table and not re.match(r"\s*[\"'].*[\"']\s*,?\s*$", body):
            lines[number] = f"{table[1]}{table[2]}{table[3]}{_table_value(table[4], wanted)}{ending}"
            continue
        lines[number] = _SDK.sub(partial(_with_spec, wanted=wanted, line=body), body) + ending
    text.change("".join(lines))


def _with_spec(match: re.Match[str], wanted: str, line: str) -> str:
    before = line[: match.start()]
    if ("#" in before and not before.lstrip().startswith(("- ", '"', "'", "#"))) or before.lstrip().startswith("#"):
        return match[0]
    if re.search(r"[\w/-]$", before) or before.rstrip().endswith(("via", "tool.uv.sources]", "[")):
        return match[0]
    if is_enough(match["spec"]):
        return match[0]
    return f"{match['name']}{match['extras'] or ''}{_capped(match['spec'], wanted)}"


def _capped(spec: str, wanted: str) -> str:
    """Return what is wanted, below the major that the service itself keeps out: `<3`, `~=2.1`, `^2.1`."""
    below_3 = re.search(r"(?:<\s*3(?:\.0)*|(?:\^|~=)\s*2\.\d+)(?=\s*(?:[,;)]|$))", spec.strip())
    return wanted.replace("<4", "<3") if below_3 else wanted


def _table_value(value: str, wanted: str) -> str:
    """Return the value of `sentry-sdk = ...` of Poetry and Pipfile."""
    if re.match(r"[\"']", value):
        stated = re.match(r"([\"'])(.*?)\1(.*)$", value)
        if stated and not is_enough(stated[2]):
            return f'"{_capped(stated[2], wanted)}"{stated[3]}'
        return value
    inner = re.search(r"\bversion\s*=\s*([\"'])(.*?)\1", value)
    if inner and not is_enough(inner[2]):
        return f'{value[: inner.start()]}version = "{_capped(inner[2], wanted)}"{value[inner.end() :]}'
    return value


def _add_where_web_is(texts: list[Text], requirement: str, spec: str) -> None:
    """Add a requirement next to FastAPI or Starlette, the way that one is written."""
    for text in sorted(texts, key=_preference):
        lines = lines_of(text.now)
        for number, line in enumerate(lines):
            added = _beside(line, requirement, text)
            if added is not None:
                lines[number] = added
                text.change("".join(lines))
                return


def _preference(text: Text) -> tuple[bool, bool, int, str]:
    name = text.shown.rpartition("/")[2]
    side = re.search(r"dev|test|doc|lint|constraint", text.shown) is not None
    return side, not (text.shown.endswith((".toml", ".in", ".cfg", "Pipfile"))), text.shown.count("/"), name


def _beside(line: str, requirement: str, text: Text) -> str | None:
    body = line.rstrip("\r\n")
    newline = line[len(body) :] or text.newline
    match = _WEB.search(body)
    if match is None or body.lstrip().startswith(("#", "name", "description", "keywords", '"Framework')):
        return None
    if re.search(r"(?i)Framework ::|sqlalchemy-fastapi|known_third_party|^\s*\[", body):
        return None
    indent = re.match(r"\s*", body)
    space = indent[0] if indent else ""
    name = re.match(r"[\w-]+", requirement)
    bare = name[0] if name else requirement
    if re.match(r"\s*[\"']?(?:fastapi|starlette)[\"']?\s*=(?!=)\s*", body, re.IGNORECASE) and text.shown.endswith(
        (".toml", "Pipfile")
    ):
        return f'{body}{newline}{space}{bare} = "{requirement.removeprefix(bare)}"{newline}'
    quoted = re.search(r"([\"'])(?:fastapi|starlette)\b[^\"']*\1", body, re.IGNORECASE)
    if quoted:
        after = body[quoted.end() :]
        if re.fullmatch(r"\s*,?\s*(#.*)?", after) and not re.search(r"[\[(]", body[: quoted.start()]):
            comma = "" if after.lstrip().startswith(",") else ","
            head = body[: quoted.end()] + comma + after.lstrip() if comma else body
            return f"{head}{newline}{space}{quoted[1]}{requirement}{quoted[1]},{newline}"
        return f"{body[: quoted.end()]}, {quoted[1]}{requirement}{quoted[1]}{after}{newline if line != body else ''}"
    if text.shown.endswith((".yml", ".yaml")):
        if re.match(r"\s*-\s", body):
            return f"{body}{newline}{space}- {requirement}{newline}"
        return None
    if text.shown.endswith((".txt", ".in", ".cfg")) and re.match(r"\s*(?:fastapi|starlette)\b", body, re.IGNORECASE):
        return f"{body}{newline}{space}{requirement}{newline}"
    return None


def _commands(service: Service, edited: list[Text], compiled: set[str], texts: list[Text]) -> Iterator[str]:
    folders = ["", *{f"{text.shown.rpartition('/')[0]}/" for text in edited if "/" in text.shown}]
    known = set(service.files)
    for folder in sorted(folders):
        for lock, command in LOCKS.items():
            if f"{folder}{lock}" in known and edited:
                yield f"cd {folder} && {command}" if folder else command
    for name in sorted(compiled):
        text = next(one for one in texts if one.shown == name)
        stated = re.search(r"^#\s+((?:uv |pip-compile|uv pip|pdm |poetry )[^\r\n]*)", text.text, re.MULTILINE)
        if any(True for _ in _mentions(text)) or edited:
            yield f"{stated[1]}    # writes {name}" if stated else f"pip-compile    # writes {name} again"


# VERSIONS -------------------------------------------------------------------------------------------


def _versions(service: Service, texts: list[Text]) -> Iterator[str]:
    """Yield what says that the layer can't run there."""
    for text in texts:
        if text.shown in service.beside:
            continue
        for line in lines_of(text.text):
            if match := re.match(r"\s*(?:requires-python|python_requires|python)\s*=\s*[\"']?([^\"'#\r\n]+)", line):
                if sentence := _python_fault(match[1], text.shown):
                    yield sentence
            if match := re.search(
                r"(?<![\w.-])(fastapi|starlette)(?:\[[^\]]*\])?[\"']?\s*(?:=\s*[\"{]\s*)?(?:version\s*=\s*\")?([=~^<>!]=?[^\"';#\r\n]*|\d[\d.*]*)",
                line,
                re.IGNORECASE,
            ):
                oldest = OLDEST_FASTAPI if match[1].lower() == "fastapi" else OLDEST_STARLETTE
                highest = _highest(match[2])
                if highest is not None and highest < oldest:
                    stated = match[2].strip().rstrip(",")
                    yield f"{text.shown} asks for {match[1]} {stated}; the layer needs {oldest} or later."
    for path in service.files:
        name = path.rpartition("/")[2]
        if SIDE.search(path):
            continue
        if re.match(r"(?i)dockerfile|containerfile", name) and (image := service.text(path)) is not None:
            for match in re.finditer(r"(?im)^\s*FROM\s+[^\s:]*python[^\s:]*:(\d+\.\d+)", image.text):
                if Version(match[1]) < OLDEST_PYTHON:
                    yield f"{path} builds on Python {match[1]}; the layer needs {OLDEST_PYTHON} or later."
        elif name == ".python-version" and (named := service.text(path)) is not None:
            if (match := re.match(r"\s*(\d+\.\d+)", named.text)) and Version(match[1]) < OLDEST_PYTHON:
                yield f"{path} names Python {match[1]}; the layer needs {OLDEST_PYTHON} or later."


def _python_fault(stated: str, shown: str) -> str:
    spec = stated.strip().strip("\"'").rstrip(",")
    if re.fullmatch(r"\d[\d.*]*", spec):
        spec = f"=={spec}"
    if spec.startswith("^"):
        major = spec[1:].partition(".")[0]
        spec = f">={spec[1:]},<{int(major) + 1 if major.isdigit() else 4}"
    try:
        specifiers = SpecifierSet(spec)
    except InvalidSpecifier:
        return ""
    versions = [Version(f"3.{minor}") for minor in range(6, 20)]
    admitted = [version for version in versions if specifiers.contains(version) or specifiers.contains(f"{version}.9")]
    if admitted and max(admitted) < OLDEST_PYTHON:
        return f"{shown} asks for Python {stated.strip()}; the layer needs {OLDEST_PYTHON} or later. Raise it first."
    if admitted and min(admitted) < OLDEST_PYTHON:
        return f"{shown} admits Python {min(admitted)}; the layer starts on {OLDEST_PYTHON} or later."
    return ""


def _highest(spec: str) -> Version | None:
    """Return the newest version that a requirement admits, as far as it sets a bound."""
    cleaned = spec.strip().rstrip(",")
    if cleaned.startswith("^0."):
        parts = cleaned[1:].split(".")
        return _version(f"0.{parts[1]}")
    for operator in ("==", "~=", "<=", "<"):
        if match := re.search(rf"{re.escape(operator)}\s*(\d[\w.]*)", cleaned):
            return _version(match[1])
    if re.fullmatch(r"\d[\d.*]*", cleaned):
        return _version(cleaned.replace(".*", ""))
    return None


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def python_answer(service: Service, choices: list[str]) -> str | None:
    """Return the oldest Python that the service asks for, if the question `python_version` offers it."""
    for text in _texts(service):
        for line in lines_of(text.text):
            if match := re.match(
                r"\s*(?:requires-python|python_requires|python)\s*=\s*[\"']?\s*(?:>=|\^|~=|==|~)\s*(3\.\d+)", line
            ):
                oldest = max(Version(match[1]), OLDEST_PYTHON)
                if str(oldest) in choices:
                    return str(oldest)
    return None
