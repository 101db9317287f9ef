"""French labels of mail: reasons, and the lines of `mail status`."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.mail import displayed_states, outbox
from consultation.mail.delivery import breakers
from consultation.mail.models import Breaker
from consultation.mail.transport import KEPT_HERE

REASONS = {
    "daily_cap": "cette adresse a reçu tous ses courriels du jour",
    "flood": "trop d'accusés de réception en une heure : une décision est attendue",
    "source_cap": "trop d'adresses différentes données depuis un même endroit",
    "robot": "cette adresse est celle d'un automate",
    "own": "cette adresse est la nôtre",
    "not_me": "la personne dit n'avoir rien demandé",
    "unsubscribed": "la personne s'est désinscrite",
    "bounced": "cette adresse a renvoyé un courriel précédent",
    "staff": "l'équipe a demandé de ne plus écrire à cette adresse",
    "given_up": "le serveur du destinataire a renoncé à le remettre",
    "cancelled": "annulé par l'équipe",
    "erased": "ce qui désigne la personne a été effacé",
    "address": "cette adresse ne peut pas recevoir de courriel",
    "unrenderable": "son contenu est illisible ou ne peut pas être mis en forme",
    "unsendable": "ce courriel ne peut pas être transmis tel quel",
    "not_supported": "le serveur ne sait pas faire ce qui lui est demandé",
    "authentication": "le serveur refuse le compte ou le mot de passe",
    "tls": "le certificat du serveur n'a pas pu être vérifié",
    "timeout": "le serveur n'a pas répondu à temps",
    "disconnected": "le serveur a coupé la connexion",
    "connection": "le serveur est injoignable",
    "quota": "la limite d'envois du fournisseur est atteinte",
    KEPT_HERE: "aucun serveur d'envoi n'était réglé",
    "was_kept": "il était gardé sur cette machine",
    "mailbox": "le dossier du courrier local ne peut pas être écrit",
}
_REPLY = re.compile(r"smtp_(\d{3})")


def sent_label(settings: Mapping[str, Any]) -> str:
    return (
        "Envoyés" if settings["MAIL_SERVER"] else "Gardés sur cette machine, sans serveur d'envoi"
    )


def reason(code: str | None) -> str:
    """Return in French why a message did not leave; empty for no reason."""
    if code is None:
        return ""
    reply = _REPLY.fullmatch(code)
    if reply is None:
        return REASONS.get(code, "raison inconnue")
    number = reply.group(1)
    verb = "refuse ce courriel" if number.startswith("5") else "demande d'attendre"
    return f"le serveur {verb} (réponse {number})"


def status_lines(session: Session, at: datetime) -> Sequence[str]:
    """Return the state of the outbox: counts, the age of the oldest late message, breakers."""
    lines = [
        f"{state.label} : {count}" for state, count in displayed_states.counts(session).items()
    ]
    oldest = outbox.oldest_waiting(session)
    if oldest is not None:
        lines.append(f"le plus ancien en retard attend depuis {duration(at - oldest)}")
    return [*lines, *breaker_lines(session, at)]


def breaker_lines(session: Session, at: datetime) -> list[str]:
    """Return a line for each open breaker: what does not leave, why, until when."""
    lines = []
    for breaker in session.scalars(sa.select(Breaker).order_by(Breaker.scope)):
        if breaker.scope == breakers.FLOOD:
            if breaker.open_until is None:
                lines.append(
                    "Plus d'accusés de réception qu'il n'est permis en une heure : les suivants"
                    " attendent qu'une personne qui administre les laisse partir."
                )
        elif breaker.open_until is not None and breaker.open_until > at:
            scope = "Le serveur d'envoi" if breaker.scope == breakers.SERVER else "Un domaine"
            lines.append(
                f"{scope} ne prend rien depuis {duration(at - breaker.since)}"
                f" ({reason(breaker.reason)}) : nouvel essai dans"
                f" {duration(breaker.open_until - at)}."
            )
    return lines


def duration(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02}"
    return f"{minutes // (24 * 60)} jours"
