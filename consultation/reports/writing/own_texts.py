"""Own texts of a report, reread before it is published: with what they cite and what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consultation.documents.build import Site
from consultation.documents.model import Document, Text
from consultation.i18n import LOCALES
from consultation.reports import build, comparison, figures, labels, references
from consultation.reports import content as report_content
from consultation.reports.build import Front, Others
from consultation.reports.comparison import Change, Earlier
from consultation.reports.figures import Figure
from consultation.reports.pages import counts, parts, sentences
from consultation.reports.writing.typed_numbers import TypedNumber, typed_numbers
from consultation.web.locale import in_language


@dataclass(frozen=True)
class OwnText:
    """A text of the team as it will be read; `code` is that of its axis."""

    code: str
    text: Text
    typed: Sequence[TypedNumber]


@dataclass(frozen=True)
class Rereading:
    """What the team rereads: the rest follows from the plan and from what is public."""

    title: Text
    texts: Sequence[OwnText]
    cited: Sequence[Figure]
    statements: Sequence[str]
    """Of the summary, as it is written by the site."""
    since: int
    """The number of the report before, 0 for the first one."""
    changes: Mapping[str, Sequence[Change]]
    """By code of the measure; empty for a measure that the plan has no more."""


def rereading_of(
    content: Mapping[str, Any], front: Front, site: Site, before: Earlier | None
) -> Rereading:
    """The parts to reread of a content that is not frozen yet."""
    known = report_content.figures_of(content)
    indexed = figures.indexed(known)
    documents = [
        build.document_of(content, front, Others({}, {}), language, site)
        for language in LOCALES
        if any(language in (text or {}) for text in _written(content))
    ]
    cited = {
        it.id: it
        for text in _written(content)
        for value in (text or {}).values()
        for it in references.cited(value, indexed)[0]
    }
    printed = [labels.text_of(it) for it in cited.values()]
    measures = [it for _axis, it in parts.measures_of(content)]
    changes = comparison.changes(before, content)
    counted = counts.counts_of(measures, counts.by_code(known))
    return Rereading(
        documents[0].title,
        [text for it in documents for text in _own(it, content, printed)],
        list(cited.values()),
        [sentences.achieved(counted), *sentences.of_part(counted, changes)],
        before.number if before else 0,
        _by_measure(changes.rows if changes else (), measures),
    )


def _written(content: Mapping[str, Any]) -> list[Mapping[str, str] | None]:
    axes = [axis["introduction"] for axis in content["axes"]]
    return [content["title"], content["introduction"], *axes]


def _own(document: Document, content: Mapping[str, Any], printed: Sequence[str]) -> list[OwnText]:
    written = [("", document.introduction, content["introduction"])] + [
        (axis.code, axis.introduction, stored["introduction"])
        for axis, stored in zip(document.axes, content["axes"], strict=True)
    ]
    with in_language(document.language):
        return [
            OwnText(code, text, typed_numbers(stored[document.language], printed))
            for code, text, stored in written
            if text is not None and document.language in (stored or {})
        ]


def _by_measure(
    rows: Sequence[Change], measures: Sequence[Mapping[str, Any]]
) -> Mapping[str, Sequence[Change]]:
    measure_of = {code: it["code"] for it in measures for code in parts.codes_of([it])}
    grouped: dict[str, list[Change]] = {it["code"]: [] for it in measures}
    for row in rows:
        grouped.setdefault(measure_of.get(row.figure.code, ""), []).append(row)
    return {code: changed for code, changed in grouped.items() if changed}
