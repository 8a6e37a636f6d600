"""No answer breaks a project: it is refused with a sentence, or it arrives as it was given. Nothing else is touched."""

from __future__ import annotations

import ast
import math
import os
import shutil
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.files import parse
from support.matrix import named
from support.questions import Question, questions
from support.template import answers_of, files_of, package_of, pyproject_of, run_copy

NASTY = (
    *(
        "'",
        '"',
        "\\",
        "\\'",
        '"""',
        "\n",
        "a\nb",
        "\r\n",
        "\t",
        "\0",
        "\x1b[31m",
        "\ufeff",
        "\u2028",
        "\u202e",
        "\u200f",
    ),
    *(
        "{{ 7*7 }}",
        "{% raw %}",
        "{{ _copier_conf }}",
        "{#",
        "${HOME}",
        "$(id)",
        "`id`",
        "%(x)s",
        "%s",
        "$1",
        "&&",
        "|",
        ";",
    ),
    *(
        "\U0001f600",
        "\U0001f468‍\U0001f469‍\U0001f467",
        "é",
        "e\u0301",
        "東京",
        "עברית",
        "\ud83d",
        "a" * 200,
        "\u6771" * 200,
    ),
    *(
        "[x]",
        "[[x]]",
        "a = 1",
        "a: b",
        "- a",
        "# c",
        "<!-- c -->",
        "-->",
        "{",
        "}",
        "null",
        "true",
        "~",
        "1e3",
        "0x1",
        "*a",
        "&a",
        "!!x",
    ),
    *(
        "CON",
        "con",
        "nul.txt",
        "aux",
        "COM1",
        "lpt9",
        "a.",
        "a ",
        " ",
        "",
        ".",
        "..",
        "../../outside",
        "/etc/passwd",
        ".git",
        ".git/hooks/x",
    ),
    *(
        "class",
        "None",
        "import",
        "async",
        "match",
        "__init__",
        "self",
        "test",
        "tests",
        "src",
        "logging",
        "sentry_sdk",
        "fastapi",
    ),
    *(
        "typing",
        "json",
        "uvicorn",
        "alembic",
        "pytest",
        "main",
        "sentry",
        "1abc",
        "a-b",
        "a_b",
        "A",
        "-a",
        "_a",
        "a--b",
        "a__b",
    ),
    *(
        "https://",
        "http://a b",
        "https://x@y",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://sentry.io/",
        "HTTPS://SENTRY.IO",
    ),
)

TEXT = st.sampled_from(NASTY) | st.text(max_size=200) | st.lists(st.sampled_from(NASTY), max_size=4).map("".join)


def answers_to(question: Question) -> st.SearchStrategy[Any]:
    """Right and wrong ones, of the right type and of others, as a data file could hold them."""
    if question.choices:
        one = st.sampled_from(question.choices) | TEXT
        return st.lists(one, max_size=4) if question.multiselect else one
    if question.type in ("int", "float"):
        return st.integers() | st.floats() | TEXT
    if question.type == "yaml":
        return TEXT | st.lists(TEXT, max_size=4) | st.dictionaries(TEXT, TEXT, max_size=2)
    return TEXT


def hostile() -> st.SearchStrategy[dict[str, Any]]:
    """One to three questions answered badly, on top of answers that make every file appear."""
    chosen = st.lists(st.sampled_from([*questions().values()]), min_size=1, max_size=3, unique_by=lambda one: one.name)
    return chosen.flatmap(lambda some: st.fixed_dictionaries({one.name: answers_to(one) for one in some}))


# A copy takes half a second; the nightly run has hundreds of them.
EXAMPLES = {"nightly": 500}.get(os.environ.get("HYPOTHESIS_PROFILE", ""), 25)


@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES < 100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(answers=hostile())
def test_an_answer_is_refused_with_a_sentence_or_arrives(
    answers: dict[str, Any], working_tree: Path, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "near" / ".git").mkdir(parents=True)
    (scratch / "near" / "bystander").write_text("untouched", encoding="utf-8")
    project = scratch / "near" / "service"

    said = copied(working_tree, project, {**named()["everything"], **answers})
    if project.exists():
        assert_arrived(project, answers)
    else:
        assert said
    outside = [path for path in scratch.rglob("*") if project not in (path, *path.parents) and path.is_file()]
    assert outside == [scratch / "near" / "bystander"]
    assert not [*(scratch / "near" / ".git").iterdir()]


def copied(working_tree: Path, project: Path, answers: dict[str, Any]) -> str:
    """What was said against the answers, if anything was."""
    try:
        run_copy(working_tree, project, answers)
    except (ValueError, TypeError) as refusal:
        return str(refusal).strip()
    return ""


def assert_arrived(project: Path, answers: dict[str, Any]) -> None:
    assert not (project / ".git").exists()
    for name in files_of(project):
        parse(project / name)
    remembered = answers_of(project)
    for name, answer in answers.items():
        # A question that nothing led to is not asked.
        if name in remembered and isinstance(answer, str) and questions()[name].type == "str":
            assert remembered[name] == answer
        if questions()[name].type == "float" and name in remembered:
            assert math.isfinite(remembered[name])
    metadata = pyproject_of(project)["project"]
    assert metadata["description"] == remembered["description"]
    assert metadata["authors"][0]["name"] == remembered["author_name"]
    package = ast.parse((project / "src" / package_of(project) / "__init__.py").read_text(encoding="utf-8"))
    assert remembered["project_name"] in {node.value for node in ast.walk(package) if isinstance(node, ast.Constant)}
