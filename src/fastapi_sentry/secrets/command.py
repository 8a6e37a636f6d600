"""`fastapi-sentry secrets`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fastapi_sentry.secrets.files import RepositoryError, findings

app = typer.Typer(name="secrets", add_completion=False, pretty_exceptions_enable=False)


@app.command()
def check(
    folder: Annotated[
        Path, typer.Argument(help="A folder of a git repository.", file_okay=False, exists=True)
    ] = Path(),
) -> None:
    """Find DSNs, Sentry tokens, and env files that git or a Docker image would take along.

    Looks at what git tracks or would add, at each release.env, and at the .dockerignore of each Dockerfile. A line with
    the comment gitleaks:allow is left alone. Use gitleaks for the keys of other vendors.
    """
    try:
        found = findings(folder.resolve())
    except RepositoryError as error:
        typer.echo(f"secrets: {error}", err=True)
        raise typer.Exit(1) from None
    for sentence in found:
        typer.echo(f"secrets: {sentence.encode('utf-8', 'replace').decode()}", err=True)
    if found:
        raise typer.Exit(1)
