"""Permanent rows: each table that only grows or is numbered, and what a trial does with it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import Base, writing
from consultation.db.permanent_rows import PERMANENT, TrialRefused
from consultation.institutions.data_requests.models import RequestEventKind
from consultation.institutions.replies import requests
from consultation.invitations.mailings import lifecycle
from consultation.plan import queries
from consultation.plan.values import overrides, publication
from consultation.plan.values.models import Progress
from consultation.questionnaires.models import Round
from consultation.work.services import Work
from tests.decisions.announcements.builders import make_announcement, publish, speak
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
)
from tests.factories import make_round
from tests.institutions.data_requests import builders as letters
from tests.institutions.replies import builders as replies
from tests.invitations.builders import WITH_SERVER
from tests.plan.values.builders import make_measured_indicator, make_value, publish_values
from tests.reports.builders import make_report

pytestmark = pytest.mark.database

STAYS = {
    "audit_event": "the log says what was done in a trial, too",
    "moderation_decision": "it is about a text of the trial, which is erased",
    "indicator_value": "a fact of the plan, as its wording is; nothing of it is public by itself",
    "institution_reply": "an institution replies to what it was asked before the trial",
    "report_file": "a reader takes a file of a report that was published before the trial",
}
"""The other tables that only grow, and why a trial may store rows in them."""


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    make_measured_indicator(session)
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def organiser(session):
    return make_organiser(session)


def decide(session, _app, organiser, _opened):
    return lambda: make_decision(session, organiser, indicator_subject(session))


def publish_edition(session, _app, organiser, _opened):
    return lambda: make_edition(session, organiser)


def publish_report(session, _app, organiser, _opened):
    return lambda: make_report(session, organiser)


def publish_value(session, _app, organiser, _opened):
    value = make_value(session, organiser, queries.stored_indicator(session, "T7.1"))
    return lambda: publish_values(session, organiser, value)


def override(session, _app, organiser, _opened):
    def act():
        indicator = queries.stored_indicator(session, "T7.1")
        session.rollback()
        with writing(session):
            overrides.override(
                Work(session, organiser, now()), indicator, Progress.REACHED, "vu", None
            )

    return act


def send_letter(session, _app, organiser, _opened):
    request = letters.make_request(session, organiser)
    requested = RequestEventKind.REQUESTED
    return lambda: letters.happen(session, organiser, request, requested, letters.SENT)


def ask_institution(session, app, organiser, _opened):
    return lambda: replies.make_request(session, app, organiser)


def publish_reply(session, app, organiser, _opened):
    request = replies.make_request(session, app, organiser)

    def act():
        seen = requests.state_of(replies.fresh(session, request))
        over = now() + timedelta(days=30)
        with writing(session):
            requests.publish(Work(session, organiser, over), request.public_id, seen)

    return act


def announce(session, _app, organiser, opened):
    speak(session, opened)
    publish(session, organiser)
    mailing = make_announcement(session, opened, early=True)

    def act():
        with writing(session):
            lifecycle.start(Work(session, organiser, now()), session.merge(mailing), WITH_SERVER)

    return act


ACTS = {
    ("indicator_decision", "decided_at"): decide,
    ("plan_edition", "published_at"): publish_edition,
    ("report_edition", "published_at"): publish_report,
    ("value_publication", "showing"): publish_value,
    ("progress_override", "progress"): override,
    ("data_request_event", "kind"): send_letter,
    ("institution_reply_request", "sent_at"): ask_institution,
    ("institution_reply_request", "published_at"): publish_reply,
    ("mailing", "started_at"): announce,
}
"""What a person does to store each kind of permanent row; what it needs is there before."""


def test_permanent_rows_are_each_tried():
    assert set(ACTS) == PERMANENT


def set_trial(session, *, runs):
    session.rollback()
    session.execute(sa.update(Round).values(is_trial=runs))
    session.commit()


def count(session, table, column):
    session.rollback()
    stored = Base.metadata.tables[table]
    wanted = sa.select(sa.func.count()).select_from(stored)
    return session.scalar(wanted.where(stored.c[column].is_not(None)))


@pytest.mark.parametrize("permanent", ACTS, ids=".".join)
def test_permanent_row_is_refused_until_the_trial_ends(app, session, opened, organiser, permanent):
    act = ACTS[permanent](session, app, organiser, opened)
    before = count(session, *permanent)
    set_trial(session, runs=True)

    with pytest.raises(TrialRefused):
        act()
    assert count(session, *permanent) == before

    set_trial(session, runs=False)
    act()
    assert count(session, *permanent) > before


def test_tables_that_only_grow_or_are_numbered_are_permanent_or_say_why_not(session):
    protected, numbered = set(protected_tables(session)), set(numbered_tables())

    assert numbered
    assert protected | numbered == {table for table, _ in PERMANENT} - {"mailing"} | set(STAYS)


def protected_tables(session):
    """The tables with a trigger that refuses changes."""
    if session.get_bind().dialect.name == "sqlite":
        refusing = "type = 'trigger' AND sql LIKE '%only grows%'"
        return session.scalars(sa.text(f"SELECT tbl_name FROM sqlite_master WHERE {refusing}"))
    return session.scalars(
        sa.text(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal AND p.proname LIKE 'refuse%'"
        )
    )


def numbered_tables():
    """The tables whose rows have a number of their own in the whole site."""
    for table in Base.metadata.tables.values():
        for column in table.columns:
            is_number = isinstance(column.type, sa.Integer) and not column.foreign_keys
            if column.unique and is_number:
                yield table.name


def test_words_of_a_person_and_shown_values_are_taken_back_in_a_trial(
    app, session, opened, organiser
):
    indicator = queries.stored_indicator(session, "T7.1")
    value = make_value(session, organiser, indicator)
    publish_values(session, organiser, value)
    set_trial(session, runs=True)

    with writing(session):
        indicator = queries.stored_indicator(session, "T7.1")
        publication.unpublish(Work(session, organiser, now()), indicator, value.public_id)
    with writing(session):
        indicator = queries.stored_indicator(session, "T7.1")
        overrides.override(Work(session, organiser, now()), indicator, None, "", None)

    assert publication.published(session, [indicator.id]) == {}
