"""Texts that were screened, from what a test cares about, and those who moderate them."""

import html
import itertools
import re
from dataclasses import dataclass

import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.moderation import decisions
from consultation.moderation.decisions import DecisionRequest
from consultation.moderation.models import (
    Certainty,
    Finding,
    FindingKind,
    ModeratedText,
    Reason,
    TextState,
)
from consultation.moderation.texts import redactions
from consultation.responses.models import Answer
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.pages import straight

TEXT = "À l'Étape, Aïcha a été aidée 👩🏽‍🌾 ; appelez-la au 06 12 34 56 78, c’est tout."
PHONE = "06 12 34 56 78"
QUESTION, TOOL_QUESTION = "suggestions", "tool_suggestions"
_numbers = itertools.count(1)


def range_of(text, passage=PHONE):
    """Where a passage stands in a text, as the machine stores it."""
    start = text.index(passage)
    return start, start + len(passage)


def make_text(session, opened, text=TEXT, *, findings=(), measure="T7", others=None, **values):
    """A response with one text to moderate, committed; `findings` are (kind, passage) pairs.

    `others` are further texts by question code; the rest is for the response.  The worker of a site
    that runs meanwhile may write, too.
    """
    answers = {QUESTION if measure else TOOL_QUESTION: text, **(others or {})}
    values.setdefault("consent_anonymous", True)
    session.commit()
    with writing(session):
        response = respond(session, opened, measure, answers, **values)
        made = screen(session, response, {text: findings})
        return next(range_ for range_ in made if range_.answer.text == text)


def screen(session, response, findings_of):
    """Store what a machine saw in each text of a response."""
    texts = session.scalars(
        sa.select(Answer).where(Answer.response_id == response.id, Answer.text.is_not(None))
    ).all()
    made = []
    for answer in texts:
        findings = findings_of.get(answer.text, ())
        row = ModeratedText(
            answer_id=answer.id,
            is_flagged=bool(findings),
            screened_at=now(),
            screened_by="test",
        )
        session.add(row)
        session.flush()
        for kind, passage in findings:
            start, end = range_of(answer.text, passage)
            row.findings.append(Finding(kind=kind, certainty=Certainty.SURE, start=start, end=end))
        made.append(row)
    session.flush()
    return made


def phone_text(session, opened, **values):
    return make_text(session, opened, findings=[(FindingKind.PHONE, PHONE)], **values)


def make_actor(session, name="camille", *roles):
    """Somebody who moderates, or has other roles."""
    roles = roles or (Role.MODERATOR,)
    email = f"{name}@exemple.fr"
    return StaffActor(make_account(session, email, *roles), email, frozenset(roles))


@dataclass
class Colleague:
    """A moderator, who acts on a text as it is stored just now."""

    session: object
    actor: StaffActor
    two_moderators: bool = False

    def decide(self, text, verdict, reason=Reason.VICTIM, *, state=None, at=None, **values):
        request = DecisionRequest(verdict, reason, state=state or self.state(text), **values)
        return self.apply(text, request, at).decision

    def mask(self, text, *ranges, reason=Reason.CONTACT):
        return self.apply(text, DecisionRequest(None, masks={reason: ranges})).masks

    def apply(self, text, request, at=None):
        with writing(self.session):
            return decisions.apply(
                Work(self.session, self.actor, at or now()),
                text.public_id,
                request,
                two_moderators=self.two_moderators,
            )

    def lift(self, text, range_):
        with writing(self.session):
            return redactions.lift(Work(self.session, self.actor, now()), text.public_id, range_)

    def state(self, text):
        return self.session.scalars(
            sa.select(ModeratedText.state).where(ModeratedText.answer_id == text.answer_id)
        ).one()


def fresh(session, text):
    """The text as it is stored now."""
    session.rollback()
    session.expire_all()
    return session.get_one(ModeratedText, text.answer_id)


def stored(session, model):
    """Every row of a table as it is stored now, by its key."""
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(model).order_by(*sa.inspect(model).primary_key)).all()


def page_of(text, action=""):
    return f"/moderation/textes/{text.public_id}{action}"


def gesture(text, geste, known=0, seen=TextState.WAITING, **fields):
    """What the form of a text's page sends."""
    return {"geste": geste, "vu": seen.value, "decisions": known} | fields


def plain(page):
    """The words of a page, and what its fields hold."""
    text = re.sub(r"<[^>]+>", " ", page.get_data(as_text=True))
    text = straight(html.unescape(text))
    return " ".join(text.split())


def actions(session):
    session.rollback()
    return session.scalars(
        sa.select(AuditEvent.action)
        .where(AuditEvent.action.not_in(("account_created", "password_set", "signed_in")))
        .order_by(AuditEvent.id)
    ).all()
