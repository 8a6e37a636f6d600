"""Requests to Sentry's API: a list is read to its end or not at all, and no create is repeated that may have worked."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

import httpx2

from . import answers
from .rules import AlertsError, JsonObject

TRIES: Final = 5
"""How often a request is sent while Sentry fails or limits the rate."""
LONGEST_WAIT: Final = 60.0
"""Seconds that a rate limit may last."""
HOST: Final = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::(?P<port>[0-9]{1,5}))?/?")
CREATE_ONE: Final = (
    "create one for an internal integration (Settings > Developer Settings) or for yourself (User settings > Personal"
    " Tokens) with the scopes alerts:read, alerts:write, org:read, project:read and project:releases"
)


class RefusedError(AlertsError):
    """Sentry's answer is no success. `details` are its words, each with the path in the request that they are about."""

    def __init__(self, problem: str, status: int, details: list[tuple[list[str], str]]) -> None:
        super().__init__(problem)
        self.status = status
        self.details = details


class UnclearError(AlertsError):
    """The answer got lost: Sentry may have done what it was asked to."""


class SentryClient:
    """Sentry's API for one organisation, as SENTRY_AUTH_TOKEN, SENTRY_URL, SENTRY_ORG and SENTRY_PROJECT name it.

    Args:
        environ: the variables; they win over the answers.
        timeout: seconds to wait for a connection, and for each part of an answer.
        note: is told in a sentence when something takes long.
        sleep: waits for so many seconds.

    Raises:
        AlertsError: a variable cannot be used.
    """

    def __init__(
        self, environ: Mapping[str, str], timeout: float, note: Callable[[str], None], sleep: Callable[[float], None]
    ) -> None:
        given = {name: value.strip() for name, value in environ.items() if value.strip()}
        self.host = given.get("SENTRY_URL", answers.SENTRY_HOST).rstrip("/")
        self.organization = given.get("SENTRY_ORG", answers.SENTRY_ORG)
        self.project = given.get("SENTRY_PROJECT", answers.SENTRY_PROJECT)
        self._token = given.get("SENTRY_AUTH_TOKEN", "")
        self._note = note
        self._sleep = sleep
        self._check()
        # Without a transport of our own, which could retry connections but would not use the proxies of this machine.
        self.http = httpx2.Client(
            base_url=f"{self.host}/api/0/organizations/{self.organization}/",
            headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"},
            timeout=timeout,
            follow_redirects=False,  # The token goes to this host and to no other.
        )

    def _check(self) -> None:
        match = HOST.fullmatch(self.host)
        if match is None or int(match["port"] or 0) > 65535:
            raise AlertsError("SENTRY_URL is no address of a host; write it as https://de.sentry.io, without a path.")
        for name, slug in (("SENTRY_ORG", self.organization), ("SENTRY_PROJECT", self.project)):
            if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", slug):
                problem = "is no slug" if slug else "is not set"
                raise AlertsError(f"{name} {problem}; write it as the address of its pages in Sentry does.")
        if not self._token:
            raise AlertsError(f"SENTRY_AUTH_TOKEN is not set; {CREATE_ONE}.")
        if not re.fullmatch(r"[!-~]+", self._token):
            raise AlertsError("SENTRY_AUTH_TOKEN holds a space or a character that no token has; copy it again.")
        if self._token.startswith("sntrys_"):
            problem = "is an organisation token (sntrys_), which Sentry refuses for monitors and alerts"
            raise AlertsError(f"SENTRY_AUTH_TOKEN {problem}; {CREATE_ONE}.")

    def get(self, path: str) -> Any:
        """Return what Sentry has at a path, or None where it has nothing."""
        response = self._send("GET", path, may_be_missing=True)
        return None if response.status_code == HTTPStatus.NOT_FOUND else self._json(response)

    def read_all(self, path: str, **params: str) -> list[JsonObject]:
        """Read every page of a list.

        Raises:
            AlertsError: it could not be read to its end; a part of a list is never returned.
        """
        found: list[JsonObject] = []
        cursors: list[str] = []
        place = f"{self.host} ({path})"
        while True:
            response = self._send("GET", path, params={**params, "cursor": cursors[-1]} if cursors else params)
            page = self._json(response)
            if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
                raise AlertsError(f"{place} did not answer with a list; is SENTRY_URL really a Sentry?")
            found += page
            link = response.links.get("next", {})
            if not link and page:
                raise AlertsError(f"{place} does not say whether its list goes on; something cuts its answer.")
            if link.get("results") != "true":
                return found
            # Only the cursor is taken, never the address beside it.
            cursor = link.get("cursor", "")
            if not cursor or cursor in cursors:
                raise AlertsError(f"{place} leads in a circle; the list cannot be read to its end.")
            cursors.append(cursor)
            self._note(f"{len(found)} read from {path} so far")

    def save(self, method: str, path: str, body: JsonObject) -> JsonObject:
        """Send a POST or PUT, and return what Sentry has saved.

        Raises:
            UnclearError: the answer got lost.
        """
        saved = self._json(self._send(method, path, body=body))
        if not isinstance(saved, dict):
            raise UnclearError("The answer is not what Sentry answers to this.")
        return saved

    def delete(self, path: str) -> None:
        """Delete something; that it is gone already is as good."""
        self._send("DELETE", path, may_be_missing=True)

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
                reason = "no answer in time" if isinstance(error, httpx2.TimeoutException) else "the answer broke off"
                reason = "no connection" if undone else reason
                failure = AlertsError(f"{self.host} ({path}) could not be reached: {reason}.")
            else:
                if response.is_success or (may_be_missing and response.status_code == HTTPStatus.NOT_FOUND):
                    return response
                refused = failure = self._refusal(response)
                reason = f"Sentry answered with {refused.status}"
                undone = refused.status == HTTPStatus.TOO_MANY_REQUESTS
                if undone:
                    wait = _until_reset(response)
                elif refused.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise refused
            if method == "POST" and not undone:
                raise UnclearError(f"The answer got lost. {failure}")
            if attempt + 1 < TRIES:
                self._note(f"{reason}; trying again in {wait:.0f} s")
                self._sleep(wait)
        raise failure

    def _json(self, response: httpx2.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            if response.request.method == "POST":
                raise UnclearError("The answer cannot be read.") from None
            path = response.request.url.path
            raise AlertsError(f"{path} answered with something else than JSON; is SENTRY_URL a Sentry?") from None

    def _refusal(self, response: httpx2.Response) -> RefusedError:
        """Return the error for an answer that is no success, with Sentry's own words but without the token."""
        try:
            body = response.json()
        except ValueError:
            body = None
        details = [(path, text.replace(self._token, "(token)")[:500]) for path, text in _flat(body, [])]
        said = "; ".join(text for _, text in details)
        if response.status_code == HTTPStatus.BAD_REQUEST:
            details = details or [([], "400, without a word")]
            return RefusedError(f"Sentry does not take it: {details[0][1]}.", 400, details)
        meaning = self._meaning(response.status_code, response)
        return RefusedError(meaning + (f" Sentry says: {said}." if said else ""), response.status_code, [])

    def _meaning(self, status: int, response: httpx2.Response) -> str:
        path = response.request.url.path
        if response.is_redirect:
            target = httpx2.URL(response.headers.get("location", "")).host or "elsewhere"
            return f"{self.host} leads to {target} ({status}); set SENTRY_URL to the address that Sentry itself has."
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return f"Sentry or something before it failed ({status}); try again later."
        if status == HTTPStatus.NOT_FOUND and (match := re.search(r"/workflows/([0-9]+)/$", path)):
            return f"Sentry has no alert with the id {match[1]} (404)."
        scope = "alerts:read" if response.request.method == "GET" else "alerts:write"
        if not re.search("/(workflows|detectors)/", path):
            scope = "member:read" if "/members/" in path else "org:read"
        meanings = {
            401: f"Sentry does not know the token (401): it is mistyped, expired or revoked; {CREATE_ONE}.",
            403: f"Sentry does not let this token do that (403). Either it lacks a scope ({scope}), or it has no access"
            f" to the project {self.project}, or there is no project of that name: check SENTRY_PROJECT.",
            404: f"{self.host} knows no such thing (404). Check SENTRY_ORG ({self.organization}) and its region: an"
            " organisation in another region looks just like this, so set SENTRY_URL to https://us.sentry.io or"
            " https://de.sentry.io. A self-hosted Sentry has these pages from 26.5 on.",
            410: "Sentry has closed this part of its API (410); look for a newer version of the template.",
            413: "Sentry finds the rule too large (413); split it.",
            429: "Sentry still asks to wait (429); try again later.",
        }
        return meanings.get(status, f"Sentry answered with {status}.")


def _flat(body: Any, path: list[str]) -> Iterator[tuple[list[str], str]]:
    """Yield `(["config", "frequency"], "Too short")` for `{"config": {"frequency": ["Too short."]}}`."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from _flat(value, [*path, key])
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from _flat(value, path if isinstance(value, str) else [*path, str(index)])
    elif body:
        yield path, " ".join(str(body).split()).rstrip(".")


def _until_reset(response: httpx2.Response) -> float:
    """Return the seconds until the rate limit ends, by the time in Sentry's own header or by Retry-After."""
    reset, after = response.headers.get("x-sentry-rate-limit-reset"), response.headers.get("retry-after")
    try:
        seconds = float(reset) - time.time() if reset else float(after or 1)
    except ValueError:
        seconds = 1.0
    if seconds > LONGEST_WAIT:
        raise AlertsError(f"Sentry asks to wait {seconds:.0f} s (429), its rate limit; try again after that.")
    return max(seconds, 0.0)
