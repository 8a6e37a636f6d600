"""A plan as text for a terminal, as Markdown for a job summary or a comment, and as JSON for programs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from .client import SentryClient
from .plan import Plan, Step, Unmanaged

MARKS: Final = {"create": "+", "change": "~", "equal": "=", "delete": "-"}


def as_text(plan: Plan, client: SentryClient) -> str:
    lines = [f"Alerts of {client.organization}/{client.project} at {client.host}", ""]
    for step in plan.steps:
        number = f" (alert {step.id})" if step.id else ""
        lines.append(f"{MARKS[step.action]} {step.action:<8}{step.name}{number}  {step.file or ''}".rstrip())
        lines += [f"    {line}" for line in step.differences]
        lines += [f"    {remark}" for remark in step.remarks]
    if plan.unmanaged:
        lines += ["", "Without a file, left as they are. Those that are on notify as well:"]
    lines += [f"  {each.name} (alert {each.id}): {', '.join(_facts(each))}" for each in plan.unmanaged]
    if plan.warnings:
        lines += ["", *(f"Warning: {warning}" for warning in plan.warnings)]
    return "\n".join([*lines, "", _summary(plan)])


def _facts(alert: Unmanaged) -> Iterator[str]:
    yield "on" if alert.enabled else "off"
    if alert.all_projects:
        yield "watches every project of the organization"
    elif alert.made_by_sentry:
        yield "made by Sentry with the project"
        yield f'to describe it in a file: pull {alert.id}; to delete it: --prune "{alert.name}"'
    elif alert.made_here:
        yield f'to delete it: --prune "{alert.name}"'


def _summary(plan: Plan) -> str:
    count = Counter[str](step.action for step in plan.steps)
    verbs = ", ".join(f"{count[action]} to {action}" for action in ("create", "change", "delete"))
    return f"Plan: {verbs}, {count['equal']} equal, {len(plan.unmanaged)} unmanaged."


def as_markdown(plan: Plan, client: SentryClient) -> str:
    title = f"Sentry alerts of {client.organization}/{client.project}"
    parts = [f"### {title}", _summary(plan) if plan.tasks else f"No differences. {_summary(plan)}"]
    for step in plan.tasks:
        parts.append(f"**{step.action}** {_quoted(step.name)}{_origin(step)}")
        if step.differences:
            # A value may contain backticks: the fence has to be longer than any run of them.
            longest = max(map(len, re.findall("`+", "\n".join(step.differences))), default=0)
            fence = "`" * max(3, longest + 1)
            parts.append("\n".join([f"{fence}diff", *step.differences, fence]))
    remarks = [f"- {_quoted(step.name)}: {remark}" for step in plan.steps for remark in step.remarks]
    remarks += [f"- {_escaped(warning)}" for warning in plan.warnings]
    if remarks:
        parts.append("\n".join(remarks))
    if plan.unmanaged:
        rows = [
            f"- {_quoted(each.name)} (alert {each.id}): {_escaped(', '.join(_facts(each)))}" for each in plan.unmanaged
        ]
        parts.append("\n".join(["Without a file, left as they are. Those that are on notify as well:", "", *rows]))
    return "\n\n".join(parts) + "\n"


def _origin(step: Step) -> str:
    number = f" (alert {step.id})" if step.id else ""
    return f"{number}, {_quoted(step.file)}" if step.file else number


def _quoted(text: str) -> str:
    """Return a text as code, whatever it contains."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}" if longest else f"`{text}`"


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_{}\[\]<>#|@])", r"\\\1", text)


def as_json(plan: Plan, client: SentryClient) -> str:
    """Return the plan as one JSON object. Its keys are for programs to rely on."""
    keys = ("file", "name", "action", "id", "differences", "remarks")
    report = {
        **{key: getattr(client, key) for key in ("host", "organization", "project")},
        "differs": bool(plan.tasks),
        "rules": [{key: getattr(step, key) for key in keys} for step in plan.steps if step.file],
        "delete": [{"id": step.id, "name": step.name} for step in plan.steps if not step.file],
        "unmanaged": [
            {
                key: getattr(each, key)
                for key in ("id", "name", "enabled", "made_here", "made_by_sentry", "all_projects")
            }
            for each in plan.unmanaged
        ],
        "warnings": plan.warnings,
    }
    return json.dumps(report, indent=2)
