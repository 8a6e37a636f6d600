"""Request bodies against the API schema that Sentry publishes: each night, because the schema can change on any day.

`SENTRY_API_SCHEMA` names the file or the address of `openapi-derefed.json` of getsentry/sentry-api-schema, as in
.github/workflows/nightly.yml. The license of the schema doesn't allow a copy in this repository. The schema allows any
condition and action: the fake Sentry and the rules' own schema check those.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import Render
from jsonschema import Draft4Validator

from alerts.conftest import Command, Json
from alerts.fake_sentry import FakeSentry
from alerts.test_generated_rules import CHANNELS

WHERE = os.environ.get("SENTRY_API_SCHEMA", "")
WORKFLOWS = "/api/0/organizations/{organization_id_or_slug}/workflows/"

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(not WHERE, reason="SENTRY_API_SCHEMA must name the file or the address of Sentry's API schema"),
]


@pytest.fixture(scope="session")
def paths() -> Json:
    text = httpx2.get(WHERE, timeout=30).text if WHERE.startswith("https://") else Path(WHERE).read_text("utf-8")
    found: Json = json.loads(text)["paths"]
    return found


@pytest.fixture
def exchanged(render: Render, command: Command, sentry: FakeSentry) -> FakeSentry:
    """A fake Sentry to which all rules have been sent on all channels, some as a creation and some as a change."""
    for name in ("new issue", "regression"):
        sentry.add(name=f"example-service: {name}")
    rules = render(alert_channels=list(CHANNELS)) / "alerts"
    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0
    return sentry


@pytest.mark.parametrize(("method", "path"), [("POST", WORKFLOWS), ("PUT", WORKFLOWS + "{workflow_id}/")])
def test_every_body_fits_and_has_no_key_that_the_api_does_not_know(
    method: str, path: str, paths: Json, exchanged: FakeSentry
) -> None:
    schema = strict(paths[path][method.lower()]["requestBody"]["content"]["application/json"]["schema"])
    bodies = [body for asked, _, body in exchanged.requests if asked == method]

    assert bodies
    for body in bodies:
        # The API takes both spellings, its schema lists one.
        Draft4Validator(schema).validate(snake(body))


def test_the_fake_answers_as_the_api_does(paths: Json, exchanged: FakeSentry) -> None:
    listed = paths[WORKFLOWS]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["items"]

    for alert in exchanged.workflows.values():
        assert set(alert) == set(listed["properties"])
        assert set(listed["required"]) <= set(alert)


def test_every_path_that_is_asked_for_is_published(paths: Json, exchanged: FakeSentry) -> None:
    published = [re.sub(r"\{[^}]+\}", "[^/]+", path) for path in paths]

    for _, asked, _ in exchanged.requests:
        assert any(re.fullmatch(path, asked) for path in published), asked


def strict(schema: Json) -> Json:
    """OpenAPI's schema for a validator of JSON Schema: no key beside those that are listed, and null where nullable."""
    if "allOf" in schema:
        (only,) = schema["allOf"]
        # Triggers: the description shows a list of actions that the properties lack.
        return strict({**only, "properties": {**only["properties"], "actions": {}}})
    made = {key: value for key, value in schema.items() if key in ("type", "enum", "maxLength", "required")}
    if "properties" in schema:
        made["properties"] = {key: strict(value) for key, value in schema["properties"].items()}
        made["additionalProperties"] = False
    if "items" in schema:
        made["items"] = strict(schema["items"])
    if schema.get("nullable"):
        return {"anyOf": [made, {"type": "null"}]}
    # Ids are numbers in the schema, and texts in what Sentry's pages and the Terraform provider send.
    return {"type": ["integer", "string"]} if made.get("type") == "integer" else made


def snake(part: Any) -> Any:
    if isinstance(part, list):
        return [snake(each) for each in part]
    if isinstance(part, dict):
        return {
            re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", key): snake(each) for key, each in part.items()
        }
    return part
