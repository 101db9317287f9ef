"""Verification of a file: is it, to the byte, a file that was given out; else what differs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from consultation.documents.build import Site
from consultation.documents.formats import DocumentFormat
from consultation.documents.model import Document
from consultation.i18n import DEFAULT_LOCALE, LOCALES
from consultation.reports import build, editions, quotations
from consultation.reports.models import ReportEdition, ReportFile
from consultation.reports.printed import layout
from consultation.reports.verification import file_text, given_files, process
from consultation.reports.verification.comparison import Comparison, Finding, Kind
from consultation.reports.verification.file_text import Unreadable
from consultation.reports.verification.places import places_of
from consultation.reports.verification.process import Identity, Limits, Original
from consultation.web.locale import in_language
from consultation.web.typography import typeset

MADE_AS: Mapping[str, DocumentFormat] = {
    "pdf": DocumentFormat.PDF,
    "docx": DocumentFormat.DOCX,
    "odt": DocumentFormat.DOCX,
    "html": DocumentFormat.HTML,
}
"""As which format the original is made again: ODT is made of DOCX, and says the same."""
Make = Callable[[Document, DocumentFormat], bytes]


class NotOurs(Exception):
    """No file of a report of this site; the message says what to do."""


@dataclass(frozen=True)
class FileVerdict:
    """What became of a file; `given` is the row of one that is known to the byte."""

    edition: ReportEdition
    language: str
    figures: int
    comparison: Comparison
    given: ReportFile | None = None

    @property
    def is_intact(self) -> bool:
        """Whether the file says what the site wrote."""
        return self.given is not None or not self.comparison.is_changed

    @property
    def changed_figures(self) -> frozenset[str]:
        """The figures of the places where the file says something else."""
        changed = [it for it in self.comparison.findings if it.kind is not Kind.QUOTATION]
        return frozenset(figure for it in changed for figure in it.figures)


def verify(session: Session, content: bytes, site: Site, make: Make, limits: Limits) -> FileVerdict:
    """Return the verdict on a file; raise `NotOurs` or `process.Busy`.

    `make` writes a document anew.
    """
    given = given_files.given(session, content)
    if given and not given.has_quotations:
        edition = session.get_one(ReportEdition, given.edition_id)
        return FileVerdict(edition, given.locale, _count(edition), Comparison([]), given)
    try:
        identity = process.identify(content, limits)
        edition = _edition(session, identity, given)
        language = given.locale if given else _language(identity)
        part = identity.part if layout.is_summed_up(edition) else ""
        document = layout.published_document(session, edition, language, site, part)
        original = _original(session, edition, document, MADE_AS[identity.format], make)
        compared = process.compare(content, original, limits)
    except Unreadable as error:
        raise NotOurs(_refusal(str(error))) from error
    if given:
        compared = Comparison([it for it in compared.findings if it.kind is Kind.QUOTATION])
    return FileVerdict(edition, language, _count(edition), compared, given)


def _count(edition: ReportEdition) -> int:
    assert edition.content is not None
    return len(edition.content["figures"])


def _original(
    session: Session,
    edition: ReportEdition,
    document: Document,
    format: DocumentFormat,
    make: Make,
) -> Original:
    """Return the file made again, with the texts of others that are public now."""
    openings = _openings(session, edition, document)
    session.rollback()  # writing it takes seconds
    assert edition.content is not None
    assert document.numbers is not None
    places = places_of(document, edition.content)
    return Original(make(document, format), places, document.numbers, openings)


def _edition(session: Session, identity: Identity, given: ReportFile | None) -> ReportEdition:
    if given:
        return session.get_one(ReportEdition, given.edition_id)
    edition = None
    if identity.report is not None:
        edition = editions.published_edition(session, identity.report)
    if edition is None and identity.hashes:
        edition = session.scalars(
            sa.select(ReportEdition).where(ReportEdition.content_hash.in_(identity.hashes))
        ).first()
    if edition is None:
        raise NotOurs(
            typeset(
                _(
                    "Ce fichier n'est pas celui d'un bilan publié ici : donnez celui que le site a"
                    " fait, tel qu'il a été téléchargé."
                )
            )
        )
    return edition


def _language(identity: Identity) -> str:
    return identity.language if identity.language in LOCALES else DEFAULT_LOCALE


def _openings(session: Session, edition: ReportEdition, document: Document) -> list[str]:
    """Return how texts of others begin, where some that were public may be so no more."""
    if not quotations.may_have_changed(session, edition):
        return []
    with in_language(document.language):
        return [document.labels["quotations"], build.reply_heading()]


def _refusal(cause: str) -> str:
    if cause == file_text.UNKNOWN:
        return typeset(_("Ce fichier n'est ni un PDF, ni un DOCX, ni un ODT, ni une page HTML."))
    return typeset(
        _("Ce fichier est abîmé ou démesuré : téléchargez-le de nouveau, puis réessayez.")
    )


def sentence_of(finding: Finding) -> str:
    """Return the sentence of a finding, in the language in force."""
    return typeset(f"{_where(finding)} : {_what(finding)}")


def _where(finding: Finding) -> str:
    label = _("le pied de la page") if finding.kind is Kind.FOOTER else finding.label
    if label and finding.is_after:
        label = _("juste après %(where)s", where=label)
    page = _("page %(number)s", number=finding.page) if finding.page else ""
    parts = [it for it in (*finding.figures[:1], label, page) if it]
    return ", ".join(parts or [_("le fichier")])


def _what(finding: Finding) -> Any:
    before, after = finding.before, finding.after
    match finding.kind:
        case Kind.DRAWN:
            if before:
                return _("quelque chose est dessiné sur « %(text)s », ou autrement", text=before)
            return _("quelque chose y est dessiné, ou autrement")
        case Kind.QUOTATION:
            return _(
                "ce texte n'est plus public, ou il a été changé : le site ne peut pas dire lequel"
                " des deux"
            )
        case Kind.CARRIED:
            return _(
                "les données jointes au fichier disent « %(after)s », le site a écrit"
                " « %(before)s »",
                before=before,
                after=after,
            )
        case Kind.LINK:
            return _led(before, after)
        case Kind.OTHER:
            return _("il contient tant d'autres choses qu'il ne se compare pas")
    return _replaced(before, after)


def _replaced(before: str, after: str) -> Any:
    if not after:
        return _("« %(before)s » manque", before=before)
    if not before:
        return _("« %(after)s » est en trop", after=after)
    return _("« %(after)s », le site a écrit « %(before)s »", before=before, after=after)


def _led(before: str, after: str) -> Any:
    """Return the sentence on a link, by the addresses to which it led and leads."""
    if before == after:
        return _("le lien vers « %(target)s » n'est plus sur les mêmes mots", target=before)
    if not after:
        return _("le lien vers « %(before)s » manque", before=before)
    if not before:
        return _("un lien vers « %(after)s » est en trop", after=after)
    return _(
        "un lien mène à « %(after)s », le site a écrit « %(before)s »", before=before, after=after
    )
