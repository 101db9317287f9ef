"""Build of a report as a document, from the frozen content of an edition."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.documents import labels as document_labels
from consultation.documents.build import Site, axes_of, text_in
from consultation.documents.model import (
    AxisEntry,
    Document,
    Fact,
    IndicatorEntry,
    MeasureEntry,
    Table,
    Text,
)
from consultation.i18n import DEFAULT_LOCALE, prefix_for
from consultation.institutions.replies.queries import PublicReply
from consultation.reports import content as report_content
from consultation.reports import figures, labels, quotations, references
from consultation.reports.figures import PROGRESS, VALUE, Figure
from consultation.reports.models import ReportEdition
from consultation.reports.quotations import Quotation
from consultation.settings import is_local
from consultation.typesetting.subprocess import AUTHOR
from consultation.web.locale import in_language
from consultation.web.typography import day, typeset

FORMAT = "consultation-report-numbers"
ADDRESS = "{site}{prefix}/bilan/{number}/chiffres/{id}"
_MARKUP = str.maketrans({it: f"\\{it}" for it in "\\`*_[]<>#"})


@dataclass(frozen=True)
class Front:
    """What a report is, beside its content; `number` is 0 and `hash` empty for a draft."""

    number: int
    made_at: datetime
    hash: str


@dataclass(frozen=True)
class Others:
    """Texts of others, by code of the measure; they are no part of what is frozen."""

    quotations: Mapping[str, Sequence[Quotation]]
    replies: Mapping[str, Sequence[PublicReply]]


AddressOf = Callable[[Figure], str]


def name_of(number: int, language: str) -> str:
    """Return the beginning of the name of a report's files."""
    return f"bilan-{number}-{language}"


def front_of(edition: ReportEdition) -> Front:
    assert edition.published_at is not None
    assert edition.content_hash is not None
    return Front(edition.number, edition.published_at, edition.content_hash)


def texts_of_others(session: Session, edition: ReportEdition, until: datetime) -> Others:
    """Return the quotations of an edition, and the replies of institutions published by then."""
    quoted = quotations.of_edition(session, edition)
    return Others(quoted, quotations.replies_until(session, until))


def public_texts_of_others(session: Session, edition: ReportEdition) -> Others:
    """Return the texts of others that a published edition may quote now."""
    return texts_of_others(session, edition, front_of(edition).made_at)


def document_of(
    content: Mapping[str, Any],
    front: Front,
    others: Others,
    language: str,
    site: Site,
    address_of: AddressOf | None = None,
) -> Document:
    """Return the document of a report.

    `address_of` gives the page of a figure, by default at the public address of the site, if it
    has one.
    """
    with in_language(language):
        return _Build(content, front, others, language, site, address_of).document()


def reply_heading() -> str:
    """Return how the reply of an institution is introduced, in the language in force."""
    return typeset(_("La réponse de l'institution :"))


def numbers_of(content: Mapping[str, Any], front: Front, language: str) -> dict[str, Any]:
    """Return the figures of a report as they are printed, in JSON types, in the language in force.

    `{"format", "report": number, "hash", "language", "figures": {id: text}}`.
    """
    printed = {it.id: labels.text_of(it) for it in report_content.figures_of(content)}
    return {
        "format": FORMAT,
        "report": front.number,
        "hash": front.hash,
        "language": language,
        "figures": printed,
    }


@dataclass(frozen=True)
class _Build:
    content: Mapping[str, Any]
    front: Front
    others: Others
    language: str
    site: Site
    address_of: AddressOf | None

    def document(self) -> Document:
        known = report_content.figures_of(self.content)
        by_code: dict[str, list[Figure]] = defaultdict(list)
        for figure in known:
            by_code[figure.code].append(figure)
        cited = figures.indexed(known)
        title = text_in(self.content["title"], self.language)
        plan = text_in(self.content["plan"]["title"], self.language)
        assert title is not None
        number = self.front.number
        axes = [
            self._axis(entry, axis, by_code, cited)
            for entry, axis in zip(
                axes_of(self.content, self.language, self.site), self.content["axes"], strict=True
            )
        ]
        return Document(
            language=self.language,
            title=title,
            eyebrow=typeset(_("Bilan n° %(number)s", number=number) if number else _("Brouillon")),
            plan=plan or title,
            day=day(in_paris(self.front.made_at).date()),
            author=AUTHOR,
            notes=self._notes(),
            introduction=self._written(self.content["introduction"], cited),
            axes=axes,
            removed=[],
            labels=document_labels.fixed(),
            name=name_of(number, self.language),
            made_at=self.front.made_at,
            numbers=numbers_of(self.content, self.front, self.language),
        )

    def _notes(self) -> list[str]:
        if not self.front.hash:
            return [typeset(_("Ce brouillon n'est pas publié : ses chiffres peuvent changer."))]
        return [typeset(_("Empreinte de ce bilan : %(hash)s", hash=self.front.hash))]

    def _axis(
        self,
        entry: AxisEntry,
        axis: Mapping[str, Any],
        by_code: Mapping[str, Sequence[Figure]],
        cited: Mapping[str, Figure],
    ) -> AxisEntry:
        measures = [self._measure(it, by_code) for it in entry.measures]
        introduction = self._written(axis["introduction"], cited)
        return replace(entry, introduction=introduction, measures=measures)

    def _measure(
        self, entry: MeasureEntry, by_code: Mapping[str, Sequence[Figure]]
    ) -> MeasureEntry:
        quoted = [Text(it.text, it.locale) for it in self.others.quotations.get(entry.code, ())]
        indicators = [self._indicator(it, by_code.get(it.code, ())) for it in entry.indicators]
        replies = [self._reply(it) for it in self.others.replies.get(entry.code, ())]
        return replace(
            entry,
            indicators=indicators,
            replies=replies,
            quotations=quoted,
            address="",
            scan="",
        )

    def _reply(self, reply: PublicReply) -> Fact:
        label = f"{reply_heading()} {reply.institution}"
        if reply.text is not None:
            signed = f"\n{reply.signature}" if reply.signature else ""
            return Fact(label, Text(reply.text + signed, reply.locale))
        return Fact(label, Text(labels.unanswered(reply), self.language))

    def _indicator(self, entry: IndicatorEntry, known: Sequence[Figure]) -> IndicatorEntry:
        facts = list(entry.facts)
        for figure in known:
            if figure.kind == PROGRESS:
                reasoned = f"{labels.text_of(figure)}. {labels.reason_of(figure.facts)}"
                text = Text(typeset(reasoned), self.language, self._address(figure))
                facts.append(Fact(_("Avancement"), text))
        rows = [self._row(it) for it in known if it.kind == VALUE]
        columns = [_("Date"), _("Valeur"), _("Selon"), _("Périmètre")]
        values = Table(_("Valeurs observées"), columns, rows) if rows else None
        return replace(entry, facts=facts, values=values)

    def _row(self, figure: Figure) -> list[Text]:
        facts = figure.facts
        return [
            Text(labels.moment_of(facts), self.language),
            Text(labels.text_of(figure), self.language, self._address(figure)),
            Text(labels.origin_of(facts), self.language),
            Text(facts["covers"], DEFAULT_LOCALE),
        ]

    def _written(self, text: Any, cited: Mapping[str, Figure]) -> Text | None:
        """Return a text of organisers with its figures in the place of their citations."""
        chosen = text_in(text, self.language)
        if chosen is None:
            return None
        with in_language(chosen.language):
            return replace(chosen, value=references.replaced(chosen.value, cited, self._citation))

    def _citation(self, figure: Figure) -> str:
        printed = labels.text_of(figure).translate(_MARKUP)
        address = self._address(figure)
        return f"[{printed}]({address})" if address else printed

    def _address(self, figure: Figure) -> str:
        if self.address_of:
            return self.address_of(figure)
        if is_local(self.site.base_url) or not self.front.number:
            return ""
        return ADDRESS.format(
            site=self.site.base_url,
            prefix=prefix_for(self.language),
            number=self.front.number,
            id=quote(figure.id),
        )
