"""Kept mail: it leaves once a server is set, by the gesture of an administrator."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.jobs import queue
from consultation.mail import displayed_states, suppression
from consultation.mail.delivery import kept
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.models import MessageStatus, OutboxMessage, SuppressionReason
from consultation.mail.transport import mailbox_of, safe_mail
from consultation.responses.submission.acknowledgement import KIND as ACKNOWLEDGEMENT
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.invitations.builders import OUTSIDER
from tests.mail.builders import Administrator, codes_of, deliver, enqueue, enqueue_alone, messages
from tests.pages import visible_text

pytestmark = pytest.mark.database

OUTBOX = "/administration/courriels"
RELEASE = f"{OUTBOX}/envoyer-ce-qui-est-garde"


@pytest.fixture
def administrator(app, session):
    make_account(session, "adm@association.example", Role.ADMINISTRATOR)
    browser = Browser(app)
    browser.enter("adm@association.example")
    return browser


@pytest.fixture
def kept_mail(app, session):
    """Two acknowledgements in one mail, one in another, and a test mail, all kept here."""
    at = now() - timedelta(days=3)
    enqueue(session, "CODE-1", at=at)
    enqueue(session, "CODE-2", at=at)
    enqueue(session, "CODE-3", "paul@exemple.fr", at=at)
    enqueue_alone(session, at=at)
    deliver(session, app)
    assert displayed_states.counts(session)[DisplayedState.KEPT] == 4


def set_server(app, smtp_sink):
    """Set a server, as the site has it after a restart."""
    app.config.update(smtp_sink.settings)
    safe_mail.init_app(app)


def test_kept_mail_is_listed_and_waits_for_a_server(app, session, kept_mail, administrator):
    page = visible_text(administrator.get(OUTBOX))
    assert "Ce qui est gardé sur cette machine" in page
    assert "CONSULTATION_MAIL_SERVER" in page
    assert "Accusé de réception : 3" in page

    administrator.post(RELEASE, {"nature": ACKNOWLEDGEMENT.name})

    assert displayed_states.counts(session)[DisplayedState.KEPT] == 4


def test_kept_mail_leaves_as_mail_of_today_when_an_administrator_says_so(
    app, session, kept_mail, administrator, smtp_sink
):
    set_server(app, smtp_sink)

    answer = administrator.post(RELEASE, {"nature": ACKNOWLEDGEMENT.name})
    page = visible_text(administrator.get(answer.location))
    assert "3 courriels gardés repartent" in page
    assert "3 courriels qui étaient gardés attendent leur tour" in page
    session.execute(sa.update(OutboxMessage).values(next_attempt_at=now()))
    session.commit()
    deliver(session, app)

    assert sorted(code for mail in smtp_sink.mails for code in set(codes_of(mail))) == [
        "CODE-1",
        "CODE-2",
        "CODE-3",
    ]
    counts = displayed_states.counts(session)
    assert (counts[DisplayedState.SENT], counts[DisplayedState.KEPT]) == (3, 1)
    assert "attendent leur tour" not in visible_text(administrator.get(OUTBOX))
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.details) == ("kept_mail_released", {"count": 3})


def test_kept_mail_stays_where_no_kind_is_ticked(app, session, kept_mail, administrator, smtp_sink):
    set_server(app, smtp_sink)

    page = administrator.post(RELEASE, follow_redirects=True)

    assert "Cochez une nature au moins : rien n'est parti." in visible_text(page)
    assert displayed_states.counts(session)[DisplayedState.KEPT] == 4


def test_kept_mail_leaves_at_a_pace_and_its_copies_go(app, session, kept_mail, smtp_sink):
    set_server(app, smtp_sink)
    at = now()

    with writing(session):
        kept.release(Work(session, Administrator(), at), [ACKNOWLEDGEMENT.name])
    while queue.run_due(session):
        pass

    first, second, third, tried = messages(session)
    assert first.next_attempt_at == second.next_attempt_at == at
    assert third.next_attempt_at == at + timedelta(hours=1) / kept.PACE
    assert tried.status is MessageStatus.SENT
    assert len(mailbox_of(app.config).names()) == 1


def test_kept_mail_to_a_stopped_address_or_without_content_does_not_leave(
    app, session, kept_mail, smtp_sink
):
    set_server(app, smtp_sink)
    with writing(session):
        suppression.suppress_address(session, "paul@exemple.fr", SuppressionReason.NOT_ME, now())
        session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.dedup_key == "acknowledgement:CODE-1")
            .values(parameters=None)
        )

    with writing(session):
        count = kept.release(Work(session, Administrator(), now()), [ACKNOWLEDGEMENT.name])

    assert count == 1
    assert [it.status for it in messages(session)] == [
        MessageStatus.SENT,
        MessageStatus.QUEUED,
        MessageStatus.SUPPRESSED,
        MessageStatus.SENT,
    ]


def test_kept_mail_leaves_by_the_hand_of_an_administrator_only(session, kept_mail):
    with pytest.raises(NotAllowed), writing(session):
        kept.release(Work(session, OUTSIDER, now()), [ACKNOWLEDGEMENT.name])
