"""The application behind the usual `sentry_sdk.init(dsn=..., traces_sample_rate=...)`, which is 0.1 if not given."""

from __future__ import annotations

import os

import sentry_sdk

rate = float(os.environ.get("SENTRY_TRACES_SAMPLE_RATE", "0.1"))
sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], traces_sample_rate=rate)

from .main import app  # noqa: E402

__all__ = ["app"]
