# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""A rule file: an envelope of ours around a workflow in the shape of Sentry's API.

`rule.schema.json` beside the rules says the same for editors.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .actions import Action
from .base import Part, Text
from .conditions import Condition, Trigger

Minutes = Literal[0, 5, 10, 30, 60, 180, 720, 1440, 10080, 43200]


class Config(Part):
    """`frequency`: minutes that must pass before the rule tells of the same issue again."""

    frequency: Minutes


class Triggers(Part):
    """When Sentry looks at the rule: at any of these."""

    logic_type: Literal["any-short"] = "any-short"
    conditions: Annotated[tuple[Trigger, ...], Field(min_length=1)]
    actions: tuple[()] = ()


class ActionFilter(Part):
    """Whom to tell (`actions`) when the conditions hold."""

    logic_type: Literal["all", "any", "any-short", "none"]
    conditions: tuple[Condition, ...]
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]


class Workflow(Part):
    """What Sentry calls an alert in its pages and a workflow in its API."""

    name: Text
    enabled: bool = True
    environment: Text | None
    config: Config
    triggers: Triggers
    action_filters: Annotated[tuple[ActionFilter, ...], Field(min_length=1)]


class Rule(Part):
    """One alert rule.

    `why` is for the reader. `monitor` binds the rule to the project: `issue_stream` sees issues of every kind,
    `error` only errors. `id` pins the workflow to change; without it the rule is found by its name.
    """

    schema_uri: Annotated[str | None, Field(alias="$schema")] = None
    id: Annotated[str, Field(pattern=r"^[1-9][0-9]*$")] | None = None
    why: Text
    monitor: Literal["issue_stream", "error"]
    workflow: Workflow
