"""Invitation links: each opens the space of its invitee, whose answer counts as invited."""

import json

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.invitations.mailings import invitations, statistics
from consultation.invitations.models import Invitation, Invitee
from consultation.responses.models import (
    Channel,
    Contact,
    PersonalLink,
    Respondent,
    Response,
    Standing,
)
from consultation.responses.submission import context
from consultation.work.services import Work
from tests.factories import form_data, instrument_of
from tests.invitations.builders import (
    ORGANISER,
    make_invitee,
    make_mailing,
    messages,
    send_all,
    start,
    text_of,
)
from tests.responses.conftest import hidden

SITE = "https://consultation.example"


def invite(session, consultation_round, invitee):
    with writing(session):
        return invitations.invite(session, consultation_round.id, session.merge(invitee), now())


def test_invitee_is_a_respondent_with_what_the_list_says(session, consultation_round, group):
    invitee = make_invitee(
        session,
        group,
        organisation="Foyer",
        capacity="justice",
        territory="bretagne",
        locale="en",
    )

    invitation = invite(session, consultation_round, invitee)

    respondent = session.get(Respondent, invitation.respondent_id)
    assert respondent.standing is Standing.INVITED
    assert respondent.channel is Channel.WEB
    assert (respondent.capacity, respondent.organisation) == ("justice", "Foyer")
    assert (respondent.territory, respondent.locale) == ("bretagne", "en")
    assert respondent.notice_version == context.SHIPPED_NOTICE
    assert not respondent.consent_contact
    contact = session.get(Contact, respondent.id)
    assert (contact.name, contact.address) == ("Jeanne Été", "jeanne@exemple.fr")
    assert contact.address_index == invitee.address_index


def test_unknown_capacity_is_unstated(session, consultation_round, group):
    invitation = invite(session, consultation_round, make_invitee(session, group))

    assert session.get(Respondent, invitation.respondent_id).capacity == "unstated"


def test_one_invitee_is_one_respondent_of_a_round(session, consultation_round, group):
    invitee = make_invitee(session, group)

    first = invite(session, consultation_round, invitee)
    second = invite(session, consultation_round, invitee)

    assert first.id == second.id
    assert session.scalar(sa.select(sa.func.count()).select_from(Respondent)) == 1


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_link_in_the_mail_opens_the_invitee_s_own_space(
    session, app, client, consultation_round, group, locale
):
    make_invitee(session, group, locale=locale)
    english = {"subject_en": "Your view", "body_en": "Dear {{nom}}, {{lien}}"}
    mailing = make_mailing(session, consultation_round, group, **english)
    start(session, mailing)
    send_all(session, app)
    link = json.loads(messages(session)[0].parameters)["link"]

    assert ("/en/contributions" in link) is (locale == "en")
    assert client.get(link, base_url=SITE).status_code == 200
    opened = client.post(link, base_url=SITE)

    assert opened.status_code == 303
    tally = statistics.tally(Work(session, ORGANISER), session.merge(mailing))
    assert (tally.opened, tally.answered) == (1, 0)
    space = client.get(opened.location, base_url=SITE)
    assert space.status_code == 200


def test_revoked_link_is_written_anew(session, app, consultation_round, group):
    invitee = make_invitee(session, group)
    invitation = invite(session, consultation_round, invitee)
    with writing(session):
        session.execute(sa.update(PersonalLink).values(revoked_at=now()))

    with writing(session):
        link = invitations.link_for(
            session,
            session.get(Invitation, invitation.id),
            session.get(Invitee, invitee.id),
            "https://x",
            now(),
        )

    live = session.scalars(sa.select(PersonalLink).where(PersonalLink.revoked_at.is_(None))).one()
    assert live.id in link


def test_answer_of_an_invitee_is_invited_and_not_shown_to_who_invites(
    session, app, client, organiser, consultation_round, group, measure
):
    make_invitee(session, group, capacity="justice")
    mailing = make_mailing(session, consultation_round, group)
    start(session, mailing)
    send_all(session, app)
    link = json.loads(messages(session)[0].parameters)["link"]
    client.post(link, base_url=SITE)
    page = client.get("/contributions/mesures/T7", base_url=SITE)
    fields = form_data(instrument_of(session, measure), capacity="justice", suggestions="Élargir.")
    key = {"submission_key": hidden(page, "submission_key")}

    sent = client.post("/contributions/mesures/T7", data=fields | key, base_url=SITE)

    assert sent.status_code == 303
    response = session.scalars(sa.select(Response)).one()
    assert response.respondent.standing is Standing.INVITED
    address = f"/organisation/invitations/messages/{mailing.public_id}"
    progress, follow_up = (
        text_of(organiser.get(address)),
        text_of(organiser.get(f"{address}/suivi")),
    )
    assert "<dt>Ont répondu</dt><dd>1</dd>" in progress
    assert follow_up.count(">oui</td>") == 2
    assert "Élargir" not in progress + follow_up
