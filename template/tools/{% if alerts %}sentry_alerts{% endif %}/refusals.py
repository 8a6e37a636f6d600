# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What Sentry's answers mean when they are no success, and what to do about it."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx2

from .faults import AlertsError
from .settings import HOW_TO_GET_ONE, Settings

_WORKFLOW = re.compile(r"/workflows/([0-9]+)/$")


class RefusedError(AlertsError):
    """Sentry answered, and the answer is no. `status` is that of HTTP."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class InvalidRuleError(RefusedError):
    """Sentry does not take this rule (400). `problems` are its words with the path in the body that they are about."""

    def __init__(self, problems: list[tuple[tuple[str, ...], str]]) -> None:
        super().__init__("Sentry does not take it: " + "; ".join(text for _, text in problems), 400)
        self.problems = problems


class UnclearError(AlertsError):
    """Nobody knows whether Sentry has done it: the answer got lost."""


def refusal(response: httpx2.Response, settings: Settings) -> RefusedError:
    """The error for an answer that is no success. Sentry's own words stand at its end, without the token."""
    status = response.status_code
    if status == 400:
        return InvalidRuleError(_problems(response, settings))
    said = _said(response, settings)
    return RefusedError(_meaning(status, response, settings) + (f" Sentry says: {said}" if said else ""), status)


def _meaning(status: int, response: httpx2.Response, settings: Settings) -> str:
    if response.is_redirect:
        target = httpx2.URL(response.headers.get("location", "")).host or "elsewhere"
        return f"{settings.host} leads to {target} ({status}); set SENTRY_URL to the address that Sentry itself has."
    if status == 401:
        return f"Sentry does not know the token (401): it is mistyped, expired or revoked; {HOW_TO_GET_ONE}."
    if status == 403:
        return (
            f"Sentry does not let this token do that (403). Either it lacks a scope ({_scopes(response)}), or it has no"
            f" access to the project {settings.project}, or there is no project of that name: check SENTRY_PROJECT."
        )
    if status == 404 and (match := _WORKFLOW.search(response.request.url.path)):
        return f"Sentry has no alert with the id {match[1]} (404)."
    if status == 404:
        return (
            f"{settings.host} knows no such thing (404). Check SENTRY_ORG ({settings.organization}) and its region: an"
            " organisation in another region looks just like this, so set SENTRY_URL to https://us.sentry.io or"
            " https://de.sentry.io. A self-hosted Sentry has these pages from 26.5 on."
        )
    if status == 410:
        successor = response.headers.get("x-sentry-replacement-endpoint")
        hint = f" (it names {successor} instead)" if successor else ""
        return f"Sentry has closed this part of its API (410){hint}; look for a newer version of the template."
    if status == 413:
        return "Sentry finds the rule too large (413); split it."
    if status == 429:
        return "Sentry still asks to wait (429); try again later."
    if status >= 500:
        return f"Sentry or something before it failed ({status}); try again later."
    return f"Sentry answered with {status}."


def _scopes(response: httpx2.Response) -> str:
    path, reads = response.request.url.path, response.request.method == "GET"
    if "/members/" in path:
        return "member:read"
    if "/workflows/" in path or "/detectors/" in path:
        return "alerts:read" if reads else "alerts:write"
    return "org:read"


def _said(response: httpx2.Response, settings: Settings) -> str:
    """Sentry's own words on one line. A server that repeats the token does not get it printed."""
    try:
        body = response.json()
    except ValueError:
        return ""
    words = body.get("detail", body.get("message", "")) if isinstance(body, dict) else ""
    return _clean(words if isinstance(words, str) else json.dumps(words), settings)


def _problems(response: httpx2.Response, settings: Settings) -> list[tuple[tuple[str, ...], str]]:
    try:
        body = response.json()
    except ValueError:
        body = "400, without a word"
    return [(path, _clean(text, settings)) for path, text in _flat(body)] or [((), "400, without a word")]


def _flat(body: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """`{"config": {"frequency": ["Too short."]}}` as `(("config", "frequency"), "Too short.")`."""
    if isinstance(body, dict):
        return [found for key, value in body.items() for found in _flat(value, (*path, str(key)))]
    if isinstance(body, list) and all(isinstance(item, str) for item in body):
        return [(path, " ".join(body))] if body else []
    if isinstance(body, list):
        return [found for index, value in enumerate(body) for found in _flat(value, (*path, str(index)))]
    return [(path, str(body))]


def _clean(words: str, settings: Settings) -> str:
    line = " ".join(words.split())
    return line.replace(settings.token, "(token)")[:500]
