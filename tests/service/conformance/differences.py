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


_URL: Final = "Where no route has answered, the usual init takes the URL for a name."
_MOUNTS: Final = "The usual init names a request of a mounted application by its URL, or by a route without the mount."
_ONE_IS_ENOUGH: Final = (
    "uvicorn logs an error of the lifespan as text, and once more that it failed: one event is enough."
)
_NO_CLIENTS: Final = "Noise: a client that leaves is no error."
_CANCELED: Final = "Noise: who raises CancelledError has been left by a client, or is shut down."

DIFFERENCES: Final[dict[str, tuple[Differs, ...]]] = {
    "caller": (
        Differs(
            "SDK 3 replaces the rate of a caller that has decided. Sentry weighs spans by it.",
            usual=(
                *[
                    "answer ['sentry-environment=staging', 'sentry-public_key=caller', 'sentry-release=shop%401',"
                    " 'sentry-sample_rand=0.123456', 'sentry-sample_rate=1.0', 'sentry-sampled=true',"
                    " 'sentry-trace_id=0af7651916cd43dd8448eb211c80319c']"
                ]
                * 3,
                "answer ['sentry-environment=staging', 'sentry-public_key=caller', 'sentry-release=shop%401',"
                " 'sentry-sample_rand=0.789012', 'sentry-sample_rate=0.0', 'sentry-sampled=false',"
                " 'sentry-trace_id=0af7651916cd43dd8448eb211c80319c']",
                *["segment http.server /baggage · status ok · below caller's · rate 1"] * 3,
                "segment http.server /fails/{why} · status <500> · below caller's · rate 1",
                "segment queue.process consume · status ok · below caller's · rate 1",
            ),
            layer=(
                *[
                    "answer ['sentry-environment=staging', 'sentry-public_key=caller', 'sentry-release=shop%401',"
                    " 'sentry-sample_rand=0.123456', 'sentry-sample_rate=0.5', 'sentry-sampled=true',"
                    " 'sentry-trace_id=0af7651916cd43dd8448eb211c80319c']"
                ]
                * 3,
                "answer ['sentry-environment=staging', 'sentry-public_key=caller', 'sentry-release=shop%401',"
                " 'sentry-sample_rand=0.789012', 'sentry-sample_rate=0.5', 'sentry-sampled=false',"
                " 'sentry-trace_id=0af7651916cd43dd8448eb211c80319c']",
                *["segment http.server /baggage · status ok · below caller's · rate 0.5"] * 3,
                "segment http.server /fails/{why} · status <500> · below caller's · rate 0.5",
                "segment queue.process consume · status ok · below caller's · rate 0.5",
            ),
            sdks=("3",),
        ),
    ),
    "clients_leave": (
        Differs(
            _NO_CLIENTS,
            usual=(
                "error ClientDisconnect:  · in /body · level error · handled False · trace /body · method POST",
                "sessions crashed 2 exited 2",
            ),
            layer=("sessions crashed 1 exited 3",),
        ),
    ),
    "events": (
        Differs(
            _URL,
            usual=(
                "error KeyError: 'pure' · in http://…/pure · level error · handled False · trace http://…/pure"
                " · method GET",
                "segment http.server http://…/pure · status <500> · rate 1",
            ),
            layer=(
                "error KeyError: 'pure' · in GET (no route) · level error · handled False · trace GET (no route)"
                " · method GET",
                "segment http.server GET (no route) · status <500> · rate 1",
            ),
        ),
    ),
    "in_process": (
        Differs(
            "The usual init lets the inner application rename the outer request, tag it, and have no session.",
            usual=(
                "error ValueError: after · in /inner/{number} · level error · handled False"
                " · tags {'inner': '1', 'outer': '1'} · breadcrumbs ['after'] · trace /inner/{number} · method GET",
                "error ValueError: both · in /inner/{number} · level error · handled False"
                " · tags {'inner': '2'} · trace /inner/{number} · method GET",
                "error message after · in /inner/{number} · level error · logger outer"
                " · tags {'inner': '1', 'outer': '1'} · trace /inner/{number} · method GET",
                *["segment http.server /inner/{number} · status <500> · rate 1"] * 2,
                "sessions crashed 2",
                *["span http.client GET http://inner/inner/1 · status ok · below /inner/{number}"] * 2,
                "span http.client GET http://inner/inner/2 · status ok · below /inner/{number}",
            ),
            layer=(
                "error ValueError: after · in /call/{number} · level error · handled False"
                " · tags {'outer': '1'} · breadcrumbs ['after'] · trace /call/{number} · method GET",
                "error ValueError: both · in /both · level error · handled False · trace /both · method GET",
                "error message after · in /call/{number} · level error · logger outer"
                " · tags {'outer': '1'} · trace /call/{number} · method GET",
                "segment http.server /both · status <500> · rate 1",
                "segment http.server /call/{number} · status <500> · rate 1",
                *["segment http.server /inner/{number} · status ok · below GET http://inner/inner/1 · rate 1"] * 2,
                "segment http.server /inner/{number} · status ok · below GET http://inner/inner/2 · rate 1",
                "sessions crashed 2 exited 6",
                "span http.client GET http://inner/inner/1 · status ok · below /both",
                "span http.client GET http://inner/inner/1 · status ok · below /call/{number}",
                "span http.client GET http://inner/inner/2 · status ok · below /both",
            ),
        ),
    ),
    "lifespan_cannot_start": (
        Differs(
            _ONE_IS_ENOUGH,
            usual=(
                "error message Application startup failed. Exiting. · level error · logger uvicorn.error"
                " · trace no segment",
                "error message Traceback (most recent call last):… · level error · logger uvicorn.error"
                " · trace no segment",
            ),
        ),
    ),
    "lifespan_ends_badly": (
        Differs(
            _ONE_IS_ENOUGH,
            usual=(
                "error message Application shutdown failed. Exiting. · level error · logger uvicorn.error"
                " · trace no segment",
                "error message Traceback (most recent call last):… · level error · logger uvicorn.error"
                " · trace no segment",
            ),
        ),
    ),
    "lifespan_exits": (
        Differs(
            _ONE_IS_ENOUGH,
            usual=(
                "error message Application startup failed. Exiting. · level error · logger uvicorn.error"
                " · trace no segment",
            ),
        ),
    ),
    "lifespan_sets_user": (
        Differs(
            "The lifespan has a scope of its own, so that no request carries what a consumer tells Sentry.",
            usual=(
                "error ValueError: no user · in /fails · level error · handled False · user {'id': 'consumer-12'}"
                " · tags {'lifespan': 'yes', 'queue_message': '12'} · trace /fails · method GET",
                "error ValueError: somebody · in /identified · level error · handled False"
                " · user {'id': 'customer-7'} · tags {'lifespan': 'yes', 'queue_message': '12'}"
                " · trace /identified · method GET",
            ),
            layer=(
                "error ValueError: no user · in /fails · level error · handled False · trace /fails · method GET",
                "error ValueError: somebody · in /identified · level error · handled False"
                " · user {'id': 'customer-7'} · trace /identified · method GET",
            ),
        ),
    ),
    "lifespan_task_group": (
        Differs(
            _ONE_IS_ENOUGH,
            usual=(
                "error message   + Exception Group Traceback (most recent call last):… · level error"
                " · logger uvicorn.error · trace no segment",
            ),
        ),
    ),
    "logs": (
        Differs(
            "Once: an HTTPException for an error that was logged tells it again.",
            usual=(
                "error HTTPException: Internal Server Error from ValueError: the cause · in /logged-and-answered"
                " · level error · handled True · breadcrumbs ['it failed'] · trace /logged-and-answered · method GET",
            ),
        ),
        Differs(
            "The SDK loses a record whose arguments don't fit its text.",
            layer=("error message two %s %s · in /wrong · level error · logger service · trace /wrong · method GET",),
        ),
    ),
    "logs_without_events": (
        Differs(
            "The layer makes events of log records from ERROR on, on SDK 3 too.",
            usual=("error ValueError: raised · in / · level error · handled False · trace / · method GET",),
            layer=(
                "error ValueError: raised · in / · level error · handled False · breadcrumbs ['it failed']"
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
                "sessions crashed 4 errored 2",
            ),
            layer=(
                "error ValueError: a lost task · level error · logger asyncio · handled True · trace no segment",
                "sessions crashed 4 errored 1 exited 1",
            ),
        ),
    ),
    "middleware": (
        Differs(
            _URL,
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
        Differs(
            "SDK 3 replaces the user that the service has set by the one of AuthenticationMiddleware.",
            usual=(
                "error KeyError: 'after the response' · in /after · level error · handled False"
                " · user {'username': 'zoe'} · tags {'tenant': 'acme'} · trace /after · method GET",
                "error ValueError: a route · in /fails · level error · handled False · user {'username': 'zoe'}"
                " · tags {'tenant': 'acme'} · trace /fails · method GET",
            ),
            layer=(
                "error KeyError: 'after the response' · in /after · level error · handled False"
                " · user {'id': 'customer-7'} · tags {'tenant': 'acme'} · trace /after · method GET",
                "error ValueError: a route · in /fails · level error · handled False · user {'id': 'customer-7'}"
                " · tags {'tenant': 'acme'} · trace /fails · method GET",
            ),
            sdks=("3",),
        ),
    ),
    "mounts": (
        Differs(
            _MOUNTS,
            usual=(
                "error ValueError: endpoint · in http://…/endpoint/7 · level error · handled False"
                " · trace http://…/endpoint/7 · method GET",
                "error ValueError: raw · in http://…/raw/a/b · level error · handled False"
                " · trace http://…/raw/a/b · method GET",
                "error ValueError: starlette · in generic Starlette request · level error · handled False"
                " · trace generic Starlette request · method GET",
                "error RuntimeError: Caught handled exception, but response already started. from KeyError: 'late'"
                " · in /late/{number} · level error · handled False · trace /late/{number} · method GET",
                "error KeyError: 'late' · in /late/{number} · level error · handled False · trace /late/{number}"
                " · method GET",
                "error LookupError: 4 · in /kept/{number} · level error · handled False · trace /kept/{number}"
                " · method GET",
                "segment http.server /kept/{number} · status <500> · rate 1",
                "segment http.server /late/{number} · status <500> · rate 1",
                "error ValueError: v1 1 · in /who/{number} · level error · handled False · trace /who/{number}"
                " · method GET",
                "error ValueError: v2 2 · in /who/{number} · level error · handled False · trace /who/{number}"
                " · method GET",
                *["segment http.server /who/{number} · status <500> · rate 1"] * 2,
                "segment http.server generic Starlette request · status <500> · rate 1",
                "segment http.server http://…/endpoint/7 · status <500> · rate 1",
                "segment http.server http://…/raw/a/b · status <500> · rate 1",
                "segment http.server http://…/static/file.txt · status ok · rate 1",
                "segment http.server http://…/static/none.txt · status <404> · rate 1",
            ),
            layer=(
                "error ValueError: endpoint · in /endpoint/{number} · level error · handled False"
                " · trace /endpoint/{number} · method GET",
                "error ValueError: raw · in /raw · level error · handled False · trace /raw · method GET",
                "error ValueError: starlette · in /starlette/deep/{number} · level error · handled False"
                " · trace /starlette/deep/{number} · method GET",
                "error RuntimeError: Caught handled exception, but response already started. from KeyError: 'late'"
                " · in /v2/late/{number} · level error · handled False · trace /v2/late/{number} · method GET",
                "error KeyError: 'late' · in /v2/late/{number} · level error · handled False · trace /v2/late/{number}"
                " · method GET",
                "error LookupError: 4 · in /v2/kept/{number} · level error · handled False · trace /v2/kept/{number}"
                " · method GET",
                "segment http.server /v2/kept/{number} · status <500> · rate 1",
                "segment http.server /v2/late/{number} · status <500> · rate 1",
                "error ValueError: v1 1 · in /v1/who/{number} · level error · handled False · trace /v1/who/{number}"
                " · method GET",
                "error ValueError: v2 2 · in /v2/who/{number} · level error · handled False · trace /v2/who/{number}"
                " · method GET",
                "segment http.server /endpoint/{number} · status <500> · rate 1",
                "segment http.server /raw · status <500> · rate 1",
                "segment http.server /starlette/deep/{number} · status <500> · rate 1",
                "segment http.server /static · status <404> · rate 1",
                "segment http.server /static · status ok · rate 1",
                "segment http.server /v1/who/{number} · status <500> · rate 1",
                "segment http.server /v2/who/{number} · status <500> · rate 1",
            ),
        ),
    ),
    "odd_errors": (
        Differs(
            _CANCELED,
            usual=("error CancelledError:  · level error · logger uvicorn.error · handled True · trace no segment",),
        ),
        Differs(
            "Sentry takes tags as text alone.",
            usual=(
                "error ValueError: odd values · in /values · level error · handled False · tags {'number': 7}"
                " · contexts {'odd': {'nan': 'nan', 'inf': '-inf', 'cyclic': {'self': '<cyclic>'}, 'bytes': '\ufffd',"
                " '7': 'seven'}} · trace /values · method GET",
            ),
            layer=(
                "error ValueError: odd values · in /values · level error · handled False · tags {'number': '7'}"
                " · contexts {'odd': {'nan': 'nan', 'inf': '-inf', 'cyclic': {'self': '<cyclic>'}, 'bytes': '\ufffd',"
                " '7': 'seven'}} · trace /values · method GET",
            ),
        ),
    ),
    "old_lifespan": (
        Differs(
            "The lifespan has a scope of its own, and one event of its error is enough.",
            usual=(
                "error ValueError: request · in /fails · level error · handled False · tags {'from': 'the start'}"
                " · trace /fails · method GET",
                "error message Application shutdown failed. Exiting. · level error · logger uvicorn.error"
                " · tags {'from': 'the start'} · trace no segment",
                "error message Traceback (most recent call last):… · level error · logger uvicorn.error"
                " · tags {'from': 'the start'} · trace no segment",
            ),
            layer=("error ValueError: request · in /fails · level error · handled False · trace /fails · method GET",),
        ),
    ),
    "pipelined": (
        Differs(
            "uvicorn runs such a request in the context of the one before, and the usual init takes it for a part"
            " of that. The layer gives it a trace and a session of its own. The user stays on both sides.",
            usual=(
                "error ValueError: second · in /second · level error · handled False · user {'id': 'customer-1'}"
                " · breadcrumbs ['of the first'] · trace /first · method GET",
                "sessions exited 1",
            ),
            layer=(
                "error ValueError: second · in /second · level error · handled False · user {'id': 'customer-1'}"
                " · trace /second · method GET",
                "segment http.server /second · status <500> · rate 1",
                "sessions crashed 1 exited 1",
            ),
        ),
    ),
    "poller": (
        Differs(
            "SDK 3 begins a trace for each query that is part of nothing.",
            usual=("segment db select 1 · status ok · rate 1",) * 5,
            sdks=("3",),
        ),
    ),
    "requests_in_flight": (
        Differs(
            _CANCELED,
            usual=(
                "error CancelledError: Task cancelled, timeout graceful shutdown exceeded · level error"
                " · logger uvicorn.error · handled True · trace no segment",
            ),
        ),
    ),
    "root_path": (
        Differs(
            _MOUNTS,
            usual=(
                "error ValueError: 3 · in /fails/{number} · level error · handled False · trace /fails/{number}"
                " · method GET",
                "segment http.server /fails/{number} · status <500> · rate 1",
                "segment http.server http://…/api/api/fails/2 · status <404> · rate 1",
                "segment http.server http://…/api/none · status <404> · rate 1",
            ),
            layer=(
                "error ValueError: 3 · in /sub/fails/{number} · level error · handled False"
                " · trace /sub/fails/{number} · method GET",
                "segment http.server /sub/fails/{number} · status <500> · rate 1",
                *["segment http.server GET (no route) · status <404> · rate 1"] * 2,
            ),
        ),
    ),
    "route": (
        Differs(
            _URL,
            usual=("segment http.server http://…/none · status <404> · rate 1",),
            layer=("segment http.server GET (no route) · status <404> · rate 1",),
        ),
    ),
    "script": (
        Differs(
            "Noise: who presses Ctrl+C knows it.",
            usual=(
                "error KeyboardInterrupt:  · level error · logger script · handled True · user {'id': 'job-7'}"
                " · breadcrumbs ['a record', 'a task failed'] · trace no segment",
            ),
        ),
    ),
    "sdk_middleware": (
        Differs(
            _MOUNTS,
            usual=(
                "error ValueError: mounted · in http://…/mounted/fails · level error · handled False"
                " · trace http://…/mounted/fails · method GET",
                "segment http.server http://…/mounted/fails · status <500> · rate 1",
            ),
            layer=(
                "error ValueError: mounted · in /mounted · level error · handled False · trace /mounted · method GET",
                "segment http.server /mounted · status <500> · rate 1",
            ),
        ),
    ),
    "starlette_app": (
        Differs(
            _MOUNTS,
            usual=(
                "error ValueError: of a kind of its own · in generic ASGI request · level error · handled False"
                " · trace generic ASGI request · method GET",
                *["segment http.server generic ASGI request · status ok · rate 1"] * 2,
                "segment http.server generic ASGI request · status <500> · rate 1",
                "error ValueError: sync 2 · in generic Starlette request · level error · handled False"
                " · trace generic Starlette request · method GET",
                "segment http.server generic Starlette request · status <500> · rate 1",
            ),
            layer=(
                "error ValueError: of a kind of its own · in GET (no route) · level error · handled False"
                " · trace GET (no route) · method GET",
                *["segment http.server GET (no route) · status ok · rate 1"] * 2,
                "segment http.server GET (no route) · status <500> · rate 1",
                "error ValueError: sync 2 · in /deep/sync/{number} · level error · handled False"
                " · trace /deep/sync/{number} · method GET",
                "segment http.server /deep/sync/{number} · status <500> · rate 1",
            ),
        ),
    ),
    "way_ipv6": (
        Differs(
            "The SDK loses the brackets around the host, and sends nothing.",
            layer=(
                "error ValueError: sent · in /fails · level error · handled False · trace /fails · method GET",
                "segment http.server /fails · status <500> · rate 1",
                "sessions crashed 1",
            ),
        ),
    ),
    "websocket_clients_leave": (
        Differs(
            _NO_CLIENTS,
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
}
"""By situation. A difference that is gone fails as well, so that the table stays true."""

NOT_YET: Final[dict[str, str]] = {}
"""Situations that the layer still fails, with what is missing. They have to fail, or be deleted here."""
