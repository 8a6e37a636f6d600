"""`fastapi-sentry adopt`: bring the Sentry layer into an existing service."""

from __future__ import annotations

import io
import os
import secrets
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import yaml

from fastapi_sentry.installed import source

from .change import Changes, carried_of, change, read_inits, undecodable
from .copying import copy, recorded, template_of_this_command
from .find import ANSWERS_FILE, Chooser, First, Service, find
from .options import Carried
from .requirements import is_manifest, python_answer
from .sources import AdoptError, git

app = typer.Typer(name="adopt", add_completion=False, pretty_exceptions_enable=False)

PYTHONS: Final = ["3.11", "3.12", "3.13", "3.14", "3.15"]


@app.command()
def adopt(
    folder: Annotated[Path, typer.Argument(help="The root of the service.")] = Path(),
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Make the edits, unstaged, in a clean git tree.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Run the service before and after, and compare.")] = False,
    application: Annotated[str, typer.Option("--app", metavar="MODULE:OBJECT", help="The application.")] = "",
    package_path: Annotated[str, typer.Option("--package-path", help="The folder that holds the layer.")] = "",
    python: Annotated[str, typer.Option("--python", help="With --check: the Python that runs the service.")] = "",
    data: Annotated[list[str] | None, typer.Option("--data", "-d", metavar="NAME=VALUE", help="An answer.")] = None,
    template: Annotated[str, typer.Option("--template", help="The template, if it isn't this command's own.")] = "",
    ref: Annotated[str, typer.Option("--ref", help="A tag or commit of --template.")] = "",
) -> int:
    """Copy the layer into an existing service, and show the edits that its code needs."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A diff may hold bytes that this terminal has no characters for.
            stream.reconfigure(errors="backslashreplace")
    try:
        chooser: Chooser = First() if defaults or not sys.stdin.isatty() else _Asking()
        if check:
            from .check import run_check

            return run_check(folder, chooser, application, package_path, python)
        answers = dict(_answer(one) for one in data or [])
        source = (template, ref or None) if template else None
        return _adopt(folder, chooser, application, package_path, answers, source, ask=not defaults, write=apply)
    except AdoptError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}. Make it readable and writable first.", file=sys.stderr)
        return 1


class _Asking(Chooser):
    def __call__(self, question: str, candidates: list[str], *, required: bool) -> str:
        print(question)
        for number, candidate in enumerate(candidates, 1):
            print(f"  {number}  {candidate}")
        while True:
            answer = str(typer.prompt("Number", default="1"))
            if answer.isdigit() and 1 <= int(answer) <= len(candidates):
                return candidates[int(answer) - 1]


def _answer(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise AdoptError(f"--data {text} isn't NAME=VALUE.")
    try:
        return name, yaml.safe_load(value)
    except yaml.YAMLError:
        return name, value


def _adopt(
    folder: Path,
    chooser: Chooser,
    application: str,
    package_path: str,
    answers: dict[str, Any],
    source: tuple[str, str | None] | None,
    *,
    ask: bool,
    write: bool,
) -> int:
    service, there = locate(folder, chooser, application, package_path)
    if write and (changed := _uncommitted(service)):
        raise AdoptError(
            f"There are uncommitted changes ({', '.join(changed[:3])}{', …' if len(changed) > 3 else ''}). "
            "Commit or stash them first: then `git diff` shows exactly what adoption changes."
        )
    _print_found(service)
    inits, edited, texts = read_inits(service)
    for path in undecodable(service):
        print(
            f"left out   {path}: it is a link, longer than 4 MB, or not readable by this Python or LibCST; "
            "replace sentry_sdk.init() there yourself"
        )
    carried = carried_of(service, inits)
    for warning in _versions(service):
        print(f"version    {warning}")
    if there is None:
        given = {
            "scope": "layer",
            "package_path": service.package_path,
            "package_name": service.package,
            "app_import": service.app_import,
            **answers,
        }
        template, ref = source or template_of_this_command()
        suggested = _suggested(service, carried, bool(inits))
        files = copy(service.root, given, suggested, template=template, ref=ref, ask=ask and sys.stdin.isatty())
        print(f"\nCopied the layer: {len(files)} files, in {service.package_path}/sentry and beside it.")
        service.files = sorted({*service.files, *files})
    else:
        print(f"\nThe layer is there already: {service.package_path}/sentry.")
    changes = change(service, inits=inits, edited=edited, texts=texts, carried=carried)
    _print_options(changes)
    diff = changes.diff()
    if diff:
        print(f"\n{diff}", end="")
    if write:
        changes.steps += changes.write()
        _write_secrets(service, carried)
    _print_rest(service, changes, applied=write)
    return 0


def locate(
    folder: Path, chooser: Chooser, application: str, package_path: str
) -> tuple[Service, dict[str, Any] | None]:
    """Find the service, by the answers of its layer where it has one.

    Raises:
        AdoptError: nothing was found.
    """
    there = recorded(folder)
    if there is not None and not application:
        path, name = str(there["package_path"]), str(there["package_name"])
        service = find(folder, choose=chooser, package_path=path, app_import=str(there["app_import"]))
        base = (service.root / path).parents[len(name.split(".")) - 1]
        service.base = base if base == service.root or service.root in base.parents else service.base
        return service, there
    service = find(folder, choose=chooser, package_path=package_path, app_import=application)
    there = recorded(service.root)
    if there is not None and there.get("app_import") == service.app_import:
        return locate(service.root, chooser, "", "")
    if there is not None and there.get("package_path") != service.package_path:
        other = f"{there.get('app_import')} in {there.get('package_path')}"
        raise AdoptError(f"{ANSWERS_FILE} belongs to {other}. One folder holds one layer: name it with --app.")
    return service, there


def _uncommitted(service: Service) -> list[str]:
    """Return the files that were changed, and those that adoption may change and that git doesn't know."""
    output = git(service.root, "status", "--porcelain", "--untracked-files=no", "--", ".") or ""
    changed = [line[3:] for line in output.splitlines()]
    unknown = (git(service.root, "ls-files", "-z", "--others", "--exclude-standard") or "").split("\0")
    # The layer itself may have been copied a moment ago, to show the diff.
    layer = f"{service.package_path}/sentry/"
    mine = {path for path in service.files if is_manifest(path) and not path.startswith(layer)}
    mine |= {path for path in service.python if service.seen[path].sentry or service.seen[path].web}
    return [*changed, *(path for path in unknown if path in mine)]


def _suggested(service: Service, carried: Carried, had_sentry: bool) -> dict[str, Any]:
    """Return defaults for Copier's questions, from what is on the disk."""
    answers = carried.answers
    suggested: dict[str, Any] = {
        name: answers[name]
        for name in ("error_sample_rate", "traces_sample_rate", "transaction_style")
        if name in answers
    }
    if "profile_session_sample_rate" in answers:
        suggested["profile_session_sample_rate"] = answers["profile_session_sample_rate"]
    suggested["integrations"] = answers.get("integrations", [])
    oldest = python_answer(service, PYTHONS)
    if oldest:
        suggested["python_version"] = oldest
    options = {name for init in carried.becomes.values() for name in (one.option for one in init)}
    traced = options & {"traces_sample_rate", "traces_sampler", "enable_tracing"}
    if had_sentry:
        telemetry = ["tracing"] if traced else []
        if "profiling" in answers and traced and oldest not in (None, "3.11"):
            telemetry.append("profiling")
        if "logs" in answers:
            telemetry.append("logs")
        suggested["telemetry"] = telemetry
    return suggested


def _versions(service: Service) -> list[str]:
    from .requirements import require

    return require(service).warnings


def _print_found(service: Service) -> None:
    inside = "" if service.root == Path.cwd() else f" in {service.root.name}"
    print(f"app        {service.app_import}{inside}")
    if service.others:
        print(f"also found {', '.join(service.others[:4])}; name another one with --app")
    print(f"layer      {service.package_path}/sentry, imported as {service.layer}")


def _print_options(changes: Changes) -> None:
    for place, options in changes.carried.becomes.items():
        print(f"\n{place} becomes init_sentry(). Its options:")
        width = max([len(one.option) for one in options], default=0)
        for one in options:
            print(f"  {one.option:<{width}}  {one.sentence}")


def _print_rest(service: Service, changes: Changes, *, applied: bool) -> None:
    steps = [*changes.steps, *_steps(service, changes)]
    commands = changes.required.commands
    print("\nWhat is left to do:")
    for step in steps:
        print(f"- {step}")
    prefix = f"cd {shlex.quote(os.path.relpath(service.root))} && " if service.root != Path.cwd() else ""
    path = f"PYTHONPATH={shlex.quote(service.import_folder)} " if service.import_folder else ""
    adopt = _command_line()
    if not applied and changes.changed:
        print(f"\nNothing of this diff has been applied. To apply it, in a clean git tree: {adopt} --apply")
    elif not changes.changed:
        print("\nThe code is ready.")
    for command in commands:
        print(f"  {prefix}{command}")
    if applied or not changes.changed:
        print("Next, with the requirements installed:")
        print(f"  {prefix}{path}python -m {service.layer} doctor --send")
        print(f"  {prefix}{adopt} --check")
        print("Later releases of the layer, in a clean git tree:")
        print(f"  {prefix}uvx copier update -a {ANSWERS_FILE}")


def _command_line() -> str:
    """Return how this command is started again."""
    installed = source()
    return f'uvx --from "git+{installed.address}" fastapi-sentry adopt' if installed.commit else "fastapi-sentry adopt"


def _steps(service: Service, changes: Changes) -> list[str]:
    carried = changes.carried
    steps = []
    for place, _ in carried.dsns:
        steps.append(
            f"{place} held a DSN. Make a new client key in Sentry, disable the old one, "
            "and set SENTRY_DSN where the service runs."
        )
    steps += carried.steps
    for variable in dict.fromkeys(carried.unknown):
        steps.append(f"Set {variable} where the service runs: its value came from code that can't be followed.")
    steps.append(
        "In production set SENTRY_ENVIRONMENT and SENTRY_USER_ID_KEY too "
        '(python -c "import secrets; print(secrets.token_hex(32))").'
    )
    return [*dict.fromkeys(steps)]


def _write_secrets(service: Service, carried: Carried) -> None:
    """Write env/secrets.env for this machine, which git ignores, where there is none."""
    path = service.root / "env" / "secrets.env"
    if path.exists() or git(service.root, "check-ignore", "-q", "env/secrets.env") is None:
        return
    dsn = carried.dsns[0][1] if len({dsn for _, dsn in carried.dsns}) == 1 else ""
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    lines = [f"SENTRY_DSN={dsn}"] if dsn else []
    path.write_text("\n".join([*lines, f"SENTRY_USER_ID_KEY={secrets.token_hex(32)}", ""]), encoding="utf-8")
