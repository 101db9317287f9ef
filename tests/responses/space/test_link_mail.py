"""A personal link sent to an address that is given once for that."""

import json
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.mail import retention, suppression
from consultation.mail.models import MessageStatus, OutboxMessage, SuppressionReason
from consultation.mail.outbox import Caps
from consultation.responses.models import Contact, PersonalLink, Respondent, Standing
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from consultation.responses.space import link_mail, links
from tests.responses.conftest import hidden

PATH = "/contributions/envoyer-mon-lien"
ADDRESS = "jeanne@exemple.fr"


@pytest.fixture
def settings(settings):
    return settings | {"MAIL_SERVER": "127.0.0.1"}


@pytest.fixture
def token(client, form):
    """What the card of a receipt holds beside its address field."""
    return hidden(client.post(form.path, data=form.data(), follow_redirects=True), "link")


def send(client, token, address=ADDRESS, **headers):
    return client.post(PATH, data={"link": token, "address": address}, headers=headers)


def mails(session):
    session.rollback()
    session.expire_all()
    return session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.kind == link_mail.KIND.name)
        .order_by(OutboxMessage.id)
    ).all()


def test_link_goes_to_the_address_and_opens_the_same_space(client, token, session):
    page = send(client, token)

    (mail,) = mails(session)
    link = json.loads(mail.parameters)["link"]
    assert page.status_code == 200
    assert (mail.recipient, mail.status) == (ADDRESS, MessageStatus.QUEUED)
    assert link.endswith(f"/contributions/ouvrir/{token}")
    assert client.post(re.search("/contributions/.*", link)[0]).status_code == 303


def test_address_of_a_link_mail_is_not_the_respondents(client, token, session):
    send(client, token)
    client.post(f"/contributions/ouvrir/{token}")

    session.rollback()
    assert session.scalars(sa.select(Contact)).all() == []
    assert session.scalars(sa.select(Respondent.standing)).all() == [Standing.UNVERIFIED]


def test_page_of_a_link_mail_is_the_same_whatever_becomes_of_it(app, client, token, session):
    sent = send(client, token)
    suppression.suppress_address(session, "stop@exemple.fr", SuppressionReason.NOT_ME, now())
    session.commit()
    stopped = send(client, token, "stop@exemple.fr")
    app.config["MAIL_DAILY_CAP"] = 0
    capped = send(client, token, "lou@exemple.fr")
    own = send(client, token, app.config["MAIL_SENDER"])

    first, *others = mails(session)
    assert first.status is MessageStatus.QUEUED
    assert [mail.status for mail in others] == [MessageStatus.SUPPRESSED] * 3
    assert [(mail.recipient, mail.parameters) for mail in others] == [(None, None)] * 3
    texts = {
        page.text.replace(f"<bdi>{address}</bdi>", "…")
        for page, address in (
            (sent, ADDRESS), (stopped, "stop@exemple.fr"), (capped, "lou@exemple.fr"),
            (own, app.config["MAIL_SENDER"]),
        )
    }  # fmt: skip
    assert len(texts) == 1


def test_space_sends_its_link_five_times_at_most(app, client, token, session):
    app.config["MAIL_SOURCE_CAP"] = 100
    pages = [send(client, token, f"n{n}@exemple.fr").status_code for n in range(7)]

    assert pages == [200] * 7
    assert len(mails(session)) == erasure.LINK_MAILS == 5


def test_network_that_names_too_many_addresses_sends_nothing_more(app, client, token, session):
    app.config["MAIL_SOURCE_CAP"] = 1

    send(client, token, "a@exemple.fr")
    send(client, token, "b@exemple.fr")

    assert [mail.last_error for mail in mails(session)] == [None, "source_cap"]


def test_network_is_limited_in_what_it_sends(client, token):
    codes = [send(client, token, f"n{n}@exemple.fr").status_code for n in range(21)]

    assert codes[-1] == 429


def test_address_that_is_none_is_asked_again(client, token, session):
    page = send(client, token, "jeanne")

    assert page.status_code == 422
    assert "Vérifiez l’adresse" in page.text
    assert hidden(page, "link") == token
    assert mails(session) == []


def test_link_that_opens_nothing_is_sent_to_nobody(client, token, session):
    forged = f"{token.partition('.')[0]}.{'0' * 32}"

    assert send(client, forged).status_code == 404
    assert mails(session) == []


def test_other_site_only_asks_for_a_confirming_click(client, token, session):
    page = send(client, token, **{"Sec-Fetch-Site": "cross-site"})

    assert page.status_code == 400
    assert "Confirmer" in page.text
    assert mails(session) == []


def test_erasure_blanks_the_link_mails_of_that_space_only(client, form, token, session):
    other = hidden(client.post(form.path, data=form.data(), follow_redirects=True), "link")
    send(client, token)
    send(client, other)
    respondent_id = session.get_one(PersonalLink, token.partition(".")[0]).respondent_id
    session.rollback()

    home = client.application.config["HOME"]
    erasure.erase(session, respondent_id, Wish(), now(), home=home)
    session.commit()

    erased, kept = mails(session)
    assert (erased.status, erased.recipient) == (MessageStatus.SUPPRESSED, None)
    assert (kept.status, kept.recipient) == (MessageStatus.QUEUED, ADDRESS)
    assert links.find(session, other) is not None


def test_address_is_blanked_once_the_mail_has_left(client, token, session):
    send(client, token)
    session.execute(sa.update(OutboxMessage).values(status=MessageStatus.SENT, sent_at=now()))
    retention.blank_forgotten(session)
    session.commit()

    assert [(mail.recipient, mail.parameters) for mail in mails(session)] == [(None, None)]


def test_link_mail_of_a_closed_round_asks_for_nothing(app, token, session, consultation_round):
    at = consultation_round.closes_at + timedelta(days=1)

    link_mail.send(
        session,
        token,
        ADDRESS,
        locale="fr",
        base_url="https://consultation.example",
        caps=Caps.of(app.config),
        at=at,
    )

    session.commit()
    assert json.loads(mails(session)[0].parameters)["closes_at"] is None


def test_receipt_without_a_mail_server_offers_no_mail(app, client, form):
    app.config["MAIL_SERVER"] = ""

    page = client.post(form.path, data=form.data(), follow_redirects=True)

    assert "M’envoyer ce lien" not in page.text
    assert "Copier le lien" in page.text
