"""Every tag that a rule asks for is one that an event of the service has when it arrives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.receiver import Receiver

from alerts.conftest import Command, Json, Rules, rule
from alerts.test_validate import count, slack, tag
from fastapi_sentry.alerts.tags import MADE_BY_SENTRY, tags_in_code

if TYPE_CHECKING:
    from conftest import Render, Serve


def test_the_tags_of_every_event_really_arrive(
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
    # The plan belongs to requests of users that are known.
    assert set(tags_in_code(project)) == {"api_version", "plan", "request_id"}
    assert {*event["tags"]} & set(tags_in_code(project)) == {"api_version", "request_id"}
    assert {"environment", "level", "release", "transaction"} <= arrived & MADE_BY_SENTRY


CONDITIONS = {
    "a condition": lambda name: tag(name, value="v1"),
    "a filter of a count": lambda name: count(filters=[{"key": name, "match": "eq", "value": "v1"}]),
}


@pytest.mark.parametrize("made", CONDITIONS.values(), ids=CONDITIONS.keys())
def test_a_tag_that_no_code_sets_is_named(made: Callable[[str], Json], command: Command, rules: Rules) -> None:
    """A misspelled one is an error. Another one may be set by code that can't be read here, so it is a warning."""
    misspelled = command("validate", rules=rules.write(rule(conditions=[made("api_versoin")])))
    unknown = command("validate", rules=rules.write(rule(conditions=[made("tenant")])))
    known = command("validate", rules=rules.write(rule(conditions=[made("api_version")])))

    assert misspelled.status == 1
    assert "a.json: $.workflow: no code sets the tag `api_versoin`. Did you mean api_version?" in misspelled.err
    assert unknown.status == 0
    assert "a.json: $.workflow: no code sets the tag `tenant` by its literal name, so no event may" in unknown.err
    assert (known.status, known.err) == (0, "")


def test_the_tags_that_a_message_shows_count_as_well(command: Command, rules: Rules) -> None:
    shown = rule(actions=[slack(data={"tags": "environment, api_versoin"})])

    assert "Did you mean api_version?" in command("validate", rules=rules.write(shown)).err


@pytest.mark.parametrize(
    "code",
    [
        'scope.set_tag("tenant", x)',
        'set_tags({"tenant": x, **more})',
        'sentry_sdk.set_tags(tags={"tenant": x})',
        'sentry_sdk.get_isolation_scope().set_tag(key="tenant", value=x)',
        'event["tags"]["tenant"] = x',
        'event["tags"] = {"tenant": x}',
        'event.setdefault("tags", {})["tenant"] = x',
        'event.setdefault("tags", {}).setdefault("tenant", x)',
        'event["tags"].update({"tenant": x})',
    ],
)
def test_a_tag_is_found_however_the_code_sets_it(code: str, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(code + "\n", encoding="utf-8")
    (tmp_path / "app" / "broken.py").write_text("def (", encoding="utf-8")
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / "env" / "other.py").write_text('set_tag("ours", 1)', encoding="utf-8")

    assert list(tags_in_code(tmp_path)) == ["tenant"]
