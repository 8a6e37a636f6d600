"""The application without Sentry."""

from __future__ import annotations

from .main import app

__all__ = ["app"]
