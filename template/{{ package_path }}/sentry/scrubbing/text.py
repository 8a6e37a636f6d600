"""The masks for text."""

from __future__ import annotations

from .credentials import MaskText as MaskText
from .credentials import credentials_mask as credentials_mask
from .credentials import personal_mask as personal_mask
