"""Demonstration data: fills the database with a synthetic plan, round, responses and values."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.db.base import Base
from consultation.demo import decisions, reports, values
from consultation.demo.answers import Sent, contributions
from consultation.demo.questions import with_questions
from consultation.i18n import Localized
from consultation.jobs.progress import Report
from consultation.mail.addresses import indexes_of
from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure
from consultation.plan.seed import plan_followed
from consultation.questionnaires.form import instrument, validation
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.models import Destination, Questionnaire, Quotation, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries, service
from consultation.responses.models import (
    Answer,
    Contact,
    PersonalLink,
    Respondent,
    Response,
    Submission,
)
from consultation.responses.submission import context, receipt
from consultation.responses.submission.store import answer_row
from consultation.web.locale import in_each_language

BATCH = 500
WITH_CONTACT, WITH_ORGANISATION, WITH_TERRITORY = 0.4, 0.5, 0.75
QUOTED = (4, 4, 2)
"""How many of ten may not be quoted, without their name, with it."""
"""Shares of the respondents."""

TAGS: Sequence[Localized | None] = (
    in_each_language("justice, police"),
    in_each_language("enfance"),
    in_each_language("hébergement, action sociale"),
    None,
    in_each_language("travail"),
    in_each_language("santé, action sociale"),
)
"""Tags of the measures, which have them in turn."""

ORGANISATIONS = (
    "Association de démonstration « L'Étape »",
    "Fédération de démonstration, antenne d'Île-de-France",
    "Comité de démonstration & Cie",
    "Maison de démonstration du littoral",
    "Œuvre de démonstration n° 5",
)


def respond(
    session: Session,
    forms: Sequence[Instrument],
    count: int,
    since: datetime,
    until: datetime,
    chance: random.Random,
    report: Report = lambda step: None,
) -> int:
    """Store `count` responses, revised and withdrawn ones included; return the count of answers."""
    answers, left = 0, count
    while left > 0:
        batch = list(contributions(forms, min(left, BATCH), since, until, chance))
        answers += _store(session, batch, chance)
        left -= sum(map(len, batch))
        report(f"Contributions inventées : {count - left} sur {count}")
    return answers


def _store(session: Session, batch: Sequence[Sequence[Sent]], chance: random.Random) -> int:
    """Store contributions, each a list of revisions; return the count of their answers."""
    first = [revisions[0] for revisions in batch]
    respondents = _insert(session, Respondent, [_respondent(sent, chance) for sent in first])
    _add_contacts(session, respondents, first, chance)
    keys = [{"key": _key(chance), "received_at": sent.at} for sent in first]
    submissions = _insert(session, Submission, keys)
    sent = [it for revisions in batch for it in revisions]
    rows = [
        _response(it, respondent_id, submission_id)
        for revisions, respondent_id, submission_id in zip(
            batch, respondents, submissions, strict=True
        )
        for it in revisions
    ]
    responses = _insert(session, Response, rows)
    answers = [
        answer
        for it, response_id in zip(sent, responses, strict=True)
        for answer in _answers(it, response_id)
    ]
    session.execute(sa.insert(_table(Answer)), answers)
    return len(answers)


def _add_contacts(
    session: Session, respondents: Sequence[int], first: Sequence[Sent], chance: random.Random
) -> None:
    links = [
        {"respondent_id": id_, "created_at": sent.at}
        for id_, sent in zip(respondents, first, strict=True)
    ]
    session.execute(sa.insert(_table(PersonalLink)), links)
    contacts = [_contact(id_) for id_ in respondents if chance.random() < WITH_CONTACT]
    if contacts:
        session.execute(sa.insert(_table(Contact)), contacts)


def _table(model: type[Base]) -> sa.Table:
    """Return the table of a model, for one statement for all rows.

    Given the model itself, the ORM makes a statement for each run of rows with the same columns.
    """
    return Base.metadata.tables[model.__tablename__]


def _insert(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> Sequence[int]:
    """Insert rows; return their ids in the same order."""
    table = _table(model)
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return session.scalars(statement, rows).all()


def _respondent(sent: Sent, chance: random.Random) -> dict[str, Any]:
    def chosen(destination: Destination) -> str | None:
        options = [
            option.code
            for question in sent.form.questions
            if question.destination is destination
            for option in question.options
        ]
        return chance.choice(options) if options else None

    (quotation,) = chance.choices(list(Quotation), weights=QUOTED)
    return {
        "round_id": sent.form.round_id,
        "capacity": chosen(Destination.CAPACITY),
        "organisation": (
            chance.choice(ORGANISATIONS) if chance.random() < WITH_ORGANISATION else None
        ),
        "territory": (chosen(Destination.TERRITORY) if chance.random() < WITH_TERRITORY else None),
        "consent_contact": chance.random() < WITH_CONTACT,
        "consent_anonymous": quotation == Quotation.ANONYMOUS,
        "consent_named": quotation == Quotation.NAMED,
        "notice_version": context.SHIPPED_NOTICE,
        "locale": sent.locale,
        "created_at": sent.at,
    }


def _contact(respondent_id: int) -> dict[str, Any]:
    address = f"demonstration-{respondent_id}@exemple.invalid"
    return {
        "respondent_id": respondent_id,
        "name": f"Personne de démonstration {respondent_id}",
        "address": address,
        **indexes_of(address),
    }


def _key(chance: random.Random) -> str:
    return f"{chance.getrandbits(88):022x}"


def _response(sent: Sent, respondent_id: int, submission_id: int) -> dict[str, Any]:
    return {
        "submission_id": submission_id,
        "respondent_id": respondent_id,
        "questionnaire_id": sent.form.id,
        "revision": sent.revision,
        "receipt_code": receipt.new_code(),
        "content_hash": keyring.blind_index("content", f"{submission_id} {sent.revision}"),
        "submitted_at": sent.at,
        "superseded_at": sent.at + timedelta(hours=1) if sent.is_superseded else None,
        "withdrawn_at": sent.at + timedelta(minutes=5) if sent.is_withdrawn else None,
    }


def _answers(sent: Sent, response_id: int) -> list[dict[str, Any]]:
    return [
        {"response_id": response_id, **answer_row(question, value)}
        for question, value in validation.rows(sent.form, sent.values)
    ]


PREFIX = "DEMO-"
AXES = (
    in_each_language("Axe de démonstration 1 : prévenir la traite"),
    in_each_language("Axe de démonstration 2 : repérer les victimes"),
    in_each_language("Axe de démonstration 3 : protéger les victimes"),
    in_each_language("Axe de démonstration 4 : juger les auteurs"),
    in_each_language("Axe de démonstration 5 : coopérer"),
    in_each_language("Axe de démonstration 6 : suivre le plan"),
)
INDICATORS = (
    in_each_language("Nombre de places ouvertes (démonstration)"),
    in_each_language("Délai moyen de réponse, en jours (démonstration)"),
    in_each_language("Part des départements couverts (démonstration)"),
    in_each_language("Personnes formées dans l'année (démonstration)"),
    in_each_language("Budget dépensé, en euros (démonstration)"),
)
FEWEST_INDICATORS = 3
DAYS_OPEN = 30
"""Days since the round opened, over which the responses are spread."""


DECIDED = 3
"""Measures on whose indicators there are decisions."""


class NotEmpty(Exception):
    """The database holds responses, or measures that are neither shipped nor a demonstration."""


@dataclass(frozen=True)
class Demonstration:
    """Counts of what was inserted; `responses` includes withdrawn and superseded revisions."""

    measures: int
    responses: int
    answers: int
    decisions: int


def fill(
    session: Session,
    *,
    measures: int,
    responses: int,
    at: datetime,
    seed: int = 1,
    report: Report = lambda step: None,
) -> Demonstration:
    """Add demonstration measures, publish them in an open round, add responses and decisions.

    To be called inside `writing`.  The same `seed` gives the same contents; receipt codes and ids
    differ.  No mail is enqueued, and the addresses can't exist.  Raise `NotEmpty`.
    """
    _check_empty(session)
    chance = random.Random(seed)  # noqa: S311 - invented answers, the same each time
    before = at - timedelta(days=DAYS_OPEN)
    _add_measures(session, measures, chance, before)
    observed = random.Random(seed)  # noqa: S311 - apart, so that responses stay the same
    values.measure(session, decisions.actor_for(session, before), observed, before)
    opened = _open_round(session, at)
    store.change(session, opened, with_questions, at)
    publish.publish(session, opened, opened.opens_at)
    forms = _forms(session, opened)
    if not responses:
        _observe(session, observed, at)
        return Demonstration(measures, 0, 0, 0)
    decisions.publish_first_edition(session, opened.opens_at)
    answers = respond(session, forms, responses, opened.opens_at, at, chance, report)
    decided = decisions.add(session, opened, _last_measures(session), at)
    _observe(session, observed, at)
    return Demonstration(measures, responses, answers, decided)


def _observe(session: Session, chance: random.Random, at: datetime) -> None:
    """Add values and judgements, and a report that cites some of them."""
    actor = decisions.actor_for(session, at)
    values.add(session, actor, chance, at)
    reports.publish(session, actor, at)


def _last_measures(session: Session) -> Sequence[Measure]:
    """Return the measures on which it is decided: the last ones, so that the first stay simple."""
    measures = sa.select(Measure).where(Measure.code.startswith(PREFIX, autoescape=True))
    return session.scalars(measures.order_by(Measure.position.desc()).limit(DECIDED)).all()[::-1]


def _check_empty(session: Session) -> None:
    """Raise `NotEmpty` when there are responses, or measures of a real plan."""
    own = sa.select(Measure.id).where(
        Measure.is_shipped.is_(False), ~Measure.code.startswith(PREFIX, autoescape=True)
    )
    for rows, what in ((sa.select(Response.id), "contributions"), (own, "mesures")):
        if session.scalar(rows.limit(1)) is not None:
            raise NotEmpty(
                f"Cette installation contient déjà des {what} : la démonstration ne se mêle pas à"
                " de vraies données. Choisissez un autre dossier par CONSULTATION_HOME."
            )


def _add_measures(session: Session, count: int, chance: random.Random, at: datetime) -> None:
    """Add the measures that are missing, in six axes."""
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
    for number, title in enumerate(AXES, 1):
        code = f"{PREFIX}{number}"
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
        title=in_each_language("Mesure de démonstration %(number)d", number=number),
        summary=in_each_language(
            "Mesure inventée, pour essayer le site : elle n'est dans aucun plan."
        ),
        tags=TAGS[number % len(TAGS)],
        position=position,
        indicators=[_indicator(f"{code}.{place}", place, at) for place in range(1, indicators + 1)],
    )


def _indicator(code: str, place: int, at: datetime) -> Indicator:
    label = INDICATORS[place - 1]
    version = IndicatorVersion(number=1, label=label, created_at=at)
    return Indicator(code=code, position=place, versions=[version])


def _open_round(session: Session, at: datetime) -> Round:
    """Return an open round that opened `DAYS_OPEN` ago: it has no responses yet.

    It is no trial, in which nothing could be published.
    """
    current = queries.current(session, at)
    opened = current if current and current.is_open(at) else service.open_round(session, at)
    opened.is_trial, opened.planned_opening = False, None
    opened.opens_at = min(opened.opens_at, at - timedelta(days=DAYS_OPEN))
    session.flush()
    return opened


def _forms(session: Session, opened: Round) -> list[Instrument]:
    """Return the current forms of the demonstration measures and of the tool as a whole."""
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
    forms = (instrument.load(session, public_id) for public_id in public_ids.all())
    return [form for form in forms if form]
