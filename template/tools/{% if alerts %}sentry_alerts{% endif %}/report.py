# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""A plan as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from .compare import Difference
from .plan import Plan, Step
from .settings import Settings

_MARKS = {"create": "+", "change": "~", "equal": "="}
_WIDTH = 12


def plan_text(plan: Plan, settings: Settings) -> str:
    return "\n".join(_lines(plan, settings))


def plan_json(plan: Plan, settings: Settings) -> str:
    """The same plan as one JSON object. Its keys are for programs to rely on."""
    report = {
        "host": settings.host,
        "organization": settings.organization,
        "project": settings.project,
        "differs": not plan.is_empty,
        "rules": [_rule(step) for step in plan.steps],
        "delete": [{"id": each.id, "name": each.name} for each in plan.deletions],
        "unmanaged": [{"id": each.id, "name": each.name, "made_here": each.made_here} for each in plan.unmanaged],
    }
    return json.dumps(report, indent=2)


def counts(plan: Plan) -> str:
    actions = Counter(step.action for step in plan.steps)
    return (
        f"{actions['create']} to create, {actions['change']} to change, {len(plan.deletions)} to delete,"
        f" {actions['equal']} equal, {len(plan.unmanaged)} unmanaged."
    )


def _rule(step: Step) -> dict[str, object]:
    return {
        "file": step.file.path.as_posix(),
        "name": step.file.name,
        "action": step.action,
        "id": str(step.workflow["id"]) if step.workflow else None,
        "differences": [
            {"field": each.field, "gone": list(each.gone), "comes": list(each.comes)} for each in step.differences
        ],
    }


def _lines(plan: Plan, settings: Settings) -> Iterator[str]:
    yield f"Alerts of {settings.organization}/{settings.project} at {settings.host}"
    yield ""
    for step in plan.steps:
        number = f" (alert {step.workflow['id']})" if step.workflow else ""
        yield f"{_MARKS[step.action]} {step.action:<8}{step.file.name}{number}  {step.file.path.as_posix()}"
        for difference in step.differences:
            yield from _difference(difference, new=step.action == "create")
    for deletion in plan.deletions:
        yield f"- delete  {deletion.name} (alert {deletion.id})"
    if plan.unmanaged:
        yield ""
        yield "Without a file, left as they are:"
    for each in plan.unmanaged:
        hint = f'  (--prune "{each.name}" would delete it)' if each.made_here else ""
        yield f"  {each.name} (alert {each.id}){hint}"
    yield ""
    yield f"Plan: {counts(plan)}"


def _difference(difference: Difference, *, new: bool) -> Iterator[str]:
    label = f"    {difference.field:<{_WIDTH}}"
    if len(difference.gone) == len(difference.comes) == 1:
        yield f"{label}{difference.gone[0]} -> {difference.comes[0]}"
        return
    marked = [f"- {each}" for each in difference.gone]
    marked += [each if new else f"+ {each}" for each in difference.comes]
    for line in marked:
        yield label + line
        label = " " * len(label)
