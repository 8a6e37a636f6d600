"""What differs between the layer and the usual `sentry_sdk.init()`, and why. Everything else is a failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SPAN_STATUS: Final = {
    "2": {
        "<400>": "invalid_argument",
        "<403>": "permission_denied",
        "<404>": "not_found",
        "<405>": "invalid_argument",
        "<500>": "internal_error",
        "<503>": "unavailable",
    },
    "3": {f"<{code}>": "error" for code in (400, 403, 404, 405, 500, 503)},
}
"""What a span says about a response, by major of the SDK."""


@dataclass(frozen=True, slots=True)
class Differs:
    """The lines of `observation.lines()` that only one of the two sides has, and why."""

    because: str
    usual: tuple[str, ...] = ()
    layer: tuple[str, ...] = ()
    sdks: tuple[str, ...] = ("2", "3")
    """The majors of the SDK on which it is so."""


DIFFERENCES: Final[dict[str, tuple[Differs, ...]]] = {
    "route": (
        Differs(
            "Where no route has answered, the usual init takes the URL for a name.",
            usual=("segment http.server http://…/none · status <404> · rate 1",),
            layer=("segment http.server GET (no route) · status <404> · rate 1",),
        ),
    ),
    "middleware": (
        Differs(
            "Where no route has answered, the usual init takes the URL for a name.",
            usual=(
                "error LookupError: a middleware · in http://…/middleware-fails · level error · handled False"
                " · user {'id': 'customer-7'} · tags {'tenant': 'acme'} · trace http://…/middleware-fails · method GET",
                "segment http.server http://…/cut · status <503> · rate 1",
                "segment http.server http://…/middleware-fails · status <500> · rate 1",
            ),
            layer=(
                "error LookupError: a middleware · in GET (no route) · level error · handled False"
                " · user {'id': 'customer-7'} · tags {'tenant': 'acme'} · trace GET (no route) · method GET",
                "segment http.server GET (no route) · status <503> · rate 1",
                "segment http.server GET (no route) · status <500> · rate 1",
            ),
        ),
    ),
    "clients_leave": (
        Differs(
            "Noise: a client that leaves is no error.",
            usual=(
                "error ClientDisconnect:  · in /body · level error · handled False · trace /body · method POST",
                "sessions crashed 2 exited 2",
            ),
            layer=("sessions crashed 1 exited 3",),
        ),
    ),
    "websocket_clients_leave": (
        Differs(
            "Noise: a client that leaves is no error.",
            usual=(
                "error WebSocketDisconnect:  from ClientDisconnected:  · in /writes · level error · handled False"
                " · trace no segment",
                "error WebSocketDisconnect: (1000, '') · in /reads · level error · handled False · trace no segment",
                "error WebSocketDisconnect: (1005, None) · in /reads · level error · handled False · trace no segment",
                "sessions crashed 3",
            ),
            layer=("sessions exited 3",),
        ),
    ),
    "lifespan_sets_user": (
        Differs(
            "The lifespan has a scope of its own, so that no request carries what a consumer tells Sentry.",
            usual=(
                "error ValueError: nobody · in /fails · level error · handled False · user {'id': 'consumer-12'}"
                " · tags {'lifespan': 'yes', 'queue_message': '12'} · trace /fails · method GET",
                "error ValueError: somebody · in /identified · level error · handled False"
                " · user {'id': 'customer-7'} · tags {'lifespan': 'yes', 'queue_message': '12'}"
                " · trace /identified · method GET",
            ),
            layer=(
                "error ValueError: nobody · in /fails · level error · handled False · trace /fails · method GET",
                "error ValueError: somebody · in /identified · level error · handled False"
                " · user {'id': 'customer-7'} · trace /identified · method GET",
            ),
        ),
    ),
    "logs_without_events": (
        Differs(
            "The layer makes events of log records from ERROR on, on SDK 3 too.",
            usual=("error ValueError: raised · in / · level error · handled False · trace / · method GET",),
            layer=(
                "error ValueError: raised · in / · level error · handled False · crumbs ['it failed']"
                " · trace / · method GET",
                "error message it failed · in / · level error · logger service · trace / · method GET",
            ),
            sdks=("3",),
        ),
    ),
    "lost_tasks": (
        Differs(
            "Before Python 3.12 a lost task doesn't give its context. The usual init takes the scope of whatever runs"
            " when the task is collected, which is any request; the layer names no request rather than a wrong one.",
            usual=(
                "error ValueError: a lost task · in /task · level error · logger asyncio · handled True"
                " · tags {'from': 'the request'} · trace /task · method GET",
                "sessions crashed 4 errored 1",
            ),
            layer=(
                "error ValueError: a lost task · level error · logger asyncio · handled True · trace no segment",
                "sessions crashed 4 exited 1",
            ),
        ),
    ),
}
"""By situation. A difference that is gone fails as well, so that the table stays true."""

_STREAMED: Final = "On SDK 2 the spans of a request are still streamed, so their status is another one."
_CLOSED: Final = "The client is closed with the first lifespan that ends."
_UVICORN: Final = "The logger uvicorn.error is ignored as a whole."

NOT_YET: Final[dict[str, str]] = {
    "any_error_handler-sdk2": _STREAMED,
    "caller-sdk2": "The caller's rate becomes 1.0, and of two baggage headers the last one counts.",
    "caller-sdk3": "Of two baggage headers the last one counts.",
    "clients_leave-sdk2": _STREAMED,
    "crons-sdk2": _STREAMED,
    "dependencies-sdk2": _STREAMED,
    "handlers-sdk2": _STREAMED,
    "in_process-sdk2": "A call to another application renames the request that makes it.",
    "in_process-sdk3": "A call to another application renames the request that makes it.",
    "lifespan_cannot_start-sdk2": _UVICORN,
    "lifespan_cannot_start-sdk3": _UVICORN,
    "lifespan_ends_badly-sdk2": _CLOSED,
    "lifespan_ends_badly-sdk3": _CLOSED,
    "lifespan_exits-sdk2": _UVICORN,
    "lifespan_exits-sdk3": _UVICORN,
    "lifespan_sets_user-sdk2": _STREAMED,
    "lifespan_sets_user-sdk3": "What the lifespan tells Sentry is on the events of requests.",
    "lifespan_task_group-sdk2": _CLOSED,
    "lifespan_task_group-sdk3": _CLOSED,
    "logs-sdk2": _STREAMED,
    "logs_without_events-sdk2": _STREAMED,
    "loop_handler-sdk2": "The handler of the service is replaced.",
    "loop_handler-sdk3": "The handler of the service is replaced.",
    "lost_tasks-sdk2": _STREAMED,
    "middleware-sdk2": _STREAMED,
    "mounts-sdk2": "Mounted applications have no name.",
    "mounts-sdk3": "Mounted applications have no name.",
    "odd_errors-sdk2": "Tags without a value are sent as the text None.",
    "odd_errors-sdk3": "Tags without a value are sent as the text None.",
    "poller-sdk2": "Queries of a task in the lifespan are root spans.",
    "request_ids-sdk2": "The response has two X-Request-ID.",
    "request_ids-sdk3": "The response has two X-Request-ID.",
    "route-sdk2": _STREAMED,
    "streams-sdk2": _STREAMED,
    "tutorials-sdk2": "start_transaction() raises, and start_span() sends nothing.",
    "two_servers-sdk2": _CLOSED,
    "two_servers-sdk3": _CLOSED,
    "websocket_clients_leave-sdk2": "A client that leaves is reported.",
    "websocket_clients_leave-sdk3": "A client that leaves is reported.",
    "websocket_span-sdk2": "Spans in a WebSocket are not sent.",
    "websocket_span-sdk3": "Spans in a WebSocket are not sent.",
    "wrapper_fails-sdk2": _UVICORN,
    "wrapper_fails-sdk3": _UVICORN,
}
"""Situations that the layer still fails, with what is missing. They have to fail, or be deleted here."""
