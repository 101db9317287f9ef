"""Demonstration decisions: invented ones on some indicators, and two editions of the plan."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account, AccountRole, Role
from consultation.accounts.roles import StaffActor, actor_of
from consultation.decisions import decide, editions
from consultation.decisions.decide import Decision, Subject
from consultation.decisions.models import DecisionOutcome, IndicatorDecision
from consultation.i18n import DEFAULT_LOCALE, Localized
from consultation.moderation import decisions as moderation
from consultation.moderation.decisions import DecisionRequest
from consultation.moderation.detectors import VERSION
from consultation.moderation.models import ModeratedText, Verdict
from consultation.moderation.visibility import IS_LATEST
from consultation.plan.drafts import WORDING, indicator_draft
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.models import Destination, Question, Questionnaire, Round
from consultation.responses.models import Answer, Respondent, Response
from consultation.web.locale import in_each_language
from consultation.work.services import Work

ADDRESS = "demonstration@exemple.invalid"
"""The address of the account that decided; it can't exist, and the account is closed."""

TEXTS_OF_A_DECISION = 8
REASONS: Mapping[DecisionOutcome, Localized] = {
    DecisionOutcome.AMENDED: in_each_language(
        "Démonstration : plusieurs textes inventés demandent une date de référence."
    ),
    DecisionOutcome.RETIRED: in_each_language(
        "Démonstration : cet indicateur inventé répète un autre, qui est gardé."
    ),
    DecisionOutcome.KEPT: in_each_language("Démonstration : le texte inventé est assez clair."),
    DecisionOutcome.ADDED: in_each_language(
        "Démonstration : plusieurs textes inventés demandent de compter ce qui manque."
    ),
    DecisionOutcome.LATER: in_each_language(
        "Démonstration : à revoir avec d'autres chiffres inventés."
    ),
}
DATED: Localized = in_each_language("Nombre de places occupées au 31 décembre (démonstration)")
ADDED: Localized = in_each_language("Nombre de départements sans place (démonstration)")
FIRST: Localized = in_each_language("Première édition (démonstration)")
SECOND: Localized = in_each_language("Édition précisée (démonstration)")
INTRODUCTION: Localized = in_each_language(
    "Cette édition est inventée, pour essayer le site : elle ne dit rien d'aucun plan."
)


def publish_first_edition(session: Session, at: datetime) -> None:
    """Publish the demonstration plan as it stands, before anybody responds."""
    _publish(session, actor_for(session, at), FIRST, (), at)


def add(session: Session, opened: Round, measures: Sequence[Measure], at: datetime) -> int:
    """Decide on indicators of these measures, publish most decisions; return how many there are."""
    actor = actor_for(session, at)
    decided = [
        decide.decide(Work(session, actor, at), subject, decision)
        for subject, decision in _decisions(session, opened, measures, actor, at)
    ]
    published = [it for it in decided if it.outcome is not DecisionOutcome.LATER]
    _publish(session, actor, SECOND, published, at)
    return len(decided)


def _decisions(
    session: Session, opened: Round, measures: Sequence[Measure], actor: StaffActor, at: datetime
) -> Iterator[tuple[Subject, Decision]]:
    first, second, third = (measures[n % len(measures)] for n in range(3))
    rows: Sequence[tuple[Subject, DecisionOutcome, Localized | None]] = (
        (_indicator(first, 1), DecisionOutcome.AMENDED, DATED),
        (_indicator(first, 2), DecisionOutcome.KEPT, None),
        (_indicator(second, 3), DecisionOutcome.RETIRED, None),
        (Subject(third), DecisionOutcome.ADDED, ADDED),
        (_indicator(second, 1), DecisionOutcome.LATER, None),
    )
    # A plan of one measure has fewer: nothing is decided twice.
    for subject, outcome, label in {row[0].code: row for row in rows[::-1]}.values():
        yield (
            subject,
            Decision(
                outcome,
                REASONS[outcome],
                seen=decide.state_of(session, subject),
                code=f"{subject.code}.9" if outcome is DecisionOutcome.ADDED else None,
                wording=_wording(subject.indicator, label) if label else None,
                note="Note de démonstration.",
                answer_ids=_published_texts(session, opened, subject, actor, at),
            ),
        )


def _indicator(measure: Measure, place: int) -> Subject:
    return Subject(measure, measure.indicators[place - 1])


def _wording(indicator: Indicator | None, label: Localized) -> Mapping[str, Localized | None]:
    before = indicator_draft(indicator) if indicator else None
    return {name: getattr(before, name, None) for name in WORDING} | {"label": label}


def _published_texts(
    session: Session, opened: Round, subject: Subject, actor: StaffActor, at: datetime
) -> Sequence[int]:
    """Let some texts on a subject pass moderation, the oldest; return the ids of their answers."""
    version = subject.indicator.version.id if subject.indicator else None
    answer_ids = session.scalars(
        sa.select(Answer.id)
        .join(Response, Response.id == Answer.response_id)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .join(Question, Question.id == Answer.question_id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(
            Questionnaire.round_id == opened.id,
            Questionnaire.measure_id == subject.measure.id,
            Question.indicator_version_id == version,
            Question.destination == Destination.ANSWER,
            Answer.text.is_not(None),
            Respondent.locale == DEFAULT_LOCALE,  # what is in another waits for who reads it
            IS_LATEST,
        )
        .order_by(Answer.id)
        .limit(TEXTS_OF_A_DECISION)
    ).all()
    for answer_id in answer_ids:
        text = ModeratedText(
            answer_id=answer_id, is_flagged=False, screened_at=at, screened_by=VERSION
        )
        session.add(text)
        session.flush()
        request = DecisionRequest(Verdict.PUBLISH)
        moderation.apply(Work(session, actor, at), text.public_id, request, two_moderators=False)
    return answer_ids


def _publish(
    session: Session,
    actor: StaffActor,
    title: Localized,
    decided: Sequence[IndicatorDecision],
    at: datetime,
) -> None:
    ids = [decision.id for decision in decided]
    edition = editions.prepare(Work(session, actor, at), title, INTRODUCTION, ids, None)
    editions.publish(Work(session, actor, at), edition.prepared_at)


def actor_for(session: Session, at: datetime) -> StaffActor:
    """Return the actor of the demonstration, whose account is made closed and can't sign in."""
    account = session.scalar(sa.select(Account).where(Account.email == ADDRESS))
    if account is None:
        roles = [AccountRole(role=role) for role in (Role.ORGANISER, Role.MODERATOR)]
        account = Account(email=ADDRESS, active=False, created_at=at, roles=roles)
        session.add(account)
        session.flush()
    return actor_of(account)
