"""Frozen content of an edition of the report: texts, plan and figures, as plain JSON.

It holds no text of a respondent: quotations follow from what may be public each time.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from consultation.decisions import content as plan_content
from consultation.i18n import Localized
from consultation.reports import figures, references
from consultation.reports.figures import Figure
from consultation.reports.models import ReportEdition
from consultation.reports.references import CitationsRefused

FORMAT = 2
"""The version of the shape, for readers of older editions."""
SUMMED_UP = 2
"""The first one whose files begin with a summary; those of earlier ones stay as they were."""


def frozen(session: Session, edition: ReportEdition, today: date) -> dict[str, Any]:
    """Return the plan in force, the texts of an edition and every figure that it has.

    `{"plan": …, "axes": [{…, "introduction"}], "title", "introduction", "figures": {id: …}}`.
    Raise `CitationsRefused`.
    """
    plan = plan_content.frozen(session)
    loaded = figures.load(session, today)
    texts = [edition.introduction, *edition.axis_texts.values()]
    known = figures.indexed(loaded)
    used = _displayed(loaded) | _cited(texts, known)

    def resolved(text: Localized | None) -> Localized | None:
        """A text that cites by the ids of this edition, whatever names it was written by."""
        if text is None:
            return None
        return {
            language: references.replaced(it, known, lambda figure: figure.citation)
            for language, it in text.items()
        }

    return plan | {
        "format": FORMAT,
        "title": edition.title,
        "introduction": resolved(edition.introduction),
        "axes": [
            axis | {"introduction": resolved(edition.axis_texts.get(axis["code"]))}
            for axis in plan["axes"]
        ],
        "figures": {id: figures.as_stored(figure) for id, figure in used.items()},
    }


def figures_of(content: Mapping[str, Any]) -> list[Figure]:
    return [figures.from_stored(it) for it in content["figures"].values()]


def _displayed(loaded: Sequence[Figure]) -> dict[str, Figure]:
    """Return the figures that every report shows: all but what the consultation says."""
    return {it.id: it for it in loaded if it.kind != figures.OPINION}


def _cited(texts: Sequence[Localized | None], known: Mapping[str, Figure]) -> dict[str, Figure]:
    used: dict[str, Figure] = {}
    unresolved = []
    for text in texts:
        for value in (text or {}).values():
            resolved, wrong = references.cited(value, known)
            used |= {it.id: it for it in resolved}
            unresolved += wrong
    if unresolved:
        raise CitationsRefused(unresolved)
    return used
