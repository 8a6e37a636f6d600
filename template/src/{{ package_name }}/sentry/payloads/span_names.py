# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Names of transactions and spans. Libraries put URLs, statements and keys into them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ..facts import NAME, ROUTE, either, like
from ..policy_table import Fate, Kind
from ..treatment import GONE, Treatment

_FROM_THE_CODE: Final = frozenset(("route", "component", "view", "task"))
"""Sources of a name that are templates or names of functions; `url` is a raw path, `custom` is anything."""

_OF_THE_CODE: Final = either(ROUTE, NAME)
_MOST_REMEMBERED: Final = 10_000

_KIND_OF_SPAN: Final = like(
    r"(ai|app|browser|cache|console|cron|db|default|event|file|function|gen_ai|graphql|grpc|http|mcp|message|middleware"
    r"|process|queue|rpc|serialize|socket|subprocess|task|template|topic|ui|view|websocket)(\.[a-z_.]{1,60})?"
)
"""`op`, https://develop.sentry.dev/sdk/telemetry/traces/span-operations/"""

_COMMAND: Final = re.compile(r"[A-Z]{2,20}(?= |\Z)")
"""The method of a request or the command of a cache, in front of what it is about."""


class Names:
    """Decides about names, and remembers those of routes and tasks: other items repeat them without their source."""

    def __init__(self, treatment: Treatment) -> None:
        self._treatment = treatment
        self._fate = treatment.fate(Kind.NAME)
        self._text = treatment.of_kind(Kind.NAME)
        self._statement = treatment.of_kind(Kind.STATEMENT)
        self._safe = treatment.settings.safe_names
        self._known: set[str] = set()

    def transaction(self, name: object, source: object) -> object:
        """The name of a transaction or segment, by where the SDK has it from."""
        if source in _FROM_THE_CODE and _OF_THE_CODE(name) and isinstance(name, str):
            if len(self._known) < _MOST_REMEMBERED:
                self._known.add(name)
            return name
        return GONE if source == "url" and self._fate is not Fate.CLEANED else self.chosen(name)

    def repeated(self, name: object) -> object:
        """The name of a transaction in a place that does not tell its source."""
        return name if name in self._known else self.chosen(name)

    def chosen(self, name: object) -> object:
        """A name that the service has chosen."""
        if not isinstance(name, str):
            return GONE
        return name if name in self._safe else self._text(name)

    def operation(self, op: object) -> object:
        """The kind of a span, `http.client`."""
        return op if _KIND_OF_SPAN(op) else self.chosen(op)

    def span(self, name: object, op: object, attributes: Mapping[str, object]) -> str:
        """The name of a span below a transaction. There is always one: at worst its kind."""
        op = self.operation(op)
        kept = self._span(name, op if isinstance(op, str) else "", attributes)
        return kept if isinstance(kept, str) and kept else op if isinstance(op, str) and op else "span"

    def _span(self, name: object, op: str, attributes: Mapping[str, object]) -> object:
        if self._fate is Fate.CLEANED or not isinstance(name, str):
            return self.chosen(name)
        in_cache = op.startswith(("cache", "db.redis")) or "redis" in (
            attributes.get("db.system"),
            attributes.get("db.system.name"),
        )
        if in_cache or (op.startswith("http") and self._fate is Fate.SAFE):
            command = _COMMAND.match(name)
            return command[0] if command else GONE
        if op == "db" or op.startswith("db.sql") or "db.query.text" in attributes:
            return name if name in self._safe else self._statement(name)
        return self.chosen(name)
