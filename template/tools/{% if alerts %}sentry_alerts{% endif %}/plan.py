# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What would have to be done so that Sentry has what the files say. It only reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import repeat
from typing import Literal

from . import answers
from .body import BodyBuilder
from .client import JsonObject, SentryClient
from .compare import Difference, description, differences
from .directory import Directory
from .faults import AlertsError, Fault, FaultyRulesError
from .refusals import RefusedError
from .validate import RuleFile
from .words import Names


@dataclass(frozen=True, slots=True)
class Step:
    """A rule and what has to be done for it. `workflow` is Sentry's own, where there is one."""

    file: RuleFile
    action: Literal["create", "change", "equal"]
    body: JsonObject
    workflow: JsonObject | None
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """An alert of the project that no file describes."""

    id: str
    name: str
    made_here: bool
    """Whether its name is one that the rules of this service have."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every rule with its step, the alerts to delete, and those that stay as they are."""

    steps: tuple[Step, ...]
    deletions: tuple[Unmanaged, ...]
    unmanaged: tuple[Unmanaged, ...]
    names: Names

    @property
    def is_empty(self) -> bool:
        return not self.deletions and all(step.action == "equal" for step in self.steps)


def make_plan(rules: list[RuleFile], client: SentryClient, prune: Iterable[str] = ()) -> Plan:
    """Compare the rules with the alerts that watch the project.

    Args:
        prune: names of alerts to delete. Each must be one that this tool made and that no file describes any more.

    Raises:
        AlertsError: Sentry could not be read to the end, names more than one alert alike, or lacks what a rule names.
    """
    directory = Directory(client)
    workflows = _of_project(client, directory)
    builder = BodyBuilder(directory)
    bodies = [builder.build(file) for file in rules]
    matches = _match(rules, workflows, client, builder.faults)
    if builder.faults:
        raise FaultyRulesError(builder.faults)
    names = directory.known_names()
    steps = tuple(map(_step, rules, bodies, matches, repeat(names)))
    managed = {str(workflow["id"]) for workflow in matches if workflow}
    others = [workflow for workflow in workflows if str(workflow["id"]) not in managed]
    deletions = tuple(_to_delete(name, others, directory) for name in dict.fromkeys(prune))
    kept = (each for each in map(_unmanaged, others) if each not in deletions)
    return Plan(steps, deletions, tuple(sorted(kept, key=lambda each: each.name)), names)


def _of_project(client: SentryClient, directory: Directory) -> list[JsonObject]:
    """Every alert that watches at least one monitor of the project."""
    monitors = directory.monitors.keys()
    workflows = client.read_all("workflows/", project=client.settings.project)
    return [each for each in workflows if not monitors.isdisjoint(map(str, each.get("detectorIds") or ()))]


def _match(
    rules: list[RuleFile], workflows: list[JsonObject], client: SentryClient, faults: list[Fault]
) -> list[JsonObject | None]:
    """For each rule the alert that it describes: the pinned one, or the only one of its name that nobody has pinned."""
    pinned = {file.rule.id for file in rules}
    free = [workflow for workflow in workflows if str(workflow["id"]) not in pinned]
    matches: list[JsonObject | None] = []
    for file in rules:
        if file.rule.id is not None:
            matches.append(_pinned(file, file.rule.id, workflows, client, faults))
            continue
        same = [workflow for workflow in free if workflow.get("name") == file.name]
        matches.append(same[0] if same else None)
        if len(same) > 1:
            ids = ", ".join(str(workflow["id"]) for workflow in same)
            problem = f"is the name of {len(same)} alerts in Sentry ({ids}); delete the others, or pin one with `id`"
            faults.append(file.source.fault(("workflow", "name"), problem))
    return matches


def _pinned(
    file: RuleFile, number: str, workflows: list[JsonObject], client: SentryClient, faults: list[Fault]
) -> JsonObject | None:
    """The alert with this id, also when it does not watch the project yet."""
    for workflow in workflows:
        if str(workflow["id"]) == number:
            return workflow
    try:
        found: JsonObject = client.get(f"workflows/{number}/")
    except RefusedError as refused:
        if refused.status != HTTPStatus.NOT_FOUND:
            raise
        problem = "is the id of no alert in Sentry; remove it to find the rule by its name"
        faults.append(file.source.fault(("id",), problem))
        return None
    return found


def _step(file: RuleFile, body: JsonObject, workflow: JsonObject | None, names: Names) -> Step:
    if workflow is None:
        return Step(file, "create", body, None, description(body, names))
    found = differences(workflow, body, names)
    # Sentry forgets the owner that is not sent along, and the owner is not ours to decide.
    if workflow.get("owner"):
        body = {**body, "owner": workflow["owner"]}
    return Step(file, "change" if found else "equal", body, workflow, found)


def _unmanaged(workflow: JsonObject) -> Unmanaged:
    name = str(workflow.get("name"))
    return Unmanaged(str(workflow["id"]), name, name.startswith(answers.NAME_PREFIX))


def _to_delete(name: str, others: list[JsonObject], directory: Directory) -> Unmanaged:
    found = [workflow for workflow in others if workflow.get("name") == name]
    if not name.startswith(answers.NAME_PREFIX):
        raise AlertsError(f"--prune: `{name}` was not made by this tool; delete it in Sentry, if nobody needs it.")
    if not found:
        known = ", ".join(f"`{each.name}`" for each in map(_unmanaged, others) if each.made_here) or "none"
        raise AlertsError(f"--prune: no alert without a file has the name `{name}`; those that could go: {known}.")
    if len(found) > 1:
        ids = ", ".join(str(workflow["id"]) for workflow in found)
        raise AlertsError(f"--prune: `{name}` is the name of several alerts ({ids}); delete the right one in Sentry.")
    if not directory.monitors.keys() >= set(map(str, found[0]["detectorIds"])):
        raise AlertsError(f"--prune: `{name}` also watches monitors of other projects; look after it in Sentry.")
    return _unmanaged(found[0])
