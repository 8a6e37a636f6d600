# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What reports to Sentry: the web framework, logging, and the libraries among the answers. Nothing by itself."""

from __future__ import annotations

import logging
from typing import Final

from sentry_sdk.integrations import Integration
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.stdlib import StdlibIntegration

from . import answers, sdk
from .libraries import LIBRARIES
from .policy_table import Policy

QUIET_LOGGERS: Final = (
    # Logs each exception that the SDK has captured a moment before.
    "uvicorn.error",
    # Logs each request, with its query.
    "uvicorn.access",
    # Logs each call, which the integration reports as a breadcrumb.
    "httpx2",
)


def integrations(*, logs: bool, http_spans: bool) -> list[Integration]:
    """Every integration of this service, each configured once.

    Args:
        logs: whether log records also leave as Sentry logs.
        http_spans: whether the SDK begins the span of a request, or asgi.py does.
    """
    for name in QUIET_LOGGERS:
        sdk.ignore_logger(name)
    return [
        *sdk.web_integrations(transaction_style=answers.TRANSACTION_STYLE, http_spans=http_spans),
        sdk.logging_integration(breadcrumbs=logging.INFO, events=logging.ERROR, logs=logging.INFO if logs else None),
        *sdk.without_doubles([library() for library in LIBRARIES]),
    ]


def disabled(policy: Policy) -> list[type[Integration] | Integration]:
    """What the SDK would switch on by itself and this service does without."""
    return [
        # It reports the arguments of subprocesses, and it traces the SDK's own requests when the DSN names a port:
        # sentry_sdk.utils.is_sentry_url() compares host and port with the host alone (2.75.0).
        StdlibIntegration,
        # The command line of a process may hold a token.
        *([] if policy == "full" else [ArgvIntegration]),
    ]
