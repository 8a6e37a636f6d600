# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The preview for a terminal."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ..policy_table import Kind
from .comparison import Removal

if TYPE_CHECKING:
    from .command import Preview

_WIDTH: Final = 116
_EXAMPLES: Final = 6


def text(preview: Preview) -> str:
    """What leaves, item by item, then what does not, kind by kind."""
    return "\n".join([*_heading(preview), *_leaving(preview), *_removed(preview), *_ending()])


def _heading(preview: Preview) -> Iterator[str]:
    yield f"{preview.service}, policy {preview.policy}: a sample request with made-up data failed. Nothing was sent."


def _leaving(preview: Preview) -> Iterator[str]:
    yield ""
    yield "WHAT WOULD LEAVE"
    for item in preview.items:
        yield f"\n  {item['type']}"
        lines = json.dumps(folded(item["payload"]), indent=2, ensure_ascii=False).splitlines()[1:-1]
        for line in lines:
            yield f"  {line}"


def _removed(preview: Preview) -> Iterator[str]:
    yield ""
    yield "WHAT THE POLICY REMOVED"
    for kind, count, examples in by_kind(preview.removed):
        yield ""
        yield from textwrap.wrap(f"  {kind.value} ({count})", _WIDTH, subsequent_indent="  ")
        for removal in examples[:_EXAMPLES]:
            after = "" if removal.after is None else f"  ->  {removal.after}"
            place = f"{removal.item}: {removal.place}"
            yield "    " + textwrap.shorten(f"{place} = {removal.before}{after}", _WIDTH, placeholder=" ...")
        if len(examples) > _EXAMPLES:
            yield f"    and {len(examples) - _EXAMPLES} more places"


def _ending() -> Iterator[str]:
    yield ""
    yield "`--json` has every field and every place, `--html FILE` is for readers without a terminal."


def by_kind(removed: list[Removal]) -> Iterator[tuple[Kind, int, list[Removal]]]:
    """The kinds of data that were removed, how many values, and one place for each value."""
    counts = Counter(removal.kind for removal in removed)
    for kind in Kind:
        if kind in counts:
            places: dict[str, Removal] = {}
            for removal in removed:
                if removal.kind is kind:
                    places.setdefault(f"{removal.before}\n{removal.after}", removal)
            yield kind, counts[kind], list(places.values())


def folded(value: Any) -> Any:
    """The payload without what is long and the same in every event: packages, and the frames of libraries."""
    if isinstance(value, dict):
        folded_value = {name: folded(part) for name, part in value.items()}
        if isinstance(value.get("modules"), dict):
            folded_value["modules"] = f"names and versions of {len(value['modules'])} installed packages"
        frames = value.get("frames")
        if isinstance(frames, list):
            own = [folded(frame) for frame in frames if isinstance(frame, dict) and frame.get("in_app")]
            folded_value["frames"] = [f"{len(frames) - len(own)} frames of libraries", *own]
        if value.keys() == {"value", "type"} and value["type"] in ("string", "integer", "double", "boolean", "array"):
            return value["value"]
        return folded_value
    if isinstance(value, list):
        return [folded(part) for part in value]
    return value
