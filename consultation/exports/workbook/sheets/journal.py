"""Sheet « Journal », and the counts behind it."""

import enum
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exports.selection import TOOL
from consultation.exports.workbook.counts import Counts, CountsDisagree
from consultation.exports.workbook.instrument import Asked
from consultation.exports.workbook.sheets import texts
from consultation.exports.workbook.variables import LIST, Sheet, Variable, counted, measure_variable
from consultation.moderation import visibility
from consultation.moderation.labels import ASIDE, REASONS
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


class Fate(enum.StrEnum):
    """What became of a response, of a text of those that count, or of a passage of one.

    Those of responses share out all that was received, those of texts all texts; those from
    `MASKED` on are among them.
    """

    INCLUDED = "included"
    LEFT_OUT = "left_out"
    SET_ASIDE = "set_aside"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    PUBLISHED = "published"
    REDACTED = "redacted"
    UNREAD = "unread"
    GONE_UNREAD = "gone_unread"
    WAITING = "waiting"
    WITHHELD = "withheld"
    MASKED = "masked"
    BLACKENED = "blackened"
    PERSON_ERASED = "person_erased"
    TEXT_ERASED = "text_erased"


OF_RESPONSES = (
    Fate.INCLUDED,
    Fate.LEFT_OUT,
    Fate.SET_ASIDE,
    Fate.WITHDRAWN,
    Fate.SUPERSEDED,
)
SHOWN = (Fate.PUBLISHED, Fate.REDACTED, Fate.UNREAD, Fate.GONE_UNREAD)
OF_TEXTS = (*SHOWN, Fate.WAITING, Fate.WITHHELD)


@dataclass(frozen=True)
class Entry:
    """How many had one fate for one reason (or none), of one measure or of the tool."""

    measure: str
    fate: Fate
    reason: str | None
    count: int


def account(instant: Session, asked: Asked) -> list[Entry]:
    """Count everything that came in, each fate by queries of its own."""
    entries = [*_responses(instant, asked), *_texts(instant, asked), *_among(instant, asked)]
    fates = list(Fate)
    return sorted(entries, key=lambda entry: (fates.index(entry.fate), entry.reason or ""))


def check(entries: Sequence[Entry], counts: Counts) -> None:
    """Raise `CountsDisagree` unless the entries add up to what was counted of the whole round."""
    sums: Counter[Fate] = Counter()
    for entry in entries:
        sums[entry.fate] += entry.count
    found = {
        "included": sums[Fate.INCLUDED],
        "left_out": sums[Fate.LEFT_OUT],
        "set_aside": sums[Fate.SET_ASIDE],
        "withdrawn": sums[Fate.WITHDRAWN],
        "superseded": sums[Fate.SUPERSEDED],
        "received": sum(sums[fate] for fate in OF_RESPONSES),
        "texts": sum(sums[fate] for fate in SHOWN),
        "texts_unread": sums[Fate.UNREAD],
        "texts_waiting": sums[Fate.WAITING],
        "texts_withheld": sums[Fate.WITHHELD],
        "texts_received": sum(sums[fate] for fate in OF_TEXTS),
    }
    owed = {name: getattr(counts, name) for name in found}
    if found != owed:
        raise CountsDisagree(f"the journal counts {found}, the workbook {owed}")


def _responses(instant: Session, asked: Asked) -> Iterator[Entry]:
    in_round = asked.selection.forms(asked.round_id)
    is_left_out = sa.and_(asked.selection.counted(asked.round_id), ~asked.selection.agreed())
    stands = Response.superseded_at.is_(None)
    fates = {
        Fate.INCLUDED: asked.included,
        Fate.LEFT_OUT: is_left_out,
        Fate.WITHDRAWN: sa.and_(in_round, stands, Response.withdrawn_at.is_not(None)),
        Fate.SUPERSEDED: sa.and_(in_round, ~stands),
    }
    for fate, condition in fates.items():
        yield from _entries(instant, fate, _received(sa.null()).where(condition))
    set_aside = (
        _received(ResponseSetAside.reason)
        .join(ResponseSetAside, ResponseSetAside.response_id == Response.id)
        .where(in_round, stands, Response.withdrawn_at.is_(None))
    )
    yield from _entries(instant, Fate.SET_ASIDE, set_aside)


def _texts(instant: Session, asked: Asked) -> Iterator[Entry]:
    state = ModeratedText.state
    for fate, condition in (
        (Fate.PUBLISHED, visibility.IS_DISPLAYED_AS[TextState.PUBLISHED]),
        (Fate.UNREAD, sa.and_(visibility.IS_CLEAR, Answer.text != ERASED_TEXT)),
        (Fate.GONE_UNREAD, sa.and_(visibility.IS_CLEAR, Answer.text == ERASED_TEXT)),
        (Fate.WAITING, visibility.IS_WAITING),
    ):
        yield from _entries(instant, fate, _owed(asked, sa.null()).where(condition))
    # What was masked after it was published was decided once more by nobody: its masks say why.
    why_redacted = sa.case(
        (state == TextState.REDACTED, _last_reason(Verdict.REDACT)), else_=_last_masks_reason()
    )
    for fate, condition, reason in (
        (Fate.REDACTED, visibility.IS_DISPLAYED_AS[TextState.REDACTED], why_redacted),
        (Fate.WITHHELD, visibility.IS_WITHHELD, _last_reason(Verdict.WITHHOLD)),
    ):
        yield from _entries(instant, fate, _owed(asked, reason).where(condition))


def _among(instant: Session, asked: Asked) -> Iterator[Entry]:
    """Count passages that are covered, and what was erased: of what was counted above already."""
    for fate, layer in ((Fate.MASKED, Layer.MASKED), (Fate.BLACKENED, Layer.ERASED)):
        passages = (
            _owed(asked, Redaction.reason)
            .join(Redaction, Redaction.answer_id == Answer.id)
            .where(visibility.IS_MASK_ACTIVE, Redaction.layer == layer)
        )
        yield from _entries(instant, fate, passages)
    people = (
        _received(sa.null())
        .join(Response.respondent)
        .where(asked.selection.forms(asked.round_id), Respondent.erased_at.is_not(None))
    )
    yield from _entries(instant, Fate.PERSON_ERASED, people)
    erased = _owed(asked, sa.null()).where(Answer.text == ERASED_TEXT)
    yield from _entries(instant, Fate.TEXT_ERASED, erased)


def _entries(instant: Session, fate: Fate, rows: sa.Select[*tuple[Any, ...]]) -> Iterator[Entry]:
    each = rows.subquery()
    measure, reason = each.c
    counted = sa.select(measure, reason, sa.func.count()).group_by(measure, reason)
    for code, why, count in instant.execute(counted.order_by(measure)):
        yield Entry(code or TOOL, fate, why, count)


def _received(reason: Any) -> sa.Select[*tuple[Any, ...]]:
    """Return the query of responses as their measure's code and a reason."""
    return (
        sa.select(Measure.code.label("measure"), reason.label("reason"))
        .select_from(Response)
        .join(Response.questionnaire)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
    )


def _owed(asked: Asked, reason: Any) -> sa.Select[*tuple[Any, ...]]:
    """Return the query of the texts of the responses that count, as `_received` has these."""
    return (
        visibility.joined(sa.select(Measure.code.label("measure"), reason.label("reason")))
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(asked.included, texts.condition(asked.round_id))
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
FATES = {
    Fate.INCLUDED: "comptée dans ce classeur",
    Fate.LEFT_OUT: "écartée par le filtre des accords",
    Fate.SET_ASIDE: "mise de côté",
    Fate.WITHDRAWN: "retirée par son auteur·e",
    Fate.SUPERSEDED: "remplacée par une révision",
    Fate.PUBLISHED: "publié",
    Fate.REDACTED: "publié, passages masqués",
    Fate.UNREAD: "montré ici sans avoir été relu",
    Fate.GONE_UNREAD: "effacé avant d'avoir été relu",
    Fate.WAITING: "retenu en attendant une relecture",
    Fate.WITHHELD: "écarté par la modération",
    Fate.MASKED: "passage masqué dans un texte",
    Fate.BLACKENED: "passage effacé pour toujours dans un texte",
    Fate.PERSON_ERASED: "contribution dont les coordonnées ont été effacées, à la demande de"
    " l'auteur·e ou au terme de la durée de garde",
    Fate.TEXT_ERASED: "texte effacé, à la demande de l'auteur·e ou au terme de la durée de garde",
}
WHAT = (
    "Contribution : leurs nombres font le total reçu. Texte libre : ceux des contributions"
    " comptées, leurs nombres font le total des textes. « Dont » : parmi les précédents."
)
WHY = {
    **{reason.value: REASONS[reason] for reason in Reason},
    **{reason.value: ASIDE[reason] for reason in AsideReason},
}

VARIABLES = (
    measure_variable(),
    Variable("what", "Objet", WHAT, LIST, 14),
    Variable("fate", "Ce qu'il en est", "Ce que l'objet est devenu.", LIST, 52),
    Variable(
        "fate_code",
        "Ce qu'il en est (code)",
        "Le même, en code stable.",
        LIST,
        options={fate.value: label for fate, label in FATES.items()},
    ),
    Variable("reason", "Raison", "Raison donnée par la modération, s'il y en a une.", LIST, 38),
    Variable("reason_code", "Raison (code)", "La même, en code stable.", LIST, options=WHY),
    counted("count", "Nombre", "Combien."),
)


def sheet(instant: Session, asked: Asked, counts: Counts) -> Sheet:
    """Return the sheet; raise `CountsDisagree` unless it adds up to `counts`."""
    entries = account(instant, asked)
    check(entries, counts)
    return Sheet(
        NAME,
        "Ce qu'il est advenu de tout ce qui est arrivé : combien, par mesure et par raison. Les"
        " sommes sont celles de cette page.",
        VARIABLES,
        partial(_rows, asked, entries),
        tone=Tone.HISTORY,
    )


def _rows(asked: Asked, entries: Sequence[Entry]) -> Iterator[Sequence[Cell]]:
    order = {form.measure: place for place, form in enumerate(asked.latest_forms())}
    for entry in sorted(entries, key=lambda entry: order.get(entry.measure, len(order))):
        yield (
            entry.measure,
            _what(entry.fate),
            FATES[entry.fate],
            entry.fate.value,
            WHY.get(entry.reason or ""),
            entry.reason,
            entry.count,
        )


def _what(fate: Fate) -> str:
    if fate in OF_RESPONSES:
        return RESPONSE
    return TEXT if fate in OF_TEXTS else AMONG
