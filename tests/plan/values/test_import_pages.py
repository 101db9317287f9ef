"""Import pages of values: the sheet goes out, comes back, is previewed, confirmed or given up."""

import io
import re

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, WantedDirection
from consultation.plan.values import record
from consultation.plan.values.models import ValuePoint
from consultation.spreadsheets.models import SentSheet
from tests.factories import make_measure
from tests.plan.pages import signed_in, text_of

BOARD = "/organisation/valeurs"
ROOM = "/organisation/valeurs-par-fichier"
IMPORT = f"{ROOM}/importer"
HEADER = "Indicateur;Échéance;Valeur;Qui la donne;Source"
MEASURED = Measurement(
    MeasuredAs.PERCENTAGE, WantedDirection.MORE, Figure(10.0, "2024"), final=Figure(60.0, "2027")
)


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def organiser(app, session):
    make_measure(session, "T7", indicators=2)
    for code in ("T7.1", "T7.2"):
        measurements.store(queries.stored_indicator(session, code).version, MEASURED, now())
    session.commit()
    return signed_in(app, session, "lou@association.fr", Role.ORGANISER)


def send(browser, *rows, name="valeurs.csv", content=None):
    body = content or "\n".join([HEADER, *rows]).encode()
    browser.get(IMPORT)
    return browser.post(IMPORT, {"file": (io.BytesIO(body), name)})


def shown_in(page):
    return re.search(r'name="shown" value="([^"]+)"', page.get_data(as_text=True))[1]


def standing(session, code="T7.1"):
    session.rollback()
    session.expire_all()
    indicator = queries.stored_indicator(session, code)
    return record.current(session, [indicator.id]).get(indicator.id, [])


def test_sheet_goes_out_is_filled_in_and_comes_back(organiser, session):
    assert "Noter beaucoup de valeurs par un fichier" in text_of(organiser.get(BOARD))
    given = organiser.get(f"{ROOM}/classeur-des-valeurs.xlsx")
    assert "valeurs-des-indicateurs.xlsx" in given.headers["Content-Disposition"]
    workbook = load_workbook(io.BytesIO(given.data))
    sheet = workbook["Valeurs"]
    place = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, place["Échéance"], "mi-parcours")
    sheet.cell(2, place["Valeur"], "35,5 %")
    sheet.cell(2, place["Qui la donne"], "État")
    sheet.cell(2, place["Source"], "Rapport <b>annuel</b>")
    filled = io.BytesIO()
    workbook.save(filled)

    kept = send(organiser, name="../mes valeurs.xlsx", content=filled.getvalue())
    page = organiser.get(kept.location)
    assert standing(session) == []
    done = organiser.post(kept.location, {"shown": shown_in(page)})

    text = text_of(page)
    assert re.search(r"<b class=\"num\">1</b> nouvelle<", text)
    assert "Rapport &lt;b&gt;annuel&lt;/b&gt;" in text
    assert "Un import ne retire jamais rien" in text
    assert "confirmed" not in text
    assert (done.status_code, done.location) == (303, "/organisation/valeurs-a-publier")
    assert "1 valeur ajoutée, 0 corrigée. Rien n'a été retiré." in text_of(organiser.get(BOARD))
    assert "35,5" in text_of(organiser.get(f"{BOARD}/T7.1"))
    assert session.scalars(sa.select(SentSheet)).all() == []
    actions = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-2:] == ["values_exported", "values_imported"]


@pytest.mark.parametrize("ending", ["xlsx", "ods", "csv"])
def test_sheet_given_out_changes_nothing_when_it_comes_back(organiser, session, ending):
    send_and_confirm(
        organiser, "T7.1;mi-parcours;35,5;État;=1+1", "T7.2;30/06/2026;4;association;x"
    )
    given = organiser.get(f"{ROOM}/classeur-des-valeurs.{ending}")

    kept = send(organiser, name=f"a.{ending}", content=given.data)

    text = text_of(organiser.get(kept.location))
    assert "il n'y a rien à importer" in text
    assert 'name="shown"' not in text
    assert organiser.post(f"{kept.location}/abandonner").status_code == 303
    assert session.scalars(sa.select(SentSheet)).all() == []


def send_and_confirm(organiser, *rows, **fields):
    kept = send(organiser, *rows)
    if kept.status_code != 303:
        return kept
    page = organiser.get(kept.location)
    if 'name="shown"' not in page.text:
        return page
    return organiser.post(kept.location, {"shown": shown_in(page)} | fields)


def test_file_with_the_heading_of_earlier_files_is_read(organiser, session):
    earlier = f"{HEADER.replace('Échéance', 'Pour quand')}\nT7.1;mi-parcours;35,5;État;x"

    kept = send(organiser, content=earlier.encode())
    organiser.post(kept.location, {"shown": shown_in(organiser.get(kept.location))})

    (value,) = standing(session)
    assert value.point is ValuePoint.MIDTERM


def test_unlikely_percentage_is_imported_once_it_is_confirmed(organiser, session):
    kept = send(organiser, "T7.1;mi-parcours;140;État;", "T7.2;mi-parcours;14;État;")
    page = organiser.get(kept.location)
    refused = organiser.post(kept.location, {"shown": shown_in(page)})

    assert "Ces valeurs sont justes" in text_of(page)
    assert "1 pourcentage est sous 0 ou au-dessus de 100" in text_of(page)
    assert refused.status_code == 409
    assert "Rien n'a été importé : des valeurs sont à confirmer" in text_of(refused)
    assert "ce qui change n'est plus ce qui vous a été montré" not in text_of(refused)
    assert standing(session) == standing(session, "T7.2") == []
    again = {"shown": shown_in(refused), "confirmed": "1"}
    assert organiser.post(kept.location, again).status_code == 303
    assert [it.number for it in standing(session)] == [140.0]


def test_faults_of_a_sheet_are_listed_and_marked_in_it(organiser, session):
    page = send(
        organiser, "T7.1;mi-parcours;35;État;", "T7.2;30/02/2026;environ 300;préfet;", "T9;;n.d.;;"
    )

    text = text_of(page)
    assert page.status_code == 422
    assert "4 erreurs dans ce fichier" in text
    for sentence in ("n'est ni une échéance du plan ni un jour qui existe", "approximation", "T9"):
        assert sentence in text
    given = organiser.get(re.search(r'href="([^"]+/erreurs-marquees)"', text)[1])
    marked = load_workbook(io.BytesIO(given.data))
    errors = [str(cell.value) for row in marked["Erreurs"].iter_rows() for cell in row]
    assert any("environ 300" in it for it in errors)
    assert standing(session) == [], "one error, and nothing is imported"


def test_import_that_would_do_something_else_by_now_is_shown_again(organiser, session):
    kept = send(organiser, "T7.1;mi-parcours;35;État;", "T7.2;mi-parcours;35;État;")
    previewed = shown_in(organiser.get(kept.location))
    send_and_confirm(organiser, "T7.2;mi-parcours;35;État;")

    page = organiser.post(kept.location, {"shown": previewed})

    assert page.status_code == 409
    assert "ce qui change n'est plus ce qui vous a été montré" in text_of(page)
    assert standing(session) == []
    assert organiser.post(kept.location, {"shown": shown_in(page)}).status_code == 303
    assert len(standing(session)) == len(standing(session, "T7.2")) == 1


def test_two_files_that_correct_one_value_do_not_both_pass(organiser, session):
    send_and_confirm(organiser, "T7.1;mi-parcours;35;État;")
    (row,) = standing(session)
    header = f"{HEADER};Référence".encode()
    files = [
        send(organiser, content=header + f"\nT7.1;mi-parcours;{it};État;;{row.public_id}".encode())
        for it in (36, 37)
    ]
    pages = [organiser.get(it.location) for it in files]

    first, second = (
        organiser.post(it.location, {"shown": shown_in(page)})
        for it, page in zip(files, pages, strict=True)
    )

    assert first.status_code == 303
    assert second.status_code == 409
    assert "a été corrigée ou retirée entre-temps" in text_of(second)
    assert [it.number for it in standing(session)] == [36.0]


def test_missing_or_unreadable_file_is_refused_with_a_sentence_and_not_kept(organiser, session):
    organiser.get(IMPORT)
    missing = organiser.post(IMPORT, {"file": (io.BytesIO(b""), "")})
    unreadable = send(organiser, content=b"%PDF-1.7", name="a.xlsx")

    assert missing.status_code == unreadable.status_code == 422
    assert "Choisissez le fichier des valeurs." in text_of(missing)
    assert session.scalars(sa.select(SentSheet)).all() == []


def test_kept_file_is_its_sender_s_alone(organiser, app, session):
    kept = send(organiser, "T7.1;mi-parcours;35;État;").location
    other = signed_in(app, session, "max@association.fr", Role.ORGANISER)
    other.get(BOARD)

    assert other.get(kept).status_code == 404
    assert other.post(kept, {"shown": "x"}).status_code == 404
    assert organiser.get(kept).status_code == 200
