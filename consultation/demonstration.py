"""A synthetic consultation for demonstrations and measurements, marked as such everywhere."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import demonstration_storing
from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure
from consultation.plan.shipping import plan_followed
from consultation.questionnaires import instrument, publishing, rounds
from consultation.questionnaires.instrument import Instrument
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses.models import Response

PREFIX = "DEMO-"
AXES = (
    ("prévenir", "prevention"),
    ("repérer", "detection"),
    ("protéger", "protection"),
    ("juger", "justice"),
    ("coopérer", "cooperation"),
    ("suivre", "follow-up"),
)
INDICATORS = (
    ("Nombre de places ouvertes", "Number of places opened"),
    ("Délai moyen de réponse, en jours", "Average time to answer, in days"),
    ("Part des départements couverts", "Share of départements covered"),
    ("Personnes formées dans l'année", "People trained in the year"),
    ("Budget dépensé, en euros", "Budget spent, in euros"),
)
FEWEST_INDICATORS = 3
DAYS_OPEN = 30
"""How long ago the round is made to have opened, so that responses are spread over days."""


class NotEmpty(Exception):
    """The home holds something that is neither shipped nor a demonstration."""


@dataclass(frozen=True)
class Demonstration:
    """What was made: `responses` in every revision, those withdrawn and superseded included."""

    measures: int
    responses: int
    answers: int


def fill(
    session: Session, *, measures: int, responses: int, at: datetime, seed: int = 1
) -> Demonstration:
    """Add demonstration measures, publish them in a round that is open, and answer them.

    To be called inside `writing`.  The same `seed` gives the same contents; receipt codes and ids
    differ.  No mail is owed for the responses, and their addresses can't exist.  Raise `NotEmpty`.
    """
    _check_empty(session)
    chance = random.Random(seed)  # noqa: S311 - invented answers, the same each time
    _add_measures(session, measures, chance, at)
    opened = _open_round(session, at)
    publishing.publish(session, opened, opened.opens_at)
    forms = _forms(session, opened)
    answers = demonstration_storing.respond(session, forms, responses, opened.opens_at, at, chance)
    return Demonstration(measures, responses, answers)


def _check_empty(session: Session) -> None:
    """Raise `NotEmpty` for a home that holds responses, or measures of somebody's own."""
    own = sa.select(Measure.id).where(
        Measure.is_shipped.is_(False), ~Measure.code.startswith(PREFIX, autoescape=True)
    )
    for found, what in ((sa.select(Response.id), "contributions"), (own, "mesures")):
        if session.scalar(found.limit(1)) is not None:
            raise NotEmpty(
                f"Cette installation contient déjà des {what} : la démonstration ne se mêle pas à"
                " de vraies données. Choisissez un autre dossier par CONSULTATION_HOME."
            )


def _add_measures(session: Session, count: int, chance: random.Random, at: datetime) -> None:
    """Add the measures that are not there yet, in six axes."""
    axes = _axes(session)
    there = set(session.scalars(sa.select(Measure.code)))
    last = session.scalar(sa.select(sa.func.max(Measure.position))) or 0
    for number in range(1, count + 1):
        code = f"{PREFIX}{number}"
        indicators = chance.randint(FEWEST_INDICATORS, len(INDICATORS))
        if code not in there:
            axis = axes[(number - 1) % len(axes)]
            session.add(_measure(code, number, axis, last + number, indicators, at))
    session.flush()


def _axes(session: Session) -> Sequence[Axis]:
    plan = plan_followed(session)
    there = {axis.code: axis for axis in session.scalars(sa.select(Axis))}
    axes = []
    for number, (french, english) in enumerate(AXES, 1):
        code = f"{PREFIX}{number}"
        title = {
            "fr": f"Axe de démonstration {number} : {french}",
            "en": f"Demonstration axis {number}: {english}",
        }
        new = Axis(plan_id=plan.id, code=code, title=title, position=len(there) + number)
        axes.append(there.get(code) or new)
    session.add_all(axes)
    session.flush()
    return axes


def _measure(
    code: str, number: int, axis: Axis, position: int, indicators: int, at: datetime
) -> Measure:
    return Measure(
        axis_id=axis.id,
        code=code,
        title={
            "fr": f"Mesure de démonstration {number}",
            "en": f"Demonstration measure {number}",
        },
        summary={
            "fr": "Mesure inventée, pour essayer le site : elle n'est dans aucun plan.",
            "en": "An invented measure, for trying out the site: it is in no plan.",
        },
        position=position,
        indicators=[_indicator(f"{code}.{place}", place, at) for place in range(1, indicators + 1)],
    )


def _indicator(code: str, place: int, at: datetime) -> Indicator:
    french, english = INDICATORS[place - 1]
    label = {"fr": f"{french} (démonstration)", "en": f"{english} (demonstration)"}
    version = IndicatorVersion(number=1, label=label, created_at=at)
    return Indicator(code=code, position=place, versions=[version])


def _open_round(session: Session, at: datetime) -> Round:
    """Return a round that has been open for some days: nobody has answered in it yet."""
    current = rounds.current(session, at)
    opened = current if current and current.is_open(at) else rounds.open_round(session, at)
    opened.opens_at = min(opened.opens_at, at - timedelta(days=DAYS_OPEN))
    session.flush()
    return opened


def _forms(session: Session, opened: Round) -> list[Instrument]:
    """Return the forms in force: those of the demonstration measures and of the tool."""
    public_ids = session.scalars(
        sa.select(Questionnaire.public_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(
            Questionnaire.round_id == opened.id,
            Questionnaire.closed_at.is_(None),
            sa.or_(
                Questionnaire.measure_id.is_(None),
                Measure.code.startswith(PREFIX, autoescape=True),
            ),
        )
        .order_by(Questionnaire.id)
    )
    found = (instrument.load(session, public_id) for public_id in public_ids.all())
    return [form for form in found if form]
