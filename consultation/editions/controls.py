"""Title and introduction of an edition on the form of the one in preparation."""

from datetime import datetime
from typing import Any

from wtforms import HiddenField

from consultation.clock import moment_of
from consultation.editions.models import Edition
from consultation.i18n import keyed
from consultation.web.forms import LineField, StaffForm, TextField, Translated, at_most

LONGEST_TITLE, LONGEST_INTRODUCTION = 200, 20_000


class EditionTextsForm(StaffForm):
    """Title and introduction of an edition."""

    seen = HiddenField()
    title = Translated(
        LineField,
        "Titre",
        [at_most(LONGEST_TITLE)],
        missing="Donnez un titre à l'édition.",
        description="Par exemple « Version révisée après la première consultation ».",
    )
    introduction = Translated(
        TextField,
        "Introduction",
        [at_most(LONGEST_INTRODUCTION)],
        rows=8,
        description="Elle ouvre le document et la page des décisions. Elle peut rester vide.",
    )

    @property
    def seen_at(self) -> datetime | None:
        """When the edition that was displayed had been prepared, None when there was none."""
        return moment_of(self.seen.data or "")

    def texts(self) -> dict[str, Any]:
        """Return the texts by the names of the columns of an edition."""
        return {
            "title": self.localized("title") or {},
            "introduction": self.localized("introduction"),
        }


def text_values(edition: Edition) -> dict[str, Any]:
    """Return the values of `EditionTextsForm`."""
    return {
        "seen": edition.prepared_at.isoformat(),
        **keyed("title", edition.title),
        **keyed("introduction", edition.introduction),
    }
