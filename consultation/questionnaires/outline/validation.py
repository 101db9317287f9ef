"""Validation of a whole outline: every error in French, with its place and its remedy."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from consultation.i18n import OTHER_LOCALES, Localized, is_french, lacking_counts
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import CONSENTS, Destination
from consultation.questionnaires.outline import wordings
from consultation.questionnaires.outline.errors import (
    OutlineError,
    check_code,
    check_text,
    repeated_codes,
)
from consultation.questionnaires.outline.question_validation import KIND_OF, check_question
from consultation.questionnaires.outline.structure import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from consultation.questionnaires.outline.wordings import Part
from consultation.web.typography import counted

LONGEST_TITLE = 300
LONGEST_INTRO = 5000
MOST_QUESTIONS = 500
MOST_FIELDS = 1900
"""Fields that one form may send, a little less than `FIELDS_LIMIT` accepts."""


def find_all_errors(outline: Outline, indicator_counts: Mapping[str, int]) -> list[OutlineError]:
    """Return all errors of the outline and of the forms that it makes of the plan.

    `indicator_counts` has the number of indicators of each measure in force, by code.  An outline
    without errors can be published.
    """
    return [
        *find_errors(outline, indicator_counts),
        *find_oversized_form(outline, indicator_counts),
        *find_unanswerable_forms(outline, indicator_counts),
    ]


def find_errors(outline: Outline, measures: Collection[str]) -> list[OutlineError]:
    """Return the errors of the outline itself; `measures` are the codes that a section may name."""
    errors = list(_check_codes(outline))
    for section in outline.sections:
        errors += _check_section(section, measures)
        for question in section.questions:
            errors += check_question(outline, section, question)
    return [*errors, *_check_outline(outline), *_check_scopes(outline)]


def find_oversized_form(
    outline: Outline, indicator_counts: Mapping[str, int]
) -> list[OutlineError]:
    """Return an error for the largest form, if it has more fields than can be sent."""
    counts = {
        code: _field_count(outline, code, indicators)
        for code, indicators in [*indicator_counts.items(), (None, 0)]
    }
    largest = max(counts, key=lambda code: counts[code])
    if counts[largest] <= MOST_FIELDS:
        return []
    form = "de l'ensemble des indicateurs" if largest is None else f"de la mesure {largest}"
    return [
        OutlineError(
            None,
            None,
            "",
            f"le formulaire {form} aurait {counts[largest]} cases, la limite est de {MOST_FIELDS}",
            "Retirez des questions, ou des réponses proposées des questions à plusieurs réponses.",
        )
    ]


def _field_count(outline: Outline, measure: str | None, indicators: int) -> int:
    return sum(
        (indicators if section.scope is Scope.INDICATOR else 1)
        * sum(
            KINDS[question.kind].boxes(len(question.options), question.settings)
            for question in section.questions
        )
        for section in outline.sections
        if section.is_for(measure)
    )


def find_unanswerable_forms(
    outline: Outline, indicator_counts: Mapping[str, int]
) -> list[OutlineError]:
    """Return an error if all questions are about indicators and some measures have none.

    `find_errors` has the case that no form of a measure asks anything.
    """
    asking = [section for section in outline.sections if _takes_answers(section)]
    if OF_MEASURES.isdisjoint(section.scope for section in asking):
        return []
    on_measures = [section for section in asking if section.scope is not Scope.INDICATOR]
    without = [code for code, count in indicator_counts.items() if not count]
    unanswerable = [
        code for code in without if not any(other.is_for(code) for other in on_measures)
    ]
    return [_unanswerable_forms_error(unanswerable)] if unanswerable else []


def _unanswerable_forms_error(measures: Sequence[str]) -> OutlineError:
    others = len(measures) - MOST_NAMED
    named = ", ".join(measures[:MOST_NAMED])
    if others > 0:
        named += f" et {counted(others, 'autre', 'autres')}"
    what = (
        f"le formulaire de la mesure {named}, qui n'a pas d'indicateur, ne demande rien"
        if len(measures) == 1
        else f"les formulaires des mesures {named}, qui n'ont pas d'indicateur, ne demandent rien"
    )
    return _unanswerable_error(
        what, "Posez une question au moins à toutes les mesures, ou ajoutez un indicateur"
    )


MOST_NAMED = 12
OF_MEASURES = frozenset({Scope.INDICATOR, Scope.MEASURE, Scope.EVERYONE})
OF_THE_TOOL = frozenset({Scope.TOOL, Scope.EVERYONE})


def _check_scopes(outline: Outline) -> Iterator[OutlineError]:
    scopes = {section.scope for section in outline.sections if _takes_answers(section)}
    if scopes.isdisjoint(OF_MEASURES):
        yield _unanswerable_error(
            "le formulaire des mesures ne demande rien",
            "Posez une question au moins à toutes les mesures, ou pour chaque indicateur",
        )
    if scopes.isdisjoint(OF_THE_TOOL):
        yield _unanswerable_error(
            "le formulaire sur l'ensemble des indicateurs ne demande rien",
            "Posez une question au moins sur l'ensemble des indicateurs, ou partout",
        )


def _takes_answers(section: OutlineSection) -> bool:
    """Leave out questions about the person, and notes, which take no answer."""
    return any(
        question.destination is Destination.ANSWER and KINDS[question.kind].takes_an_answer
        for question in section.questions
    )


def _unanswerable_error(what: str, remedy: str) -> OutlineError:
    remedy = f"{remedy} : sans réponse à donner, rien ne peut être envoyé."
    return OutlineError(None, None, "", f"{what}, sinon qui répond", remedy)


def lacking(outline: Outline, tags: Sequence[str] = OTHER_LOCALES) -> dict[str, int]:
    """How many texts each language lacks, which does not hinder a publication."""
    return lacking_counts((text for _spot, text in wordings.texts(outline)), tags)


def unanswerable(
    outline: Outline, tags: Sequence[str] = OTHER_LOCALES
) -> dict[str, list[OutlineQuestion]]:
    """The languages in which no form that asks these questions is offered.

    Each is required, or a consent, and is not whole there.
    """
    needed = [it for it in outline.questions if it.is_required or it.destination in CONSENTS]
    lacks = [(it, lacking_counts(_texts_to_answer(it), tags)) for it in needed]
    by_tag = {tag: [it for it, counts in lacks if tag in counts] for tag in tags}
    return {tag: questions for tag, questions in by_tag.items() if questions and not is_french(tag)}


def _texts_to_answer(question: OutlineQuestion) -> Iterator[Localized]:
    for spot, text in wordings.texts_of(question):
        if spot.part is not Part.QUESTION or spot.name != "hint":
            yield text


def _check_codes(outline: Outline) -> Iterator[OutlineError]:
    sections = [section.code for section in outline.sections]
    for code in repeated_codes(sections):
        yield OutlineError(
            code, None, "code", f"le code « {code} » est déjà celui d'une autre rubrique", ANOTHER
        )
    for code in repeated_codes(question.code for question in outline.questions):
        section = outline.section_of(code)
        yield OutlineError(
            section.code if section else None,
            code,
            "code",
            f"le code « {code} » est déjà celui d'une autre question",
            ANOTHER,
        )


ANOTHER = "Donnez-lui un code à elle."


def _check_section(section: OutlineSection, measures: Collection[str]) -> Iterator[OutlineError]:
    def error(field: str, what: str, remedy: str) -> OutlineError:
        return OutlineError(section.code, None, field, what, remedy)

    yield from check_code(section.code, make_error=error)
    if section.scope is not Scope.INDICATOR and not (section.title or {}).get("fr"):
        yield error("title", "la rubrique n'a pas de titre en français", "Écrivez-le.")
    yield from check_text("title", section.title, LONGEST_TITLE, error)
    yield from check_text("intro", section.intro, LONGEST_INTRO, error)
    if section.scope is not Scope.INSERT:
        return
    known = {code.lower() for code in measures}
    unknown = [code for code in section.measures if code.lower() not in known]
    if unknown:
        named = ", ".join(f"« {code} »" for code in unknown)
        yield error(
            "measures",
            f"aucune mesure en vigueur n'a pour code {named}",
            "Retirez ce code, ou remettez la mesure dans le plan.",
        )
    elif not section.measures:
        yield error(
            "measures",
            "cette rubrique particulière ne nomme aucune mesure",
            "Choisissez au moins une mesure, ou posez ces questions pour toutes.",
        )


def _check_outline(outline: Outline) -> Iterator[OutlineError]:
    count = len(outline.questions)
    if count > MOST_QUESTIONS:
        yield OutlineError(
            None,
            None,
            "",
            f"le questionnaire a {count} questions, la limite est de {MOST_QUESTIONS}",
            "Retirez-en : chacune lasse qui répond.",
        )
    for destination in KIND_OF:
        holders = [
            question.code for question in outline.questions if question.destination is destination
        ]
        if len(holders) > 1:
            named = ", ".join(f"« {code} »" for code in holders)
            yield OutlineError(
                None,
                holders[-1],
                "destination",
                f"{named} remplissent la même case",
                "Gardez-en une.",
            )
    capacity = next(
        (
            question
            for question in outline.questions
            if question.destination is Destination.CAPACITY
        ),
        None,
    )
    if capacity is None or not capacity.is_required or capacity.condition is not None:
        yield OutlineError(
            None,
            capacity.code if capacity else None,
            "is_required",
            "la qualité de la personne qui répond n'est pas demandée partout",
            "Gardez cette question, obligatoire et sans condition : les résultats en dépendent.",
        )
