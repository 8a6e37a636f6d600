"""The application behind the usual `sentry_sdk.init(dsn=...)`. Release and environment come from the variables."""

from __future__ import annotations

import os

import sentry_sdk

sentry_sdk.init(dsn=os.environ["SENTRY_DSN"])

from .main import app  # noqa: E402

__all__ = ["app"]
