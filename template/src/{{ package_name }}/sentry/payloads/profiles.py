# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Profiles: which functions were running, in chunks of a minute."""

from __future__ import annotations

from collections.abc import Mapping

from .. import privacy
from ..treatment import GONE, Treatment
from .frames import Frames


class Profiles:
    def __init__(self, treatment: Treatment, frames: Frames) -> None:
        self._frames = frames
        self._profile = treatment.handler(privacy.PROFILE)
        self._chunk = treatment.handler(privacy.PROFILE_CHUNK)

    def chunk(self, value: object) -> object:
        """A chunk of continuous profiling, or the profile of one transaction."""
        if not isinstance(value, Mapping) or not isinstance(value.get("profile"), Mapping):
            return GONE
        profile: Mapping[str, object] = value["profile"]
        frames = profile.get("frames")
        chunk = self._chunk({name: part for name, part in value.items() if name != "profile"})
        kept = self._profile({name: part for name, part in profile.items() if name != "frames"})
        if not isinstance(chunk, dict) or not isinstance(kept, dict) or not isinstance(frames, (list, tuple)):
            return GONE
        cleaned = [self._frames.frame(frame, lines=False) for frame in frames]
        # The stacks count the frames: none may be missing.
        kept["frames"] = [{"function": "<unknown>"} if frame is GONE else frame for frame in cleaned]
        chunk["profile"] = kept
        return chunk
