"""What came in and what of it is in the workbook: counted in SQL, and reconciled."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exports.selection import EVERYTHING, Selection
from consultation.exports.workbook.sheets import contributions, opinions, texts
from consultation.moderation import visibility
from consultation.moderation.clusters import queries
from consultation.moderation.models import AsideReason, ResponseSetAside
from consultation.moderation.visibility import Audience
from consultation.questionnaires.models import Destination, Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response, Standing
from consultation.responses.rights.erasure import ERASED_TEXT

Figures = Mapping[str, sa.ColumnElement[bool]]
"""What makes a response, or a text, one of a figure."""


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
    """Of `texts`, those that nobody read; of one that was erased, nothing is left to read."""
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
    """Count the responses to the selected forms of a round, each figure by its own condition.

    Responses are gone through once, and so are texts, however many figures there are.
    """
    included = selection.includes(round_id)
    counts = Counts(
        **_responses(instant, selection.forms(round_id), _response_figures(round_id, selection)),
        opinions=_opinions(instant, included),
        **_texts(instant, sa.and_(included, texts.condition(round_id))),
        texts_once=_texts_once(instant, sa.and_(included, texts.condition(round_id))),
    )
    counts.check()
    return counts


def _response_figures(round_id: int, selection: Selection) -> Figures:
    counted, included = selection.counted(round_id), selection.includes(round_id)
    return {
        "received": sa.true(),
        "included": included,
        "left_out": sa.and_(counted, ~selection.agreed()),
        "invited": sa.and_(included, _stands(Standing.INVITED)),
        "confirmed": sa.and_(included, _stands(Standing.CONFIRMED)),
        "set_aside": sa.and_(visibility.IS_LATEST, visibility.IS_SET_ASIDE),
        "set_aside_tests": sa.and_(visibility.IS_LATEST, _is_aside(AsideReason.TEST)),
        "set_aside_duplicates": sa.and_(visibility.IS_LATEST, _is_aside(AsideReason.OWN_DUPLICATE)),
        "withdrawn": sa.and_(Response.superseded_at.is_(None), Response.withdrawn_at.is_not(None)),
        "superseded": Response.superseded_at.is_not(None),
    }


def _responses(
    instant: Session, in_round: sa.ColumnElement[bool], figures: Figures
) -> dict[str, int]:
    counted = sa.select(*_counted(figures)).select_from(Response).join(Response.questionnaire)
    return dict(instant.execute(counted.where(in_round)).one()._mapping)


def _texts(instant: Session, owed: sa.ColumnElement[bool]) -> dict[str, int]:
    figures = {
        "texts_received": sa.true(),
        "texts": visibility.IS_VISIBLE[Audience.EXPORT],
        "texts_unread": sa.and_(visibility.IS_CLEAR, Answer.text != ERASED_TEXT),
        "texts_waiting": visibility.IS_WAITING,
        "texts_withheld": visibility.IS_WITHHELD,
    }
    return dict(
        instant.execute(visibility.joined(sa.select(*_counted(figures))).where(owed)).one()._mapping
    )


def _texts_once(instant: Session, owed: sa.ColumnElement[bool]) -> int:
    is_visible = visibility.IS_VISIBLE[Audience.EXPORT]
    return queries.count_once(instant, sa.and_(owed, is_visible)).once


def _counted(figures: Figures) -> list[sa.Label[int]]:
    return [sa.func.count().filter(condition).label(name) for name, condition in figures.items()]


def _stands(standing: Standing) -> sa.ColumnElement[bool]:
    return Response.respondent.has(Respondent.standing == standing)


def _is_aside(reason: AsideReason) -> sa.ColumnElement[bool]:
    return (
        sa.select(ResponseSetAside.response_id)
        .where(ResponseSetAside.response_id == Response.id, ResponseSetAside.reason == reason)
        .correlate(Response)
        .exists()
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
