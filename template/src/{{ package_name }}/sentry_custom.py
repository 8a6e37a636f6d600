"""What this service adds to the template's Sentry set-up. This file is yours: an update never touches it."""

from __future__ import annotations

from typing import Final

IGNORED_ERRORS: Final[tuple[type[BaseException] | str, ...]] = ()
"""Errors that are no news, as classes or as names (`"package.module.Error"`). Subclasses count."""

SAFE_KEYS: Final[frozenset[str]] = frozenset(("item.id",))
"""Names of tags, extra, breadcrumb data and attributes whose values are nobody's data; of contexts, `"context.name"`.

Under the policy `strict` only these leave. Credentials under them do not.
"""

SAFE_NAMES: Final[frozenset[str]] = frozenset(("look the item up",))
"""Names of spans, of their kinds (`op`) and of metrics that hold no data. Under `strict` only these leave."""

MASKS: Final[tuple[tuple[str, str], ...]] = ()
"""Further personal data in texts: a regular expression, and what stands for it: `(r"\\bP-[0-9]{6}\\b", "[patient]")`.

Under the policies `strict` and `pseudonymous`. Bound its repetitions (`{1,20}`), so that hostile text costs little.
"""

TRACE_TARGETS: Final[tuple[str, ...]] = ()
"""Further hosts that may see the trace headers of calls to them: regular expressions, `"^https://api[.]example[.]com/"`."""


def sample_rate(path: str) -> float | None:
    """The share of requests to this path to trace, from 0 to 1. None leaves it to SENTRY_TRACES_SAMPLE_RATE."""
    return None
