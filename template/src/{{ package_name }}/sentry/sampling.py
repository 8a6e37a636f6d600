# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Which requests are traced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .. import sentry_custom

QUIET_PATHS: Final = frozenset(("/healthz", "/readyz", "/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"))

TracesSampler = Callable[[Mapping[str, Any]], float]


def path_of(asgi_scope: Mapping[str, Any]) -> str:
    """The path of a request below the prefix that a proxy may add."""
    path: str = asgi_scope.get("path", "")
    return path.removeprefix(asgi_scope.get("root_path", "")) or "/"


def traces_sampler(default: float) -> TracesSampler:
    """A sampler for the SDK's option of that name.

    Probes and documentation are never traced; a caller that has decided is followed; then the service's own
    `sentry_custom.sample_rate()` is asked; what remains gets the default rate, a share from 0 to 1.
    """

    def sample(context: Mapping[str, Any]) -> float:
        asgi_scope = context.get("asgi_scope")
        path = path_of(asgi_scope) if asgi_scope else None
        if path in QUIET_PATHS:
            return 0.0
        parent_sampled: bool | None = context.get("parent_sampled")
        if parent_sampled is not None:
            return float(parent_sampled)
        chosen = sentry_custom.sample_rate(path) if path else None
        return default if chosen is None else chosen

    return sample
