"""copier.yml as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml
from jinja2 import FileSystemLoader, StrictUndefined, Template, meta
from jinja2.sandbox import SandboxedEnvironment

from .template import ROOT

_ENVIRONMENT: Final = SandboxedEnvironment(
    extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
    loader=FileSystemLoader(ROOT),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
"""Like Copier's own."""

_NO_TARGET: Final = {"overwrite": True}
"""What Copier tells about the folder to write to, where that does not matter."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, as it is written."""

    name: str
    type: str
    help: str
    default: Any
    choices: tuple[Any, ...]
    """The values of the choices, without their labels."""
    multiselect: bool
    when: str
    validator: str

    def is_asked(self, answers: Mapping[str, Any]) -> bool:
        return rendered(self.when, answers).strip().lower() in ("true", "yes", "on", "1")

    def refusal(self, answers: Mapping[str, Any]) -> str:
        """What the validator says to these answers; nothing when it accepts them."""
        return rendered(self.validator, {"_copier_conf": _NO_TARGET, **answers}).strip()


def load() -> dict[str, Any]:
    """The whole of copier.yml."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return content


def questions() -> dict[str, Question]:
    """All questions by name, in the order in which they are asked."""
    return {name: _question(name, entry) for name, entry in load().items() if not name.startswith("_")}


def settings() -> dict[str, Any]:
    return {name: value for name, value in load().items() if name.startswith("_")}


def rendered(text: str, answers: Mapping[str, Any]) -> str:
    return _template(text).render(answers)


@cache
def _template(text: str) -> Template:
    return _ENVIRONMENT.from_string(text)


@cache
def variables(text: str) -> frozenset[str]:
    """The answers that a piece of Jinja asks for."""
    return frozenset(
        name for name in meta.find_undeclared_variables(_ENVIRONMENT.parse(text)) if not name.startswith("_")
    )


def macro_value(file: str, name: str) -> Any:
    """What a macro file sets `name` to."""
    return getattr(_ENVIRONMENT.get_template(file).make_module(), name)


def _question(name: str, entry: dict[str, Any]) -> Question:
    choices = entry.get("choices", ())
    values = choices.values() if isinstance(choices, dict) else choices
    return Question(
        name=name,
        type=entry["type"],
        help=entry["help"],
        default=entry["default"],
        choices=tuple(value["value"] if isinstance(value, dict) else value for value in values),
        multiselect=entry.get("multiselect", False),
        when=str(entry.get("when", True)),
        validator=entry.get("validator", ""),
    )
