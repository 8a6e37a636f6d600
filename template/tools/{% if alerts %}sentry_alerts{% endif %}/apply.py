# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Carries a plan out, one alert after the other. Whatever stops it, the next run begins where this one ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from .client import JsonObject, SentryClient
from .compare import differences
from .faults import AlertsError, Fault, Place
from .plan import Plan, Step, Unmanaged
from .refusals import InvalidRuleError, UnclearError
from .words import Names


@dataclass(slots=True)
class Outcome:
    """What has been done, and what has not."""

    done: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    untried: int = 0


def apply_plan(plan: Plan, client: SentryClient, say: Callable[[str], None]) -> Outcome:
    """Create, change and delete what the plan says.

    A rule that Sentry does not take is reported and the next one tried; everything else stops the run.
    """
    outcome = Outcome()
    tasks: list[Step | Unmanaged] = [step for step in plan.steps if step.action != "equal"]
    tasks += plan.deletions
    for number, task in enumerate(tasks, start=1):
        outcome.untried = len(tasks) - number
        done, name = (task.action, task.file.name) if isinstance(task, Step) else ("delete", task.name)
        label = f"[{number}/{len(tasks)}] {done} {name}"
        try:
            problems = _carry_out(task, client, plan.names)
        except InvalidRuleError as invalid:
            say(f"{label}: refused")
            outcome.problems += map(str, _mapped(task, invalid))
        except UnclearError as unclear:
            outcome.problems.append(f"{label}: {unclear} Sentry may or may not have it; the next run looks first.")
            return outcome
        except AlertsError as error:
            outcome.problems.append(f"{label}: {error}")
            return outcome
        except KeyboardInterrupt:
            outcome.problems.append(f"{label}: interrupted; Sentry may or may not have it, the next run looks first.")
            return outcome
        else:
            say(f"{label}: done")
            outcome.done[done] += 1
            outcome.problems += [f"{label}: {problem}" for problem in problems]
    return outcome


def _carry_out(task: Step | Unmanaged, client: SentryClient, names: Names) -> list[str]:
    """Do one thing. What Sentry then has otherwise than it was asked to is returned as problems."""
    if isinstance(task, Unmanaged):
        client.delete(f"workflows/{task.id}/")
        return []
    if task.workflow is None:
        saved = client.create("workflows/", task.body)
    else:
        number = str(task.workflow["id"])
        saved = client.replace(f"workflows/{number}/", {**task.body, "id": number})
    return _otherwise(saved, task.body, names)


def _otherwise(saved: JsonObject, wanted: JsonObject, names: Names) -> list[str]:
    """An old server forgets what it does not know: better said at once than found out when nothing fires."""
    fields = [difference.field for difference in differences(saved, wanted, names)]
    return [f"Sentry saved it with another {', '.join(dict.fromkeys(fields))}; `plan` shows how"] if fields else []


def _mapped(task: Step | Unmanaged, invalid: InvalidRuleError) -> list[Fault | str]:
    """Sentry's objections, each at the place in the file that it is about."""
    if isinstance(task, Unmanaged):
        return [f"{task.name}: {invalid}"]
    source = task.file.source
    return [source.fault(_place(path), f"Sentry says: {text.rstrip('.')}") for path, text in invalid.problems]


def _place(path: tuple[str, ...]) -> Place:
    if path[:1] == ("detectorIds",):
        return ("monitor",)
    known = () if path[:1] in (("detail",), ("nonFieldErrors",)) else path
    return ("workflow", *(int(part) if part.isdecimal() else part for part in known))
