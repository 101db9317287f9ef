"""Form of the report in preparation: its title, its introduction and those of the axes."""

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from consultation.editions.controls import (
    LONGEST_INTRODUCTION,
    LONGEST_TITLE,
    EditionTextsForm,
    text_values,
)
from consultation.i18n import DEFAULT_LOCALE, Localized, keyed
from consultation.plan.models import Axis
from consultation.reports import labels, references
from consultation.reports.figures import Figure
from consultation.reports.models import ReportEdition
from consultation.reports.writing import picks
from consultation.reports.writing.typed_numbers import TypedNumber, typed_numbers
from consultation.web.forms import LineField, TextField, Translated, at_most

NO_SUCH_NUMBER = (
    "[{number}] : aucun chiffre de la liste n'a ce numéro. Ajoutez-le à la liste, ou corrigez son"
    " numéro."
)
GONE = (
    "[{number}] : ce numéro n'a plus de chiffre. Enlevez-le du texte, ou mettez celui d'un autre"
    " chiffre."
)


class ReportForm(EditionTextsForm):
    """Texts of a report; that of an axis is `axis_<id>`.

    `figures` are those that the texts may cite, by folded id; `picked` those that they cite by
    number, None for one that was taken away or is public no more.
    """

    title = Translated(
        LineField,
        "Titre",
        [at_most(LONGEST_TITLE)],
        missing="Donnez un titre au bilan.",
        description="Par exemple « Le plan à mi-parcours ».",
    )
    introduction = Translated(
        TextField,
        "Introduction",
        [at_most(LONGEST_INTRODUCTION)],
        rows=8,
        description="Elle ouvre le bilan. Le résumé de deux pages en a les premiers paragraphes.",
    )

    axes: Sequence[Axis] = ()
    figures: Mapping[str, Figure]
    picked: Sequence[Figure | None] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse texts that cite what is not public as well, each at its field."""
        is_valid: bool = super().validate(extra_validators)
        for field in self:
            text = str(field.data or "")
            for number in picks.missing(text, self.picked):
                sentence = GONE if 0 < number <= len(self.picked) else NO_SUCH_NUMBER
                self.add_error(field.short_name, sentence.format(number=number))
                is_valid = False
            for it in references.cited(text, self.figures)[1]:
                self.add_error(field.short_name, f"{it.citation} : {it.sentence}")
                is_valid = False
        return is_valid

    def pick(self, ids: Sequence[str]) -> int:
        """Add the figures that are ticked to those picked; return how many are new."""
        before = len(self.picked)
        ticked = [it for it in picks.from_ids(ids, self.figures) if it]
        self.picked = picks.added(self.picked, ticked)
        return len(self.picked) - before

    def take_away(self, number: int) -> None:
        """Leave a number without its figure; the others keep theirs."""
        self.picked = [None if at == number else it for at, it in enumerate(self.picked, 1)]

    def typed(self, name: str) -> Sequence[TypedNumber]:
        """The numbers typed into a text that no picked figure carries."""
        carried = [labels.text_of(it) for it in self.picked if it]
        return typed_numbers(str(self[name].data or ""), carried)

    def texts_of(self, edition: ReportEdition) -> dict[str, str]:
        """The texts of an edition by field, with the numbers of this form."""
        stored = report_values(edition, self.axes)
        return {name: picks.numbered(it, self.picked, self.figures) for name, it in stored.items()}

    def texts(self) -> dict[str, Any]:
        """Return the texts by the names of the columns of a report."""
        texts = {axis.code: self._named(f"axis_{axis.id}") for axis in self.axes}
        return super().texts() | {
            "introduction": self._named("introduction"),
            "axis_texts": {code: it for code, it in texts.items() if it},
        }

    def _named(self, name: str) -> Localized | None:
        """A text by language, with the names of the figures that it cites by number."""
        texts = self.localized(name) or {}
        named = {tag: picks.named(it, self.picked, self.figures) for tag, it in texts.items()}
        return named if named.get(DEFAULT_LOCALE) else None


def sent_form(
    axes: Sequence[Axis], figures: Mapping[str, Figure], sent: MultiDict[str, str]
) -> ReportForm:
    """The form that was sent, with its list of picked figures."""
    picked = picks.from_ids(sent.getlist("figure"), figures)
    return _form(axes, figures, picked, sent)


def stored_form(
    axes: Sequence[Axis], figures: Mapping[str, Figure], edition: ReportEdition | None
) -> ReportForm:
    """The form of the report in preparation, with the figures that it cites as picked."""
    values = report_values(edition, axes)
    picked = picks.cited_in(values.values(), figures)
    texts = {name: picks.numbered(it, picked, figures) for name, it in values.items()}
    return _form(axes, figures, picked, data=texts)


def _form(
    axes: Sequence[Axis],
    figures: Mapping[str, Figure],
    picked: Sequence[Figure | None],
    *args: Any,
    **kwargs: Any,
) -> ReportForm:
    """Return the form, with the text of each axis."""
    fields: dict[str, Any] = {"axes": axes, "figures": figures, "picked": picked}
    for axis in axes:
        label = f"Introduction de l'axe {axis.code}"
        limit = [at_most(LONGEST_INTRODUCTION)]
        fields[f"axis_{axis.id}"] = Translated(TextField, label, limit, rows=6)
    made: ReportForm = type("ReportForm", (ReportForm,), fields)(*args, **kwargs)
    return made


def report_values(edition: ReportEdition | None, axes: Sequence[Axis]) -> dict[str, Any]:
    if edition is None:
        return {}
    values = text_values(edition)
    for axis in axes:
        values |= keyed(f"axis_{axis.id}", edition.axis_texts.get(axis.code))
    return values
