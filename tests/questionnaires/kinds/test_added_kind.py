"""A kind of question is a class, a line, a macro and a migration: tried in a copy of the tree."""

import pytest

from tests.tree_copy import copy_tree, run_tests

CLASS = '''"""Percentage question."""

from dataclasses import replace
from typing import Any

from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.numbers import Number


class Percentage(Number):
    """A number from 0 to 100."""

    macro = "percentage"
    sentence = "Une part, en pour cent."
    settings = frozenset()
    labels = {}

    def field(self, question: Question) -> Any:
        """Return a field that accepts a number from 0 to 100."""
        return super().field(replace(question, settings={"minimum": 0, "maximum": 100}))
'''
MACRO = """{% macro percentage(question, typed, errors, when) -%}
<p>%</p>{{ line(question, typed, errors, when, mode="decimal") }}{%- endmacro %}

"""
MIGRATION = '''"""Ask for percentages."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{last}", None, None


def upgrade():
    with op.batch_alter_table("question") as batch:
        batch.drop_constraint(op.f("ck_question_kind"), type_="check")
'''
ADDED = {
    "consultation/questionnaires/models.py": (
        '    EMAIL = "email", "adresse électronique"\n',
        '    PERCENTAGE = "percentage", "pourcentage"\n',
    ),
    "consultation/questionnaires/kinds/percentages.py": ("", CLASS),
    "consultation/questionnaires/kinds/__init__.py": (
        "        QuestionKind.NOTE: Note(),\n",
        "        QuestionKind.PERCENTAGE: percentages.Percentage(),\n",
    ),
    "templates/questionnaires/form/_fields.html": (
        "{% macro note(question, typed, errors, when) -%}",
        MACRO,
    ),
}


@pytest.mark.once
def test_kind_of_a_class_a_line_and_a_macro_is_on_every_surface(tmp_path):
    copy_tree(tmp_path, ADDED)
    kinds = tmp_path / "consultation/questionnaires/kinds/__init__.py"
    line = "from consultation.questionnaires.form.instrument import Question\n"
    text = kinds.read_text("utf-8")
    kinds.write_text(
        text.replace(line, line + "from consultation.questionnaires.kinds import percentages\n", 1),
        "utf-8",
    )
    versions = tmp_path / "migrations/versions"
    last = max(path.name[:4] for path in versions.glob("[0-9]*.py"))
    (versions / "9999_ask_for_percentages.py").write_text(MIGRATION.format(last=last), "utf-8")

    printed = run_tests(tmp_path, "tests/questionnaires/kinds/added_kind.py", has_own_tables=True)

    assert "5 passed" in printed, printed
