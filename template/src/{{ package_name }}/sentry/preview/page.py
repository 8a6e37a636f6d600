# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The preview as a page for readers without a terminal: one file, no script, nothing loaded from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from string import Template
from typing import TYPE_CHECKING, Final

from ..policy_table import Kind, fate
from .text import by_kind, folded

if TYPE_CHECKING:
    from .command import Preview

_NAMES: Final = {
    "event": "An error",
    "transaction": "A trace",
    "span": "A trace",
    "log": "Log records",
    "sessions": "Counts of requests",
    "client_report": "Counts of what was not sent",
}

_EXAMPLES: Final = 15

_PAGE: Final = Template("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What $service sends to Sentry</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
  table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
  th, td { border: 1px solid #bbb; padding: .35rem .6rem; text-align: left; vertical-align: top }
  td { overflow-wrap: anywhere }
  th { background: #f2f2f2 }
  pre { background: #f7f7f7; border: 1px solid #ddd; padding: .8rem; overflow-x: auto; font-size: 13px }
  td.gone { color: #777; font-style: italic }
</style>
<h1>What $service sends to Sentry</h1>
<p>The privacy policy of this service is <strong>$policy</strong>. To make this page, a request with made-up data of a
made-up person was sent to a small copy of the service and failed there. Nothing was sent to anybody. The page shows
what would have been sent, and what the policy held back.</p>
<h2>The policy</h2>
<table><tr><th>Data</th><th>What leaves</th></tr>
$table
</table>
<p>Passwords, keys, tokens, cookies and card numbers leave under no policy.</p>
<h2>What was held back</h2>
$removed
<h2>What would have left</h2>
<p>Lists of installed packages and places within libraries are shortened here; <code>preview --json</code> has them.</p>
$leaving
</html>
""")


def page(preview: Preview) -> str:
    """The page, as HTML."""
    return _PAGE.substitute(
        service=escape(preview.service),
        policy=escape(preview.policy),
        table="\n".join(_table(preview)),
        removed="\n".join(_removed(preview)),
        leaving="\n".join(_leaving(preview)),
    )


def _table(preview: Preview) -> Iterator[str]:
    for kind in Kind:
        yield f"<tr><td>{_sentence(kind)}</td><td>{escape(fate(kind, preview.policy).value)}</td></tr>"


def _removed(preview: Preview) -> Iterator[str]:
    for kind, count, examples in by_kind(preview.removed):
        yield f"<h3>{_sentence(kind)}</h3>"
        yield f"<p>{count} values in {len(examples)} variants.</p>" if count > 1 else "<p>One value.</p>"
        yield "<table><tr><th>Where</th><th>The value</th><th>What leaves instead</th></tr>"
        for removal in examples[:_EXAMPLES]:
            after = f"<td>{escape(str(removal.after))}</td>"
            if removal.after is None:
                after = '<td class="gone">nothing</td>'
            where = f"{_NAMES.get(removal.item, removal.item)}: {removal.place}"
            yield f"<tr><td>{escape(where)}</td><td>{escape(str(removal.before))}</td>{after}</tr>"
        yield "</table>"
        if len(examples) > _EXAMPLES:
            yield f"<p>And {len(examples) - _EXAMPLES} more, which <code>preview --json</code> has.</p>"


def _leaving(preview: Preview) -> Iterator[str]:
    for item in preview.items:
        yield f"<h3>{escape(_NAMES.get(item['type'], str(item['type'])))}</h3>"
        yield f"<pre>{escape(json.dumps(folded(item['payload']), indent=2, ensure_ascii=False))}</pre>"


def _sentence(kind: Kind) -> str:
    return escape(f"{kind.value[0].upper()}{kind.value[1:]}")
