"""Sheet « Journal »: outcomes of responses, texts and passages, counted and checked."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exports.selection import TOOL
from consultation.exports.workbook.counts import Counts, CountsDisagree
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.sheets import texts
from consultation.exports.workbook.variables import LIST, Sheet, Variable, counted, measure_variable
from consultation.i18n import Labelled
from consultation.moderation import visibility
from consultation.moderation.models import (
    AsideReason,
    Layer,
    ModeratedText,
    ModerationDecision,
    Reason,
    Redaction,
    ResponseSetAside,
    TextState,
    Verdict,
)
from consultation.plan.models import Measure
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Tone


class TextOutcome(Labelled):
    """Outcome of a response, of a text of a current response, or of a passage of a text.

    Each response has one of the outcomes of responses, each text one of those of texts; those from
    `MASKED` on count some of them once more.
    """

    INCLUDED = "included", "comptée dans ce classeur"
    LEFT_OUT = "left_out", "écartée par le filtre des accords"
    SET_ASIDE = "set_aside", "mise de côté"
    WITHDRAWN = "withdrawn", "retirée par la personne qui l'a envoyée"
    SUPERSEDED = "superseded", "remplacée par une révision"
    PUBLISHED = "published", "publié"
    REDACTED = "redacted", "publié, passages masqués"
    UNREAD = "unread", "montré ici sans avoir été relu"
    GONE_UNREAD = "gone_unread", "effacé avant d'avoir été relu"
    WAITING = "waiting", "retenu en attendant une relecture"
    WITHHELD = "withheld", "écarté par la modération"
    MASKED = "masked", "passage masqué dans un texte"
    BLACKENED = "blackened", "passage effacé pour toujours dans un texte"
    PERSON_ERASED = (
        "person_erased",
        (
            "contribution dont les coordonnées ont été effacées, à la demande de son auteur ou au"
            " terme de la durée de garde"
        ),
    )
    TEXT_ERASED = (
        "text_erased",
        "texte effacé, à la demande de son auteur ou au terme de la durée de garde",
    )


OF_RESPONSES = (
    TextOutcome.INCLUDED,
    TextOutcome.LEFT_OUT,
    TextOutcome.SET_ASIDE,
    TextOutcome.WITHDRAWN,
    TextOutcome.SUPERSEDED,
)
DISPLAYED = (
    TextOutcome.PUBLISHED,
    TextOutcome.REDACTED,
    TextOutcome.UNREAD,
    TextOutcome.GONE_UNREAD,
)
OF_TEXTS = (*DISPLAYED, TextOutcome.WAITING, TextOutcome.WITHHELD)


@dataclass(frozen=True)
class Entry:
    """Count of one outcome for one reason (None: without), of a measure or of the tool."""

    measure: str
    outcome: TextOutcome
    reason: str | None
    count: int


def account(snapshot: Session, instrument: RoundInstrument) -> list[Entry]:
    """Count all outcomes, each by queries of its own."""
    entries = [
        *_responses(snapshot, instrument),
        *_texts(snapshot, instrument),
        *_counted_twice(snapshot, instrument),
    ]
    outcomes = list(TextOutcome)
    return sorted(entries, key=lambda entry: (outcomes.index(entry.outcome), entry.reason or ""))


def check(entries: Sequence[Entry], counts: Counts) -> None:
    """Raise `CountsDisagree` unless the entries add up to the counts of the round."""
    sums: Counter[TextOutcome] = Counter()
    for entry in entries:
        sums[entry.outcome] += entry.count
    summed = {
        "included": sums[TextOutcome.INCLUDED],
        "left_out": sums[TextOutcome.LEFT_OUT],
        "set_aside": sums[TextOutcome.SET_ASIDE],
        "withdrawn": sums[TextOutcome.WITHDRAWN],
        "superseded": sums[TextOutcome.SUPERSEDED],
        "received": sum(sums[outcome] for outcome in OF_RESPONSES),
        "texts": sum(sums[outcome] for outcome in DISPLAYED),
        "texts_unread": sums[TextOutcome.UNREAD],
        "texts_waiting": sums[TextOutcome.WAITING],
        "texts_withheld": sums[TextOutcome.WITHHELD],
        "texts_received": sum(sums[outcome] for outcome in OF_TEXTS),
    }
    expected = {name: getattr(counts, name) for name in summed}
    if summed != expected:
        raise CountsDisagree(f"the journal counts {summed}, the workbook {expected}")


def _responses(snapshot: Session, instrument: RoundInstrument) -> Iterator[Entry]:
    in_round = instrument.selection.forms(instrument.round_id)
    is_left_out = sa.and_(
        instrument.selection.counted(instrument.round_id), ~instrument.selection.agreed()
    )
    is_last = Response.superseded_at.is_(None)
    outcomes = {
        TextOutcome.INCLUDED: instrument.included,
        TextOutcome.LEFT_OUT: is_left_out,
        TextOutcome.WITHDRAWN: sa.and_(in_round, is_last, Response.withdrawn_at.is_not(None)),
        TextOutcome.SUPERSEDED: sa.and_(in_round, ~is_last),
    }
    for outcome, condition in outcomes.items():
        yield from _entries(snapshot, outcome, _response_rows(sa.null()).where(condition))
    set_aside = (
        _response_rows(ResponseSetAside.reason)
        .join(ResponseSetAside, ResponseSetAside.response_id == Response.id)
        .where(in_round, is_last, Response.withdrawn_at.is_(None))
    )
    yield from _entries(snapshot, TextOutcome.SET_ASIDE, set_aside)


def _texts(snapshot: Session, instrument: RoundInstrument) -> Iterator[Entry]:
    state = ModeratedText.state
    is_left_unread = instrument.selection.is_left_unread
    is_unread = sa.and_(visibility.IS_CLEAR, ~is_left_unread)
    for outcome, condition in (
        (TextOutcome.PUBLISHED, visibility.IS_DISPLAYED_AS[TextState.PUBLISHED]),
        (TextOutcome.UNREAD, sa.and_(is_unread, Answer.text != ERASED_TEXT)),
        (TextOutcome.GONE_UNREAD, sa.and_(is_unread, Answer.text == ERASED_TEXT)),
        (TextOutcome.WAITING, sa.or_(visibility.IS_WAITING, is_left_unread)),
    ):
        yield from _entries(snapshot, outcome, _text_rows(instrument, sa.null()).where(condition))
    # A text masked after it was published has no second decision: its masks have the reason.
    why_redacted = sa.case(
        (state == TextState.REDACTED, _last_reason(Verdict.REDACT)), else_=_last_masks_reason()
    )
    for outcome, condition, reason in (
        (TextOutcome.REDACTED, visibility.IS_DISPLAYED_AS[TextState.REDACTED], why_redacted),
        (TextOutcome.WITHHELD, visibility.IS_WITHHELD, _last_reason(Verdict.WITHHOLD)),
    ):
        yield from _entries(snapshot, outcome, _text_rows(instrument, reason).where(condition))


def _counted_twice(snapshot: Session, instrument: RoundInstrument) -> Iterator[Entry]:
    """Count masked passages, erased texts and erased people, among what is counted already."""
    for outcome, layer in (
        (TextOutcome.MASKED, Layer.MASKED),
        (TextOutcome.BLACKENED, Layer.ERASED),
    ):
        passages = (
            _text_rows(instrument, Redaction.reason)
            .join(Redaction, Redaction.answer_id == Answer.id)
            .where(visibility.IS_MASK_ACTIVE, Redaction.layer == layer)
        )
        yield from _entries(snapshot, outcome, passages)
    people = (
        _response_rows(sa.null())
        .join(Response.respondent)
        .where(instrument.selection.forms(instrument.round_id), Respondent.erased_at.is_not(None))
    )
    yield from _entries(snapshot, TextOutcome.PERSON_ERASED, people)
    erased = _text_rows(instrument, sa.null()).where(Answer.text == ERASED_TEXT)
    yield from _entries(snapshot, TextOutcome.TEXT_ERASED, erased)


def _entries(
    snapshot: Session, outcome: TextOutcome, rows: sa.Select[*tuple[Any, ...]]
) -> Iterator[Entry]:
    each = rows.subquery()
    measure, reason = each.c
    counted = sa.select(measure, reason, sa.func.count()).group_by(measure, reason)
    for code, why, count in snapshot.execute(counted.order_by(measure)):
        yield Entry(code or TOOL, outcome, why, count)


def _response_rows(reason: Any) -> sa.Select[*tuple[Any, ...]]:
    """Return the query of responses, each with its measure's code and a reason."""
    return (
        sa.select(Measure.code.label("measure"), reason.label("reason"))
        .select_from(Response)
        .join(Response.questionnaire)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
    )


def _text_rows(instrument: RoundInstrument, reason: Any) -> sa.Select[*tuple[Any, ...]]:
    """Return the same query of the texts of the responses of the workbook."""
    return (
        visibility.joined(sa.select(Measure.code.label("measure"), reason.label("reason")))
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(instrument.included, texts.condition(instrument.round_id))
    )


def _last_reason(verdict: Verdict) -> sa.ScalarSelect[Any]:
    return (
        sa.select(ModerationDecision.reason)
        .where(
            ModerationDecision.answer_id == ModeratedText.answer_id,
            ModerationDecision.verdict == verdict,
        )
        .order_by(ModerationDecision.id.desc())
        .limit(1)
        .correlate(ModeratedText)
        .scalar_subquery()
    )


def _last_masks_reason() -> sa.ScalarSelect[Any]:
    return (
        sa.select(Redaction.reason)
        .where(Redaction.answer_id == ModeratedText.answer_id, visibility.IS_MASK_ACTIVE)
        .order_by(Redaction.id.desc())
        .limit(1)
        .correlate(ModeratedText)
        .scalar_subquery()
    )


NAME = "Journal"
RESPONSE, TEXT, AMONG = "contribution", "texte libre", "dont"
WHAT = (
    "Contribution : leurs nombres font le total reçu. Texte libre : ceux des contributions"
    " comptées, leurs nombres font le total des textes. « Dont » : parmi les précédents."
)
WHY = dict(Reason.choices()) | dict(AsideReason.choices())

VARIABLES = (
    measure_variable(),
    Variable("what", "Objet", WHAT, LIST, 14),
    Variable("fate", "Ce qu'il en est", "Ce que l'objet est devenu.", LIST, 52),
    Variable(
        "fate_code",
        "Ce qu'il en est (code)",
        "Le même, en code stable.",
        LIST,
        options=dict(TextOutcome.choices()),
    ),
    Variable("reason", "Raison", "Raison donnée par la modération, s'il y en a une.", LIST, 38),
    Variable("reason_code", "Raison (code)", "La même, en code stable.", LIST, options=WHY),
    counted("count", "Nombre", "Combien."),
)


def sheet(snapshot: Session, instrument: RoundInstrument, counts: Counts) -> Sheet:
    """Return the sheet; raise `CountsDisagree` unless it adds up to `counts`."""
    entries = account(snapshot, instrument)
    check(entries, counts)
    return Sheet(
        NAME,
        "Ce qu'il est advenu de tout ce qui est arrivé : combien, par mesure et par raison. Les"
        " sommes sont celles de cette page.",
        VARIABLES,
        partial(_rows, instrument, entries),
        tone=Tone.HISTORY,
    )


def _rows(instrument: RoundInstrument, entries: Sequence[Entry]) -> Iterator[Sequence[Cell]]:
    order = {form.measure: place for place, form in enumerate(instrument.latest_forms())}
    for entry in sorted(entries, key=lambda entry: order.get(entry.measure, len(order))):
        yield (
            entry.measure,
            _what(entry.outcome),
            entry.outcome.label,
            entry.outcome.value,
            WHY.get(entry.reason or ""),
            entry.reason,
            entry.count,
        )


def _what(outcome: TextOutcome) -> str:
    if outcome in OF_RESPONSES:
        return RESPONSE
    return TEXT if outcome in OF_TEXTS else AMONG
