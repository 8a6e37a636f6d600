"""Where this command was installed from: the address and the commit that `uvx --from "git+ADDRESS@REF"` was given."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from typing import NamedTuple

DISTRIBUTION = "copier-fastapi-sentry"


class Source(NamedTuple):
    """Where the running command comes from, as pip and uv record it in `direct_url.json`."""

    version: str
    address: str
    """The repository, such as `https://github.com/acme/template.git`; empty when it isn't known."""
    commit: str
    """The full hash; empty for an installation that isn't from git, such as an editable one."""

    def __str__(self) -> str:
        return f"{self.version} ({self.commit[:12]})" if self.commit else self.version


def source() -> Source:
    """Read it from the metadata of this distribution."""
    metadata = distribution(DISTRIBUTION)
    # https://packaging.python.org/en/latest/specifications/direct-url/
    recorded = json.loads(metadata.read_text("direct_url.json") or "{}")
    return Source(metadata.version, recorded.get("url", ""), recorded.get("vcs_info", {}).get("commit_id", ""))
