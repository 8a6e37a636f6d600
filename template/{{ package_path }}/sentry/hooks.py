"""Functions that the SDK calls to sample traces and to change events and breadcrumbs."""

from __future__ import annotations

import logging
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, cast

from sentry_sdk.integrations._wsgi_common import DEFAULT_HTTP_METHODS_TO_CAPTURE
from sentry_sdk.serializer import serialize
from sentry_sdk.utils import iter_stacks, walk_exception_chain

from .. import sentry_custom
from .scrubbing.policy import LOG_TEMPLATE

if TYPE_CHECKING:
    from sentry_sdk.types import Breadcrumb, BreadcrumbHint, Event, Hint

    from .scrubbing.policy import ScrubberOptions

    BreadcrumbProcessor = Callable[[Breadcrumb, BreadcrumbHint], Breadcrumb | None]

logger = logging.getLogger(__name__)

QUIET_PATHS: Final = frozenset(
    ("/healthz", "/readyz", "/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")
)
_AROUND_REQUESTS: Final = frozenset((f"{__package__}.middleware", f"{__package__}.sdk"))
# "Application startup failed" and "Application shutdown failed", after the error itself.
_AFTER_AN_ERROR: Final = (("uvicorn.error", "startup"), ("uvicorn.error", "shutdown"))
# Raised for an error that was logged, an HTTPException tells it again.
_HTTP_EXCEPTIONS: Final = ("starlette.exceptions.HTTPException",)
_REPORTED: Final = "_sentry_reported"
_RUNTIME: Final = {"name": platform.python_implementation(), "version": platform.python_version()}


def traces_sampler(default: float) -> Callable[[Mapping[str, Any]], float]:
    """Return a sampler for the SDK's option of that name.

    Health probes and API documentation are never traced. Otherwise the sampler honors the
    caller's decision, then the functions in sentry_custom.py, then the default rate.
    """

    def sample(context: Mapping[str, Any]) -> float:
        asgi_scope = context.get("asgi_scope")
        # The path below the prefix that a proxy may add.
        path = (
            asgi_scope.get("path", "").removeprefix(asgi_scope.get("root_path", ""))
            if asgi_scope
            else ""
        )
        # The SDK traces neither HEAD and OPTIONS nor methods that it doesn't know.
        if (
            path in QUIET_PATHS
            or (asgi_scope or {}).get("method", "GET") not in DEFAULT_HTTP_METHODS_TO_CAPTURE
        ):
            return 0.0
        if (parent_sampled := context.get("parent_sampled")) is not None:
            return float(parent_sampled)
        transaction = context.get("transaction_context", {})
        if not asgi_scope and _is_a_lone_call(transaction):
            return 0.0
        name, op = (transaction.get(key) or "" for key in ("name", "op"))
        work_sample_rate = getattr(sentry_custom, "work_sample_rate", lambda name, op: None)
        try:
            rate = (
                sentry_custom.sample_rate(path or "/") if asgi_scope else work_sample_rate(name, op)
            )
            return default if rate is None else float(rate)
        except Exception:
            logger.warning(
                "A sample rate of sentry_custom.py failed; the default one holds", exc_info=True
            )
            return default

    return sample


def _is_a_lone_call(transaction: Mapping[str, Any]) -> bool:
    """Return whether a library begins a trace for a query or call outside any span (SDK 3)."""
    origin = str((transaction.get("data") or {}).get("sentry.origin"))
    return origin.startswith(("auto.db", "auto.http", "auto.cache"))


class Hooks:
    """The hooks of one process. They add to `log_templates` of the options."""

    def __init__(
        self,
        options: ScrubberOptions,
        ignored: Sequence[type[BaseException] | str],
        change_breadcrumb: BreadcrumbProcessor | None,
    ) -> None:
        self._options = options
        self._ignored = ignored
        self._change_breadcrumb = change_breadcrumb

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
            setattr(hint["exc_info"][1], _REPORTED, True)
        payload = cast("dict[str, Any]", changed)
        payload.setdefault("contexts", {}).setdefault("runtime", _RUNTIME)
        if self._options.policy == "strict":
            self._note_template(hint)
        elif self._options.policy == "full":
            _add_variables(payload, hint)
        for frame in _frames(payload):
            if frame.get("module") in _AROUND_REQUESTS:
                # They are below every error of a request and explain none of them.
                frame["in_app"] = False
        return changed

    def before_breadcrumb(self, breadcrumb: Breadcrumb, hint: BreadcrumbHint) -> Breadcrumb | None:
        """Apply the service's change, and keep what the policy `strict` sends of a log record."""
        changed = (
            self._change_breadcrumb(breadcrumb, hint) if self._change_breadcrumb else breadcrumb
        )
        if changed is None or self._options.policy != "strict":
            return changed
        if (template := self._note_template(hint)) is not None:
            changed["data"] = {**(changed.get("data") or {}), LOG_TEMPLATE: template}
        return changed

    def _note_template(self, hint: Mapping[str, Any]) -> str | None:
        """Return the format string of the hint's log record, if it has arguments and a constant for
        a format string.

        A constant holds no data. `logger.info("user %s", name)` has one, `logger.info(f"{name}:
        %s", why)` only looks like it. So the function that logs is asked for its constants, while
        it is running.
        """
        record = hint.get("log_record")
        if (
            not isinstance(record, logging.LogRecord)
            or not record.args
            or not isinstance(record.msg, str)
        ):
            return None
        known = self._options.log_templates
        if record.msg in known or _is_constant(record):
            known.add(record.msg)
            return record.msg
        return None


def _is_noise(hint: Hint, ignored: Sequence[type[BaseException] | str]) -> bool:
    """Return whether an event tells nothing new, in ways that the SDK doesn't see."""
    record, error = hint.get("log_record"), hint.get("exc_info", (None, None))[1]
    if isinstance(record, logging.LogRecord) and (record.name, record.funcName) in _AFTER_AN_ERROR:
        return True
    if error is not None and _is_ignored(error, _HTTP_EXCEPTIONS):
        return hasattr(error.__cause__ or error.__context__, _REPORTED)
    return isinstance(error, BaseExceptionGroup) and _is_ignored(error, ignored)


def _is_ignored(error: BaseException, ignored: Sequence[type[BaseException] | str]) -> bool:
    """Return whether an error is one of those to ignore, or a group of nothing else."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_ignored(part, ignored) for part in error.exceptions)
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return any(one in kinds if isinstance(one, str) else isinstance(error, one) for one in ignored)


def _is_constant(record: logging.LogRecord) -> bool:
    codes = (frame.f_code for frame in _stack())
    logging_code = (
        code
        for code in codes
        if (code.co_filename, code.co_name) == (record.pathname, record.funcName)
    )
    return any(record.msg in code.co_consts for code in logging_code)


def _stack() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _add_variables(event: dict[str, Any], hint: Hint) -> None:
    """Add the local variables of the service's own frames.

    The SDK would serialize those of the frameworks too: the application and the request, with all
    its headers, over and over. In a large application that blocks the event loop for seconds:
    getsentry/sentry-python 6649.
    """
    running: dict[object, FrameType] = {
        (frame.f_code.co_filename, line): frame for frame, line in _running_frames(hint)
    }
    for frame in _frames(event):
        found = running.get((frame.get("abs_path"), frame.get("lineno")))
        if found is not None and frame.get("in_app") is True:
            frame["vars"] = serialize(dict(found.f_locals), is_vars=True)


def _running_frames(hint: Hint) -> Iterator[tuple[FrameType, int]]:
    for frame in _stack():
        yield frame, frame.f_lineno
    for _, _, traceback in walk_exception_chain(hint.get("exc_info") or (None, None, None)):
        for level in iter_stacks(traceback):
            yield level.tb_frame, level.tb_lineno


def _frames(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for section in ("exception", "threads"):
        for value in (event.get(section) or {}).get("values") or ():
            yield from (value.get("stacktrace") or {}).get("frames") or ()
