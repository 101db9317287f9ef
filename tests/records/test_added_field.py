"""A field is added to a record by describing it once: tried in a copy of the tree."""

import pytest

from tests.tree_copy import copy_tree, run_tests

ADDED = {
    "consultation/plan/values/models.py": (
        '    note: Mapped[str] = mapped_column(sa.Text, default="")\n',
        '    method: Mapped[str] = mapped_column(sa.String(200), default="")\n',
    ),
    "consultation/plan/values/record.py": (
        "    note: str = described(",
        '    method: str = described(line(200), N_("Méthode"), "Comment on compte.", default="")\n',
    ),
    "consultation/plan/models.py": (
        "    reason: Mapped[str | None] = mapped_column(sa.String(500))\n",
        "    limits: Mapped[Localized | None]\n",
    ),
    "consultation/plan/drafts.py": (
        "    measurement: Measurement = EMPTY\n",
        '    limits: Localized | None = translated(line(200), "Limites", default=None)\n',
    ),
}
"""Before which line of which file another line comes."""


@pytest.mark.once
def test_field_described_once_is_on_form_file_sheet_json_and_csv(tmp_path):
    copy_tree(tmp_path, ADDED)

    printed = run_tests(tmp_path, "tests/records/added_field.py", has_own_tables=True)

    assert "7 passed" in printed, printed
