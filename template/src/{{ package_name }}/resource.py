# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Something with a connection: opened when the application starts, asked by /readyz, closed when it stops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from fastapi import FastAPI


@dataclass(frozen=True, slots=True)
class Resource:
    """`open` keeps what it opens in `app.state`; `check` raises when the resource cannot be used."""

    name: str
    open: Callable[[FastAPI], AbstractAsyncContextManager[None]]
    check: Callable[[FastAPI], Awaitable[None]] | None = None
