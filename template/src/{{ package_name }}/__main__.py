# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""`python -m <package> [uvicorn options]`: check the configuration, then hand over to uvicorn.

uvicorn itself opens the port before its workers import anything (`--workers`, `--reload`); this does not.
"""

from __future__ import annotations

import sys

import uvicorn

from .sentry.setup import checked_config
from .settings import load_settings


def main() -> None:
    load_settings()
    checked_config()
    uvicorn.main([f"{__package__}.main:app", *sys.argv[1:]], prog_name=f"python -m {__package__}")


if __name__ == "__main__":
    main()
