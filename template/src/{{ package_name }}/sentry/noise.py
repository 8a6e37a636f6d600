# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Errors that are nobody's fault here and would only bury the others."""

from __future__ import annotations

import asyncio
from typing import Final

from .. import sentry_custom

# By name where importing the class would import the library before Sentry is set up.
IGNORED_ERRORS: Final[tuple[type[BaseException] | str, ...]] = (
    "starlette.requests.ClientDisconnect",
    asyncio.CancelledError,
    KeyboardInterrupt,
    *sentry_custom.IGNORED_ERRORS,
)
