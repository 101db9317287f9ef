"""Open data files of published decisions: JSON, and CSV for a spreadsheet."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from consultation.clock import in_paris
from consultation.decisions import labels
from consultation.decisions.models import PlanEdition
from consultation.decisions.public.differences import of_decision, wording_of
from consultation.decisions.public.labels import TEXTS
from consultation.decisions.public.quotations import quoted
from consultation.decisions.published import PublishedDecision
from consultation.i18n import localized
from consultation.plan.drafts import WORDING
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import csv_bytes
from consultation.web.typography import label_of

FORMAT, FORMAT_VERSION = "consultation-decisions", 3
"""In version 1, `contributions` was an exact number, null for a small one; up to version 2,
`outcome` was what had become of contributions, which decisions of that time still say."""

LinkOf = Callable[[PublishedDecision], str]


def decisions_json(
    editions: Sequence[PlanEdition],
    decisions: Sequence[PublishedDecision],
    licence: str,
    smallest: int,
    link_of: LinkOf,
) -> bytes:
    """Return decisions and their editions; contributions are counted by ranges."""
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "licence": licence,
        "threshold": smallest,
        "editions": [_edition(it) for it in editions],
        "decisions": [_decision(it, smallest, link_of) for it in decisions],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _edition(edition: PlanEdition) -> dict[str, Any]:
    return {
        "number": edition.number,
        "title": edition.title,
        "introduction": edition.introduction,
        "published_at": edition.published_at and edition.published_at.isoformat(timespec="seconds"),
        "sha256": edition.content_hash,
    }


def _decision(it: PublishedDecision, smallest: int, link_of: LinkOf) -> dict[str, Any]:
    texts = quoted(it.basis)
    at_least, below = labels.contribution_range(it.basis, smallest)
    return {
        "id": it.decision.public_id,
        "edition": it.edition.number,
        "measure": {"code": it.measure.code, "title": it.measure.title},
        "indicator": it.code,
        "label": it.label,
        "outcome": it.decision.outcome,
        "change": it.decision.change,
        "reason": it.decision.reason,
        "texts": _texts(it),
        "contributions": {"at_least": at_least, "below": below},
        "quotations": [{"text": text.text, "language": text.locale} for text in texts.texts],
        "other_quotations": texts.other_count,
        "page": link_of(it),
    }


def _texts(it: PublishedDecision) -> Mapping[str, Any]:
    before, after = wording_of(it.decision.version), it.decision.wording or {}
    return {
        name: {"before": before.get(name), "after": after.get(name)}
        for name in WORDING
        if after and before.get(name) != after.get(name)
    }


def decisions_csv(
    decisions: Sequence[PublishedDecision],
    licence: str,
    smallest: int,
    locale: str,
    link_of: LinkOf,
) -> bytes:
    """Return one row for each decision, in a language."""

    def rows() -> Iterator[list[Cell]]:
        for it in decisions:
            texts = quoted(it.basis)
            yield [
                it.edition.number,
                in_paris(it.edition.published_at).date().isoformat()
                if it.edition.published_at
                else "",
                it.measure.code,
                it.code or "",
                localized(it.label, locale),
                label_of(it.decision.outcome),
                label_of(it.decision.change),
                localized(it.decision.reason, locale),
                _changes(it, locale),
                labels.contributions(it.basis, smallest),
                "\n\n".join(text.text for text in texts.texts),
                texts.other_count,
                link_of(it),
                licence,
            ]

    return csv_bytes(Table("decisions", _columns(), rows))


def _columns() -> list[Column]:
    return [
        Column(_("Édition")), Column(_("Date")), Column(_("Mesure")), Column(_("Indicateur")),
        Column(_("Intitulé")), Column(_("Décision")), Column(_("Changement")), Column(_("Motif")),
        Column(_("Textes changés")), Column(_("S'appuie sur")), Column(_("Extraits")),
        Column(_("Autres extraits")), Column(_("Page")), Column(_("Licence")),
    ]  # fmt: skip


def _changes(it: PublishedDecision, locale: str) -> str:
    """Return the texts that a decision changed, each before and after, a line each."""
    lines = (
        f"{TEXTS[change.name]} : {change.change.before or '–'} → {change.change.after or '–'}"
        for change in of_decision(it.decision, locale)
    )
    return "\n".join(lines)
