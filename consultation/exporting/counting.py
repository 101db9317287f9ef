"""What came in and what of it is in the workbook: counted in SQL, and reconciled."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exporting import contributions, opinions, texts
from consultation.exporting.selecting import EVERYTHING, Selection
from consultation.moderation import fetching
from consultation.moderation.models import AsideReason, ModeratedText, ResponseSetAside, TextState
from consultation.questionnaires.models import Destination, Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response, Standing


class CountsDisagree(Exception):
    """A workbook's figures do not add up: nothing is given out."""


@dataclass(frozen=True)
class Counts:
    """Responses of a round in every revision, and the rows that the sheets owe them."""

    received: int
    included: int
    left_out: int
    """Those that count, of people who did not agree to what the workbook asks for."""
    invited: int
    """Of `included`, those of invited people; `confirmed` of people sure of their address."""
    confirmed: int
    set_aside: int
    set_aside_tests: int
    set_aside_duplicates: int
    """Of `set_aside`, those that were tests, and repeats of oneself; the others are off topic."""
    withdrawn: int
    superseded: int
    opinions: int
    texts_received: int
    texts: int
    """Those that a moderator let pass, or that nobody read and no machine saw anything in."""
    texts_unread: int
    """Of `texts`, those that nobody read."""
    texts_once: int
    """Of `texts`, how many there are when those that say nearly the same count as one."""
    texts_waiting: int
    texts_withheld: int

    def check(self) -> None:
        """Raise `CountsDisagree` unless every response and every text stands in one place."""
        parts = (self.invited + self.confirmed, self.set_aside_tests + self.set_aside_duplicates)
        if parts[0] > self.included or parts[1] > self.set_aside:
            raise CountsDisagree(str(asdict(self)))
        counting = self.included + self.left_out
        responses = counting + self.set_aside + self.withdrawn + self.superseded
        texts = self.texts + self.texts_waiting + self.texts_withheld
        if (self.received, self.texts_received) != (responses, texts):
            raise CountsDisagree(str(asdict(self)))

    def check_rows(self, rows_by_sheet: Mapping[str, int]) -> None:
        """Raise `CountsDisagree` unless the sheets hold as many rows as SQL counted."""
        owed = {
            contributions.NAME: self.included,
            opinions.NAME: self.opinions,
            texts.NAME: self.texts,
        }
        written = {name: rows_by_sheet[name] for name in owed}
        if written != owed:
            raise CountsDisagree(f"owed {owed}, written {written}")


def count(instant: Session, round_id: int, selection: Selection = EVERYTHING) -> Counts:
    """Count the responses to the selected forms of a round, each figure by a query of its own."""
    in_round = selection.forms(round_id)
    counted, included = selection.counted(round_id), selection.includes(round_id)
    superseded = Response.superseded_at.is_not(None)
    withdrawn = sa.and_(Response.superseded_at.is_(None), Response.withdrawn_at.is_not(None))
    current = sa.and_(Response.superseded_at.is_(None), Response.withdrawn_at.is_(None))
    owed = sa.and_(included, texts.condition(round_id))
    shown = sa.or_(fetching.IS_DECIDED, fetching.IS_CLEAR)
    counts = Counts(
        received=_responses(instant, in_round),
        included=_responses(instant, included),
        left_out=_responses(instant, counted, ~selection.agreed()),
        invited=_responses(instant, included, _stands(Standing.INVITED)),
        confirmed=_responses(instant, included, _stands(Standing.CONFIRMED)),
        set_aside=_responses(instant, in_round, current, fetching.IS_SET_ASIDE),
        set_aside_tests=_responses(instant, in_round, current, _is_aside(AsideReason.TEST)),
        set_aside_duplicates=_responses(
            instant, in_round, current, _is_aside(AsideReason.OWN_DUPLICATE)
        ),
        withdrawn=_responses(instant, sa.and_(in_round, withdrawn)),
        superseded=_responses(instant, sa.and_(in_round, superseded)),
        opinions=_opinions(instant, included),
        texts_received=_texts(instant, owed),
        texts=_texts(instant, owed, shown),
        texts_once=texts.count_once(instant, round_id, included),
        texts_unread=_texts(instant, owed, fetching.IS_CLEAR),
        texts_waiting=_texts(
            instant, owed, sa.or_(ModeratedText.state.is_(None), _is_undecided_and_flagged())
        ),
        texts_withheld=_texts(instant, owed, fetching.IS_WITHHELD),
    )
    counts.check()
    return counts


def _responses(instant: Session, *conditions: sa.ColumnElement[bool]) -> int:
    counted = sa.select(sa.func.count()).select_from(Response).join(Response.questionnaire)
    return instant.scalar(counted.where(*conditions)) or 0


def _stands(standing: Standing) -> sa.ColumnElement[bool]:
    return Response.respondent.has(Respondent.standing == standing)


def _is_aside(reason: AsideReason) -> sa.ColumnElement[bool]:
    return (
        sa.select(ResponseSetAside.response_id)
        .where(ResponseSetAside.response_id == Response.id, ResponseSetAside.reason == reason)
        .correlate(Response)
        .exists()
    )


def _texts(instant: Session, *conditions: sa.ColumnElement[bool]) -> int:
    return instant.scalar(fetching.joined(sa.select(sa.func.count())).where(*conditions)) or 0


def _is_undecided_and_flagged() -> sa.ColumnElement[bool]:
    return sa.or_(
        ModeratedText.state == TextState.SECONDING,
        sa.and_(ModeratedText.state == TextState.WAITING, ModeratedText.is_flagged),
    )


def _opinions(instant: Session, included: sa.ColumnElement[bool]) -> int:
    pairs = (
        _joined(sa.select(Answer.response_id, Question.indicator_version_id))
        .where(
            included,
            Question.indicator_version_id.is_not(None),
            Question.destination == Destination.ANSWER,
        )
        .distinct()
    )
    return instant.scalar(sa.select(sa.func.count()).select_from(pairs.subquery())) or 0


def _joined(selected: sa.Select[*tuple[int, ...]]) -> sa.Select[*tuple[int, ...]]:
    return (
        selected.select_from(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Question, Question.id == Answer.question_id)
    )
