# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The service's touches on an error event before the gate, on both SDK majors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

_SERVICE = __name__.partition(".")[0]
_MIDDLEWARE = (f"{_SERVICE}.sentry.asgi", f"{_SERVICE}.request_context")


def before_send(event: Event, hint: Hint) -> Event:
    """The SDK's option of that name.

    The template's own middleware is below every error of a traced request and explains none of them.
    """
    for frame in _frames(cast("dict[str, Any]", event)):
        if frame.get("module") in _MIDDLEWARE:
            frame["in_app"] = False
    return event


def without_foreign_variables(event: Event, hint: Hint) -> Event:
    """An event processor: the variables of the frameworks' frames go before the SDK spends time on them.

    They are the request, with all its headers, over and over; the gate would drop them later.
    """
    for frame in _frames(cast("dict[str, Any]", event)):
        module = frame.get("module") or ""
        if module in _MIDDLEWARE or module.partition(".")[0] != _SERVICE:
            frame.pop("vars", None)
    return event


def _frames(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for section in ("exception", "threads"):
        for value in (event.get(section) or {}).get("values") or ():
            yield from (value.get("stacktrace") or {}).get("frames") or ()
