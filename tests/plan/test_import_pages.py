"""Import pages of the plan: upload, preview, errors, confirmation, download."""

import io
import re
import time
from datetime import timedelta

import openpyxl
import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.plan import import_views
from consultation.plan.apply import apply
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.models import Measure
from consultation.plan.queries import measure_by_code, measures
from consultation.plan.workbook.reader import read_plan
from consultation.plan.workbook.writer import draft_of, write_draft
from consultation.server import run
from consultation.spreadsheets.models import SentSheet
from consultation.spreadsheets.writer import Format
from tests.factories import form_data, instrument_of, key_for
from tests.invitations.builders import Browser
from tests.pages import visible_text
from tests.plan.builders import (
    AT,
    MEASURE_ROW,
    changed,
    make_draft,
    make_indicator_draft,
    make_measure_draft,
    write_plan,
)
from tests.plan.forms import form_in
from tests.plan.pages import signed_in, text_of

ROOM = "/organisation/plan"
RED = "FFF8CFCB"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def organiser(app, session):
    return signed_in(app, session, "lou@association.fr", Role.ORGANISER)


@pytest.fixture
def opened(session):
    """A new installation: the ten themes, and an open round."""
    run.prepare(session, now(), is_local=True)
    session.commit()


def plan_of(*codes, title="Former l'accueil"):
    return make_draft(
        *(
            make_measure_draft(code, make_indicator_draft(f"{code}.1"), title=title)
            for code in codes
        )
    )


def send(browser, content, name="plan.xlsx"):
    browser.get(f"{ROOM}/import")
    return browser.post(f"{ROOM}/import", {"file": (io.BytesIO(content), name)})


def send_draft(browser, tmp_path, draft, format=Format.XLSX):
    path = tmp_path / f"plan.{format.value}"
    write_draft(draft, path, format)
    return send(browser, path.read_bytes(), path.name)


def contribute(client, session, code):
    """Answer the form of a measure as a visitor does."""
    instrument = instrument_of(session, measure_by_code(session, code))
    answers = form_data(instrument, capacity="citizen", suggestions="Oui.")
    sent = answers | {"submission_key": key_for(instrument)}
    assert client.post(f"/mesures/{code}/contribuer", data=sent).status_code == 303


def marked_in(page):
    """Return the address of the refused file with its errors marked."""
    return re.search(r'href="([^"]+/annote)"', page.get_data(as_text=True))[1]


def kept(session):
    session.expire_all()
    return session.scalars(sa.select(SentSheet)).all()


def codes(session):
    session.expire_all()
    return [measure.code for measure in measures(session)]


@pytest.mark.parametrize("format", list(Format))
def test_file_is_shown_then_confirmed_then_forgotten(organiser, session, tmp_path, opened, format):
    sent = send_draft(organiser, tmp_path, plan_of("1", "2"), format)
    assert sent.status_code == 303
    page = organiser.get(sent.location)

    text = visible_text(page)
    assert "se lit sans erreur : 2 mesures" in text
    assert "2 mesures nouvelles 1 Former l'accueil 2 Former l'accueil" in text
    assert "thèmes qui disparaissent 10" in text
    assert "absentes du fichier" not in text  # the same ten
    assert "2 formulaires ouverts 1, 2" in text
    assert "10 formulaires fermés" in text
    assert "Des thèmes fournis disparaissent" in text
    assert len(codes(session)) == 10

    done = organiser.post(f"{sent.location}/confirmer", form_in(page, "confirmer"))
    assert done.status_code == 303
    assert codes(session) == ["1", "2"]
    assert kept(session) == []
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "plan_imported")).one()
    assert event.details["measures_new"] == 2
    assert event.details["measures_absent"] == 10
    again = organiser.post(f"{sent.location}/confirmer", form_in(page, "confirmer"))
    assert again.status_code == organiser.get(sent.location).status_code == 404
    assert "Ce fichier n'est plus là" in visible_text(again)


def test_what_changes_is_said_field_by_field(organiser, session, tmp_path):
    apply(session, plan_of("1", "2"), AT)

    sent = send_draft(organiser, tmp_path, plan_of("1", "3", title="Accueillir"))
    text = visible_text(organiser.get(sent.location))

    assert "1 mesure modifiée 1 Accueillir change : intitulé" in text
    assert "1 mesure nouvelle 3 Accueillir" in text
    assert "1 mesure absente du fichier, retirée 2 Former l'accueil" in text
    assert "Aucun tour n'est ouvert" in text


def test_changed_text_is_shown_word_by_word(organiser, session, tmp_path):
    apply(session, plan_of("1", title="Former l'accueil de nuit"), AT)

    sent = send_draft(organiser, tmp_path, plan_of("1", title="Former l'accueil de jour"))
    page = organiser.get(sent.location)

    assert "Former l'accueil de [enlevé : nuit ] [ajouté : jour ]" in visible_text(page)


def test_reason_of_a_new_wording_is_asked_before_it_is_confirmed(organiser, session, tmp_path):
    apply(session, plan_of("1", "2"), AT)
    explained = make_indicator_draft("2.1", label={"fr": "Dit"}, reason="Dit par le fichier")
    sent = send_draft(
        organiser,
        tmp_path,
        make_draft(
            make_measure_draft("1", make_indicator_draft("1.1", label={"fr": "Autre"})),
            make_measure_draft("2", explained),
        ),
    )
    page = organiser.get(sent.location)

    assert "Pour 1 indicateur que le fichier reformule sans motif" in text_of(page)
    fields = form_in(page, "confirmer") | {"reason": "Plus clair"}
    stale = organiser.post(f"{sent.location}/confirmer", fields | {"shown": "x"})
    assert 'value="Plus clair"' in stale.text
    unexplained = organiser.post(f"{sent.location}/confirmer", fields | {"reason": " "})
    assert unexplained.status_code == 409
    assert "Le motif manque" in text_of(unexplained)
    assert measure_by_code(session, "1").indicators[0].version.reason is None
    organiser.post(f"{sent.location}/confirmer", fields)

    reasons = {
        code: measure_by_code(session, code).indicators[0].version.reason for code in ("1", "2")
    }
    assert reasons == {"1": "Plus clair", "2": "Dit par le fichier"}


def test_file_lacking_many_measures_asks_for_their_number(organiser, session, tmp_path):
    apply(session, plan_of(*map(str, range(1, 12))), AT)
    sent = send_draft(organiser, tmp_path, plan_of(*map(str, range(1, 10))))
    page = organiser.get(sent.location)
    fields = form_in(page, "confirmer")
    assert "2 mesures ne sont pas dans ce fichier" in visible_text(page)

    for typed in ("", "1", "deux"):
        refused = organiser.post(f"{sent.location}/confirmer", fields | {"gone": typed})
        assert refused.status_code == 409
        assert "Le nombre manque" in visible_text(refused)
        assert len(codes(session)) == 11

    assert organiser.post(f"{sent.location}/confirmer", fields | {"gone": " 2 "}).status_code == 303
    assert len(codes(session)) == 9


def test_file_lacking_a_tenth_is_confirmed_as_it_is(organiser, session, tmp_path):
    apply(session, plan_of(*map(str, range(1, 11))), AT)
    sent = send_draft(organiser, tmp_path, plan_of(*map(str, range(1, 10))))
    page = organiser.get(sent.location)

    assert 'name="gone"' not in page.get_data(as_text=True)
    assert organiser.post(f"{sent.location}/confirmer", form_in(page, "confirmer")).location


def test_contributions_to_what_is_renewed_or_closed_are_counted(
    organiser, client, session, tmp_path, opened
):
    contribute(client, session, "T7")

    sent = send_draft(organiser, tmp_path, plan_of("1"))
    text = visible_text(organiser.get(sent.location))

    assert "1 contribution déjà reçue reste avec la version à laquelle elle a répondu" in text
    assert "T7" not in text.split("Des thèmes fournis disparaissent")[1].split(":")[0]


def test_giving_up_forgets_the_file_and_changes_nothing(organiser, session, tmp_path):
    apply(session, plan_of("1"), AT)
    sent = send_draft(organiser, tmp_path, plan_of("2"))
    page = organiser.get(sent.location)

    organiser.post(f"{sent.location}/renoncer", form_in(page, "renoncer"))

    assert codes(session) == ["1"]
    assert kept(session) == []


def test_preview_of_a_file_that_is_given_up_while_it_is_made_is_displayed(
    organiser, tmp_path, monkeypatch
):
    sent = send_draft(organiser, tmp_path, plan_of("1"))
    group = import_views.groups_of

    def give_up_then_group(changes, **options):
        with Session(db.engine) as other, writing(other):
            other.execute(sa.delete(SentSheet))
        return group(changes, **options)

    monkeypatch.setattr(import_views, "groups_of", give_up_then_group)

    page = organiser.get(sent.location)

    assert page.status_code == 200
    assert "« plan.xlsx » se lit sans erreur" in visible_text(page)


def test_unchanged_file_changes_nothing(organiser, session, tmp_path):
    apply(session, plan_of("1"), AT)
    session.commit()

    sent = send_draft(organiser, tmp_path, draft_of(session))
    page = text_of(organiser.get(sent.location))

    assert "rien ne change" in page
    assert "Confirmer" not in page


def test_plan_edited_meanwhile_is_shown_again_before_it_is_overwritten(
    organiser, session, tmp_path
):
    apply(session, plan_of("1", "2"), AT)
    sent = send_draft(organiser, tmp_path, plan_of("1", "2", title="Accueillir"))
    previewed = form_in(organiser.get(sent.location), "confirmer")
    apply(session, plan_of("1", "2", title="Écouter"), AT)
    session.commit()

    again = organiser.post(f"{sent.location}/confirmer", previewed)

    assert again.status_code == 409
    assert "Le plan a changé entre-temps" in text_of(again)
    session.expire_all()
    assert measure_by_code(session, "1").title["fr"] == "Écouter"
    organiser.post(f"{sent.location}/confirmer", form_in(again, "confirmer"))
    session.expire_all()
    assert measure_by_code(session, "1").title["fr"] == "Accueillir"


def test_answers_that_arrive_meanwhile_do_not_hold_up_a_confirmation(
    organiser, client, session, tmp_path, opened
):
    contribute(client, session, "T7")
    sent = send_draft(organiser, tmp_path, plan_of("1"))
    page = organiser.get(sent.location)
    contribute(client, session, "T7")

    again = organiser.get(sent.location)
    done = organiser.post(f"{sent.location}/confirmer", form_in(page, "confirmer"))

    assert "1 contribution déjà reçue" in visible_text(page)
    assert "2 contributions déjà reçues" in visible_text(again)
    assert done.status_code == 303


def test_confirmation_of_nothing_shown_changes_nothing(organiser, session, tmp_path):
    sent = send_draft(organiser, tmp_path, plan_of("1"))
    organiser.get(sent.location)

    assert organiser.post(f"{sent.location}/confirmer", {"shown": ""}).status_code == 409
    assert codes(session) == []


def test_faults_are_a_table_and_the_file_comes_back_marked(organiser, session, tmp_path):
    path = write_plan(tmp_path / "plan.xlsx", [changed(MEASURE_ROW, title=None, summary=12)])
    page = send(organiser, path.read_bytes())

    text = visible_text(page)
    assert page.status_code == 422
    assert "2 erreurs dans ce fichier : rien n'a été importé" in text
    assert "Mesures 2 Intitulé la cellule est vide Remplissez-la." in text

    given = organiser.get(marked_in(page))
    sheets = openpyxl.load_workbook(io.BytesIO(given.data))
    sheet = sheets["Mesures"]
    assert "plan-a-corriger.xlsx" in given.headers["Content-Disposition"]
    red = [cell.coordinate for row in sheet for cell in row if cell.fill.fgColor.rgb == RED]
    assert red == ["D2", "E2"]
    assert "Remplissez-la." in sheet["D2"].comment.text
    assert codes(session) == []


def test_marked_file_is_taken_once_corrected(organiser, session, tmp_path):
    path = write_plan(tmp_path / "plan.xlsx", [changed(MEASURE_ROW, title=None)])
    given = organiser.get(marked_in(send(organiser, path.read_bytes())))
    sheets = openpyxl.load_workbook(io.BytesIO(given.data))
    sheets["Mesures"]["D2"] = "Former l'accueil"
    corrected = io.BytesIO()
    sheets.save(corrected)

    again = send(organiser, corrected.getvalue(), "plan-a-corriger.xlsx")
    page = organiser.get(again.location)
    organiser.post(f"{again.location}/confirmer", form_in(page, "confirmer"))

    assert codes(session) == ["1"]


def test_hundreds_of_faults_are_all_counted_and_the_first_are_shown(organiser, session, tmp_path):
    rows = [changed(MEASURE_ROW, code=str(number), title=None) for number in range(600)]
    path = write_plan(tmp_path / "plan.xlsx", rows, [])

    page = send(organiser, path.read_bytes())

    assert "600 erreurs" in text_of(page)
    assert "Voici les 500 premières." in visible_text(page)
    assert text_of(page).count("la cellule est vide") == 500


def test_refused_file_is_given_up_or_previewed_with_its_errors(organiser, session, tmp_path):
    path = write_plan(tmp_path / "plan.xlsx", [changed(MEASURE_ROW, title=None)])
    page = send(organiser, path.read_bytes())
    address = marked_in(page).removesuffix("/annote")

    again = organiser.get(address)
    assert again.status_code == 422
    assert "1 erreur dans ce fichier" in visible_text(again)
    assert organiser.post(f"{address}/confirmer", {"shown": "x"}).status_code == 409
    assert len(kept(session)) == 1

    organiser.post(f"{address}/renoncer", form_in(page, "renoncer"))

    assert kept(session) == []


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "plan.xlsx", "est vide"),
        (b"%PDF-1.7 ...", "plan.pdf", "n'est pas un classeur connu"),
        (b"PK\x03\x04 nonsense", "plan.xlsx", "abîmé"),
        pytest.param(
            b"Code;" + b"x" * 131_073, "plan.csv", "ligne 1 : une cellule dépasse 131", id="endless"
        ),
    ],
)
def test_unreadable_file_is_refused_at_its_field_and_not_kept(
    organiser, session, content, name, sentence
):
    page = send(organiser, content, name)

    assert page.status_code == 422
    assert sentence in text_of(page)
    assert 'aria-invalid="true"' in text_of(page)
    assert kept(session) == []


def test_form_without_a_file_asks_for_one(organiser):
    organiser.get(f"{ROOM}/import")

    page = organiser.post(f"{ROOM}/import")

    assert page.status_code == 422
    assert "Choisissez le fichier" in text_of(page)


def test_too_big_file_is_told_so_at_its_field(app, organiser, session):
    app.config["MAX_CONTENT_LENGTH"] = 100_000

    page = send(organiser, b"x" * 200_000)

    assert page.status_code == 413
    assert "dépasse 4 Mo" in text_of(page)
    assert kept(session) == []


def test_name_of_a_file_is_only_a_name(organiser, session, tmp_path):
    path = tmp_path / "plan.xlsx"
    write_draft(plan_of("1"), path, Format.XLSX)

    sent = send(organiser, path.read_bytes(), "../../<script>é.xlsx")

    assert organiser.get(sent.location).status_code == 200
    assert "/" not in kept(session)[0].filename
    assert "<script>" not in text_of(organiser.get(sent.location))


def test_sent_file_is_its_sender_s_alone_and_for_a_day(organiser, app, session, tmp_path):
    other = signed_in(app, session, "max@association.fr", Role.ORGANISER)
    moderator = signed_in(app, session, "relit@association.fr", Role.MODERATOR)
    address = send_draft(organiser, tmp_path, plan_of("1")).location
    previewed = form_in(organiser.get(address), "confirmer")

    for browser, status in ((other, 404), (moderator, 403), (Browser(app), 303)):
        assert browser.get(address).status_code == status
        assert browser.get(f"{address}/annote").status_code == status
    other.get(ROOM)
    token = {"csrf_token": other.token}
    assert other.post(f"{address}/confirmer", previewed | token).status_code == 404
    assert other.post(f"{address}/renoncer", token).status_code == 404
    assert codes(session) == []
    assert organiser.get(address).status_code == 200
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        organiser.enter("lou@association.fr")
        assert organiser.get(ROOM).status_code == 200
        assert organiser.get(address).status_code == 404


def test_hostile_title_in_a_file_stays_a_text(organiser, session, tmp_path):
    hostile = "=1+1 <script>alert(1)</script>"
    sent = send_draft(organiser, tmp_path, plan_of("1", title=hostile))
    page = organiser.get(sent.location)
    assert "=1+1 &lt;script&gt;" in text_of(page)
    organiser.post(f"{sent.location}/confirmer", form_in(page, "confirmer"))

    given = organiser.get(f"{ROOM}/export/xlsx")

    cell = openpyxl.load_workbook(io.BytesIO(given.data))["Mesures"]["D2"]
    assert (cell.value, cell.data_type) == (hostile, "s")


@pytest.mark.parametrize("ending", ["xlsx", "ods", "csv"])
def test_exported_plan_is_the_plan(organiser, session, tmp_path, ending):
    apply(session, plan_of("1", "2"), AT)
    session.commit()
    organiser.get("/organisation/evaluer")
    organiser.post("/organisation/evaluer/commencer")

    given = organiser.get(f"{ROOM}/export/{ending}")
    path = tmp_path / f"plan.{ending}"
    path.write_bytes(given.data)

    assert f".{ending}" in given.headers["Content-Disposition"]
    assert read_plan(path) == draft_of(session)


def test_template_is_given_out_and_no_other_kind(organiser):
    for ending in ("xlsx", "ods", "csv"):
        assert b"EXEMPLE" in organiser.get(f"{ROOM}/modele/{ending}").data or ending != "csv"
        assert organiser.get(f"{ROOM}/modele/{ending}").status_code == 200
    assert organiser.get(f"{ROOM}/modele/pdf").status_code == 404


def test_changes_of_three_hundred_measures_are_shown_in_seconds(
    organiser, session, tmp_path, opened
):
    axes = tuple(AxisDraft(str(number), {"fr": f"Axe {number}"}) for number in range(6))
    big = PlanDraft(
        axes,
        tuple(
            MeasureDraft(
                f"M{number}",
                str(number // 50),
                {"fr": f"Mesure {number}"},
                indicators=tuple(
                    IndicatorDraft(f"M{number}.{rank}", {"fr": "Nombre"}) for rank in range(5)
                ),
            )
            for number in range(300)
        ),
    )
    sent = send_draft(organiser, tmp_path, big)

    started = time.process_time()
    page = organiser.get(sent.location)

    assert time.process_time() - started < 20
    assert "300 mesures nouvelles" in visible_text(page)
    assert "1 500 indicateurs nouveaux" in visible_text(page)
    assert session.scalar(sa.select(sa.func.count()).select_from(Measure)) == 10
