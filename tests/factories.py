"""Valid objects made from what a test cares about."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from consultation.moderation.models import ModeratedText
from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure, Plan
from consultation.questionnaires.form import instrument
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries
from consultation.responses.models import Answer
from consultation.responses.submission import key

OPENED = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def make_axis(session, code="T", title="Thèmes du suivi"):
    plan = session.query(Plan).first()
    if plan is None:
        plan = Plan(title={"fr": "Plan national", "en": "National plan"})
        session.add(plan)
        session.flush()
    axis = session.query(Axis).filter_by(code=code).first()
    if axis is None:
        axis = Axis(plan_id=plan.id, code=code, title={"fr": title, "en": title}, position=1)
        session.add(axis)
        session.flush()
    return axis


def make_measure(session, code="T7", title="Hébergement spécialisé", indicators=2, **values):
    """A measure with indicators `<code>.1`, `<code>.2`…"""
    measure = Measure(
        axis_id=make_axis(session).id,
        code=code,
        title={"fr": title, "en": "Specialised accommodation"},
        position=len(session.query(Measure).all()) + 1,
        **values,
    )
    session.add(measure)
    session.flush()
    for number in range(1, indicators + 1):
        make_indicator(session, measure, f"{code}.{number}", number)
    session.refresh(measure)
    return measure


def make_indicator(session, measure, code, position=1, label="Places réservées"):
    indicator = Indicator(measure_id=measure.id, code=code, position=position)
    indicator.versions.append(
        IndicatorVersion(
            number=1,
            label={"fr": f"{label} ({code})", "en": f"Reserved places ({code})"},
            definition={"fr": "Au 31 décembre, par région.", "en": "On 31 December, by region."},
            created_at=OPENED,
        )
    )
    session.add(indicator)
    session.flush()
    return indicator


def open_for_good(session):
    """Let the trial that a new site begins with be a round like any other."""
    session.execute(sa.update(Round).values(is_trial=False, planned_opening=None))
    session.commit()


def make_round(session, opens_at=None, closes_at=None, code="tour-1", outline=None):
    """A round that is open now, unless dates say otherwise, with the forms of every measure.

    They ask what the site ships, unless an outline is given.
    """
    now = datetime.now(UTC)
    opened = Round(
        code=code,
        title={"fr": "Première consultation", "en": "First consultation"},
        opens_at=opens_at or now - timedelta(days=10),
        closes_at=closes_at or now + timedelta(days=30),
        announced_at=opens_at or now - timedelta(days=10),
    )
    session.add(opened)
    session.flush()
    if outline is not None:
        store.change(session, opened, lambda _before: outline, now)
    publish.publish(session, opened, now)
    return opened


def publish_again(session, measure, label="Places ouvertes"):
    """Give the measure's first indicator another wording, and publish what that changes."""
    indicator = measure.indicators[0]
    indicator.versions.append(
        IndicatorVersion(number=2, label={"fr": label}, reason="Plus clair", created_at=OPENED)
    )
    session.flush()
    session.refresh(indicator)
    publish.publish(session, queries.last(session), datetime.now(UTC))
    session.commit()


def instrument_of(session, measure=None):
    """The form in force of a measure, or of the tool, as it is asked."""
    consultation_round = session.query(Round).order_by(Round.id.desc()).first()
    public_id = queries.questionnaire_for(session, consultation_round, measure and measure.id)
    return instrument.load(session, public_id)


def form_data(instrument, **answers):
    """The fields of a form by question code; `T7_1__stance` is that of one indicator.

    A consent of its own is that of the question that asks both, where the form has that one.
    """
    if any(question.code == "consent_quotation" for question in instrument.questions):
        for code in ("anonymous", "named"):
            if answers.pop(f"consent_{code}", None):
                answers["consent_quotation"] = code
    sent = {}
    for section in instrument.sections:
        for question in section.questions:
            name = question.code
            if section.indicator:
                name = f"{section.indicator.code.replace('.', '_')}__{name}"
            if name in answers:
                sent[question.name] = answers.pop(name)
    assert not answers, f"no such question: {sorted(answers)}"
    return sent


def key_for(instrument):
    """A submission key as the page of that form holds it."""
    return key.mint(instrument.public_id)


def screen_all(session, *, flagged=()):
    """Say that a machine has screened every text, and saw something in those of `flagged`."""
    rows = session.execute(sa.select(Answer.id, Answer.text).where(Answer.text.is_not(None)))
    known = set(session.scalars(sa.select(ModeratedText.answer_id)))
    session.add_all(
        ModeratedText(
            answer_id=answer_id,
            is_flagged=text in flagged,
            screened_at=OPENED,
            screened_by="test",
        )
        for answer_id, text in rows.all()
        if answer_id not in known
    )
    session.commit()
