# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What a gate is told. In a module of its own, so that a process can start without the patterns of the gate."""

from __future__ import annotations

from dataclasses import dataclass, field

from .policy_table import Policy


@dataclass(frozen=True)
class Settings:
    """What a policy needs to know about the service."""

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
    templates: set[str] = field(default_factory=set)
    """Format strings of log records, known to be constants of the code: log_templates.py adds them."""
