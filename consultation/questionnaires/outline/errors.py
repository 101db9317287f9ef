"""Errors of an outline: what is wrong in which question or section.

Beside them: the checks that sections, questions and options share.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from consultation.i18n import DEFAULT_LOCALE, Localized, key_of
from consultation.questionnaires.outline.codes import CODE, LONGEST_CODE
from consultation.spreadsheets.reader.rows import alone
from consultation.text import capitalized, length


@dataclass(frozen=True)
class OutlineError:
    """An error at a `field` of a section or question, given by code.

    `what` is a French clause, `remedy` one or more sentences.
    """

    section: str | None
    question: str | None
    field: str
    what: str
    remedy: str

    @property
    def sentence(self) -> str:
        """The error and its remedy, as displayed under the field."""
        return f"{capitalized(self.what)}. {self.remedy}"


MakeError = Callable[[str, str, str], OutlineError]
"""Makes an error of a field, what is wrong and the remedy."""


def check_code(code: str, make_error: MakeError) -> Iterator[OutlineError]:
    """Yield the error of a code that is malformed or too long."""
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        yield make_error(
            "code",
            f"le code « {code[:60]} » ne convient pas",
            f"Utilisez des minuscules sans accent, des chiffres et « _ », en commençant par une"
            f" lettre, {LONGEST_CODE} caractères au plus.",
        )


def check_text(
    field: str, text: Localized | None, limit: int, make_error: MakeError
) -> Iterator[OutlineError]:
    """Yield the errors of a text, those of a translation at its own field."""
    for locale, written in (text or {}).items():
        excess = length(written) - limit
        if excess > 0:
            yield make_error(
                key_of(field, locale),
                f"le texte dépasse de {excess} caractères les {limit} possibles",
                "Raccourcissez-le.",
            )
    for locale in text or {}:
        if locale != DEFAULT_LOCALE and text and text[locale] and not text.get(DEFAULT_LOCALE):
            yield make_error(key_of(field, locale), *alone(locale))


def repeated_codes(codes: Iterable[str]) -> list[str]:
    """Return the codes that occur more than once."""
    return list(dict.fromkeys(code for code, next_ in pairwise(sorted(codes)) if code == next_))
