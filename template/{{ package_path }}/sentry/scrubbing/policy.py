"""The decisions: what each policy does with each category of data, and which names are sensitive.

`docs/sentry.md` shows the table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Final, Literal

Policy = Literal["strict", "pseudonymous", "full"]

# The strictest first. The environment may only choose one further to the front.
POLICIES: Final[tuple[Policy, ...]] = ("strict", "pseudonymous", "full")

# The name of the format string of a log record in the attributes of its log, and in the data of its
# breadcrumb until that is scrubbed.
LOG_TEMPLATE: Final = "sentry.message.template"


# What happens to a value before it is sent. `docs/sentry.md` has the same in words.
Method = Literal[
    "keep",
    # Everything but credentials.
    "filter",
    # Everything but credentials and personal patterns.
    "mask",
    # A keyed hash.
    "hash",
    # Only what is registered as safe.
    "registered",
    # The format string of a log record with arguments.
    "template",
    # The first word of a statement.
    "verb",
    # A statement without its values.
    "statement",
    # The scheme and host of a URL.
    "host",
    # A placeholder.
    "replace",
    "remove",
]


class Category(Enum):
    """What a field holds, in the words of the documentation, and the methods under `strict` and
    `pseudonymous`.

    Under `full` everything is sent without credentials.
    """

    METADATA = (
        "times, IDs of events and traces, levels, counts, status codes, release, environment, "
        "method, route, type and length of the body, and Python version",
        "keep",
        "keep",
    )
    CODE = (
        "exception types, functions, modules, files, and source lines of the service",
        "filter",
        "filter",
    )
    PATH = "full paths on the machine", "remove", "remove"
    USER_ID = "the ID of the user", "remove", "hash"
    USER = "name, email, and IP address of the user", "remove", "remove"
    TEXT = "text of exceptions and messages", "replace", "mask"
    LOG = "text of log records and their breadcrumbs", "template", "mask"
    DETAIL = (
        "tags, contexts, extra, breadcrumb data, and attributes of the service",
        "registered",
        "mask",
    )
    NAME = (
        "names of spans, operations, and metrics that the service chooses",
        "registered",
        "mask",
    )
    STATEMENT = "SQL statements", "verb", "statement"
    OUTGOING = "URLs that the service calls", "remove", "host"
    REQUEST = "URL, query, body, and other headers of the request", "remove", "remove"
    INTERNAL = (
        "local variables of the service's functions, SQL parameters, model inputs and outputs, "
        "task arguments, command line, and host name",
        "remove",
        "remove",
    )
    ATTACHMENT = "attachments", "remove", "remove"
    UNKNOWN = (
        "anything that this table doesn't list, such as items of a later SDK",
        "remove",
        "remove",
    )

    def __init__(self, text: str, strict: Method, pseudonymous: Method) -> None:
        self.text = text
        self.methods: Mapping[Policy, Method] = {
            "strict": strict,
            "pseudonymous": pseudonymous,
            "full": "keep" if strict == "keep" else "filter",
        }


@dataclass(frozen=True)
class ScrubberOptions:
    """What a scrubber needs to know about the service."""

    policy: Policy
    # Without it no spans are sent, even where the SDK follows a caller that has decided to trace.
    tracing: bool = True
    release: str | None = None
    environment: str | None = None
    public_key: str | None = None
    user_id_key: bytes = b""
    sensitive_keys: tuple[str, ...] = ()
    safe_keys: frozenset[str] = frozenset()
    safe_names: frozenset[str] = frozenset()
    # Regular expressions of more personal data, and what replaces it.
    masks: tuple[tuple[str, str], ...] = ()
    # Format strings of log records that are constants of the code. The set grows while the service
    # runs.
    log_templates: set[str] = field(default_factory=set)
    # Folders that hold the source files of the service.
    source_roots: tuple[str, ...] = ()


# Sensitive names. All lists hold words in lower case. A name is split into its words first:
# `dbPassword`, `DB-PASSWORD`, and `db.password` are all `db password`.

# Regular expressions that are sensitive anywhere in a name whose words are joined: `PHPSESSID`.
_FRAGMENT: Final = re.compile(
    "|".join(
        (
            "accesskey",
            "accountkey",
            "apikey",
            "authkey",
            "authori[sz]ation",
            "bearer",
            "cardnum",
            "clientkey",
            "connectionstring",
            "contrase[nñ]a",
            "cookie",
            "credential",
            "creditcard",
            "csrf",
            "encryptionkey",
            "jwt",
            "kennwort",
            "licensekey",
            "masterkey",
            "passcode",
            "passkey",
            "passphrase",
            "passw",
            "privatekey",
            "privkey",
            "saml",
            "secret(?!ar)",
            "securitycode",
            "sessionkey",
            "sess(?:ion)?id",
            "signingkey",
            "subscriptionkey",
            "token(?!iz)",
            "xsrf",
        )
    )
).search

# Words in a row that are sensitive in any name: `stripe_key`, `x-functions-key`, but not
# `keyboard`.
_PHRASES: Final = (
    "account key",
    "admin key",
    "aes key",
    "app key",
    "application key",
    "art api",
    "auth",
    "aws key",
    "azure key",
    "backup code",
    "backup codes",
    "bindpw",
    "cc number",
    "client assertion",
    "client key",
    "code verifier",
    "confirmation code",
    "conn str",
    "conn string",
    "connection str",
    "connection string",
    "connection uri",
    "consumer key",
    "creds",
    "crypto key",
    "cvc",
    "cvv",
    "database key",
    "database uri",
    "database url",
    "db key",
    "db uri",
    "db url",
    "decryption key",
    "deploy key",
    "dsn",
    "fernet key",
    "function key",
    "functions key",
    "github key",
    "gitlab key",
    "google key",
    "hmac key",
    "login code",
    "mfa code",
    "mnemonic",
    "openai key",
    "otp",
    "pass",
    "pem",
    "pin",
    "priv key",
    "psk",
    "pw",
    "pwd",
    "recovery code",
    "recovery codes",
    "recovery key",
    "recovery phrase",
    "remember me",
    "root key",
    "rsa key",
    "seed phrase",
    "server key",
    "service key",
    "session data",
    "shared key",
    "sid",
    "sig",
    "signature",
    "social security",
    "ssh key",
    "ssn",
    "storage key",
    "stripe key",
    "symfony",
    "totp",
    "twilio key",
    "two factor",
    "verification code",
    "webhook key",
    "webhook url",
    "x forwarded for",
)

# Names that are sensitive only when they are the whole name.
_WHOLE: Final = (
    "2fa",
    "mysession",
    "sentrysid",
    "su",
    "sudo",
)

# As `_PHRASES`, for personal data: also what sentry-sdk's DEFAULT_PII_DENYLIST covers.
_PERSONAL: Final = (
    "account holder",
    "account number",
    "address line",
    "bank account",
    "billing address",
    "birth date",
    "birth name",
    "birthdate",
    "birthday",
    "birthplace",
    "card holder",
    "cardholder",
    "client ip",
    "contact name",
    "customer name",
    "date of birth",
    "delivery address",
    "dob",
    "driver licence",
    "driver license",
    "drivers license",
    "driving licence",
    "email address",
    "family name",
    "first name",
    "firstname",
    "full name",
    "fullname",
    "given name",
    "home address",
    "iban",
    "ip address",
    "last name",
    "lastname",
    "maiden name",
    "mailing address",
    "middle name",
    "mobile number",
    "national id",
    "nickname",
    "passport",
    "phone number",
    "place of birth",
    "post code",
    "postal address",
    "postal code",
    "postcode",
    "real ip",
    "remote addr",
    "remote ip",
    "shipping address",
    "street",
    "street address",
    "surname",
    "tax id",
    "telephone",
    "user ip",
    "user name",
    "username",
    "zip code",
    "zipcode",
)

_PERSONAL_WHOLE: Final = (
    "address",
    "email",
    "mail",
    "mobile",
    "phone",
)

# Last words of names of measures: a number under `max_tokens` or `session_timeout` isn't sensitive.
_MEASURES: Final = frozenset(
    (
        "age",
        "at",
        "attempts",
        "bytes",
        "count",
        "created",
        "duration",
        "expires",
        "expiry",
        "exp",
        "iat",
        "in",
        "length",
        "limit",
        "lifetime",
        "max",
        "min",
        "ms",
        "offset",
        "remaining",
        "retries",
        "seconds",
        "size",
        "time",
        "timeout",
        "timestamp",
        "tokens",
        "total",
        "ttl",
        "usage",
        "used",
        "version",
    )
)

# Last words of names that say how something works: `auth_method`, `token_type`.
_KINDS: Final = frozenset(("endpoint", "method", "scheme", "status", "type"))

MAX_NAME: Final = 200

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+").findall


class SensitiveKeys:
    """Tells sensitive names from others.

    Args:
        further: names of the service. `customer_number` also covers `customerNumber`,
            `X-Customer-Number`, and `customernumber`.
        personal: whether names of personal data are sensitive too.
    """

    def __init__(self, further: Iterable[str] = (), *, personal: bool = False) -> None:
        own = [" ".join(words) for name in further if (words := _words(name))]
        joined = [name.replace(" ", "") for name in own]
        self._whole: Final = {*_WHOLE, *(_PERSONAL_WHOLE if personal else ()), *joined}
        self._own: Final = _in_a_row((*own, *joined))
        self._known: Final = _in_a_row((*_PHRASES, *(_PERSONAL if personal else ())))
        # A process sees the same few hundred names again and again.
        self._match: Final = lru_cache(maxsize=2048)(self._find)

    def match(self, name: str) -> bool:
        """Return whether a name is sensitive. The end of a long name decides."""
        return self._match(name[-MAX_NAME:])

    def covers(self, name: str, value: object) -> bool:
        """Return whether the value under this name must not be sent."""
        is_harmless = (
            value is None
            or isinstance(value, bool)
            or (isinstance(value, (int, float)) and measures(name))
        )
        return not is_harmless and self.match(name)

    def _find(self, name: str) -> bool:
        words = _words(name)
        compact, spaced = "".join(words), f" {' '.join(words)} "
        if compact in self._whole or self._own(spaced):
            return True
        is_known = words[-1:] == ["session"] or _FRAGMENT(compact) or self._known(spaced)
        return bool(is_known) and words[-1] not in _KINDS


def measures(name: str) -> bool:
    """Return whether a number under this name is a count, a size, or a time."""
    return not _MEASURES.isdisjoint(_words(name[-MAX_NAME:])[-2:])


def _in_a_row(phrases: Iterable[str]) -> Callable[[str], re.Match[str] | None]:
    return re.compile(rf" (?:{'|'.join(map(re.escape, phrases)) or '(?!)'}) ").search


def _words(name: str) -> list[str]:
    plain = name if name.isascii() else unicodedata.normalize("NFKC", name)
    return [word.casefold() for word in _WORD(plain)]
