"""Rules for the frames of stack traces and profiles, with the source lines of the service."""

from __future__ import annotations

import linecache
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from .decider import Decider
from .policy import Category
from .rules import Fields, Parent, as_dict, decided, has_shape, plain, shaped

_FILE: Final = re.compile(r"(?!.*\.\.)([\w./+-]{1,300}|<[\w ./-]{1,100}>)")
_INSTALLED: Final = re.compile(r".*/(?:site-packages|dist-packages|lib/python3\.\d+)/", re.DOTALL)
_CONTEXT_LINES: Final = 5
# Lines above and below that are searched for credentials too: a value in brackets may begin or end
# there.
_SEARCHED_LINES: Final = 50
# Characters of all these lines. Where there are more, nobody has written the file by hand.
_MAX_SOURCE: Final = 32_768

function: Final = shaped(re.compile(r"[\w.<>$]{1,250}"))


def file(decider: Decider, value: object, path: str, parent: Parent) -> object:
    # Named from the project or the installed package on, for the folders above may name a person.
    name = value.replace("\\", "/") if isinstance(value, str) else ""
    if name.startswith("/") or name[1:2] == ":":
        for root in decider.options.source_roots:
            name = name.removeprefix(f"{root}/")
        name = _INSTALLED.sub("", name, count=1)
        if name.startswith("/") or name[1:2] == ":":
            name = name.rpartition("/")[2]
    return name if has_shape(name, _FILE) else decider.drop(Category.PATH, value, path)


_LINES: Final = dict.fromkeys(("context_line", "pre_context", "post_context"))
_FRAME: Final = Fields(
    {
        "module": plain,
        "lineno": plain,
        "colno": plain,
        "in_app": plain,
        "filename": file,
        "function": function,
        "abs_path": decided(Category.PATH),
        "vars": decided(Category.INTERNAL),
    }
)


def profile_frame(decider: Decider, value: object, path: str, parent: Parent) -> dict[str, object]:
    # The stacks of a profile count the frames, so none may be missing.
    fields = value if isinstance(value, Mapping) else {}
    # The variables of frameworks are the request, with all its headers.
    left_out = _LINES if fields.get("in_app") is True else {*_LINES, "vars"}
    kept = {name: part for name, part in fields.items() if name not in left_out}
    return as_dict(_FRAME(decider, kept, path, parent)) or {"function": "<unknown>"}


def frame(decider: Decider, value: object, path: str, parent: Parent) -> object:
    copy = profile_frame(decider, value, path, parent)
    name, number = copy.get("filename"), copy.get("lineno")
    if copy.get("in_app") is True and isinstance(name, str) and isinstance(number, int):
        copy.update(_source_lines(decider, name, number))
    return copy


# An error comes back to the same few lines.
@lru_cache(maxsize=512)
def _source_lines(decider: Decider, name: str, number: int) -> dict[str, object]:
    """Return the fields of a frame for the lines around a line, counted from 1; none for other
    files.

    The SDK would read the lines of every frame, which is most of what an error costs. It is told to
    read none.
    """
    for root in decider.options.source_roots if name.endswith(".py") else ():
        lines = linecache.getlines(f"{root}/{name}")
        if 0 < number <= len(lines):
            return _without_credentials(decider, lines, number - 1)
    return {}


def _without_credentials(decider: Decider, lines: list[str], at: int) -> dict[str, object]:
    first, end = max(0, at - _CONTEXT_LINES), min(len(lines), at + _CONTEXT_LINES + 1)
    begin = max(0, first - _SEARCHED_LINES)
    text = "".join(lines[begin : end + _SEARCHED_LINES]).replace("\r", "")
    if len(text) > _MAX_SOURCE:
        return {}
    shown = decider.filtered.without_values(text).split("\n")[first - begin : end - begin]
    kept = decider.filtered.mask("\n".join(shown)).split("\n")
    if len(kept) != end - first:
        return {}
    at -= first
    return {"pre_context": kept[:at], "context_line": kept[at], "post_context": kept[at + 1 :]}
