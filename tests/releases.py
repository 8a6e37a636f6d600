"""The released versions of the template, by commit: a fresh clone of the branch may come without their tags.

A release enters this table with the first commit after its tag. Entries are never removed or changed: services out
there were made from them.
"""

from __future__ import annotations

from typing import Final

RELEASES: Final[dict[str, str]] = {
    "0.1.0": "cfab5933143ac86c37f7faedad306200dbe87d73",
    "0.2.0": "5f47d1f1341f1ce02ecea75d7d7b9656160289ce",
    "0.3.0": "75008ef098fdd14f8006704c196a067da2cd51b0",
    "0.4.0": "29a2b6d5d8a2f5a7ece14cf84c6e9277a2a48dd3",
    "0.5.0": "de56e18ac7c55f68566ad596c81d0f0bf57c7ff4",
}
"""Version (without the "v" of the tag) to commit."""
