# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Reads a folder of rule files: either every rule in it, or every fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from .faults import AlertsError, Fault, FaultyRulesError, Place
from .meaning import findings
from .rule import Rule
from .source import Source, UnreadableError, read
from .wording import sentence


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule and the file that it came from."""

    source: Source
    rule: Rule

    @property
    def path(self) -> Path:
        return self.source.path

    @property
    def name(self) -> str:
        return self.rule.workflow.name


def load_rules(directory: Path) -> list[RuleFile]:
    """Read and check every rule of a folder, sorted by file name. Nothing leaves this machine.

    Raises:
        FaultyRulesError: at least one file is faulty; it holds all faults of all files.
        AlertsError: there is no such folder, or no rule in it.
    """
    paths = sorted(path for path in directory.glob("*.json") if not path.name.endswith(".schema.json"))
    if not paths:
        raise AlertsError(f"{directory}: there is no rule file here; name the folder with --rules.")
    rules: list[RuleFile] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            source = read(path)
        except UnreadableError as error:
            faults.append(error.fault)
            continue
        try:
            rules.append(RuleFile(source, Rule.model_validate_json(source.text)))
        except ValidationError as error:
            faults.extend(_misshapen(source, error))
    for file in rules:
        faults.extend(file.source.fault(place, problem) for place, problem in findings(file.rule))
    faults.extend(_shared(rules))
    if faults:
        raise FaultyRulesError(sorted(faults, key=lambda fault: (fault.path, fault.line)))
    return rules


def _misshapen(source: Source, error: ValidationError) -> Iterator[Fault]:
    for detail in error.errors(include_url=False):
        if detail["type"] == "too_short" and detail["input"]:
            continue  # Not empty: pydantic leaves out the items that it has already complained about.
        place = _place(detail["loc"], source.data)
        if detail["type"].startswith("union_tag"):
            place = (*place, to_camel(detail["ctx"]["discriminator"].split("'")[1]))
        yield source.fault(place, sentence(detail, place))


def _place(loc: tuple[str | int, ...], data: object) -> Place:
    """Where in the file an error is. pydantic also names the kinds that it chose on the way (`level`): they go."""
    place: list[str | int] = []
    for part in loc:
        if isinstance(data, dict) and part not in data and (part in data.values() or str(part).startswith("<")):
            continue
        place.append(part)
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
    return tuple(place)


def _shared(rules: list[RuleFile]) -> Iterator[Fault]:
    """Names and ids that two files share: Sentry would hold one rule, and each run would turn it over."""
    names: dict[str, Path] = {}
    ids: dict[str, Path] = {}
    for file in rules:
        first = names.setdefault(file.name, file.path)
        if first != file.path:
            yield file.source.fault(("workflow", "name"), f"is also the name in {first}; rename one of them")
        if file.rule.id is not None and (first := ids.setdefault(file.rule.id, file.path)) != file.path:
            yield file.source.fault(("id",), f"is also the id in {first}; keep it in one of them")
