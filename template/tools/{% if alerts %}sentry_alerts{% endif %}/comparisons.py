# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What conditions compare with, in the words of Sentry's API. Numbers are compared strictly: 99 means 100 and more."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from .base import ComparisonInterval, EmailAddress, Interval, Level, Part, Slug

Match = Literal["eq", "ne", "sw", "nsw", "ew", "new", "co", "nc", "is", "ns", "in", "nin"]
Attribute = Literal[
    "message",
    "platform",
    "environment",
    "type",
    "error.handled",
    "error.unhandled",
    "error.main_thread",
    "exception.type",
    "exception.value",
    "user.id",
    "user.email",
    "user.username",
    "user.ip_address",
    "http.method",
    "http.url",
    "http.status_code",
    "sdk.name",
    "stacktrace.code",
    "stacktrace.module",
    "stacktrace.filename",
    "stacktrace.abs_path",
    "stacktrace.package",
]
Count = Annotated[int, Field(ge=0, le=2_147_483_647)]
Percent = Annotated[int, Field(ge=0, le=100)]


class TagMatch(Part):
    """A tag that the service sets, compared with a value. `is` (set) and `ns` (not set) take none."""

    key: Annotated[str, Field(min_length=1, max_length=200)]
    match: Match
    value: str | None = None


class AttributeMatch(Part):
    """A part of the event itself, compared with a value. `is` (set) and `ns` (not set) take none."""

    attribute: Attribute
    match: Match
    value: str | None = None


def _kind_of_match(data: object) -> str:
    is_attribute = "attribute" in data if isinstance(data, dict) else isinstance(data, AttributeMatch)
    return "<attribute>" if is_attribute else "<tag>"


SubFilter = Annotated[
    Annotated[TagMatch, Tag("<tag>")] | Annotated[AttributeMatch, Tag("<attribute>")], Discriminator(_kind_of_match)
]


class CountComparison(Part):
    """More than `value` within `interval`, counted for each issue by itself, never for the whole project."""

    value: Count
    interval: Interval
    filters: tuple[SubFilter, ...] = ()


class PercentComparison(CountComparison):
    """More than `value` percent above the interval of the same length that ended `comparisonInterval` ago."""

    comparison_interval: ComparisonInterval


class SessionsComparison(Part):
    """More than `value` percent of all sessions."""

    value: Percent
    interval: Interval
    filters: tuple[SubFilter, ...] = ()


class SessionsRiseComparison(SessionsComparison):
    """More than `value` percent above the interval before."""

    comparison_interval: ComparisonInterval


class LevelComparison(Part):
    """At least (gte), at most (lte) or exactly (eq) this level."""

    match: Literal["eq", "gte", "lte"]
    level: Level


class AgeComparison(Part):
    """Older or newer than this, reckoned from the first event."""

    comparison_type: Literal["older", "newer"]
    value: Annotated[int, Field(ge=1)]
    time: Literal["minute", "hour", "day", "week"]


class Unassigned(Part):
    """Nobody."""

    target_type: Literal["Unassigned"]


class AssignedTeam(Part):
    """A team, by its slug."""

    target_type: Literal["Team"]
    target_identifier: Slug


class AssignedMember(Part):
    """A member, by the e-mail address."""

    target_type: Literal["Member"]
    target_identifier: EmailAddress


class CategoryComparison(Part):
    """1 error, 6 feedback, 10 outage, 11 metric, 12 database, 13 HTTP client, 14 front end, 15 mobile."""

    value: Literal[1, 6, 10, 11, 12, 13, 14, 15]
    include: bool = True


class TypeComparison(Part):
    """The slug of an issue type, such as `error` or `performance_slow_db_query`."""

    value: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    include: bool = True


class OccurrencesComparison(Part):
    """At least this many events since the issue began."""

    value: Annotated[int, Field(ge=1)]


class AdoptedReleaseComparison(Part):
    """How the release of the event compares with the oldest or newest that an environment has adopted."""

    release_age_type: Literal["oldest", "newest"]
    age_comparison: Literal["older", "newer"]
    environment: str
