# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Requests to Sentry's API: a list is read to its end or not at all, and no create is repeated that may have worked."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx2

from .faults import AlertsError
from .refusals import RefusedError, UnclearError, refusal
from .settings import Settings

JsonObject = dict[str, Any]

ATTEMPTS = 3
"""How often a request that changes nothing, or the same thing twice, is tried."""
WAITS, LONGEST_WAIT = 5, 60.0
"""How often and for how many seconds at most the client waits when Sentry limits its rate."""


class SentryClient:
    """Sentry's API for one organisation.

    Args:
        timeout: seconds to wait for a connection, and for each part of an answer.
        note: is told in a sentence when something takes long.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        timeout: float,
        note: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self._note = note
        self._sleep = sleep
        self._http = httpx2.Client(
            base_url=f"{settings.host}/api/0/organizations/{settings.organization}/",
            headers={"Authorization": f"Bearer {settings.token}", "Accept": "application/json"},
            timeout=timeout,
            follow_redirects=False,  # The token goes to this host and to no other.
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str) -> Any:
        return self._json(self._ask("GET", path))

    def read_all(self, path: str, **params: str) -> list[JsonObject]:
        """Read every page of a list.

        Raises:
            AlertsError: it could not be read to its end; a part of a list is never returned.
        """
        found: list[JsonObject] = []
        seen: set[str] = set()
        cursor: str | None = ""
        while cursor is not None:
            response = self._ask("GET", path, params={**params, "cursor": cursor} if cursor else params)
            page = self._json(response)
            if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
                raise AlertsError(f"{self._place(path)} did not answer with a list; is SENTRY_URL really a Sentry?")
            found.extend(page)
            cursor = self._next(response, path, page)
            if cursor is not None:
                if cursor in seen:
                    raise AlertsError(f"{self._place(path)} leads in a circle; the list cannot be read to its end.")
                seen.add(cursor)
                self._note(f"{len(found)} read from {path} so far")
        return found

    def create(self, path: str, body: JsonObject) -> JsonObject:
        """Create something, once.

        Raises:
            UnclearError: the answer got lost, so that it may or may not exist now.
        """
        return self._object(self._ask("POST", path, body=body))

    def replace(self, path: str, body: JsonObject) -> JsonObject:
        return self._object(self._ask("PUT", path, body=body))

    def delete(self, path: str) -> None:
        """Delete something; that it is gone already is as good."""
        self._ask("DELETE", path, accept=HTTPStatus.NOT_FOUND)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: JsonObject | None = None,
        accept: int | None = None,
    ) -> httpx2.Response:
        creates = method == "POST"
        failures = waits = 0
        while True:
            try:
                response = self._http.request(method, path, params=params, json=body)
            except httpx2.RequestError as error:
                failures += 1
                sent = not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
                if creates and sent:
                    raise UnclearError(f"The answer got lost ({_kind(error)}).") from None
                if failures == ATTEMPTS:
                    raise AlertsError(f"{self._place(path)} could not be reached: {_kind(error)}.") from None
                self._pause(failures, _kind(error))
                continue
            status = response.status_code
            if response.is_success or status == accept:
                return response
            if status == HTTPStatus.TOO_MANY_REQUESTS and waits < WAITS:
                waits += 1
                self._obey(response)
            elif status >= HTTPStatus.INTERNAL_SERVER_ERROR and creates:
                raise UnclearError(str(refusal(response, self.settings)))
            elif status >= HTTPStatus.INTERNAL_SERVER_ERROR and (failures := failures + 1) < ATTEMPTS:
                self._pause(failures, f"Sentry answered with {status}")
            else:
                raise refusal(response, self.settings)

    def _pause(self, failures: int, reason: str) -> None:
        seconds = 2.0 ** (failures - 1)
        self._note(f"{reason}; trying again in {seconds:.0f} s")
        self._sleep(seconds)

    def _obey(self, response: httpx2.Response) -> None:
        """Wait for as long as Sentry asks for. A limited request was not carried out, so it may be repeated."""
        seconds = _wait(response)
        if seconds > LONGEST_WAIT:
            raise RefusedError(f"Sentry asks to wait {seconds:.0f} s (429), its rate limit; try again after that.", 429)
        self._note(f"Sentry asks to wait {seconds:.0f} s (rate limit)")
        self._sleep(seconds)

    def _next(self, response: httpx2.Response, path: str, page: list[JsonObject]) -> str | None:
        """The cursor of the next page, None after the last. Only the cursor is taken, never the address beside it."""
        link = response.links.get("next")
        if link is None and page:
            raise AlertsError(f"{self._place(path)} does not say whether its list goes on; something cuts its answer.")
        if link is None or link.get("results") != "true":
            return None
        return link.get("cursor") or None

    def _object(self, response: httpx2.Response) -> JsonObject:
        body = self._json(response)
        if not isinstance(body, dict):
            raise UnclearError("The answer is not what Sentry answers to this.")
        return body

    def _json(self, response: httpx2.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            if response.request.method == "POST":
                raise UnclearError("The answer cannot be read.") from None
            place = response.request.url.path
            raise AlertsError(f"{place} answered with something else than JSON; is SENTRY_URL a Sentry?") from None

    def _place(self, path: str) -> str:
        return f"{self.settings.host} ({path})"


def _wait(response: httpx2.Response) -> float:
    """Seconds until the rate limit ends: until the epoch in Sentry's own header, or as many as Retry-After says."""
    reset, after = response.headers.get("x-sentry-rate-limit-reset"), response.headers.get("retry-after")
    try:
        seconds = float(reset) - time.time() if reset else float(after) if after else 1.0
    except ValueError:
        seconds = 1.0
    return max(seconds, 0.0)


def _kind(error: httpx2.RequestError) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx2.RemoteProtocolError):
        return "the answer broke off"
    return "no connection" if isinstance(error, httpx2.ConnectError) else "the connection broke"
