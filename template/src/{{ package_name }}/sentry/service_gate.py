# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The gate of this service: its configuration, its answers and its own file, put together."""

from __future__ import annotations

import logging
import re
import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from .. import sentry_custom
from . import answers, tags
from .config import SHORTEST_KEY, SentryConfig
from .dsn import Dsn
from .gate_settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sentry_sdk.envelope import Item

    from .gate import Gate

logger = logging.getLogger(__name__)


class ServiceGate:
    """A gate that is put together when the first item comes: its patterns take longer to compile than the SDK to start.

    Raises:
        re.error: a pattern of `sentry_custom.MASKS` is none. That shows at once.
    """

    def __init__(self, settings: Settings) -> None:
        for pattern, _ in settings.masks:
            re.compile(pattern)
        self._settings: Final = settings
        self.policy: Final = settings.policy
        self.templates: Final = settings.templates

    @cached_property
    def _gate(self) -> Gate:
        from .gate import Gate

        return Gate(self._settings)

    def envelope_headers(self, headers: Mapping[str, object]) -> dict[str, object]:
        """As `Gate.envelope_headers()`."""
        return self._gate.envelope_headers(headers)

    def item(self, item: Item) -> Item | None:
        """As `Gate.item()`."""
        return self._gate.item(item)


def service_gate(config: SentryConfig, dsn: Dsn) -> ServiceGate:
    """A gate that follows the policy of the configuration."""
    key = config.user_id_key
    if key is None and config.pii_policy == "pseudonymous":
        logger.info("SENTRY_USER_ID_KEY is not set: pseudonyms of users last until this process ends.")
        key = secrets.token_bytes(SHORTEST_KEY)
    return ServiceGate(
        Settings(
            policy=config.pii_policy,
            tracing=config.traces_sample_rate is not None,
            release=config.release,
            environment=config.environment,
            public_key=urlsplit(dsn.url).username,
            user_id_key=key or b"",
            sensitive_keys=answers.SENSITIVE_KEYS,
            safe_keys=tags.SAFE_KEYS | sentry_custom.SAFE_KEYS,
            safe_names=sentry_custom.SAFE_NAMES,
            masks=sentry_custom.MASKS,
        )
    )
