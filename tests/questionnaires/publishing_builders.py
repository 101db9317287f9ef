"""Outlines and browsers for the pages that publish, preview and interchange a questionnaire."""

from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.db.base import writing
from consultation.questionnaires.models import (
    Option,
    Question,
    QuestionKind,
    Questionnaire,
    Section,
)
from consultation.questionnaires.models import StoredOutline as Stored
from consultation.questionnaires.outline import store
from consultation.questionnaires.outline.structure import (
    OutlineOption,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from tests.accounts.builders import make_account
from tests.invitations.builders import Browser

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
EMAIL = "lou@association.example"


def browser(app, session, email=EMAIL, role=Role.ORGANISER):
    """The browser of a member of staff who has signed in."""
    make_account(session, email, role)
    value = Browser(app)
    value.enter(email)
    return value


def make_question(code="avis_2", label="Qu'en dites-vous ?", kind=QuestionKind.LONG_TEXT, **values):
    if kind in (QuestionKind.LONG_TEXT, QuestionKind.SHORT_TEXT):
        values.setdefault("settings", {"maximum": 500})
    return OutlineQuestion(code, kind, {"fr": label}, **values)


def make_section(code="encart", *questions, scope=Scope.INSERT, measures=("T7",), **values):
    values.setdefault("title", {"fr": "Encart"})
    measures = measures if scope is Scope.INSERT else ()
    return OutlineSection(code, scope, measures=tuple(measures), questions=questions, **values)


def with_question(outline, section, question):
    """The outline with a question at the end of a section."""
    value = outline.section(section)
    return outline.with_section(replace(value, questions=(*value.questions, question)))


def changed(outline, code, **values):
    """The outline with a question that says otherwise."""
    section = outline.section_of(code)
    questions = tuple(
        replace(question, **values) if question.code == code else question
        for question in section.questions
    )
    return outline.with_section(replace(section, questions=questions))


def without(outline, code):
    section = outline.section_of(code)
    left = tuple(question for question in section.questions if question.code != code)
    return outline.with_section(replace(section, questions=left))


def options(*labels):
    return tuple(OutlineOption(f"o{number}", {"fr": label}) for number, label in enumerate(labels))


def edit(session, consultation_round, change, at=AT):
    """Store a change of the working outline, after what the test has made."""
    session.commit()
    with writing(session):
        store.change(session, session.merge(consultation_round), change, at)


def actions(session):
    return session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()


def event(session, action):
    return session.scalars(sa.select(AuditEvent).where(AuditEvent.action == action)).one()


def published_rows(session):
    """Everything that was published, row by row, but when a form closed."""
    rows = {}
    for model in (Questionnaire, Section, Question, Option):
        for row in session.execute(sa.select(model.__table__)).mappings():
            kept = {name: value for name, value in row.items() if name != "closed_at"}
            rows[model.__tablename__, row["id"]] = kept
    stored = sa.select(Stored.__table__).where(Stored.published_at.is_not(None))
    for row in session.execute(stored).mappings():
        rows["outline", row["id"]] = dict(row)
    return rows
