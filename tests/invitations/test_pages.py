"""Invitation pages, from no contact to the statistics."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.invitations.mailings import lifecycle
from consultation.invitations.models import Invitee, Mailing, MailingState, Purpose
from consultation.jobs import worker
from consultation.mail import suppression
from consultation.mail.delivery import loop
from consultation.mail.models import OutboxMessage, SuppressionReason
from consultation.questionnaires.models import Round
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.invitations.builders import (
    BODY,
    ORGANISER,
    Browser,
    answer,
    make_group,
    make_invitee,
    make_invitees,
    make_mailing,
    messages,
    send_all,
    send_due,
    start,
    state_of,
    text_of,
)
from tests.plan.forms import form_in, stored_texts
from tests.statements import selects

ROOM = "/organisation/invitations"


def actions(session):
    return session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()


def test_message_is_written_in_the_languages_of_its_round(
    organiser, session, consultation_round, group
):
    english = {"subject_en": "Your view", "body_en": "Dear {{nom}}, {{lien}}"}
    mailing = make_mailing(session, consultation_round, group, **english)
    page = f"{ROOM}/messages/{mailing.public_id}/modifier"
    before = organiser.get(page).text
    consultation_round.languages = []

    after = organiser.get(page)
    organiser.post(page, form_in(after) | {"pace": "7"})

    assert "Objet, en anglais" in before
    assert "Objet, en anglais" not in after.text
    assert mailing.pace == 7
    assert (mailing.subject["en"], mailing.body["en"]) == tuple(english.values())


def test_organiser_goes_from_an_empty_room_to_the_follow_up(
    organiser, app, session, consultation_round
):
    assert "Aucun contact pour l'instant" in text_of(organiser.get(ROOM))
    assert "Importer des contacts" in text_of(organiser.get(f"{ROOM}/importer"))

    sent = organiser.send_list(
        ["jeanne@exemple.fr;Jeanne Été;Foyer d’accueil;Justice;Bretagne;français;T7"],
        new_group="Associations",
    )
    assert sent.status_code == 303
    page = text_of(organiser.get(sent.location))
    assert "1 contact ajouté, 0 contact mis à jour" in page
    assert "jeanne@exemple.fr" in page
    assert "Aucun message pour l'instant" in text_of(organiser.get(ROOM))

    write = re.search(r'href="([^"]+)">Écrire à ce groupe<', page)[1]
    page = text_of(organiser.get(write))
    group_id = re.search(r'checked [^>]*name="groups"[^>]* value="([^"]+)"', page)[1]
    made = organiser.post(
        f"{ROOM}/messages/nouveau",
        {
            "subject": "Votre avis",
            "body": BODY,
            "subject_en": "Your view",
            "body_en": "Dear {{nom}}, {{lien}}",
            "groups": group_id,
            "pace": "60",
        },
    )
    assert made.status_code == 303
    address = made.location
    assert "1 contact dans ces groupes" in text_of(organiser.get(address))
    assert "Bonjour Jeanne Été," in text_of(organiser.get(f"{address}/apercu"))
    assert "Dear Jeanne Été," in text_of(organiser.get(f"{address}/apercu?langue=en"))
    changed = organiser.get(f"{address}/modifier")
    assert "Your view" in text_of(changed)

    app.config["MAIL_SERVER"] = "smtp.exemple.fr"
    assert organiser.post(f"{address}/depart").status_code == 303
    page = organiser.get(address)
    assert page.headers["Refresh"]
    assert "Suspendre" in text_of(page)
    assert "Refresh" not in organiser.get(f"{address}?actualiser=non").headers

    send_due(session, app)
    send_due(session, app)
    assert "terminé" in text_of(organiser.get(address))
    page = text_of(organiser.get(f"{address}/suivi"))
    assert "en attente" in page

    app.config["MAIL_SERVER"] = ""  # as when it is set no more
    loop.deliver(session, app.config)
    page = text_of(organiser.get(address))
    assert "<dt>Partis</dt><dd>0</dd>" in page
    assert "<dt>Gardés sur cette machine</dt><dd>1</dd>" in page
    assert ">gardé sur cette machine<" in text_of(organiser.get(f"{address}/suivi"))
    assert "contacts_viewed" in actions(session)
    assert "Invitation" in text_of(organiser.get(ROOM))


@pytest.fixture
def mailing(session, consultation_round, group):
    make_invitees(session, group, 3)
    return make_mailing(session, consultation_round, group)


def address_of(mailing):
    return f"{ROOM}/messages/{mailing.public_id}"


def every_address(mailing, group, invitee):
    of_mailing = address_of(mailing)
    get = [
        ROOM,
        f"{ROOM}/importer",
        f"{ROOM}/modele",
        f"{ROOM}/groupes/{group.public_id}",
        f"{ROOM}/contacts/{invitee.public_id}/effacer",
        f"{ROOM}/messages/nouveau",
        of_mailing,
        *(f"{of_mailing}/{part}" for part in ("modifier", "apercu", "suivi")),
    ]
    post = [
        f"{ROOM}/importer",
        f"{ROOM}/contacts/{invitee.public_id}/effacer",
        f"{ROOM}/messages/nouveau",
        *(
            f"{of_mailing}/{part}"
            for part in ("modifier", "essai", "depart", "pause", "reprise", "relance")
        ),
    ]
    return [("GET", path) for path in get] + [("POST", path) for path in post]


def test_strangers_change_nothing_and_other_colleagues_are_told_so(app, session, mailing, group):
    invitee = make_invitee(session, group)
    make_account(session, "max@association.fr", Role.MODERATOR, Role.ADMINISTRATOR)
    stranger, colleague = Browser(app), Browser(app)
    stranger.get("/connexion")
    colleague.enter("max@association.fr")
    colleague.get("/connexion/mot-de-passe")

    for method, path in every_address(mailing, group, invitee):
        unknown = 303 if method == "GET" else 404
        for browser, status in ((stranger, unknown), (colleague, 403)):
            page = browser.get(path) if method == "GET" else browser.post(path)
            assert page.status_code == status, (method, path)
    assert messages(session) == []
    assert state_of(session, mailing) is MailingState.DRAFT


def test_what_is_not_there_is_no_page(organiser, consultation_round):
    for path in ("groupes/rien", "contacts/rien/effacer", "messages/rien"):
        assert organiser.get(f"{ROOM}/{path}").status_code == 404
    for part in ("modifier", "apercu", "suivi"):
        assert organiser.get(f"{ROOM}/messages/rien/{part}").status_code == 404


def test_preview_shows_hostile_words_as_text_and_opens_nothing(
    organiser, session, consultation_round, group
):
    make_invitee(session, group, name="<script>{{lien}}</script>")
    mailing = make_mailing(session, consultation_round, group, body="{{nom}}\n<b>{{lien}}</b>")

    text = text_of(organiser.get(f"{address_of(mailing)}/apercu"))

    assert "&lt;script&gt;{{lien}}&lt;/script&gt;" in text
    assert "&lt;b&gt;https://consultation.example/contributions/ouvrir/exemple&lt;/b&gt;" in text
    assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 0
    assert organiser.get("/contributions/ouvrir/exemple").status_code == 404


def test_preview_goes_through_the_contacts(organiser, mailing):
    first = text_of(organiser.get(f"{address_of(mailing)}/apercu"))
    last = text_of(organiser.get(f"{address_of(mailing)}/apercu?page=3"))
    beyond = text_of(organiser.get(f"{address_of(mailing)}/apercu?page=4"))

    assert "Bonjour Personne 1," in first
    assert "contact 1 sur 3" in first
    assert "Contact précédent" not in first
    assert "Bonjour Personne 3," in last
    assert "Contact suivant" not in last
    assert "Il n'y a pas de contact 4" in beyond


def test_trial_goes_to_who_is_signed_in_with_nobody_s_values(
    organiser, session, consultation_round, group
):
    make_invitee(session, group)
    english = {"subject_en": "Your view", "body_en": "Dear {{nom}}, {{lien}}"}
    mailing = make_mailing(session, consultation_round, group, **english)
    organiser.get(address_of(mailing))

    organiser.post(f"{address_of(mailing)}/essai")

    mails = messages(session)
    assert [(message.recipient, message.locale) for message in mails] == [
        ("lou@association.fr", "fr"),
        ("lou@association.fr", "en"),
    ]
    assert "Prénom Nom" in mails[0].parameters
    assert "/contributions/ouvrir/exemple" in mails[0].parameters
    assert "Jeanne" not in mails[0].parameters
    page = text_of(organiser.get(address_of(mailing)))
    assert "2 courriels d'essai sont gardés sur cette machine" in page
    assert "son lien ne fonctionne pas" in page


def test_trial_leaves_where_a_server_is_set(app, organiser, mailing):
    app.config["MAIL_SERVER"] = "smtp.exemple.fr"
    organiser.get(address_of(mailing))

    organiser.post(f"{address_of(mailing)}/essai")

    page = text_of(organiser.get(address_of(mailing)))
    assert "1 courriel d'essai part à votre adresse" in page
    assert "L'essai part à" in page


def test_trial_that_may_not_leave_is_told_so(organiser, session, mailing):
    with writing(session):
        suppression.suppress_address(
            session, "lou@association.fr", SuppressionReason.UNSUBSCRIBED, now()
        )
    organiser.get(address_of(mailing))

    page = organiser.post(f"{address_of(mailing)}/essai", follow_redirects=True)

    assert "Aucun essai ne part" in text_of(page)


def test_mailing_is_held_and_let_go_from_its_page(app, organiser, session, mailing):
    app.config["MAIL_SERVER"] = "smtp.exemple.fr"
    address = address_of(mailing)
    organiser.get(address)

    organiser.post(f"{address}/depart")
    organiser.post(f"{address}/pause")
    held = text_of(organiser.get(address))
    organiser.post(f"{address}/reprise")
    again = organiser.post(f"{address}/depart")

    assert "Il en reste 3 à envoyer" in held
    assert state_of(session, mailing) is MailingState.SENDING
    assert again.status_code == 409
    assert "Cet envoi a déjà commencé" in text_of(again)
    assert [action for action in actions(session) if action.startswith("mailing_")] == [
        "mailing_started",
        "mailing_paused",
        "mailing_resumed",
    ]


def test_reminder_is_not_offered_while_the_message_leaves(organiser, session, mailing):
    start(session, mailing)
    sending = organiser.get(address_of(mailing))
    organiser.post(f"{address_of(mailing)}/pause")
    paused = organiser.get(address_of(mailing))

    assert f"{address_of(mailing)}/relance" not in sending.text
    assert "une fois cet envoi terminé ou suspendu" in text_of(sending)
    assert f"{address_of(mailing)}/relance" in paused.text


def test_reminder_is_a_draft_to_read_over(organiser, session, app, mailing):
    start(session, mailing)
    organiser.get(address_of(mailing))

    page = organiser.post(f"{address_of(mailing)}/relance", follow_redirects=True)

    text = text_of(page)
    assert "Rappel : Votre avis sur le plan" in text
    assert "n'ira qu'aux personnes invitées qui n'ont pas encore répondu" in text
    reminder = session.scalars(sa.select(Mailing).where(Mailing.id != mailing.id)).one()
    assert reminder.purpose is Purpose.REMINDER
    assert reminder.state is MailingState.DRAFT


def test_draft_is_sent_before_a_reminder_of_it_is_written(organiser, session, mailing):
    organiser.get(address_of(mailing))

    page = organiser.post(f"{address_of(mailing)}/relance")

    assert page.status_code == 409
    assert "envoyez-le avant de relancer" in text_of(page)
    assert session.scalars(sa.select(Mailing.id)).all() == [mailing.id]


def test_draft_tells_how_many_it_would_go_to(organiser, session, app, mailing):
    assert "ce message ira à 3 personnes" in text_of(organiser.get(address_of(mailing)))
    start(session, mailing)
    send_all(session, app)
    again = make_mailing(session, session.get(Round, mailing.round_id), *mailing.groups)
    with writing(session):
        reminder = lifecycle.remind(Work(session, ORGANISER, now()), mailing)
    answer(session, session.scalars(sa.select(Invitee)).first())

    page = organiser.get(address_of(again))
    reminding = text_of(organiser.get(address_of(reminder)))

    assert "Personne à qui écrire pour l'instant" in text_of(page)
    assert "Lancer l'envoi" not in text_of(page)
    assert "3 contacts dans ces groupes ; ce message ira à 2 personnes" in reminding


@pytest.mark.parametrize("suppressed", [[], ["personne1@exemple.fr"]])
def test_missing_worker_is_noticed(organiser, session, mailing, suppressed):
    with writing(session):
        for address in suppressed:
            suppression.suppress_address(session, address, SuppressionReason.STAFF, now())
    start(session, mailing)

    with time_machine.travel(now() + timedelta(minutes=3), tick=False):
        text = text_of(organiser.get(address_of(mailing)))
        worker.beat(session)
        busy = text_of(organiser.get(address_of(mailing)))

    assert "le programme qui envoie les courriels ne répond pas" in text
    assert "ne répond pas" not in busy


def test_without_a_round_to_come_no_message_is_written(organiser, session, group):
    make_invitee(session, group)
    session.execute(sa.update(Round).values(closes_at=now() - timedelta(days=1)))
    session.commit()

    assert "Aucun tour n'est ouvert ni prévu" in text_of(organiser.get(f"{ROOM}/messages/nouveau"))
    assert "Aucun tour de consultation n'est ouvert" in text_of(organiser.get(ROOM))
    page = organiser.post(
        f"{ROOM}/messages/nouveau",
        {"subject": "Avis", "body": BODY, "groups": group.public_id, "pace": "60"},
    )
    assert page.status_code == 422
    assert "Votre lien : {{lien}}" in text_of(page)


def test_change_to_a_message_sent_meanwhile_is_refused_with_its_text(organiser, session, mailing):
    path = f"{address_of(mailing)}/modifier"
    organiser.get(path)
    start(session, mailing)

    page = organiser.post(
        path,
        {"subject": "Avis", "body": "Mieux dit : {{lien}}", "pace": "60", "groups": ""},
    )

    assert page.status_code == 409
    assert "Ce message est déjà parti" in text_of(page)
    assert "Mieux dit : {{lien}}" in text_of(page)


def test_of_two_who_change_a_draft_the_second_sees_both_texts(
    organiser, app, session, consultation_round, group
):
    others = make_group(session, "Syndicats")
    mailing = make_mailing(session, consultation_round, group, pace=60)
    path = f"{address_of(mailing)}/modifier"
    make_account(session, "sacha@association.fr", Role.ORGANISER)
    colleague = Browser(app)
    colleague.enter("sacha@association.fr")
    mine = form_in(organiser.get(path)) | {"subject": "Mon objet"}
    changed = {"subject": "Leur objet", "pace": "90", "groups": others.public_id}
    colleague.post(path, form_in(colleague.get(path)) | changed)

    page = organiser.post(path, mine)

    assert page.status_code == 409
    assert "Quelqu'un d'autre a modifié le message entre-temps" in text_of(page)
    assert form_in(page)["subject"] == "Mon objet"
    assert stored_texts(page) == {
        "subject": "Leur objet", "pace": "90", "groups": "Syndicats (0 contact)",
    }  # fmt: skip
    assert session.get_one(Mailing, mailing.id).subject == {"fr": "Leur objet"}
    assert organiser.post(path, form_in(page)).status_code == 303
    stored = session.get_one(Mailing, mailing.id)
    assert (stored.subject, stored.pace, stored.groups) == ({"fr": "Mon objet"}, 60, [group])


def test_long_group_comes_in_pages(organiser, session, group, consultation_round):
    organiser.send_list(
        [f"personne{number}@exemple.fr" for number in range(101)], group=group.public_id
    )

    first = text_of(organiser.get(f"{ROOM}/groupes/{group.public_id}"))
    second = text_of(organiser.get(f"{ROOM}/groupes/{group.public_id}?page=2"))
    odd = text_of(organiser.get(f"{ROOM}/groupes/{group.public_id}?page=x"))
    endless = text_of(organiser.get(f"{ROOM}/groupes/{group.public_id}?page={'9' * 5000}"))

    assert "101 contacts" in first
    assert "personne100@exemple.fr" in second
    assert "Page 1 sur 2" in odd
    assert "Page 1 sur 2" in endless


def test_group_of_many_asks_the_database_no_more_often(organiser, session, group):
    path = f"{ROOM}/groupes/{group.public_id}"
    make_invitees(session, group, 2)
    organiser.get(path)  # what a process asks once, such as whether a trial goes on
    with selects() as few:
        organiser.get(path)
    make_invitees(session, group, 20, first=3)

    with selects() as many:
        organiser.get(path)

    assert len(few) == len(many)


def test_empty_groups_say_what_to_do(organiser, session, consultation_round, group):
    empty = make_group(session, "Vide")
    mailing = make_mailing(session, consultation_round, empty)

    assert "Ce groupe n'a aucun contact" in text_of(
        organiser.get(f"{ROOM}/groupes/{empty.public_id}")
    )
    assert "Ces groupes n'ont aucun contact" in text_of(organiser.get(address_of(mailing)))
    assert "n'ont aucun contact" in text_of(organiser.get(f"{address_of(mailing)}/apercu"))
    assert "Personne n'est encore inscrit" in text_of(organiser.get(f"{address_of(mailing)}/suivi"))


def test_no_page_of_invitations_holds_an_address_but_where_it_is_noted(
    organiser, session, mailing, group
):
    start(session, mailing)

    for path in (ROOM, address_of(mailing), f"{ROOM}/importer", f"{ROOM}/messages/nouveau"):
        assert "@exemple.fr" not in organiser.get(path).get_data(as_text=True)
