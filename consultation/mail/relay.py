"""How the server that takes our mail looks from here: its certificate, and its reverse name."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from consultation.clock import now
from consultation.mail.checks import Check, State, not_seen, shown
from consultation.mail.deadlines import Deadline
from consultation.mail.dns_records import (
    Address,
    CouldNotLook,
    Lookups,
    ascii_name,
    public,
    reverse_name,
)

LONGEST_TALK = 5.0  # seconds
LONGEST_NAMING = 2.0  # seconds
SOON = 14  # days
DAY = 86_400  # seconds
_EXPIRED, _UNKNOWN_ISSUERS, _OTHER_NAME = 10, (18, 19, 20, 21), (62, 64)


def check_reverse_names(lookups: Lookups, server: str, domain: str) -> Check:
    """Look at whether the server's addresses have names that lead back to them."""
    subject = f"nom inverse de {shown(server)}"
    try:
        addresses = public(lookups.addresses(server))
        unnamed = [address for address in addresses if not _leads_back(lookups, address)]
    except CouldNotLook:
        return not_seen(subject)
    if not addresses:
        says = "ne peut être vérifié d'ici : ce serveur n'a pas d'adresse publique connue."
        return Check(subject, State.UNKNOWN, says)
    if not unnamed:
        return Check(subject, State.FINE, ", ".join(str(address) for address in addresses))
    return _unnamed(subject, server, domain, unnamed)


def _leads_back(lookups: Lookups, address: Address) -> bool:
    return any(address in lookups.addresses(name) for name in lookups.names(address))


def _unnamed(subject: str, server: str, domain: str, unnamed: Sequence[Address]) -> Check:
    listed = ", ".join(str(address) for address in unnamed)
    says = f"l'adresse {listed} n'a pas de nom qui ramène à elle"
    if not _is_ours(server, domain):
        # A large provider sends from other machines than those that take our mail.
        says += (
            " ; si vos messages partent d'une autre adresse du fournisseur, cela ne peut être"
            " vérifié d'ici : posez-lui la question si des messages sont refusés."
        )
        return Check(subject, State.UNKNOWN, says)
    says += (
        ", et les grandes messageries refusent ce qui en vient : demandez à l'hébergeur du serveur"
        " (ce n'est pas le nom de domaine) de régler son « nom inverse »."
    )
    record = None
    with suppress(ValueError):
        record = f"{reverse_name(unnamed[0])}. PTR {_named(server)}."
    return Check(subject, State.LACKING, says, record)


def _is_ours(server: str, domain: str) -> bool:
    """Say whether the server is of the sender's domain, or is written as an address alone."""
    name, own = ascii_name(server), ascii_name(domain)
    return _is_address(server) or f".{name}".endswith(f".{own}") or f".{own}".endswith(f".{name}")


def _named(server: str) -> str:
    if _is_address(server):
        raise ValueError
    return ascii_name(server)


def check_encryption(settings: Mapping[str, Any], lookups: Lookups) -> Check:
    """Talk to the server as mails do, and look at its certificate."""
    server, port = settings["MAIL_SERVER"], settings["MAIL_PORT"]
    subject = f"TLS de {shown(server)}, port {port}"
    deadline = Deadline(LONGEST_TALK)
    try:
        with deadline.running():
            ends_at = _certificate_end(settings, _addresses(lookups, server), deadline)
    except ssl.SSLCertVerificationError as error:
        return Check(subject, State.LACKING, _refused(server, error))
    except smtplib.SMTPNotSupportedError:
        says = (
            "le serveur n'offre pas de chiffrement à ce port, et rien ne part : essayez"
            " MAIL_PORT=587, ou MAIL_PORT=465 avec MAIL_USE_SSL=on."
        )
        return Check(subject, State.LACKING, says)
    except _NoAuthority:
        return Check(subject, State.LACKING, "MAIL_CAFILE n'est pas un fichier de certificats.")
    except (OSError, ValueError) as error:
        return _unreached(subject, error, was_cut=deadline.is_over)
    finally:
        deadline.forget()
    return _of_days(subject, int((ends_at - now().timestamp()) // DAY))
