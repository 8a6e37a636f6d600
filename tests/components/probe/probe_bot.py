"""The bot with a handler that fails: `python -m probe_bot`."""

from __future__ import annotations

import asyncio

from aiogram import F
from aiogram.types import Message
from example_service import bot, bot_handlers


class HandlerError(Exception): ...


async def fail(message: Message) -> None:
    raise HandlerError


async def take_long(message: Message) -> None:
    await message.answer("begun")
    await asyncio.sleep(1)
    await message.answer("done")


for handler, text in ((fail, "fail"), (take_long, "take long")):
    bot_handlers.router.message.register(handler, F.text == text)
    # Before the one that takes every message.
    bot_handlers.router.message.handlers.insert(0, bot_handlers.router.message.handlers.pop())

if __name__ == "__main__":
    bot.main()
