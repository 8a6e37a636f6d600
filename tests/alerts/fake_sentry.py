"""A Sentry that knows monitors and alerts: stateful, over a real socket, as strict and as odd as its source says.

It stands on what is published of Sentry's API and on reading its source, not on a recording: no one tried these tests
against a live Sentry.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from support.web import Request, Response, answering

Json = dict[str, Any]

TOKEN: Final = "sntryu_0123456789abcdef"  # noqa: S105
ORGANIZATION: Final = "my-org"
PROJECT: Final = "example-service"

INTERVALS: Final = ("1m", "5m", "15m", "1h", "1d", "1w", "30d")
TRIGGERS: Final = (
    *("every_event", "first_seen_event", "issue_resolved_trigger", "reappeared_event", "regression_event"),
    *("new_high_priority_issue", "existing_high_priority_issue"),
)
TICKETS: Final = ("jira", "jira_server", "github", "github_enterprise", "vsts")
DEFAULT_ALERT: Final = "Send a notification for high priority issues"
_FREQUENCY: Final = {"value", "interval"}
COMPARISONS: Final[dict[str, tuple[set[str], set[str]]]] = {
    "event_frequency_count": (_FREQUENCY, {"filters"}),
    "event_unique_user_frequency_count": (_FREQUENCY, {"filters"}),
    "percent_sessions_count": (_FREQUENCY, set()),
    "event_frequency_percent": (_FREQUENCY | {"comparisonInterval"}, {"filters"}),
    "event_unique_user_frequency_percent": (_FREQUENCY | {"comparisonInterval"}, {"filters"}),
    "percent_sessions_percent": (_FREQUENCY | {"comparisonInterval"}, set()),
    "level": ({"match", "level"}, set()),
    "tagged_event": ({"key", "match"}, {"value"}),
    "event_attribute": ({"attribute", "match"}, {"value"}),
    "age_comparison": ({"comparisonType", "value", "time"}, set()),
    "assigned_to": ({"targetType"}, {"targetIdentifier"}),
    "issue_open_duration": ({"type", "value", "timeUnit"}, set()),
    "issue_category": ({"value"}, {"include"}),
    "issue_type": ({"value"}, {"include"}),
    "issue_occurrences": ({"value"}, set()),
    "latest_adopted_release": ({"environment", "ageComparison", "releaseAgeType"}, set()),
}
"""Conditions with an object to compare with: the keys that it must have, and those that it may have."""

SCOPES: Final = frozenset(("alerts:read", "alerts:write", "org:read", "project:read", "member:read"))


class RefusalError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}


@dataclass(slots=True)
class Trouble:
    """What goes wrong with requests that match.

    `kind` is `status`, `drop` (the connection ends without an answer), `truncate` (in the middle of it), `text` (it is
    no JSON), `hang` (it comes after `release()`), or `unlinked` (it lacks the Link header).
    """

    method: str
    path: str
    kind: str
    times: int = 1
    skip: int = 0
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    carried_out: bool = False
    """Whether Sentry does what it was asked to before the trouble begins."""

    def strikes(self, method: str, path: str) -> bool:
        if self.method != method or not re.search(self.path, path) or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class FakeSentry:
    """Its state, and what was asked of it. Everything may be changed by a test while it runs."""

    def __init__(self) -> None:
        self.page_size = 2
        self.scopes = set(SCOPES)
        self.max_workflows = 1000
        self.free_seats = 1
        self.prefix = ""
        """The path under which a reverse proxy serves Sentry."""
        self.takes_slugs = True
        """Whether `project` may be a slug. Until June 2026 it had to be a number."""
        self.lists_monitors_of_all_projects = True
        """Whether the list of a project's monitors includes those of the whole organization."""
        self.forgets: set[str] = set()
        """Keys of a workflow that this server is too old to know."""
        self.adds_to_data: Json = {}
        """What this server, newer than the tool, writes into the `data` of each action."""
        self.monitors: list[Json] = [
            {"id": "3000001", "type": "issue_stream", "name": "All issues", "projectId": "1"},
            {"id": "3000002", "type": "error", "name": "Errors", "projectId": "1"},
            {"id": "3000003", "type": "metric_issue", "name": "Slow checkout", "projectId": "1"},
            {"id": "3000009", "type": "issue_stream", "name": "All issues", "projectId": "2"},
            # Since September 2026 an organization has one for all of its projects.
            {"id": "3000099", "type": "issue_stream", "name": "All Projects", "projectId": None},
        ]
        self.projects = {PROJECT: "1", "other-service": "2"}
        self.environments: dict[str, list[str]] = {"1": ["production", "staging"], "2": ["production", "preview"]}
        """The environments of each project."""
        self.hidden: set[str] = set()
        """Environments that somebody has hidden in Sentry."""
        self.member_of = {"1", "2"}
        """The projects in whose teams the token's user is. The user may see the others as well."""
        self.teams = [{"id": "1000001", "slug": "backend"}, {"id": "1000002", "slug": "frontend"}]
        self.members: list[Json] = [
            {"email": "ann@example.com", "user": {"id": "501"}},
            {"email": "bob@example.com", "user": {"id": "502"}},
            {"email": "new@example.com", "user": None},
        ]
        self.integrations: list[Json] = [
            _integration("2000001", "slack", "Acme"),
            _integration("2000002", "discord", "Acme Games"),
            _integration("2000003", "msteams", "Acme Office"),
            _integration("2000004", "pagerduty", "acme-duty", service_table=[_row("service", 77, PROJECT)]),
            _integration("2000006", "jira", "acme.atlassian.net"),
            _integration("2000007", "jira_server", "jira.acme.com"),
            _integration("2000008", "github", "acme"),
            _integration("2000005", "opsgenie", "acme-genie", team_table=[_row("team", f"9-{PROJECT}", PROJECT)]),
        ]
        self.channels = {"alerts": "C0000000001", "quiet": "C0000000002", "General": "19:general@thread.skype"}
        self.apps = [{"id": "61", "name": "Acme Pager"}, {"id": "62", "name": "Acme Board"}]
        self.workflows: dict[str, Json] = {}
        self.requests: list[tuple[str, str, Json | None]] = []
        self.troubles: list[Trouble] = []
        self.url = ""
        self._ids = itertools.count(4000001)
        self._lock = threading.Lock()
        self._released = threading.Event()

    # What tests do to it.

    def trouble(self, method: str, path: str, kind: str, **options: Any) -> Trouble:
        trouble = Trouble(method, path, kind, **options)
        self.troubles.append(trouble)
        return trouble

    def release(self) -> None:
        """Let go of answers that hang."""
        self._released.set()

    def add(self, **workflow: Any) -> Json:
        """A workflow that somebody made in Sentry's pages."""
        body: Json = {
            "name": "Made by hand",
            "detectorIds": ["3000001"],
            "config": {"frequency": 30},
            "triggers": {"logicType": "any-short", "conditions": [_condition("every_event")]},
            "actionFilters": [],
            **workflow,
        }
        with self._lock:
            return self._save(str(next(self._ids)), body)

    def add_default_alert(self) -> Json:
        """The alert that Sentry makes with each project."""
        conditions = [_condition("new_high_priority_issue"), _condition("existing_high_priority_issue")]
        email = {
            "type": "email",
            "config": {"targetType": "issue_owners"},
            "data": {"fallthroughType": "ActiveMembers"},
        }
        return self.add(
            name=DEFAULT_ALERT,
            triggers={"logicType": "any-short", "conditions": conditions},
            actionFilters=[{"logicType": "any-short", "conditions": [], "actions": [email]}],
        )

    def by_name(self, name: str) -> Json:
        (found,) = [workflow for workflow in self.workflows.values() if workflow["name"] == name]
        return found

    @property
    def names(self) -> list[str]:
        return sorted(workflow["name"] for workflow in self.workflows.values())

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _ in self.requests if method != "GET"]

    # What Sentry does.

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Json | None) -> tuple[int, Any]:
        """Status and body for a request that is let in."""
        prefix = f"/api/0/organizations/{ORGANIZATION}/"
        if not path.startswith(self.prefix):
            raise RefusalError(404, {"detail": "The requested resource does not exist"})
        path = path.removeprefix(self.prefix)
        if method == "POST" and path == f"{prefix}projects/{PROJECT}/detectors/" and body is not None:
            self._permit("detectors", method)
            return 201, self._create_monitor(body)
        if method == "GET" and (match := re.fullmatch(rf"/api/0/projects/{ORGANIZATION}/([^/]+)/", path)):
            self._permit("projects", method)
            return 200, self._project(match[1])
        if path.startswith("/api/0/projects/") and path.count("/") > 6:
            successor = {"X-Sentry-Replacement-Endpoint": f"{prefix}workflows/"}
            raise RefusalError(410, {"message": "This API no longer exists."}, successor)
        if not path.startswith(prefix):
            raise RefusalError(404, {"detail": "The requested resource does not exist"})
        kind, _, rest = path.removeprefix(prefix).partition("/")
        self._permit(kind, method)
        with self._lock:
            if kind == "workflows" and rest:
                return self._workflow(method, rest.rstrip("/"), body)
            if kind == "workflows" and method == "POST" and body is not None:
                return self._create(body)
            if method != "GET":
                raise RefusalError(405, {"detail": f'Method "{method}" not allowed.'})
            return 200, self._list(kind, rest, query)

    def _permit(self, kind: str, method: str) -> None:
        write = "alerts:read" if method == "GET" else "alerts:write"
        scopes = {"workflows": write, "detectors": write, "members": "member:read", "projects": "project:read"}
        scope = scopes.get(kind, "org:read")
        if scope not in self.scopes:
            raise RefusalError(403, {"detail": "You do not have permission to perform this action."})

    def _project(self, slug_or_id: str) -> Json:
        for slug, number in self.projects.items():
            if slug_or_id in (slug, number):
                return {"id": number, "slug": slug, "name": slug.title()}
        raise RefusalError(404, {"detail": "The requested resource does not exist"})

    def _create_monitor(self, body: Json) -> Json:
        """An uptime monitor. One without a seat is saved and disabled."""
        (source,) = body["dataSources"]
        config = {"mode", "environment", "downtimeThreshold", "recoveryThreshold"}
        if body["type"] != "uptime_domain_failure" or set(body["config"]) != config:
            raise RefusalError(400, {"config": ["Invalid config"]})
        if (
            source["intervalSeconds"] not in (60, 300, 600, 1200, 1800, 3600)
            or not 1000 <= source["timeoutMs"] <= 60000
        ):
            raise RefusalError(400, {"dataSources": ["Invalid interval or timeout"]})
        monitor = {
            "id": str(next(self._ids)),
            "type": body["type"],
            "name": body["name"],
            "projectId": self.projects[PROJECT],
            "enabled": self.free_seats > 0,
            "dataSources": [{"queryObj": source}],
        }
        self.monitors.append(monitor)
        return monitor

    def _asked_project(self, query: dict[str, list[str]]) -> str:
        """The id in `project`; empty without one, and -1 for all that the user may see."""
        (asked,) = query.get("project", [""])
        if asked in ("", "-1") or asked in self.projects.values():
            return asked
        if not asked.isdecimal() and not self.takes_slugs:
            raise RefusalError(400, {"detail": "Invalid project parameter. Values must be numbers."})
        if asked not in self.projects:
            raise RefusalError(403, {"detail": "You do not have permission to perform this action."})
        return self.projects[asked]

    def _list(self, kind: str, rest: str, query: dict[str, list[str]]) -> Any:
        number = rest.rstrip("/")
        match kind:
            case "environments":
                return self._environments(self._asked_project(query), query.get("visibility", ["visible"])[0])
            case "integrations" | "detectors" if number:
                found = [each for each in (*self.integrations, *self.monitors) if each["id"] == number]
                if not found:
                    raise RefusalError(404, {"detail": "The requested resource does not exist"})
                return found[0]
            case "integrations":
                provider = query.get("providerKey", [""])[0]
                return [each for each in self.integrations if each["provider"]["key"] == provider]
            case "teams":
                return self.teams
            case "members":
                return self.members
            case "available-actions":
                return [{"type": "email"}, *({"type": "sentry_app", "sentryApp": app} for app in self.apps)]
            case "detectors":
                project = self._asked_project(query)
                listed = {project, None} if self.lists_monitors_of_all_projects else {project}
                return [each for each in self.monitors if each["projectId"] in listed or not project]
            case "workflows":
                return self._listed_workflows(self._asked_project(query))
        raise RefusalError(404, {"detail": "The requested resource does not exist"})

    def _listed_workflows(self, project: str) -> list[Json]:
        """With a project: those of its monitors, and those of all projects. Without one: all, detached ones too."""
        ids = {each["id"] for each in self.monitors if each["projectId"] in (project, None)}
        listed = (each for each in self.workflows.values() if not project or ids & set(map(str, each["detectorIds"])))
        return list(listed)

    def _environments(self, project: str, visibility: str) -> list[Json]:
        projects = {"": self.member_of, "-1": set(self.environments)}.get(project, {project})
        names = {name for number in projects for name in self.environments.get(number, ())}
        hidden = set() if visibility == "all" else self.hidden
        return [{"id": str(number), "name": name} for number, name in enumerate(sorted(names - hidden))]

    def _workflow(self, method: str, number: str, body: Json | None) -> tuple[int, Any]:
        if number not in self.workflows:
            raise RefusalError(404, {"detail": "The requested resource does not exist"})
        if method == "GET":
            return 200, self.workflows[number]
        if method == "DELETE":
            del self.workflows[number]
            return 204, None
        if method != "PUT" or body is None:
            raise RefusalError(405, {"detail": f'Method "{method}" not allowed.'})
        self._check(body)
        before = self.workflows[number]
        # What is not sent stays as it was, except `enabled` and the owner, which fall back.
        kept = {key: before[key] for key in ("config", "triggers", "actionFilters", "detectorIds", "environment")}
        return 200, self._save(number, {**kept, **body})

    def _create(self, body: Json) -> tuple[int, Any]:
        if len(self.workflows) >= self.max_workflows:
            raise RefusalError(400, [f"You may not exceed {self.max_workflows} workflows per organization."])
        self._check(body)
        return 201, self._save(str(next(self._ids)), body)

    def _check(self, body: Json) -> None:
        for key in body:
            if "_" in key and _camel(key) in body:
                raise RefusalError(400, {"detail": f"{key} collides with {_camel(key)}"})
        name = body.get("name")
        if not isinstance(name, str) or not name.strip():
            raise RefusalError(400, {"name": ["This field is required."]})
        if len(name) > 256:
            raise RefusalError(400, {"name": ["Ensure this field has no more than 256 characters."]})
        environment = body.get("environment")
        known_environments = {name for names in self.environments.values() for name in names}
        if environment is not None and environment not in known_environments:
            raise RefusalError(400, {"environment": ["Environment is not part of this organization"]})
        if set(body.get("config", {})) - {"frequency"}:
            raise RefusalError(400, {"config": ["Additional properties are not allowed"]})
        known = {monitor["id"] for monitor in self.monitors}
        if not {str(number) for number in body.get("detectorIds", ())} <= known:
            raise RefusalError(400, {"detectorIds": ["Some detectors do not exist or belong to another organization."]})
        triggers = body.get("triggers")
        if triggers and triggers.get("logicType") != "any-short":
            raise RefusalError(400, {"triggers": {"logicType": ["Triggers' logic type must be 'any-short'"]}})
        for condition in (triggers or {}).get("conditions", ()):
            if condition.get("type") not in TRIGGERS or condition.get("comparison") is not True:
                raise RefusalError(400, {"triggers": {"conditions": [f"Invalid trigger: {condition.get('type')}"]}})
        owner = body.get("owner")
        owners = {f"team:{team['id']}" for team in self.teams}
        owners |= {f"user:{each['user']['id']}" for each in self.members if each["user"]}
        if owner is not None and owner not in owners:
            raise RefusalError(400, {"owner": ["Invalid owner"]})
        for group in body.get("actionFilters", ()):
            self._check_group(group)

    def _check_group(self, group: Json) -> None:
        if "actions" not in group:
            raise RefusalError(400, {"actionFilters": ["Missing actions key in action filter"]})
        if group.get("logicType") not in ("all", "any", "any-short", "none"):
            raise RefusalError(400, {"actionFilters": {"logicType": ["Invalid choice."]}})
        for condition in group.get("conditions", ()):
            if problem := _wrong(condition):
                raise RefusalError(400, {"actionFilters": {"conditions": [problem]}})
        for action in group["actions"]:
            if problem := self._wrong_action(action):
                raise RefusalError(400, {"actionFilters": {"actions": [problem]}})

    def _wrong_action(self, action: Json) -> str:
        kind, config, data = action.get("type"), action.get("config", {}), action.get("data")
        if not isinstance(data, dict):
            return "data: This field is required."
        if set(config) - {"targetType", "targetIdentifier", "targetDisplay"}:
            return "config: Additional properties are not allowed"
        if kind == "webhook":
            return "" if config.get("targetIdentifier") and not config.get("targetType") else "Invalid webhook"
        if kind == "sentry_app":
            known = config.get("targetType") == "sentry_app" and set(data) <= {"settings"}
            return "" if known and config.get("targetIdentifier") in {app["id"] for app in self.apps} else "Invalid app"
        if kind == "email":
            if action.get("integrationId"):
                return "Integration ID is not allowed"
            if config.get("targetDisplay") is not None or set(data) - {"fallthroughType"}:
                return "Invalid email action"
            ids = {team["id"] for team in self.teams} | {each["user"]["id"] for each in self.members if each["user"]}
            to = config.get("targetType")
            known = to == "issue_owners" or (to in ("team", "user") and config.get("targetIdentifier") in ids)
            return "" if known else "Invalid target"
        found = [each for each in self.integrations if each["id"] == action.get("integrationId")]
        if not found or found[0]["provider"]["key"] != kind:
            return f"Integration ID is required for {kind} action"
        if found[0]["organizationIntegrationStatus"] != "active":
            return f"The {kind} integration is not active"
        if config.get("targetType") != "specific":
            return "targetType: invalid"
        if kind in TICKETS:
            return "" if set(data) <= {"dynamicFormFields", "additionalFields"} else "Invalid ticket"
        if kind in ("slack", "msteams"):
            if config.get("targetIdentifier") == "":
                # Reported of the Terraform provider, which sends it so.
                raise RefusalError(403, {"detail": "You do not have permission to perform this action."})
            channel = str(config.get("targetDisplay", "")).removeprefix("#")
            if kind == "slack" and not channel and config.get("targetIdentifier") in self.channels.values():
                return ""
            return "" if channel in self.channels else f"Channel {channel} was not found"
        if kind == "discord":
            return "" if isinstance(config.get("targetDisplay"), str) else "targetDisplay: None is not a string"
        table, _ = {"pagerduty": ("service_table", "service"), "opsgenie": ("team_table", "team")}[str(kind)]
        ids = {str(row["id"]) for row in found[0]["configData"][table]}
        return "" if config.get("targetIdentifier") in ids else "Unknown target"

    def _save(self, number: str, body: Json) -> Json:
        """Keep what Sentry keeps, rewritten as it rewrites it, with what it adds; lists come back in another order."""
        body = {key: value for key, value in body.items() if key not in self.forgets}
        triggers = body.get("triggers") or {"logicType": "any-short", "conditions": []}
        saved = {
            "id": number,
            "name": body["name"].strip(),
            "organizationId": "1",
            "createdBy": "500",
            "dateCreated": "2026-11-20T12:00:00Z",
            "dateUpdated": "2026-11-20T12:00:00Z",
            "lastTriggered": None,
            "enabled": body.get("enabled", True),
            "environment": body.get("environment"),
            "owner": body.get("owner"),
            "config": body.get("config", {}),
            "detectorIds": [str(number) for number in body.get("detectorIds", ())],
            "triggers": self._numbered({**triggers, "actions": []}),
            "actionFilters": [self._numbered(group) for group in reversed(body.get("actionFilters", ()))],
        }
        # A database that keeps JSON in binary form orders keys by their length.
        self.workflows[number] = _by_length(saved)
        return self.workflows[number]

    def _numbered(self, group: Json) -> Json:
        return {
            "id": str(next(self._ids)),
            "organizationId": "1",
            "logicType": group["logicType"],
            "conditions": [
                {**condition, "id": str(next(self._ids)), "conditionResult": condition.get("conditionResult", True)}
                for condition in reversed(group.get("conditions", ()))
            ],
            "actions": [self._resolved(action) for action in reversed(group.get("actions", ()))],
        }

    def _resolved(self, action: Json) -> Json:
        config = {"targetDisplay": None, "targetIdentifier": None, **action["config"]}
        if action["type"] in ("slack", "msteams"):
            by_id = {number: name for name, number in self.channels.items()}
            channel = (config["targetDisplay"] or by_id[config["targetIdentifier"]]).removeprefix("#")
            config |= {"targetDisplay": channel, "targetIdentifier": self.channels[channel]}
        return {
            **action,
            "data": {**action["data"], **self.adds_to_data},
            "id": str(next(self._ids)),
            "integrationId": action.get("integrationId"),
            "config": config,
            "status": "active",
        }


def _integration(number: str, provider: str, name: str, **config: Any) -> Json:
    return {
        "id": number,
        "name": name,
        "provider": {"key": provider, "name": provider.title()},
        "configData": config,
        "organizationIntegrationStatus": "active",
    }


def _by_length(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _by_length(value[key]) for key in sorted(value, key=lambda key: (len(key), key))}
    return [_by_length(each) for each in value] if isinstance(value, list) else value


def _row(key: str, number: int | str, name: str) -> Json:
    return {key: name, "id": number, "integration_key": "key-that-stays-secret"}


def _condition(kind: str) -> Json:
    return {"type": kind, "comparison": True, "conditionResult": True}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _wrong(condition: Json) -> str:
    """What Sentry's schema of the comparison finds wrong with a condition."""
    kind, comparison = condition.get("type"), condition.get("comparison")
    if kind == "latest_release":
        return "" if comparison is True else "True was expected"
    if kind in ("issue_priority_greater_or_equal", "issue_priority_equals", "issue_priority_deescalating"):
        if kind == "issue_priority_deescalating" and comparison is True:
            return ""
        return "" if comparison in (25, 50, 75) and not isinstance(comparison, bool) else "is not one of [75, 50, 25]"
    if kind not in COMPARISONS:
        return f'"{kind}" is not a valid choice.'
    required, optional = COMPARISONS[kind]
    if not isinstance(comparison, dict) or not required <= set(comparison) <= required | optional:
        return f"{comparison} does not fit {sorted(required)}"
    if not {comparison.get("interval", "1h"), comparison.get("comparisonInterval", "1h")} <= set(INTERVALS):
        return f"{comparison['interval']} is not one of {list(INTERVALS)}"
    if kind == "level" and comparison["level"] not in (0, 10, 20, 30, 40, 50):
        return f"{comparison['level']} is not one of [0, 10, 20, 30, 40, 50]"
    numbers = int | float if kind.startswith("percent_sessions") else int
    if "interval" in comparison and (not isinstance(comparison["value"], numbers) or comparison["value"] < 0):
        return f"{comparison['value']} is not of type 'integer'"
    assigned = comparison.get("targetType") in ("Team", "Member")
    if kind == "assigned_to" and assigned != ("targetIdentifier" in comparison):
        return "'targetIdentifier' is a required property"
    return ""


class _Front:
    """What stands before it: authentication, pages, and trouble."""

    def __init__(self, sentry: FakeSentry) -> None:
        self._sentry = sentry

    def answer(self, request: Request) -> Response | None:
        sentry = self._sentry
        parts = urlsplit(request.path)
        body = json.loads(request.body) if request.body else None
        sentry.requests.append((request.method, parts.path, body))
        trouble = next((each for each in sentry.troubles if each.strikes(request.method, request.path)), None)
        query = parse_qs(parts.query)
        headers: dict[str, str] = {}
        if trouble and trouble.kind != "unlinked" and not trouble.carried_out:
            return self._fail(trouble)
        try:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                raise RefusalError(401, {"detail": "Invalid token"})
            status, answer = sentry.answer(request.method, parts.path, query, body)
            if isinstance(answer, list) and not parts.path.endswith(("/environments/", "/available-actions/")):
                answer, headers = self._page(parts.path, query, answer)
        except RefusalError as refusal:
            status, answer, headers = refusal.status, refusal.body, refusal.headers
        if trouble and trouble.kind == "unlinked":
            headers = {}
        elif trouble:
            return self._fail(trouble)
        return Response(status, json.dumps(answer).encode() if answer is not None else b"", headers=headers)

    def _page(self, path: str, query: dict[str, list[str]], items: list[Any]) -> tuple[list[Any], dict[str, str]]:
        start = int(query.get("cursor", ["0:0:0"])[0].split(":")[1])
        end = start + self._sentry.page_size
        address = f"{self._sentry.url}{path}?cursor="
        link = ", ".join(
            f'<{address}0:{at}:{back}>; rel="{rel}"; results="{str(more).lower()}"; cursor="0:{at}:{back}"'
            for rel, at, back, more in (
                ("previous", max(start - self._sentry.page_size, 0), 1, start > 0),
                ("next", end, 0, end < len(items)),
            )
        )
        return items[start:end], {"link": link}

    def _fail(self, trouble: Trouble) -> Response | None:
        if trouble.kind == "status":
            body = json.dumps(trouble.body).encode() if trouble.body is not None else b"<html>oh no</html>"
            return Response(trouble.status, body, headers=trouble.headers)
        if trouble.kind == "text":
            return Response(200, b"<html>Please log in</html>", "text/html")
        if trouble.kind == "truncate":
            return Response(200, b'[{"id": "1"', headers={"content-length": "4096"}, is_last=True)
        if trouble.kind == "hang":
            self._sentry._released.wait()
        return None


@contextmanager
def running() -> Iterator[FakeSentry]:
    """A fake Sentry on a free port, until the block ends."""
    sentry = FakeSentry()
    with answering(_Front(sentry).answer) as port:
        sentry.url = f"http://127.0.0.1:{port}"
        try:
            yield sentry
        finally:
            sentry.release()


def main() -> None:
    """Serve until interrupted, to try the command by hand."""
    with running() as sentry:
        print(f"SENTRY_URL={sentry.url} SENTRY_ORG={ORGANIZATION} SENTRY_AUTH_TOKEN={TOKEN}", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
