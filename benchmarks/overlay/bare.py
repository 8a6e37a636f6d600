"""The application without Sentry."""

from __future__ import annotations

from .plain_app import create_app

app = create_app()
