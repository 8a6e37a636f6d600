"""The two sides of each situation: the usual `sentry_sdk.init()` and the generated layer.

A situation calls `connect(app)` where a service does. The process that sends the requests imports the situation too,
for its `client`; there nothing is initialized.
"""

from __future__ import annotations

import logging
import os

from fastapi import FastAPI

SIDE = os.environ.get("CONFORMANCE_SIDE", "client")
RATE = os.environ.get("CONFORMANCE_RATE", "1.0")


def init() -> None:
    """Initialize Sentry from `SENTRY_DSN`, `SENTRY_RELEASE`, and `SENTRY_ENVIRONMENT`."""
    if SIDE == "usual":
        import sentry_sdk
        from sentry_sdk.integrations.logging import LoggingIntegration

        # SDK 3 makes no events of log records by itself. The layer does on both, so here it is asked to:
        # the situation `logs_without_events` shows the difference.
        events = [] if sentry_sdk.VERSION.startswith("2") else [LoggingIntegration(event_level=logging.ERROR)]
        sentry_sdk.init(
            dsn=os.environ["SENTRY_DSN"], traces_sample_rate=float(RATE) if RATE else None, integrations=events
        )
    elif SIDE == "layer":
        from example_service.sentry import init_sentry

        init_sentry()


def connect(app: FastAPI) -> None:
    """Do what the layer asks for; the usual init needs nothing."""
    if SIDE == "layer":
        from example_service.sentry import connect as connect_layer

        connect_layer(app)
