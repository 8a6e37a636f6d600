"""Settings and fixtures of the tests. This file is yours: an update never touches it."""

from __future__ import annotations

import os

# Before the service is imported.
os.environ |= {
    # One line for each setting without a default: "APP_PAYMENT_KEY": "test",
}
