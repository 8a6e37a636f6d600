# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Breadcrumbs: log records, queries and calls before an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .. import privacy
from ..log_templates import TEMPLATE
from ..policy_table import Fate, Kind
from ..treatment import GONE, Treatment

_QUIET: Final = frozenset(("redis", "subprocess"))
"""Categories whose messages are keys and command lines."""


class Breadcrumbs:
    def __init__(self, treatment: Treatment) -> None:
        self._fate = treatment.fate(Kind.LOG)
        self._fields = treatment.fields(treatment.handlers(privacy.BREADCRUMB))
        self._log = treatment.of_kind(Kind.LOG)
        self._statement = treatment.of_kind(Kind.STATEMENT)
        self._call = treatment.fields(treatment.handlers(privacy.CALL))
        self._details = treatment.details()

    def breadcrumb(self, value: object) -> object:
        """One breadcrumb; what its message and data are depends on its category."""
        if not isinstance(value, Mapping):
            return GONE
        facts = {name: part for name, part in value.items() if name not in ("message", "data")}
        crumb = self._fields(facts)
        if not isinstance(crumb, dict):
            return GONE
        message, data = value.get("message"), value.get("data")
        data = data if isinstance(data, Mapping) else {}
        category = value.get("category")
        if isinstance(message, str):
            crumb["message"] = self._message(message, category, data)
        kept = self._data(category, value.get("type"), data)
        if kept:
            crumb["data"] = kept
        return {name: part for name, part in crumb.items() if part is not GONE}

    def _message(self, message: str, category: object, data: Mapping[str, object]) -> object:
        if self._fate is Fate.CLEANED:
            return self._log(message)
        if category == "query":
            return self._statement(message)
        if category in _QUIET:
            return message.partition(" ")[0] if message.partition(" ")[0].isupper() else GONE
        if self._fate is Fate.TEMPLATE:
            return self._log(data.get(TEMPLATE))
        return self._log(message)

    def _data(self, category: object, kind: object, data: Mapping[str, object]) -> Mapping[str, object] | None:
        own = {name: part for name, part in data.items() if name != TEMPLATE and name not in privacy.NOISE}
        if self._fate is Fate.CLEANED:
            return self._details(own)
        if kind == "http":
            kept = self._call(own)
            return kept if isinstance(kept, dict) else None
        if category in _QUIET or category == "query":
            return None
        return self._details(own)
