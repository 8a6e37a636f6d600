"""The settings of this service, from environment variables that begin with APP_. This file is yours.

Those of the chosen libraries are in library_settings.py, those of Sentry in docs/sentry.md.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import SettingsError

from .library_settings import LibrarySettings
from .sentry.config import fail


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
        faults = "; ".join(f"APP_{fault['loc'][0]}".upper() + f": {fault['msg']}" for fault in error.errors())
        fail(f"Invalid settings: {faults}.")
    except SettingsError as error:
        fail(f"Invalid settings: {error}: it must be valid JSON.")
