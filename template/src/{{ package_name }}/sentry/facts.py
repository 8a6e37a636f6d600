# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Shapes of harmless values. What an item says to be a time, an id or a level must also look like one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

Fact = Callable[[object], bool]
"""Whether a value has the shape."""

_LONGEST: Final = 500
"""Characters. No fact is longer."""


def flag(value: object) -> bool:
    return isinstance(value, bool)


def number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def nothing(value: object) -> bool:
    return value is None


def like(pattern: str) -> Fact:
    """A text that this regular expression describes as a whole."""
    match = re.compile(pattern).fullmatch
    return lambda value: isinstance(value, str) and len(value) <= _LONGEST and match(value) is not None


def one_of(*values: object) -> Fact:
    """One of these values, of the same type."""
    allowed = frozenset((type(value), value) for value in values)
    return lambda value: isinstance(value, (str, int, float, bool, type(None))) and (type(value), value) in allowed


def either(*facts: Fact) -> Fact:
    """A value that has one of these shapes."""
    return lambda value: any(fact(value) for fact in facts)


TIME: Final = either(number, like(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?"))
TRACE_ID: Final = like(r"[0-9a-f]{32}")
ID: Final = like(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
SPAN_ID: Final = like(r"[0-9a-f]{16}")
COUNT: Final = either(number, like(r"\d{1,20}"))
LEVEL: Final = one_of("fatal", "critical", "error", "warning", "warn", "info", "debug", "trace", "log")
VERSION: Final = like(r"[0-9][\w.+!-]{0,60}")
METHOD: Final = one_of("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")

NAME: Final = like(r"(?!.*\d{5})[A-Za-z_][\w.:-]{0,199}")
"""What code names things: modules, loggers, packages, categories, statuses. A run of five digits is no name."""

ROUTE: Final = like(r"(?!.*\d{5})([A-Z]{3,7} )?(/[\w./{}:~-]{0,250}|\(no route\))")
"""The template of a route, with or without the method in front."""

FUNCTION: Final = like(r"[\w.<>$]{1,250}")
EXCEPTION_TYPE: Final = like(r"[\w.<>\[\], ]{1,250}")
SOURCE_FILE: Final = like(r"(?!.*\.\.)[\w./<> +-]{1,300}")
MEDIA_TYPE: Final = like(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}(; ?charset=[\w-]{1,20})?")

THREAD: Final = like(
    r"MainThread|AnyIO worker thread|(Thread|Dummy|asyncio|ThreadPoolExecutor)-\d{1,6}(_\d{1,6})?( \(\w{1,60}\))?"
    r"|sentry[\w.-]{1,60}"
)
PROCESS: Final = like(r"MainProcess|(Spawn|Fork|ForkServer)?(Pool)?(Process|Worker)-[\d:]{1,20}")
