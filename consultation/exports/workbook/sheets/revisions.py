"""Sheet « Révisions »: which answers changed after sending, by codes and never by content."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from consultation.clock import in_paris
from consultation.exports.workbook.columns import RECEIPT
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.variables import (
    DATE,
    LIST,
    TEXT_WIDTH,
    Sheet,
    Variable,
    counted,
    measure_variable,
)
from consultation.plan.models import Indicator, IndicatorVersion
from consultation.questionnaires.kinds import reply_of
from consultation.questionnaires.models import Destination, Option, Question, Questionnaire
from consultation.responses.models import Answer, Response
from consultation.responses.revisions import AnswerValues, Place, Value, differences
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Tone

NAME = "Révisions"
PORTION = 50
"""Contributions whose revisions are read at a time; bounds the memory."""

CHANGED = (
    "Codes des questions dont la réponse a changé d'un envoi à l'autre, avec celui de"
    " l'indicateur. Ce qui a été remplacé n'est dans aucune feuille."
)
COMPARISON = (
    "Entière, ou « en partie » : des textes ont été effacés depuis, et nul ne sait s'ils avaient"
    " changé."
)

VARIABLES = (
    RECEIPT,
    measure_variable(),
    counted("revisions", "Révisions", "Combien de fois la contribution a été remplacée."),
    Variable("first_on", "Premier envoi", "Jour du premier envoi, à Paris.", DATE, 14),
    Variable("last_on", "Dernier envoi", "Jour de l'envoi qui compte, à Paris.", DATE, 14),
    counted(
        "changed_count", "Réponses changées", "Nombre de questions de la colonne suivante.", 12
    ),
    Variable("changed", "Questions changées (codes)", CHANGED, width=TEXT_WIDTH),
    Variable("comparison", "Comparaison", COMPARISON, LIST, 14),
)


Answers = Mapping[Place, AnswerValues]


@dataclass(frozen=True)
class Chain:
    """A contribution and the earlier ones of the same person on the same measure."""

    receipt: str
    form_id: int
    response_ids: tuple[int, ...]
    """All revisions, the current one last; withdrawn ones are left out."""
    first_at: datetime
    last_at: datetime


def sheet(snapshot: Session, instrument: RoundInstrument) -> Sheet:
    """Return the sheet of the contributions that replaced earlier ones."""
    return Sheet(
        NAME,
        "Une ligne par contribution corrigée après son envoi : combien de fois, quand, et quelles"
        " questions ont changé de réponse ; jamais ce qui a été remplacé. Vide : il n'y en a pas.",
        VARIABLES,
        partial(_rows, snapshot, instrument),
        tone=Tone.HISTORY,
    )


def _rows(snapshot: Session, instrument: RoundInstrument) -> Iterator[Sequence[Cell]]:
    chains = _chains(snapshot, instrument)
    for start in range(0, len(chains), PORTION):
        portion = chains[start : start + PORTION]
        answers = _answers(snapshot, [id_ for chain in portion for id_ in chain.response_ids])
        for chain in portion:
            revisions = [answers.get(id_, {}) for id_ in chain.response_ids]
            changed = _changed(revisions)
            yield (
                chain.receipt,
                instrument.form_by_id[chain.form_id].measure,
                len(revisions) - 1,
                in_paris(chain.first_at).date(),
                in_paris(chain.last_at).date(),
                len(changed),
                " ; ".join(" : ".join(filter(None, place)) for place in changed),
                "en partie" if any(map(_has_erased, revisions)) else "entière",
            )


def _chains(snapshot: Session, instrument: RoundInstrument) -> Sequence[Chain]:
    earlier, form = aliased(Response), aliased(Questionnaire)
    is_same_measure = sa.or_(
        form.measure_id == Questionnaire.measure_id,
        sa.and_(form.measure_id.is_(None), Questionnaire.measure_id.is_(None)),
    )
    columns = (
        Response.id, Response.receipt_code, Response.questionnaire_id, Response.submitted_at,
    )  # fmt: skip
    rows = snapshot.execute(
        sa.select(*columns, earlier.id, earlier.submitted_at)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(earlier, earlier.respondent_id == Response.respondent_id)
        .join(form, form.id == earlier.questionnaire_id)
        .where(
            instrument.included,
            is_same_measure,
            earlier.id < Response.id,
            earlier.superseded_at.is_not(None),
            earlier.withdrawn_at.is_(None),
        )
        .order_by(Response.id, earlier.id)
    )
    earlier_by_last: dict[tuple[int, str, int, datetime], list[tuple[int, datetime]]] = defaultdict(
        list
    )
    for last_id, code, form_id, last_at, earlier_id, moment in rows:
        earlier_by_last[last_id, code, form_id, last_at].append((earlier_id, moment))
    return [
        Chain(code, form_id, (*(id_ for id_, _ in before), last_id), before[0][1], last_at)
        for (last_id, code, form_id, last_at), before in earlier_by_last.items()
    ]


def _answers(snapshot: Session, response_ids: Sequence[int]) -> Mapping[int, Answers]:
    """Return the answers of each revision, by place; a choice is its code."""
    values: dict[int, dict[Place, set[Value]]] = defaultdict(lambda: defaultdict(set))
    value = (Answer.number, Answer.date, Answer.text)
    choice = (Option.code, Answer.row_code, Answer.rank)
    rows = snapshot.execute(
        sa.select(Answer.response_id, Indicator.code, Question.code, *choice, *value)
        .select_from(Answer)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(Option, Option.id == Answer.option_id)
        .outerjoin(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .outerjoin(Indicator, Indicator.id == IndicatorVersion.indicator_id)
        .where(Answer.response_id.in_(response_ids), Question.destination == Destination.ANSWER)
        .order_by(Answer.response_id, Question.position)
    )
    for response_id, indicator, question, option, row_code, rank, *cells in rows:
        chosen = None if option is None else reply_of(option, row_code, rank)
        given = next(cell for cell in (chosen, *cells) if cell is not None)
        values[response_id][indicator or "", question].add(given)
    return {
        response_id: {
            place: AnswerValues(place[1], frozenset(of), ()) for place, of in by_place.items()
        }
        for response_id, by_place in values.items()
    }


def _changed(revisions: Sequence[Answers]) -> Sequence[Place]:
    """Return the places whose answer changed between any two revisions, each once."""
    changed = {
        (difference.place, difference.label): None
        for before, now in pairwise(revisions)
        for difference in differences(before, now)
    }
    return list(changed)


def _has_erased(answers: Answers) -> bool:
    return any(ERASED_TEXT in answer.values for answer in answers.values())
