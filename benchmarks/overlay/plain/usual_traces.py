"""The application behind the usual `sentry_sdk.init(dsn=..., traces_sample_rate=0.1)`."""

from __future__ import annotations

import os

import sentry_sdk

sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], traces_sample_rate=0.1)

from .main import app  # noqa: E402

__all__ = ["app"]
