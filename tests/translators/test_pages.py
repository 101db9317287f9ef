"""Pages of a language: its list, the sheet for a translator, its return, and what ships."""

import io
import re

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.collective.models import SiteTextKind
from consultation.invitations.mailings import message
from consultation.invitations.models import Mailing, MailingState
from consultation.plan.models import IndicatorVersion
from consultation.plan.queries import measure_by_code
from consultation.questionnaires.models import Questionnaire, Round
from consultation.questionnaires.outline import store
from consultation.spreadsheets.models import SentSheet
from consultation.translators.texts import Kind, State
from consultation.translators.views import address_of
from tests.collective.builders import write_site
from tests.pages import visible_text
from tests.plan.pages import signed_in, text_of
from tests.questionnaires.outline_builders import DEFAULT, with_question
from tests.questionnaires.rounds.builders import organiser_of, prepare
from tests.translators.builders import FRENCH, csv_of, furnish, rows_of, walk

PAGE = "/organisation/site/langues/en"
IMPORT = f"{PAGE}/importer"
TRANSLATION, RIGHT, REFERENCE = "Traduction", "Convient encore", "Référence"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def actor(session):
    return organiser_of(session, "nour@association.fr")


@pytest.fixture
def organiser(app, session, actor):
    furnish(session, actor)
    return signed_in(app, session, "lou@association.fr", Role.ORGANISER)


def sheet_of(browser, which="textes-reste"):
    return rows_of(browser.get(f"{PAGE}/{which}.csv").data)


def row_of(rows, start):
    return next(it for it in rows if it[REFERENCE].startswith(f"en#{start}#"))


def send(browser, rows, name="retour.csv", address=IMPORT):
    content = rows if isinstance(rows, bytes) else csv_of(rows)
    browser.get(address)
    return browser.post(address, {"file": (io.BytesIO(content), name)})


def confirm(browser, kept):
    page = browser.get(kept.location)
    shown = re.search(r'name="shown" value="([^"]+)"', page.text)
    return page, browser.post(kept.location, {"shown": shown[1] if shown else ""})


def line_of(session, reference, tag="en"):
    stored = walk(session)
    return stored.line(stored.by_reference[reference], tag)


def last_event(session):
    session.rollback()
    return session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()


def test_page_says_what_lacks_and_each_line_leads_to_its_page(app, organiser, session):
    page = organiser.get(PAGE)

    lacking = sum(it.state is State.LACKING for it in walk(session).lines("en"))
    assert f"{lacking} textes manquent en anglais." in visible_text(page)
    assert "/organisation/site/aide" in page.text
    listed = organiser.get(f"{PAGE}?etat=traduit&page=9")
    targets = re.findall(r'<th scope="row"><a href="([^"]+)"', page.text + listed.text)
    kinds = {it.kind: it for it in walk(session).listed}
    with app.test_request_context():
        targets += [address_of(it) for it in kinds.values()]
    assert {organiser.get(it).status_code for it in targets} == {200}


def test_list_is_narrowed_by_state_and_place(organiser):
    of_plan = organiser.get(f"{PAGE}?etat=traduit&endroit=3")

    assert "Mesure T7" in text_of(of_plan)
    assert "/organisation/site/aide" not in of_plan.text
    assert "Aucun texte n'est dans ce cas" in visible_text(organiser.get(f"{PAGE}?etat=change"))


@pytest.mark.parametrize("tag", ["fr", "xx", "retirer"])
def test_language_that_the_site_does_not_have_has_no_page(organiser, tag):
    for address in ("", "/importer", "/textes-reste.csv"):
        assert organiser.get(f"/organisation/site/langues/{tag}{address}").status_code == 404


def test_site_without_a_text_says_what_to_do(app, session):
    browser = signed_in(app, session, "lou@association.fr", Role.ORGANISER)

    said = visible_text(browser.get(PAGE))

    assert "Aucun texte n'est encore écrit en français" in said
    assert "Écrire les textes du collectif" in said


def test_stale_translation_shows_what_changed_and_is_kept_where_it_is_right(
    organiser, session, actor
):
    write_site(session, actor, SiteTextKind.HOST, fr="Chez nous", en="Here")
    write_site(session, actor, SiteTextKind.HOST, 1, fr="Chez eux", en="Here")

    page = organiser.get(f"{PAGE}?etat=change")
    sent = dict(re.findall(r'name="(reference|french)" value="([^"]+)"', page.text))
    done = organiser.post(f"{PAGE}/convient", sent)

    assert ", 1 a changé en français." in visible_text(page)
    assert re.search(r"<del>.*nous.*</del>\s*<ins>.*eux", page.text)
    assert done.status_code == 303
    assert line_of(session, "site/host").state is State.CURRENT
    event = last_event(session)
    assert event.action == "translation_confirmed"
    assert event.details == {"language": "en", "text": "L'hébergeur"}


@pytest.mark.parametrize(
    "sent", [{}, {"reference": "site/host", "french": "x"}, {"reference": "\u202e" * 10_000}]
)
def test_translation_of_a_text_that_changed_meanwhile_is_not_kept(organiser, session, actor, sent):
    write_site(session, actor, SiteTextKind.HOST, fr="Chez nous", en="Here")
    write_site(session, actor, SiteTextKind.HOST, 1, fr="Chez eux", en="Here")

    page = organiser.post(f"{PAGE}/convient", sent)

    assert page.status_code == 409
    assert "Rien n'a été enregistré" in visible_text(page)
    assert line_of(session, "site/host").state is State.STALE


@pytest.mark.parametrize("ending", ["xlsx", "ods", "csv"])
def test_sheet_given_out_changes_nothing_when_it_comes_back(organiser, session, actor, ending):
    write_site(session, actor, SiteTextKind.HOST, fr="=1+1\r\nà côté", en="+33 \u202eHere")
    given = organiser.get(f"{PAGE}/textes-tous.{ending}")

    kept = send(organiser, given.data, f"a.{ending}")

    said = visible_text(organiser.get(kept.location))
    assert "Il n'y a rien à reprendre." in said
    assert "0 laissée de côté" in said
    assert organiser.post(f"{kept.location}/abandonner").location == PAGE
    assert session.scalars(sa.select(SentSheet)).all() == []


def test_sheet_has_the_french_beside_and_what_it_was(organiser, session, actor):
    write_site(session, actor, SiteTextKind.HOST, fr="Chez nous", en="Here")
    write_site(session, actor, SiteTextKind.HOST, 1, fr="Chez eux", en="Here")

    data = organiser.get(f"{PAGE}/textes-reste.xlsx").data
    sheet = load_workbook(io.BytesIO(data))["Traductions"]
    header, *rows = sheet.iter_rows(values_only=True)
    host = next(it for it in rows if "#site/host#" in it[-1])

    assert header[:5] == ("Où", "Champ", "Français", "Traduction", "Remarque")
    assert host[:6] == (
        "L'hébergeur",
        "Texte",
        "Chez eux",
        "Here",
        "Le français a changé",
        "Chez nous",
    )
    assert all(not it[3] or it[4] for it in rows)
    assert last_event(session).action == "translations_exported"


def test_sheet_comes_back_with_a_translation_of_each_kind(organiser, session):
    round_ = session.query(Round).one()
    with_label = with_question(DEFAULT, "stance", label={"fr": "Et lui ?"})
    store.change(session(), round_, lambda _before: with_label, round_.opens_at)
    measure = measure_by_code(session, "T7")
    measure.summary, measure.axis.title = {"fr": "Loger."}, {"fr": "Un axe"}
    measure.indicators[0].version.unit = {"fr": "places"}
    round_.title = {"fr": "Le tour"}
    session.commit()
    forms = session.query(Questionnaire).count()
    rows = sheet_of(organiser)
    wanted = {
        "site/help": "In the morning.\n\nIn the evening.",
        "tour/tour-1/title": "The round",
        "questionnaire/tour-1/question/stance/label": "And this one?",
        "axe/T/title": "An axis",
        "mesure/T7/summary": "To house.",
        "indicateur/T7.1/unit": "beds",
    }
    for reference, text in wanted.items():
        row_of(rows, reference)[TRANSLATION] = text

    page, done = confirm(organiser, send(organiser, rows))

    assert re.search(r'<b class="num">6</b> ajoutées', page.text)
    assert "est ouvert" in visible_text(page)
    assert (done.status_code, done.location) == (303, PAGE)
    assert "6 traductions ajoutées, 0 corrigée." in visible_text(organiser.get(PAGE))
    stored = walk(session)
    assert {it: stored.by_reference[it].content["en"] for it in wanted} == wanted
    assert stored.by_reference["site/help"].french == FRENCH
    assert session.query(Questionnaire).count() > forms
    reasons = session.scalars(sa.select(IndicatorVersion.reason)).all()
    assert "Une traduction est écrite ou revue ; le français ne change pas." in reasons
    event = last_event(session)
    assert event.action == "translations_imported"
    assert event.details == {
        "language": "en", "added": 6, "changed": 0, "unchanged": len(rows) - 6, "confirmed": 0,
        "older": 0,
    }  # fmt: skip


def test_title_of_a_round_whose_dates_would_be_refused_by_now_is_translated(
    organiser, session, actor
):
    prepared = prepare(session, actor, now(), code="suite", opens_in=40)
    prepared.title = {"fr": "La suite"}
    session.query(Round).filter_by(code="tour-1").one().closes_at = prepared.closes_at
    session.commit()
    rows = sheet_of(organiser)
    row_of(rows, "tour/suite/title")[TRANSLATION] = "What follows"

    _page, done = confirm(organiser, send(organiser, rows))

    assert done.status_code == 303
    assert walk(session).by_reference["tour/suite/title"].content["en"] == "What follows"


def test_text_of_a_round_that_ships_gets_its_first_version(organiser, session):
    rows = sheet_of(organiser, "textes-tous")
    row_of(rows, "texte-du-tour/tour-1/home_title")[TRANSLATION] = "Another title"

    confirm(organiser, send(organiser, rows))

    content = walk(session).by_reference["texte-du-tour/tour-1/home_title"].content
    assert content["en"] == "Another title"
    assert content["fr"].startswith("À quoi verra-t-on")


def test_translation_that_is_corrected_or_still_right_is_stale_no_more(organiser, session, actor):
    for kind in (SiteTextKind.HOST, SiteTextKind.PUBLISHER):
        write_site(session, actor, kind, fr=f"{kind} nous", en=f"{kind} us")
        write_site(session, actor, kind, 1, fr=f"{kind} eux", en=f"{kind} us")
    rows = sheet_of(organiser)
    row_of(rows, "site/host")[TRANSLATION] = "Them"
    row_of(rows, "site/publisher")[RIGHT] = "Oui"

    page, _done = confirm(organiser, send(organiser, rows))

    assert re.search(r'<b class="num">1</b> corrigée<', page.text)
    assert re.search(r'<b class="num">1</b> convient encore<', page.text)
    assert line_of(session, "site/host").state is State.CURRENT
    assert line_of(session, "site/publisher").state is State.CURRENT


def test_row_whose_french_changed_is_left_aside_with_both_texts(organiser, session, actor):
    rows = sheet_of(organiser)
    row_of(rows, "site/help")[TRANSLATION] = "In the morning."
    write_site(session, actor, SiteTextKind.HELP, 1, fr="À midi.")

    page, done = confirm(organiser, send(organiser, rows))

    said = visible_text(page)
    assert "Laissées de côté : le français a changé" in said
    assert "Le matin." in said
    assert "À midi." in said
    assert done.status_code == 303
    assert "1 ligne laissée de côté" in visible_text(organiser.get(PAGE))
    assert "en" not in walk(session).by_reference["site/help"].content


def test_row_whose_french_changed_is_taken_as_stale_where_a_person_agrees(
    organiser, session, actor
):
    rows = sheet_of(organiser)
    row_of(rows, "site/help")[TRANSLATION] = "In the morning."
    write_site(session, actor, SiteTextKind.HELP, 1, fr="À midi.")

    kept = send(organiser, rows)
    shown = re.search(r'name="shown" value="([^"]+)"', organiser.get(kept.location).text)[1]
    organiser.post(kept.location, {"shown": shown, "older": "1"})

    line = line_of(session, "site/help")
    assert (line.state, line.translation) == (State.STALE, "In the morning.")
    assert line.earlier == "Le matin. Le soir."
    assert "0 corrigée, 1 à revoir." in visible_text(organiser.get(PAGE))
    assert last_event(session).details["older"] == 1


def test_row_that_somebody_translated_meanwhile_is_left_aside_with_both(organiser, session, actor):
    rows = sheet_of(organiser)
    row_of(rows, "site/help")[TRANSLATION] = "From the sheet"
    write_site(session, actor, SiteTextKind.HELP, 1, fr=FRENCH, en="From the page")

    page, _done = confirm(organiser, send(organiser, rows))

    said = visible_text(page)
    assert "Laissées de côté : traduites entre-temps" in said
    assert "From the sheet" in said
    assert walk(session).by_reference["site/help"].content["en"] == "From the page"


def test_row_that_the_translator_left_as_it_was_does_not_undo_a_later_one(
    organiser, session, actor
):
    write_site(session, actor, SiteTextKind.HOST, fr="Ici", en="Here")
    rows = sheet_of(organiser, "textes-tous")
    write_site(session, actor, SiteTextKind.HOST, 1, fr="Ici", en="Right here")

    page, _done = confirm(organiser, send(organiser, rows))

    assert "0 laissée de côté" in visible_text(page)
    assert walk(session).by_reference["site/host"].content["en"] == "Right here"


def test_row_of_a_text_that_is_gone_is_left_aside(organiser, session, actor):
    write_site(session, actor, SiteTextKind.HOST, fr="Ici")
    rows = sheet_of(organiser)
    row_of(rows, "site/host")[TRANSLATION] = "Here"
    write_site(session, actor, SiteTextKind.HOST, 1, fr=" ")

    page = organiser.get(send(organiser, rows).location)

    assert "Laissées de côté : le texte n'est plus là, ou il est parti" in visible_text(page)
    assert re.search(r'<b class="num">1</b> laissée de côté', page.text)


def message_in(session):
    """The reference of the subject of the message that waits, then that of its body."""
    subject, body = (it for it in walk(session).listed if it.kind is Kind.MESSAGE)
    return subject.reference, body.reference


def test_message_is_translated_by_the_sheet_and_leaves_once_both_texts_are(organiser, session):
    subject, body = message_in(session)
    rows = sheet_of(organiser)
    row_of(rows, subject)[TRANSLATION] = "Your view"
    confirm(organiser, send(organiser, rows))
    (mailing,) = session.scalars(sa.select(Mailing)).all()
    with_subject = message.languages(mailing)
    rows = sheet_of(organiser)
    row_of(rows, body)[TRANSLATION] = "Dear {{nom}}, {{lien}}"

    confirm(organiser, send(organiser, rows))
    session.rollback()

    assert (mailing.subject["en"], mailing.body["en"]) == ("Your view", "Dear {{nom}}, {{lien}}")
    assert with_subject == ["fr"]
    assert message.languages(mailing) == ["fr", "en"]


@pytest.mark.parametrize(
    ("translation", "sentence"),
    [
        ("Dear {{nom}}", "Il manque {{lien}}"),
        ("{{lien}} {{name}}", "{{name}} n'est pas un repère possible ici"),
        ("{{lien}} " * 300, "trop lourd pour un courriel"),
    ],
)
def test_translation_that_cannot_leave_is_told_at_its_row(
    organiser, session, translation, sentence
):
    _subject, body = message_in(session)
    rows = sheet_of(organiser)
    row_of(rows, body)[TRANSLATION] = translation

    refused = send(organiser, rows)

    assert refused.status_code == 422
    assert sentence in visible_text(refused)


def test_message_that_left_meanwhile_is_left_aside(organiser, session):
    subject, _body = message_in(session)
    rows = sheet_of(organiser)
    row_of(rows, subject)[TRANSLATION] = "Your view"
    kept = send(organiser, rows)
    session.execute(
        sa.update(Mailing).values(state=MailingState.SENDING, started_at=now(), resumed_at=now())
    )
    session.commit()

    page = organiser.get(kept.location)

    assert "Laissées de côté : le texte n'est plus là, ou il est parti" in visible_text(page)


def test_confirmation_that_comes_too_late_shows_the_preview_anew(organiser, session, actor):
    rows = sheet_of(organiser)
    row_of(rows, "site/help")[TRANSLATION] = "In the morning."
    kept = send(organiser, rows)
    shown = re.search(r'name="shown" value="([^"]+)"', organiser.get(kept.location).text)[1]
    write_site(session, actor, SiteTextKind.HELP, 1, fr="À midi.")

    late = organiser.post(kept.location, {"shown": shown})

    assert late.status_code == 409
    assert "Rien n'a été importé" in visible_text(late)
    assert "en" not in walk(session).by_reference["site/help"].content


@pytest.mark.parametrize(
    ("cells", "refusal"),
    [
        ({REFERENCE: ""}, "la référence manque"),
        ({REFERENCE: "a"}, "« a » n'est pas une référence"),
        ({REFERENCE: "ar#site/help#x#y"}, "cette ligne est d'une feuille en arabe"),
        ({REFERENCE: "x" * 10_000}, "la limite est de"),
        ({TRANSLATION: "x" * 4001}, "4001 caractères, la limite est 4000"),
        ({TRANSLATION: "#REF!"}, "la formule de la cellule donne une erreur"),
        ({RIGHT: "peut-être"}, "« peut-être » n'est ni oui ni non"),
    ],
)
def test_hostile_row_is_refused_at_its_line(organiser, session, cells, refusal):
    rows = [row_of(sheet_of(organiser), "site/help") | {TRANSLATION: "Day"} | cells]

    page = send(organiser, rows)

    assert page.status_code == 422
    assert refusal in visible_text(page)
    assert re.search(r'data-label="Ligne" class="num">2<', page.text)
    assert "en" not in walk(session).by_reference["site/help"].content


def test_text_that_is_on_two_rows_is_refused(organiser):
    row = row_of(sheet_of(organiser), "site/help") | {TRANSLATION: "Day"}

    page = send(organiser, [row, row])

    assert page.status_code == 422
    assert "ce texte est déjà à la ligne 2" in visible_text(page)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("=1+1", "=1+1"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\u202eDay\x00", "\u202eDay"),
        ("2026", "2026"),
    ],
)
def test_hostile_cell_is_kept_as_text(organiser, session, typed, stored):
    rows = sheet_of(organiser)
    row_of(rows, "site/help")[TRANSLATION] = typed.replace("\x00", "")

    page, _done = confirm(organiser, send(organiser, rows))

    assert "<script>alert" not in page.text
    assert walk(session).by_reference["site/help"].content["en"] == stored


def test_shipped_translations_fill_in_what_lacks_where_the_french_is_as_shipped(organiser, session):
    round_ = session.query(Round).one()
    bare = with_question(
        with_question(DEFAULT, "stance", label={"fr": DEFAULT.question("stance").label["fr"]}),
        "relevance",
        label={"fr": "Tout autre chose ?"},
    )
    store.change(session(), round_, lambda _before: bare, round_.opens_at)
    session.commit()

    page = organiser.get(PAGE)
    shown = re.search(r'name="shown" value="([^"]+)"', page.text)[1]
    stale = organiser.post(f"{PAGE}/textes-livres", {"shown": "x"})
    done = organiser.post(f"{PAGE}/textes-livres", {"shown": shown})

    assert "Prendre les textes livrés (1)" in visible_text(page)
    assert stale.status_code == 409
    assert done.status_code == 303
    session.rollback()
    outline = store.working(session, session.query(Round).one())
    assert outline.question("stance").label == DEFAULT.question("stance").label
    assert outline.question("relevance").label == {"fr": "Tout autre chose ?"}
    event = last_event(session)
    assert event.action == "shipped_translations_taken"
    assert event.details == {"language": "en", "added": 1}
    assert "Prendre les textes livrés" not in visible_text(organiser.get(PAGE))
