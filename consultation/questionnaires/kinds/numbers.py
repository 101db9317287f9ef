"""Number question: numbers as people write them, in French and in the language of the page."""

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any

from babel.numbers import get_decimal_symbol, get_group_symbol
from flask_babel import gettext as _
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from consultation.i18n import language_of
from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import AnswerGiven, Cells, Kind, Value
from consultation.questionnaires.models import Destination
from consultation.text import clean_line
from consultation.web.locale import current_language
from consultation.web.typography import parse_number

LONGEST = 40
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,6})?")


def written(number: float) -> str:
    """Return a number as `parse_number` reads it, with a point and without trailing zeros."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def written_in(number: float, tag: str) -> str:
    """Return a number as one writes it in a language, without groups of thousands."""
    return written(number).replace(".", get_decimal_symbol(language_of(tag).locale))


class Number(Kind):
    """A number, within the bounds of its settings `minimum` and `maximum` when they are set."""

    macro = "number"
    sentence = "Un nombre, entre deux bornes si on veut."
    is_identifying = True
    cells = Cells.NUMBER
    settings = frozenset({"minimum", "maximum"})
    labels = MappingProxyType(
        {
            "minimum": ("Plus petit nombre", "Facultatif."),
            "maximum": ("Plus grand nombre", "Facultatif."),
        }
    )

    def wrong_settings(
        self, settings: Mapping[str, Any], destination: Destination
    ) -> Iterator[tuple[str, str, str]]:
        """Refuse bounds that are no numbers, or the wrong way round."""
        given = {name: settings.get(name) for name in ("minimum", "maximum")}
        lowest, highest = given.values()
        wrong = [
            name
            for name, bound in given.items()
            if bound is not None and not isinstance(bound, int | float)
        ]
        for name in wrong:
            yield (
                name,
                f"« {str(given[name])[:60]} » n'est pas un nombre",
                "Écrivez-le en chiffres, par exemple 12 ou 3,5, ou laissez vide.",
            )
        if not wrong and lowest is not None and highest is not None and lowest > highest:
            yield "minimum", "le plus petit nombre dépasse le plus grand", "Échangez-les."

    def invented(self, question: Question, chance: Random, texts: Sequence[str]) -> Any:
        return str(chance.randint(1, 9))

    def field(self, question: Question) -> Any:
        """Return a field that keeps what was typed and checks that it is a number."""
        return StringField(
            filters=[lambda text: clean_line(text or "")],
            validators=[AnswerGiven(question, self), self._checker(question)],
        )

    def _checker(self, question: Question) -> Any:
        lowest, highest = question.settings.get("minimum"), question.settings.get("maximum")

        def check(form: Any, field: Field) -> None:
            _refuse_thousands(field.data)
            number = parse_number(field.data)
            if number is None:
                raise ValidationError(_("Écrivez un nombre en chiffres, par exemple 12 ou 3,5."))
            if lowest is not None and number < lowest:
                raise ValidationError(_("Donnez un nombre d'au moins %(lowest)s.", lowest=lowest))
            if highest is not None and number > highest:
                raise ValidationError(_("Donnez un nombre d'au plus %(top)s.", top=highest))

        return check

    def missing(self, question: Question, label: str) -> str:
        return str(_("Écrivez un nombre en réponse à « %(label)s ».", label=label))

    def longest(self, question: Question) -> int:
        """Return more than any way to write a number takes."""
        return LONGEST

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        """Return the number, zero included."""
        number = parse_number(data or "")
        return [] if number is None else [Value(number=number)]


def _refuse_thousands(text: str) -> None:
    """Refuse `12,000` in a language where it means 12000: it would be read as 12."""
    is_separator = get_group_symbol(current_language().locale) == ","
    if is_separator and _THOUSANDS.fullmatch(text):
        raise ValidationError(
            _(
                "Une virgule peut séparer des milliers ou des décimales : écrivez %(plain)s, ou"
                " mettez un point avant les décimales.",
                plain=text.replace(",", ""),
            )
        )
