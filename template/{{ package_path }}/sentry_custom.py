"""Service-specific extensions to the Sentry layer. You own this file; updates never touch it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sentry_sdk.integrations import Integration
    from sentry_sdk.types import Event, Hint

IGNORED_ERRORS: Final[tuple[type[BaseException] | str, ...]] = ()
"""Exceptions to ignore, as classes or dotted names (`"package.module.Error"`). Subclasses are ignored too."""

REPORTED_STATUS: Final[frozenset[int]] = frozenset()
"""Additional HTTPException status codes to report, such as 409. Codes of 500 and above are always reported."""

INTEGRATIONS: Final[tuple[Integration | str, ...]] = ()
"""Additional integrations of the SDK: `(PyMongoIntegration(),)`, or by name: `("celery.CeleryIntegration",)`.

No library is instrumented automatically. A name is skipped if its library isn't installed.
"""

SAFE_KEYS: Final[frozenset[str]] = frozenset(("item.id",))
"""Keys of tags, extra, breadcrumb data, and attributes whose values aren't personal. Use `"context.key"` for contexts.

Their values are sent unmasked, except for credentials and card numbers. Under `strict`, only these keys are sent.
"""

SAFE_NAMES: Final[frozenset[str]] = frozenset(("look the item up",))
"""Span names, span operations, and metric names that contain no personal data. Under `strict`, only these are sent."""

MASKS: Final[tuple[tuple[str, str], ...]] = ()
"""Additional patterns to mask in text, as `(regex, placeholder)` pairs: `(r"\\bP-[0-9]{6}\\b", "[patient]")`.

Applied under `strict` and `pseudonymous`. Use bounded repetition (`{1,20}`) to avoid slow matches on malicious input.
"""

TRACE_TARGETS: Final[tuple[str, ...]] = ()
"""Additional hosts that receive trace headers, as regular expressions: `"^https://api[.]example[.]org/"`."""

SDK_OPTIONS: Final[Mapping[str, object]] = {}
"""Options of `sentry_sdk.init()` that don't touch the policy: `{"ca_certs": "/etc/ssl/own-ca.pem", "dist": "42"}`.

Examples are proxies, `shutdown_timeout`, `in_app_include`, and `before_breadcrumb`. The layer rejects options that it
sets itself.
"""

FASTAPI_TELEMETRY: Final = False
"""Whether to allow FastAPI's OpenTelemetry export under `strict`. Exported data isn't scrubbed."""

VARIABLES: Final[Mapping[str, str]] = {}
"""Other names of the layer's variables in this service: `{"SENTRY_DSN": "SHOP_DSN"}`. The layer's take precedence."""

ENV_FILES: Final[tuple[str, ...]] = ()
"""Additional env files, as paths from the project root: `(".env",)`. Files in env/ take precedence."""


def sample_rate(path: str) -> float | None:
    """Return the trace sample rate for `path`, from 0 to 1, or None to use SENTRY_TRACES_SAMPLE_RATE."""
    return None


def work_sample_rate(name: str, op: str) -> float | None:
    """Return the trace sample rate for work outside requests, such as tasks, messages, bot updates, and jobs.

    Args:
        name: The task or span name.
        op: The operation, such as `queue.task.celery`.
    """
    return None


def before_send(event: Event, hint: Hint) -> Event | None:
    """Change an event before the policy is applied, or return None to drop it."""
    return event
