"""Respondents who spoke, and the message that tells them, from what a test cares about."""

import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions import editions
from consultation.decisions.announcements import drafts
from consultation.decisions.announcements.models import AnnouncementRecipient
from consultation.invitations.mailings.drafts import Draft
from consultation.mail.addresses import indexes_of
from consultation.questionnaires.models import Round
from consultation.responses.models import Contact
from consultation.work.services import Work
from tests.decisions.builders import indicator_subject, make_decision, make_edition
from tests.exports.builders import respond
from tests.invitations.builders import ORGANISER, by_language

BODY = "Bonjour,\n\nL'édition {{numero}} : {{edition}}."


def speak(session, opened, address="ada@exemple.fr", code="T7.1", answers=None, **values):
    """The id of a respondent who rated an indicator, and by default agreed to be written to."""
    defaults = {"consent_contact": True}
    answers = answers or {(code, "relevance"): "7"}
    response = respond(session, opened, code.partition(".")[0], answers, **defaults | values)
    if address:
        session.add(
            Contact(respondent_id=response.respondent_id, address=address, **indexes_of(address))
        )
    session.commit()
    return response.respondent_id


def publish(session, organiser, *codes, **values):
    """An edition that decides on these indicators, by default on T7.1."""
    decisions = [
        make_decision(session, organiser, indicator_subject(session, code))
        for code in codes or ("T7.1",)
    ]
    return make_edition(session, organiser, *decisions, **values)


def close(session, opened):
    session.execute(sa.update(Round).where(Round.id == opened.id).values(closes_at=now()))
    session.commit()


def make_announcement(session, opened, number=1, *, early=False, **values):
    """A draft, committed."""
    texts = {"subject": "Suites de l'édition {{numero}}", "body": BODY, "pace": 2000}
    with writing(session):
        edition = editions.published_edition(session, number)
        return drafts.add(
            Work(session, ORGANISER, now()),
            Draft(**by_language(texts | values, "subject", "body")),
            edition,
            opened.id,
            may_precede_closing=early,
        )


def states(session):
    """Why each respondent was skipped, or that their mail is queued or waits."""
    session.rollback()
    session.expire_all()
    rows = session.scalars(
        sa.select(AnnouncementRecipient).order_by(
            AnnouncementRecipient.mailing_id, AnnouncementRecipient.respondent_id
        )
    )
    return [
        row.skipped.value if row.skipped else "queued" if row.queued_at else "waits" for row in rows
    ]
