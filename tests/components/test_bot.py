"""The bot: real updates through its dispatcher, from a server that speaks the Bot API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.receiver import Receiver

from .conftest import named, raised
from .servers import BotApi

BOT = "example_service.bot"


def sent(bot_api: BotApi) -> str:
    """The body of the next message that the bot sends."""
    while True:
        method, body = bot_api.calls.get(timeout=60)
        if method == "sendMessage":
            return body


def test_an_update_is_answered_and_is_a_trace_of_its_own(
    light: Path, start: Any, receiver: Receiver, bot_api: BotApi
) -> None:
    bot_api.put(bot_api.message(1, "/start"))
    with start(light, BOT, env=bot_api.environ) as bot:
        body = sent(bot_api)
        status = bot.stop()

    assert "Hello." in body
    assert status == 0, bot.output
    span = named(receiver, "update message")
    assert (span.op, span.is_segment) == ("queue.process", True)
    assert receiver.events() == []


@pytest.mark.each_run
@pytest.mark.budget(60)
def test_a_handlers_error_names_the_update_type_and_a_user_and_the_bot_goes_on(
    light: Path, start: Any, receiver: Receiver, bot_api: BotApi
) -> None:
    bot_api.put(bot_api.message(1, "fail"), bot_api.message(2, "hello"))
    with start(light, "probe_bot", env=bot_api.environ) as bot:
        body = sent(bot_api)
        status = bot.stop()

    [event] = receiver.events()
    assert "hello" in body
    assert status == 0, bot.output
    assert raised(event) == "HandlerError"
    assert event["tags"]["update_type"] == "message"
    assert event["user"]["id"]
    assert BotApi.TOKEN not in json.dumps([item.body for item in receiver.items()])


def test_a_malformed_update_is_reported_once_and_passed_over(
    light: Path, start: Any, receiver: Receiver, bot_api: BotApi
) -> None:
    bot_api.put({"update_id": 1, "message": {"text": 7}}, bot_api.message(2, "hello"))
    with start(light, BOT, env=bot_api.environ) as bot:
        body = sent(bot_api)
        bot.stop()

    assert "hello" in body
    assert [raised(event) for event in receiver.events()] == ["ValidationError"]


def test_an_update_at_hand_is_finished_before_the_bot_ends(
    light: Path, start: Any, receiver: Receiver, bot_api: BotApi
) -> None:
    bot_api.put(bot_api.message(1, "take long"))
    with start(light, "probe_bot", env=bot_api.environ) as bot:
        assert "begun" in sent(bot_api)
        status = bot.stop()

    assert status == 0, bot.output
    assert "done" in sent(bot_api)
    assert not named(receiver, "update message").failed


def test_without_a_token_the_bot_does_not_start(light: Path, start: Any) -> None:
    with start(light, BOT) as bot:
        assert bot.wait() == 78

    assert "APP_TELEGRAM_TOKEN" in bot.output
    assert "Traceback" not in bot.output
