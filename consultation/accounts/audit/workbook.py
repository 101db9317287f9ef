"""Audit log workbook: the filtered events.

A second sheet states the filters and the count.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from consultation.accounts.audit.labels import (
    Names,
    action_label,
    detail_lines,
    subject_code,
    subject_label,
    unknown_actor_label,
)
from consultation.accounts.audit.queries import MOST_EXPORTED, Filters, LoggedEvent
from consultation.accounts.models import Account
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
    events: Iterable[tuple[LoggedEvent, Names]],
    account_by_subject: Mapping[str, Account],
    filters: Filters,
    who: str,
    total: int,
    at: datetime,
) -> Sequence[Table]:
    """Return the sheets; `who` is the label of the account filtered for, if any."""
    about = account_by_subject.get(str(filters.about_id))

    def rows() -> Iterator[Sequence[Cell]]:
        for logged, names in events:
            yield _row(logged, account_by_subject, names)

    return (
        Table("Lisez-moi", (), lambda: _readme(filters, who, about, total, at), "text"),
        Table("Journal", COLUMNS, rows),
    )


def filename(at: datetime, extension: str) -> str:
    """Return a file name with the time in Paris."""
    return f"journal-{in_paris(at):%Y-%m-%d-%H%M%S}.{extension}"


def _row(
    logged: LoggedEvent, account_by_subject: Mapping[str, Account], names: Names
) -> Sequence[Cell]:
    event, email = logged
    return (
        event.happened_at,
        email or unknown_actor_label(event),
        action_label(event.action),
        event.action,
        subject_label(event, account_by_subject, names),
        subject_code(event, account_by_subject),
        "\n".join(detail_lines(event.details, names)),
    )


def _readme(
    filters: Filters, who: str, about: Account | None, total: int, at: datetime
) -> Iterator[Sequence[Cell]]:
    yield ("Journal de la consultation : ne pas diffuser",)
    yield ("Fait le (heure de Paris)", at)
    yield ("Compte", who or "tous")
    yield ("Action", action_label(filters.action) if filters.action else "toutes")
    yield ("Du", day(filters.since) if filters.since else "début")
    yield ("Au", day(filters.until) if filters.until else "fin")
    yield ("Objet", f"compte {about.email}" if about else filters.subject or "tous")
    yield ("Lignes", min(total, MOST_EXPORTED))
    if total > MOST_EXPORTED:
        yield ("Coupé", f"{total} lignes répondent : seules les plus récentes sont ici.")
