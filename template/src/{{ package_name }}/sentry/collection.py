# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What the SDK gathers in the first place. What is not gathered costs nothing and cannot leak."""

from __future__ import annotations

from typing import Any, Final

from .policy_table import Policy

HEADERS: Final = ("content-type", "content-length")
"""Of the request's headers only these are gathered, but under `full`. privacy.py has the same."""


def collection(policy: Policy) -> dict[str, Any]:
    """Those options of the SDK that say what it gathers, the same in SDK 2 and 3."""
    everything = policy == "full"
    return {
        "data_collection": _EVERYTHING if everything else _little(policy),
        "max_request_body_size": "medium" if everything else "never",
        # "" keeps the SDK from asking for the name of the host.
        "server_name": None if everything else "",
    }


def _little(policy: Policy) -> dict[str, Any]:
    return {
        # The gate makes a pseudonym of the id, and drops the rest.
        "user_info": policy == "pseudonymous",
        "cookies": {"mode": "off"},
        "http_headers": {"request": {"mode": "allowlist", "terms": list(HEADERS)}},
        "http_bodies": [],
        "url_query_params": {"mode": "off"},
        "graphql": {"document": False, "variables": False},
        "gen_ai": {"inputs": False, "outputs": False},
        "mcp": {"inputs": False, "outputs": False},
        "database_query_data": False,
        "queues": False,
        "stack_frame_variables": False,
        # source_lines.py adds the lines of the service's own frames.
        "frame_context_lines": 0,
    }


_EVERYTHING: Final[dict[str, Any]] = {
    "user_info": True,
    # Cookies are credentials.
    "cookies": {"mode": "off"},
    "http_headers": {"request": {"mode": "denylist"}},
    "url_query_params": {"mode": "denylist"},
    "graphql": {"document": True, "variables": True},
    "gen_ai": {"inputs": True, "outputs": True},
    "mcp": {"inputs": True, "outputs": True},
    "database_query_data": True,
    "queues": True,
    "stack_frame_variables": True,
    "frame_context_lines": 0,
}
