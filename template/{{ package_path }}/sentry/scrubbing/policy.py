"""What each policy does with each category of data. The scrubber follows this table; docs/sentry.md is made from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

Policy = Literal["strict", "pseudonymous", "full"]

POLICIES: Final[tuple[Policy, ...]] = ("strict", "pseudonymous", "full")
"""The strictest first. The environment may only move towards the front."""

LOG_TEMPLATE: Final = "log.template"
"""The key under which the data of a breadcrumb has the format string of its log record, until it is scrubbed."""


class Method(Enum):
    """What happens to a value before it is sent. The values are the words of the documentation."""

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
    """What a field holds. The values are the words of the documentation."""

    METADATA = (
        "times, ids of events and traces, levels, counts, status codes, release, environment, method, route, "
        "type and length of the body, Python version"
    )
    CODE = "exception types, functions, modules, files within the project, source lines of the service"
    PATH = "full paths on the machine"
    USER_ID = "the id of the user"
    USER = "name, e-mail and IP address of the user"
    TEXT = "text of exceptions and messages"
    LOG = "text of log records and their breadcrumbs"
    DETAIL = "tags, contexts, extra, breadcrumb data and attributes that the service sets"
    NAME = "names of spans, of their operations and of metrics that the service chooses"
    STATEMENT = "SQL statements"
    OUTGOING = "URLs that the service calls"
    REQUEST = "URL, query, body and other headers of the request"
    INTERNAL = (
        "local variables of the service's functions, SQL parameters, model inputs and outputs, task arguments, "
        "command line, host name"
    )
    ATTACHMENT = "attachments"
    UNKNOWN = "anything that this table does not know, such as items of a later SDK"


TABLE: Final[dict[Category, tuple[Method, Method, Method]]] = {
    Category.METADATA: (Method.KEEP, Method.KEEP, Method.KEEP),
    Category.CODE: (Method.FILTER, Method.FILTER, Method.FILTER),
    Category.PATH: (Method.REMOVE, Method.REMOVE, Method.FILTER),
    Category.USER_ID: (Method.REMOVE, Method.HASH, Method.FILTER),
    Category.USER: (Method.REMOVE, Method.REMOVE, Method.FILTER),
    Category.TEXT: (Method.REPLACE, Method.MASK, Method.FILTER),
    Category.LOG: (Method.TEMPLATE, Method.MASK, Method.FILTER),
    Category.DETAIL: (Method.REGISTERED, Method.MASK, Method.FILTER),
    Category.NAME: (Method.REGISTERED, Method.MASK, Method.FILTER),
    Category.STATEMENT: (Method.VERB, Method.STATEMENT, Method.FILTER),
    Category.OUTGOING: (Method.REMOVE, Method.HOST, Method.FILTER),
    Category.REQUEST: (Method.REMOVE, Method.REMOVE, Method.FILTER),
    Category.INTERNAL: (Method.REMOVE, Method.REMOVE, Method.FILTER),
    Category.ATTACHMENT: (Method.REMOVE, Method.REMOVE, Method.FILTER),
    Category.UNKNOWN: (Method.REMOVE, Method.REMOVE, Method.FILTER),
}
"""In the order of `POLICIES`. Credentials leave under no policy: they are removed from whatever is kept as text."""


def method_for(category: Category, policy: Policy) -> Method:
    return TABLE[category][POLICIES.index(policy)]


def markdown(policy: Policy) -> Iterator[str]:
    """Yield the lines of the table for one policy, as docs/sentry.md has them."""
    yield "| What | What leaves |"
    yield "|---|---|"
    for category in Category:
        text = f"{category.value[0].upper()}{category.value[1:]}"
        yield f"| {text} | {method_for(category, policy).value} |"


@dataclass(frozen=True)
class ScrubberOptions:
    """What a scrubber needs to know about the service."""

    policy: Policy
    tracing: bool = True
    """Without it no spans leave, even where the SDK follows a caller that has decided to trace."""
    release: str | None = None
    environment: str | None = None
    public_key: str | None = None
    user_id_key: bytes = b""
    sensitive_keys: tuple[str, ...] = ()
    safe_keys: frozenset[str] = frozenset()
    safe_names: frozenset[str] = frozenset()
    masks: tuple[tuple[str, str], ...] = ()
    """Regular expressions of further personal data, and what stands for it."""
    log_templates: set[str] = field(default_factory=set)
    """Format strings of log records that are constants of the code. The set grows while the service runs."""
    source_roots: tuple[str, ...] = ()
    """Folders that hold the source files of the service."""
