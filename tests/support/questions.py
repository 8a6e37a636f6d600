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

_SURROUNDINGS: Final = {
    "scope": "service",
    "details": False,
    "_copier_conf": {"overwrite": True, "dst_path": "no such folder/service", "answers_file": ".copier-answers.yml"},
    "_folder_name": "service",
}
"""What copier.yml reads beside the answers that are looked at: a new service, whose folder has no name to follow."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One question, as it is written."""

    name: str
    type: str
    help: str
    default: Any
    """As Jinja where it is made from other answers than `scope`."""
    choices: tuple[Any, ...]
    """The values of the choices, without their labels."""
    multiselect: bool
    when: str
    ask: str
    validator: str

    def applies(self, answers: Mapping[str, Any]) -> bool:
        """Whether the other answers leave it a meaning; if not, only an answer that was given is recorded."""
        return _is_true(self.when, answers, but=self.name)

    def is_asked(self, answers: Mapping[str, Any]) -> bool:
        """Whether a person is asked who has given these answers so far."""
        return self.applies(answers) and _is_true(self.ask, answers)

    def refusal(self, answers: Mapping[str, Any]) -> str:
        """What the validator says to these answers; nothing when it accepts them."""
        return rendered(self.validator, answers).strip()


@cache
def load() -> dict[str, Any]:
    """The whole of copier.yml."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return content


@cache
def questions() -> dict[str, Question]:
    """All questions by name, in the order in which they are asked; without those that are never asked."""
    return {
        name: _question(name, entry)
        for name, entry in load().items()
        if not name.startswith("_") and entry.get("when") is not False and entry.get("ask") is not False
    }


def settings() -> dict[str, Any]:
    return {name: value for name, value in load().items() if name.startswith("_")}


def rendered(text: str, answers: Mapping[str, Any], but: str = "") -> str:
    """Render this with the answers, except that to the question `but`.

    Rows of answers ask the same many thousand times, so a result is remembered with the answers that it comes from.
    """
    if "{" not in text:
        return text
    # An imported macro reads what it likes.
    names = answers if "import" in text else _names(text)
    read = {name: answers[name] for name in names if name in answers and name != but}
    key = (text, repr(read))
    if key not in _RENDERED:
        _RENDERED[key] = _template(text).render({**_SURROUNDINGS, **read})
    return _RENDERED[key]


_RENDERED: dict[tuple[str, str], str] = {}


def _is_true(condition: str, answers: Mapping[str, Any], but: str = "") -> bool:
    return rendered(condition, answers, but).strip().lower() in ("true", "yes", "on", "1")


@cache
def _template(text: str) -> Template:
    return _ENVIRONMENT.from_string(text)


@cache
def variables(text: str) -> frozenset[str]:
    """The answers that a piece of Jinja asks for."""
    return frozenset(name for name in _names(text) if not name.startswith("_"))


@cache
def _names(text: str) -> frozenset[str]:
    return frozenset(meta.find_undeclared_variables(_ENVIRONMENT.parse(text)))


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
        default=_default(name, entry["default"]),
        choices=tuple(value["value"] if isinstance(value, dict) else value for value in values),
        multiselect=entry.get("multiselect", False),
        when=str(entry.get("when", True)),
        ask=str(entry.get("ask", True)),
        validator=entry.get("validator", ""),
    )


def _default(name: str, written: Any) -> Any:
    if isinstance(written, str) and "{" in written and variables(written) <= {name, "scope"}:
        return yaml.safe_load(rendered(written, {}))
    return written
