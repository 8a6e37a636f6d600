# Owned by the template.
"""`python -m <package>.migrations COMMAND`: run a command of Alembic on the database of the settings.

`upgrade head` makes the tables. `revision --autogenerate -m "Add orders"` writes a step. `check` compares models.py
with the steps. `--help` lists the rest.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from alembic.config import CommandLine, Config

from .. import models
from ..db import create_engine
from ..settings import load_settings

FOLDER: Final = Path(__file__).resolve().parent


def alembic_config() -> Config:
    """Return what alembic.ini and env.py of other projects say. The image has this folder and no alembic.ini."""
    config = Config()
    options = {
        "script_location": FOLDER,
        "version_locations": FOLDER / "versions",
        "path_separator": "newline",
        # A module needs a name that starts with a letter; the time keeps the steps in order.
        "file_template": "v%(year)d%(month).2d%(day).2d_%(hour).2d%(minute).2d%(second).2d_%(slug)s",
    }
    for name, value in options.items():
        config.set_main_option(name, str(value).replace("%", "%%"))
    config.attributes.update(metadata=models.Base.metadata, engine=create_engine(load_settings().database_url))
    return config


def main() -> None:
    logging.basicConfig(level="INFO", format="%(message)s")
    (FOLDER / "versions").mkdir(exist_ok=True)
    command_line = CommandLine(prog=f"python -m {__package__}")
    options = command_line.parser.parse_args()
    if not hasattr(options, "cmd"):
        command_line.parser.error("a command is required")
    command_line.run_cmd(alembic_config(), options)


if __name__ == "__main__":
    main()
