"""What is wrong with an outline: each error names its place and says what to do, in French."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from consultation.i18n import Localized
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Destination, QuestionKind
from consultation.questionnaires.outline.errors import (
    OutlineError,
    check_code,
    check_text,
    repeated_codes,
)
from consultation.questionnaires.outline.model import Outline, OutlineSection, Scope
from consultation.questionnaires.outline.question_validation import KIND_OF, find_question_errors

LONGEST_TITLE = 300
LONGEST_INTRO = 5000
MOST_QUESTIONS = 500
MOST_FIELDS = 1900
"""How many fields one form may send: a little less than `FIELDS_LIMIT` lets in."""


def find_all_errors(outline: Outline, indicator_counts: Mapping[str, int]) -> list[OutlineError]:
    """Return all that is wrong with the outline, and with the forms that it makes of the plan.

    `indicator_counts` says how many indicators each measure in force has, by its code.  An outline
    without error can be published.
    """
    return [
        *find_errors(outline, indicator_counts),
        *find_oversized_form(outline, indicator_counts),
        *find_unanswerable_forms(outline, indicator_counts),
    ]


def find_errors(outline: Outline, measures: Collection[str]) -> list[OutlineError]:
    """Return all that is wrong; `measures` are the codes of those that a section may name."""
    found = list(_twice(outline))
    for section in outline.sections:
        found += _of_section(section, measures)
        for question in section.questions:
            found += find_question_errors(outline, section, question)
    return [*found, *_of_whole(outline), *_find_unanswerable_outline(outline)]


def find_oversized_form(
    outline: Outline, indicator_counts: Mapping[str, int]
) -> list[OutlineError]:
    """Return an error when a form would have more fields than can be sent: the largest is named."""
    counts = {
        code: _field_count(outline, code, indicators)
        for code, indicators in [*indicator_counts.items(), (None, 0)]
    }
    largest = max(counts, key=lambda code: counts[code])
    if counts[largest] <= MOST_FIELDS:
        return []
    form = "de l'outil" if largest is None else f"de la mesure {largest}"
    return [
        OutlineError(
            None,
            None,
            "",
            f"le formulaire {form} aurait {counts[largest]} cases, la limite est de {MOST_FIELDS}",
            "Retirez des questions, ou des modalités des questions à plusieurs réponses.",
        )
    ]


def _field_count(outline: Outline, measure: str | None, indicators: int) -> int:
    return sum(
        (indicators if section.scope is Scope.INDICATOR else 1)
        * sum(max(1, len(one.options)) if one.kind is MANY else 1 for one in section.questions)
        for section in outline.sections
        if section.is_for(measure)
    )


MANY = QuestionKind.MULTIPLE_CHOICE


def find_unanswerable_forms(
    outline: Outline, indicator_counts: Mapping[str, int]
) -> list[OutlineError]:
    """Return an error when all that is asked is about indicators, and some measures have none.

    That no measure is asked anything is for `find_errors` to say.
    """
    asking = [section for section in outline.sections if _asks(section)]
    if OF_MEASURES.isdisjoint(section.scope for section in asking):
        return []
    on_measures = [section for section in asking if section.scope is not Scope.INDICATOR]
    without = [code for code, count in indicator_counts.items() if not count]
    mute = [code for code in without if not any(one.is_for(code) for one in on_measures)]
    return [_of_mute(mute)] if mute else []


def _of_mute(measures: Sequence[str]) -> OutlineError:
    others = len(measures) - MOST_NAMED
    named = ", ".join(measures[:MOST_NAMED])
    if others > 0:
        named += f" et {others} autre{'s' if others > 1 else ''}"
    what = (
        f"le formulaire de la mesure {named}, qui n'a pas d'indicateur, ne demande rien"
        if len(measures) == 1
        else f"les formulaires des mesures {named}, qui n'ont pas d'indicateur, ne demandent rien"
    )
    return _mute(what, "Posez une question au moins à toutes les mesures, ou ajoutez un indicateur")


MOST_NAMED = 12
OF_MEASURES = frozenset({Scope.INDICATOR, Scope.MEASURE, Scope.EVERYONE})
OF_THE_TOOL = frozenset({Scope.TOOL, Scope.EVERYONE})


def _find_unanswerable_outline(outline: Outline) -> Iterator[OutlineError]:
    scopes = {section.scope for section in outline.sections if _asks(section)}
    if scopes.isdisjoint(OF_MEASURES):
        yield _mute(
            "le formulaire des mesures ne demande rien",
            "Posez une question au moins à toutes les mesures, ou pour chaque indicateur",
        )
    if scopes.isdisjoint(OF_THE_TOOL):
        yield _mute(
            "le formulaire sur l'outil ne demande rien",
            "Posez une question au moins sur l'outil dans son ensemble, ou partout",
        )


def _asks(section: OutlineSection) -> bool:
    """Say whether a section asks more than who answers: a note is only read."""
    return any(
        one.destination is Destination.ANSWER and KINDS[one.kind].takes_an_answer
        for one in section.questions
    )


def _mute(what: str, remedy: str) -> OutlineError:
    remedy = f"{remedy} : sans réponse à donner, rien ne peut être envoyé."
    return OutlineError(None, None, "", f"{what}, sinon qui répond", remedy)


def missing_english(outline: Outline) -> int:
    """Count the texts that have no English; nothing waits for them."""
    return sum(
        1 for text in _texts(outline) if text is not None and text.get("fr") and not text.get("en")
    )


def _texts(outline: Outline) -> Iterator[Localized | None]:
    for section in outline.sections:
        yield from (section.title, section.intro)
        for question in section.questions:
            yield from (question.label, question.hint)
            yield from (option.label for option in question.options)
            yield from (dict(one) for one in question.settings.values() if isinstance(one, Mapping))


def _twice(outline: Outline) -> Iterator[OutlineError]:
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


def _of_section(section: OutlineSection, measures: Collection[str]) -> Iterator[OutlineError]:
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


def _of_whole(outline: Outline) -> Iterator[OutlineError]:
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
        holders = [one.code for one in outline.questions if one.destination is destination]
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
        (one for one in outline.questions if one.destination is Destination.CAPACITY), None
    )
    if capacity is None or not capacity.is_required or capacity.condition is not None:
        yield OutlineError(
            None,
            capacity.code if capacity else None,
            "is_required",
            "la qualité de qui répond n'est pas demandée à tous",
            "Gardez cette question, obligatoire et sans condition : les résultats en dépendent.",
        )
