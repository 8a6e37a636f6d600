# Owned by the template.
"""Run by Alembic for each command that needs the database. `__main__.py` sets the attributes."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine


def migrate(connection: Connection) -> None:
    # SQLite can't change a column: a batch makes a new table and copies the rows.
    context.configure(
        connection=connection, target_metadata=context.config.attributes["metadata"], render_as_batch=True
    )
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    engine: AsyncEngine = context.config.attributes["engine"]
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


asyncio.run(main())
