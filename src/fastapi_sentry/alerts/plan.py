"""What has to be done so that Sentry has what the files say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from .client import SentryClient
from .directory import Directory, watched
from .model import JsonObject
from .rules import AlertsError, Rule, located
from .workflow import Request, differences, fields, owner_of

Verb = Literal["create", "change", "equal", "delete"]

DEFAULT_ALERT: Final = "Send a notification for high priority issues"
"""Sentry creates an alert of this name with each project."""


@dataclass(frozen=True, slots=True)
class Step:
    """What has to be done with one alert. `id` is None if it doesn't exist yet, `file` if it is deleted."""

    action: Verb
    name: str
    id: str | None
    file: str | None
    differences: list[str]
    body: JsonObject
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """An alert that no file describes, and that stays as it is."""

    id: str
    name: str
    enabled: bool
    made_here: bool
    """Whether its name begins like those of this service's rules."""
    made_by_sentry: bool
    all_projects: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps, the alerts without a file, and warnings."""

    steps: list[Step]
    unmanaged: list[Unmanaged]
    warnings: list[str]
    directory: Directory

    @property
    def tasks(self) -> list[Step]:
        return [step for step in self.steps if step.action != "equal"]


class Alerts:
    """The alerts that Sentry has, by id in the order in which they were made."""

    def __init__(self, client: SentryClient, directory: Directory) -> None:
        self._client = client
        self._directory = directory
        self._everything: dict[str, JsonObject] | None = None
        # Sentry adds the alerts of all projects to each project's list.
        listed = _by_id(client.read_all("workflows/", project=directory.project_id))
        monitors = directory.monitors().keys()
        self.own = {id_: each for id_, each in listed.items() if not monitors.isdisjoint(watched(each))}
        self.of_all_projects = {
            id_: each for id_, each in listed.items() if id_ not in self.own and directory.watches_all_projects(each)
        }

    def get(self, id_: str) -> JsonObject | None:
        """Return the alert with an id, whatever it watches."""
        found = self.own.get(id_) or self._client.find(f"workflows/{id_}/")
        return found if isinstance(found, dict) else None

    def detached(self) -> dict[str, JsonObject]:
        """Return the alerts without a monitor. A list with a project doesn't have them."""
        if self._everything is None:
            self._everything = _by_id(self._client.read_all("workflows/"))
        return {id_: each for id_, each in self._everything.items() if not list(watched(each))}

    def foreign(self, workflow: JsonObject) -> list[str]:
        """Return the ids of the monitors that an alert watches and that aren't this project's."""
        own = self._directory.monitors()
        return [number for number in watched(workflow) if number not in own]


def age(workflow: JsonObject) -> tuple[int, str]:
    """Sort alerts by the order in which they were made: ids are numbers that grow."""
    id_ = str(workflow["id"])
    return len(id_), id_


def _by_id(workflows: Iterable[JsonObject]) -> dict[str, JsonObject]:
    return {str(each["id"]): each for each in sorted(workflows, key=age)}


class _Matching:
    """Finds the alert that each rule describes."""

    def __init__(
        self, alerts: Alerts, directory: Directory, rules: list[Rule], prune: set[str], take_over: set[str]
    ) -> None:
        self._alerts = alerts
        self._directory = directory
        self._pinned_ids = {rule.file.id for rule in rules if rule.file.id}
        self._names = {rule.name for rule in rules}
        self._prune = prune
        self._take_over = take_over
        self._taken = set(self._pinned_ids)
        self.problems: list[str] = []
        self.twins: list[JsonObject] = []
        """Younger alerts of a rule's name, which `--prune` deletes."""

    def find(self, rule: Rule) -> JsonObject | None:
        """Return the alert of a rule by its id or its name."""
        if rule.file.id:
            return self._pinned(rule, rule.file.id)
        found = [
            each
            for id_, each in self._alerts.own.items()
            if each.get("name") == rule.name and id_ not in self._pinned_ids
        ]
        if len(found) > 1:
            self._twins(rule, found)
        if found:
            self._taken.update(str(each["id"]) for each in found)
        return found[0] if found else None

    def find_lost(self, rule: Rule, body: JsonObject) -> tuple[JsonObject | None, list[str]]:
        """Return the alert of a rule that somebody renamed, or disconnected from its monitor, in Sentry."""
        for id_, each in self._alerts.detached().items():
            if each.get("name") == rule.name and id_ not in self._taken:
                self._taken.add(id_)
                return each, ["It was disconnected from every monitor in Sentry."]
        renamed = [
            each
            for id_, each in self._alerts.own.items()
            if id_ not in self._taken and each.get("name") not in self._names and self._only_renamed(each, body)
        ]
        if len(renamed) != 1:
            return None, []
        self._taken.add(str(renamed[0]["id"]))
        return renamed[0], ["It has another name in Sentry and is otherwise the same, so it isn't created again."]

    def _only_renamed(self, workflow: JsonObject, body: JsonObject) -> bool:
        return fields(differences(workflow, body, self._directory)) == ["workflow.name"]

    def _pinned(self, rule: Rule, id_: str) -> JsonObject | None:
        workflow = self._alerts.get(id_)
        if workflow is None:
            what = "no alert in Sentry has this id. Remove it to find the alert by its name"
        elif not (foreign := self._alerts.foreign(workflow)) or id_ in self._alerts.own or id_ in self._take_over:
            return workflow
        else:
            names = sorted({self._project_of(number) for number in foreign})
            what = (
                f"the alert {id_} (`{workflow.get('name')}`) belongs to {', '.join(names)}. Remove the id if it was"
                f" copied from there, or take the alert over with --take-over {id_}"
            )
        self.problems.append(located(rule.path, "$.id", what))
        return workflow

    def _project_of(self, number: str) -> str:
        words = self._directory.monitor_in_words(number)
        return str(words["project"]) if isinstance(words, dict) else words

    def _twins(self, rule: Rule, found: list[JsonObject]) -> None:
        oldest, *younger = found
        ids = ", ".join(str(each["id"]) for each in found)
        if rule.name in self._prune:
            self.twins += younger
            return
        what = (
            f"{len(found)} alerts in Sentry have this name ({ids}). Keep the oldest ({oldest['id']}) with --prune"
            f' "{rule.name}", or pin one with `id`'
        )
        self.problems.append(located(rule.path, "$.workflow.name", what))


def make_plan(
    rules: list[Rule], client: SentryClient, prefix: str, prune: Iterable[str] = (), take_over: Iterable[str] = ()
) -> Plan:
    """Compare the rules with the alerts that watch the project. Nothing is written.

    Args:
        prefix: How the names of this service's rules begin.
        prune: Names of alerts to delete.
        take_over: Ids of other projects' alerts that rules may name.

    Raises:
        AlertsError: Sentry couldn't be read completely, has two alerts of one name, or lacks what a rule names.
    """
    directory = Directory(client)
    alerts = Alerts(client, directory)
    pruned = list(dict.fromkeys(prune))
    matching = _Matching(alerts, directory, rules, set(pruned), set(take_over))
    requests = [Request(rule, directory, matching.problems) for rule in rules]
    bodies = [request.body() for request in requests]
    found = [matching.find(rule) for rule in rules]
    if matching.problems:
        raise AlertsError(*matching.problems)
    steps: list[Step] = []
    for rule, request, body, workflow in zip(rules, requests, bodies, found, strict=True):
        remarks = list(request.remarks)
        if workflow is None:
            workflow, more = matching.find_lost(rule, body)
            remarks += more
        steps.append(_step(rule, body, workflow, remarks, directory))
    managed = {step.id for step in steps}
    others = {id_: each for id_, each in alerts.own.items() if id_ not in managed}
    deleted = list(matching.twins)
    for name in pruned:
        if name not in {twin.get("name") for twin in matching.twins}:
            deleted.append(_to_delete(name, others, prefix))
    for each in deleted:
        if alerts.foreign(each):
            what = "also watches monitors of other projects. Change it in Sentry"
            raise AlertsError(f"--prune: `{each.get('name')}` {what}.")
    steps += [Step("delete", str(each["name"]), str(each["id"]), None, [], {}) for each in deleted]
    gone = {str(each["id"]) for each in deleted}
    unmanaged = [_unmanaged(each, prefix) for id_, each in others.items() if id_ not in gone]
    unmanaged += [_unmanaged(each, prefix, all_projects=True) for each in alerts.of_all_projects.values()]
    return Plan(steps, sorted(unmanaged, key=lambda each: each.name), _disabled_monitors(directory), directory)


def _step(rule: Rule, body: JsonObject, workflow: JsonObject | None, remarks: list[str], directory: Directory) -> Step:
    lines = differences(workflow, body, directory)
    if workflow is None:
        body = {"enabled": True, **body}
        return Step("create", rule.name, None, rule.path.as_posix(), lines, body, remarks)
    # A change sets what it leaves out to a default, so what the file leaves to Sentry is sent as it is there.
    kept: JsonObject = {"enabled": workflow.get("enabled") is not False, "owner": owner_of(workflow)}
    if not kept["enabled"] and "enabled" not in body:
        remarks.append("It is switched off in Sentry and stays off, since the file doesn't set `enabled`.")
    for type_ in _switched_off(workflow):
        remarks.append(
            f"Its {type_} action is switched off in Sentry and doesn't notify anyone. `apply` creates it again."
        )
    verb: Verb = "change" if lines else "equal"
    return Step(verb, rule.name, str(workflow["id"]), rule.path.as_posix(), lines, {**kept, **body}, remarks)


def _switched_off(workflow: JsonObject) -> list[str]:
    actions = (action for group in workflow.get("actionFilters") or () for action in group.get("actions") or ())
    return [str(each.get("type")) for each in actions if each.get("status") not in (None, "active")]


def _unmanaged(workflow: JsonObject, prefix: str, *, all_projects: bool = False) -> Unmanaged:
    name = str(workflow.get("name"))
    return Unmanaged(
        id=str(workflow["id"]),
        name=name,
        enabled=workflow.get("enabled") is not False,
        made_here=bool(prefix) and name.startswith(prefix),
        made_by_sentry=name == DEFAULT_ALERT,
        all_projects=all_projects,
    )


def _to_delete(name: str, others: Mapping[str, JsonObject], prefix: str) -> JsonObject:
    """Return the one alert without a file that `--prune` names.

    Raises:
        AlertsError: There isn't exactly one, or it is neither this service's nor Sentry's default alert.
    """
    found = [each for each in others.values() if each.get("name") == name]
    ids = ", ".join(str(each["id"]) for each in found)
    if not _can_be_deleted(name, prefix):
        problem = "wasn't made by this tool. Delete it in Sentry if it isn't needed"
    elif not found:
        ours = [str(each["name"]) for each in others.values() if _can_be_deleted(str(each.get("name")), prefix)]
        possible = ", ".join(f"`{each}`" for each in ours) or "none"
        problem = f"isn't the name of an alert without a file. Alerts that can be deleted: {possible}"
    elif len(found) > 1:
        problem = f"is the name of several alerts ({ids}). Delete the right one in Sentry"
    else:
        return found[0]
    raise AlertsError(f"--prune: `{name}` {problem}.")


def _can_be_deleted(name: str, prefix: str) -> bool:
    return name == DEFAULT_ALERT or bool(prefix and name.startswith(prefix))


def _disabled_monitors(directory: Directory) -> list[str]:
    """Return a warning for each monitor that Sentry has but doesn't run."""
    kinds = {
        "monitor_check_in_failure": "cron monitor",
        "uptime_domain_failure": "uptime monitor",
        "metric_issue": "metric monitor",
    }
    return [
        f"The {kinds.get(str(each.get('type')), 'monitor')} `{each.get('name')}` is disabled in Sentry and reports"
        " nothing. Enable it there; if that fails, the subscription has no seat left for it."
        for each in directory.monitors().values()
        if each.get("enabled") is False
    ]
