"""The entry point: it hands the arguments to one of the commands and imports only that one."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer

# Options of a command are read by the command itself.
_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}

app = typer.Typer(
    name="fastapi-sentry",
    help="Alerts, adoption, and secret checks for services that use the template.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from fastapi_sentry.installed import source

        typer.echo(f"fastapi-sentry {source()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and commit.")
    ] = False,
) -> None:
    pass


@app.command(add_help_option=False, context_settings=_PASSED_ON)
def alerts(context: typer.Context) -> None:
    """Compare the rules in alerts/ with Sentry, and bring Sentry up to date."""
    raise typer.Exit(_run("alerts", context.args))


@app.command(add_help_option=False, context_settings=_PASSED_ON)
def adopt(context: typer.Context) -> None:
    """Bring the Sentry layer into an existing service."""
    raise typer.Exit(_run("adopt", context.args))


@app.command(add_help_option=False, context_settings=_PASSED_ON)
def secrets(context: typer.Context) -> None:
    """Find DSNs, Sentry tokens, and env files that git or a Docker image would take along."""
    raise typer.Exit(_run("secrets", context.args))


def main() -> None:
    """Run the command line of this process and exit with its status."""
    sys.exit(_status(app, sys.argv[1:] or ["--help"], "fastapi-sentry"))


def _run(name: str, arguments: list[str]) -> int:
    """Run `fastapi_sentry.<name>.command.app`."""
    command = import_module(f"fastapi_sentry.{name}.command")
    return _status(command.app, arguments, f"fastapi-sentry {name}")


def _status(of: typer.Typer, arguments: list[str], name: str) -> int:
    """Run an app and return its exit status.

    A wrong command line is status 1 like every other error: 2 is what `alerts plan` returns for differences.
    """
    try:
        return typer.main.get_command(of).main(arguments, name, standalone_mode=False) or 0
    except typer.Abort:
        return 130
    except typer.TyperException as error:
        typer.echo(f"{error.format_message()} `{name} --help` lists what there is.", err=True)
        return 1
