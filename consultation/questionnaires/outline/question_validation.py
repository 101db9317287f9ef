"""Validation of one question of an outline: texts, options, settings, condition."""

from collections.abc import Collection, Iterator, Sequence

from consultation.i18n import Localized
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Destination, QuestionKind, Quotation
from consultation.questionnaires.outline.conditions import (
    choosable_codes,
    condition_path,
    possible_controllers,
)
from consultation.questionnaires.outline.errors import (
    MakeError,
    OutlineError,
    check_code,
    check_text,
    repeated_codes,
)
from consultation.questionnaires.outline.structure import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    Scope,
)

LONGEST_LABEL = 2000
LONGEST_OPTION = 300

KIND_OF = {
    Destination.CAPACITY: QuestionKind.SINGLE_CHOICE,
    Destination.TERRITORY: QuestionKind.SINGLE_CHOICE,
    Destination.ORGANISATION: QuestionKind.SHORT_TEXT,
    Destination.NAME: QuestionKind.SHORT_TEXT,
    Destination.ADDRESS: QuestionKind.EMAIL,
    Destination.CONSENT_CONTACT: QuestionKind.YES_NO,
    Destination.CONSENT_ANONYMOUS: QuestionKind.YES_NO,
    Destination.CONSENT_NAMED: QuestionKind.YES_NO,
    Destination.CONSENT_QUOTATION: QuestionKind.SINGLE_CHOICE,
}
"""The only kind of question for each destination other than an answer."""


def check_question(
    outline: Outline, section: OutlineSection, question: OutlineQuestion
) -> Iterator[OutlineError]:
    def error(field: str, what: str, remedy: str) -> OutlineError:
        return OutlineError(section.code, question.code, field, what, remedy)

    yield from check_code(question.code, make_error=error)
    if not question.label.get("fr"):
        yield error("label", "la question n'a pas d'intitulé en français", "Écrivez-le.")
    yield from check_text("label", question.label, LONGEST_LABEL, error)
    yield from check_text("hint", question.hint, LONGEST_LABEL, error)
    yield from _check_options(question, error)
    yield from _check_settings(question, error)
    yield from _check_destination(section, question, error)
    yield from _check_condition(outline, question, error)


def _check_options(question: OutlineQuestion, make_error: MakeError) -> Iterator[OutlineError]:
    count = len(question.options)
    if not KINDS[question.kind].has_options:
        if count:
            yield make_error(
                "options", "ce type de question n'a pas de réponses proposées", "Retirez-les."
            )
        return
    if count < 2:
        yield make_error(
            "options",
            "il faut au moins deux réponses proposées pour choisir",
            "Ajoutez-en une par ligne.",
        )
    most = KINDS[question.kind].most_options
    if count > most:
        yield make_error(
            "options",
            f"il y a {count} réponses proposées, la limite est de {most}",
            "Gardez les plus utiles, ou posez une question de texte.",
        )
    listed = [(option.code, option.label) for option in question.options]
    yield from _check_listed(
        listed,
        ("réponse proposée", "réponses proposées"),
        lambda _field, *texts: make_error("options", *texts),
    )


def _check_listed(
    listed: Sequence[tuple[str, Localized]], nouns: tuple[str, str], make_error: MakeError
) -> Iterator[OutlineError]:
    """Check what organisers list by code and text: the options and the rows of a question."""
    for code in repeated_codes(code for code, _label in listed):
        yield make_error("", f"deux {nouns[1]} ont le code « {code} »", "Changez l'un des deux.")
    for code, label in listed:
        yield from check_code(code, make_error)
        if not label.get("fr"):
            yield make_error(
                "", f"la {nouns[0]} « {code} » n'a pas de texte français", "Écrivez-le."
            )
        yield from check_text("", label, LONGEST_OPTION, make_error)


def _check_settings(question: OutlineQuestion, make_error: MakeError) -> Iterator[OutlineError]:
    kind = KINDS[question.kind]
    for wrong in kind.wrong_settings(question.settings, question.destination):
        yield make_error(*wrong)
    for name in kind.wordings:
        text = question.settings.get(name)
        yield from check_text(name, dict(text) if text else None, LONGEST_OPTION, make_error)
    if question.settings.get("rows") and not kind.has_rows:
        yield make_error("rows", "ce type de question n'a pas de lignes", "Retirez-les.")
    if kind.has_rows:
        rows = [(row["code"], row["label"]) for row in question.settings.get("rows", ())]
        yield from _check_listed(
            rows, ("ligne", "lignes"), lambda _field, *texts: make_error("rows", *texts)
        )


def _check_destination(
    section: OutlineSection, question: OutlineQuestion, make_error: MakeError
) -> Iterator[OutlineError]:
    expected = KIND_OF.get(question.destination)
    if expected is not None and question.kind is not expected:
        yield make_error(
            "kind",
            "cette question sur la personne ne peut pas changer de type",
            "Remettez le type qu'elle avait.",
        )
    if expected is not None and section.scope is not Scope.EVERYONE:
        yield make_error(
            "section",
            "une question sur la personne se pose dans tous les formulaires",
            "Laissez-la dans une rubrique de tous les formulaires.",
        )
    if question.destination is Destination.CONSENT_QUOTATION and {
        option.code for option in question.options
    } != set(Quotation):
        yield make_error(
            "options",
            "l'accord pour être cité a trois réponses : non, sans le nom, avec le nom",
            f"Gardez les trois codes « {' », « '.join(Quotation)} » ; les textes sont à vous.",
        )
    if question.kind is QuestionKind.EMAIL and question.destination is not Destination.ADDRESS:
        yield make_error(
            "kind",
            "une adresse électronique ne se garde pas parmi les réponses",
            "Choisissez un autre type de question.",
        )


def _check_condition(
    outline: Outline, question: OutlineQuestion, make_error: MakeError
) -> Iterator[OutlineError]:
    condition = question.condition
    if condition is None:
        return
    possible = {other.code: other for other in possible_controllers(outline, question.code)}
    other = possible.get(condition.question)
    if other is None:
        yield make_error("condition", *_explain_condition(outline, question))
        return
    offered = choosable_codes(other)
    unknown = [code for code in condition.any_of if code not in offered]
    if unknown or not condition.any_of:
        named = ", ".join(f"« {code} »" for code in unknown)
        yield make_error(
            "condition",
            f"« {other.code} » n'offre pas {named}" if unknown else "aucune réponse n'est choisie",
            _explain_replies(other, unknown),
        )


def _explain_replies(other: OutlineQuestion, unknown: Collection[str]) -> str:
    """Return the remedy for replies that `other` does not offer."""
    choose = "Choisissez parmi les réponses de cette question."
    if KINDS[other.kind].never_sent(other.settings).isdisjoint(unknown):
        return choose
    return f"C'est une phrase à cocher, et une case vide n'envoie rien. {choose}"


def _explain_condition(outline: Outline, question: OutlineQuestion) -> tuple[str, str]:
    """Return the error and remedy of a condition on a question that can't be its controller."""
    assert question.condition is not None
    wanted = question.condition.question
    path = condition_path(outline, question.code)
    arrows = " → ".join(f"« {code} »" for code in path)
    if path[0] == path[-1]:
        return (
            f"la question dépendrait d'elle-même : {arrows}",
            "Retirez l'une de ces conditions.",
        )
    if outline.question(wanted) is None:
        return (
            f"la condition renvoie à une question qui n'existe pas : {arrows}",
            "Choisissez-en une autre, ou posez la question toujours.",
        )
    return (
        (
            f"la condition renvoie à une question qui n'est pas posée avant elle, dans les mêmes"
            f" formulaires, avec des réponses à choisir : {arrows}"
        ),
        "Déplacez l'une des deux, ou choisissez une autre question.",
    )
