"""Checks of the mail server: its reverse names and TLS."""

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from consultation.clock import now
from consultation.mail.domain_check.lookups import (
    Lookups,
    address_in,
    ascii_name,
    listed,
    reverse_name,
)
from consultation.mail.domain_check.result import Outcome, State, displayed
from consultation.mail.transport import Deadline, SmtpServer, UnreadableAuthority

SMTP_TIMEOUT = 5.0  # seconds to connect to each address, and for the whole conversation
EXPIRES_SOON = 14  # days
_REFUSALS = {
    10: "il a expiré ; la personne qui gère le serveur doit le renouveler.",
    62: "il n'est pas fait pour le nom {host} ; donnez à CONSULTATION_MAIL_SERVER le nom exact que"
    " le"
    " fournisseur indique.",
    20: "une autorité inconnue l'a signé ; si c'est la vôtre, donnez son fichier à"
    " CONSULTATION_MAIL_CAFILE,"
    " sinon demandez un vrai certificat à la personne qui gère le serveur.",
}
_REFUSALS |= {64: _REFUSALS[62]} | dict.fromkeys((18, 19, 21), _REFUSALS[20])
"""Sentence for each number by which OpenSSL says why it refuses a certificate."""


def check_reverse(lookups: Lookups, server: str, domain: str) -> Outcome:
    """Check that every public address of `server` has a name that leads back to it."""
    addresses = lookups.public_addresses(server)
    if not addresses:
        says = (
            "ne peut pas être vérifié d'ici : on ne connaît à ce serveur aucune adresse publique."
        )
        return State.UNKNOWN, says
    unnamed = [
        address
        for address in addresses
        if not any(address in lookups.addresses(name) for name in lookups.names(address))
    ]
    if not unnamed:
        return State.FINE, f"{listed(addresses)} : le nom ramène à l'adresse"
    says = f"aucun nom ne ramène à l'adresse {listed(unnamed)}"
    host, own = f".{ascii_name(server)}", f".{ascii_name(domain)}"
    is_address = address_in(server) is not None
    if not (is_address or host.endswith(own) or own.endswith(host)):
        # A provider often sends from other machines than those that take our mail.
        says += (
            " ; que vos messages partent d'une adresse qui en a un ne peut pas être vérifié d'ici :"
            " posez la question au fournisseur si des messages sont refusés."
        )
        return State.UNKNOWN, says
    says += (
        ", et les grandes messageries refusent ce qui en vient : demandez à l'hébergeur du serveur"
        " (lui seul peut le faire, pas celui du nom de domaine) de régler son « nom inverse »."
    )
    record = f"{reverse_name(unnamed[0])}. PTR {ascii_name(server)}."
    return State.LACKING, says, None if is_address else record


def check_tls(settings: Mapping[str, Any], lookups: Lookups) -> Outcome:
    """Connect as the delivery loop does, and check the certificate."""
    host, port = settings["MAIL_SERVER"], settings["MAIL_PORT"]
    lookups.addresses(host)  # where the name servers are silent, connecting would wait for them
    server = replace(SmtpServer.from_settings(settings), timeout=SMTP_TIMEOUT)
    deadline = Deadline(SMTP_TIMEOUT)
    try:
        with deadline.running():
            days = _days_left(server, deadline)
    except (OSError, ValueError) as error:
        return _tls_error(host, port, error, was_cut=deadline.is_over)
    finally:
        deadline.forget()
    if days < EXPIRES_SOON:
        says = (
            f"le certificat du serveur expire dans {days} j, et plus rien ne partira : la personne"
            " qui gère le serveur doit le renouveler maintenant."
        )
        return State.LACKING, says
    return State.FINE, f"certificat vérifié, valable encore {days} j"


def _days_left(server: SmtpServer, deadline: Deadline) -> int:
    client = server.connect(deadline)
    try:
        connection: Any = client.sock
        expires_at = ssl.cert_time_to_seconds(connection.getpeercert()["notAfter"])
        with suppress(OSError):
            client.quit()
    finally:
        client.close()
    return (datetime.fromtimestamp(expires_at, UTC) - now()).days


def _tls_error(host: str, port: int, error: Exception, *, was_cut: bool) -> Outcome:
    match error:
        case ssl.SSLCertVerificationError(verify_code=code, verify_message=message):
            advice = f"montrez ceci à la personne qui gère le serveur : {displayed(message)}"
            advice = _REFUSALS.get(code, advice).replace("{host}", displayed(host))
            says = f"le certificat du serveur est refusé, et rien ne part : {advice}"
        case smtplib.SMTPNotSupportedError():
            says = (
                "le serveur n'offre pas de chiffrement à ce port, et rien ne part : essayez"
                " CONSULTATION_MAIL_PORT=587, ou CONSULTATION_MAIL_PORT=465 avec"
                " CONSULTATION_MAIL_USE_SSL=on."
            )
        case UnreadableAuthority():
            says = (
                "CONSULTATION_MAIL_CAFILE ne nomme pas un fichier de certificats lisible :"
                " corrigez-le."
            )
        case ssl.SSLError() if not was_cut:
            says = (
                f"au port {port}, le serveur ne chiffre pas comme on le lui demande, et rien ne"
                " part : CONSULTATION_MAIL_USE_SSL=on va avec le port 465,"
                " CONSULTATION_MAIL_USE_SSL=off avec le port 587."
            )
        case _:
            says = (
                f"n'a pas pu être vérifié : le serveur ne répond pas d'ici au port {port}. Vérifiez"
                " CONSULTATION_MAIL_SERVER et CONSULTATION_MAIL_PORT, le réseau, et que"
                " l'hébergeur de ce site laisse sortir"
                " vers ce port."
            )
            return State.UNKNOWN, says
    return State.LACKING, says
