"""What `consultation doctor` looks at, and what to do about it."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dns.resolver
import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import migrating, site_checks
from consultation.accounts.models import Account
from consultation.clock import now
from consultation.crypto import KEY_FILES
from consultation.mail import deliverability, outbox
from consultation.mail.checks import Check, State
from consultation.questionnaires import rounds
from consultation.responses.models import Response
from consultation.site_checks import Finding

FREE_SPACE = 500 * 1024 * 1024  # bytes
MAIL_PATIENCE = 600  # seconds


def examine(
    session: Session,
    settings: Mapping[str, Any],
    resolver: dns.resolver.Resolver | None = None,
) -> list[Finding]:
    """Return what was found, in the order in which to mend it."""
    return [
        _migrations(session),
        _disk(settings["HOME"]),
        *site_checks.database_link(settings),
        _keys(settings),
        *site_checks.certificate(settings),
        _accounts(session),
        _round(session),
        _mail_server(settings),
        *[_delivery(check) for check in deliverability.examine(settings, resolver)],
        _waiting(session),
    ]


def response_count(session: Session) -> int:
    """Return how many responses the database holds, every revision counted."""
    return session.scalar(sa.select(sa.func.count()).select_from(Response)) or 0


def _migrations(session: Session) -> Finding:
    pending = migrating.pending_count(session.get_bind().engine)
    says = "à jour" if not pending else f"{pending} migrations attendent : relancez le site."
    return Finding("base de données", not pending, says)


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    says = f"{free / 1024**3:.1f} Go libres"
    if free < FREE_SPACE:
        says += " : libérez de la place, sinon plus rien ne sera enregistré."
    return Finding("disque", free >= FREE_SPACE, says)


def _keys(settings: Mapping[str, Any]) -> Finding:
    directory: Path = settings["KEYS_DIR"]
    if any((directory / name).stat().st_mode & 0o077 for name in KEY_FILES):
        return Finding("clés", False, f"d'autres peuvent les lire : chmod 600 {directory}/*")
    deployed = settings["BASE_URL"].startswith("https:")
    if deployed and directory.is_relative_to(settings["HOME"]):
        return Finding(
            "clés", False, "elles sont à côté des données : donnez à KEYS_DIR un autre dossier."
        )
    return Finding("clés", True, f"dans {directory}, à copier à part des sauvegardes")


def _accounts(session: Session) -> Finding:
    count = session.scalar(sa.select(sa.func.count()).where(Account.active)) or 0
    if not count:
        return Finding("comptes", False, "aucun : ouvrez le lien que « consultation serve » donne.")
    return Finding("comptes", True, f"{count} actifs")


def _round(session: Session) -> Finding:
    at = now()
    found = rounds.current(session, at)
    if found is None or not found.is_open(at):
        return Finding("tour", False, "aucun n'est ouvert : « consultation round open ».")
    return Finding("tour", True, f"{found.title['fr']}, ouvert")


def _mail_server(settings: Mapping[str, Any]) -> Finding:
    if not settings["MAIL_SERVER"]:
        return Finding(
            "courrier", False, "aucun serveur : les messages restent ici ; réglez MAIL_SERVER."
        )
    if not (settings["MAIL_USE_TLS"] or settings["MAIL_USE_SSL"]):
        return Finding("courrier", False, "la connexion n'est pas chiffrée : MAIL_USE_TLS=on.")
    return Finding("courrier", True, f"par {settings['MAIL_SERVER']}")


def _delivery(check: Check) -> Finding:
    says = check.says
    if check.record is not None:
        says += f"\n        À publier : {check.record}"
    is_known = check.state is not State.UNKNOWN
    return Finding(check.subject, check.state is not State.LACKING, says, is_known)


def _waiting(session: Session) -> Finding:
    oldest = outbox.oldest_waiting(session)
    seconds = int((now() - oldest).total_seconds()) if oldest else 0
    if seconds > MAIL_PATIENCE:
        return Finding(
            "courriels en attente",
            False,
            f"le plus ancien attend depuis {seconds // 60} min : « consultation mail status ».",
        )
    return Finding("courriels en attente", True, "aucun retard")
