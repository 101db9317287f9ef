"""Forms of a data request, and of what became of it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import HiddenField
from wtforms.validators import ValidationError

from consultation.i18n import folded
from consultation.institutions.data_requests.labels import (
    LONGEST_CODES,
    LONGEST_CONTACT,
    LONGEST_DOCUMENT,
    LONGEST_INSTITUTION,
    LONGEST_NOTE,
    LONGEST_SIGNATORY,
)
from consultation.institutions.data_requests.models import DataRequest, RequestEventKind
from consultation.institutions.data_requests.record import RequestDraft
from consultation.plan.models import Indicator
from consultation.plan.values.moments import ON_A_DAY, MomentForm, moment_controls
from consultation.spreadsheets.reader.rows import QUOTED
from consultation.web.forms import (
    BoxesField,
    ChoiceField,
    LineField,
    StaffForm,
    TextField,
    at_most,
    required,
)
from consultation.web.typography import parse_date

MOST_INDICATORS = 40


class RequestForm(MomentForm):
    """A request; `seen` is the version of a stored one that the page displayed."""

    seen = HiddenField()
    institution = LineField(
        "À qui",
        [required("Dites à quelle institution vous écrivez."), at_most(LONGEST_INSTITUTION)],
        description="L'institution qui tient le chiffre : souvent celle qui pilote la mesure.",
    )
    contact = TextField(
        "Son adresse",
        [at_most(LONGEST_CONTACT)],
        rows=3,
        description="Facultatif. Préférez l'adresse d'un service à celle d'une personne ; elle est"
        " effacée quand la demande est finie depuis longtemps.",
    )
    codes = LineField(
        "Codes des indicateurs",
        [at_most(LONGEST_CODES)],
        description="Séparés par des virgules, comme M07.1, M07.2.",
    )
    others = BoxesField("Aussi, de la même institution", validate_choice=False)
    moment, day = moment_controls()
    document = TextField(
        "Document cherché",
        [required("Dites quel document vous cherchez."), at_most(LONGEST_DOCUMENT)],
        rows=3,
        description="Par exemple un tableau, un bilan, une note qui contient le chiffre.",
    )
    signatory = LineField("Qui signe la lettre", [at_most(LONGEST_SIGNATORY)])

    def __init__(
        self, formdata: Any = None, *, indicators: Mapping[str, Indicator], **kwargs: Any
    ) -> None:
        super().__init__(formdata, **kwargs)
        self._by_code = indicators

    @property
    def indicators(self) -> list[Indicator]:
        """The indicators that are named, each once, in the order of the plan."""
        chosen = {folded(it) for it in (*_codes(self.codes.data), *(self.others.data or ()))}
        return [row for code, row in self._by_code.items() if code in chosen]

    def offer_others(self, rows: Sequence[Indicator]) -> None:
        """Offer to ask for more at once."""
        self.others.choices = [(it.code, f"{it.code} {it.version.label['fr']}") for it in rows]

    def validate_codes(self, field: Any) -> None:
        unknown = [it for it in _codes(field.data) if folded(it) not in self._by_code]
        if unknown:
            raise ValidationError(
                f"« {unknown[0][:QUOTED]} » n'est pas un indicateur en vigueur : vérifiez son code"
                " dans le plan."
            )
        if not self.indicators:
            raise ValidationError("Donnez au moins un indicateur.")
        if len(self.indicators) > MOST_INDICATORS:
            raise ValidationError(f"Une lettre a {MOST_INDICATORS} indicateurs au plus.")

    def draft(self) -> RequestDraft:
        """Return the draft of the request, once the form is valid."""
        names = ("institution", "contact", "document", "signatory")
        texts = {name: self[name].data.strip() for name in names}
        return RequestDraft(indicators=self.indicators, **self.when, **texts)


class EventForm(StaffForm):
    """What happened to a request; `seen` is its version that the page displayed."""

    seen = HiddenField()
    kind = ChoiceField(
        "Que s'est-il passé", [required("Dites ce qui s'est passé.")], validate_choice=False
    )
    happened_on = LineField("Quel jour", description="Comme 30/06/2026.")
    note = TextField(
        "Note",
        [at_most(LONGEST_NOTE)],
        rows=3,
        description="Pour l'équipe. Sans nom de personne : elle reste dans l'histoire.",
    )

    def __init__(
        self, formdata: Any = None, *, kinds: Sequence[RequestEventKind], **kwargs: Any
    ) -> None:
        super().__init__(formdata, **kwargs)
        self.kind.choices = [("", "À choisir"), *((it.value, it.label) for it in kinds)]
        self.day: date = date.min

    def validate_kind(self, field: Any) -> None:
        if field.data not in {value for value, _label in field.choices}:
            raise ValidationError("Choisissez dans la liste.")

    def validate_happened_on(self, field: Any) -> None:
        day = parse_date(field.data)
        if day is None:
            raise ValidationError("Écrivez le jour, le mois et l'année, comme 30/06/2026.")
        self.day = day


def request_values(request: DataRequest) -> dict[str, Any]:
    return {
        "institution": request.institution,
        "contact": request.contact or "",
        "codes": ", ".join(it.indicator.code for it in request.versions),
        "moment": request.point.value if request.point else ON_A_DAY,
        "day": f"{request.day:%d/%m/%Y}" if request.day else "",
        "document": request.document,
        "signatory": request.signatory or "",
    }


def _codes(text: str) -> list[str]:
    return [it for it in re.split(r"[\s,;]+", text or "") if it]
