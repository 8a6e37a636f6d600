# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Format strings of log records, for the policy that lets no other text of a record out.

A format string holds no data when it is a constant of the code. `logger.info("user %s", name)` has one;
`logger.info(f"user {name}: %s", why)` only looks like it. So the function that logs is asked for its constants.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .before_send import before_send

if TYPE_CHECKING:
    from types import FrameType

    from sentry_sdk.types import Breadcrumb, BreadcrumbHint, Event, Hint

    from .service_gate import ServiceGate


TEMPLATE: Final = "log.template"
"""Where a breadcrumb has the format string of its record, among its data, until the gate takes it."""


class LogTemplates:
    """Notes the format strings that are constants, for the gate."""

    def __init__(self, known: set[str]) -> None:
        self._known = known

    def note(self, hint: Mapping[str, Any]) -> str | None:
        """The format string of the hint's log record, if it has arguments and a constant for a format string.

        It has to be called while the record is being logged: it looks at the functions that are running.
        """
        record = hint.get("log_record")
        if not isinstance(record, logging.LogRecord) or not record.args or not isinstance(record.msg, str):
            return None
        if record.msg not in self._known:
            if not _is_constant(record.msg, record.pathname, record.funcName):
                return None
            self._known.add(record.msg)
        return record.msg

    def before_send(self, event: Event, hint: Hint) -> Event:
        """The SDK's option of that name."""
        self.note(hint)
        return before_send(event, hint)

    def before_breadcrumb(self, crumb: Breadcrumb, hint: BreadcrumbHint) -> Breadcrumb:
        """The SDK's option of that name."""
        template = self.note(hint)
        if template is not None:
            crumb["data"] = {**(crumb.get("data") or {}), TEMPLATE: template}
        return crumb


def hooks(gate: ServiceGate) -> dict[str, Any]:
    """The SDK's options `before_send` and, where format strings matter, `before_breadcrumb`."""
    if gate.policy != "strict":
        return {"before_send": before_send}
    templates = LogTemplates(gate.templates)
    return {"before_send": templates.before_send, "before_breadcrumb": templates.before_breadcrumb}


def _is_constant(text: str, path: str, function: str | None) -> bool:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if code.co_filename == path and code.co_name == function:
            return text in code.co_consts
        frame = frame.f_back
    return False
