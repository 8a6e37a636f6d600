# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What each policy does with each kind of data. The gate follows this table, and docs/sentry.md is written from it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final, Literal, NamedTuple

Policy = Literal["strict", "pseudonymous", "full"]

POLICIES: Final[tuple[Policy, ...]] = ("strict", "pseudonymous", "full")
"""The strictest first. The environment may only move towards the front."""


class Fate(Enum):
    """What happens to a piece of data on its way out. The values are what people read."""

    KEPT = "kept"
    CLEANED = "kept, without credentials"
    MASKED = "kept, with personal patterns masked"
    HASHED = "a keyed hash"
    SAFE = "only what is registered as safe"
    TEMPLATE = "the format string of a record with arguments"
    SUMMARY = "the kind of statement"
    SKELETON = "the statement without its values"
    HOST = "scheme and host"
    REPLACED = "replaced by [removed]"
    REMOVED = "not sent"


class Kind(Enum):
    """What a field of an item holds. The values are what people read."""

    FACT = (
        "times, ids of events and traces, levels, counts, status codes, release, environment, method, route, "
        "type and length of the body"
    )
    CODE = "exception types, functions, modules, files within the project, source lines of the service"
    PATH = "full paths on the machine"
    USER_ID = "the id of the user"
    USER = "name, e-mail and IP address of the user"
    TEXT = "text of exceptions and messages"
    LOG = "text of log records and their breadcrumbs"
    DETAIL = "tags, contexts, extra, breadcrumb data and attributes that the service sets"
    NAME = "names of spans, of their kinds and of metrics that the service chooses"
    STATEMENT = "SQL statements"
    OUTGOING = "URLs that the service calls"
    REQUEST = "URL, query, body and other headers of the request"
    INTERNAL = (
        "local variables of the service's functions, SQL parameters, model inputs and outputs, task arguments, "
        "command line, host name"
    )
    ATTACHMENT = "attachments"
    UNKNOWN = "anything that this table does not know, such as kinds of items of a later SDK"


class Row(NamedTuple):
    """One line of the table."""

    strict: Fate
    pseudonymous: Fate
    full: Fate


TABLE: Final[dict[Kind, Row]] = {
    Kind.FACT: Row(Fate.KEPT, Fate.KEPT, Fate.KEPT),
    Kind.CODE: Row(Fate.CLEANED, Fate.CLEANED, Fate.CLEANED),
    Kind.PATH: Row(Fate.REMOVED, Fate.REMOVED, Fate.CLEANED),
    Kind.USER_ID: Row(Fate.REMOVED, Fate.HASHED, Fate.CLEANED),
    Kind.USER: Row(Fate.REMOVED, Fate.REMOVED, Fate.CLEANED),
    Kind.TEXT: Row(Fate.REPLACED, Fate.MASKED, Fate.CLEANED),
    Kind.LOG: Row(Fate.TEMPLATE, Fate.MASKED, Fate.CLEANED),
    Kind.DETAIL: Row(Fate.SAFE, Fate.MASKED, Fate.CLEANED),
    Kind.NAME: Row(Fate.SAFE, Fate.MASKED, Fate.CLEANED),
    Kind.STATEMENT: Row(Fate.SUMMARY, Fate.SKELETON, Fate.CLEANED),
    Kind.OUTGOING: Row(Fate.REMOVED, Fate.HOST, Fate.CLEANED),
    Kind.REQUEST: Row(Fate.REMOVED, Fate.REMOVED, Fate.CLEANED),
    Kind.INTERNAL: Row(Fate.REMOVED, Fate.REMOVED, Fate.CLEANED),
    Kind.ATTACHMENT: Row(Fate.REMOVED, Fate.REMOVED, Fate.CLEANED),
    Kind.UNKNOWN: Row(Fate.REMOVED, Fate.REMOVED, Fate.CLEANED),
}
"""Credentials leave under no policy: what is "kept" as text is kept without them."""


def fate(kind: Kind, policy: Policy) -> Fate:
    """What the policy does with data of this kind."""
    return TABLE[kind][POLICIES.index(policy)]


def markdown(policy: Policy) -> Iterator[str]:
    """The lines of the table for one policy, as docs/sentry.md has them."""
    yield "| What | What leaves |"
    yield "|---|---|"
    for kind in Kind:
        text = f"{kind.value[0].upper()}{kind.value[1:]}"
        yield f"| {text} | {fate(kind, policy).value} |"
