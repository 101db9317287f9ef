"""Sheets « Décisions » and « Éditions »: what the collective decided, and what it published."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.decisions import editions
from consultation.decisions.models import (
    DecisionOutcome,
    IndicatorChange,
    IndicatorDecision,
    PlanEdition,
)
from consultation.decisions.recorded import RecordedDecision, recorded_decisions, superseded
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.sheets.texts import PART
from consultation.exports.workbook.variables import (
    DATE,
    LIST,
    MEDIUM,
    NARROW,
    NUMBER,
    TEXT_WIDTH,
    WIDE,
    YES_NO,
    Sheet,
    Variable,
    counted,
    without,
)
from consultation.i18n import DEFAULT_LOCALE, LOCALES, NAMES, key_of, localized
from consultation.plan.changes import FIELD_LABELS
from consultation.plan.measurement import texts as measurement_texts
from consultation.plan.measurement.values import from_json, measurement_of
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Tone
from consultation.spreadsheets.table import ResearchOptions
from consultation.text import capitalized

NAME, EDITIONS = "Décisions", "Éditions"
PUBLISHED, UNPUBLISHED = "publiée", "non publiée"
REPLACED = "remplacée sans avoir été publiée"
STATE = f"« {PUBLISHED} » par une édition ; « {UNPUBLISHED} », elle attend ; ou « {REPLACED} »."
SUPERSEDED = (
    "Une décision plus récente la remplace, qu'elle ait été publiée ou non, ou on l'a annulée."
)
OUTCOME = (
    "Ce que le collectif décide de l'indicateur, ou de celui qui manque. « Repris » et « non"
    " repris » : décisions d'avant, sur ce qui avait été dit."
)
COUNT = (
    "Nombre de contributions sur lesquelles elle s'appuie, de tous les tours. Un texte retiré,"
    " effacé ou écarté depuis ne compte plus."
)
CITED = "Les textes sur lesquels elle s'appuie, parmi ceux des contributions de ce classeur."

OUTCOMES: Mapping[str, str] = {
    it: it.label for it in DecisionOutcome if it is not DecisionOutcome.REOPENED
}

Column = tuple[Variable, Sequence[Cell]]
"""A variable, and its cells from the first row to the last."""


def sheet(snapshot: Session, instrument: RoundInstrument, *, is_internal: bool) -> Sheet:
    """Return the sheet of the decisions on the selected measures.

    Only an internal workbook has the notes of the team and the texts that a decision rests on, and
    how many contributions: the public knows a range, from which nobody is found by subtraction.
    """
    whole = _whole(snapshot, instrument, has_notes=is_internal)
    return whole if is_internal else without(whole, EXACT)


def short_sheet(snapshot: Session, instrument: RoundInstrument) -> Sheet:
    """Return the sheet of a short workbook, in words only."""
    whole = _whole(snapshot, instrument, has_notes=False)
    exact = EXACT if instrument.is_anonymised else ()
    return without(whole, ("outcome_code", "change_code", *exact))


EXACT = ("contributions",)
"""What a workbook for others lacks."""


def _whole(snapshot: Session, instrument: RoundInstrument, *, has_notes: bool) -> Sheet:
    selection = instrument.selection
    rows = recorded_decisions(
        snapshot, selection.decided(), selection.audience, instrument.included
    )
    columns = [
        *_subject(rows, selection.locale),
        *_decided(rows, set(snapshot.scalars(superseded()))),
        *_texts(rows, selection.locale),
        *(_internal(rows) if has_notes else ()),
    ]
    return Sheet(
        NAME,
        "Une ligne par décision du collectif sur un indicateur, ou sur ce qui manque, dans l'ordre"
        " du plan. Vide : il n'y en a pas.",
        [variable for variable, _ in columns],
        partial(zip, *(cells for _, cells in columns), strict=True),
        kept_columns=2,
        tone=Tone.TEXTS,
        package=ResearchOptions(),
    )


def _subject(rows: Sequence[RecordedDecision], locale: str) -> Iterator[Column]:
    measure = Variable("measure", "Mesure", "Code de la mesure.", width=NARROW)
    yield measure, [it.measure.code for it in rows]
    meaning = "Code de l'indicateur, ou de celui qui est ajouté ; vide pour ce qui manque."
    yield Variable("indicator", "Indicateur", meaning, width=NARROW), [it.code for it in rows]
    meaning = "L'indicateur tel qu'il se lisait, ou ce qui manquait ; vide pour un ajout."
    labels = [_label_before(it.decision, locale) for it in rows]
    yield from _long("label", "Intitulé avant", meaning, labels, WIDE)


def _label_before(decision: IndicatorDecision, locale: str) -> str:
    before = decision.version.label if decision.version is not None else decision.subject
    return localized(before, locale)


def _decided(rows: Sequence[RecordedDecision], replaced: Collection[int | None]) -> list[Column]:
    decisions = [it.decision for it in rows]
    changes = dict(IndicatorChange.choices())
    edition = Variable(
        "edition", "Édition", "Numéro de l'édition qui l'a publiée ; vide sinon.", NUMBER, NARROW
    )
    codes = "Le même, en code stable."
    return [
        (
            Variable("outcome", "Décision", OUTCOME, LIST),
            [OUTCOMES[it.outcome] for it in decisions],
        ),
        (
            Variable("outcome_code", "Décision (code)", codes, LIST, options=OUTCOMES),
            [it.outcome.value for it in decisions],
        ),
        (
            Variable("change", "Changement", "Ce qui change dans le plan.", LIST, 22),
            [changes[it.change] for it in decisions],
        ),
        (
            Variable("change_code", "Changement (code)", codes, LIST, options=changes),
            [it.change.value for it in decisions],
        ),
        (edition, [it.edition.number if it.edition else None for it in rows]),
        (Variable("state", "État", STATE, LIST), [_state(it, replaced) for it in rows]),
        (
            Variable("superseded", "Remplacée", SUPERSEDED, YES_NO, NARROW),
            [it.id in replaced for it in decisions],
        ),
        (
            Variable("decided_on", "Décidé le", "Jour de la décision, à Paris.", DATE, 14),
            [in_paris(it.decided_at).date() for it in decisions],
        ),
        (counted("contributions", "Contributions", COUNT, 14), [it.basis.count for it in rows]),
    ]


def _state(row: RecordedDecision, replaced: Collection[int | None]) -> str:
    if row.edition is not None:
        return PUBLISHED
    return REPLACED if row.decision.id in replaced else UNPUBLISHED


def _texts(rows: Sequence[RecordedDecision], locale: str) -> Iterator[Column]:
    changed = [it.texts(locale) for it in rows]
    after = [it["label"].after if "label" in it else None for it in changed]
    meaning = "L'intitulé décidé ; vide quand il ne change pas."
    yield from _long("label_after", "Intitulé après", meaning, after, WIDE)
    others = [_others(it, locale) for it in rows]
    meaning = "Les autres textes de l'indicateur qui changent, avant et après."
    yield from _long("others", "Autres textes changés", meaning, others)
    for tag in LOCALES:
        header = "Raison" if tag == DEFAULT_LOCALE else f"Raison ({NAMES[tag]})"
        reasons = [it.decision.reason.get(tag) for it in rows]
        meaning = "Pourquoi, dans les mots du collectif."
        yield from _long(key_of("reason", tag), header, meaning, reasons)


def _others(row: RecordedDecision, locale: str) -> str:
    lines = [
        _changed(f"{capitalized(FIELD_LABELS[name])} :", it.before, it.after)
        for name, it in row.texts(locale).items()
        if name != "label"
    ]
    if row.decision.measurement is not None:
        version = row.decision.version
        before = measurement_texts.texts_of(measurement_of(version)) if version else {}
        after = measurement_texts.texts_of(from_json(row.decision.measurement))
        lines += [
            _changed(measurement_texts.LABELS[name], before.get(name, ""), it)
            for name, it in after.items()
            if it != before.get(name, "")
        ]
    return "\n".join(lines)


def _changed(label: str, before: str, after: str) -> str:
    if not after:
        return f"{label} « {before} » est retiré"
    return f"{label} « {before} » devient « {after} »" if before else f"{label} « {after} »"


def _internal(rows: Sequence[RecordedDecision]) -> Iterator[Column]:
    notes = [it.decision.note for it in rows]
    yield from _long("note", "Note interne", "Pour l'équipe seulement.", notes)
    cited = ["\n\n".join(it.basis.quotations) for it in rows]
    yield from _long("texts", "Textes", CITED, cited)


def _long(
    code: str, header: str, meaning: str, texts: Sequence[str | None], width: int = TEXT_WIDTH
) -> Iterator[Column]:
    """Yield the columns of a text; what is too long for one cell continues in the next, uncut."""
    parts = max(1, math.ceil(max((len(it or "") for it in texts), default=0) / PART))
    yield Variable(code, header, meaning, width=width), [(it or "")[:PART] or None for it in texts]
    for n in range(1, parts):
        more = [(it or "")[n * PART : (n + 1) * PART] or None for it in texts]
        further = Variable(f"{code}_{n + 1}", f"{header} (suite {n})", "Suite du texte.")
        yield further, more


EDITION_VARIABLES = (
    Variable("edition", "Édition", "Son numéro.", NUMBER, NARROW),
    Variable("title", "Titre", "Son titre.", width=WIDE),
    Variable("published_on", "Publiée le", "Jour de sa publication, à Paris.", DATE, 14),
    counted("decisions", "Décisions", "Nombre de décisions qu'elle publie, toutes mesures.", 12),
    counted("indicators", "Indicateurs", "Nombre d'indicateurs du plan dans cette édition.", 12),
    Variable(
        "sha256",
        "Empreinte",
        "SHA-256 de son contenu figé : la même pour le même contenu.",
        width=MEDIUM,
    ),
)


def editions_sheet(snapshot: Session, instrument: RoundInstrument) -> Sheet:
    """Return the sheet of the published editions, the first one first."""
    return Sheet(
        EDITIONS,
        "Une ligne par édition publiée du plan : son jour, ce qu'elle publie, et l'empreinte de"
        " son contenu. Vide : il n'y en a pas.",
        EDITION_VARIABLES,
        partial(_editions, snapshot, instrument.selection.locale),
        tone=Tone.HISTORY,
        package=ResearchOptions(is_keyed=True),
    )


def _editions(snapshot: Session, locale: str) -> Iterator[Sequence[Cell]]:
    for edition in reversed(editions.published(snapshot)):
        moment = edition.published_at
        yield (
            edition.number,
            localized(edition.title, locale),
            in_paris(moment).date() if moment else None,
            len(edition.decisions),
            _indicator_count(edition),
            edition.content_hash,
        )


def _indicator_count(edition: PlanEdition) -> int:
    axes = (edition.content or {})["axes"]
    return sum(len(measure["indicators"]) for axis in axes for measure in axis["measures"])
