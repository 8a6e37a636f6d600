"""How many random examples the tests of this folder try."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A fixed set of examples where time is short, many and new ones where it is not.
settings.register_profile(
    "ci", max_examples=20, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "nightly", max_examples=2500, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
