"""Which requests, tasks, messages and updates are traced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .. import sentry_custom

QUIET_PATHS: Final = frozenset(("/healthz", "/readyz", "/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"))

TracesSampler = Callable[[Mapping[str, Any]], float]


def traces_sampler(default: float) -> TracesSampler:
    """Return a sampler for the SDK's option of that name.

    Probes and documentation are never traced; a caller that has decided is followed; then the functions of
    sentry_custom.py are asked; what remains gets the default rate, a share from 0 to 1.
    """

    def sample(context: Mapping[str, Any]) -> float:
        asgi_scope = context.get("asgi_scope")
        # The path below the prefix that a proxy may add.
        path = asgi_scope.get("path", "").removeprefix(asgi_scope.get("root_path", "")) if asgi_scope else ""
        if path in QUIET_PATHS:
            return 0.0
        parent_sampled: bool | None = context.get("parent_sampled")
        if parent_sampled is not None:
            return float(parent_sampled)
        if asgi_scope:
            rate = sentry_custom.sample_rate(path or "/")
        else:
            work = context.get("transaction_context", {})
            rate = sentry_custom.work_sample_rate(work.get("name") or "", work.get("op") or "")
        return default if rate is None else rate

    return sample
