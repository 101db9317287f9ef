"""Fields that were added to records, on each of their surfaces; run in a copy of the tree.

`test_added_field` adds « Méthode » to observed values, and « Limites » to those of an indicator,
each by a line of its table and a description.
"""

import json

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.decisions import content
from consultation.plan import queries
from consultation.plan.drafts import indicator_draft
from consultation.plan.values import importer, workbook
from consultation.plan.workbook.reader import read_plan
from consultation.plan.workbook.writer import draft_of, write_draft
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
    session.execute(sa.text("ALTER TABLE indicator_version ADD COLUMN limits JSON"))
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


def test_added_text_of_an_indicator_is_on_its_form_and_in_its_history(app, session, indicator):
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("camille@exemple.fr")
    path = "/organisation/plan/indicateurs/T7.1"
    typed = {"limits": "Paris seul", "limits_en": "Paris only", "reason": "Précision"}

    page = browser.get(path)
    sent = browser.post(path, form_in(page, path) | typed)

    assert 'for="limits_en">Limites (anglais)<' in page.text
    assert sent.status_code == 303
    row = queries.stored_indicator(session, "T7.1")
    assert indicator_draft(row).limits == {"fr": "Paris seul", "en": "Paris only"}
    assert [it.label for it in queries.version_rows(row)[0].changed] == [
        "limites", "limites (anglais)",
    ]  # fmt: skip


def test_added_text_of_an_indicator_is_in_the_file_of_the_plan(session, indicator, tmp_path):
    indicator.version.limits = {"fr": "Paris seul", "en": "Paris only"}
    session.commit()
    path = tmp_path / "plan.xlsx"
    write_draft(draft_of(session), path, Format.XLSX)

    assert records_of(path, "Indicateurs")[0]["Limites (anglais)"] == "Paris only"
    [measure] = read_plan(path).measures
    assert measure.indicators[0].limits == {"fr": "Paris seul", "en": "Paris only"}


def test_added_text_of_an_indicator_is_frozen_with_an_edition(session, indicator):
    indicator.version.limits = {"fr": "Paris seul"}
    session.commit()

    [axis] = content.frozen(session)["axes"]
    assert axis["measures"][0]["indicators"][0]["limits"] == {"fr": "Paris seul"}
