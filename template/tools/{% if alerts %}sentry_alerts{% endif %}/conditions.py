# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The triggers and conditions of Sentry's alerts, under the names that its API gives them.

Where the API takes a number for a level or a priority, a file takes its name.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import Part, Priority
from .comparisons import (
    AdoptedReleaseComparison,
    AgeComparison,
    AssignedMember,
    AssignedTeam,
    AttributeMatch,
    CategoryComparison,
    CountComparison,
    LevelComparison,
    OccurrencesComparison,
    PercentComparison,
    SessionsComparison,
    SessionsRiseComparison,
    TagMatch,
    TypeComparison,
    Unassigned,
)

# Conditions that look at an event. A trigger without an event behind it (a regression) never passes them.
EVENT_CONDITIONS = frozenset(
    (
        *("event_frequency_count", "event_frequency_percent"),
        *("event_unique_user_frequency_count", "event_unique_user_frequency_percent"),
        *("percent_sessions_count", "percent_sessions_percent"),
        *("event_attribute", "latest_adopted_release", "latest_release", "level", "tagged_event"),
    )
)
EVENT_TRIGGERS = frozenset(("every_event", "first_seen_event"))


class _Condition(Part):
    condition_result: Literal[True] = True


class Trigger(_Condition):
    """What makes Sentry look at the rule at all."""

    type: Literal["every_event", "first_seen_event", "issue_resolved_trigger", "reappeared_event", "regression_event"]
    comparison: Literal[True] = True


class Frequency(_Condition):
    """How often the issue happens, or how many users meet it."""

    type: Literal["event_frequency_count", "event_unique_user_frequency_count"]
    comparison: CountComparison


class FrequencyRise(_Condition):
    """How much more often than before. Sentry counts each event after silence as 100 %: add a floor."""

    type: Literal["event_frequency_percent", "event_unique_user_frequency_percent"]
    comparison: PercentComparison


class Sessions(_Condition):
    """Which share of the sessions the issue spoils. Needs a release and session tracking."""

    type: Literal["percent_sessions_count"]
    comparison: SessionsComparison


class SessionsRise(_Condition):
    """How much that share has risen."""

    type: Literal["percent_sessions_percent"]
    comparison: SessionsRiseComparison


class LevelIs(_Condition):
    """The level of the event."""

    type: Literal["level"]
    comparison: LevelComparison


class TagIs(_Condition):
    """A tag of the event."""

    type: Literal["tagged_event"]
    comparison: TagMatch


class AttributeIs(_Condition):
    """A part of the event."""

    type: Literal["event_attribute"]
    comparison: AttributeMatch


class Age(_Condition):
    """The age of the issue."""

    type: Literal["age_comparison"]
    comparison: AgeComparison


class Assignee(_Condition):
    """Whom the issue is assigned to."""

    type: Literal["assigned_to"]
    comparison: Annotated[Unassigned | AssignedTeam | AssignedMember, Field(discriminator="target_type")]


class Category(_Condition):
    """The category of the issue."""

    type: Literal["issue_category"]
    comparison: CategoryComparison


class IssueType(_Condition):
    """The type of the issue."""

    type: Literal["issue_type"]
    comparison: TypeComparison


class Occurrences(_Condition):
    """How often the issue has happened in all its life."""

    type: Literal["issue_occurrences"]
    comparison: OccurrencesComparison


class PriorityAtLeast(_Condition):
    """The priority that Sentry gave the issue, or a higher one."""

    type: Literal["issue_priority_greater_or_equal"]
    comparison: Priority


class LatestRelease(_Condition):
    """The event is of the newest release."""

    type: Literal["latest_release"]
    comparison: Literal[True] = True


class LatestAdoptedRelease(_Condition):
    """The age of the event's release."""

    type: Literal["latest_adopted_release"]
    comparison: AdoptedReleaseComparison


Condition = Annotated[
    Frequency
    | FrequencyRise
    | Sessions
    | SessionsRise
    | LevelIs
    | TagIs
    | AttributeIs
    | Age
    | Assignee
    | Category
    | IssueType
    | Occurrences
    | PriorityAtLeast
    | LatestRelease
    | LatestAdoptedRelease,
    Field(discriminator="type"),
]
