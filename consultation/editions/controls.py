"""Title and introduction of an edition on the form of the one in preparation."""

from datetime import datetime
from typing import Any

from wtforms import HiddenField, ValidationError

from consultation.clock import moment_of
from consultation.editions.models import Edition
from consultation.i18n import bilingual
from consultation.web.forms import LineField, StaffForm, TextField, at_most, required

LONGEST_TITLE, LONGEST_INTRODUCTION = 200, 20_000
KEEP_ENGLISH_ALONE = "L'anglais est là sans le français : écrivez aussi le français."


def with_french(form: StaffForm, field: Any) -> None:
    if field.data and not form[field.short_name.removesuffix("_en")].data:
        raise ValidationError(KEEP_ENGLISH_ALONE)


class EditionTextsForm(StaffForm):
    """Title and introduction of an edition."""

    seen = HiddenField()
    title = LineField(
        "Titre",
        [required("Donnez un titre à l'édition."), at_most(LONGEST_TITLE)],
        description="Par exemple « Version révisée après la première consultation ».",
    )
    title_en = LineField(
        "Titre, en anglais", [at_most(LONGEST_TITLE), with_french], render_kw={"lang": "en"}
    )
    introduction = TextField(
        "Introduction",
        [at_most(LONGEST_INTRODUCTION)],
        rows=8,
        description="Elle ouvre le document et la page des décisions. Elle peut rester vide.",
    )
    introduction_en = TextField(
        "Introduction, en anglais",
        [at_most(LONGEST_INTRODUCTION), with_french],
        rows=8,
        render_kw={"lang": "en"},
    )

    @property
    def seen_at(self) -> datetime | None:
        """When the edition that was displayed had been prepared, None when there was none."""
        return moment_of(self.seen.data or "")

    def texts(self) -> dict[str, Any]:
        """Return the texts by the names of the columns of an edition."""
        return {
            "title": bilingual(self.title.data, self.title_en.data) or {},
            "introduction": bilingual(self.introduction.data, self.introduction_en.data),
        }


def text_values(edition: Edition) -> dict[str, Any]:
    """Return the values of `EditionTextsForm`."""
    title, introduction = edition.title, edition.introduction or {}
    return {
        "seen": edition.prepared_at.isoformat(),
        "title": title.get("fr", ""),
        "title_en": title.get("en", ""),
        "introduction": introduction.get("fr", ""),
        "introduction_en": introduction.get("en", ""),
    }
