"""Confirmation: the sender is asked once, by a mail that quotes nothing."""

import html
import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.inbox import confirmation, decisions
from consultation.inbox.confirmation import CannotAsk, Confirmation, ConfirmationObstacle
from consultation.inbox.models import State
from consultation.mail import rendering, suppression
from consultation.mail.models import OutboxMessage, SuppressionReason
from consultation.responses import transcription
from consultation.responses.models import Standing
from consultation.responses.transcription import Part
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.inbox.builders import SENDER, bring_in_one, messages
from tests.pages import straight


@pytest.fixture
def actor(session, app):
    account_id = make_account(session, "tri@exemple.fr", Role.MODERATOR)
    return StaffActor(account_id, "tri@exemple.fr", frozenset({Role.MODERATOR}))


@pytest.fixture
def ask(session, app, actor):
    """Ask the sender of a message to confirm; return the mail that is owed."""

    def run(message, seen=State.WAITING):
        with writing(session):
            confirmation.ask(Work(session, actor, now()), message.public_id, app.config, seen=seen)
        return session.scalars(
            sa.select(OutboxMessage).where(
                OutboxMessage.dedup_key == f"confirm:{message.public_id}"
            )
        ).one()

    return run


def link_in(mail):
    return re.search(r'"link": "https://consultation\.example([^"]+)"', mail.parameters)[1]


def plain(page):
    return straight(html.unescape(page.text))


def test_mail_says_nothing_of_the_message_and_goes_to_its_sender(session, app, ask):
    message = bring_in_one(session, app, subject="Un sujet secret", sender=SENDER)

    mail = ask(message)

    assert mail.recipient == SENDER
    assert "secret" not in mail.parameters
    assert (message.state, message.asked_at is not None) == (State.ASKED, True)


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("fr", "Confirmez le courriel que vous nous avez écrit"),
        ("en", None),
    ],
)
def test_text_and_html_hold_the_same_words_in_the_reader_s_language(app, locale, subject):
    link = "https://consultation.example/courriel/confirmer/jeton"
    entry = Confirmation(link=link, received_at="2026-11-20T09:30:00+00:00")

    letter = rendering.render(confirmation.KIND, locale, [entry], SENDER)

    text = " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", letter.html, flags=re.S).split())
    for paragraph in letter.text.split("\n\n"):
        line = re.sub(r" \S+/courriel/arret/\S+$", "", " ".join(paragraph.split()))
        if not line.startswith("---"):
            assert line in html.unescape(text)
    assert letter.subject == subject or subject is None
    assert link in letter.text
    assert len(letter.html.encode()) < 20_000


def test_button_confirms_and_looking_does_not(session, app, ask, client):
    message = bring_in_one(session, app)
    path = link_in(ask(message))

    looked = client.get(path)
    after_looking = messages(session)[0].confirmed_at
    pressed = client.post(path)
    after = client.get(path)
    again = client.post(path)

    assert "Oui, c'est moi qui l'ai écrit" in plain(looked)
    assert after_looking is None
    assert (pressed.status_code, again.status_code) == (303, 303)
    assert "Votre courriel est confirmé" in plain(after)
    assert looked.headers["Cache-Control"] == "no-store, private"
    (confirmed,) = messages(session)
    assert confirmed.state is State.WAITING


def test_confirming_again_keeps_the_first_moment(session, app, ask, client):
    message = bring_in_one(session, app)
    path = link_in(ask(message))
    client.post(path)
    first = messages(session)[0].confirmed_at

    client.post(path)

    assert messages(session)[0].confirmed_at == first


def test_forged_confirmation_link_is_not_there(session, app, ask, client):
    message = bring_in_one(session, app)
    path = link_in(ask(message))
    # Not the last character, some bits of which say nothing.
    forged = [f"{path[:-9]}{'A' if path[-9] != 'A' else 'B'}{path[-8:]}", "/courriel/confirmer/x"]

    statuses = [
        call(address).status_code for address in forged for call in (client.get, client.post)
    ]

    assert statuses == [404] * 4
    assert messages(session)[0].confirmed_at is None


def test_english_sender_gets_the_page_in_english(session, app, ask, client):
    message = bring_in_one(
        session, app, "Hello, here is what we think about the housing of the victims in this plan."
    )

    path = link_in(ask(message))

    assert path.startswith("/en/courriel/confirmer/")
    assert client.get(path).status_code == 200


def test_what_a_confirmed_message_becomes_is_of_somebody_sure(
    session, app, ask, client, opened, actor
):
    message = bring_in_one(session, app)
    client.post(link_in(ask(message)))

    with writing(session):
        form = transcription.forms(session, now())[0]
        (made,) = decisions.convert(
            Work(session, actor, now()),
            message.public_id,
            [Part(form, "Texte.")],
            seen=State.WAITING,
        )

    assert made.respondent.standing is Standing.CONFIRMED


def test_confirming_after_the_conversion_makes_its_respondent_sure(
    session, app, ask, client, opened, actor
):
    message = bring_in_one(session, app)
    path = link_in(ask(message))
    with writing(session):
        form = transcription.forms(session, now())[0]
        (made,) = decisions.convert(
            Work(session, actor, now()), message.public_id, [Part(form, "Texte.")], seen=State.ASKED
        )

    client.post(path)

    session.refresh(made.respondent)
    assert made.respondent.standing is Standing.CONFIRMED
    assert messages(session)[0].state is State.CONVERTED


@pytest.mark.parametrize(
    ("sender", "obstacle"),
    [
        ("no-reply@exemple.fr", ConfirmationObstacle.ROBOT),
        ("ne-pas-repondre@exemple.fr", ConfirmationObstacle.ROBOT),
        ("contre.la.traite@secours-catholique.org", ConfirmationObstacle.OURS),
        ("Personne", ConfirmationObstacle.NO_ADDRESS),
    ],
)
def test_nobody_is_written_to_who_can_not_or_must_not_be(
    session, app, ask, actor, sender, obstacle
):
    message = bring_in_one(session, app, **{"from": sender})
    if message.state is State.SET_ASIDE:
        with writing(session):
            decisions.take_back(
                Work(session, actor, now()), message.public_id, seen=State.SET_ASIDE
            )

    with pytest.raises(CannotAsk) as refused:
        ask(message)

    assert refused.value.obstacle is obstacle


@pytest.mark.parametrize("reason", [SuppressionReason.NOT_ME, SuppressionReason.BOUNCED])
def test_address_that_is_not_written_to_is_not_asked(session, app, ask, reason):
    message = bring_in_one(session, app)
    with writing(session):
        suppression.suppress_address(session, "Jeanne@exemple.fr", reason, now())

    with pytest.raises(CannotAsk) as refused:
        ask(message)

    assert refused.value.obstacle is ConfirmationObstacle.SUPPRESSED


def test_sender_is_asked_once_even_when_the_message_was_taken_back(session, app, ask, actor):
    message = bring_in_one(session, app)
    ask(message)
    with writing(session):
        decisions.set_aside(
            Work(session, actor, now()), message.public_id, "other", seen=State.ASKED
        )
    with writing(session):
        decisions.take_back(Work(session, actor, now()), message.public_id, seen=State.SET_ASIDE)

    with pytest.raises(CannotAsk) as refused:
        ask(message)

    assert refused.value.obstacle is ConfirmationObstacle.ASKED_BEFORE
