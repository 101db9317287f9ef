"""Contact list of a round: names and addresses of the respondents who agreed.

The only export with addresses.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import snapshot_session
from consultation.exports.files import beside_erasures, free_path, manifest_of, remove_file
from consultation.exports.request import ExportRequest
from consultation.exports.selection import TOOL
from consultation.exports.workbook.instrument import RoundInstrument, load_instrument
from consultation.exports.workbook.sheets.check import moment_in_paris
from consultation.exports.workbook.variables import label_for
from consultation.exports.workbook.writer import file_facts, write_json
from consultation.i18n import name_of
from consultation.jobs.progress import Report
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import Suppression
from consultation.plan.models import Measure
from consultation.questionnaires.models import Destination, Questionnaire, Round
from consultation.responses.models import Contact, Respondent, Response
from consultation.results.tallies.queries import counts_in
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import write_workbook

NAME = "Contacts"
COLUMNS = (
    Column("Nom", 30),
    Column("Adresse", 36),
    Column("Qualité", 30),
    Column("Organisation", 36),
    Column("Territoire", 24),
    Column("Langue", 12),
    Column("Mesures", 30),
)
WARNING = "Données personnelles : ne pas diffuser, effacer dès que vous n'en avez plus besoin."
USE = (
    "Ces personnes ont accepté d'être contactées à propos de leur contribution, et pour cela"
    " seulement. Ce fichier ne dit pas ce qu'elles ont écrit."
)
ERASED = "Une personne qui fait effacer ses données ensuite reste dans les copies gardées ailleurs."


@dataclass(frozen=True)
class Person:
    """A respondent who agreed to be contacted; `measures` are codes."""

    name: str | None
    address: str
    box: Box
    capacity: str
    organisation: str | None
    territory: str | None
    locale: str
    measures: tuple[str, ...]


@dataclass(frozen=True)
class Counts:
    """How many respondents agreed, and how many rows that makes: one per address."""

    agreed: int
    without_address: int
    stopped: int
    together: int
    listed: int


def write(
    session: Session, request: ExportRequest, report: Report = lambda step: None
) -> dict[str, Any]:
    """Write the list of a round and return its manifest, which holds no name.

    It has all who agreed, whatever the request's selection.  Where something was erased
    while it was written, it is made again.
    """
    request.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return beside_erasures(
        session,
        request.at,
        lambda moment: _write_once(session, replace(request, at=moment), report),
        lambda manifest: remove_file(request.directory / manifest["file"]),
    )


def _write_once(session: Session, request: ExportRequest, report: Report) -> dict[str, Any]:
    report("Lecture des coordonnées")
    with snapshot_session(session) as snapshot:
        instrument = load_instrument(snapshot, snapshot.get_one(Round, request.round_id))
        people, counts = people_of(snapshot, request.round_id)
    tables = [
        Table("Lisez-moi", [Column("", 44), Column("", 60)],
              partial(_readme, instrument, counts, request.at), kind="text"),
        Table(NAME, COLUMNS, partial(_rows, instrument, people)),
    ]  # fmt: skip
    name = f"contacts-{instrument.round_code}"
    with free_path(request.directory, name, request.format, request.at) as path:
        rows = write_workbook(
            tables, path, request.format, lambda sheet, rows: report(f"Feuille {sheet}")
        )
        manifest = {
            **file_facts(path, request.format, request.at),
            "filters": {"round": instrument.round_code},
            "counts": asdict(counts),
            "rows": rows,
        }
        write_json(manifest_of(path), manifest)
    return manifest


def people_of(snapshot: Session, round_id: int) -> tuple[list[Person], Counts]:
    """Return the people who may be written to, one per address, with their latest particulars."""
    agreed = list(_agreed(snapshot, round_id))
    in_force = sa.select(Suppression.address_index, Suppression.mailbox_index).where(
        Suppression.lifted_at.is_(None)
    )
    stopped = {(folded, mailbox) for folded, mailbox in snapshot.execute(in_force)}
    with_address = [person for person in agreed if person is not None]
    reachable = [person for person in with_address if stopped.isdisjoint(_stopped_by(person.box))]
    people = _merged(reachable)
    return people, Counts(
        agreed=len(agreed),
        without_address=len(agreed) - len(with_address),
        stopped=len(with_address) - len(reachable),
        together=len(reachable) - len(people),
        listed=len(people),
    )


def _stopped_by(box: Box) -> set[tuple[str, str | None]]:
    """Return the suppressions that stop a box: its own, and that of its folded address."""
    return {(box.folded, box.mailbox), (box.folded, None)}


def _agreed(snapshot: Session, round_id: int) -> Iterator[Person | None]:
    """Yield the respondents who agreed and have a current response; None without an address."""
    measures = _measures(snapshot, round_id)
    rows = snapshot.execute(
        sa.select(Respondent, Contact)
        .outerjoin(Contact, Contact.respondent_id == Respondent.id)
        .where(
            Respondent.round_id == round_id,
            Respondent.consent_contact,
            Respondent.erased_at.is_(None),
        )
        .order_by(Respondent.id.desc())
    )
    for who, contact in rows:
        if who.id not in measures:
            continue
        if contact is None or not contact.address:
            yield None
            continue
        yield Person(
            contact.name, contact.address, Box.of(contact.address), who.capacity,
            who.organisation, who.territory, who.locale, measures[who.id],
        )  # fmt: skip


def _measures(snapshot: Session, round_id: int) -> dict[int, tuple[str, ...]]:
    """Return the measures of each respondent's current responses, by respondent id."""
    rows = snapshot.execute(
        sa.select(Response.respondent_id, Measure.code)
        .join(Response.questionnaire)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(counts_in(round_id))
        .order_by(Measure.position, Measure.id)
    )
    by_respondent: dict[int, tuple[str, ...]] = {}
    for respondent_id, code in rows:
        codes = by_respondent.get(respondent_id, ())
        by_respondent[respondent_id] = (*codes, code or TOOL)
    return by_respondent


def _merged(people: Iterable[Person]) -> list[Person]:
    """Return the first person of each address, with the measures of all."""
    by_box: dict[Box, Person] = {}
    for person in people:
        first = by_box.setdefault(person.box, person)
        if first is not person:
            measures = tuple(dict.fromkeys((*first.measures, *person.measures)))
            by_box[person.box] = replace(first, measures=measures)
    return list(by_box.values())


def _rows(instrument: RoundInstrument, people: Sequence[Person]) -> Iterator[Sequence[Cell]]:
    capacities = instrument.labels_for(Destination.CAPACITY)
    territories = instrument.labels_for(Destination.TERRITORY)
    for person in people:
        yield (
            person.name,
            person.address,
            label_for(person.capacity, capacities),
            person.organisation,
            person.territory and label_for(person.territory, territories),
            name_of(person.locale),
            ", ".join(person.measures),
        )


def _readme(instrument: RoundInstrument, counts: Counts, at: datetime) -> Iterator[Sequence[Cell]]:
    yield (WARNING,)
    yield (USE,)
    yield (ERASED,)
    yield ()
    yield ("Tour", f"{instrument.round_title} ({instrument.round_code})")
    yield ("Fait le", moment_in_paris(at))
    yield ()
    yield ("Personnes qui acceptent d'être contactées", counts.agreed)
    yield ("dont sans adresse", counts.without_address)
    yield ("dont à une adresse à qui l'on n'écrit plus", counts.stopped)
    yield ("dont à une adresse déjà dans la liste", counts.together)
    yield ("Lignes de la feuille Contacts", counts.listed)
