# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""A rule file as text: its JSON, and the line on which each part of it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .faults import Fault, Place

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class UnreadableError(Exception):
    """A file that is no JSON object. `fault` says why and where."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Source:
    """A file whose text is a JSON object."""

    path: Path
    text: str
    data: dict[str, object]

    def fault(self, place: Place, problem: str) -> Fault:
        """A fault at this place, with the line of the innermost part of the place that the file has."""
        lines = dict(_lines(self.text))
        known = place
        while known not in lines:
            known = known[:-1]
        return Fault(self.path, lines[known], place, problem)


def read(path: Path) -> Source:
    """Read a rule file.

    Raises:
        UnreadableError: no text in UTF-8, no JSON, a key that stands twice, or something else than an object.
    """
    try:
        text = path.read_bytes().decode("utf-8")
        data = json.loads(text, object_pairs_hook=_unique)
    except OSError as error:
        raise UnreadableError(Fault(path, 1, (), f"cannot be read: {error.strerror}")) from None
    except UnicodeDecodeError:
        raise UnreadableError(Fault(path, 1, (), "is not UTF-8 text; save it as UTF-8")) from None
    except json.JSONDecodeError as error:
        problem = f"is no JSON: {error.msg[:1].lower()}{error.msg[1:]} (column {error.colno})"
        raise UnreadableError(Fault(path, error.lineno, (), problem)) from None
    except RecursionError:
        raise UnreadableError(Fault(path, 1, (), "is nested too deeply for a rule")) from None
    except ValueError as error:
        raise UnreadableError(Fault(path, 1, (), str(error))) from None
    if not isinstance(data, dict):
        raise UnreadableError(Fault(path, 1, (), "is no JSON object; a rule file holds one rule in { }"))
    return Source(path, text, data)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object, refused when it holds a key twice: JSON would silently keep the last."""
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"holds the key `{key}` twice in one object; keep one of them")
        found[key] = value
    return found


def _lines(text: str) -> Iterator[tuple[Place, int]]:
    """The line of every value in a text that is known to be JSON."""
    found: list[tuple[Place, int]] = []
    _walk(text, 0, (), found)
    return iter(found)


def _walk(text: str, at: int, place: Place, found: list[tuple[Place, int]]) -> int:
    at = _after_space(text, at)
    found.append((place, text.count("\n", 0, at) + 1))
    if text[at] not in "{[":
        return _DECODER.raw_decode(text, at)[1]
    closing = {"{": "}", "[": "]"}[text[at]]
    at = _after_space(text, at + 1)
    index = 0
    while text[at] != closing:
        key: str | int = index
        if closing == "}":
            key, at = _DECODER.raw_decode(text, at)
            at = _after_space(text, at) + 1
        at = _after_space(text, _walk(text, at, (*place, key), found))
        if text[at] == ",":
            at = _after_space(text, at + 1)
        index += 1
    return at + 1


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
