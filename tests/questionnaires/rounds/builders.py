"""Builders of rounds in every state, of an organiser, and of what published forms store."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from consultation.accounts.models import AuditEvent, Role
from consultation.accounts.roles import StaffActor
from consultation.collective import texts
from consultation.db.base import writing
from consultation.i18n import OTHER_LOCALES
from consultation.operations.keys import verification
from consultation.questionnaires.models import Option, Question, Questionnaire, Section
from consultation.questionnaires.rounds import checklist, forms, lifecycle, service
from consultation.questionnaires.rounds.forms import RoundForm, write_day, write_hour
from consultation.questionnaires.rounds.lifecycle import RoundRefused
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.collective.builders import write_site

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
EMAIL = "lou@association.fr"
DESPITE = [it for name in checklist.NAMES for it in ("--despite", name)]
"""Of a command that opens a round whose checklist a test is not about."""


def organiser_of(session, email=EMAIL):
    """An organiser as services know one."""
    account = make_account(session, email, Role.ORGANISER)
    return StaffActor(account, email, frozenset({Role.ORGANISER}))


def typed(opens_at, closes_at, code="tour-1", **fields):
    """Return the fields of the form of a round with these dates."""
    return {
        "title": "Deuxième consultation", "title_en": "Second consultation", "code": code,
        "opens_day": write_day(opens_at), "opens_hour": write_hour(opens_at),
        "closes_day": write_day(closes_at), "closes_hour": write_hour(closes_at),
        "languages": [*OTHER_LOCALES],
    } | fields  # fmt: skip


def draft_of(fields, at=NOON, changed=None):
    """Return what the form holds, dates confirmed; raise `RoundRefused` with its errors."""
    form = RoundForm(MultiDict(fields | {"confirmed": "1"}), at=at, changed=changed)
    if not form.validate():
        raise RoundRefused({name: errors[0] for name, errors in form.errors.items()})
    return form.draft


def prepare(session, actor, at=NOON, code="tour-1", *, opens_in=10, days=20):
    """A round in preparation that opens so many days after `at`."""
    opens_at = at + timedelta(days=opens_in)
    with writing(session()):
        draft = draft_of(typed(opens_at, opens_at + timedelta(days=days), code), at)
        return service.prepare(Work(session(), actor, at), draft)


def make_safe(app, session, at=NOON):
    """Make a site on which a round may open to the public."""
    app.config["DANGER_REFERENT_NAME"] = "Dominique Roy"
    for name in ("claude", "sasha"):
        account = make_account(session, f"{name}@association.fr", Role.ADMINISTRATOR)
    actor = StaffActor(account, "sasha@association.fr", frozenset({Role.ORGANISER}))
    for kind in texts.missing(texts.in_force(session)):
        write_site(session, actor, kind, fr="Un texte.", en="A text.")
    with writing(session()):
        verification.confirm(session(), app.config["KEYS_DIR"], at)


def take(session, actor, code, step, at=NOON, closes_at=None):
    with writing(session()):
        return service.take(Work(session(), actor, at), code, step, closes_at)


def change(session, actor, code, at=NOON, **fields):
    """Give a round other values in some fields of its form."""
    changed = service.find(Work(session(), actor), code)
    before = lifecycle.draft_of(changed)
    draft = draft_of(forms.values_of(before) | fields, at, changed)
    with writing(session()):
        return service.change(Work(session(), actor, at), code, draft, before.digest)


def published_rows(session):
    """Every row of a published form, as stored: what no move of a round may change.

    Whether a form is the current one is said by `closed_at`, which publishing sets once.
    """
    session.expire_all()
    tables = [model.__table__ for model in (Questionnaire, Section, Question, Option)]
    kept = {}
    for table in tables:
        columns = [column for column in table.columns if column.name != "closed_at"]
        for row in session.execute(sa.select(*columns).order_by(table.c.id)):
            kept[table.name, row.id] = repr(tuple(row))
    return kept


def actions(session):
    return session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
