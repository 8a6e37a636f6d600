"""The policy in force: what may be sent of each value."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from .names import SensitiveKeys
from .policy import Category, Method, ScrubberOptions
from .sql import verb, without_values
from .structures import ValueScrubber
from .text import credentials_mask, personal_mask
from .values import FILTERED

# Called with path, category, value before, and value after (None: not sent) for each value that
# changes.
Removed = Callable[[str, Category, object, object], None]


class Decider:
    """Decides for the rules of `fields.py` what may be sent. There is one per process.

    Args:
        options: the policy, and what it has to know of the service.
        removed: called with each value that isn't sent as it was.
    """

    def __init__(self, options: ScrubberOptions, removed: Removed | None = None) -> None:
        credentials = SensitiveKeys(options.sensitive_keys)
        personal = SensitiveKeys(options.sensitive_keys, personal=True)
        self.options: Final = options
        self.strict: Final = options.policy == "strict"
        self.full: Final = options.policy == "full"
        self.filtered: Final = ValueScrubber(credentials_mask(credentials), credentials)
        self.masked: Final = ValueScrubber(personal_mask(personal, options.masks), personal)
        self.usual: Final = self.filtered if self.full else self.masked
        # Names of transactions that come from code.
        self.known_names: Final[set[str]] = set()
        self._removed: Final = removed
        methods: dict[Method, Callable[[object], object]] = {
            Method.FILTER: self.filtered.value,
            Method.MASK: self.masked.value,
            Method.HASH: lambda value: pseudonym(value, options.user_id_key),
            Method.TEMPLATE: lambda value: (
                value if str(value) in options.log_templates else FILTERED
            ),
            Method.VERB: lambda value: verb(str(value)),
            Method.STATEMENT: lambda value: self.masked.value(without_values(str(value))),
            Method.HOST: lambda value: self.masked.value(value) if "://" in str(value) else None,
            Method.REPLACE: lambda value: FILTERED,
        }
        self._methods: Final = {
            category: methods.get(category.method(options.policy)) for category in Category
        }

    def begin(self) -> None:
        """Begin with another item: each may cost the same."""
        self.filtered.begin()
        self.masked.begin()

    def decide(self, category: Category, value: object, path: str) -> object:
        """Return what may be sent of a value of this category, or None."""
        if (
            category is Category.NAME
            and isinstance(value, str)
            and value in self.options.safe_names
        ):
            return value
        method = self._methods[category]
        return self._note(category, value, None if method is None else method(value), path)

    def unlisted(self, name: str, value: object, path: str) -> object:
        """Return what may be sent of a value that has no rule: nothing, except under `full`."""
        return (
            self.filtered.under(name, value)
            if self.full
            else self.drop(Category.UNKNOWN, value, path)
        )

    def detail(self, name: str, key: str, value: object, path: str) -> object:
        """Return what may be sent of a value that the service has named.

        Args:
            name: the name of the value.
            key: the name that registers it in SAFE_KEYS.
            value: the value.
            path: where it is in the item.
        """
        registered = key in self.options.safe_keys
        if self.strict and not registered:
            return self.drop(Category.DETAIL, value, path)
        scrubber = self.filtered if registered else self.usual
        return self._note(Category.DETAIL, value, scrubber.under(name, value), path)

    def drop(self, category: Category, value: object, path: str) -> object:
        """Return None, and report that the value isn't sent."""
        return self._note(category, value, None, path)

    def _note(self, category: Category, before: object, after: object, path: str) -> object:
        if self._removed is not None and after != before:
            self._removed(path, category, before, after)
        return after


def pseudonym(user_id: object, key: bytes) -> str | None:
    """Return 32 hexadecimal digits, the same for the same id and key. A pseudonym is its own
    pseudonym.

    The last eight digits depend on the others and on the key, so that no id is taken for a
    pseudonym.
    """

    def digits(text: str, number: int) -> str:
        return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[
            :number
        ]

    if not isinstance(user_id, (str, int)) or isinstance(user_id, bool) or user_id == "":
        return None
    text = str(user_id)
    is_pseudonym = hmac.compare_digest(ascii(text[24:]), ascii(digits(f"check:{text[:24]}", 8)))
    head = text[:24] if is_pseudonym else digits(f"id:{text}", 24)
    return head + digits(f"check:{head}", 8)
