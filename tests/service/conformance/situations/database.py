"""A statement that the database rejects, and a transaction that is rolled back."""

from __future__ import annotations

from fastapi import FastAPI
from side import connect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

REQUESTS = ["GET /rejected", "GET /unique"]
USUAL = ["error OperationalError: ", "error IntegrityError: ", "span db select * from nothing"]

engine = create_async_engine("sqlite+aiosqlite://")
app = FastAPI()
connect(app)


@app.get("/rejected")
async def rejected() -> None:
    async with engine.connect() as connection:
        await connection.execute(text("select * from nothing"))


@app.get("/unique")
async def unique() -> None:
    async with engine.begin() as connection:
        await connection.execute(text("create table orders (number integer unique)"))
        for _ in range(2):
            await connection.execute(text("insert into orders values (:number)"), {"number": 7})
