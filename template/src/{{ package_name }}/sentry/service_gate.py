# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The gate of this service: its configuration, its answers and its own file, put together."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import urlsplit

from .. import sentry_custom
from . import answers, privacy
from .config import SHORTEST_KEY, SentryConfig
from .dsn import Dsn
from .gate import Gate
from .treatment import Settings

logger = logging.getLogger(__name__)


def service_gate(config: SentryConfig, dsn: Dsn) -> Gate:
    """A gate that follows the policy of the configuration."""
    key = config.user_id_key
    if key is None and config.pii_policy == "pseudonymous":
        logger.info("SENTRY_USER_ID_KEY is not set: pseudonyms of users last until this process ends.")
        key = secrets.token_bytes(SHORTEST_KEY)
    return Gate(
        Settings(
            policy=config.pii_policy,
            tracing=config.traces_sample_rate is not None,
            release=config.release,
            environment=config.environment,
            public_key=urlsplit(dsn.url).username,
            user_id_key=key or b"",
            sensitive_keys=answers.SENSITIVE_KEYS,
            safe_keys=privacy.SAFE_KEYS | sentry_custom.SAFE_KEYS,
            safe_names=sentry_custom.SAFE_NAMES,
            masks=sentry_custom.MASKS,
        )
    )
