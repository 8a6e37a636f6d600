"""What this service adds to the template's Sentry layer. This file is yours: an update never touches it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sentry_sdk.integrations import Integration
    from sentry_sdk.types import Event, Hint

IGNORED_ERRORS: Final[tuple[type[BaseException] | str, ...]] = ()
"""Errors that are no news, as classes or as names (`"package.module.Error"`). Subclasses count."""

REPORTED_STATUS: Final[frozenset[int]] = frozenset()
"""Status codes below 500 whose HTTPException is news for this service, such as 409."""

INTEGRATIONS: Final[tuple[Integration | str, ...]] = ()
"""Additional integrations of the SDK: `(PyMongoIntegration(),)`, or by name: `("celery.CeleryIntegration",)`.

No library reports by itself. A name is left out where its library isn't installed.
"""

SAFE_KEYS: Final[frozenset[str]] = frozenset(("item.id",))
"""Names of tags, extra, breadcrumb data and attributes whose values are nobody's data; of contexts, `"context.name"`.

Their values leave as they are, except credentials and card numbers. Under the policy `strict` only these leave.
"""

SAFE_NAMES: Final[frozenset[str]] = frozenset(("look the item up",))
"""Names of spans, of their operations and of metrics that hold no data. Under `strict` only these leave."""

MASKS: Final[tuple[tuple[str, str], ...]] = ()
"""Further personal data in texts: a regular expression, and what stands for it: `(r"\\bP-[0-9]{6}\\b", "[patient]")`.

Under the policies `strict` and `pseudonymous`. Bound its repetitions (`{1,20}`), so that hostile text costs little.
"""

TRACE_TARGETS: Final[tuple[str, ...]] = ()
"""Further hosts that may see the trace headers of calls: regular expressions, `"^https://api[.]example[.]org/"`."""

SDK_OPTIONS: Final[Mapping[str, object]] = {}
"""Options of `sentry_sdk.init()` that don't touch the policy: `{"ca_certs": "/etc/ssl/own-ca.pem", "dist": "42"}`.

Such as proxies, `shutdown_timeout`, `in_app_include`, `before_breadcrumb`. The layer rejects those that it sets itself.
"""

FASTAPI_TELEMETRY: Final = False
"""Whether FastAPI may export OpenTelemetry of its own under the policy `strict`. Nothing scrubs what it exports."""


VARIABLES: Final[Mapping[str, str]] = {}
"""Other names of the layer's variables in this service: `{"SENTRY_DSN": "SHOP_DSN"}`. The layer's own name wins."""

ENV_FILES: Final[tuple[str, ...]] = ()
"""Additional env files, as paths from the root of the project: `(".env",)`. Those in env/ win over them."""


def sample_rate(path: str) -> float | None:
    """Return the share of requests to this path to trace, from 0 to 1. None leaves it to SENTRY_TRACES_SAMPLE_RATE."""
    return None


def work_sample_rate(name: str, op: str) -> float | None:
    """Return the share of other work to trace: of a task, a message of a queue, an update of a bot, a job.

    Args:
        name: of the task, or of the span.
        op: what it is, such as `queue.task.celery`.
    """
    return None


def before_send(event: Event, hint: Hint) -> Event | None:
    """Change an event before the policy is applied, or return None to drop it."""
    return event
