"""What each policy does with each category of data. `docs/sentry.md` shows this table."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

Policy = Literal["strict", "pseudonymous", "full"]

# The strictest first. The environment may only choose one further to the front.
POLICIES: Final[tuple[Policy, ...]] = ("strict", "pseudonymous", "full")

# The name of the format string of a log record in the data of its breadcrumb, until it is scrubbed.
LOG_TEMPLATE: Final = "log.template"


class Method(Enum):
    """What happens to a value before it is sent, in the words of the documentation."""

    KEEP = "kept"
    FILTER = "kept, without credentials"
    MASK = "kept, with personal patterns masked"
    HASH = "a keyed hash"
    REGISTERED = "only what is registered as safe"
    TEMPLATE = "the format string of a record with arguments"
    VERB = "the verb of the statement, such as SELECT"
    STATEMENT = "the statement without its values"
    HOST = "scheme and host"
    REPLACE = "replaced by [Filtered]"
    REMOVE = "not sent"


class Category(Enum):
    """What a field holds, in the words of the documentation, and the methods under `strict` and
    `pseudonymous`.

    Under `full` everything is sent without credentials.
    """

    METADATA = (
        "times, ids of events and traces, levels, counts, status codes, release, environment, "
        "method, route, type and length of the body, Python version",
        Method.KEEP,
        Method.KEEP,
    )
    CODE = (
        "exception types, functions, modules, files and source lines of the service",
        Method.FILTER,
        Method.FILTER,
    )
    PATH = "full paths on the machine", Method.REMOVE, Method.REMOVE
    USER_ID = "the id of the user", Method.REMOVE, Method.HASH
    USER = "name, e-mail and IP address of the user", Method.REMOVE, Method.REMOVE
    TEXT = "text of exceptions and messages", Method.REPLACE, Method.MASK
    LOG = "text of log records and their breadcrumbs", Method.TEMPLATE, Method.MASK
    DETAIL = (
        "tags, contexts, extra, breadcrumb data, attributes of the service",
        Method.REGISTERED,
        Method.MASK,
    )
    NAME = (
        "names of spans, operations and metrics that the service chooses",
        Method.REGISTERED,
        Method.MASK,
    )
    STATEMENT = "SQL statements", Method.VERB, Method.STATEMENT
    OUTGOING = "URLs that the service calls", Method.REMOVE, Method.HOST
    REQUEST = "URL, query, body and other headers of the request", Method.REMOVE, Method.REMOVE
    INTERNAL = (
        "local variables of the service's functions, SQL parameters, model inputs and outputs, "
        "task arguments, command line, host name",
        Method.REMOVE,
        Method.REMOVE,
    )
    ATTACHMENT = "attachments", Method.REMOVE, Method.REMOVE
    UNKNOWN = (
        "anything that this table does not know, such as items of a later SDK",
        Method.REMOVE,
        Method.REMOVE,
    )

    def __init__(self, text: str, strict: Method, pseudonymous: Method) -> None:
        self.text = text
        full = Method.KEEP if strict is Method.KEEP else Method.FILTER
        self._methods = {"strict": strict, "pseudonymous": pseudonymous, "full": full}

    def method(self, policy: Policy) -> Method:
        return self._methods[policy]


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
