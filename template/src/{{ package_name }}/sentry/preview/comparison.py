# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What the gate has taken out of items, place by place and by kind of data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .. import privacy
from ..policy_table import Kind


@dataclass(frozen=True, slots=True)
class Removal:
    """A value that does not leave, or leaves as another one."""

    kind: Kind
    item: str
    place: str
    before: object
    after: object
    """None when nothing is left of it."""


_PLACES: Final[tuple[tuple[re.Pattern[str], Kind], ...]] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"(^|\.)user\.id$", Kind.USER_ID),
        (r"(^|\.)user\.", Kind.USER),
        (r"^request\.", Kind.REQUEST),
        (r"\.vars\b|^server_name$|^extra\.sys\.argv|server\.address$|command_args|parameter|db\.params", Kind.INTERNAL),
        (r"\.abs_path$|\.filename$|code\.file\.path$|_context", Kind.PATH),
        (r"^exception\..*\.value$|^message$", Kind.TEXT),
        (r"^logentry\b|\.body$|sentry\.message\.|^breadcrumbs\..*\.message$", Kind.LOG),
        (r"^(tags|contexts|extra|breadcrumbs)\b", Kind.DETAIL),
        (r"\bdb\.(query|statement)", Kind.STATEMENT),
        (r"\.name$|\.description$|\.op$|^transaction|segment\.name", Kind.NAME),
        (r"\.(url|client|user_agent|http)\.", Kind.REQUEST),
    )
)


def removals(item: str, before: object, after: object) -> Iterator[Removal]:
    """Compare an item before the gate with what came out of it, which may be None."""
    left = dict(_leaves(after, ""))
    for place, value in _leaves(before, ""):
        if value in (None, "", "[Filtered]") or left.get(place) == value:
            continue
        yield Removal(_kind(place), item, place, value, left.get(place))


def _kind(place: str) -> Kind:
    for pattern, kind in _PLACES:
        if pattern.search(place):
            return kind
    name = place.partition(".attributes.")[2]
    rule = privacy.ATTRIBUTES.get(name)
    if isinstance(rule, Kind):
        return rule
    return Kind.UNKNOWN if not name or privacy.RESERVED.match(name) else Kind.DETAIL


def _leaves(value: object, place: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        if value.keys() == {"value", "type"}:
            # A typed attribute.
            yield from _leaves(value["value"], place)
            return
        for name, part in value.items():
            yield from _leaves(part, f"{place}.{name}" if place else str(name))
    elif isinstance(value, (list, tuple)):
        for number, part in enumerate(value):
            yield from _leaves(part, f"{place}.{number}")
    else:
        yield place, value
