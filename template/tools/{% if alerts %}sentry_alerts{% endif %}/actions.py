# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Whom a rule tells, under the names that Sentry's API gives them, with names where the API wants ids.

`integration` is the name that Sentry's settings show for a Slack workspace, a PagerDuty account and so on. Leave it
out where the organisation has only one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import EmailAddress, Part, Slug, Text


class IssueOwners(Part):
    """Those whom Sentry's ownership rules name for the issue."""

    target_type: Literal["issue_owners"]


class Team(Part):
    """A team, by its slug."""

    target_type: Literal["team"]
    target_identifier: Slug


class Member(Part):
    """A member, by the e-mail address."""

    target_type: Literal["user"]
    target_identifier: EmailAddress


class Fallthrough(Part):
    """Who hears it when an issue has no owner."""

    fallthrough_type: Literal["ActiveMembers", "AllMembers", "NoOne"]


class Email(Part):
    """A mail, or whatever channel the recipient has chosen in Sentry."""

    type: Literal["email"]
    config: Annotated[IssueOwners | Team | Member, Field(discriminator="target_type")]
    data: Fallthrough | None = None


class NamedTarget(Part):
    """A service or a team, as the integration's page in Sentry lists it."""

    target_type: Literal["specific"] = "specific"
    target_display: Text


class SlackTarget(Part):
    """A channel by its name. Its id (C0123456789) beside it saves Sentry the search in a large workspace."""

    target_type: Literal["specific"] = "specific"
    target_display: Annotated[str, Field(pattern=r"^[#@]?[^\s#@]{1,80}$")]
    target_identifier: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{5,20}$")] | None = None


class SlackMessage(Part):
    """`tags`: names of tags to show, with commas between; `notes`: a text below the message."""

    tags: str = ""
    notes: str = ""


class Slack(Part):
    """A message in a Slack channel."""

    type: Literal["slack"]
    integration: Text | None = None
    config: SlackTarget
    data: SlackMessage = SlackMessage()


class DiscordTarget(Part):
    """A channel by the id that Discord copies with "Copy Channel ID"."""

    target_type: Literal["specific"] = "specific"
    target_identifier: Annotated[str, Field(pattern=r"^[0-9]{17,20}$")]


class DiscordMessage(Part):
    """`tags`: names of tags to show, with commas between."""

    tags: str = ""


class Discord(Part):
    """A message in a Discord channel."""

    type: Literal["discord"]
    integration: Text | None = None
    config: DiscordTarget
    data: DiscordMessage = DiscordMessage()


class MsTeams(Part):
    """A message in a channel of Microsoft Teams."""

    type: Literal["msteams"]
    integration: Text | None = None
    config: NamedTarget


class Severity(Part):
    """`default` takes it from the level of the event."""

    priority: Literal["default", "critical", "error", "warning", "info"] = "default"


class PagerDuty(Part):
    """An incident in a PagerDuty service."""

    type: Literal["pagerduty"]
    integration: Text | None = None
    config: NamedTarget
    data: Severity = Severity()


class Urgency(Part):
    """P1 is the highest."""

    priority: Literal["P1", "P2", "P3", "P4", "P5"] = "P3"


class Opsgenie(Part):
    """An alert for an Opsgenie team."""

    type: Literal["opsgenie"]
    integration: Text | None = None
    config: NamedTarget
    data: Urgency = Urgency()


Integrated = Slack | Discord | MsTeams | PagerDuty | Opsgenie
Action = Annotated[Email | Integrated, Field(discriminator="type")]
