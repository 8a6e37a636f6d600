# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Names to ids. What is asked once is not asked again, and a name that is not found comes with those that are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cached_property

from .client import JsonObject, SentryClient
from .faults import AlertsError

PROVIDERS = {
    "slack": "Slack workspace",
    "discord": "Discord server",
    "msteams": "Microsoft Teams team",
    "pagerduty": "PagerDuty account",
    "opsgenie": "Opsgenie account",
}
# Where an integration keeps what it can send to, and under which key the name stands.
_TABLES = {"pagerduty": ("service_table", "service"), "opsgenie": ("team_table", "team")}


class UnknownNameError(AlertsError):
    """Sentry does not know a name, or knows it twice. `str()` is a clause to stand behind its place."""


class Directory:
    """The monitors, teams, members, environments and integrations that an organisation has."""

    def __init__(self, client: SentryClient) -> None:
        self._client = client
        self._integrations: dict[str, list[JsonObject]] = {}
        self._tables: dict[tuple[str, str], list[JsonObject]] = {}

    @cached_property
    def monitors(self) -> dict[str, JsonObject]:
        """Every monitor of the project, by id."""
        found = self._client.read_all("detectors/", project=self._client.settings.project)
        return {str(monitor["id"]): monitor for monitor in found}

    def monitor(self, kind: str) -> str:
        """The id of the monitor of this kind that every project has."""
        ids = [number for number, monitor in self.monitors.items() if monitor.get("type") == kind]
        project = self._client.settings.project
        if not ids:
            kinds = {str(monitor.get("type")) for monitor in self.monitors.values()}
            raise UnknownNameError(f"the project {project} has no monitor `{kind}`; {_those(kinds)}")
        if len(ids) > 1:
            raise UnknownNameError(f"the project {project} has several monitors `{kind}` ({', '.join(ids)})")
        return ids[0]

    def environment(self, name: str) -> str:
        """The name itself: Sentry takes it, but only once an event has come from there."""
        known = {str(environment["name"]) for environment in self._environments}
        if name not in known:
            raise UnknownNameError(
                f"Sentry knows no environment `{name}` yet, it learns one from its first event; send one from there, or"
                f" use another; {_those(known, name)}"
            )
        return name

    def team(self, slug: str) -> str:
        ids = {str(team["slug"]): str(team["id"]) for team in self._teams}
        if slug not in ids:
            raise UnknownNameError(f"there is no team `{slug}`; {_those(ids, slug)}")
        return ids[slug]

    def member(self, address: str) -> str:
        users = {str(member.get("email", "")).casefold(): member.get("user") for member in self._members}
        if address.casefold() not in users:
            raise UnknownNameError(f"there is no member `{address}`; {_those(users, address)}")
        user = users[address.casefold()]
        if not isinstance(user, dict):
            raise UnknownNameError(f"`{address}` has not accepted the invitation to the organisation yet")
        return str(user["id"])

    def integration(self, provider: str, name: str | None) -> str:
        """The id of the integration of this name, or of the only one where no name is given."""
        kind = PROVIDERS[provider]
        known = self._integrations.get(provider)
        if known is None:
            known = self._integrations[provider] = self._client.read_all("integrations/", providerKey=provider)
        names = [str(integration["name"]) for integration in known]
        ids = [str(each["id"]) for each in known if name is None or each["name"] == name]
        if len(ids) == 1:
            return ids[0]
        if not known:
            page = (
                f"{self._client.settings.host}/settings/{self._client.settings.organization}/integrations/{provider}/"
            )
            raise UnknownNameError(f"Sentry is connected to no {kind}; connect it at {page}")
        if name is None:
            raise UnknownNameError(f"there is more than one {kind}; say which with `integration`; {_those(names)}")
        if ids:
            raise UnknownNameError(f"two connections share the name `{name}`; rename one in Sentry's settings")
        raise UnknownNameError(f"there is no {kind} `{name}`; {_those(names, name)}")

    def target(self, provider: str, integration: str, name: str) -> str:
        """The id of a PagerDuty service or an Opsgenie team. The keys that stand beside it are not looked at."""
        table, key = _TABLES[provider]
        rows = self._tables.get((provider, integration))
        if rows is None:
            detail = self._client.get(f"integrations/{integration}/")
            rows = self._tables[provider, integration] = (detail.get("configData") or {}).get(table) or []
        ids = {str(row[key]): str(row["id"]) for row in rows}
        if name not in ids:
            raise UnknownNameError(f"the {PROVIDERS[provider]} has no {key} `{name}`; {_those(ids, name)}")
        return ids[name]

    def known_names(self) -> dict[tuple[str, str], str]:
        """The names of the ids that this run has met, by kind and id."""
        names = {("monitor", number): str(monitor.get("name")) for number, monitor in self.monitors.items()}
        for integrations in self._integrations.values():
            names.update({("integration", str(each["id"])): str(each["name"]) for each in integrations})
        for (provider, _), rows in self._tables.items():
            names.update({(provider, str(row["id"])): str(row[_TABLES[provider][1]]) for row in rows})
        if "_teams" in self.__dict__:
            names.update({("team", str(team["id"])): str(team["slug"]) for team in self._teams})
        if "_members" in self.__dict__:
            accepted = [member for member in self._members if member.get("user")]
            names.update({("user", str(each["user"]["id"])): str(each["email"]) for each in accepted})
        return names

    @cached_property
    def _environments(self) -> list[JsonObject]:
        found: list[JsonObject] = self._client.get("environments/")
        return found

    @cached_property
    def _teams(self) -> list[JsonObject]:
        return self._client.read_all("teams/")

    @cached_property
    def _members(self) -> list[JsonObject]:
        return self._client.read_all("members/")


def _those(names: Iterable[str], wanted: str = "") -> str:
    """`there are a, b and 3 more`, the likeliest first."""
    known = sorted(set(names))
    near = difflib.get_close_matches(wanted, known, n=3)
    ordered = near + [name for name in known if name not in near]
    if not ordered:
        return "there is none"
    more = f" and {len(ordered) - 10} more" if len(ordered) > 10 else ""
    return f"there is {ordered[0]}" if len(ordered) == 1 else f"there are {', '.join(ordered[:10])}{more}"
