"""Names to ids, and back. Each list is read once, and a name that isn't found is reported with those that are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from .client import VERSIONS, RejectedError, SentryClient
from .model import JsonObject
from .rules import AlertsError, suggest

TABLES: Final = {"pagerduty": ("service_table", "service"), "opsgenie": ("team_table", "team")}
"""Where an integration keeps what it can notify, and under which key its name is."""
DEFAULT_MONITORS: Final = ("issue_stream", "error")
ALL_PROJECTS: Final = "all projects"


class Directory:
    """The project, its monitors, and the teams, members, environments, and integrations of the organization.

    The methods that return an id raise a LookupError for a name that has none, or more than one.
    """

    def __init__(self, client: SentryClient) -> None:
        self._client = client
        self._lists: dict[str, list[JsonObject]] = {}
        self._slugs: dict[str, str] = {}
        self._foreign: dict[str, JsonObject | None] = {}
        self.project_id = self._id_of_project()
        self.unnamed: set[str] = set()
        """Ids that were asked for by their name and have none."""

    def _id_of_project(self) -> str:
        client = self._client
        project = client.find_project(client.project)
        if project is None:
            raise AlertsError(
                f"{client.host} doesn't have the project {client.project} in the organization {client.organization}, or"
                f" hides it from this token (404). Check SENTRY_PROJECT and SENTRY_ORG. {client.region_hint()}".strip()
            )
        if not isinstance(project, dict) or not str(project.get("id", "")).isdecimal():
            raise AlertsError(f"{client.host} didn't return a project. Check that SENTRY_URL is a Sentry host.")
        return str(project["id"])

    # Monitors

    def monitors(self) -> dict[str, JsonObject]:
        """Return the project's own monitors by id."""
        return {str(each["id"]): each for each in self._own_monitors(self.project_id)}

    def monitor(self, *, type_: str | None, name: str | None, project: str | None) -> str:
        """Return the id of a monitor by its type or its name."""
        slug = project or self._client.project
        rows = self._own_monitors(self._project(slug))
        key, wanted = ("type", type_) if type_ else ("name", name)
        found = [each for each in rows if each.get(key) == wanted]
        if len(found) > 1:
            ids = ", ".join(f"{each.get('name')} ({each['id']})" for each in found)
            raise LookupError(f"the project {slug} has several monitors `{wanted}`: {ids}. Use one by its unique name")
        if found:
            return str(found[0]["id"])
        if type_ == "issue_stream":
            raise LookupError(
                f"the project {slug} has no monitor `issue_stream`. Use `error`, or update Sentry. {VERSIONS}"
            )
        known = [each.get("name") for each in rows] if name else [each.get("type") for each in rows]
        usable = known if name else [each for each in known if each in DEFAULT_MONITORS]
        raise LookupError(f"the project {slug} has no monitor `{wanted}`. {suggest(wanted, usable)}")

    def monitor_in_words(self, number: str) -> str | JsonObject:
        """Return a monitor as a rule file names it."""
        own = self.monitors()
        row = own.get(number) or self._row(number)
        if row is None:
            self.unnamed.add(number)
            return number
        if _of_all_projects(row):
            return f"{ALL_PROJECTS} ({row.get('type')})"
        type_ = str(row.get("type"))
        words: JsonObject = {"type": type_} if type_ in DEFAULT_MONITORS else {"name": row.get("name")}
        if number in own:
            return type_ if type_ in DEFAULT_MONITORS else words
        return {**words, "project": self._slug(str(row["projectId"]))}

    def watches_all_projects(self, workflow: JsonObject) -> bool:
        """Whether an alert is of the whole organization."""
        own = self.monitors()
        others = (self._row(number) for number in watched(workflow) if number not in own)
        return any(row is not None and _of_all_projects(row) for row in others)

    def _own_monitors(self, project_id: str) -> list[JsonObject]:
        """Return the monitors of one project, without those of all projects that Sentry may list as well."""
        return [each for each in self._monitors(project_id) if str(each.get("projectId", project_id)) == project_id]

    def _monitors(self, project_id: str) -> list[JsonObject]:
        return self._read("detectors/", project=project_id)

    def _row(self, number: str) -> JsonObject | None:
        """Return a monitor that isn't the project's own."""
        for row in self._monitors(self.project_id):
            if str(row["id"]) == number:
                return row
        if number not in self._foreign:
            try:
                self._foreign[number] = self._client.find(f"detectors/{number}/")
            except RejectedError:
                self._foreign[number] = None
        return self._foreign[number]

    def _project(self, slug: str) -> str:
        if slug == self._client.project:
            return self.project_id
        if slug not in self._slugs.values():
            project = self._client.find_project(slug)
            if project is None:
                raise LookupError(f"the organization has no project `{slug}`, or the token can't see it")
            self._slugs[str(project["id"])] = slug
        return next(number for number, known in self._slugs.items() if known == slug)

    def _slug(self, project_id: str) -> str:
        if project_id not in self._slugs:
            try:
                project = self._client.find_project(project_id)
            except RejectedError:
                project = None
            self._slugs[project_id] = str(project["slug"]) if project else project_id
        return self._slugs[project_id]

    # Names to ids

    def environment(self, name: str) -> str:
        """Return an empty string, or a remark about an environment that only other projects know."""
        # Without a project, Sentry lists those of the teams that the token's user is in, and hides some.
        if name in self._environments(self.project_id):
            return ""
        known = self._environments("-1")
        if name in known:
            return f"No event or deploy of {self._client.project} has named the environment `{name}` yet."
        raise LookupError(
            f"environment `{name}` doesn't exist in Sentry yet. Send an event from it or record a deploy first."
            f" {suggest(name, sorted({*known, *self._environments(self.project_id)}))}"
        )

    def _environments(self, project: str) -> list[str]:
        key = f"environments/{project}"
        if key not in self._lists:
            rows = self._client.read_unpaged("environments/", project=project, visibility="all")
            self._lists[key] = rows
        return [str(each["name"]) for each in self._lists[key]]

    def team(self, slug: str) -> str:
        return _id(self._teams(), "no team", slug)

    def member(self, address: str) -> str:
        address = address.casefold()
        if address in {_address(each) for each in self._members() if not each.get("user")}:
            raise LookupError(f"`{address}` hasn't accepted the invitation to the organization yet")
        return _id(self._users(), "no member", address)

    def integration(self, provider: str, name: str) -> str:
        """Return the active integration of this name, or the only one if no name is given."""
        rows = self._integrations(provider)
        active = {str(each["id"]): str(each["name"]) for each in rows if _is_active(each)}
        page = self._client.settings_page(f"integrations/{provider}/")
        if not rows:
            raise LookupError(f"Sentry isn't connected to {provider}. Connect it at {page}")
        disabled = [str(each["name"]) for each in rows if not _is_active(each)]
        if not active or (name in disabled and name not in active.values()):
            raise LookupError(f"the {provider} integration `{name or disabled[0]}` is disabled. Enable it at {page}")
        if not name and len(active) > 1:
            raise LookupError(
                f"there are several {provider} integrations. Set `integration`. {suggest('', active.values())}"
            )
        if list(active.values()).count(name) > 1:
            raise LookupError(f"two {provider} integrations are named `{name}`. Rename one at {page}")
        return _id(active, f"no {provider} integration", name or next(iter(active.values())))

    def target(self, provider: str, integration: str, name: str) -> str:
        """Return a PagerDuty service or an Opsgenie team."""
        return _id(
            self._targets(provider, integration), f"the {provider} integration has no {TABLES[provider][1]}", name
        )

    def sentry_app(self, name: str) -> str:
        apps = self._sentry_apps()
        return _id(apps, "no installed app with an alert action is named", name)

    # Ids to names

    def name(self, category: str, number: object, integration: object = None) -> str:
        """Return the name of an id, or else the id itself."""
        wanted = str(number)
        try:
            name = self._names(category, str(integration)).get(wanted)
        except RejectedError:  # Members need a scope that most tokens don't have.
            name = None
        if name is None:
            self.unnamed.add(wanted)
        return name or wanted

    def _names(self, category: str, integration: str) -> dict[str, str]:
        match category:
            case "team":
                return self._teams()
            case "user":
                return self._users()
            case "sentry_app":
                return self._sentry_apps()
            case "pagerduty" | "opsgenie" if integration.isdecimal():
                return self._targets(category, integration)
        return {str(each["id"]): str(each["name"]) for each in self._integrations(category)}

    # Lists

    def _teams(self) -> dict[str, str]:
        return {str(each["id"]): str(each["slug"]) for each in self._read("teams/")}

    def _members(self) -> list[JsonObject]:
        return self._read("members/")

    def _users(self) -> dict[str, str]:
        return {str(each["user"]["id"]): _address(each) for each in self._members() if each.get("user")}

    def _integrations(self, provider: str) -> list[JsonObject]:
        return self._read("integrations/", providerKey=provider)

    def _targets(self, provider: str, integration: str) -> dict[str, str]:
        """Return what an integration can notify. The secret keys of each row are never read."""
        table, key = TABLES[provider]
        path = f"integrations/{integration}/"
        if path not in self._lists:
            found = self._client.find(path)
            self._lists[path] = (found.get("configData") or {}).get(table) or [] if isinstance(found, dict) else []
        return {str(row["id"]): str(row[key]) for row in self._lists[path]}

    def _sentry_apps(self) -> dict[str, str]:
        path = "available-actions/"
        if path not in self._lists:
            self._lists[path] = [each for each in self._client.find(path) or () if isinstance(each, dict)]
        apps = (each["sentryApp"] for each in self._lists[path] if each.get("sentryApp"))
        return {str(app["id"]): str(app["name"]) for app in apps}

    def _read(self, path: str, **params: str) -> list[JsonObject]:
        key = "&".join([path, *params.values()])
        if key not in self._lists:
            self._lists[key] = self._client.read_all(path, **params)
        return self._lists[key]


def watched(workflow: JsonObject) -> Iterator[str]:
    """Yield the ids of the monitors that an alert is connected to."""
    yield from map(str, workflow.get("detectorIds") or ())


def _of_all_projects(monitor: JsonObject) -> bool:
    return "projectId" in monitor and monitor["projectId"] is None


def _is_active(integration: JsonObject) -> bool:
    states: Iterable[Any] = (integration.get("status"), integration.get("organizationIntegrationStatus"))
    return all(state in (None, "active") for state in states)


def _address(member: JsonObject) -> str:
    return str(member.get("email") or "").casefold()


def _id(names: dict[str, str], missing: str, wanted: str) -> str:
    found = [number for number, name in names.items() if name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise LookupError(f"`{wanted}` is the name of several ({', '.join(found)}). Rename one of them")
    raise LookupError(f"{missing} `{wanted}`. {suggest(wanted, sorted(set(names.values())))}")
