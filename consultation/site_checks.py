"""Whether what surrounds the site encrypts: its own address, and the way to its database."""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from consultation.clock import now

PATIENCE = 5.0  # seconds
SOON = 14  # days
DAY = 86_400  # seconds
HERE = ("", "localhost", "127.0.0.1", "::1")
VERIFYING = ("verify-ca", "verify-full")


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `says` tells what was found and, when it is not fine, what to do.

    What is not known could not be looked at from here, which is no fault.
    """

    subject: str
    is_fine: bool
    says: str
    is_known: bool = True


def certificate(settings: Mapping[str, Any]) -> list[Finding]:
    """Look at the certificate of the public address as a browser does; over http, at nothing."""
    address = urlsplit(settings["BASE_URL"])
    if address.scheme != "https":
        return []
    subject = f"TLS de {address.hostname}"
    try:
        version, days = _greeted(address.hostname or "", address.port or 443)
    except ssl.SSLCertVerificationError as error:
        says = f"les navigateurs refusent ce certificat ({error.verify_message}) : renouvelez-le."
        return [Finding(subject, False, says)]
    except ssl.SSLError:
        says = "ni TLS 1.2 ni TLS 1.3 : réglez le serveur frontal comme le dit le README."
        return [Finding(subject, False, says)]
    except OSError:
        says = "n'a pu être regardé d'ici : ouvrez le site dans un navigateur."
        return [Finding(subject, True, says, is_known=False)]
    if days < SOON:
        return [Finding(subject, False, f"le certificat finit dans {days} jours : renouvelez-le.")]
    return [Finding(subject, True, f"{version}, certificat encore bon {days} jours")]


def _greeted(host: str, port: int) -> tuple[str, int]:
    """Return the version of TLS that is spoken, and for how many days the certificate lasts."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection((host, port), PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=host) as encrypted,
    ):
        shown: Any = encrypted.getpeercert()
        left = ssl.cert_time_to_seconds(shown["notAfter"]) - now().timestamp()
        return (encrypted.version() or "").replace("TLSv", "TLS "), int(left // DAY)


def database_link(settings: Mapping[str, Any]) -> list[Finding]:
    """Say when a database on another machine is reached without a verified certificate."""
    url = sa.make_url(settings["DATABASE_URL"])
    if url.get_backend_name() == "sqlite" or (url.host or "") in HERE:
        return []
    if url.query.get("sslmode") in VERIFYING:
        return [Finding("lien avec la base", True, "chiffré, certificat vérifié")]
    says = "sur une autre machine : ajoutez ?sslmode=verify-full à DATABASE_URL."
    return [Finding("lien avec la base", False, says)]
