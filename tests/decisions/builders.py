"""Decisions and editions, from what a test cares about."""

import sqlalchemy as sa

from consultation.accounts import languages
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions import decide, editions
from consultation.decisions.decide import Decision, Subject
from consultation.decisions.models import DecisionOutcome, IndicatorChange, IndicatorDecision
from consultation.decisions.oddities import Oddity
from consultation.i18n import DEFAULT_LOCALE
from consultation.moderation.models import ModeratedText, Verdict
from consultation.plan import queries
from consultation.plan.drafts import WORDING, indicator_draft
from consultation.responses.models import Answer
from consultation.work.services import Work
from tests.moderation.builders import QUESTION, Colleague, make_actor, make_text


def make_organiser(session, name="alix"):
    return make_actor(session, name, Role.ORGANISER)


def indicator_subject(session, code="T7.1"):
    indicator = queries.stored_indicator(session, code)
    return Subject(indicator.measure, indicator)


def wording_of(subject, **texts):
    """The wording in force of an indicator, with some French texts changed."""
    draft = indicator_draft(subject.indicator)
    before = {name: getattr(draft, name) for name in WORDING}
    return before | {name: {"fr": text} for name, text in texts.items()}


def make_decision(session, actor, about, /, *, at=None, label=None, **values):
    """Store a decision, by default to keep an indicator; `label` words it otherwise."""
    defaults = {
        "outcome": DecisionOutcome.KEPT,
        "reason": {"fr": "Les contributions le demandent."},
        "seen": decide.state_of(session, about),
        "confirmed": set(Oddity),
    }
    if label is not None:
        defaults |= {
            "outcome": DecisionOutcome.AMENDED,
            "wording": wording_of(about, label=label),
        }
    decision = Decision(**{**defaults, **values})
    with writing(session):
        return decide.decide(Work(session, actor, at or now()), about, decision)


def make_earlier_decision(session, actor, about, outcome, change=IndicatorChange.KEEP, **values):
    """A decision of the time when its outcome was about what had been said."""
    row = IndicatorDecision(
        measure_id=about.measure.id,
        indicator_id=about.indicator and about.indicator.id,
        version_id=about.indicator and about.indicator.version.id,
        outcome=outcome,
        change=change,
        account_id=actor.id,
        **{"reason": {"fr": "Dit par tous."}, "decided_at": now(), **values},
    )
    with writing(session):
        session.add(row)
    return row


def make_edition(session, actor, *decisions, title="Version révisée", at=None, **values):
    """Publish an edition with these decisions."""
    moment = at or now()
    texts = {"introduction": None} | values
    with writing(session):
        edition = editions.prepare(
            Work(session, actor, moment),
            {"fr": title},
            texts["introduction"],
            [decision.id for decision in decisions],
            None,
        )
        published = editions.publish(Work(session, actor, moment), edition.prepared_at)
    return published.edition


def make_published_text(session, opened, text, *, measure="T7", code=QUESTION, **values):
    """A text of a respondent that a moderator published, as the id of its answer.

    `code` is that of its question, or a pair with the code of the indicator.
    """
    others = {} if code == QUESTION else {code: text}
    main = text if code == QUESTION else "Rien d'autre."
    row = make_text(session, opened, main, measure=measure, others=others, **values)
    wanted = session.scalars(
        sa.select(ModeratedText)
        .join(Answer, Answer.id == ModeratedText.answer_id)
        .where(Answer.response_id == row.answer.response_id, Answer.text == text)
    ).one()
    reader = make_actor(session, f"lecture{wanted.answer_id}")
    with writing(session):
        languages.choose(Work(session, reader, now()), {values.get("locale", DEFAULT_LOCALE)})
    Colleague(session, reader).decide(wanted, Verdict.PUBLISH)
    return wanted.answer_id
