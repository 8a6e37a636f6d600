"""What has to be done so that Sentry has what the files say, and doing it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from . import answers
from .client import RefusedError, SentryClient, UnclearError
from .directory import Directory
from .rules import AlertsError, JsonObject, Rule, located
from .workflow import differences, request_body

Action = Literal["create", "change", "equal", "delete"]
_MARKS: Final = {"create": "+", "change": "~", "equal": "=", "delete": "-"}


@dataclass(frozen=True, slots=True)
class Step:
    """What has to be done with one alert. `id` is None where it does not exist yet, `file` where it is deleted."""

    action: Action
    name: str
    id: str | None
    file: str | None
    differences: list[str]
    body: JsonObject


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps, and the alerts of the project that no file describes and that stay as they are."""

    steps: list[Step]
    unmanaged: list[JsonObject]
    directory: Directory

    @property
    def tasks(self) -> list[Step]:
        return [step for step in self.steps if step.action != "equal"]


def make_plan(rules: list[Rule], client: SentryClient, prune: Iterable[str] = ()) -> Plan:
    """Compare the rules with the alerts that watch the project. Nothing is written.

    Args:
        prune: names of alerts to delete. Each must be one of this service that no file describes any more.

    Raises:
        AlertsError: Sentry could not be read to the end, has two alerts of one name, or lacks what a rule names.
    """
    directory = Directory(client)
    monitors = directory.monitors().keys()
    workflows = {
        str(workflow["id"]): workflow
        for workflow in client.read_all("workflows/", project=client.project)
        if not monitors.isdisjoint(map(str, workflow.get("detectorIds") or ()))
    }
    pinned = {rule.id for rule in rules}
    problems: list[str] = []
    steps: list[Step] = []
    for rule in rules:
        body = request_body(rule, directory, problems)
        found = [each for id_, each in workflows.items() if each.get("name") == rule.name and id_ not in pinned]
        if rule.id:  # The alert may not watch the project yet.
            found = [workflows.get(rule.id) or client.get(f"workflows/{rule.id}/")]
            if not found[0]:
                what = "is the id of no alert in Sentry; remove it to find the rule by its name"
                problems.append(located(rule.path, "$.id", what))
        elif len(found) > 1:
            ids = ", ".join(str(workflow["id"]) for workflow in found)
            what = f"is the name of {len(found)} alerts in Sentry ({ids}); delete the others, or pin one with `id`"
            problems.append(located(rule.path, "$.workflow.name", what))
        workflow = found[0] if found else None
        lines = [] if problems else differences(workflow, body, directory)
        if workflow is None:
            steps.append(Step("create", rule.name, None, rule.path.as_posix(), lines, body))
            continue
        # Sentry forgets the owner that is not sent along, and the owner is not in the files.
        body |= {"owner": workflow["owner"]} if workflow.get("owner") else {}
        action: Action = "change" if lines else "equal"
        steps.append(Step(action, rule.name, str(workflow["id"]), rule.path.as_posix(), lines, body))
    if problems:
        raise AlertsError(*problems)
    managed = {step.id for step in steps}
    others = [workflow for id_, workflow in workflows.items() if id_ not in managed]
    deleted = [_to_delete(name, others, monitors) for name in dict.fromkeys(prune)]
    steps += [Step("delete", str(each["name"]), str(each["id"]), None, [], {}) for each in deleted]
    unmanaged = sorted((each for each in others if each not in deleted), key=lambda each: str(each.get("name")))
    return Plan(steps, unmanaged, directory)


def _is_ours(workflow: JsonObject) -> bool:
    return str(workflow.get("name")).startswith(answers.NAME_PREFIX)


def _to_delete(name: str, others: list[JsonObject], monitors: Iterable[str]) -> JsonObject:
    found = [workflow for workflow in others if workflow.get("name") == name]
    ids = ", ".join(str(workflow["id"]) for workflow in found)
    if not name.startswith(answers.NAME_PREFIX):
        problem = "was not made by this tool; delete it in Sentry, if nobody needs it"
    elif not found:
        ours = ", ".join(f"`{workflow['name']}`" for workflow in others if _is_ours(workflow)) or "none"
        problem = f"is the name of no alert without a file; those that could go: {ours}"
    elif len(found) > 1:
        problem = f"is the name of several alerts ({ids}); delete the right one in Sentry"
    elif not set(map(str, found[0]["detectorIds"])) <= set(monitors):
        problem = "also watches monitors of other projects; look after it in Sentry"
    else:
        return found[0]
    raise AlertsError(f"--prune: `{name}` {problem}.")


def plan_text(plan: Plan, client: SentryClient) -> str:
    lines = [f"Alerts of {client.organization}/{client.project} at {client.host}", ""]
    for step in plan.steps:
        number = f" (alert {step.id})" if step.id else ""
        lines.append(f"{_MARKS[step.action]} {step.action:<8}{step.name}{number}  {step.file or ''}".rstrip())
        lines += [f"    {line}" for line in step.differences]
    if plan.unmanaged:
        lines += ["", "Without a file, left as they are:"]
    for workflow in plan.unmanaged:
        hint = f'  (--prune "{workflow["name"]}" would delete it)' if _is_ours(workflow) else ""
        lines.append(f"  {workflow.get('name')} (alert {workflow['id']}){hint}")
    count = Counter[str](step.action for step in plan.steps)
    verbs = ", ".join(f"{count[action]} to {action}" for action in ("create", "change", "delete"))
    return "\n".join([*lines, "", f"Plan: {verbs}, {count['equal']} equal, {len(plan.unmanaged)} unmanaged."])


def plan_json(plan: Plan, client: SentryClient) -> str:
    """Return the same plan as one JSON object. Its keys are for programs to rely on."""
    keys = ("file", "name", "action", "id", "differences")
    report = {
        **{key: getattr(client, key) for key in ("host", "organization", "project")},
        "differs": bool(plan.tasks),
        "rules": [{key: getattr(step, key) for key in keys} for step in plan.steps if step.file],
        "delete": [{"id": step.id, "name": step.name} for step in plan.steps if not step.file],
        "unmanaged": [
            {"id": str(each["id"]), "name": str(each.get("name")), "made_here": _is_ours(each)}
            for each in plan.unmanaged
        ],
    }
    return json.dumps(report, indent=2)


def apply_plan(plan: Plan, client: SentryClient, say: Callable[[str], None]) -> list[str]:
    """Create, change and delete what the plan says, and return what went wrong. The next run begins where this ends.

    A rule that Sentry does not take is reported and the next one tried; everything else stops the run.
    """
    done: Counter[str] = Counter()
    problems: list[str] = []
    for number, step in enumerate(plan.tasks, start=1):
        label = f"[{number}/{len(plan.tasks)}] {step.action} {step.name}"
        try:
            fields = _carry_out(step, client, plan.directory)
        except (AlertsError, KeyboardInterrupt) as error:
            if isinstance(error, RefusedError) and error.details:
                say(f"{label}: refused")
                problems += [_objection(step, path, words) for path, words in error.details]
                continue
            problem = f"{label}: {str(error) or 'interrupted.'}"
            if isinstance(error, UnclearError | KeyboardInterrupt):
                problem += " Sentry may or may not have it; the next run looks first."
            problems.append(problem)
            if untried := len(plan.tasks) - number:
                problems.append(f"{untried} not tried; the next `apply` continues here.")
            break
        say(f"{label}: done")
        done[step.action] += 1
        if fields:
            # An old server forgets what it does not know: better said at once than found out when nothing fires.
            problems.append(f"{label}: Sentry saved it with another {', '.join(fields)}; `plan` shows how")
    equal = len(plan.steps) - len(plan.tasks)
    say(f"Done: {done['create']} created, {done['change']} changed, {done['delete']} deleted, {equal} left equal.")
    return problems


def _carry_out(step: Step, client: SentryClient, directory: Directory) -> list[str]:
    """Do one thing, and return the fields that Sentry then has otherwise than it was asked to."""
    path = f"workflows/{step.id}/" if step.id else "workflows/"
    if step.action == "delete":
        client.delete(path)
        return []
    saved = client.save("PUT" if step.id else "POST", path, step.body)
    lines = differences(saved, step.body, directory)
    return list(dict.fromkeys(line[2:].partition(":")[0] for line in lines))


def _objection(step: Step, path: list[str], words: str) -> str:
    """Return Sentry's words about a part of the request, at the key of the file that the part comes from."""
    parts = [] if path[:1] in (["detail"], ["nonFieldErrors"]) else path
    where = "$.workflow" + "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in parts)
    where = "$.monitor" if path[:1] == ["detectorIds"] else where
    return located(step.file or step.name, where, f"Sentry says: {words}")
