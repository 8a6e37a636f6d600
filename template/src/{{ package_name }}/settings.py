"""The settings of this service, from environment variables that begin with APP_. This file is yours.

Those of the chosen libraries are in library_settings.py, those of Sentry in docs/sentry.md.
"""

from __future__ import annotations

import sys
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from .library_settings import LibrarySettings


class User(BaseModel):
    id: str
    plan: Literal["free", "pro"] = "free"


class Settings(LibrarySettings):
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    # Whose token it is, by the SHA-256 of the token: APP_API_TOKENS='{"<64 hex digits>": {"id": "u-1", "plan": "pro"}}'
    api_tokens: dict[str, User] = Field(default_factory=dict)


def load_settings() -> Settings:
    """Read the settings, or say in one line which variable is wrong and leave with status 78."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(f"APP_{fault['loc'][0]}".upper() + f": {fault['msg']}" for fault in error.errors())
        print(f"Wrong settings: {faults}.", file=sys.stderr)
        sys.exit(78)
