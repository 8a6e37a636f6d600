"""The service's own application, for `doctor`, `preview`, and the tests of the layer."""

from __future__ import annotations

import inspect
from importlib import import_module
from operator import attrgetter
from typing import Any

from . import answers


class ApplicationError(Exception):
    """The application can't be imported. `str()` says which one and why."""


def load_app() -> Any:
    """Return the application as uvicorn gets it. A factory is called.

    Raises:
        ApplicationError: it can't be imported or made.
    """
    module, _, attribute = answers.APP_IMPORT.partition(":")
    try:
        app = attrgetter(attribute)(import_module(module))
        makes = inspect.isfunction(app) and not inspect.iscoroutinefunction(app)
        return app() if makes else app
    except Exception as error:
        raise ApplicationError(
            f"{answers.APP_IMPORT} can't be imported ({type(error).__name__}: {error})."
        ) from error


def inner_app(app: Any) -> Any:
    """Return the FastAPI or Starlette application behind middleware and other wrappers.

    Raises:
        ApplicationError: there is none.
    """
    pending, seen = [app], set[int]()
    while pending:
        found = pending.pop(0)
        if hasattr(found, "build_middleware_stack"):
            return found
        seen.add(id(found))
        parts = getattr(found, "__dict__", {}).values()
        pending.extend(part for part in parts if callable(part) and id(part) not in seen)
    raise ApplicationError(f"{answers.APP_IMPORT} holds no FastAPI or Starlette application.")
