"""Erasure: the address and the signature go, the text if it must, and stay gone after a restore."""

from datetime import timedelta

import pytest

from consultation.clock import now
from consultation.db import erasure_log
from consultation.db.base import writing
from consultation.institutions.replies import erasure, queries, requests
from consultation.institutions.replies.models import Reply
from consultation.jobs.models import Job
from consultation.mail.models import OutboxMessage
from consultation.operations.retention.apply import apply
from consultation.work.services import Work
from tests.institutions.replies.builders import (
    ADDRESS,
    TEXT,
    act,
    fresh,
    make_over,
    make_reply,
    make_request,
)

pytestmark = pytest.mark.database


def erase(session, app, actor, row, *, texts):
    seen = requests.state_of(fresh(session, row))
    with writing(session):
        erasure.erase(
            Work(session, actor, now()), row.public_id, seen, home=app.config["HOME"], texts=texts
        )


def test_address_and_signature_are_erased_and_nothing_of_another_request(session, app, actor):
    row, other = make_request(session, app, actor), make_request(session, app, actor)
    make_reply(session, row)
    make_reply(session, other)

    erase(session, app, actor, row, texts=False)

    assert (fresh(session, row).address, fresh(session, row).reply.signature) == (None, "")
    assert fresh(session, row).reply.text == TEXT
    assert fresh(session, other).address == ADDRESS
    assert fresh(session, other).reply.signature
    mails = session.query(OutboxMessage).order_by(OutboxMessage.id).all()
    assert [it.recipient for it in mails] == [None, ADDRESS]
    assert session.query(Job).filter_by(kind="erase_copies").count() or session.query(Job).count()


def test_erased_text_is_said_to_be_so(session, app, actor, measure, traveller):
    row = make_request(session, app, actor)
    make_reply(session, row)
    make_reply(session, row, text="Corrigée")
    erase(session, app, actor, row, texts=True)
    make_over(traveller, row)
    act(session, actor, row, requests.publish)

    public = queries.public(session, [measure.id])[measure.id]

    assert (public.text, public.is_erased, public.is_unanswered) == (None, True, False)
    assert [it.text for it in session.query(Reply)] == ["", ""]


def test_erasure_is_repeated_on_what_a_backup_brings_back(session, app, actor):
    row = make_request(session, app, actor)
    make_reply(session, row)
    erasure_log.note(app.config["HOME"], erasure.KIND, now(), request=row.public_id, texts=True)

    with writing(session):
        erasure_log.replay(session, app.config["HOME"] / erasure_log.NAME, now())

    assert fresh(session, row).address is None
    assert fresh(session, row).reply.text == ""


def test_retention_erases_old_addresses_and_a_dry_run_none(session, app, actor, traveller):
    old, recent = make_request(session, app, actor), make_request(session, app, actor)
    make_over(traveller, old)
    traveller.shift(timedelta(days=366))
    recent = make_request(session, app, actor)

    lines = apply(session, app.config, now(), dry_run=True)
    assert "2 adresses d'institutions effacées" in lines
    assert fresh(session, old).address == ADDRESS

    apply(session, app.config, now(), dry_run=False)
    assert fresh(session, old).address is None
    assert fresh(session, recent).address == ADDRESS


def test_retention_of_zero_days_keeps_addresses(session, app, actor, traveller):
    app.config["RETENTION_REPLY_DAYS"] = 0
    row = make_request(session, app, actor)
    traveller.shift(timedelta(days=4000))

    apply(session, app.config, now(), dry_run=False)

    assert fresh(session, row).address == ADDRESS
