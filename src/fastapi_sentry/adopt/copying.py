"""Copy the layer into a service with Copier: new files only, no code of the template runs."""

from __future__ import annotations

import re
import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import copier
import copier.errors
import yaml

from fastapi_sentry.installed import source

from .find import ANSWERS_FILE
from .sources import AdoptError, git

REPOSITORY: Final = Path(__file__).resolve().parents[3]


def recorded(root: Path) -> dict[str, Any] | None:
    """Return the answers of a layer that was copied before, or None."""
    try:
        answers = yaml.safe_load((root / ANSWERS_FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    return answers if isinstance(answers, dict) and answers.get("scope") == "layer" else None


def template_of_this_command() -> tuple[str, str | None]:
    """Return what Copier is told: the address that this command was installed from, and the tag or commit.

    Raises:
        AdoptError: the installation doesn't say.
    """
    installed = source()
    if installed.commit:
        address = installed.address
        if address.startswith("file://"):
            return unquote(urlsplit(address).path), _ref(address, installed.commit)
        known = address.endswith(".git") or address.startswith(("https://github.com/", "https://gitlab.com/", "git@"))
        return address if known else f"git+{address}", _ref(address, installed.commit)
    path = Path(unquote(urlsplit(installed.address).path)) if installed.address.startswith("file://") else REPOSITORY
    if not (path / "copier.yml").is_file():
        raise AdoptError(
            "This installation doesn't say where the template is. "
            'Run `uvx --from "git+ADDRESS" fastapi-sentry adopt`, '
            "or give its address with --template."
        )
    return str(path), "HEAD" if (path / ".git").exists() else None


def _ref(address: str, commit: str) -> str:
    """Return the version tag of a commit, so that later updates start from it, or the commit itself."""
    result = subprocess.run(["git", "ls-remote", "--tags", address], capture_output=True, text=True, check=False)
    tags = re.findall(rf"^{re.escape(commit)}\s+refs/tags/(v\d[\w.]*)(?:\^{{}})?$", result.stdout, re.MULTILINE)
    return tags[-1] if tags else commit


def copy(
    root: Path,
    given: Mapping[str, Any],
    suggested: Mapping[str, Any],
    *,
    template: str,
    ref: str | None,
    ask: bool,
) -> list[str]:
    """Copy the layer, and return the files that came.

    Args:
        root: the service's own folder.
        given: answers that aren't asked for.
        suggested: defaults of questions that are asked.
        template: where Copier finds the template.
        ref: a tag or commit of it.
        ask: whether to ask the other questions.

    Raises:
        AdoptError: an answer isn't valid, or the template can't be reached.
    """
    before = set(_files(root))
    try:
        with warnings.catch_warnings():
            # A template on this machine, or one without tags.
            warnings.simplefilter("ignore")
            copier.run_copy(
                template,
                root,
                dict(given),
                vcs_ref=ref,
                user_defaults=dict(suggested),
                defaults=not ask,
                # Whatever the lists of the template say: no file of the service is written.
                skip_if_exists=["**"],
                quiet=True,
            )
    except KeyboardInterrupt:
        raise
    except copier.errors.InteractiveSessionError:
        raise AdoptError("There is no terminal to ask questions in. Use --defaults.") from None
    except (ValueError, copier.errors.UserMessageError) as error:
        text = re.sub(r"^Validation error for question '(\w+)': ", r"\1: ", str(error).strip())
        raise AdoptError(f"The layer was not copied. {text}") from None
    except subprocess.SubprocessError as error:
        raise AdoptError(f"The template at {template} can't be reached ({type(error).__name__}).") from None
    except Exception as error:
        # git as plumbum runs it, and the network.
        last = [line for line in str(error).splitlines() if line.strip()]
        reason = last[-1].strip(" |") if last else type(error).__name__
        raise AdoptError(f"The layer was not copied from {template}: {reason}") from None
    return sorted(set(_files(root)) - before)


def _files(root: Path) -> list[str]:
    output = git(root, "ls-files", "-z", "--others", "--cached") or ""
    return [path for path in output.split("\0") if path]
