# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What every part of a rule file has in common, and the names that several parts use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel


class Part(BaseModel):
    """Keys are written as Sentry's API writes them, nothing unknown is taken, and "1" is no number."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)


# Sentry trims the text that it saves: a space at the ends would make every run see a difference.
Text = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^\S(.*\S)?$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]
EmailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")]

Level = Literal["sample", "debug", "info", "warning", "error", "fatal"]
Priority = Literal["low", "medium", "high"]
Interval = Literal["1m", "5m", "15m", "1h", "1d", "1w", "30d"]
ComparisonInterval = Literal["5m", "15m", "1h", "1d", "1w", "30d"]

LEVELS: dict[Level, int] = {"sample": 0, "debug": 10, "info": 20, "warning": 30, "error": 40, "fatal": 50}
PRIORITIES: dict[Priority, int] = {"low": 25, "medium": 50, "high": 75}
