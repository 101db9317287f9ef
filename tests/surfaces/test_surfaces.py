"""Ten changes of a copy are seen, each on its surface, and nothing else is."""

import re
import shutil

import pytest

from tests.surfaces import __main__ as surfaces

MARK = "planted"
PLANTED = {
    "label of a page": (
        "templates/plan/overview/_body.html", '_("Où en est le plan")', '"planted-1"',
    ),
    "menu of the team": ("consultation/dashboard/menu.py", '"Accueil"', '"planted-2"'),
    "header": (
        "consultation/web/headers.py", '"camera=(), geolocation=()', '"planted-3=(), camera=()',
    ),
    "column of a workbook": (
        "consultation/plan/values/workbook.py", '"Échéance",', '"planted-4",',
    ),
    "name in JSON": (
        "consultation/plan/overview/open_data.py", '"threshold": smallest', '"planted-5": smallest',
    ),
    "column of CSV": (
        "consultation/plan/overview/open_data.py", '"nature": _("Nature")', '"nature": "planted-6"',
    ),
    "refused form": (
        "consultation/web/forms.py", "raise StopValidation(sentence)",
        'raise StopValidation("planted-7")',
    ),
    "mail": (
        "templates/mail/messages/acknowledgement.txt", '{{ _("Bonjour,") }}',
        'planted-8 {{ _("Bonjour,") }}',
    ),
    "sheet of paper": ("consultation/typesetting/form.typ", "#title()", "#title()\nplanted-9\n"),
    "command": (
        "consultation/operations/doctor/checks.py", '"comptes", True, ', '"planted-10", True, ',
    ),
}  # fmt: skip
"""The file, what is there, and what comes instead."""


@pytest.mark.once
@pytest.mark.timeout(600)
def test_ten_changes_are_seen_where_they_show_and_no_other(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORT", "1")
    copy = tmp_path / "copy"
    for folder in ("consultation", "migrations", "static", "templates"):
        shutil.copytree(surfaces.ROOT / folder, copy / folder)
    for name, (path, old, new) in PLANTED.items():
        text = (copy / path).read_text("utf-8")
        assert old in text, name
        (copy / path).write_text(text.replace(old, new, 1), "utf-8")

    assert surfaces.main(surfaces.ROOT, copy)

    *told, total = capsys.readouterr().out.splitlines()
    added = "\n".join(it for it in told if it.startswith("    +"))
    planted = {f"{MARK}-{number}" for number in range(1, len(PLANTED) + 1)}
    assert {it for it in planted if re.search(rf"{it}\b", added)} == planted
    assert [it for it in added.splitlines() if MARK not in it.lower()] == []
    assert int(total.split()[0]) > 250
