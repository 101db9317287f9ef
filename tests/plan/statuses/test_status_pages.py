"""Assessment pages: the board, the forms and files of the staff, the public timeline."""

import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from openpyxl import load_workbook

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.plan.models import Assessor, Level, MeasureStatus
from consultation.spreadsheets.models import SentSheet
from tests.factories import make_measure
from tests.invitations.builders import Browser
from tests.pages import visible_text
from tests.plan.pages import signed_in, text_of
from tests.statements import selects

ROOM = "/organisation/avancement"
IMPORT = f"{ROOM}/importer-des-evaluations"
HEADER = "Mesure;Évaluateur;Date;Niveau;Éléments;Lien"
HOSTILE = "<script>alert(1)</script> & <b onclick=x>gras</b> {{ 7*7 }} javascript:alert(2)"
FIELDS = {
    "assessor": "state",
    "assessed_on": "2026-06-01",
    "level": "engaged",
    "evidence": "Deux sessions tenues.\n\nUne autre est prévue.",
    "evidence_en": "",
    "source_url": "https://exemple.fr/bilan",
}


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def measure(session):
    return make_measure(session, "T7")


@pytest.fixture
def organiser(app, session):
    return signed_in(app, session, "lou@association.fr", Role.ORGANISER)


def store(session, measure, assessor=Assessor.STATE, day=date(2026, 6, 1), **values):
    values = {"level": Level.ENGAGED} | values
    status = MeasureStatus(measure_id=measure.id, assessor=assessor, assessed_on=day, **values)
    session.add(status)
    session.commit()
    return status


def stored(session):
    return session.scalars(sa.select(MeasureStatus).order_by(MeasureStatus.id)).all()


def actions(session):
    return session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()


def send(browser, *rows, name="avancement.csv", content=None):
    body = content or "\n".join([HEADER, *rows]).encode()
    browser.get(IMPORT)
    return browser.post(IMPORT, {"file": (io.BytesIO(body), name)})


def shown_in(page):
    return re.search(r'name="shown" value="([^"]+)"', page.get_data(as_text=True))[1]


def seen_in(page):
    return re.search(r'name="seen"[^>]* value="([^"]+)"', page.get_data(as_text=True))[1]


def test_organiser_judges_a_measure_corrects_it_and_takes_it_back(organiser, session, measure):
    board = text_of(organiser.get(ROOM))
    assert board.count('hint">pas encore évaluée</span>') == 3
    assert "Aucune évaluation n'est encore enregistrée" in board
    assert f"{ROOM}/T7?evaluateur=collective#add" in board
    chosen = text_of(organiser.get(f"{ROOM}/T7?evaluateur=collective"))
    assert 'selected value="collective"' in chosen
    assert "Aucune évaluation pour l'instant" in chosen

    added = organiser.post(f"{ROOM}/T7", FIELDS)
    assert (added.status_code, added.location) == (303, f"{ROOM}/T7")
    page = text_of(organiser.get(added.location))
    assert '<p class="evidence" dir="auto">Deux sessions tenues.</p>' in page
    assert '<p class="evidence" dir="auto">Une autre est prévue.</p>' in page
    board = text_of(organiser.get(ROOM))
    assert "engagée</span>" in board
    assert "1er juin 2026" in board

    [status] = stored(session)
    address = f"{ROOM}/T7/{status.public_id}"
    seen = seen_in(organiser.get(address))
    organiser.post(address, FIELDS | {"seen": seen, "level": "done", "evidence": "Fini."})
    session.refresh(status)
    assert (status.level, status.evidence) == (Level.DONE, {"fr": "Fini."})

    page = organiser.get(f"{address}/retirer")
    assert "Retirer cette évaluation de la mesure" in text_of(page)
    assert organiser.post(f"{address}/retirer", {"seen": seen_in(page)}).status_code == 303
    assert stored(session) == []
    assert organiser.get(address).status_code == 404
    assert [name for name in actions(session) if name.startswith("status_")] == [
        "status_added",
        "status_changed",
        "status_removed",
    ]


def test_refused_form_keeps_what_was_typed_and_says_why(organiser, session, measure):
    tomorrow = (now() + timedelta(days=2)).date().isoformat()
    organiser.get(f"{ROOM}/T7")

    page = organiser.post(
        f"{ROOM}/T7",
        FIELDS | {"assessed_on": tomorrow, "level": "great", "source_url": "javascript:alert(1)"},
    )

    text = text_of(page)
    assert page.status_code == 422
    assert "n'est pas encore venu" in text
    assert "Choisissez dans la liste." in text
    assert "n'est pas une adresse qui commence par https://" in text
    assert 'href="javascript:' not in text
    assert "Une autre est prévue." in text
    assert '<a href="#source_url">' in text
    assert stored(session) == []


def test_second_assessment_of_the_same_day_is_refused_beside_the_date(organiser, session, measure):
    store(session, measure)
    organiser.get(f"{ROOM}/T7")

    page = organiser.post(f"{ROOM}/T7", FIELDS)

    assert page.status_code == 422
    assert "existe déjà à cette date" in text_of(page)
    assert len(stored(session)) == 1


def test_second_of_two_organisers_sees_both_texts_and_chooses(organiser, app, session, measure):
    status = store(session, measure, evidence={"fr": "Au début."})
    address = f"{ROOM}/T7/{status.public_id}"
    other = signed_in(app, session, "max@association.fr", Role.ORGANISER)
    mine, stored = seen_in(organiser.get(address)), seen_in(other.get(address))
    other.post(address, FIELDS | {"seen": stored, "evidence": "Le texte de Max."})

    page = organiser.post(address, FIELDS | {"seen": mine, "evidence": "Mon texte."})

    text = text_of(page)
    assert page.status_code == 409
    assert "Le texte de Max." in text
    assert "Mon texte.</textarea>" in text
    session.refresh(status)
    assert status.evidence == {"fr": "Le texte de Max."}
    chosen = organiser.post(address, FIELDS | {"seen": seen_in(page), "evidence": "Le nôtre."})
    assert chosen.status_code == 303
    session.refresh(status)
    assert status.evidence == {"fr": "Le nôtre."}


def test_assessment_removed_meanwhile_gives_its_text_back(organiser, session, measure):
    status = store(session, measure)
    address = f"{ROOM}/T7/{status.public_id}"
    seen = seen_in(organiser.get(address))
    session.delete(status)

    page = organiser.post(address, FIELDS | {"seen": seen, "evidence": "Mon texte."})

    assert page.status_code == 409
    assert "vient d'être retirée" in text_of(page)
    assert "Mon texte.</textarea>" in text_of(page)


def test_assessment_changed_meanwhile_is_not_removed_unread(organiser, session, measure):
    status = store(session, measure, evidence={"fr": "Au début."})
    address = f"{ROOM}/T7/{status.public_id}/retirer"
    seen = seen_in(organiser.get(address))
    status.evidence = {"fr": "Tout autre chose."}

    page = organiser.post(address, {"seen": seen})

    assert page.status_code == 409
    assert "Tout autre chose." in text_of(page)
    assert len(stored(session)) == 1


def test_sheet_goes_out_is_filled_in_and_comes_back(organiser, session, measure):
    make_measure(session, "T8")
    store(session, measure, evidence={"fr": "Ouvert."})
    given = organiser.get(f"{ROOM}/classeur-des-evaluations.xlsx")
    assert given.status_code == 200
    assert "avancement-des-mesures.xlsx" in given.headers["Content-Disposition"]
    workbook = load_workbook(io.BytesIO(given.data))
    sheet = workbook["Avancement"]
    sheet["E2"] = "réalisée"
    sheet["D6"], sheet["E6"], sheet["F6"] = date(2026, 2, 3), "non réalisée", "Rien de fait."
    filled = io.BytesIO()
    workbook.save(filled)

    kept = send(organiser, name="../mes évaluations.xlsx", content=filled.getvalue())
    assert kept.status_code == 303
    page = organiser.get(kept.location)
    text = text_of(page)
    assert re.search(r"<b class=\"num\">1</b> nouvelle<", text)
    assert re.search(r"<b class=\"num\">1</b> modifiée<", text)
    assert "Un import ne retire jamais rien" in text
    assert "Rien de fait." in text
    assert [status.level for status in stored(session)] == [Level.ENGAGED]

    done = organiser.post(kept.location, {"shown": shown_in(page)})
    assert (done.status_code, done.location) == (303, ROOM)
    assert "1 évaluation ajoutée, 1 modifiée. Rien n'a été retiré." in text_of(organiser.get(ROOM))
    assert [status.level for status in stored(session)] == [Level.DONE, Level.NOT_DONE]
    assert session.scalars(sa.select(SentSheet)).all() == []
    again = organiser.post(kept.location, {"shown": shown_in(page)})
    assert again.status_code == organiser.get(kept.location).status_code == 404
    assert "l'import n'a été fait qu'une" in text_of(again)
    event = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "statuses_imported")
    ).one()
    assert event.details == {"added": 1, "changed": 1, "unchanged": 0}
    assert "statuses_exported" in actions(session)


@pytest.mark.parametrize("extension", ["xlsx", "ods", "csv"])
def test_sheet_given_out_changes_nothing_when_it_comes_back(organiser, session, measure, extension):
    store(session, measure, evidence={"fr": "=1+1", "en": "+33"}, source_url="https://a.fr/?b=c")
    given = organiser.get(f"{ROOM}/classeur-des-evaluations.{extension}")

    kept = send(organiser, name=f"a.{extension}", content=given.data)

    text = text_of(organiser.get(kept.location))
    assert "il n'y a rien à importer" in text
    assert 'name="shown"' not in text
    assert organiser.post(f"{kept.location}/abandonner").status_code == 303
    assert session.scalars(sa.select(SentSheet)).all() == []


def test_faults_of_a_sheet_are_listed_and_marked_in_it(organiser, session, measure):
    page = send(organiser, "T9;Préfet;31/02/2026;finie;;javascript:alert(1)")

    text = text_of(page)
    assert page.status_code == 422
    assert "5 erreurs dans ce fichier" in text
    for sentence in (
        "aucune mesure en vigueur n'a pour code « T9 »",
        "Écrivez « État »",
        "31/02/2026",
    ):
        assert sentence in text
    assert 'href="javascript:' not in text
    marked = re.search(r'href="([^"]+/erreurs-marquees)"', text)[1]
    given = organiser.get(marked)
    assert given.status_code == 200
    workbook = load_workbook(io.BytesIO(given.data))
    assert "Erreurs" in workbook.sheetnames
    errors = "\n".join(
        str(cell.value) for row in workbook["Erreurs"].iter_rows() for cell in row if cell.value
    )
    assert "T9" in errors
    assert stored(session) == []


def test_missing_or_unreadable_file_is_refused_with_a_sentence_and_not_kept(
    organiser, session, measure
):
    organiser.get(IMPORT)
    missing = organiser.post(IMPORT, {"file": (io.BytesIO(b""), "")})
    unreadable = send(organiser, content=b"%PDF-1.7", name="a.xlsx")
    too_long = send(organiser, content=b"Mesure;" + b"x" * 131_073)

    assert missing.status_code == unreadable.status_code == too_long.status_code == 422
    assert "ligne 1 : une cellule dépasse 131 072 caractères" in text_of(too_long)
    assert 'aria-label="Erreurs du fichier"' not in text_of(too_long)
    assert "Choisissez le fichier des évaluations." in text_of(missing)
    assert "erreurs-marquees" not in text_of(unreadable)
    assert session.scalars(sa.select(SentSheet)).all() == []


def test_import_that_would_do_something_else_by_now_is_shown_again(organiser, session, measure):
    kept = send(organiser, "T7;État;01/06/2026;réalisée;De mon fichier.;")
    previewed = shown_in(organiser.get(kept.location))
    status = store(session, measure, evidence={"fr": "D'une autre main."})

    page = organiser.post(kept.location, {"shown": previewed})

    assert page.status_code == 409
    assert "D'une autre main." in text_of(page)
    assert "De mon fichier." in text_of(page)
    session.refresh(status)
    assert status.level is Level.ENGAGED
    assert organiser.post(kept.location, {"shown": shown_in(page)}).status_code == 303
    session.refresh(status)
    assert status.level is Level.DONE


def test_measure_retired_before_the_confirmation_stops_the_import(organiser, session, measure):
    kept = send(organiser, "T7;État;01/06/2026;réalisée;;")
    previewed = shown_in(organiser.get(kept.location))
    measure.retired_at = now()

    page = organiser.post(kept.location, {"shown": previewed})

    assert page.status_code == 409
    assert "aucune mesure en vigueur" in text_of(page)
    assert stored(session) == []


def test_kept_file_is_its_sender_s_alone_and_for_a_day(organiser, app, session, measure):
    kept = send(organiser, "T7;État;01/06/2026;réalisée;;").location
    other = signed_in(app, session, "max@association.fr", Role.ORGANISER)
    other.get(ROOM)

    assert other.get(kept).status_code == 404
    assert other.post(kept, {"shown": "x"}).status_code == 404
    assert other.post(f"{kept}/abandonner").status_code == 404
    assert organiser.get(kept).status_code == 200
    session.execute(sa.update(SentSheet).values(sent_at=now() - timedelta(days=2)))
    assert organiser.get(kept).status_code == 404
    assert stored(session) == []


def test_strangers_find_nothing_and_other_colleagues_are_told_so(app, session, measure):
    status = store(session, measure)
    colleague = signed_in(app, session, "ana@association.fr", Role.MODERATOR)
    stranger = Browser(app)
    stranger.get("/connexion")
    colleague.get("/connexion/mot-de-passe")
    addresses = [
        ("GET", ROOM), ("GET", f"{ROOM}/T7"), ("POST", f"{ROOM}/T7"),
        ("GET", f"{ROOM}/classeur-des-evaluations.xlsx"), ("GET", IMPORT), ("POST", IMPORT),
        *(
            (method, path)
            for path in (
                f"{ROOM}/T7/{status.public_id}", f"{ROOM}/T7/{status.public_id}/retirer",
                f"{IMPORT}/x",
            )
            for method in ("GET", "POST")
        ),
        ("GET", f"{IMPORT}/x/erreurs-marquees"), ("POST", f"{IMPORT}/x/abandonner"),
    ]  # fmt: skip

    for method, path in addresses:
        unknown = 303 if method == "GET" else 404
        for browser, expected in ((stranger, unknown), (colleague, 403)):
            page = browser.get(path) if method == "GET" else browser.post(path, FIELDS)
            assert page.status_code == expected, (method, path)
    assert len(stored(session)) == 1


def test_empty_plan_says_what_to_do_and_unknown_things_are_not_there(organiser, session):
    assert "Aucune mesure à suivre" in text_of(organiser.get(ROOM))

    make_measure(session, "T7")
    for path in ("T9", "T7/inconnu", "classeur-des-evaluations.pdf"):
        assert organiser.get(f"{ROOM}/{path}").status_code == 404


def test_retired_measure_keeps_its_page_among_the_staff(organiser, session, measure):
    store(session, measure)
    measure.retired_at = now()

    page = text_of(organiser.get(f"{ROOM}/T7"))

    assert "Cette mesure est retirée du plan" in page
    assert "engagée" in page
    assert "T7" not in text_of(organiser.get(ROOM)).split("</header>")[1]


def test_everybody_reads_where_a_measure_stands_and_how_it_came_there(client, session, measure):
    store(session, measure, day=date(2025, 6, 27), level=Level.NOT_ENGAGED)
    store(
        session, measure, day=date(2026, 6, 1), evidence={"fr": "Ouvert.\n\nIci.", "en": "Open."},
        source_url="https://exemple.fr/bilan",
    )  # fmt: skip
    store(session, measure, Assessor.RAPPORTEUR, date(2026, 3, 1), level=Level.PARTLY_DONE)

    text = text_of(client.get("/mesures/T7"))

    current, history = text.split("Les évaluations dans le temps</h2>")
    assert "L'État</h3>" in current
    assert "engagée</span>" in current
    assert "non engagée" not in current
    assert '<p class="evidence" dir="auto">Ouvert.</p>' in current
    assert '<a href="https://exemple.fr/bilan" rel="noreferrer">Source : exemple.fr</a>' in current
    assert re.findall(r'<time datetime="([^"]+)"', history) == [
        "2026-06-01",
        "2026-03-01",
        "2025-06-27",
    ]
    english = text_of(client.get("/en/mesures/T7"))
    assert "Open." in english
    assert "Ouvert." not in english


def test_french_text_on_an_english_page_says_that_it_is_french(client, session, measure):
    store(session, measure, evidence={"fr": "Ouvert."})

    assert '<div lang="fr">' in client.get("/en/mesures/T7").text
    assert '<div lang="fr">' not in client.get("/mesures/T7").text


def test_one_assessment_has_no_history_and_none_has_a_light_sentence(client, session, measure):
    assert "Aucune évaluation publiée." in text_of(client.get("/mesures/T7"))

    store(session, measure)

    page = text_of(client.get("/mesures/T7"))
    assert "Aucune évaluation n'est encore" not in page
    assert "Les évaluations dans le temps" not in page


def test_hostile_text_is_shown_as_text(client, organiser, session, measure):
    organiser.get(f"{ROOM}/T7")
    organiser.post(f"{ROOM}/T7", FIELDS | {"evidence": HOSTILE})

    page = client.get("/mesures/T7").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b onclick=x&gt;" in page
    assert "{{ 7*7 }}" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in organiser.get(f"{ROOM}/T7").text


def test_assessments_cost_the_public_page_no_query_more(client, session, measure):
    with selects() as before:
        client.get("/mesures/T7")
    for day in range(1, 20):
        store(session, measure, day=date(2026, 1, day), evidence={"fr": "Texte."})
        store(session, measure, Assessor.COLLECTIVE, date(2026, 1, day))

    with selects() as after:
        client.get("/mesures/T7")

    assert 0 < len(after) <= len(before)


def test_today_is_that_of_paris(organiser, session, measure):
    with time_machine.travel(datetime(2026, 6, 30, 22, 30, tzinfo=UTC), tick=False):
        organiser.enter("lou@association.fr")
        organiser.get(f"{ROOM}/T7")
        page = organiser.post(f"{ROOM}/T7", FIELDS | {"assessed_on": "2026-07-01"})

    assert page.status_code == 303
    assert [status.assessed_on for status in stored(session)] == [date(2026, 7, 1)]


def squares(text, assessor):
    """The squares of an assessor's strip, as address, sign and words."""
    strip = re.search(rf'<ul class="strip"[^>]*aria-label="{assessor},.*?</ul>', text, re.DOTALL)[0]
    square = r'<a class="level ([\w-]+)"\s+href="([^"]+)" tabindex="-1"[^>]*><span[^>]*>([^<]+)<'
    return re.findall(square, strip)


def test_strip_has_a_square_for_each_measure_and_assessor(organiser, client, session, measure):
    make_measure(session, "T8")
    store(session, measure, Assessor.STATE, level=Level.ENGAGED)
    store(session, measure, Assessor.STATE, date(2026, 7, 1), level=Level.PARTLY_DONE)

    board = text_of(organiser.get("/organisation/avancement"))
    listed = visible_text(client.get("/mesures"))

    assert squares(board, "État") == [
        ("partly-done", "/organisation/avancement/T7", "T7 : partiellement réalisée"),
        ("unjudged", "/organisation/avancement/T8", "T8 : pas encore évaluée"),
    ]
    assert [sign for sign, *_rest in squares(board, "Collectif")] == ["unjudged", "unjudged"]
    assert "L'État : partiellement réalisée" in listed
    assert "L'État : pas encore évaluée" in listed
    assert "Le collectif :" not in listed


def test_public_list_says_where_a_measure_stands(client, session, measure):
    before = client.get("/mesures").text
    store(session, measure, Assessor.COLLECTIVE, level=Level.NOT_DONE)

    listed = client.get("/mesures")

    assert 'class="level' not in before
    assert 'class="level not-done"><span class="hidden">' in listed.text
    assert "Le collectif : non réalisée" in visible_text(listed)
