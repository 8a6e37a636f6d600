"""Release and environment names are held against the code that Sentry's own ingestion runs (sentry-relay)."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from sentry_relay.processing import StoreNormalizer
from support.service import clean_environment

if TYPE_CHECKING:
    from conftest import Render, SdkEnvironments

SHAPES = [
    "a",
    "a.b-c_d",
    "shop@1.2.3",
    "shop@1.2.3+0123abc",
    "a b",
    "é",
    "production",
    "none",
    "None",
    ".",
    "..",
    "latest",
]
SHAPES += [
    "a/b",
    "a\\b",
    "a\tb",
    "a\nb",
    "a\x0cb",
    "a\x7fb",
    "a" * 64,
    "a" * 65,
    "a" * 200,
    "a" * 201,
    "a" * 250,
    "a" * 251,
]

ASK_THE_SERVICE = """
import json, sys
from example_service.sentry.config import ConfigurationError, load_config

COMPLETE = {"SENTRY_DSN": "https://key@example.com/1", "SENTRY_USER_ID_KEY": "k" * 32}

def taken(variable, field, text):
    try:
        return getattr(load_config({**COMPLETE, variable: text}), field) == text
    except ConfigurationError:
        return False

variable, field = sys.argv[1:]
print(json.dumps([taken(variable, field, text) for text in json.load(sys.stdin)]))
"""


@pytest.mark.parametrize("field", ["release", "environment"])
def test_a_name_that_sentry_drops_is_not_taken(render: Render, sdk_environments: SdkEnvironments, field: str) -> None:
    project = render()
    answer = subprocess.run(
        [sdk_environments["2"], "-c", ASK_THE_SERVICE, f"SENTRY_{field.upper()}", field],
        input=json.dumps(SHAPES),
        env=clean_environment(project, {}),
        capture_output=True,
        text=True,
        check=True,
    )
    taken = dict(zip(SHAPES, json.loads(answer.stdout), strict=True))

    dropped = {shape for shape in SHAPES if sentry_drops(field, shape)}

    assert {shape for shape in dropped if taken[shape]} == set()
    # And nothing that Sentry takes is rejected, except placeholders.
    assert {shape for shape in SHAPES if not taken[shape]} - dropped <= {"none", "None"}


def sentry_drops(field: str, name: str) -> bool:
    event = {"event_id": "a" * 32, "platform": "python", field: name}
    normalized = StoreNormalizer(project_id=1).normalize_event(event)
    return "err" in json.dumps(normalized.get("_meta", {}).get(field, {}))


def test_the_oracle_can_tell() -> None:
    assert sentry_drops("release", "a/b")
    assert not sentry_drops("release", "shop@1.2.3")
