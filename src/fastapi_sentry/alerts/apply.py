"""Doing what a plan says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from .client import RejectedError, SentryClient, UnclearError
from .directory import Directory, watched
from .model import JsonObject
from .plan import Plan, Step, age
from .rules import AlertsError, located
from .workflow import differences, fields


def apply_plan(plan: Plan, client: SentryClient, say: Callable[[str], None]) -> list[str]:
    """Create, change, and delete what the plan says, and return what went wrong. The next run continues from there.

    A rule that Sentry rejects is reported and the next one tried. Everything else ends the run.
    """
    done: Counter[str] = Counter()
    created: dict[str, str] = {}
    problems: list[str] = []
    for number, step in enumerate(plan.tasks, start=1):
        label = f"[{number}/{len(plan.tasks)}] {step.action} {step.name}"
        try:
            saved = _carry_out(step, client)
        except (AlertsError, KeyboardInterrupt) as error:
            if isinstance(error, RejectedError) and _is_about_the_rule(error):
                say(f"{label}: rejected")
                problems += [_objection(step, path, words) for path, words in error.details]
                continue
            problem = f"{label}: {str(error) or 'interrupted.'}"
            if isinstance(error, UnclearError | KeyboardInterrupt):
                problem += " Sentry may or may not have saved it. The next run checks first."
            problems.append(problem)
            if untried := len(plan.tasks) - number:
                problems.append(f"{untried} not tried. The next `apply` continues here.")
            break
        say(f"{label}: done")
        done[step.action] += 1
        if step.action == "create":
            created[str(saved.get("id"))] = step.name
        if other := _saved_otherwise(step, saved, plan.directory):
            # An old server forgets what it doesn't know. Better to hear of it now than when nothing fires.
            problems.append(f"{label}: Sentry saved it with another {', '.join(other)}. Run `plan` to see how.")
    if created and not problems:
        problems += _without_twins(created, client, plan.directory, say)
    equal = len(plan.steps) - len(plan.tasks)
    say(f"Done: {done['create']} created, {done['change']} changed, {done['delete']} deleted, {equal} left equal.")
    return problems


def _carry_out(step: Step, client: SentryClient) -> JsonObject:
    path = f"workflows/{step.id}/" if step.id else "workflows/"
    if step.action == "delete":
        client.delete(path)
        return {}
    return client.save("PUT" if step.id else "POST", path, step.body)


def _saved_otherwise(step: Step, saved: JsonObject, directory: Directory) -> list[str]:
    return [] if step.action == "delete" else fields(differences(saved, step.body, directory))


def _is_about_the_rule(error: RejectedError) -> bool:
    """Whether an error names a part of the request. One that doesn't, such as a limit, stops the other rules too."""
    return error.status in (400, 409, 422) and any(path for path, _ in error.details)


def _objection(step: Step, path: list[str], words: str) -> str:
    """Return Sentry's words about a part of the request, at the key of the file that the part comes from."""
    parts = [] if path[:1] in (["detail"], ["nonFieldErrors"]) else path
    where = "$.workflow" + "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in parts)
    where = "$.monitor" if path[:1] == ["detectorIds"] else where
    return located(step.file or step.name, where, f"Sentry says: {words}")


def _without_twins(
    created: dict[str, str], client: SentryClient, directory: Directory, say: Callable[[str], None]
) -> list[str]:
    """Delete what another run created at the same time as this one: of two alerts, the older one stays."""
    own = directory.monitors().keys()
    try:
        listed = client.read_all("workflows/", project=directory.project_id)
        for id_, name in created.items():
            named = [each for each in listed if each.get("name") == name and not own.isdisjoint(watched(each))]
            if any(age(each) < age({"id": id_}) for each in named):
                client.delete(f"workflows/{id_}/")
                say(f"Another run created `{name}` at the same time. Its alert stays, this one ({id_}) is deleted.")
    except AlertsError as error:
        return [f"The alerts are applied, but couldn't be read again to look for duplicates: {error}"]
    return []
