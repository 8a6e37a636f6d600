# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""A rule as the request body that Sentry takes: names become ids, and levels and priorities become numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from .actions import Action, Discord, Email, IssueOwners, MsTeams, Slack
from .base import LEVELS, PRIORITIES, Part
from .client import JsonObject
from .comparisons import AssignedMember, AssignedTeam
from .conditions import Assignee, Condition, LevelIs, PriorityAtLeast
from .directory import Directory, UnknownNameError
from .faults import Fault, Place
from .validate import RuleFile

Name = TypeVar("Name", str, str | None)


class BodyBuilder:
    """Writes the bodies of rules, and collects the names that Sentry does not have instead of stopping at the first."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.faults: list[Fault] = []

    def build(self, file: RuleFile) -> JsonObject:
        """The body for this rule. It is of no use when there are faults."""
        workflow = file.rule.workflow
        body = _plain(workflow)
        body["environment"] = workflow.environment  # Also when it is null: that is every environment.
        body["detectorIds"] = [self._find(file, ("monitor",), self._directory.monitor, file.rule.monitor)]
        if workflow.environment is not None:
            self._find(file, ("workflow", "environment"), self._directory.environment, workflow.environment)
        for index, group in enumerate(workflow.action_filters):
            place: Place = ("workflow", "actionFilters", index)
            written = body["actionFilters"][index]
            for at, condition in enumerate(group.conditions):
                written["conditions"][at]["comparison"] = self._comparison(file, (*place, "conditions", at), condition)
            written["actions"] = [
                self._action(file, (*place, "actions", at), action) for at, action in enumerate(group.actions)
            ]
        return body

    def _comparison(self, file: RuleFile, place: Place, condition: Condition) -> Any:
        match condition:
            case LevelIs(comparison=level):
                return {"match": level.match, "level": LEVELS[level.level]}
            case PriorityAtLeast(comparison=priority):
                return PRIORITIES[priority]
            case Assignee(comparison=AssignedTeam(target_identifier=slug)):
                number = self._find(file, (*place, "comparison", "targetIdentifier"), self._directory.team, slug)
                return {"targetType": "Team", "targetIdentifier": number}
            case Assignee(comparison=AssignedMember(target_identifier=address)):
                number = self._find(file, (*place, "comparison", "targetIdentifier"), self._directory.member, address)
                return {"targetType": "Member", "targetIdentifier": number}
            case Assignee():
                return {"targetType": "Unassigned", "targetIdentifier": ""}
        return _plain(condition)["comparison"]

    def _action(self, file: RuleFile, place: Place, action: Action) -> JsonObject:
        written = {"data": {}, **_plain(action)}
        config = written["config"]
        if isinstance(action, Email):
            if not isinstance(action.config, IssueOwners):
                find = self._directory.team if action.config.target_type == "team" else self._directory.member
                name = action.config.target_identifier
                config["targetIdentifier"] = self._find(file, (*place, "config", "targetIdentifier"), find, name)
            return written

        find_integration = partial(self._directory.integration, action.type)
        integration = self._find(file, (*place, "integration"), find_integration, action.integration)
        written.pop("integration", None)
        written["integrationId"] = integration
        match action:
            case Slack() | MsTeams():  # Sentry looks the channel up by its name.
                config["targetDisplay"] = config["targetDisplay"].removeprefix("#")
                config.setdefault("targetIdentifier", "")
            case Discord():
                config["targetDisplay"] = ""
            case _ if integration:
                find_target = partial(self._directory.target, action.type, integration)
                name = action.config.target_display
                config["targetIdentifier"] = self._find(file, (*place, "config", "targetDisplay"), find_target, name)
        return written

    def _find(self, file: RuleFile, place: Place, find: Callable[[Name], str], name: Name) -> str:
        try:
            return find(name)
        except UnknownNameError as unknown:
            self.faults.append(file.source.fault(place, str(unknown)))
            return ""


def _plain(part: Part) -> JsonObject:
    return part.model_dump(mode="json", by_alias=True, exclude_none=True)
