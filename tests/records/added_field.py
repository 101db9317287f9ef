"""A field that was added to observed values, on each of their surfaces; run in a copy of the tree.

`test_added_field` adds `method`, « Méthode », by a line of the table and a description.
"""

import json

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.plan.values import importer, workbook
from consultation.spreadsheets.writer import Format
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.decisions.builders import make_organiser
from tests.exports.reading import make, records_of
from tests.factories import make_round
from tests.plan.forms import form_in
from tests.plan.values.builders import make_measured_indicator, make_public_value

PATH = "/organisation/valeurs/T7.1"


@pytest.fixture
def indicator(session):
    session.execute(
        sa.text("ALTER TABLE indicator_value ADD COLUMN method VARCHAR(200) NOT NULL DEFAULT ''")
    )
    session.commit()
    return make_measured_indicator(session)


@pytest.fixture
def value(session, indicator):
    return make_public_value(session, make_organiser(session), indicator, method="Comptage")


def test_added_field_is_on_the_form(app, session, indicator):
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("camille@exemple.fr")
    typed = {"moment": "final", "value": "160", "reported_by": "state", "method": "Enquête"}

    page = browser.get(PATH)
    sent = browser.post(PATH, form_in(page, PATH) | typed)

    assert 'for="method">Méthode<' in page.text
    assert sent.status_code == 303
    assert session.scalar(sa.text("SELECT method FROM indicator_value")) == "Enquête"


def test_added_field_is_in_the_file_and_read_from_it(session, value, tmp_path):
    path = tmp_path / "valeurs.xlsx"
    workbook.write(session, path, Format.XLSX)

    assert records_of(path, "Valeurs")[0]["Méthode"] == "Comptage"
    drafts = importer.read(Work(session, make_organiser(session, "lou")), path).drafts
    assert [it.reported.method for it in drafts] == ["Comptage"]


def test_added_field_is_in_the_sheet_of_the_workbook(session, value, tmp_path):
    opened = make_round(session)
    session.commit()

    assert records_of(make(session, opened, tmp_path).path, "Valeurs")[0]["Méthode"] == "Comptage"


def test_added_field_is_in_public_files(client, value):
    [measure] = json.loads(client.get("/plan.json").text)["measures"]
    header = client.get("/plan.csv").get_data().decode("utf-8-sig").splitlines()[0]

    assert measure["indicators"][0]["values"][0]["method"] == "Comptage"
    assert "Méthode" in header
    assert "Comptage" in client.get("/plan.csv").text
