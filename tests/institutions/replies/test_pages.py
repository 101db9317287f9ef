"""Pages of requests for the team, of the institution, and of the public."""

import html
import re
from datetime import date, timedelta

import pytest

from consultation.accounts.audit.queries import AuditEvent
from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.institutions.replies import requests
from consultation.institutions.replies.models import Reply, ReplyRequest
from consultation.mail import suppression
from consultation.mail.models import OutboxMessage, SuppressionReason
from consultation.plan.models import Assessor, Level, MeasureStatus
from consultation.plan.statuses import assessments
from consultation.plan.statuses.assessments import Assessment
from consultation.plan.values.models import MissingBecause, SourceKind, ValuePoint
from consultation.questionnaires.models import Round
from consultation.web.typography import day
from consultation.work.services import Work
from tests.institutions.replies.builders import (
    ADDRESS,
    EVIDENCE,
    INSTITUTION,
    SIGNATURE,
    TEXT,
    act,
    fresh,
    link_to,
    make_over,
    make_reply,
    make_request,
)
from tests.institutions.replies.conftest import STAFF
from tests.institutions.replies.test_requests import report
from tests.pages import straight
from tests.plan.forms import form_in

BOARD = "/organisation/reponses"
COMPOSE = f"{BOARD}/mesures/T7"
FIRST_LINE = TEXT.partition("\n")[0]


def plain(page):
    text = html.unescape(page.text)
    return straight(text)


def typed(**changes):
    return {
        "level": "partly_done",
        "assessed_on": "01/10/2026",
        "evidence": EVIDENCE,
        "institution": INSTITUTION,
        "address": ADDRESS,
        "due_on": f"{in_paris(now()).date() + timedelta(days=20):%d/%m/%Y}",
    } | changes


def preview(staff, **changes):
    """Ask to see what would leave."""
    return staff.post(COMPOSE, form_in(staff.get(COMPOSE), COMPOSE) | typed(**changes))


def send(staff, **changes):
    """Send what the preview shows, or return the form that is refused."""
    page = preview(staff, **changes)
    if page.status_code != 200:
        return page
    return staff.post(COMPOSE, form_in(page, COMPOSE) | {"geste": "envoyer"})


def actions(session):
    session.rollback()
    return [it.action for it in session.query(AuditEvent).order_by(AuditEvent.id)]


def test_form_suggests_the_lead_and_a_last_day_and_ticks_no_value(session, actor, staff):
    report(session, actor)

    page = staff.get(COMPOSE)

    assert 'value="Direction du logement"' in page.text
    today = day(now()).replace("\u00a0", " ")
    assert (
        "T7.1 · mi-parcours : 12,5, selon : État ; source : Rapport ;"
        f" notée le {today} ; pas publique"
    ) in plain(page)
    assert not form_in(page, COMPOSE).get("values")
    due_on = in_paris(now()).date() + timedelta(days=21)
    assert f'value="{due_on.isoformat()}"' in page.text


def test_request_leaves_from_the_page_and_shows_no_address(session, staff):
    page = send(staff)
    shown = staff.get(page.location)

    assert page.status_code == 303
    assert "s…@i….example" in shown.text
    assert ADDRESS not in shown.text
    assert "en attente d'une réponse" in plain(shown).lower()
    assert INSTITUTION in staff.get(BOARD).text
    assert actions(session)[-1] == "reply_asked"


def test_double_click_sends_one_request(session, staff):
    form = form_in(preview(staff), COMPOSE) | {"geste": "envoyer"}

    first, second = staff.post(COMPOSE, form), staff.post(COMPOSE, form)

    assert first.location == second.location
    assert session.query(ReplyRequest).count() == session.query(OutboxMessage).count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"institution": ""}, "Donnez le nom de l'institution"),
        ({"address": "personne"}, "une seule adresse, entière"),
        ({"address": "noreply@exemple.fr"}, "adresse d'un automate"),
        ({"due_on": "31/02/2027"}, "comme 30/06/2027"),
        ({"due_on": "01/01/2020"}, "un jour après aujourd'hui"),
        ({"level": ""}, "Choisissez un niveau"),
        ({"assessed_on": "01/01/2999"}, "n'est pas encore venu"),
        ({"source_url": "javascript:alert(1)"}, "https://"),
        ({"locale": "xx"}, "Choisissez dans la liste"),
        ({"key": "court"}, "Le formulaire a vieilli"),
    ],
)
def test_refusal_stands_at_its_field_and_keeps_what_was_typed(session, staff, changes, sentence):
    page = send(staff, **changes)

    assert page.status_code == 422
    assert sentence in plain(page)
    assert "Jugement secret" in page.text
    assert session.query(ReplyRequest).count() == 0


def test_preview_shows_mail_and_page_whole_and_stores_nothing(session, actor, staff):
    value = report(session, actor)

    page = preview(staff, values=value.public_id)
    text = plain(page)

    assert page.status_code == 200
    assert INSTITUTION.replace("’", "'") in text
    assert ADDRESS in text
    assert "votre réponse est attendue" in text
    assert "https://consultation.example/reponse/exemple" in text
    assert EVIDENCE in text
    assert "12,5" in text
    assert (session.query(ReplyRequest).count(), session.query(OutboxMessage).count()) == (0, 0)


def test_preview_says_that_no_value_is_ticked_and_leads_back_to_what_was_typed(session, staff):
    page = preview(staff)
    again = staff.post(COMPOSE, form_in(page, COMPOSE) | {"geste": "modifier"})

    assert "Aucune valeur n'est cochée" in plain(page)
    assert EVIDENCE in plain(again)
    assert "Voir ce qui partira" in plain(again)


def test_request_is_tried_on_oneself(session, staff):
    page = staff.post(COMPOSE, form_in(preview(staff), COMPOSE) | {"geste": "essayer"})

    (mail,) = session.query(OutboxMessage).all()
    assert page.status_code == 200
    assert mail.recipient == STAFF
    assert "/reponse/exemple" in mail.parameters
    assert session.query(ReplyRequest).count() == 0
    assert actions(session)[-1] == "reply_tried"


def test_request_that_is_not_as_displayed_is_shown_again(session, staff):
    form = form_in(preview(staff), COMPOSE) | {"geste": "envoyer", "institution": "Une autre"}

    page = staff.post(COMPOSE, form)

    assert page.status_code == 409
    assert "a changé depuis l'aperçu" in plain(page)
    assert "Une autre" in plain(page)
    assert session.query(ReplyRequest).count() == 0


def test_request_without_a_mail_server_is_refused(session, app, staff):
    app.config["MAIL_SERVER"] = ""

    page = send(staff)

    assert page.status_code == 409
    assert "CONSULTATION_MAIL_SERVER" in plain(page)
    assert session.query(ReplyRequest).count() == 0


def test_sixth_version_of_a_day_is_refused_and_still_there(session, app, actor, client, traveller):
    row = make_request(session, app, actor)
    for number in range(1, 6):
        assert reply_by(client, row, text=f"Version {number}").status_code == 303

    page = reply_by(client, row, text="Version 6")

    assert page.status_code == 429
    assert "au plus 5 versions" in plain(page)
    assert "Version 6" in plain(page)
    assert fresh(session, row).reply.text == "Version 5"
    traveller.move_to(now() + timedelta(days=1))
    assert reply_by(client, row, text="Version 6").status_code == 303


def test_stopped_address_is_refused_at_its_field(session, staff):
    with writing(session):
        suppression.suppress_address(session, ADDRESS, SuppressionReason.NOT_ME, now())

    page = send(staff)

    assert page.status_code == 422
    assert "n'écrit pas à cette adresse" in plain(page)


def test_value_taken_back_meanwhile_is_said_at_the_list(session, actor, staff):
    page = send(staff, values="inconnue")

    assert page.status_code == 409
    assert "Une valeur cochée vient d'être corrigée ou retirée" in plain(page)


def judge(session, actor, measure, level=Level.DONE, **values):
    """A judgement of the collective on the day of that of the requests, by default another."""
    judgement = Assessment(
        assessor=Assessor.COLLECTIVE, assessed_on=date(2026, 10, 1), level=level, **values
    )
    with writing(session):
        assessments.add(Work(session, actor, now()), session.merge(measure), judgement)


def test_judgement_on_the_day_of_another_is_said_at_its_day(session, actor, measure, staff):
    judge(session, actor, measure)

    page = send(staff)

    assert page.status_code == 409
    assert "Le collectif a une autre évaluation à cette date" in plain(page)
    assert session.query(ReplyRequest).count() == 0


def test_request_is_not_sent_in_a_trial_and_the_preview_stays(session, staff):
    form = form_in(preview(staff), COMPOSE) | {"geste": "envoyer"}
    session.query(Round).update({"is_trial": True})
    session.commit()

    page = staff.post(COMPOSE, form)

    assert page.status_code == 409
    assert "Un essai s'efface en entier" in plain(page)
    assert form_in(page, COMPOSE)["evidence"] == EVIDENCE
    assert session.query(ReplyRequest).count() == 0


def test_opening_the_link_shows_what_is_asked_and_changes_nothing(session, app, actor, client):
    value = report(session, actor)
    row = make_request(session, app, actor, value_ids=[value.public_id])
    before = requests.state_of(fresh(session, row))

    pages = [client.get(link_to(row)), client.head(link_to(row))]

    assert [it.status_code for it in pages] == [200, 200]
    text = plain(pages[0])
    assert EVIDENCE in text
    assert "12,5" in text
    assert "Rapport" in text
    assert "interne" not in text
    assert pages[0].headers["Cache-Control"] == "no-store, private"
    assert pages[0].headers["Referrer-Policy"] == "no-referrer"
    assert requests.state_of(fresh(session, row)) == before
    assert session.query(OutboxMessage).count() == 1


def test_link_page_is_in_english_as_well(session, app, actor, client):
    value = report(session, actor, point=ValuePoint.FINAL, value=True)
    row = make_request(session, app, actor, locale="en", value_ids=[value.public_id])

    page = client.get(link_to(row, "/en"))

    assert "Send the reply" in page.text
    assert "/en/reponse/" in session.query(OutboxMessage).one().parameters


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", ("mi-parcours", "n'existe pas", "enquête")),
        ("/en", ("mid-term", "does not exist", "survey")),
    ],
)
def test_link_page_names_the_moment_the_reason_and_the_source_of_a_value(
    session, app, actor, client, prefix, expected
):
    lacking = report(
        session, actor,
        value=None, missing_because=MissingBecause.DOES_NOT_EXIST, source_kind=SourceKind.SURVEY,
    )  # fmt: skip
    row = make_request(session, app, actor, value_ids=[lacking.public_id])

    page = plain(client.get(link_to(row, prefix)))

    assert [it for it in expected if it not in page] == []


def test_forged_link_opens_nothing(session, app, actor, client):
    row = make_request(session, app, actor)
    signed = link_to(row)

    for path in (signed[:-1], signed + "x", "/reponse/x", f"/reponse/{row.public_id}"):
        assert client.get(path).status_code == 404
        assert client.post(path, data={"text": TEXT}).status_code == 404
    assert session.query(Reply).count() == 0


def reply_by(client, row, prefix="", **changes):
    path = link_to(row, prefix)
    typed = {"text": TEXT, "signature": SIGNATURE, "seen": seen_in(client.get(path))}
    return client.post(path, data=typed | changes)


def seen_in(page):
    """The reply that a page displayed, as its form says."""
    return re.search(r'name="seen" type="hidden" value="([^"]*)"', page.text)[1]


def test_reply_is_received_thanked_and_can_be_corrected(session, app, actor, client):
    row = make_request(session, app, actor)

    page = reply_by(client, row)
    thanks = client.get(page.location)
    reply_by(client, row, text="Corrigée")

    assert page.status_code == 303
    assert FIRST_LINE in html.unescape(thanks.text)
    assert "telle quelle" in plain(thanks)
    assert fresh(session, row).reply.text == "Corrigée"


@pytest.mark.parametrize("name", ["text", "signature"])
def test_reply_that_is_refused_keeps_what_was_typed(session, app, actor, client, name):
    row = make_request(session, app, actor)

    page = reply_by(client, row, **{name: " "})

    assert page.status_code == 422
    assert (FIRST_LINE if name == "signature" else SIGNATURE) in html.unescape(page.text)
    assert session.query(Reply).count() == 0


def test_reply_too_long_says_by_how_much(session, app, actor, client):
    row = make_request(session, app, actor)

    page = reply_by(client, row, text="é" * 10_001)

    assert page.status_code == 422
    assert "10001 caractères" in plain(page)


def test_two_tabs_show_the_reply_of_the_other(session, app, actor, client):
    row = make_request(session, app, actor)
    path = link_to(row)
    seen = seen_in(client.get(path))
    first, second = ({"text": it, "signature": SIGNATURE} for it in ("Du premier", "Du second"))

    client.post(path, data=first | {"seen": seen})
    page = client.post(path, data=second | {"seen": seen})
    client.post(path, data=second | {"seen": seen_in(page)})

    assert page.status_code == 409
    assert "Du premier" in page.text
    assert "Du second" in page.text
    assert fresh(session, row).reply.text == "Du second"


def test_late_reply_is_given_back_and_not_stored(session, app, actor, client, traveller):
    row = make_request(session, app, actor)
    path = link_to(row)
    make_over(traveller, row)

    page = client.post(path, data={"text": "Arrivée tard", "signature": SIGNATURE})
    opened = client.get(path)

    assert page.status_code == 409
    assert "Arrivée tard" in page.text
    assert "Le délai pour répondre s'est terminé" in plain(opened)
    assert app.config["MAIL_SENDER"] in opened.text
    assert session.query(Reply).count() == 0


def test_withdrawn_request_shows_nothing_of_the_judgement(session, app, actor, client):
    row = make_request(session, app, actor)
    act(session, actor, row, requests.withdraw)

    page = client.get(link_to(row))

    assert "Cette demande a été retirée" in plain(page)
    assert EVIDENCE not in plain(page)


def published_page(session, app, actor, staff, client, traveller, *, withheld=""):
    row = make_request(session, app, actor)
    make_reply(session, row)
    path = f"{BOARD}/{row.public_id}"
    if withheld:
        staff.get(path)
        staff.post(f"{path}/ne-pas-montrer", form_in(staff.get(path), f"{path}/ne-pas-montrer")
                   | {"because": withheld})  # fmt: skip
    make_over(traveller, row)
    staff.enter(actor.email)
    page = staff.post(f"{path}/publier", form_in(staff.get(path), f"{path}/publier"))
    assert page.status_code == 303
    return client.get("/mesures/T7"), row


def test_public_page_prints_the_reply_beside_the_judgement(
    session, app, actor, staff, client, traveller
):
    page, _row = published_page(session, app, actor, staff, client, traveller)

    text = html.unescape(page.text)
    assert EVIDENCE in straight(text)
    assert TEXT in text
    assert SIGNATURE in text
    assert INSTITUTION in text
    assert actions(session)[-2:] == ["status_added", "reply_published"]


def test_public_page_says_that_there_is_none(session, app, actor, staff, client, traveller):
    row = make_request(session, app, actor)
    make_over(traveller, row)
    act(session, actor, row, requests.publish)

    page, english = client.get("/mesures/T7"), client.get("/en/mesures/T7")

    assert re.search(r"invitée à répondre jusqu'au .* ; elle n'a pas répondu\.", plain(page))
    assert re.search(r"invited to reply until .*; it did not\.", plain(english))


@pytest.mark.parametrize("address", ["/mesures/T7", "/plan/T7"])
def test_public_judgement_says_until_when_a_reply_is_awaited(
    session, app, actor, measure, client, address
):
    judge(session, actor, measure, Level.PARTLY_DONE, evidence={"fr": EVIDENCE})
    row = make_request(session, app, actor)
    waiting = "invitée à répondre jusqu'au"

    awaited = plain(client.get(address))
    reply_by(client, row)
    replied = client.get(address)
    act(session, actor, row, requests.withdraw)

    assert f"{waiting} {straight(day(row.due_on))}. Ce qu'elle répond paraîtra ici." in awaited
    assert FIRST_LINE not in html.unescape(replied.text)
    assert waiting in plain(replied)
    assert waiting not in plain(client.get(address))


@pytest.mark.parametrize("address", ["/mesures/T7", "/plan/T7"])
def test_request_about_a_draft_is_in_no_public_page(session, app, actor, client, address):
    make_request(session, app, actor)

    assert INSTITUTION not in html.unescape(client.get(address).text)


def test_field_of_the_reply_comes_before_what_it_replies_to(session, app, actor, client):
    row = make_request(session, app, actor)

    page = plain(client.get(link_to(row)))

    assert page.index('name="text"') < page.index(EVIDENCE)


def test_public_page_says_why_a_reply_is_withheld(session, app, actor, staff, client, traveller):
    page, _row = published_page(
        session, app, actor, staff, client, traveller, withheld="elle nomme une victime."
    )

    assert "La réponse n'est pas publiée : " in plain(page)
    assert "elle nomme une victime." in plain(page)
    assert FIRST_LINE not in html.unescape(page.text)


def test_withholding_needs_a_reason(session, app, actor, staff):
    row = make_request(session, app, actor)
    make_reply(session, row)
    path = f"{BOARD}/{row.public_id}"

    page = staff.post(f"{path}/ne-pas-montrer", form_in(staff.get(path), f"{path}/ne-pas-montrer"))

    assert page.status_code == 422
    assert "Écrivez pourquoi" in plain(page)


@pytest.mark.parametrize(("because", "status"), [("", 422), ("Elle insulte une personne.", 409)])
def test_reason_for_a_reply_that_a_colleague_withheld_meanwhile_is_refused_and_kept(
    session, app, actor, staff, because, status
):
    row = make_request(session, app, actor)
    make_reply(session, row)
    path = f"{BOARD}/{row.public_id}"
    form = form_in(staff.get(path), f"{path}/ne-pas-montrer")
    staff.post(f"{path}/ne-pas-montrer", form | {"because": "Elle nomme une victime."})

    page = staff.post(f"{path}/ne-pas-montrer", form | {"because": because})

    assert page.status_code == status
    assert "rien n'est enregistré" in plain(page).casefold()
    assert because in plain(page)
    assert fresh(session, row).withheld_because == "Elle nomme une victime."


def test_publishing_too_early_is_refused_with_a_sentence(session, app, actor, staff):
    row = make_request(session, app, actor)
    seen = requests.state_of(fresh(session, row))
    path = f"{BOARD}/{row.public_id}"
    staff.get(path)

    page = staff.post(f"{path}/publier", {"seen": seen})

    assert page.status_code == 409
    assert "l'institution peut encore répondre" in plain(page)
    assert session.query(MeasureStatus).count() == 0


def test_judgement_is_not_published_on_the_day_of_another(
    session, app, actor, measure, staff, traveller
):
    row = make_request(session, app, actor)
    judge(session, actor, measure)
    make_over(traveller, row)
    staff.enter(STAFF)
    path = f"{BOARD}/{row.public_id}"

    page = staff.post(f"{path}/publier", form_in(staff.get(path), f"{path}/publier"))

    assert page.status_code == 409
    assert "une autre évaluation du collectif porte depuis la même date" in plain(page)
    assert fresh(session, row).published_at is None


def test_stale_act_shows_the_reply_that_came_meanwhile(session, app, actor, staff):
    row = make_request(session, app, actor)
    path = f"{BOARD}/{row.public_id}"
    form = form_in(staff.get(path), f"{path}/retirer")
    make_reply(session, row)

    page = staff.post(f"{path}/retirer", form)

    assert page.status_code == 409
    assert FIRST_LINE in html.unescape(page.text)
    assert fresh(session, row).withdrawn_at is None


def test_page_of_judgements_warns_while_an_institution_may_reply(
    session, app, actor, staff, traveller
):
    path, warning = "/organisation/avancement/T7", "peut encore répondre à une évaluation"
    row = make_request(session, app, actor)
    assert warning in plain(staff.get(path))

    make_over(traveller, row)
    staff.enter(actor.email)
    assert warning not in plain(staff.get(path))


def test_judgements_of_a_measure_lead_to_the_form(staff):
    staff.get("/organisation/evaluer")
    staff.post("/organisation/evaluer/commencer")

    assert f'href="{COMPOSE}"' in staff.get("/organisation/avancement/T7").text
    assert staff.get(f"{BOARD}/demander?mesure=T7").location == COMPOSE
    assert staff.get(f"{BOARD}/demander?mesure=absente").status_code == 404
