"""The trail as a workbook: its rows, and a sheet that says what was asked for and what is there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from consultation.accounts.audit.labels import (
    action_words,
    detail_lines,
    nobody_words,
    subject_code,
    subject_words,
)
from consultation.accounts.audit.queries import MOST_EXPORTED, Filters, Noted
from consultation.accounts.models import Account, AuditEvent
from consultation.clock import in_paris
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.table import Column, Table
from consultation.web.typography import day

COLUMNS = (
    Column("Quand (heure de Paris)", width=22),
    Column("Qui", width=34),
    Column("Action", width=38),
    Column("Code de l'action", width=24),
    Column("Sur quoi", width=44),
    Column("Code de l'objet", width=26),
    Column("Détails", width=60),
)


def tables(
    events: Iterable[Noted],
    account_by_subject: Mapping[str, Account],
    filters: Filters,
    who: str,
    total: int,
    at: datetime,
) -> Sequence[Table]:
    """Return the sheets; `who` is the account that is asked for, if one is."""
    about = account_by_subject.get(str(filters.about_id))

    def rows() -> Iterator[Sequence[Cell]]:
        for event, email in events:
            yield _row(event, email, account_by_subject)

    return (
        Table("Lisez-moi", (), lambda: _readme(filters, who, about, total, at), "text"),
        Table("Journal", COLUMNS, rows),
    )


def filename(at: datetime, extension: str) -> str:
    """Return a name that says when, in Paris."""
    return f"journal-{in_paris(at):%Y-%m-%d-%H%M%S}.{extension}"


def _row(
    event: AuditEvent, email: str | None, account_by_subject: Mapping[str, Account]
) -> Sequence[Cell]:
    return (
        event.happened_at,
        email or nobody_words(event),
        action_words(event.action),
        event.action,
        subject_words(event, account_by_subject),
        subject_code(event, account_by_subject),
        "\n".join(detail_lines(event.details)),
    )


def _readme(
    filters: Filters, who: str, about: Account | None, total: int, at: datetime
) -> Iterator[Sequence[Cell]]:
    yield ("Journal de la consultation : ne pas diffuser",)
    yield ("Fait le (heure de Paris)", at)
    yield ("Compte", who or "tous")
    yield ("Action", action_words(filters.action) if filters.action else "toutes")
    yield ("Du", day(filters.since) if filters.since else "début")
    yield ("Au", day(filters.until) if filters.until else "fin")
    yield ("Objet", f"compte {about.email}" if about else filters.subject or "tous")
    yield ("Lignes", min(total, MOST_EXPORTED))
    if total > MOST_EXPORTED:
        yield ("Coupé", f"{total} lignes répondent : seules les plus récentes sont ici.")
