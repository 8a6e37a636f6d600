# Owned by the template.
"""No test of this service ever reports to Sentry, whatever lies in env/ or in the environment."""

from __future__ import annotations

import os

# Before anything of the service is imported. The process environment wins over env/*.env, and an empty DSN is none.
for _name in [name for name in os.environ if name.startswith("SENTRY_")]:
    del os.environ[_name]
os.environ.update(SENTRY_DSN="", SENTRY_RELEASE="", SENTRY_ENVIRONMENT="test")
