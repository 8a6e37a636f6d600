"""The settings of this service, from environment variables that begin with APP_. You own this file.

Those of the chosen libraries are in library_settings.py, those of Sentry in docs/sentry.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import SettingsError

from .library_settings import LibrarySettings
from .sentry.config import fail

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class User(BaseModel):
    id: str
    plan: Literal["free", "pro"] = "free"


class Settings(LibrarySettings):
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    # Users by the SHA-256 of their token: APP_API_TOKENS='{"<64 hex digits>": {"id": "u-1", "plan": "pro"}}'
    api_tokens: dict[str, User] = Field(default_factory=dict)


def load_settings() -> Settings:
    """Read the settings, or end the process with one line that names each wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        # A default that is made from another setting fails together with that one.
        faults = "; ".join(
            _sentence(fault) for fault in error.errors() if fault["type"] != "default_factory_not_called"
        )
        fail(f"Invalid settings: {faults}.")
    except SettingsError as error:
        fail(f"Invalid settings: {error}: it must be valid JSON.")


def _sentence(fault: ErrorDetails) -> str:
    """Return the variable and what is wrong with it. A validator of the whole class names no variable."""
    # Pydantic puts this before the sentence of a validator.
    message = fault["msg"].removeprefix("Value error, ")
    if not fault["loc"]:
        return message
    name = str(fault["loc"][0])
    variable = name if name.isupper() else f"APP_{name.upper()}"
    return f"{variable}: {message}"
