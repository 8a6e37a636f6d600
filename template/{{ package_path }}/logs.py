# Owned by the template.
"""Logging of the whole process: one line for each record, to stderr, whatever library wrote it.

Everything goes through `logging`, so that Sentry sees each record once. Lines are text in development and JSON in
production, and each names its request and its trace.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

import sentry_sdk

from . import LOG_LIBRARIES
from .sentry.config import checked_config
from .sentry.middleware import request_id

_STANDARD: Final = frozenset((*vars(logging.makeLogRecord({})), "asctime", "color_message", "message", "taskName"))


def configure_logging(level: str) -> None:
    """Log from this level (`"INFO"`) on. Sentry gets no record below it."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if checked_config().is_production else ConsoleFormatter())
    logging.basicConfig(level=level, handlers=[handler])
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error"):
        # uvicorn has added handlers of its own, which know neither request nor trace.
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for library in LOG_LIBRARIES:
        import_module(f".{library}_logs", __package__).configure(level)


def fields_of(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    """Return the fields of a record besides its text: the request, the trace, and what the caller passed as `extra`."""
    if (of_request := request_id.get()) is not None:
        yield "request_id", of_request
    if sentry_sdk.get_client().is_active() and (trace := sentry_sdk.get_traceparent()):
        yield "trace_id", trace.partition("-")[0]
    for name, value in vars(record).items():
        if name not in _STANDARD:
            yield name, value


class ConsoleFormatter(logging.Formatter):
    """`2026-01-31 12:00:00,000 INFO     shop.api: basket priced request_id=0123abcd items=3`"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-8s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the name is logging's)
        fields = "".join(f" {name}={value!s}" for name, value in fields_of(record))
        return super().formatMessage(record) + fields


class JsonFormatter(logging.Formatter):
    """One JSON object for each record."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **dict(fields_of(record)),
        }
        if record.exc_info:
            # Kept as `logging.Formatter` does, so that no other handler formats the traceback again.
            record.exc_text = record.exc_text or self.formatException(record.exc_info)
            line["exception"] = record.exc_text
        return json.dumps(line, default=str, ensure_ascii=False)
