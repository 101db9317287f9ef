"""Checks of `consultation doctor`, all of them, in the order in which to mend what they find.

Those of the database and of the machine are in modules of their own.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import dns.resolver
import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account
from consultation.clock import in_paris, now
from consultation.i18n import LANGUAGES
from consultation.jobs import worker
from consultation.jobs.models import Job, JobStatus
from consultation.mail import outbox
from consultation.mail.domain_check import checks as domain_checks
from consultation.mail.domain_check.checks import Check, State
from consultation.operations import trial_remains
from consultation.operations.doctor import database, machine
from consultation.operations.doctor.finding import Finding, span
from consultation.operations.retention import policy
from consultation.plan.values import publication
from consultation.questionnaires.rounds import lifecycle, queries
from consultation.questionnaires.rounds.lifecycle import RoundState
from consultation.responses.models import Response
from consultation.results.publication import snapshot_store
from consultation.web.typography import moment

TRIALS = "restes d'essai"
"""The subject of what a trial left in public."""
WAITING_PATIENCE = 600  # seconds
ERASING_PATIENCE = timedelta(days=2)


def examine(
    session: Session,
    settings: Mapping[str, Any],
    resolver: dns.resolver.Resolver | None = None,
    *,
    is_whole: bool = True,
) -> list[Finding]:
    """Return the findings, in the order in which to mend them.

    Without `is_whole`, nothing waits for another server or reads the whole database.  Nothing is
    changed.  Of a database that does not answer, or lacks a table, only that is told.
    """
    tables = database.tables(session)
    way = database.connection(settings["DATABASE_URL"])
    disk = machine.disk(settings["HOME"])
    if not tables.is_fine:
        return [tables, *way, disk, machine.certificate(settings["BASE_URL"])]
    return [
        tables,
        *(database.file_or_size(session) if is_whole else ()),
        *way,
        disk,
        machine.clock(session),
        machine.keys(session, settings),
        database.backup(session, settings),
        *(_outside(settings) if is_whole else ()),
        *machine.proxy(settings["BASE_URL"]),
        _worker(session),
        _accounts(session),
        _round(session),
        *_trials(session),
        _mail_server(settings),
        *(map(_delivery, domain_checks.examine(settings, resolver)) if is_whole else ()),
        _waiting_mail(session),
        *_jobs(session),
        *(look(settings["HOME"]) for look in (machine.odt, database.erasure_list)),
        _due(session, settings),
        *_values(session),
        *(_results(session) if is_whole else ()),
    ]


def _outside(settings: Mapping[str, Any]) -> Iterator[Finding]:
    """What another program or server is asked for."""
    yield machine.certificate(settings["BASE_URL"])
    yield machine.fonts(LANGUAGES.values())


def _values(session: Session) -> Iterator[Finding]:
    """Look at published values whose numbers are hidden; nothing is said where all is well."""
    if codes := publication.without_threshold(session):
        says = (
            f"de {', '.join(codes)}, un nombre trop petit est publié sans que le site sache sous"
            " quel seuil : la page « Valeurs » de l'indicateur le retire du public, puis publiez-le"
            " de nouveau."
        )
        yield Finding("petits nombres", False, says)
    if codes := publication.exposed(session):
        says = (
            f"de {', '.join(codes)}, un nombre masqué se retrouve par une addition ou une"
            " soustraction de ceux qui sont montrés : la page « Valeurs » de l'indicateur en retire"
            " un du public, puis publiez-le de nouveau sans le montrer."
        )
        yield Finding("nombres masqués", False, says)


def _results(session: Session) -> Iterator[Finding]:
    """Look for published results under a text that was not voted on."""
    if codes := snapshot_store.mislabelled(session):
        says = (
            f"ceux de {', '.join(codes)} nomment un indicateur par un autre texte que celui sur"
            " lequel portent les avis : publiez-les de nouveau (« Rendre public »)."
        )
        yield Finding("résultats publiés", False, says)


def response_count(session: Session) -> int:
    """Return how many responses the database holds, every revision counted."""
    return session.scalar(sa.select(sa.func.count()).select_from(Response)) or 0


def _worker(session: Session) -> Finding:
    last = worker.last_heartbeat(session)
    if last is None:
        return Finding(
            "service",
            False,
            "il n'a jamais tourné : rien ne part ni ne s'efface ; « consultation serve ».",
        )
    at = now()
    if worker.is_worker_down(session, at):
        return Finding(
            "service",
            False,
            f"il n'a pas donné signe depuis {span((at - last).total_seconds())} : relancez-le"
            " (systemctl restart consultation-worker), puis lisez son journal.",
        )
    return Finding("service", True, "il travaille")


def _accounts(session: Session) -> Finding:
    count = session.scalar(sa.select(sa.func.count()).where(Account.active)) or 0
    if not count:
        return Finding("comptes", False, "aucun : ouvrez le lien que « consultation serve » donne.")
    return Finding("comptes", True, "1 actif" if count == 1 else f"{count} actifs")


def _round(session: Session) -> Finding:
    """Say where the round is; between two of them, nothing is wrong."""
    at = now()
    latest = next(iter(queries.latest_first(session)), None)
    chosen = queries.current(session, at) or latest
    if chosen is None:
        return Finding("tour", True, "aucun : l'équipe en prépare un sur la page « Tours »")
    state = lifecycle.state_of(chosen, at)
    when = {
        RoundState.ANNOUNCED: f", s'ouvre le {moment(chosen.opens_at)}",
        RoundState.OPEN: f" jusqu'au {moment(chosen.closes_at)}",
        RoundState.CLOSED: f" depuis le {moment(chosen.closes_at)}",
    }.get(state, "")
    return Finding("tour", True, f"{chosen.title['fr']}, {state.label}{when}")


def _trials(session: Session) -> list[Finding]:
    """Name the remains of a trial in public; nothing without it."""
    remains = trial_remains.load(session)
    if not remains:
        return []
    says = (
        f"encore en public, publié pendant un essai : {remains.names}. La page « État du site » a"
        " le bouton qui le retire."
    )
    return [Finding(TRIALS, False, says)]


def _mail_server(settings: Mapping[str, Any]) -> Finding:
    if not settings["MAIL_SERVER"]:
        return Finding(
            "courrier",
            False,
            "aucun serveur : les messages restent ici ; réglez CONSULTATION_MAIL_SERVER.",
        )
    if not (settings["MAIL_USE_TLS"] or settings["MAIL_USE_SSL"]):
        return Finding(
            "courrier",
            False,
            "la connexion n'est pas chiffrée : CONSULTATION_MAIL_USE_TLS=on.",
        )
    return Finding("courrier", True, f"par {settings['MAIL_SERVER']}")


def _delivery(check: Check) -> Finding:
    says = check.says
    if check.record is not None:
        says += f"\n        À publier : {check.record}"
    is_known = check.state is not State.UNKNOWN
    return Finding(check.subject, check.state is not State.LACKING, says, is_known)


def _waiting_mail(session: Session) -> Finding:
    oldest = outbox.oldest_waiting(session)
    return _waiting("courriels en attente", oldest, "« consultation mail status »")


def _jobs(session: Session) -> list[Finding]:
    waiting = sa.select(sa.func.min(Job.due_at)).where(Job.status == JobStatus.QUEUED)
    return [
        _waiting("travaux en attente", session.scalar(waiting), "relancez le site"),
        database.failed(session),
        database.erasure(session),
    ]


def _waiting(subject: str, oldest: datetime | None, advice: str) -> Finding:
    seconds = (now() - oldest).total_seconds() if oldest else 0
    if seconds <= WAITING_PATIENCE:
        return Finding(subject, True, "aucun retard")
    return Finding(subject, False, f"le plus ancien attend depuis {span(seconds)} : {advice}.")


def _due(session: Session, settings: Mapping[str, Any]) -> Finding:
    """Look at what the periods of keeping will erase, or should have erased."""
    at = now()
    coming = policy.coming(session, settings, at)
    late = [due for due in coming if due.goes_at(at) + ERASING_PATIENCE < at]
    if late:
        summary = ", ".join(f"{due.period.goes} ({due.count})" for due in late)
        return Finding(
            "durées de garde",
            False,
            f"auraient dû partir : {summary} ; « consultation retention apply ».",
        )
    summary = " ; ".join(
        f"{due.period.goes} ({due.count}) le {in_paris(due.goes_at(at)):%d/%m/%Y}" for due in coming
    )
    says = f"à effacer : {summary}" if summary else "rien n'est dû"
    return Finding("durées de garde", True, says)
