# Owned by the template.
"""The process: `uvicorn <package>.main:app` imports this file once in each worker.

Sentry is initialized first: its integrations patch FastAPI, and a configuration fault ends the process early.
"""

from __future__ import annotations

from .logs import configure_logging
from .sentry import init_sentry
from .sentry.config import checked_config
from .settings import load_settings

checked_config()
settings = load_settings()
configure_logging(settings.log_level)
init_sentry()

from .app import create_app  # noqa: E402

app = create_app(settings)
