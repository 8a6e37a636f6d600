"""Functions that the SDK calls to sample traces and to change events and breadcrumbs."""

from __future__ import annotations

import logging
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from traceback import walk_stack, walk_tb
from typing import Any, Final, cast

import sentry_sdk
from sentry_sdk.integrations._wsgi_common import DEFAULT_HTTP_METHODS_TO_CAPTURE
from sentry_sdk.serializer import serialize
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import walk_exception_chain

from .. import sentry_custom
from .scrubbing.policy import LOG_TEMPLATE, ScrubberOptions

logger = logging.getLogger(__name__)

QUIET_PATHS: Final = frozenset(
    ("/healthz", "/readyz", "/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")
)
# uvicorn.access logs each request with its query. The integration of httpx2 reports each call, so
# its log records would repeat them. The transport logs each item that it drops: sending that record
# could fail again.
_QUIET_LOGGERS: Final = ("uvicorn.access", "httpx2", f"{__package__}.scrubbing.transport")
# The attribute of an error that was reported: whether uvicorn's record of it tells nothing new.
_REPORTED: Final = "_sentry_reported"


def traces_sampler(default: float) -> Callable[[Mapping[str, Any]], float]:
    """Return a sampler for the SDK's option of that name.

    Health probes and API documentation are never traced. Otherwise the sampler honors the
    caller's decision, then the functions in sentry_custom.py, then the default rate.
    """

    def sample(context: Mapping[str, Any]) -> float:
        asgi_scope = context.get("asgi_scope") or {}
        # The path below the prefix that a proxy may add.
        path = asgi_scope.get("path", "").removeprefix(asgi_scope.get("root_path", ""))
        # The SDK traces neither HEAD and OPTIONS nor methods that it doesn't know.
        if (
            path in QUIET_PATHS
            or asgi_scope.get("method", "GET") not in DEFAULT_HTTP_METHODS_TO_CAPTURE
        ):
            return 0.0
        if (parent_sampled := context.get("parent_sampled")) is not None:
            # The SDK passes the result on as the rate of the trace, by which Sentry weighs spans.
            trace = sentry_sdk.get_isolation_scope().get_active_propagation_context()
            given = trace._sample_rate() or 1.0
            rand = trace.baggage._sample_rand() if trace.baggage else None
            same = given <= 1 and ((rand or 0.0) < given) == parent_sampled
            return given if same else float(parent_sampled)
        transaction = context.get("transaction_context", {})
        origin = str((transaction.get("data") or {}).get("sentry.origin"))
        if not asgi_scope and origin.startswith(("auto.db", "auto.http", "auto.cache")):
            # On SDK 3 a library begins a trace for a query or call outside any span.
            return 0.0
        work_sample_rate = getattr(sentry_custom, "work_sample_rate", lambda name, op: None)
        try:
            rate = (
                sentry_custom.sample_rate(path or "/")
                if asgi_scope
                else work_sample_rate(transaction.get("name") or "", transaction.get("op") or "")
            )
            return default if rate is None else float(rate)
        except Exception:
            logger.warning(
                "A sample rate of sentry_custom.py failed; the default one holds", exc_info=True
            )
            return default

    return sample


class Hooks:
    """The hooks of one process. They add to `log_templates` of the options."""

    def __init__(
        self, options: ScrubberOptions, ignored: Sequence[type[BaseException] | str]
    ) -> None:
        self._options = options
        self._ignored = ignored

    def before_send(self, event: Event, hint: Hint) -> Event | None:
        """Call the service's `before_send`, then add data that the SDK is set not to collect."""
        change = getattr(sentry_custom, "before_send", None)
        try:
            changed = change(event, hint) if change else event
        except Exception:
            logger.warning(
                "sentry_custom.before_send() failed; the event is sent all the same", exc_info=True
            )
            changed = event
        if changed is None or _is_noise(hint, self._ignored):
            return None
        with suppress(Exception):  # where an error has no attributes
            setattr(hint["exc_info"][1], _REPORTED, changed.get("logger") != "uvicorn.error")
        payload = cast("dict[str, Any]", changed)
        payload.setdefault("contexts", {}).setdefault(
            "runtime",
            {"name": platform.python_implementation(), "version": platform.python_version()},
        )
        if self._options.policy == "full":
            _add_variables(payload, hint)
        for frame in _frames(payload):
            if frame.get("module") in (f"{__package__}.middleware", f"{__package__}.sdk"):
                # They are below every error of a request and explain none of them.
                frame["in_app"] = False
        return changed

    def take_record(self, record: logging.LogRecord) -> bool:
        """Return whether a log record is reported. The SDK's handlers use this as a filter, and get
        a record after those of the service.

        Under `strict`, a format string is sent only if it is a constant, which contains no data, as
        in `logger.info("user %s", name)`. `logger.info(f"{name}: %s", why)` has none. To tell them
        apart, this looks for the text among the constants of the function that logs.
        """
        if record.name in _QUIET_LOGGERS:
            return False
        try:
            record.getMessage()
        except Exception:
            # The arguments don't fit the format string. The SDK would lose the record.
            record.args = None
        if (
            self._options.policy == "strict"
            and record.args
            and isinstance(record.msg, str)
            and (record.msg in self._options.log_templates or _is_constant(record))
        ):
            self._options.log_templates.add(record.msg)
            setattr(record, LOG_TEMPLATE, record.msg)
        return True

    def take_event(self, record: logging.LogRecord) -> bool:
        """Return whether a log record becomes an event.

        uvicorn logs the error of a request after it was reported. The SDK would build the event
        again, which takes 0.8 ms, and then drop it. "Application startup failed" and "Application
        shutdown failed", in uvicorn/lifespan/on.py, follow an error, too. Other modules of uvicorn
        have functions with these names.
        """
        error = (record.exc_info or (None, None))[1]
        is_told = record.name == "uvicorn.error" and (
            # It's told once: the service may raise the same object in a later request.
            getattr(error, "__dict__", {}).pop(_REPORTED, False)
            or (record.module == "on" and record.funcName in ("startup", "shutdown"))
        )
        return not is_told and self.take_record(record)


def _is_noise(hint: Hint, ignored: Sequence[type[BaseException] | str]) -> bool:
    # Whether an event repeats another one in a way that the SDK doesn't detect.
    error = (hint.get("exc_info") or (None, None))[1]
    if error is not None and _is_ignored(error, ["starlette.exceptions.HTTPException"]):
        # Raised for an error that was logged, it would tell that again, unless `from None` hides it.
        cause = error.__cause__ if error.__suppress_context__ else error.__context__
        return _REPORTED in getattr(cause, "__dict__", ())
    return isinstance(error, BaseExceptionGroup) and _is_ignored(error, ignored)


def _is_ignored(error: BaseException, ignored: Sequence[type[BaseException] | str]) -> bool:
    # Whether an error is one of those to ignore, or a group of nothing else.
    if isinstance(error, BaseExceptionGroup):
        return all(_is_ignored(part, ignored) for part in error.exceptions)
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return any(one in kinds if isinstance(one, str) else isinstance(error, one) for one in ignored)


def _is_constant(record: logging.LogRecord) -> bool:
    return any(
        (frame.f_code.co_filename, frame.f_code.co_name) == (record.pathname, record.funcName)
        and record.msg in frame.f_code.co_consts
        for frame, _ in walk_stack(sys._getframe())
    )


def _add_variables(event: dict[str, Any], hint: Hint) -> None:
    """Add the local variables of the service's own frames.

    The SDK would serialize those of the frameworks too: the application and the request, with all
    its headers, over and over. In a large application that blocks the event loop for seconds:
    getsentry/sentry-python 6649.
    """
    running = [*walk_stack(sys._getframe())]
    for _, _, traceback in walk_exception_chain(hint.get("exc_info") or (None, None, None)):
        running.extend(walk_tb(traceback))
    found: dict[object, dict[str, Any]] = {
        (frame.f_code.co_filename, line): frame.f_locals for frame, line in running
    }
    for frame in _frames(event):
        variables = found.get((frame.get("abs_path"), frame.get("lineno")))
        if variables is not None and frame.get("in_app") is True:
            frame["vars"] = serialize(dict(variables), is_vars=True)


def _frames(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for section in ("exception", "threads"):
        for value in (event.get(section) or {}).get("values") or ():
            yield from (value.get("stacktrace") or {}).get("frames") or ()
