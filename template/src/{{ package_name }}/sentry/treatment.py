# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What a policy does with one value: the fates of policy_table.py as functions, and rules made of them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from .facts import ID, TRACE_ID, Fact, either, one_of
from .gate_settings import Settings
from .masking.keys import SensitiveKeys
from .masking.masks import Remembering, credentials_mask, personal_mask
from .masking.scrubbing import Scrubber
from .masking.statements import skeleton, verb
from .policy_table import Fate, Kind, fate

GONE: Final = object()
"""What stands for a value that does not leave."""

REMOVED: Final = "[removed]"
"""What stands for a text where Sentry expects one."""

Handler = Callable[[object], object]


class Own(Enum):
    """Values of the configuration: an item may repeat them, and say nothing else in their place."""

    RELEASE = "release"
    ENVIRONMENT = "environment"
    PUBLIC_KEY = "public_key"


@dataclass(frozen=True, slots=True)
class Each:
    """A list, and the rule for each value in it."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping whose keys are data too: their shape, and the rule for the values."""

    key: Fact
    rule: Rule


Rule = Fact | Kind | Own | Each | Named | Mapping[str, "Rule"]
"""What a field holds: a harmless value of a shape, data of a kind, or further fields."""


class Treatment:
    """The chosen policy as functions. All of them copy; none changes what it is given."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.keys = SensitiveKeys(settings.sensitive_keys)
        self.personal = Remembering(personal_mask(self.keys, settings.masks))
        self.credentials = Remembering(credentials_mask(self.keys))
        self.masked = Scrubber(self.personal, self.keys)
        self.cleaned = Scrubber(self.credentials, self.keys)
        self._fates: Final[dict[Fate, Handler]] = {
            Fate.CLEANED: self.cleaned.value,
            Fate.MASKED: self.masked.value,
            Fate.HASHED: self._pseudonym,
            Fate.TEMPLATE: self._template,
            Fate.SUMMARY: lambda value: (verb(value) or GONE) if isinstance(value, str) else GONE,
            Fate.SKELETON: lambda value: self.personal(skeleton(value)) if isinstance(value, str) else GONE,
            Fate.HOST: lambda value: self.personal(value) if isinstance(value, str) and "://" in value else GONE,
            Fate.REPLACED: lambda value: REMOVED,
            Fate.REMOVED: lambda value: GONE,
            Fate.SAFE: lambda value: GONE,
        }

    def forget(self) -> None:
        """Let go of the texts of the item that was just treated."""
        self.personal.forget()
        self.credentials.forget()

    def fate(self, kind: Kind) -> Fate:
        return fate(kind, self.settings.policy)

    def of_kind(self, kind: Kind) -> Handler:
        """What happens to a value of this kind."""
        return self._fates[self.fate(kind)]

    def handler(self, rule: Rule) -> Handler:
        """A rule, made into a function."""
        if isinstance(rule, Kind):
            return self.of_kind(rule)
        if isinstance(rule, Own):
            own = one_of(getattr(self.settings, rule.value))
            # A trace may have begun in a service with a key of its own.
            return self._fact(either(own, TRACE_ID) if rule is Own.PUBLIC_KEY else own)
        if isinstance(rule, Each):
            return self.each(self.handler(rule.rule))
        if isinstance(rule, Named):
            return self._named(rule.key, self.handler(rule.rule))
        if isinstance(rule, Mapping):
            return self.fields(self.handlers(rule))
        return self._fact(rule)

    def handlers(self, rules: Mapping[str, Rule]) -> dict[str, Handler]:
        """Rules by name, made into functions by name."""
        return {name: self.handler(rule) for name, rule in rules.items()}

    def each(self, handler: Handler) -> Handler:
        """A list: what is gone from it leaves no gap."""

        def apply(values: object) -> object:
            if not isinstance(values, (list, tuple)):
                return GONE
            return [kept for kept in map(handler, values) if kept is not GONE]

        return apply

    def fields(self, handlers: Mapping[str, Handler]) -> Handler:
        """A mapping: each known field has its function, the others leave as `Kind.UNKNOWN` does."""
        unknown = self.cleaned.under if self.fate(Kind.UNKNOWN) is Fate.CLEANED else None

        def apply(value: object) -> object:
            if not isinstance(value, Mapping):
                return GONE if unknown is None else unknown("", value)
            copy: dict[str, object] = {}
            for name, part in value.items():
                handler = handlers.get(name)
                if handler is not None:
                    kept = handler(part)
                elif unknown is not None and isinstance(name, str):
                    kept = unknown(name, part)
                else:
                    continue
                if kept is not GONE:
                    copy[name] = kept
            return copy

        return apply

    def details(self, prefix: str = "") -> Callable[[Mapping[str, object]], dict[str, object]]:
        """Values that the service names itself: of a strict policy only those whose names are registered leave.

        An id under a registered name stays as it is, a long run of hexadecimal digits anywhere else does not.
        """
        safe_keys = self.settings.safe_keys
        only_registered = self.fate(Kind.DETAIL) is Fate.SAFE
        scrubber = self.cleaned if self.fate(Kind.DETAIL) is Fate.CLEANED else self.masked

        def apply(details: Mapping[str, object]) -> dict[str, object]:
            ids: dict[str, object] = {}
            others: dict[str, object] = {}
            for key, value in details.items():
                registered = isinstance(key, str) and f"{prefix}{key}" in safe_keys
                if registered and ID(value) and not self.keys.covers(key, value):
                    ids[key] = value
                elif registered or not only_registered:
                    others[key] = value
            return {**_as_dict(scrubber.value(others)), **ids}

        return apply

    def _fact(self, fact: Fact) -> Handler:
        if self.fate(Kind.UNKNOWN) is Fate.CLEANED:
            return lambda value: value if fact(value) else self.cleaned.value(value)
        return lambda value: value if fact(value) else GONE

    def _named(self, key: Fact, handler: Handler) -> Handler:
        def apply(values: object) -> object:
            if not isinstance(values, Mapping):
                return GONE
            pairs = ((name, handler(value)) for name, value in values.items() if key(name))
            return {name: kept for name, kept in pairs if kept is not GONE}

        return apply

    def _template(self, value: object) -> object:
        return value if isinstance(value, str) and value in self.settings.templates else REMOVED

    def _pseudonym(self, value: object) -> object:
        if not isinstance(value, (str, int)) or isinstance(value, bool) or value == "":
            return GONE
        return pseudonym(str(value), self.settings.user_id_key)


_PSEUDONYM_DIGITS: Final = 24
_CHECK_DIGITS: Final = 8


def pseudonym(user_id: str, key: bytes) -> str:
    """The same 32 hexadecimal digits for the same id and key, by HMAC-SHA256; a pseudonym is its own pseudonym.

    The last eight digits are made of the others and of the key, so that no id can be taken for a pseudonym.
    """
    head, check = user_id[:_PSEUDONYM_DIGITS], user_id[_PSEUDONYM_DIGITS:]
    if len(check) == _CHECK_DIGITS and hmac.compare_digest(check.encode(), _check(head, key).encode()):
        return user_id
    head = _digest(f"id:{user_id}", key)[:_PSEUDONYM_DIGITS]
    return head + _check(head, key)


def _check(head: str, key: bytes) -> str:
    return _digest(f"check:{head}", key)[:_CHECK_DIGITS]


def _digest(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _as_dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
