"""Sheet « Textes »: a row per free text, in the order of the form."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exports.workbook.columns import capacity, measure, receipt, variable_of
from consultation.exports.workbook.frames import windows
from consultation.exports.workbook.instrument import AskedQuestion, RoundInstrument
from consultation.exports.workbook.sheets import contributions
from consultation.exports.workbook.variables import (
    LIST,
    NARROW,
    TEXT,
    TEXT_WIDTH,
    WIDE,
    Sheet,
    Variable,
    label_for,
)
from consultation.i18n import name_of
from consultation.moderation import visibility
from consultation.moderation.clusters import queries
from consultation.moderation.models import ModeratedText, TextState
from consultation.moderation.visibility import displayed_state, visible
from consultation.questionnaires.models import Destination, Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.spreadsheets.cells import MAX_TEXT, BoundedCache, Part
from consultation.spreadsheets.style import Tone
from consultation.spreadsheets.table import ResearchOptions

NAME = "Textes"
TEXT_MEANING = "Le texte tel qu'il a été écrit ; « ███ » couvre ce que la modération a masqué."
REVIEW = (
    "Ce que la modération en a dit ; « non relu » : une machine n'y a rien repéré ; « effacé » : il"
    " n'en reste rien, et personne ne l'avait relu."
)
CLUSTER = "Le même nom pour des textes qui disent presque la même chose ; vide s'il est seul."
REVIEWS = {
    TextState.PUBLISHED: "publié",
    TextState.REDACTED: "masqué en partie",
    TextState.WAITING: "non relu",
}
GONE_UNREAD = "effacé"
LANGUAGE = Variable("language", "Langue", "Langue du texte.", LIST, NARROW)
TRANSLATION = "Le texte en français, écrit par une personne de l'équipe ; vide s'il n'y en a pas."
PART = MAX_TEXT // 2
"""Most characters in one cell; a spreadsheet counts those beyond U+FFFF twice."""


def sheet(snapshot: Session, instrument: RoundInstrument) -> Sheet:
    """Return the sheet; a text too long for one cell continues in the next, uncut."""
    parts = max(1, math.ceil(_longest(snapshot, instrument.round_id) / PART))
    return Sheet(
        NAME,
        "Une ligne par texte libre que la modération a laissé passer, ou où rien n'a été repéré.",
        _variables(instrument, parts),
        partial(_rows, snapshot, instrument, parts),
        tone=Tone.TEXTS,
        package=ResearchOptions(refers_to=contributions.NAME),
        is_in_parts=True,
    )


def questions(instrument: RoundInstrument) -> Sequence[Variable]:
    """Return a variable per question with texts, for the codebook."""
    groups = (*instrument.groups(about_indicators=True), *instrument.groups(about_indicators=False))
    return [variable_of(group, TEXT) for group in groups if group.takes_a_text]


def condition(round_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that an answer is a text of the sheet, not contact data."""
    return sa.and_(
        Questionnaire.round_id == round_id,
        Answer.text.is_not(None),
        Question.destination == Destination.ANSWER,
    )


def _variables(instrument: RoundInstrument, parts: int) -> Sequence[Variable]:
    further = [
        Variable(f"text_{n}", f"Texte (suite {n - 1})", "Suite du texte.", width=TEXT_WIDTH)
        for n in range(2, parts + 1)
    ]
    return (
        receipt(instrument).variable,
        measure(instrument).variable,
        Variable("indicator", "Indicateur", "Code de l'indicateur dont il s'agit.", width=NARROW),
        Variable(
            "question", "Question (code)", "Code de la question, que ce dictionnaire explique."
        ),
        Variable("question_label", "Question", "La question telle qu'elle a été lue.", width=WIDE),
        Variable("text", "Texte", TEXT_MEANING, width=TEXT_WIDTH),
        *further,
        Variable("review", "Relecture", REVIEW, LIST, NARROW),
        Variable("cluster", "Textes semblables", CLUSTER, LIST, NARROW),
        capacity(instrument).variable,
        *([] if instrument.is_anonymised else [LANGUAGE]),
        Variable("translation", "Traduction", TRANSLATION, width=TEXT_WIDTH),
    )


def _longest(snapshot: Session, round_id: int) -> int:
    """Return the length of the longest text, or less than `PART` when all fit in one cell."""
    length = sa.func.max(sa.func.length(Answer.text))
    if (snapshot.scalar(sa.select(length)) or 0) <= PART:  # no join: all but free
        return 0
    joined = (
        sa.select(length)
        .select_from(Answer)
        .join(Question, Question.id == Answer.question_id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(condition(round_id))
    )
    return snapshot.scalar(joined) or 0


def _rows(snapshot: Session, instrument: RoundInstrument, parts: int) -> Iterator[Sequence[Part]]:
    questions = BoundedCache(partial(_question, instrument.question_by_id))
    tails = BoundedCache(partial(_tail, instrument, queries.labels(snapshot)))
    untranslated = Part([None])
    columns = (
        Response.id, Response.receipt_code, Question.id, ModeratedText.cluster_id,
        Respondent.capacity, visibility.LOCALE,
    )  # fmt: skip
    for window in windows(snapshot, instrument):
        in_window = sa.and_(window, condition(instrument.round_id))
        heads = BoundedCache(partial(_head, instrument))
        for seen, (response_id, code, question_id, *whose) in visibility.texts(
            snapshot, in_window, *columns
        ):
            text = visible(seen, instrument.selection.audience)
            if text is not None:
                yield (
                    heads[response_id, code, instrument.question_by_id[question_id].form.measure],
                    questions[question_id],
                    Part([text] if parts == 1 else _cut(text, parts)),
                    tails[
                        displayed_state(seen.state, is_covered=bool(seen.covered)),
                        seen.text == ERASED_TEXT,
                        *whose,
                    ],
                    Part([seen.translation]) if seen.translation else untranslated,
                )


def _head(instrument: RoundInstrument, response: tuple[int, str, str]) -> Part:
    response_id, code, measure_code = response
    return Part([instrument.reference(response_id, code), measure_code])


def _question(asked_by_id: Mapping[int, AskedQuestion], question_id: int) -> Part:
    question = asked_by_id[question_id]
    indicator = question.version.code if question.version else None
    return Part([indicator, question.code, question.label])


def _tail(
    instrument: RoundInstrument,
    clusters: Mapping[int, str],
    text: tuple[TextState, bool, int | None, str, str],
) -> Part:
    state, is_gone, cluster, who, locale = text
    review = GONE_UNREAD if is_gone and state is TextState.WAITING else REVIEWS[state]
    said_by = label_for(who, instrument.labels_for(Destination.CAPACITY))
    language = [] if instrument.is_anonymised else [name_of(locale)]
    return Part([review, clusters.get(cluster or 0), said_by, *language])


def _cut(text: str, parts: int) -> Sequence[str]:
    return [text[n * PART : (n + 1) * PART] for n in range(parts)]
