"""The bot with a handler that fails: `python -m probe_bot`."""

from __future__ import annotations

from aiogram import F
from aiogram.types import Message
from example_service import bot, bot_handlers


class HandlerError(Exception): ...


async def fail(message: Message) -> None:
    raise HandlerError


bot_handlers.router.message.register(fail, F.text == "fail")
# Before the one that takes every message.
bot_handlers.router.message.handlers.insert(0, bot_handlers.router.message.handlers.pop())

if __name__ == "__main__":
    bot.main()
