"""What was planted in a real process and what arrived at a real receiver: three policies, both majors of the SDK."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from conftest import Figure
from sentry_relay.processing import StoreNormalizer
from service.privacy.conftest import ENVIRONMENT, POLICIES, RELEASE, Plant, Planted
from support.environments import pythons
from support.template import ROOT

PLANTED_VALUES = 79
NEWEST = [*pythons()][-1]

FEATURES = {"event", "sessions", "session", "check_in", "client_report", "log", "profile_chunk"}

SETUPS = [pytest.param(policy, sdk, id=f"{policy}-sdk{sdk}") for sdk in ("2", "3") for policy in POLICIES]
TRACES = {"2": "transaction", "3": "span"}


def tell(figure: Figure, setup: str, sdk: str, planted: Planted) -> None:
    categories = {name: category for name, (category, _) in planted.values.items()}
    left, every = Counter(categories[name] for name in planted.leaked()), Counter(categories.values())
    parts = {category: f"{left[category]} of {every[category]}" for category in ("structured", "text", "credential")}
    figure("planted values that left the process", **{"setup": setup, "SDK": sdk, **parts})


@pytest.mark.parametrize(("policy", "sdk"), SETUPS)
def test_a_policy_holds_what_it_promises_and_leaves_what_is_needed(
    plant: Plant, figure: Figure, policy: str, sdk: str
) -> None:
    planted = plant(sdk=sdk, policy=policy)

    tell(figure, f"policy {policy}", f"SDK {sdk}", planted)
    assert len(planted.values) == PLANTED_VALUES
    assert planted.leaked(*(["credential"] if policy == "full" else [])) == []
    assert "dropped" not in planted.log
    assert planted.sent.types() >= {*FEATURES, TRACES[sdk]}
    # SENTRY_SPOTLIGHT is set, and would be a second way out. The service says what became of it.
    assert not [head for head in planted.sent.heads if b"/stream" in head]
    assert planted.log.count("SENTRY_SPOTLIGHT is switched off") == 1
    _assert_useful(planted, policy)


@pytest.mark.parametrize("sdk", ["2", "3"])
def test_the_usual_setup_lets_most_of_it_out(plant: Plant, figure: Figure, sdk: str) -> None:
    """The search finds what is there to be found; otherwise the test above would prove nothing."""
    planted = plant(sdk=sdk, usual=True)

    tell(figure, "sentry_sdk.init(dsn=...)", f"SDK {sdk}", planted)
    assert len(planted.leaked()) > PLANTED_VALUES / 2
    assert len(planted.leaked("credential")) >= 10
    if sdk == "2":
        row = f"| {len(planted.leaked())} of {PLANTED_VALUES} | 0 of {PLANTED_VALUES} |"
        assert row in (ROOT / "README.md").read_text(encoding="utf-8")


def _assert_useful(planted: Planted, policy: str) -> None:
    for kind in ("event", "transaction"):
        for item in planted.sent.items(kind):
            # What Sentry's own ingestion has to say about it.
            assert StoreNormalizer().normalize_event(raw_event=json.dumps(item)).get("errors", []) == []
    # Every event has the version of Python, which isn't personal data.
    runtimes = {json.dumps(event["contexts"].get("runtime")) for event in planted.sent.items("event")}
    [runtime] = [json.loads(one) for one in runtimes]
    assert (runtime["name"], runtime["version"].rpartition(".")[0]) == ("CPython", NEWEST)
    [event] = [event for event in planted.sent.items("event") if _types(event) == ["KeyError", "ValueError"]]
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    last = frames[-1]
    assert (last["filename"], last["function"]) == ("tests/sentry/planted_app.py", "planted")
    assert last["in_app"] is True
    assert last["context_line"].strip() == "raise error from cause"
    assert any(not frame.get("in_app") for frame in frames)
    assert event["transaction"] in ("/planted/{customer}", "__main__.planted")
    assert (event["release"], event["environment"], event["level"]) == (RELEASE, ENVIRONMENT, "error")
    assert event["tags"]["api_version"] == "v1"
    assert event["request"]["method"] == "POST"
    assert event["request"]["headers"]["content-type"] == "application/json"
    trace = event["contexts"]["trace"]["trace_id"]
    assert trace in {one["trace_id"] for one in planted.sent.items("span")} or trace in {
        one["contexts"]["trace"]["trace_id"] for one in planted.sent.items("transaction")
    }
    assert trace in {log["trace_id"] for log in planted.sent.items("log")}
    _assert_users(planted, event, policy)


def _assert_users(planted: Planted, event: dict[str, Any], policy: str) -> None:
    sessions = planted.sent.items("session")
    ids = {event.get("user", {}).get("id"), *(session.get("did") for session in sessions)}
    if policy == "strict":
        assert ids == {None}
        assert not event.get("user")
    else:
        # One user, one id, whatever the item.
        [user] = ids
        expected = planted.values["user id"][1]
        assert user == expected if policy == "full" else len(bytes.fromhex(user)) == 16
        assert policy == "full" or event["user"].keys() == {"id"}


def _types(event: dict[str, Any]) -> list[str]:
    return [value.get("type") for value in event.get("exception", {}).get("values", [])]
