"""Language models: each call names provider and conversation, counts its tokens, and tells nothing that was said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.receiver import Receiver
from support.spans import Span, spans_of

from .conftest import raised
from .servers import Provider

if TYPE_CHECKING:
    from conftest import Render

CONVERSATION = "0199c1de-7c1b-7aaa-8aaa-0123456789ab"

PROVIDERS = ["anthropic", "langchain", "openai", "pydantic_ai"]


def ask(service: Any, name: str, text: str) -> Any:
    return service.request("POST", f"/v1/chat/{name}", json={"text": text, "conversation_id": CONVERSATION})


@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param(["anthropic", "openai"], id="providers", marks=pytest.mark.each_run),
        # Their calls are made with OpenAI's client, whose own integration may be there too.
        pytest.param(["langchain", "openai", "pydantic_ai"], id="frameworks", marks=pytest.mark.each_run),
    ],
)
def test_a_call_is_a_span_with_its_tokens_and_without_its_words(
    render: Render, web: Any, receiver: Receiver, provider: Provider, chosen: list[str]
) -> None:
    project = render(integrations=chosen)
    asked = [name for name in chosen if "langchain" not in chosen or name != "openai"]
    with web(project, app="example_service.main:app", **provider.environ) as service:
        answers = {name: ask(service, name, "What does the planted text say?").json() for name in asked}
        service.stop()

    assert {answer["text"] for answer in answers.values()} == {Provider.ANSWER}
    found = spans_of(receiver)
    for name in asked:
        [outer] = [span for span in found if span.name == f"ask {name}"]
        assert outer.data.get("conversation_id") == CONVERSATION
        calls = [span for span in found if span.op in ("gen_ai.chat", "gen_ai.responses") and below(span, outer, found)]
        assert len(calls) == 1, name
        usage = [calls[0].data.get(f"gen_ai.usage.{kind}_tokens") for kind in ("input", "output")]
        assert usage == [Provider.INPUT_TOKENS, Provider.OUTPUT_TOKENS], name
    assert "planted" not in json.dumps([item.body for item in receiver.items()]).lower()


@pytest.mark.parametrize("chosen", PROVIDERS)
def test_under_full_the_words_are_on_the_span(
    render: Render, web: Any, receiver: Receiver, provider: Provider, chosen: str
) -> None:
    project = render(integrations=[chosen], pii_policy="full")
    with web(project, app="example_service.main:app", **provider.environ) as service:
        ask(service, chosen, "What does the planted text say? password=hunter2secret")
        service.stop()

    told = json.dumps([span.data for span in spans_of(receiver)])
    assert "planted" in told
    assert Provider.ANSWER in told
    assert "hunter2secret" not in told


def below(span: Span, outer: Span, every: list[Span]) -> bool:
    parents = {one.span_id: one.parent_span_id for one in every}
    current = span.parent_span_id
    while current and current != outer.span_id:
        current = parents.get(current)
    return current == outer.span_id


def test_a_provider_that_fails_is_reported_once_with_its_settings(
    everything: Path, web: Any, receiver: Receiver, provider: Provider
) -> None:
    with web(everything, **provider.environ) as service:
        answers = [ask(service, name, "refuse").status_code for name in PROVIDERS]
        service.stop()

    events = receiver.events()
    assert answers == [503] * len(PROVIDERS)
    assert [event["tags"]["provider"] for event in events] == PROVIDERS
    for event in events:
        assert event["tags"]["conversation_id"] == CONVERSATION
        assert event["contexts"]["provider"]["model"]
        assert str(raised(event)).endswith(("BadRequestError", "HTTPError", "InvalidRequestError", "RejectedError"))


def test_a_provider_that_does_not_answer_is_given_up(
    everything: Path, web: Any, receiver: Receiver, provider: Provider
) -> None:
    with web(everything, APP_LLM_TIMEOUT="0.3", **provider.environ) as service:
        answer = ask(service, "openai", "hang")
        provider.hung.set()
        service.stop()

    [event] = receiver.events()
    assert (answer.status_code, answer.json()["text"]) == (503, None)
    assert raised(event) == "APITimeoutError"
    assert event["contexts"]["provider"]["timeout"] == pytest.approx(0.3)
