"""Names to ids, and back. Each list is read once, and a name that is not found comes with those that are."""

from __future__ import annotations

from typing import Final

from .client import SentryClient
from .rules import JsonObject, suggest

# Where an integration keeps what it can notify, and under which key the name stands.
_TABLES: Final = {"pagerduty": ("service_table", "service"), "opsgenie": ("team_table", "team")}


class Directory:
    """The monitors, teams, members, environments and integrations of an organisation.

    Its methods return an id, and raise a LookupError for a name that has none, or more than one.
    """

    def __init__(self, client: SentryClient) -> None:
        self._client = client
        self._lists: dict[str, list[JsonObject]] = {}
        self._names: dict[tuple[str, str], str] = {}

    def name(self, category: str, number: object) -> str:
        """Return the name of an id that this run has met, or else the id itself."""
        return self._names.get((category, str(number)), str(number))

    def monitors(self) -> dict[str, str]:
        """Return the type of every monitor of the project, by id."""
        found = self._read("detectors/", project=self._client.project)
        return self._named("monitor", {str(each["id"]): str(each.get("type")) for each in found})

    def monitor(self, type_: str) -> str:
        monitors, project = self.monitors(), self._client.project
        ids = [number for number, found in monitors.items() if found == type_]
        if len(ids) > 1:
            raise LookupError(f"the project {project} has several monitors `{type_}` ({', '.join(ids)})")
        return _id(monitors, f"the project {project} has no monitor", type_)

    def environment(self, name: str) -> str:
        """Return the name itself: Sentry takes it, but only once an event has come from there."""
        if "environments/" not in self._lists:
            self._lists["environments/"] = self._client.get("environments/")
        known = {str(each["name"]): str(each["name"]) for each in self._lists["environments/"]}
        return _id(known, "send an event from there first: Sentry has not heard of an environment", name)

    def team(self, slug: str) -> str:
        names = self._named("team", {str(each["id"]): str(each["slug"]) for each in self._read("teams/")})
        return _id(names, "there is no team", slug)

    def member(self, address: str) -> str:
        address = address.casefold()
        members = {str(each.get("email", "")).casefold(): each.get("user") for each in self._read("members/")}
        names = self._named("user", {str(user["id"]): email for email, user in members.items() if user})
        if address in members and not members[address]:
            raise LookupError(f"`{address}` has not accepted the invitation to the organisation yet")
        return _id(names, "there is no member", address)

    def integration(self, provider: str, name: str | None) -> str:
        """Return the integration of this name, or the only one where no name is given."""
        found = self._read("integrations/", providerKey=provider)
        names = self._named("integration", {str(each["id"]): str(each["name"]) for each in found})
        if not names:
            page = f"{self._client.host}/settings/{self._client.organization}/integrations/{provider}/"
            raise LookupError(f"Sentry is not connected to {provider}; connect it at {page}")
        if name is None and len(names) > 1:
            raise LookupError(f"there are several for {provider}; set `integration`, {suggest('', names.values())}")
        if list(names.values()).count(str(name)) > 1:
            raise LookupError(f"two connections share the name `{name}`; rename one in Sentry's settings")
        return _id(names, f"there is no {provider} integration", name or next(iter(names.values())))

    def target(self, provider: str, integration: str, name: str) -> str:
        """Return a PagerDuty service or an Opsgenie team. The keys that stand beside it are not looked at."""
        table, key = _TABLES[provider]
        path = f"integrations/{integration}/"
        if path not in self._lists:
            self._lists[path] = (self._client.get(path).get("configData") or {}).get(table) or []
        names = self._named(provider, {str(row["id"]): str(row[key]) for row in self._lists[path]})
        return _id(names, f"the {provider} integration has no {key}", name)

    def _read(self, path: str, **params: str) -> list[JsonObject]:
        key = path + params.get("providerKey", "")
        if key not in self._lists:
            self._lists[key] = self._client.read_all(path, **params)
        return self._lists[key]

    def _named(self, category: str, names: dict[str, str]) -> dict[str, str]:
        self._names |= {(category, number): name for number, name in names.items()}
        return names


def _id(names: dict[str, str], missing: str, wanted: str) -> str:
    for number, name in names.items():
        if name == wanted:
            return number
    raise LookupError(f"{missing} `{wanted}`; {suggest(wanted, sorted(set(names.values())))}")
