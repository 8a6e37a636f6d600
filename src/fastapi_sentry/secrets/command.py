"""`fastapi-sentry secrets`."""

from __future__ import annotations

import typer

app = typer.Typer(name="secrets", add_completion=False, pretty_exceptions_enable=False)


@app.command()
def check() -> None:
    """Find DSNs, Sentry tokens, and env files that git or a Docker image would take along."""
