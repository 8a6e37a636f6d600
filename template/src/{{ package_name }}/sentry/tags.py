# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What the template's own code attaches to events by name. None of it says who somebody is, so it leaves always."""

from __future__ import annotations

from typing import Final

TAGS: Final = frozenset(
    (
        "api_version",
        "celery_task_id",
        "conversation_id",
        "job",
        "plan",
        "provider",
        "request_id",
        "update_type",
    )
)
"""Keys of `sentry_sdk.set_tag`, of span attributes, and of the tag that the SDK's Celery integration sets."""

CONTEXTS: Final = frozenset(
    ("provider.max_retries", "provider.max_tokens", "provider.model", "provider.name", "provider.timeout")
)
"""Keys of `sentry_sdk.set_context`, after the name of the context."""

BREADCRUMBS: Final = frozenset(("duration_ms", "route", "status_code"))
"""Keys of the data of request_context.py's breadcrumb; a route is a template such as `/v1/items/{item_id}`."""

SAFE_KEYS: Final = TAGS | CONTEXTS | BREADCRUMBS
"""All of them. The service's own are in sentry_custom.py."""
