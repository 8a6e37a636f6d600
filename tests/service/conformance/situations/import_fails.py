"""The module of the application can't be imported."""

from __future__ import annotations

import side

REQUESTS: list[str] = []
USUAL = ["error ImportError: a library is missing", "answer the server did not start"]

if side.SIDE != "client":
    raise ImportError("a library is missing")
