"""Rows of before boxes that look alike were told apart, and what the worker makes of them."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.extensions import db
from consultation.invitations.models import Invitee
from consultation.jobs import worker
from consultation.mail import outbox_actions, suppression
from consultation.mail.addresses import indexes_of, mailbox_index_of
from consultation.mail.kinds import Reach
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import Delivery, OutboxMessage, Suppression, SuppressionReason
from consultation.operations import mailbox_hashes
from consultation.responses.models import Contact
from consultation.responses.space import recovery
from tests.factories import make_measure, make_round
from tests.mail.lookalikes import TWINS
from tests.sealed import make_respondent

pytestmark = pytest.mark.database

BEFORE = ScriptDirectory.from_config(upgrade._config()).get_revision("0027").down_revision
FILLED = (Contact, Invitee, OutboxMessage)
PLAIN, ALIKE = TWINS["ligature"]


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    opened = make_round(session)
    session.commit()
    return opened


def fill_tables(session, opened, addresses):
    """Keep each address once in every table that keeps some."""
    for address in addresses:
        with writing(session):
            person = make_respondent(session, opened.id)
            kept = {"address": address, **indexes_of(address)}
            session.add(Contact(respondent_id=person.id, **kept))
            session.add(Invitee(locale="fr", created_at=now(), **kept))
            suppression.suppress_address(session, address, SuppressionReason.UNSUBSCRIBED, now())
            outbox_actions.enqueue_test(session, address, now())


def forget_mailboxes(session):
    """Leave the rows as the release before had stored them."""
    session.rollback()
    for model in (*FILLED, Suppression, Delivery):
        session.execute(sa.update(model).values(mailbox_index=None))
    session.commit()
    session.expire_all()


def hashes(session):
    """By table, the exact hash that each row has."""
    session.rollback()
    return {
        model.__tablename__: session.scalars(
            sa.select(model.__table__.c.mailbox_index).order_by(*model.__table__.primary_key)
        ).all()
        for model in FILLED
    }


def migrate(session, database_url, move, revision):
    """Change the tables as `make serve` does, while nobody looks at them."""
    session.remove()
    db.engine.dispose()
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    move(upgrade.config_for(engine), revision)
    engine.dispose()


def test_rows_of_the_release_before_are_filled_in_and_new_ones_come_beside_them(
    session, opened, database_url
):
    fill_tables(session, opened, [PLAIN, "paul@exemple.fr"])
    migrate(session, database_url, command.downgrade, BEFORE)
    migrate(session, database_url, command.upgrade, "head")
    empty = hashes(session)
    alike = recovery.respondents_of(session, Box.of(ALIKE), now())
    stored = recovery.respondents_of(session, Box.of(PLAIN), now())
    fill_tables(session, opened, [ALIKE])

    count = mailbox_hashes.fill(session)
    again = mailbox_hashes.fill(session)

    right = {mailbox_index_of(address) for address in (PLAIN, "paul@exemple.fr", ALIKE)}
    assert {index for indexes in empty.values() for index in indexes} == {None}
    assert (alike, [each.address for each in stored]) == ([], [PLAIN])
    assert [set(indexes) for indexes in hashes(session).values()] == [right] * 3
    assert (count, again) == (3 * 2, 0)


def test_suppression_of_the_release_before_is_never_narrowed(session, opened, database_url):
    fill_tables(session, opened, [ALIKE])
    migrate(session, database_url, command.downgrade, BEFORE)
    migrate(session, database_url, command.upgrade, "head")

    mailbox_hashes.fill(session)

    for address in (PLAIN, ALIKE):
        stopped = suppression.find_reason(session, Box.of(address), Reach.BULK)
        assert stopped is SuppressionReason.UNSUBSCRIBED


def test_going_back_lifts_no_stop_and_joins_no_contacts(session, opened, database_url):
    fill_tables(session, opened, [PLAIN, ALIKE])

    with pytest.raises(RuntimeError, match="1 addresses of contacts look like another's"):
        migrate(session, database_url, command.downgrade, BEFORE)
    session.execute(sa.delete(Invitee).where(Invitee.mailbox_index == mailbox_index_of(ALIKE)))
    session.commit()
    migrate(session, database_url, command.downgrade, BEFORE)
    kept = session.execute(sa.text("SELECT address_index FROM suppression")).scalars().all()
    session.rollback()
    migrate(session, database_url, command.upgrade, "head")

    assert kept == [indexes_of(PLAIN)["address_index"]]
    for address in (PLAIN, ALIKE):
        assert suppression.find_reason(session, Box.of(address), Reach.BULK)


def test_what_is_cut_short_is_gone_on_with(session, opened, monkeypatch):
    monkeypatch.setattr(mailbox_hashes, "BATCH", 2)
    fill_tables(session, opened, [f"personne{number}@exemple.fr" for number in range(5)])
    forget_mailboxes(session)
    turns = iter([False, False, True])

    first = mailbox_hashes.fill(session, lambda: next(turns))
    second = mailbox_hashes.fill(session)

    assert (first, second) == (4, 11)
    assert None not in {index for indexes in hashes(session).values() for index in indexes}


def test_worker_fills_in_what_is_missing_as_it_begins(session, opened):
    fill_tables(session, opened, [PLAIN])
    forget_mailboxes(session)

    worker._tasks["mailboxes"].run(session)

    right = [mailbox_index_of(PLAIN)]
    assert list(hashes(session).values()) == [right] * 3


def test_somebody_erased_and_an_address_that_no_key_opens_stay_without(session, opened):
    fill_tables(session, opened, ["anne@exemple.fr", "paul@exemple.fr"])
    forget_mailboxes(session)
    session.execute(
        sa.text("UPDATE contact SET address = :lost WHERE respondent_id = 1"), {"lost": b"lost"}
    )
    session.execute(sa.update(Invitee).where(Invitee.id == 1).values(address_index=None))
    session.commit()

    mailbox_hashes.fill(session)

    right = mailbox_index_of("paul@exemple.fr")
    filled = hashes(session)
    assert (filled["contact"], filled["invitee"]) == ([None, right], [None, right])
