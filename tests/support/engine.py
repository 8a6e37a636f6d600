"""The scrubbing package of services, imported straight from the folder of the template: it needs nothing else."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from functools import cache
from types import ModuleType
from typing import Any, Final

from sentry_sdk.envelope import Item, PayloadRef

from .template import ROOT

FOLDER: Final = ROOT / "template" / "{{ package_path }}" / "sentry" / "scrubbing"
_PACKAGE: Final = "scrubbing_of_the_template"

POLICIES: Final = ("strict", "pseudonymous", "full")
RELEASE: Final = "shop@1.2.3"
ENVIRONMENT: Final = "staging"


@cache
def scrubbing(name: str) -> ModuleType:
    """`scrubbing("policy")` is that module."""
    if _PACKAGE not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            _PACKAGE, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        assert spec
        assert spec.loader
        sys.modules[_PACKAGE] = package = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(package)
    return importlib.import_module(f"{_PACKAGE}.{name}")


def scrubber(policy: str, removed: Any = None, **settings: Any) -> Any:
    """A scrubber that follows a policy, with additional options."""
    options = {
        "release": RELEASE,
        "environment": ENVIRONMENT,
        "public_key": "public",
        "user_id_key": b"k" * 32,
        **settings,
    }
    return scrubbing("scrubber").Scrubber(scrubbing("policy").ScrubberOptions(policy, **options), removed)


def sent(scrubber: Any, kind: str, payload: object) -> Any:
    """The payload as it is sent, read back from its bytes; None when nothing is sent of it."""
    item = scrubber.item(Item(payload=PayloadRef(json=payload), headers={"type": kind}))
    if item is None:
        return None
    assert item.headers["type"] == kind
    return json.loads(item.get_bytes())
