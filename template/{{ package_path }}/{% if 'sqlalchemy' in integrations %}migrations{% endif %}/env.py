# Owned by the template.
"""Run by Alembic for each command that needs the database: `uv run alembic upgrade head`. See docs/development.md."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path

from alembic import context
from sqlalchemy import Connection

# Alembic runs this file on its own, so it can't import by a relative path.
package = Path(__file__).resolve().parents[1].name
db = import_module(f"{package}.db")
settings = import_module(f"{package}.settings").load_settings()
# The tables are in the metadata once it's imported.
import_module(f"{package}.models")


def migrate(connection: Connection) -> None:
    # SQLite can't change a column: a batch makes a new table and copies the rows.
    context.configure(connection=connection, target_metadata=db.Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    engine = db.create_engine(settings.database_url)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


asyncio.run(main())
