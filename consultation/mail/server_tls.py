"""Whether the server that takes our mail proves who it is, and until when."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from consultation.clock import now
from consultation.mail.checks import Check, State, shown
from consultation.mail.deadlines import Deadline
from consultation.mail.dns_records import CouldNotLook, Lookups

LONGEST_TALK = 5.0  # seconds
LONGEST_NAMING = 1.0  # seconds
MOST_TRIED = 2
SOON = 14  # days
DAY = 86_400  # seconds
# OpenSSL's numbers for what it refuses.
_EXPIRED = 10
_UNKNOWN_ISSUERS = (18, 19, 20, 21)
_OTHER_NAMES = (62, 64)


class _NoAuthority(Exception):
    """The file of the certification authority can't be read."""


class _Plain(smtplib.SMTP):
    """A client that knows where the server is, and whose socket the deadline watches."""

    def __init__(self, deadline: Deadline, addresses: Sequence[str], *args: Any, **options: Any):
        self._deadline = deadline
        self._addresses = addresses[:MOST_TRIED]
        smtplib.SMTP.__init__(self, *args, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made = self._connected(port)
        self._deadline.watch(made)
        made.settimeout(timeout)
        if self._deadline.is_over:
            made.close()
            raise TimeoutError
        return made

    def _connected(self, port: int) -> socket.socket:
        failed: OSError = ConnectionError("the name of the server leads nowhere")
        for address in self._addresses:
            try:
                return socket.create_connection((address, port), LONGEST_TALK / MOST_TRIED)
            except OSError as error:
                failed = error
        raise failed


class _Encrypted(smtplib.SMTP_SSL, _Plain):
    """The same with TLS from the first byte."""

    def __init__(self, deadline: Deadline, addresses: Sequence[str], *args: Any, **options: Any):
        self._deadline = deadline
        self._addresses = addresses[:MOST_TRIED]
        smtplib.SMTP_SSL.__init__(self, *args, **options)


def check(settings: Mapping[str, Any], lookups: Lookups) -> Check:
    """Begin to talk to the server as mails do, and look at its certificate."""
    server = settings["MAIL_SERVER"]
    subject = f"TLS de {shown(server)}"
    addresses = _addresses(lookups, server)
    deadline = Deadline(LONGEST_TALK)
    try:
        with deadline.running():
            end = _end_of_certificate(settings, addresses, deadline)
    except ssl.SSLCertVerificationError as error:
        return Check(subject, State.LACKING, _refused(server, error))
    except smtplib.SMTPNotSupportedError:
        says = (
            "le serveur n'offre pas de chiffrement à ce port, et rien ne part : essayez"
            " MAIL_PORT=587, ou MAIL_PORT=465 avec MAIL_USE_SSL=on."
        )
        return Check(subject, State.LACKING, says)
    except _NoAuthority:
        says = "MAIL_CAFILE ne nomme pas un fichier de certificats lisible : corrigez-le."
        return Check(subject, State.LACKING, says)
    except (OSError, ValueError) as error:
        return _unreached(subject, settings["MAIL_PORT"], error, was_cut=deadline.is_over)
    finally:
        deadline.forget()
    return _of_days(subject, int((end - now().timestamp()) // DAY))


def _end_of_certificate(
    settings: Mapping[str, Any], addresses: Sequence[str], deadline: Deadline
) -> float:
    """Return until when the certificate holds, in seconds since 1970, once it is verified."""
    context = _context(settings["MAIL_CAFILE"])
    name = urlsplit(settings["BASE_URL"]).hostname or "localhost"
    where = (deadline, addresses, settings["MAIL_SERVER"], settings["MAIL_PORT"], name)
    host: smtplib.SMTP
    if settings["MAIL_USE_SSL"]:
        host = _Encrypted(*where, timeout=LONGEST_TALK, context=context)
    else:
        host = _Plain(*where, timeout=LONGEST_TALK)
    try:
        if not settings["MAIL_USE_SSL"]:
            host.starttls(context=context)
        made: Any = host.sock
        end: str = made.getpeercert()["notAfter"]
        with suppress(OSError):
            host.quit()
    finally:
        host.close()
    return ssl.cert_time_to_seconds(end)


def _context(cafile: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=cafile or None)
    except (OSError, ValueError) as error:
        raise _NoAuthority from error


def _addresses(lookups: Lookups, server: str) -> list[str]:
    """Return where the server is, from the name servers or from what this machine alone knows."""
    with suppress(CouldNotLook):
        known = [str(address) for address in lookups.addresses(server)]
        if known:
            return known
    found: list[str] = []
    # The system's own look-up takes no timeout: it is left behind when it does not answer.
    asking = threading.Thread(target=_ask_system, args=(server, found), daemon=True)
    asking.start()
    asking.join(LONGEST_NAMING)
    return found


def _ask_system(server: str, found: list[str]) -> None:
    with suppress(OSError, UnicodeError):
        for answer in socket.getaddrinfo(server, None, type=socket.SOCK_STREAM):
            found.append(str(answer[4][0]))


def _refused(server: str, error: ssl.SSLCertVerificationError) -> str:
    says = "le certificat du serveur est refusé, et rien ne part : "
    if error.verify_code == _EXPIRED:
        return says + "il a expiré ; la personne qui gère le serveur doit le renouveler."
    if error.verify_code in _OTHER_NAMES:
        return says + (
            f"il n'est pas fait pour le nom {shown(server)} ; donnez à MAIL_SERVER le nom exact"
            " que le fournisseur indique."
        )
    if error.verify_code in _UNKNOWN_ISSUERS:
        return says + (
            "une autorité inconnue l'a signé ; si c'est la vôtre, donnez son fichier à"
            " MAIL_CAFILE, sinon demandez un vrai certificat à la personne qui gère le serveur."
        )
    return says + "montrez ceci à la personne qui gère le serveur : " + shown(error.verify_message)


def _unreached(subject: str, port: int, error: Exception, *, was_cut: bool) -> Check:
    if isinstance(error, ssl.SSLError) and not was_cut:
        says = (
            f"au port {port}, le serveur ne chiffre pas comme on le lui demande, et rien ne part :"
            " MAIL_USE_SSL=on va avec le port 465, MAIL_USE_SSL=off avec le port 587."
        )
        return Check(subject, State.LACKING, says)
    says = (
        f"n'a pu être vérifié : le serveur ne répond pas d'ici au port {port}. Vérifiez MAIL_SERVER"
        " et MAIL_PORT, le réseau, et que l'hébergeur de ce site laisse sortir vers ce port."
    )
    return Check(subject, State.UNKNOWN, says)


def _of_days(subject: str, days: int) -> Check:
    if days < SOON:
        says = (
            f"le certificat du serveur expire dans {days} j, et plus rien ne partira : la personne"
            " qui gère le serveur doit le renouveler maintenant."
        )
        return Check(subject, State.LACKING, says)
    return Check(subject, State.FINE, f"certificat vérifié, valable encore {days} j")
