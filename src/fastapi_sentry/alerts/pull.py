"""An alert of Sentry as a rule file, with names in place of ids."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from .client import SentryClient
from .directory import Directory
from .model import JsonObject
from .plan import Alerts
from .rules import AlertsError, checked, read_json, rule_paths, suggest
from .workflow import Description, ordered

WHY: Final = "Pulled from Sentry. Say in one sentence why this alert exists."


def find_alert(name_or_id: str, alerts: Alerts) -> JsonObject:
    """Return the alert of this project with a name or an id.

    Raises:
        AlertsError: There isn't exactly one.
    """
    if name_or_id.isdecimal() and (found := alerts.get(name_or_id)) is not None:
        return found
    known = {**alerts.own, **alerts.detached()}
    named = [each for each in known.values() if each.get("name") == name_or_id]
    if len(named) > 1:
        ids = ", ".join(str(each["id"]) for each in named)
        raise AlertsError(f"Several alerts are named `{name_or_id}`. Use one of their ids: {ids}.")
    if not named:
        names = [each.get("name") for each in known.values()]
        raise AlertsError(f"No alert of this project is named `{name_or_id}`. {suggest(name_or_id, names)}")
    return named[0]


def rule_of(workflow: JsonObject, directory: Directory, file: Path, kept: JsonObject) -> JsonObject:
    """Return the content of a rule file for an alert.

    Args:
        file: The path for messages.
        kept: The file's content so far; its `why` stays.

    Raises:
        AlertsError: A rule file can't describe the alert.
    """
    id_, name = str(workflow["id"]), workflow.get("name")
    if directory.watches_all_projects(workflow):
        raise AlertsError(f"`{name}` watches every project of the organization. It doesn't belong to one service.")
    directory.unnamed.clear()
    described = Description(workflow, directory)
    monitors, scalars = described.monitors(), described.scalars()
    triggers, groups = ordered(described.triggers()), ordered(described.groups())
    if directory.unnamed:
        ids = ", ".join(sorted(directory.unnamed))
        raise AlertsError(
            f"`{name}` refers to something whose name this token can't read ({ids}). Members need the scope"
            " member:read; what was deleted has no name. Change the alert in Sentry, or use another token."
        )
    for group in groups:
        for action in group["actions"]:
            action.pop("status", None)  # An action that Sentry has switched off is created again by `apply`.
    rule = {
        "$schema": "./rule.schema.json",
        "why": kept.get("why", WHY),
        "monitor": monitors[0] if len(monitors) == 1 else monitors or "issue_stream",
        "id": id_,
        "workflow": {
            "name": name,
            **({} if scalars["enabled"] else {"enabled": False}),
            "environment": scalars["environment"],
            **({"owner": scalars["owner"]} if scalars["owner"] else {}),
            "config": {"frequency": scalars["config.frequency"]},
            "triggers": {"conditions": triggers},
            "actionFilters": groups,
        },
    }
    try:
        checked(file, rule)
    except AlertsError as error:
        what = f"`{name}` can't be described by a rule file. It stays as it is in Sentry:"
        raise AlertsError(what, *error.problems) from None
    return rule


def file_for(workflow: JsonObject, folder: Path, prefix: str) -> tuple[Path, JsonObject]:
    """Return the path for an alert's rule file, and what the file has so far."""
    name = str(workflow.get("name"))
    for path in rule_paths(folder):
        try:
            content = read_json(path)
        except AlertsError:
            continue
        inner = content.get("workflow")
        same_name = isinstance(inner, dict) and inner.get("name") == name and "id" not in content
        if content.get("id") == str(workflow["id"]) or same_name:
            return path, content
    words = re.findall("[a-z0-9]+", name.removeprefix(prefix).lower())
    path = folder / f"{'_'.join(words)[:60].strip('_') or workflow['id']}.json"
    return path, {}


def write_rule(path: Path, rule: JsonObject) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rule, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def pull_alert(
    name_or_id: str, client: SentryClient, folder: Path, prefix: str, *, overwrite: bool
) -> tuple[Path, JsonObject]:
    """Write the rule file of one alert, and return its path and content.

    Raises:
        AlertsError: The alert isn't found, can't be described, or the file exists and `overwrite` isn't set.
    """
    directory = Directory(client)
    workflow = find_alert(name_or_id, Alerts(client, directory))
    path, kept = file_for(workflow, folder, prefix)
    if path.exists() and not overwrite:
        raise AlertsError(f"{path} exists. Use --overwrite to replace it with what Sentry has.")
    rule = rule_of(workflow, directory, path, kept)
    write_rule(path, rule)
    return path, rule
