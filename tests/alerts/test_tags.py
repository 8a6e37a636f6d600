"""Every tag that a rule asks for is one that an event of the service has when it arrives."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.receiver import Receiver

from alerts.conftest import rule
from alerts.test_validate import tag

if TYPE_CHECKING:
    from conftest import Render, Serve


def test_what_the_services_own_test_takes_for_granted_really_arrives(
    render: Render, serve: Serve, python: Path, receiver: Receiver, copy_of: Callable[[Path], Path]
) -> None:
    project = copy_of(render())
    items = project / "src" / "example_service" / "api" / "items.py"
    source = items.read_text(encoding="utf-8")
    assert "_ITEMS.get(item_id)" in source
    items.write_text(source.replace("_ITEMS.get(item_id)", "_ITEMS[item_id]"), encoding="utf-8")
    variables = {"SENTRY_DSN": receiver.dsn, "SENTRY_RELEASE": "example-service@1.0.0", "SENTRY_ENVIRONMENT": "staging"}

    with serve(project, python=python, env=variables) as service:
        service.get("/v1/items/99")
        service.stop()

    (event,) = receiver.events()
    arrived = {*event["tags"], *(key for key in ("environment", "level", "release", "transaction") if event.get(key))}
    own_test = runpy.run_path(str(project / "tests" / "test_alerts.py"))
    assert own_test["TAGS_OF_EVERY_EVENT"] | {"api_version", "request_id"} <= arrived
    # The plan belongs to requests of users that are known.
    assert set(own_test["tags_that_the_code_sets"]()) == {"api_version", "plan", "request_id"}


@pytest.mark.parametrize(
    "condition",
    [
        tag("api_versoin", value="v1"),
        {
            "type": "event_frequency_count",
            "comparison": {
                "value": 10,
                "interval": "1h",
                "filters": [{"key": "api_versoin", "match": "eq", "value": "v1"}],
            },
        },
    ],
    ids=["a condition", "a filter below a count"],
)
def test_the_services_own_test_fails_for_a_tag_that_nobody_sets(
    condition: dict[str, object], render: Render, copy_of: Callable[[Path], Path]
) -> None:
    project = copy_of(render())
    own_test = runpy.run_path(str(project / "tests" / "test_alerts.py"))
    check = own_test["test_alert_rules_ask_only_for_tags_that_events_have"]
    check()
    (project / "alerts" / "own.json").write_text(json.dumps(rule(conditions=[condition])), encoding="utf-8")

    with pytest.raises(AssertionError, match=r"own\.json asks for tags that no event has"):
        check()
