"""In place of the configuration of the layer: it is production."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

ENV_FILES = ()
ENV_FOLDER = Path("env")


def checked_config() -> SimpleNamespace:
    return SimpleNamespace(is_production=True)


def fail(message: str) -> NoReturn:
    sys.exit(message)
