"""Requests to Sentry's API. A list is read completely or not at all, and no create that may have worked is repeated."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import httpx2

from .model import JsonObject
from .rules import AlertsError
from .service import Service

TRIES: Final = 5
"""How often a request is sent while Sentry fails or limits the rate."""
LONGEST_WAIT: Final = 60.0
"""Seconds that a rate limit may last."""
HOST: Final = re.compile(
    r"https?://(?P<name>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)
READ_SCOPES: Final = "alerts:read, org:read, and project:read"
CREATE_ONE: Final = (
    "Create a token for an internal integration (Settings > Developer Settings) or for yourself (User settings >"
    f" Personal Tokens). `plan` and `pull` need the scopes {READ_SCOPES}; `apply` also needs alerts:write"
)
VERSIONS: Final = (
    "A self-hosted Sentry needs version 26.5 or newer, with the new alerts enabled (the default from 26.7)."
)


class RejectedError(AlertsError):
    """Sentry rejected a request. `details` are its words, each with the path in the request that they are about."""

    def __init__(self, problem: str, status: int, details: list[tuple[list[str], str]]) -> None:
        super().__init__(problem)
        self.status = status
        self.details = details


class UnclearError(AlertsError):
    """The response got lost: Sentry may have done what it was asked to."""


class SentryClient:
    """Sentry's API for one organization, from SENTRY_AUTH_TOKEN, SENTRY_URL, SENTRY_ORG, and SENTRY_PROJECT.

    Args:
        service: The answers, which the variables override.
        environ: The variables.
        timeout: Seconds to wait for a connection, and for each part of a response.
        note: Receives a sentence when something takes long.
        sleep: Waits for so many seconds.

    Raises:
        AlertsError: A variable isn't valid.
    """

    def __init__(
        self,
        service: Service,
        environ: Mapping[str, str],
        timeout: float,
        note: Callable[[str], None],
        sleep: Callable[[float], None],
    ) -> None:
        given = {name: value.strip() for name, value in environ.items() if value.strip()}
        self.host = given.get("SENTRY_URL", service.host).rstrip("/")
        self.organization = given.get("SENTRY_ORG", service.organization)
        self.project = given.get("SENTRY_PROJECT", service.project)
        self._token = given.get("SENTRY_AUTH_TOKEN", "")
        self._note = note
        self._sleep = sleep
        self._check()
        # Without a transport of our own: that could retry connections, but would ignore this machine's proxies.
        self.http = httpx2.Client(
            base_url=f"{self.host}/api/0/",
            headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"},
            timeout=timeout,
            follow_redirects=False,  # The token is sent to this host and no other.
        )

    def _check(self) -> None:
        match = HOST.fullmatch(self.host)
        if match is None or int(match["port"] or 0) > 65535:
            raise AlertsError("SENTRY_URL must be the URL of a Sentry host, e.g. https://de.sentry.io.")
        self._is_hosted = bool(re.fullmatch(r"(.+\.)?sentry\.io", match["name"].lower()))
        for name, slug in (("SENTRY_ORG", self.organization), ("SENTRY_PROJECT", self.project)):
            if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", slug):
                problem = "isn't a valid slug" if slug else "isn't set"
                raise AlertsError(f"{name} {problem}. Copy it from the URL of its page in Sentry.")
        if not self._token:
            raise AlertsError(f"SENTRY_AUTH_TOKEN isn't set. {CREATE_ONE}.")
        if not re.fullmatch(r"[!-~]+", self._token):
            raise AlertsError("SENTRY_AUTH_TOKEN contains a space or a character that no token has. Copy it again.")
        if self._token.startswith("sntrys_"):
            problem = "is an organization token (sntrys_), which Sentry rejects for monitors and alerts"
            raise AlertsError(f"SENTRY_AUTH_TOKEN {problem}. {CREATE_ONE}.")

    def find(self, path: str) -> Any:
        """Return what Sentry has at a path of the organization, or None if there is nothing."""
        return self._found(self.within(path))

    def find_project(self, slug_or_id: str) -> Any:
        """Return a project, or None if there is none or the token can't see it."""
        return self._found(f"projects/{self.organization}/{slug_or_id}/")

    def _found(self, path: str) -> Any:
        response = self._send("GET", path, may_be_missing=True)
        return None if response.status_code == HTTPStatus.NOT_FOUND else self._json(response)

    def within(self, path: str) -> str:
        return f"organizations/{self.organization}/{path}"

    def read_all(self, path: str, **params: str) -> list[JsonObject]:
        """Read every page of a list of the organization.

        Raises:
            AlertsError: It couldn't be read completely. A part of a list is never returned.
        """
        found: list[JsonObject] = []
        cursors: list[str] = []
        place = f"{self.host} ({path})"
        while True:
            query = {"per_page": "100", **params, **({"cursor": cursors[-1]} if cursors else {})}
            response = self._send("GET", self.within(path), params=query)
            page = self._json(response)
            if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
                raise AlertsError(f"{place} didn't return a list. Check that SENTRY_URL is a Sentry host.")
            found += page
            link = response.links.get("next", {})
            if not link and page:
                raise AlertsError(f"{place} returned a page without a Link header. A proxy may be removing it.")
            if link.get("results") != "true":
                return found
            # Only the cursor is used, never the address that comes with it.
            cursor = link.get("cursor", "")
            if not cursor or cursor in cursors:
                raise AlertsError(f"{place} returned a repeated cursor. The list can't be read completely.")
            cursors.append(cursor)
            self._note(f"Read {len(found)} entries of {path} so far")

    def read_unpaged(self, path: str, **params: str) -> list[JsonObject]:
        """Read a list of the organization that Sentry returns as a whole."""
        found = self._json(self._send("GET", self.within(path), params=params))
        if not isinstance(found, list):
            raise AlertsError(f"{self.host} ({path}) didn't return a list. Check that SENTRY_URL is a Sentry host.")
        return found

    def save(self, method: str, path: str, body: JsonObject) -> JsonObject:
        """Send a POST or PUT, and return what Sentry has saved.

        Raises:
            UnclearError: The response got lost.
        """
        saved = self._json(self._send(method, self.within(path), body=body))
        if not isinstance(saved, dict):
            raise UnclearError("The response isn't one of Sentry's.")
        return saved

    def delete(self, path: str) -> None:
        """Delete something, unless it is gone already."""
        self._send("DELETE", self.within(path), may_be_missing=True)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: JsonObject | None = None,
        may_be_missing: bool = False,
    ) -> httpx2.Response:
        failure = AlertsError()
        for attempt in range(TRIES):
            wait = 2.0**attempt
            try:
                response = self.http.request(method, path, params=params, json=body)
            except httpx2.RequestError as error:
                undone = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
                reason = (
                    "no response in time" if isinstance(error, httpx2.TimeoutException) else "the response broke off"
                )
                reason = "no connection" if undone else reason
                failure = AlertsError(
                    f"{self.host} ({path}) can't be reached: {reason}. Check SENTRY_URL and the network."
                )
            else:
                if response.is_success or (may_be_missing and response.status_code == HTTPStatus.NOT_FOUND):
                    return response
                rejected = failure = self._rejection(response)
                reason = f"Sentry returned {rejected.status}"
                undone = rejected.status == HTTPStatus.TOO_MANY_REQUESTS
                if undone or "retry-after" in response.headers:
                    wait = _until_reset(response, otherwise=wait)
                if not undone and rejected.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise rejected
            if method == "POST" and not undone:
                raise UnclearError(f"The response got lost. {failure}")
            if attempt + 1 < TRIES:
                self._note(f"{reason}. Trying again in {wait:.0f} s")
                self._sleep(wait)
        raise failure

    def _json(self, response: httpx2.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            if response.request.method == "POST":
                raise UnclearError("The response can't be read.") from None
            path = response.request.url.path
            raise AlertsError(f"{path} didn't return JSON. Check that SENTRY_URL is a Sentry host.") from None

    def _rejection(self, response: httpx2.Response) -> RejectedError:
        """Return the error for a response that isn't a success, with Sentry's own words but without the token."""
        try:
            body = response.json()
        except ValueError:
            body = None
        details = [(path, text.replace(self._token, "(token)")[:500]) for path, text in _flat(body, [])]
        words = "; ".join(text for _, text in details)
        problem = self._meaning(response, words)
        if words and words not in problem:
            problem += f" Sentry says: {words}."
        return RejectedError(problem, response.status_code, details)

    def _meaning(self, response: httpx2.Response, words: str) -> str:
        status, path = response.status_code, response.request.url.path
        writes = response.request.method != "GET"
        if status < HTTPStatus.BAD_REQUEST:
            try:
                target = httpx2.URL(response.headers.get("location", "")).host
            except httpx2.InvalidURL:
                target = ""
            if moved := re.search(r"/projects/[^/]+/([^/]+)/$", response.headers.get("location", "")):
                return f"The project {self.project} is named {moved[1]} now ({status}). Set SENTRY_PROJECT to that."
            where = target or "another address"
            return f"{self.host} redirects to {where} ({status}). Set SENTRY_URL to Sentry's own URL."
        if status == HTTPStatus.BAD_REQUEST:
            what = "Sentry rejected the rule" if writes else f"Sentry rejected the request for {path}"
            return f"{what}: {words or 'it gives no reason (400)'}."
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return f"Sentry or a proxy returned {status}. Try again later."
        match status:
            case 401:
                return f"Sentry doesn't accept the token (401). It is mistyped, expired, or revoked. {CREATE_ONE}."
            case 403:
                scope = _scope(path, writes)
                return (
                    f"The token isn't allowed to do this (403). Add the scope {scope} to it, or give it access to the"
                    f" project {self.project}."
                )
            case 404 if match := re.search(r"/workflows/([0-9]+)/$", path):
                return f"Sentry has no alert with the id {match[1]} (404)."
            case 404:
                return f"{self.host} doesn't have the page {path} (404). {self._missing_page()}"
            case 410:
                return "Sentry has closed this part of its API (410). Update the service to a newer template release."
            case 413:
                return "The rule is too large for Sentry (413). Split it."
            case 429:
                return "Sentry is still rate limiting (429). Try again later."
        return f"Sentry returned {status}."

    def _missing_page(self) -> str:
        if self._is_hosted:
            return f"Check SENTRY_ORG ({self.organization}). {self.region_hint()}"
        return f"Check SENTRY_ORG ({self.organization}). {VERSIONS}"

    def region_hint(self) -> str:
        """Return why an organization or project of sentry.io may seem to be missing."""
        if not self._is_hosted:
            return ""
        return (
            "An organization in another region looks the same: set SENTRY_URL to https://us.sentry.io or"
            " https://de.sentry.io."
        )

    def settings_page(self, path: str) -> str:
        return f"{self.host}/settings/{self.organization}/{path}"


def _scope(path: str, writes: bool) -> str:
    if re.search("/(workflows|detectors)/", path):
        return "alerts:write" if writes else "alerts:read"
    if "/members/" in path:
        return "member:read"
    return "project:read" if "/projects/" in path else "org:read"


def _flat(body: Any, path: list[str]) -> Iterator[tuple[list[str], str]]:
    """Yield `(["config", "frequency"], "Too short")` for `{"config": {"frequency": ["Too short."]}}`."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from _flat(value, [*path, str(key)])
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from _flat(value, path if isinstance(value, str) else [*path, str(index)])
    elif body:
        yield path, " ".join(str(body).split()).rstrip(".")


def _until_reset(response: httpx2.Response, otherwise: float) -> float:
    """Return the seconds until the rate limit ends, by the time in Sentry's own header or by Retry-After."""
    reset, after = response.headers.get("x-sentry-rate-limit-reset"), response.headers.get("retry-after")
    try:
        seconds = float(reset) - time.time() if reset else _seconds(after) if after else otherwise
    except ValueError:
        seconds = otherwise
    if seconds > LONGEST_WAIT:
        status = response.status_code
        raise AlertsError(f"Sentry asks to wait {seconds:.0f} s ({status}). Try again after that.")
    return max(seconds, 0.0)


def _seconds(after: str) -> float:
    """Return what a Retry-After header means: seconds, or a date."""
    if after.strip().replace(".", "", 1).isdecimal():
        return float(after)
    return parsedate_to_datetime(after).timestamp() - time.time()
