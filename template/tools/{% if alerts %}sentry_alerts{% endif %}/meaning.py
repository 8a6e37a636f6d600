# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What a rule says although its shape is right: rules that Sentry saves and that then never fire, or always do.

The reasons are in Sentry's source (workflow_engine/handlers/condition) and its documentation of alerts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from .actions import Email, IssueOwners
from .base import LEVELS
from .comparisons import CategoryComparison, LevelComparison
from .conditions import (
    EVENT_CONDITIONS,
    EVENT_TRIGGERS,
    Age,
    AttributeIs,
    Category,
    Frequency,
    FrequencyRise,
    LevelIs,
    Occurrences,
    Sessions,
    SessionsRise,
    TagIs,
)
from .faults import Place
from .rule import ActionFilter, Rule

FLOOR = 10
"""Events below which a rise says nothing: two events after a quiet hour are 200 % to Sentry."""

Finding = tuple[Place, str]


def findings(rule: Rule) -> Iterator[Finding]:
    """Every place of the rule that does not mean what it seems to."""
    triggers = tuple(trigger.type for trigger in rule.workflow.triggers.conditions)
    yield from _twice(("workflow", "triggers", "conditions"), triggers)
    for index, group in enumerate(rule.workflow.action_filters):
        place: Place = ("workflow", "actionFilters", index)
        yield from _twice((*place, "conditions"), group.conditions)
        yield from _twice((*place, "actions"), [action.model_copy(update={"data": None}) for action in group.actions])
        yield from _valueless(place, group)
        yield from _eventless(place, group, triggers)
        yield from _floorless(place, group)
        yield from _forgotten_fallthrough(place, group)
        if group.logic_type == "all":
            yield from _impossible(place, group, triggers, rule)


def _twice(place: Place, parts: Iterable[Hashable]) -> Iterator[Finding]:
    seen: set[Hashable] = set()
    for index, part in enumerate(parts):
        if part in seen:
            yield (*place, index), "stands twice; remove one"
        seen.add(part)


def _valueless(place: Place, group: ActionFilter) -> Iterator[Finding]:
    """Whether something is set is asked without a value; everything else needs one."""
    for index, condition in enumerate(group.conditions):
        here: Place = (*place, "conditions", index, "comparison")
        if isinstance(condition, TagIs | AttributeIs):
            matches = {here: condition.comparison}
        elif isinstance(condition, Frequency | FrequencyRise | Sessions | SessionsRise):
            matches = {(*here, "filters", at): match for at, match in enumerate(condition.comparison.filters)}
        else:
            continue
        for match_place, match in matches.items():
            if match.match in ("is", "ns") and match.value is not None:
                yield (*match_place, "value"), f"goes unread with `{match.match}`; remove it"
            if match.match not in ("is", "ns") and match.value is None:
                yield match_place, f"`{match.match}` compares with a `value`; add it"


def _eventless(place: Place, group: ActionFilter, triggers: tuple[str, ...]) -> Iterator[Finding]:
    """A regression is no event: conditions that look at one are never true for it."""
    without_event = [trigger for trigger in triggers if trigger not in EVENT_TRIGGERS]
    for index, condition in enumerate(group.conditions):
        if without_event and condition.type in EVENT_CONDITIONS:
            remedy = "use issue_priority_greater_or_equal, or a rule of its own for each trigger"
            yield (
                (*place, "conditions", index),
                f"`{condition.type}` looks at an event, and `{without_event[0]}` brings none: it never holds; {remedy}",
            )


def _floorless(place: Place, group: ActionFilter) -> Iterator[Finding]:
    """A rise needs a floor, for Sentry counts every event after silence as 100 %."""
    floors = [condition.comparison.value for condition in group.conditions if isinstance(condition, Frequency)]
    for index, condition in enumerate(group.conditions):
        if not isinstance(condition, FrequencyRise):
            continue
        if group.logic_type != "all":
            problem = 'is a rise without a floor, for a floor holds only where logicType is "all"; write "all"'
        elif not floors:
            problem = f"is a rise without a floor: to Sentry each event after silence is 100 %; add {_FLOOR_REMEDY}"
        elif max(floors) < FLOOR:
            problem = f"has a floor of {max(floors)}, which a quiet night passes; use {_FLOOR_REMEDY}"
        else:
            continue
        yield (*place, "conditions", index), problem


_FLOOR_REMEDY = f"event_frequency_count with a value of {FLOOR} or more"


def _forgotten_fallthrough(place: Place, group: ActionFilter) -> Iterator[Finding]:
    for index, action in enumerate(group.actions):
        if isinstance(action, Email) and action.data and not isinstance(action.config, IssueOwners):
            yield (*place, "actions", index, "data"), "only counts for issue_owners; remove it"


def _impossible(place: Place, group: ActionFilter, triggers: tuple[str, ...], rule: Rule) -> Iterator[Finding]:
    """Conditions that cannot all hold at once."""
    place = (*place, "conditions")
    levels = [condition.comparison for condition in group.conditions if isinstance(condition, LevelIs)]
    if not any(all(_admits(comparison, level) for comparison in levels) for level in LEVELS.values()):
        yield place, "can never fire: no level is all of these at once; remove one of the `level` conditions"
    only_new = set(triggers) == {"first_seen_event"}
    tags: dict[str, str | None] = {"environment": rule.workflow.environment} if rule.workflow.environment else {}
    for index, condition in enumerate(group.conditions):
        here = (*place, index)
        match condition:
            case TagIs() if condition.comparison.match == "eq":
                key, value = condition.comparison.key, condition.comparison.value
                if tags.setdefault(key, value) != value:
                    yield here, f"can never fire: `{key}` is `{tags[key]}` by the rest of the rule; remove one of them"
            case Occurrences() if only_new and condition.comparison.value > 1:
                yield here, "can never fire: a new issue has happened once; use the trigger every_event"
            case Age() if only_new and condition.comparison.comparison_type == "older":
                yield here, "can never fire: a new issue is not old; use the trigger every_event"
            case Category() if rule.monitor == "error" and not _admits_errors(condition.comparison):
                yield here, "can never fire: the monitor `error` sees errors only; use issue_stream"


def _admits_errors(comparison: CategoryComparison) -> bool:
    return (comparison.value == 1) == comparison.include


def _admits(comparison: LevelComparison, level: int) -> bool:
    bound = LEVELS[comparison.level]
    return {"eq": level == bound, "gte": level >= bound, "lte": level <= bound}[comparison.match]
