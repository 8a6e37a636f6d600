"""What holds of whatever an SDK could hand to the scrubber: whole random items, with values planted anywhere."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from support.engine import FOLDER, POLICIES, scrubber, scrubbing, sent

NEEDLE = "zqxjkvwbp"
"""Personal data. No word, and of no shape that a fact could have by itself."""

HIDDEN = "qzwxkvjpb"
"""Part of a credential."""

PERSONAL = st.sampled_from((f"Mr {NEEDLE}@example.org", f"https://example.org/{NEEDLE}?of={NEEDLE}"))
"""Recognizable in any text, and too odd for a fact."""

CREDENTIAL = st.sampled_from((f"password={HIDDEN}", f"Bearer {HIDDEN}", f"postgresql://root:{HIDDEN}@db/shop"))

EVENTS = ("event", "transaction", "feedback")
CONTAINERS = ("span", "log", "trace_metric")
OTHERS = ("session", "sessions", "check_in", "client_report", "profile", "profile_chunk", "of_tomorrow")


FIELDS = sorted(
    {*re.findall(r'"([\w.-]+)":', (FOLDER / "scrubber.py").read_text(encoding="utf-8"))}
    | {"data", "params", "attributes", "items", "cookies", "query"}
)
"""The names of all fields that the allowlist knows, and of some that hold what others have named."""


def values(planted: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """JSON, and what else an SDK may put into a payload, under names that the lists know and under others."""
    plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | planted
    strange = st.binary(max_size=8) | st.sets(st.integers(), max_size=2) | st.builds(object)
    keys = st.sampled_from(FIELDS) | st.text(max_size=8)
    return st.recursive(
        plain | strange,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
        max_leaves=25,
    )


def payloads(planted: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(FIELDS), values(planted), max_size=8)


def items(planted: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, Any]]:
    """The type of an item and its payload."""
    mapping = payloads(planted)
    typed = st.fixed_dictionaries({"value": values(planted), "type": st.just("string")})
    attributes = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), typed, max_size=5)
    entry = st.builds(lambda one, more: {**one, "attributes": more}, mapping, attributes)
    container = st.fixed_dictionaries({"version": st.just(2), "items": st.lists(entry, max_size=3)})
    return st.one_of(
        st.tuples(st.sampled_from((*EVENTS, *OTHERS)), mapping),
        st.tuples(st.sampled_from(CONTAINERS), container),
    )


# Most of the time goes into making an item: each is tried under all policies.
@given(item=items(PERSONAL | CREDENTIAL))
def test_nothing_recognizable_is_sent(item: tuple[str, Any]) -> None:
    left = {policy: json.dumps(sent(scrubber(policy), *item)) for policy in POLICIES}

    assert [policy for policy, text in left.items() if HIDDEN in text] == []
    assert [policy for policy, text in left.items() if NEEDLE in text and policy != "full"] == []


@given(item=items(PERSONAL | CREDENTIAL))
def test_what_has_passed_passes_again_as_it_is(item: tuple[str, Any]) -> None:
    kind, payload = item
    for policy in POLICIES:
        same = scrubber(policy)
        once = sent(same, kind, payload)

        assert once is None or _with_one_pseudonym(sent(same, kind, once)) == _with_one_pseudonym(once), policy


def _with_one_pseudonym(payload: object) -> str:
    """A pseudonym is an id like any other, which has a pseudonym of its own."""
    return re.sub(r'"[0-9a-f]{32}"', '"a pseudonym"', json.dumps(payload))


@given(item=items(PERSONAL))
def test_what_comes_in_is_left_as_it_was(item: tuple[str, Any]) -> None:
    before = repr(copy.deepcopy(item)).count(NEEDLE)

    for policy in POLICIES:
        sent(scrubber(policy), *item)

        assert repr(item).count(NEEDLE) == before, policy


@given(payload=payloads(PERSONAL))
def test_no_field_is_sent_that_did_not_come(payload: dict[str, Any]) -> None:
    for policy in POLICIES:
        left = sent(scrubber(policy), "event", payload)

        assert left is None or left.keys() <= payload.keys(), policy
        assert left is None or all(
            isinstance(left[name], (dict, list)) == isinstance(payload[name], (dict, list, set))
            for name in ("exception", "contexts", "breadcrumbs", "request", "tags")
            if name in left
        ), policy


TEXTS = st.text(max_size=300) | st.lists(
    st.sampled_from(
        ("4111 1111 1111 1111", "a@b.org", "Bearer x", "://", "?a=", "eyJ", "::", "+49", "'", '"', "\\", "%40")
    )
    | st.text(max_size=10)
).map("".join)


@given(text=TEXTS)
@example(text="://a:b@c" * 20)
@example(text="::::")
@example(text="//000000 0%40")
@example(text="4111111111111111eyJhbGciOi.eyJzdWIi")
@example(text="[email]@[ip]:4111111111111111")
def test_a_masked_text_stays_as_it_is(text: str) -> None:
    """Equal errors group, whether their text is scrubbed once or, in a log and in an event, twice."""
    mask = scrubbing("text").personal_mask(scrubbing("policy").SensitiveKeys(personal=True))

    assert mask(mask(text)) == mask(text)
