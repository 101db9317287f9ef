"""Alerts that danger words raise: publishing waits for them, hiding does not."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.mail.models import OutboxMessage
from consultation.moderation import bulk
from consultation.moderation.claims import DecisionNotAllowed, Obstacle
from consultation.moderation.danger import alerts as danger_alerts
from consultation.moderation.danger import screening
from consultation.moderation.models import DangerAlert, TextState, Verdict
from consultation.responses.models import Response
from consultation.work.services import Work
from tests.moderation.builders import (
    actions,
    fresh,
    gesture,
    make_text,
    page_of,
    phone_text,
    plain,
    range_of,
    stored,
)
from tests.moderation.danger.test_danger import CRY, NAMED, REFERENT, arrive

pytestmark = pytest.mark.database

WHY = "Une personne est peut-être en danger : notez d'abord"


@pytest.fixture
def reachable(app):
    """A site that can send mails, with somebody who is told."""
    app.config.update(NAMED, DANGER_REFERENT=REFERENT, MAIL_SERVER="smtp.exemple.fr")


@pytest.fixture
def moderator(sign_in):
    browser = sign_in()
    browser.get("/organisation/")
    return browser


def turn(app, session):
    """What the worker does every few seconds."""
    session.rollback()
    screening._turn(app.config, session)


def marked(app, session, opened, text=CRY):
    """A text that was marked, with the alert that its words raised."""
    (row,) = arrive(session, opened, text)
    turn(app, session)
    return row


def test_mark_raises_the_alert_of_a_text_once(reachable, app, session, opened, moderator):
    text = marked(app, session, opened)
    turn(app, session)

    (alert,) = stored(session, DangerAlert)
    (message,) = stored(session, OutboxMessage)
    assert (alert.answer_id, alert.account_id, alert.closed_at) == (text.answer_id, None, None)
    assert (message.kind, message.recipient) == ("danger", REFERENT)
    assert "danger," not in message.parameters
    assert actions(session).count("danger_raised") == 1
    page = plain(moderator.get(page_of(text)))
    assert "Alerte ouverte par le site, qui a vu des mots de danger" in page
    assert "1 alerte ouverte" in plain(moderator.get("/moderation/alertes"))


@pytest.mark.parametrize("is_raised", [True, False], ids=["alert open", "not yet raised"])
@pytest.mark.parametrize("verdict", ["publish", "redact"])
def test_text_with_danger_words_is_not_published_before_its_danger_is_dealt_with(
    app, session, opened, moderator, is_raised, verdict
):
    (text,) = arrive(session, opened, f"{CRY} Près de la gare.")
    if is_raised:
        turn(app, session)
    moderator.get(page_of(text))

    masked = {"autre": "Près de la gare", "raison": "shelter"} if verdict == "redact" else {}
    page = moderator.post(page_of(text, "/decision"), gesture(text, verdict, **masked))

    assert page.status_code == 409
    assert WHY in plain(page)
    assert fresh(session, text).state is TextState.WAITING
    assert fresh(session, text).redactions == []


def test_alert_that_a_moderator_raised_holds_a_text_back_too(session, opened, moderator):
    text = make_text(session, opened, "Rien que la machine reconnaisse.")
    moderator.post(page_of(text, "/danger"))

    page = moderator.post(page_of(text, "/decision"), gesture(text, "publish"))

    assert page.status_code == 409
    assert fresh(session, text).state is TextState.WAITING


def test_hiding_a_text_does_not_wait_and_leaves_its_alert_open(app, session, opened, moderator):
    text = marked(app, session, opened)

    moderator.post(page_of(text, "/decision"), gesture(text, "withhold", raison="victim"))

    assert fresh(session, text).state is TextState.WITHHELD
    assert [alert.closed_at for alert in stored(session, DangerAlert)] == [None]


def test_note_of_what_was_done_lets_the_text_be_published(app, session, opened, moderator):
    text = marked(app, session, opened)
    (alert,) = stored(session, DangerAlert)

    place = f"/moderation/alertes/{alert.public_id}/fermer"
    moderator.post(place, {"note": "17 appelé."})
    moderator.post(page_of(text, "/decision"), gesture(text, "publish"))
    turn(app, session)

    assert fresh(session, text).state is TextState.PUBLISHED
    assert len(stored(session, DangerAlert)) == 1


@pytest.mark.parametrize("is_raised", [True, False], ids=["alert open", "not yet raised"])
def test_text_is_published_once_somebody_says_that_there_is_no_danger(
    app, session, opened, moderator, is_raised
):
    (text,) = arrive(session, opened, CRY)
    if is_raised:
        turn(app, session)

    said = moderator.post(page_of(text, "/pas-de-danger"), follow_redirects=True)
    moderator.post(page_of(text, "/decision"), gesture(text, "publish"))
    turn(app, session)

    assert "avec votre nom : ce n'est pas un danger" in plain(said)
    assert "par Camille : ce n'était pas un danger" in plain(said)
    (alert,) = stored(session, DangerAlert)
    assert (alert.is_dismissed, alert.note, alert.closed_by) == (True, None, alert.closer.id)
    events = session.scalars(
        sa.select(AuditEvent.account_id).where(AuditEvent.action == "danger_dismissed")
    )
    assert list(events) == [alert.closed_by]
    assert fresh(session, text).state is TextState.PUBLISHED
    assert "Ce n'était pas un danger" in plain(moderator.get("/moderation/alertes"))


def test_saying_it_twice_is_said_once(app, session, opened, moderator):
    text = marked(app, session, opened)

    for _ in range(2):
        moderator.post(page_of(text, "/pas-de-danger"))

    assert actions(session).count("danger_dismissed") == 1


def test_text_without_danger_has_nothing_to_dismiss(session, opened, moderator):
    text = make_text(session, opened, "Garder l'indicateur.")

    page = plain(moderator.get(page_of(text)))
    moderator.post(page_of(text, "/pas-de-danger"))

    assert "Ce n'est pas un danger" not in page
    assert stored(session, DangerAlert) == []


def test_lot_publishes_no_text_of_which_an_alert_is_open(app, session, opened, colleague):
    alerted = make_text(session, opened, "Rien que la machine reconnaisse.")
    other = make_text(session, opened, "Garder l'indicateur.")
    referent = danger_alerts.Referent("", "", "", can_mail_leave=False)
    with writing(session):
        danger_alerts.raise_for_text(
            Work(session, colleague.actor, now()), alerted.public_id, referent
        )
    names = [alerted.public_id, other.public_id, marked(app, session, opened).public_id]

    with writing(session):
        outcome = bulk.decide_named(
            Work(session, colleague.actor, now()),
            names,
            Verdict.PUBLISH,
            None,
            two_moderators=False,
        )

    assert outcome.decided == 1
    assert fresh(session, alerted).state is TextState.WAITING
    assert fresh(session, other).state is TextState.PUBLISHED


def test_second_moderator_waits_for_the_alert_too(app, session, opened, colleagues):
    first, second = colleagues
    first.two_moderators = second.two_moderators = True
    text = phone_text(session, opened)
    first.decide(text, Verdict.PUBLISH, verified=[range_of(text.answer.text)])
    referent = danger_alerts.Referent("", "", "", can_mail_leave=False)
    with writing(session):
        danger_alerts.raise_for_text(Work(session, first.actor, now()), text.public_id, referent)

    with pytest.raises(DecisionNotAllowed) as refused:
        second.decide(text, Verdict.PUBLISH, verified=[range_of(text.answer.text)])

    assert refused.value.obstacle is Obstacle.DANGER


@pytest.mark.parametrize("state", [TextState.WAITING, TextState.PUBLISHED, TextState.WITHHELD])
def test_texts_that_were_marked_without_an_alert_get_one_after_an_upgrade(
    app, session, opened, state
):
    (text,) = arrive(session, opened, CRY)
    with writing(session):
        fresh(session, text).state = state

    turn(app, session)

    assert [alert.answer_id for alert in stored(session, DangerAlert)] == [text.answer_id]
    assert fresh(session, text).state is state


def test_dozens_of_marked_texts_write_ten_mails_an_hour(reachable, app, session, opened):
    arrive(session, opened, *(f"{CRY} {number}" for number in range(12)))

    turn(app, session)

    assert len(stored(session, DangerAlert)) == 12
    assert len(stored(session, OutboxMessage)) == danger_alerts.MOST_MAILED
    with writing(session):
        session.execute(
            sa.update(OutboxMessage).values(created_at=now() - timedelta(hours=1, seconds=1))
        )
    marked(app, session, opened, f"{CRY} Encore.")
    assert len(stored(session, OutboxMessage)) == danger_alerts.MOST_MAILED + 1


def test_text_that_its_author_took_back_raises_nothing(app, session, opened):
    arrive(session, opened, CRY)
    with writing(session):
        session.execute(sa.update(Response).values(withdrawn_at=now()))

    turn(app, session)

    assert stored(session, DangerAlert) == []


def test_migration_gives_back_alerts_that_somebody_closed_and_raises_the_open_ones_anew(
    app, session, opened, moderator, database_url
):
    closed, left_open = marked(app, session, opened), marked(app, session, opened, f"{CRY} Vite.")
    moderator.post(page_of(closed, "/pas-de-danger"))
    ids = [closed.answer_id, left_open.answer_id]
    session.remove()
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)

    command.downgrade(upgrade.config_for(engine), "0050")
    with engine.connect() as connection:
        below = connection.exec_driver_sql(
            "SELECT answer_id, account_id = closed_by FROM danger_alert"
        ).all()
    upgrade.upgrade(engine)
    turn(app, session)

    assert [tuple(row) for row in below] == [(ids[0], True)]
    assert sorted(alert.answer_id for alert in stored(session, DangerAlert)) == sorted(ids)
