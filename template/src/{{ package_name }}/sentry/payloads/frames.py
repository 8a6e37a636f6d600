# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Stack frames: where in the code, without where that code lies on the machine."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from .. import privacy
from ..config import PROJECT_ROOT
from ..facts import like
from ..source_lines import SourceLines, source_lines
from ..treatment import GONE, Treatment

_FILE: Final = like(r"[\w./+-]{1,300}|<[\w ./-]{1,100}>")
_INSTALLED: Final = re.compile(r".*/(?:site-packages|dist-packages|lib/python3\.\d+)/", re.DOTALL)

_LEFT_OUT: Final = frozenset(("filename", "context_line", "pre_context", "post_context"))
_LEFT_OUT_OF_OTHERS: Final = _LEFT_OUT | {"vars"}


class Frames:
    """Stack traces of exceptions, threads and profiles."""

    def __init__(self, treatment: Treatment) -> None:
        self._credentials = treatment.credentials
        self._fields = treatment.fields(treatment.handlers(privacy.FRAME))
        # An error comes back to the same few lines.
        self._lines = lru_cache(maxsize=512)(self._masked_lines)
        self.stacktrace = treatment.fields({"frames": self._frames})

    def frame(self, value: object, *, lines: bool = True) -> object:
        """One frame, with its source lines where it is the service's own and they are wanted."""
        frame = self._fields(_own_fields(value))
        if not isinstance(frame, dict) or not isinstance(value, dict):
            return GONE
        path = value.get("filename") or value.get("abs_path")
        file = relative(path) if isinstance(path, str) else None
        if file is not None:
            frame["filename"] = file
        number = frame.get("lineno")
        if lines and file is not None and isinstance(number, int) and frame.get("in_app") is True:
            found = self._lines(file, number)
            if found is not None:
                frame.update(found._asdict())
        return frame

    def _frames(self, value: object) -> object:
        if not isinstance(value, (list, tuple)):
            return GONE
        return [frame for frame in map(self.frame, value) if frame is not GONE]

    def _masked_lines(self, file: str, number: int) -> SourceLines | None:
        lines = source_lines(file, number)
        if lines is None:
            return None
        before, line, after = lines
        text = self._credentials("\n".join([*before, line, *after])).split("\n")
        if len(text) != len(before) + 1 + len(after):
            return None
        return SourceLines(text[: len(before)], text[len(before)], text[len(before) + 1 :])


def relative(path: str) -> str | None:
    """A file as the project or the installed package calls it. The folders above it may name a person."""
    path = path.replace("\\", "/")
    if path.startswith("/") or path[1:2] == ":":
        path = path.removeprefix(f"{PROJECT_ROOT.as_posix()}/")
        path = _INSTALLED.sub("", path, count=1)
        if path.startswith("/") or path[1:2] == ":":
            path = path.rpartition("/")[2]
    return path if _FILE(path) and ".." not in path else None


def _own_fields(value: object) -> object:
    """The frame without its file, which follows, and without two things that are never taken from it.

    The source lines are read again, so that they are known to be the project's. The variables of the frameworks'
    frames are the request, with all its headers, over and over.
    """
    if not isinstance(value, dict):
        return value
    left_out = _LEFT_OUT if value.get("in_app") is True else _LEFT_OUT_OF_OTHERS
    return {name: part for name, part in value.items() if name not in left_out}
