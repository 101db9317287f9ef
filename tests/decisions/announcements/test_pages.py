"""Pages of the message about an edition, from the draft to the mail in a real server."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.invitations.models import Mailing, MailingState
from consultation.mail.delivery import loop
from consultation.mail.models import OutboxMessage
from tests.accounts.builders import make_account
from tests.decisions.announcements.builders import (
    BODY,
    close,
    make_announcement,
    publish,
    speak,
    states,
)
from tests.invitations.builders import Browser, messages, send_all, start, text_of
from tests.mail.smtp_server import certificate_authority as certificate_authority
from tests.mail.smtp_server import smtp_sink as smtp_sink
from tests.plan.forms import form_in, stored_texts

ROOM = "/organisation/invitations/suites-donnees"
SECRET = "Ma phrase à moi, que personne ne cite."


@pytest.fixture
def settings(settings, smtp_sink):
    return settings | smtp_sink.settings


@pytest.fixture
def staff(app, session):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    staff = Browser(app)
    staff.enter("lou@association.fr")
    return staff


def fields(**values):
    texts = {"subject": "Suites", "body": BODY, "subject_en": "", "body_en": "", "pace": "2000"}
    return texts | values


def test_without_an_edition_there_is_nothing_to_tell(staff, opened):
    assert "Aucune édition n'est publiée" in text_of(staff.get(f"{ROOM}/nouveau"))
    assert staff.get(f"{ROOM}/nouveau?edition=1").status_code == 404
    assert staff.get(f"{ROOM}/nouveau?edition=x").status_code == 404


def test_organiser_writes_reads_tries_and_sends_it(
    app, session, staff, opened, organiser, smtp_sink
):
    speak(session, opened, answers={("T7.1", "relevance"): "7", "suggestions": SECRET})
    speak(session, opened, None)
    publish(session, organiser, title="Indicateurs revus")

    address = staff.get("/organisation/invitations/messages/nouveau?edition=1").location
    page = text_of(staff.get(address))
    assert "Sur l'édition 1 : « Indicateurs revus »." in page
    assert "2 personnes se sont exprimées" in page
    assert "1 n'a pas d'adresse où lui écrire" in page
    made = staff.post(address, fields())
    assert made.status_code == 303
    mailing = session.scalars(sa.select(Mailing)).one()
    place = f"{ROOM}/{mailing.public_id}"

    preview = text_of(staff.get(f"{place}/apercu"))
    assert "L'édition 1 : Indicateurs revus." in preview
    assert "Hébergement spécialisé" in preview
    assert "Les mesures dont vous avez parlé, et où des décisions sont publiées :" in preview
    assert "ada@exemple.fr" not in preview
    staff.post(f"{place}/essai", {})
    waiting = text_of(staff.get(made.location))
    assert "n'est pas fermé : ses réponses peuvent encore changer" in waiting
    assert "moins d'une heure" not in waiting
    assert "Lancer l'envoi" not in waiting
    assert "n'est pas fermé" in text_of(staff.post(f"{made.location}/depart", {}))
    draft = form_in(staff.get(f"{place}/modifier"))
    staff.post(f"{place}/modifier", draft | {"may_precede_closing": "y"})
    assert "peut partir avant la fermeture" in text_of(staff.get(made.location))
    assert "1 personne peut être prévenue" in text_of(staff.get(made.location))
    staff.post(f"{made.location}/depart", {})
    under_way = staff.get(made.location)
    assert "Cette page s'actualise" in text_of(under_way)
    assert "0 sur 1" in text_of(under_way)
    assert '<progress id="envoi" max="1" value="0">' in under_way.text
    send_all(session, app)
    loop.deliver(session, app.config)

    page = text_of(staff.get(made.location))
    assert "terminé" in page
    assert "Ont répondu" not in page
    tried, sent = smtp_sink.mails
    assert tried.recipients == ("lou@association.fr",)
    assert sent.recipients == ("ada@exemple.fr",)
    text = sent.part("plain")
    assert "- Hébergement spécialisé" in text
    assert "/contributions/ouvrir/" in text
    assert "/decisions?edition=1" in text
    assert "List-Unsubscribe" in sent.mail
    assert SECRET not in text + sent.part("html")
    actions = session.scalars(sa.select(AuditEvent.action)).all()
    assert {"mailing_composed", "mailing_changed", "mailing_tried", "mailing_started"} <= set(
        actions
    )


def test_what_was_typed_is_kept_on_refusal(staff, session, opened, organiser):
    publish(session, organiser)

    page = staff.post(f"{ROOM}/nouveau?edition=1", fields(body="{{lien}} à lire", pace="0"))
    text = text_of(page)
    assert page.status_code == 422
    assert "{{lien}} n'est pas un repère possible ici" in text
    assert "Donnez un nombre de courriels par heure" in text
    assert "{{lien}} à lire" in text
    assert "Personne ne s'est exprimé" in text
    assert session.scalar(sa.select(sa.func.count()).select_from(Mailing)) == 0


def test_started_message_is_changed_no_more(staff, session, opened, organiser):
    speak(session, opened)
    publish(session, organiser)
    mailing = make_announcement(session, opened, early=True)
    place = f"{ROOM}/{mailing.public_id}/modifier"
    assert "Bonjour," in text_of(staff.get(place))
    start(session, mailing)

    page = staff.post(place, fields(body="Trop tard"))
    assert page.status_code == 409
    assert "Trop tard" in text_of(page)
    assert staff.get(place).status_code == 303
    assert session.get_one(Mailing, mailing.id).body == {"fr": BODY}


def test_of_two_who_change_a_draft_the_second_sees_both_texts(
    app, staff, session, opened, organiser
):
    publish(session, organiser)
    mailing = make_announcement(session, opened, subject="Suites")
    place = f"{ROOM}/{mailing.public_id}/modifier"
    make_account(session, "sacha@association.fr", Role.ORGANISER)
    colleague = Browser(app)
    colleague.enter("sacha@association.fr")
    mine = form_in(staff.get(place)) | {"body": "Mon texte"}
    sent = form_in(colleague.get(place)) | {"may_precede_closing": "y"}
    colleague.post(place, sent)
    colleague.post(place, form_in(colleague.get(place)) | {"body": "Leur texte"})

    page = staff.post(place, mine)

    assert page.status_code == 409
    assert "Quelqu'un d'autre a modifié le message entre-temps" in text_of(page)
    assert form_in(page)["body"] == "Mon texte"
    assert stored_texts(page) == {"body": "Leur texte", "may_precede_closing": "oui"}
    assert session.get_one(Mailing, mailing.id).body == {"fr": "Leur texte"}
    assert staff.post(place, form_in(page)).status_code == 303
    assert session.get_one(Mailing, mailing.id).body == {"fr": "Mon texte"}


def test_pages_of_invitations_are_not_those_of_such_a_message(staff, session, opened, organiser):
    speak(session, opened)
    publish(session, organiser)
    mailing = make_announcement(session, opened)
    place = f"/organisation/invitations/messages/{mailing.public_id}"

    for page in ("apercu", "modifier", "suivi"):
        assert staff.get(f"{place}/{page}").status_code == 404
    assert staff.post(f"{place}/essai", {}).status_code == 404
    listed = text_of(staff.get("/organisation/invitations"))
    assert "Suites données" in listed


def test_message_of_invitations_has_no_such_pages(staff, session, opened, organiser):
    publish(session, organiser)
    mailing = make_announcement(session, opened)
    session.execute(sa.text("DELETE FROM announcement"))
    session.commit()

    assert staff.get(f"{ROOM}/{mailing.public_id}/apercu").status_code == 404


def test_paused_sending_says_how_many_are_left(app, staff, session, opened, organiser):
    for number in range(3):
        speak(session, opened, f"personne{number}@exemple.fr")
    publish(session, organiser)
    close(session, opened)
    mailing = make_announcement(session, opened)
    place = f"/organisation/invitations/messages/{mailing.public_id}"
    start(session, mailing)
    staff.post(f"{place}/pause", {})

    assert "Il en reste 3 à envoyer." in text_of(staff.get(place))
    staff.post(f"{place}/reprise", {})
    send_all(session, app)
    assert states(session) == ["queued"] * 3
    assert session.get_one(Mailing, mailing.id, populate_existing=True).state is MailingState.DONE
    assert len(messages(session)) == 3


def test_default_text_is_calm_and_fits(staff, session, opened, organiser):
    publish(session, organiser)

    page = text_of(staff.get(f"{ROOM}/nouveau"))
    body = re.search(r'<textarea[^>]*name="body"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL)[1]
    english = re.search(r'<textarea[^>]*name="body_en"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL)
    assert "{{edition}}" in body
    made = staff.post(
        f"{ROOM}/nouveau",
        fields(body=body, subject_en="What became", body_en=english[1].replace("&#34;", '"')),
    )
    assert made.status_code == 303
    assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 0
