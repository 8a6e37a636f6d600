# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Which hosts are told the trace of an outgoing call. A stranger is told nothing."""

from __future__ import annotations

from typing import Final

from .. import sentry_custom

_PORT_AND_END: Final = r"(:\d+)?([/?#]|$)"

TRACE_TARGETS: Final[list[str]] = [
    # This machine.
    rf"^https?://(localhost|127\.0\.0\.1|\[::1\]){_PORT_AND_END}",
    # A neighbour under Compose or in a Kubernetes namespace: `http://orders:8000`.
    rf"^https?://[A-Za-z0-9_-]+{_PORT_AND_END}",
    # Names that only an internal network resolves.
    rf"^https?://[A-Za-z0-9._-]+\.(internal|local|svc){_PORT_AND_END}",
    *sentry_custom.TRACE_TARGETS,
]
"""Regular expressions for the SDK's option `trace_propagation_targets`, which searches the whole URL."""
