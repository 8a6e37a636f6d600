# Owned by the template.
"""`python -m <package> [options of uvicorn]`: check the configuration, then start uvicorn.

With `--workers` and `--reload`, uvicorn opens the port before it imports the application.
"""

from __future__ import annotations

import sys

import uvicorn

from .sentry.config import checked_config
from .settings import load_settings


def main() -> None:
    checked_config()
    load_settings()
    uvicorn.main([f"{__package__}.main:app", *sys.argv[1:]], prog_name=f"python -m {__package__}")


if __name__ == "__main__":
    main()
