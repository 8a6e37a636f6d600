"""The JSON Schema of a rule file, made from the models of the command.

`python3 scripts/test.py -k the_schema_is` fails with the difference when alerts/rule.schema.json is not that any more.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue


class _ForEditors(GenerateJsonSchema):
    """Without titles that only repeat the key, and without OpenAPI's `discriminator`, which no editor reads."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("title", None)
        return made

    def tagged_union_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().tagged_union_schema(schema)
        made.pop("discriminator", None)
        return made


def schema_text(rule: type[BaseModel]) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Sentry alert rule",
        **rule.model_json_schema(schema_generator=_ForEditors),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
