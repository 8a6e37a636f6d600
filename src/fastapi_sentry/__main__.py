from __future__ import annotations

from fastapi_sentry.cli import main

main()
