"""Site texts: what the collective says of itself, in versions.

None is shipped: what nobody has written, no public page mentions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.collective import stale_translations
from consultation.collective.models import SiteText, SiteTextKind
from consultation.db.inserts import insert_once
from consultation.db.stale import StaleEdit
from consultation.i18n import Localized, lacking
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

NOTHING = " "
"""The content of an emptied text, as the database refuses an empty French text."""
LEGAL = (
    SiteTextKind.PUBLISHER,
    SiteTextKind.DIRECTOR,
    SiteTextKind.HOST,
    SiteTextKind.CONTROLLER,
    SiteTextKind.LEGAL_BASIS,
    SiteTextKind.RECIPIENTS,
)
"""What the law asks a site to say of itself, in the order of the page."""
LETTERS = (SiteTextKind.REQUEST_GROUNDS, SiteTextKind.POSTAL_ADDRESS)
"""What no page shows to visitors."""
LONGEST = 4000
LONGEST_LINE = 300
ONE_LINE = (SiteTextKind.PLAN_LINK, SiteTextKind.EVALUATION)
SAME_IN_EACH_LANGUAGE = (
    SiteTextKind.MEMBERS,
    SiteTextKind.PLAN_LINK,
    SiteTextKind.REQUEST_GROUNDS,
    SiteTextKind.POSTAL_ADDRESS,
)
"""Names, addresses and what is written to institutions, which nobody translates."""
SLUGS = {
    SiteTextKind.MEMBERS: "membres",
    SiteTextKind.PLAN_LINK: "plan",
    SiteTextKind.EVALUATION: "evaluation",
    SiteTextKind.HELP: "aide",
    SiteTextKind.PUBLISHER: "editeur",
    SiteTextKind.DIRECTOR: "directeur",
    SiteTextKind.HOST: "hebergeur",
    SiteTextKind.CONTROLLER: "responsable",
    SiteTextKind.LEGAL_BASIS: "base",
    SiteTextKind.RECIPIENTS: "destinataires",
    SiteTextKind.REQUEST_GROUNDS: "demandes",
    SiteTextKind.POSTAL_ADDRESS: "adresse",
}
KINDS = {slug: kind for kind, slug in SLUGS.items()}


@dataclass(frozen=True)
class SiteTextInForce:
    """A text that visitors read; `number` is that of its version, 0 for one never written."""

    kind: SiteTextKind
    content: Localized
    number: int = 0

    @property
    def is_filled(self) -> bool:
        return bool(self.content.get("fr", "").strip())

    @property
    def lacking(self) -> list[str]:
        """The languages whose readers get French."""
        return lacking(self.content)

    @property
    def lines(self) -> list[str]:
        """The French lines that are not blank, as a list of names is written."""
        return [line.strip() for line in self.content.get("fr", "").splitlines() if line.strip()]


@dataclass(frozen=True)
class SiteTextVersion:
    """One version with its writer: None where the account is gone."""

    number: int
    content: Localized
    written_at: datetime
    writer: str | None


def in_force(session: Session) -> dict[SiteTextKind, SiteTextInForce]:
    """Return every text of the site, in the order of `SiteTextKind`."""
    later = sa.orm.aliased(SiteText)
    is_last = ~sa.exists().where(later.kind == SiteText.kind, later.number > SiteText.number)
    written = {text.kind: text for text in session.scalars(sa.select(SiteText).where(is_last))}
    return {
        kind: SiteTextInForce(kind, written[kind].content, written[kind].number)
        if kind in written
        else SiteTextInForce(kind, {})
        for kind in SiteTextKind
    }


def missing(texts: Mapping[SiteTextKind, SiteTextInForce]) -> list[SiteTextKind]:
    """Return the kinds that visitors read and of which nothing is written."""
    return [kind for kind, text in texts.items() if not text.is_filled and kind not in LETTERS]


@needs(Permission.RUN_ROUNDS)
def versions(work: Work, kind: SiteTextKind) -> list[SiteTextVersion]:
    """Return the versions of a text, the last first."""
    rows = work.session.execute(
        sa.select(SiteText, Account.email)
        .outerjoin(Account, Account.id == SiteText.account_id)
        .where(SiteText.kind == kind)
        .order_by(SiteText.number.desc())
    )
    return [
        SiteTextVersion(text.number, text.content, text.written_at, writer) for text, writer in rows
    ]


def write(work: Work, text: SiteTextInForce) -> int | None:
    """Add a version that adapts version `text.number`; return its number, None if nothing changed.

    Raise `StaleEdit` when another version is in force by now.
    """
    latest = next(iter(versions(work, text.kind)), None)
    if (latest.number if latest else 0) != text.number:
        raise _stale(latest)
    if (latest.content if latest else {"fr": NOTHING}) == text.content:
        return None
    row = {
        "kind": text.kind,
        "number": text.number + 1,
        "content": text.content,
        "written_at": work.at,
        "account_id": work.actor.id,
    }
    if insert_once(work.session, SiteText, row) is None:  # another writer came first on PostgreSQL
        raise _stale(next(iter(versions(work, text.kind)), None))
    stale_translations.note(work.session, [(latest.content if latest else None, text.content)])
    details = {"kind": text.kind.value, "number": text.number + 1}
    audit_log.log(work, "site_text_written", None, details)
    return text.number + 1


def _stale(latest: SiteTextVersion | None) -> StaleEdit:
    if latest is None:
        return StaleEdit("ce texte")
    return StaleEdit("ce texte", latest.writer, latest.written_at)
