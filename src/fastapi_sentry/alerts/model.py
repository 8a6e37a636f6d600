"""The shape of a rule file: one pydantic model per part, the source of `alerts/rule.schema.json`.

`workflow` has the shape of Sentry's API, with names where the API takes ids and numbers.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, JsonValue, Tag, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

JsonObject: TypeAlias = dict[str, Any]

LEVELS: Final = {"sample": 0, "debug": 10, "info": 20, "warning": 30, "error": 40, "fatal": 50}
PRIORITIES: Final = {"low": 25, "medium": 50, "high": 75}
FREQUENCIES: Final = (0, 5, 10, 30, 60, 180, 720, 1440, 10080, 43200)
"""Minutes between two notifications that Sentry's page offers. Its API takes any number."""

Item = TypeVar("Item")


def _without_repeats(items: list[Item]) -> list[Item]:
    if any(item in items[:index] for index, item in enumerate(items)):
        raise PydanticCustomError("repeated", "contains the same item twice. Remove one")
    return items


UNIQUE: Final = AfterValidator(_without_repeats)
UNIQUE_ITEMS: Final[dict[str, JsonValue]] = {"uniqueItems": True}

Text = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^\S(.*\S)?$")]
Digits = Annotated[str, Field(pattern="^[1-9][0-9]*$")]
Slug = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]*$")]
Whole = Annotated[int, Field(ge=0, le=2_147_483_647)]
Percentage = Annotated[float, Field(ge=0, le=100)]
Interval = Literal["1m", "5m", "15m", "1h", "1d", "1w", "30d"]
ComparisonInterval = Literal["5m", "15m", "1h", "1d", "1w", "30d"]
SessionInterval = Literal["1m", "5m", "1h"]
"""Sentry saves longer ones too, but its query for sessions doesn't know them: the rule would never fire."""
Level = Literal["sample", "debug", "info", "warning", "error", "fatal"]
Priority = Literal["low", "medium", "high"]
ComparingMatch = Literal["eq", "ne", "sw", "nsw", "ew", "new", "co", "nc", "in", "nin"]
PresenceMatch = Literal["is", "ns"]
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
TagName = Annotated[str, Field(min_length=1, max_length=200, description="A tag that the service sets.")]
NO_VALUE: Final = "`is` (set) and `ns` (not set) take no `value`; the others need one."


class Part(BaseModel):
    """A part of a rule file. Unknown keys and converted types aren't valid."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


# What conditions compare


class TagComparison(Part):
    """A tag and a value."""

    key: TagName
    match: ComparingMatch
    value: Annotated[str, Field(description=NO_VALUE)]


class TagPresence(Part):
    """A tag that is set or not set."""

    key: TagName
    match: Annotated[PresenceMatch, Field(description=NO_VALUE)]


class AttributeComparison(Part):
    """An attribute of the event and a value."""

    attribute: Attribute
    match: ComparingMatch
    value: Annotated[str, Field(description=NO_VALUE)]


class AttributePresence(Part):
    """An attribute of the event that is set or not set."""

    attribute: Attribute
    match: Annotated[PresenceMatch, Field(description=NO_VALUE)]


ByTag = Annotated[TagComparison | TagPresence, Field(discriminator="match")]
ByAttribute = Annotated[AttributeComparison | AttributePresence, Field(discriminator="match")]


def _kind_of_filter(given: object) -> str:
    if isinstance(given, dict):
        return "by attribute" if "attribute" in given else "by tag"
    return "by attribute" if isinstance(given, AttributeComparison | AttributePresence) else "by tag"


EventFilter = Annotated[
    Annotated[ByTag, Tag("by tag")] | Annotated[ByAttribute, Tag("by attribute")],
    Discriminator(_kind_of_filter),
]


class Frequency(Part):
    """More than so many events or users of one issue within an interval."""

    value: Annotated[Whole, Field(description="The rule fires above this number: 99 fires on the 100th event.")]
    interval: Interval
    filters: Annotated[list[EventFilter], Field(description="Which events count.")] = []


class Increase(Part):
    """More than so many percent above an earlier interval."""

    value: Annotated[Whole, Field(description="Percent. The rule fires above this number.")]
    interval: Interval
    comparison_interval: Annotated[
        ComparisonInterval, Field(description="How long before now the interval to compare with ends.")
    ]
    filters: Annotated[list[EventFilter], Field(description="Which events count.")] = []


class SessionFrequency(Part):
    """More than so many percent of sessions within an interval."""

    value: Annotated[Percentage, Field(description="Percent of sessions. The rule fires above this number.")]
    interval: Annotated[SessionInterval, Field(description="Sentry counts sessions in these intervals only.")]


class SessionIncrease(SessionFrequency):
    """More than so many percent of sessions above an earlier interval."""

    comparison_interval: ComparisonInterval


class LevelComparison(Part):
    """The level of the event."""

    match: Literal["eq", "gte", "lte"]
    level: Level


class AgeComparison(Part):
    """The age of the issue."""

    comparison_type: Literal["older", "newer"]
    value: Annotated[int, Field(ge=1)]
    time: Literal["minute", "hour", "day", "week"]


class OpenDuration(Part):
    """How long the issue has been open."""

    type: Literal["older", "newer"]
    value: Annotated[int, Field(ge=0)]
    time_unit: Literal["minute", "hour", "day", "week"]


class Unassigned(Part):
    """No assignee."""

    target_type: Literal["Unassigned"]


class Assigned(Part):
    """A team or a member."""

    target_type: Literal["Team", "Member"]
    target_identifier: Annotated[Text, Field(description="A team's slug or a member's email address.")]


class CategoryComparison(Part):
    """The category of the issue."""

    value: Annotated[
        Literal[1, 6, 10, 11, 12, 13, 14, 15],
        Field(description="1 error, 6 feedback, 10 outage, 11 metric, 12 database, 13 HTTP, 14 front end, 15 mobile."),
    ]
    include: bool = True


class IssueTypeComparison(Part):
    """The type of the issue."""

    value: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    include: bool = True


class Occurrences(Part):
    """How often the issue has happened."""

    value: Annotated[int, Field(ge=1)]


class AdoptedRelease(Part):
    """The release of the event among the releases that are adopted in an environment."""

    release_age_type: Literal["oldest", "newest"]
    age_comparison: Literal["older", "newer"]
    environment: Text


# Conditions


class BaseCondition(Part):
    """What each condition may say as well: Sentry's API spells it out."""

    condition_result: Literal[True] = True


class FrequencyCondition(BaseCondition):
    type: Literal["event_frequency_count", "event_unique_user_frequency_count"]
    comparison: Frequency


class IncreaseCondition(BaseCondition):
    type: Literal["event_frequency_percent", "event_unique_user_frequency_percent"]
    comparison: Increase


class SessionCondition(BaseCondition):
    type: Literal["percent_sessions_count"]
    comparison: SessionFrequency


class SessionIncreaseCondition(BaseCondition):
    type: Literal["percent_sessions_percent"]
    comparison: SessionIncrease


class LevelCondition(BaseCondition):
    type: Literal["level"]
    comparison: LevelComparison


class TagCondition(BaseCondition):
    type: Literal["tagged_event"]
    comparison: ByTag


class AttributeCondition(BaseCondition):
    type: Literal["event_attribute"]
    comparison: ByAttribute


class AgeCondition(BaseCondition):
    type: Literal["age_comparison"]
    comparison: AgeComparison


class OpenDurationCondition(BaseCondition):
    type: Literal["issue_open_duration"]
    comparison: OpenDuration


class AssignedCondition(BaseCondition):
    type: Literal["assigned_to"]
    comparison: Annotated[Unassigned | Assigned, Field(discriminator="target_type")]


class CategoryCondition(BaseCondition):
    type: Literal["issue_category"]
    comparison: CategoryComparison


class IssueTypeCondition(BaseCondition):
    type: Literal["issue_type"]
    comparison: IssueTypeComparison


class OccurrencesCondition(BaseCondition):
    type: Literal["issue_occurrences"]
    comparison: Occurrences


class PriorityCondition(BaseCondition):
    type: Literal["issue_priority_greater_or_equal", "issue_priority_equals"]
    comparison: Priority


class DeescalatingCondition(BaseCondition):
    type: Literal["issue_priority_deescalating"]
    comparison: Annotated[
        Literal["low", "medium", "high", True],
        Field(description="The priority that the issue has reached and now falls below."),
    ] = True


class LatestReleaseCondition(BaseCondition):
    type: Literal["latest_release"]
    comparison: Literal[True] = True


class AdoptedReleaseCondition(BaseCondition):
    type: Literal["latest_adopted_release"]
    comparison: AdoptedRelease


Condition = Annotated[
    FrequencyCondition
    | IncreaseCondition
    | SessionCondition
    | SessionIncreaseCondition
    | LevelCondition
    | TagCondition
    | AttributeCondition
    | AgeCondition
    | OpenDurationCondition
    | AssignedCondition
    | CategoryCondition
    | IssueTypeCondition
    | OccurrencesCondition
    | PriorityCondition
    | DeescalatingCondition
    | LatestReleaseCondition
    | AdoptedReleaseCondition,
    Field(discriminator="type"),
]


class Trigger(BaseCondition):
    """When Sentry evaluates the rule."""

    type: Literal[
        "every_event",
        "first_seen_event",
        "issue_resolved_trigger",
        "reappeared_event",
        "regression_event",
        "new_high_priority_issue",
        "existing_high_priority_issue",
    ]
    comparison: Literal[True] = True


# Actions

INTEGRATION: Final = "The name in Sentry's settings. Optional if there is only one."
Integration = Annotated[str, Field(min_length=1, max_length=256, description=INTEGRATION)]


class IssueOwners(Part):
    """The owners of the issue."""

    target_type: Literal["issue_owners"]


class Recipient(Part):
    """A team or a member."""

    target_type: Literal["team", "user"]
    target_identifier: Annotated[Text, Field(description="A team's slug or a member's email address.")]


class Fallthrough(Part):
    """Who gets the email of an issue without owners."""

    fallthrough_type: Literal["ActiveMembers", "AllMembers", "NoOne"]


class EmailAction(Part):
    type: Literal["email"]
    config: Annotated[IssueOwners | Recipient, Field(discriminator="target_type", description="Who gets the email.")]
    data: Fallthrough | None = None

    @model_validator(mode="after")
    def _only_issues_without_owners_fall_through(self) -> EmailAction:
        if self.data is not None and isinstance(self.config, Recipient):
            raise PydanticCustomError("fallthrough", "`data` only goes with the target type issue_owners. Remove it")
        return self


class Tags(Part):
    """What a message shows."""

    tags: Annotated[str, Field(description="Tags to show, separated by commas.")] = ""


class TagsAndNotes(Tags):
    """What a message shows."""

    notes: Annotated[str, Field(description="Text below the message.")] = ""


CHANNEL_ID: Final = "^[A-Z][A-Z0-9]{5,20}$"


class SlackChannel(Part):
    """A channel by its name, its id, or both."""

    target_type: Literal["specific"] = "specific"
    target_display: Annotated[
        str,
        Field(pattern=r"^[#@]?[^\s#@]{1,80}$", description="The name of the channel, such as #alerts."),
    ] = ""
    target_identifier: Annotated[
        str,
        Field(pattern=CHANNEL_ID, description="The channel's id. It also finds private channels."),
    ] = ""

    @model_validator(mode="after")
    def _names_a_channel(self) -> SlackChannel:
        if not self.target_display and not self.target_identifier:
            raise PydanticCustomError("channel", "needs a channel: set targetDisplay (#alerts) or targetIdentifier")
        return self


class SlackAction(Part):
    type: Literal["slack"]
    integration: Integration = ""
    config: SlackChannel
    data: TagsAndNotes = TagsAndNotes()


class DiscordChannel(Part):
    """A channel by its id."""

    target_type: Literal["specific"] = "specific"
    target_identifier: Annotated[str, Field(pattern="^[0-9]{17,20}$", description="In Discord: Copy Channel ID.")]


class DiscordAction(Part):
    type: Literal["discord"]
    integration: Integration = ""
    config: DiscordChannel
    data: Tags = Tags()


class NamedTarget(Part):
    """A channel, service, or team by its name."""

    target_type: Literal["specific"] = "specific"
    target_display: Annotated[Text, Field(description="The name of the channel, service, or team to notify.")]


class Nothing(Part):
    """An empty object."""


class TeamsAction(Part):
    type: Literal["msteams"]
    integration: Integration = ""
    config: NamedTarget
    data: Nothing = Nothing()


class PagerDutyPriority(Part):
    priority: Literal["default", "critical", "error", "warning", "info"] = "default"


class PagerDutyAction(Part):
    type: Literal["pagerduty"]
    integration: Integration = ""
    config: NamedTarget
    data: PagerDutyPriority = PagerDutyPriority()


class OpsgeniePriority(Part):
    priority: Literal["P1", "P2", "P3", "P4", "P5"] = "P3"


class OpsgenieAction(Part):
    type: Literal["opsgenie"]
    integration: Integration = ""
    config: NamedTarget
    data: OpsgeniePriority = OpsgeniePriority()


class TicketTarget(Part):
    target_type: Literal["specific"] = "specific"


class TicketFields(Part):
    """The ticket's fields, as Sentry's page saves them. The shortest way to them is `fastapi-sentry alerts pull`."""

    additional_fields: Annotated[
        dict[str, JsonValue], Field(description="Values by the field's name: project, issuetype, repo, labels, ...")
    ] = {}
    dynamic_form_fields: Annotated[list[dict[str, JsonValue]], Field(description="The form that Sentry shows.")] = []


class TicketAction(Part):
    type: Literal["jira", "jira_server", "github", "github_enterprise", "vsts"]
    integration: Integration = ""
    config: TicketTarget = TicketTarget()
    data: TicketFields = TicketFields()


class WebhookTarget(Part):
    target_identifier: Annotated[
        Text, Field(description="`webhooks` for the project's WebHooks integration, or the slug of a Sentry app.")
    ]


class WebhookAction(Part):
    type: Literal["webhook"]
    config: WebhookTarget
    data: Nothing = Nothing()


class SentryAppTarget(Part):
    target_type: Literal["sentry_app"] = "sentry_app"
    target_display: Annotated[Text, Field(description="The name of the installed app.")]


class SentryAppSettings(Part):
    settings: Annotated[list[JsonValue], Field(description="The fields of the app's form, as Sentry saves them.")] = []


class SentryAppAction(Part):
    type: Literal["sentry_app"]
    config: SentryAppTarget
    data: SentryAppSettings = SentryAppSettings()


Action = Annotated[
    EmailAction
    | SlackAction
    | DiscordAction
    | TeamsAction
    | PagerDutyAction
    | OpsgenieAction
    | TicketAction
    | WebhookAction
    | SentryAppAction,
    Field(discriminator="type"),
]


# The rule


class Config(Part):
    frequency: Annotated[
        int,
        Field(
            ge=0, le=43200, description="Minimum minutes between two notifications for the same issue; 60 is an hour."
        ),
    ]


class Triggers(Part):
    logic_type: Literal["any-short"] = "any-short"
    conditions: Annotated[
        list[Trigger],
        UNIQUE,
        Field(
            min_length=1,
            description='Add {"type": "every_event"}: a rule without a trigger may never fire.',
            json_schema_extra=UNIQUE_ITEMS,
        ),
    ]
    actions: Annotated[list[JsonValue], Field(max_length=0)] = []


class ActionFilter(Part):
    """Conditions, and the actions to take when they match."""

    logic_type: Literal["all", "any", "any-short", "none"]
    conditions: Annotated[list[Condition], UNIQUE, Field(json_schema_extra=UNIQUE_ITEMS)]
    actions: Annotated[
        list[Action],
        UNIQUE,
        Field(min_length=1, description="Without an action, no one is notified.", json_schema_extra=UNIQUE_ITEMS),
    ]


class Workflow(Part):
    """Sentry's pages call it an alert, its API a workflow."""

    name: Annotated[
        Text, Field(description="Identifies the alert. Sentry removes spaces at the beginning and the end.")
    ]
    enabled: Annotated[
        bool, Field(description="Without it, an alert that is switched off (snoozed) in Sentry stays off.")
    ] = True
    environment: Annotated[
        Text | None, Field(description='A name such as "production", or null for every environment.')
    ]
    owner: Annotated[
        str | None,
        Field(
            pattern="^(team:[a-z0-9_-]+|user:[^\\s@]+@[^\\s@]+)$",
            description='"team:SLUG", "user:EMAIL", or null for none. Without it, the owner stays as set in Sentry.',
        ),
    ] = None
    config: Config
    triggers: Annotated[
        Triggers, Field(description='When Sentry evaluates the rule, e.g. {"conditions": [{"type": "every_event"}]}.')
    ]
    action_filters: Annotated[
        list[ActionFilter],
        Field(min_length=1, description="Which conditions must match, and who is notified then."),
    ]


DefaultMonitor = Literal["issue_stream", "error"]


class OtherMonitor(Part):
    """A monitor of the project by its name, or a monitor of another project."""

    type: DefaultMonitor | None = None
    name: Text | None = None
    project: Annotated[Slug | None, Field(description="Another project of the organization.")] = None

    @model_validator(mode="after")
    def _is_one(self) -> OtherMonitor:
        if (self.type is None) == (self.name is None):
            raise PydanticCustomError("monitor", "needs either `type` (issue_stream, error) or the monitor's `name`")
        return self


def _kind_of_monitor(given: object) -> str:
    return "object" if isinstance(given, dict | OtherMonitor) else "list" if isinstance(given, list) else "word"


Monitor = Annotated[
    Annotated[DefaultMonitor, Tag("word")] | Annotated[OtherMonitor, Tag("object")],
    Discriminator(_kind_of_monitor),
]


class RuleFile(Part):
    """A Sentry alert rule. `workflow` has the shape of Sentry's API, with names where the API takes ids."""

    schema_address: Annotated[str, Field(alias="$schema")] = ""
    why: Annotated[Text, Field(description="Say in one sentence why the rule exists.")]
    monitor: Annotated[
        Annotated[DefaultMonitor, Tag("word")]
        | Annotated[OtherMonitor, Tag("object")]
        | Annotated[list[Monitor], UNIQUE, Field(min_length=1), Tag("list")],
        Discriminator(_kind_of_monitor),
        Field(
            description="issue_stream (every issue), error, or an object for another monitor; a list for several."
            " Without a monitor, a rule never fires."
        ),
    ]
    id: Annotated[
        Digits | None,
        Field(description="The id of the alert that this rule describes. Without it, the alert is found by its name."),
    ] = None
    workflow: Workflow


def schema_text() -> str:
    """Return `rule.schema.json` as it is written into a service."""
    heading = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A Sentry alert rule"}
    return json.dumps({**heading, **_for_editors(RuleFile.model_json_schema())}, indent=2) + "\n"


def _for_editors(part: Any) -> Any:
    """Return a schema without titles that repeat names, defaults that add nothing, and the words of OpenAPI."""
    if isinstance(part, list):
        return [_for_editors(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _for_editors(value)
        for key, value in part.items()
        if key not in ("default", "discriminator") and not (key == "title" and isinstance(value, str))
    }
