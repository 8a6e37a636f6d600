"""The routes of this service: each module here has a `router`. This folder is yours: an update never touches it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter

router = APIRouter()

# Found, not listed: an update may add a module, and you may delete an example, without an edit here.
for _module in iter_modules(__path__):
    router.include_router(import_module(f"{__name__}.{_module.name}").router)
