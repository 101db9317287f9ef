"""Machine checks of `consultation doctor`: disk, fonts, clock, keys, certificate, proxy, office."""

import os
import shutil
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import AuditEvent
from consultation.clock import PARIS, now
from consultation.crypto import key_files
from consultation.documents import office
from consultation.documents.office import Office
from consultation.i18n import Language, form_for
from consultation.mail.models import OutboxMessage
from consultation.operations import deployment
from consultation.operations.doctor.finding import Finding, decimal, span
from consultation.operations.keys import verification
from consultation.responses.models import Response
from consultation.typesetting.font_coverage import not_drawn
from consultation.typesetting.subprocess import NoTypesetting, Refused
from consultation.web.locale import letters_of

FREE_SPACE = 500 * 1024 * 1024  # bytes
CLOCK_PATIENCE = timedelta(minutes=5)
SOON = 14  # days
PATIENCE = 5.0  # seconds


def disk(home: Path) -> Finding:
    """Check the free space where answers are stored."""
    free = shutil.disk_usage(home).free
    says = f"{decimal(free / 1024**3)} Go libres"
    if free < FREE_SPACE:
        says += " : libérez de la place, sinon plus rien ne sera enregistré."
    return Finding("disque", free >= FREE_SPACE, says)


def odt(home: Path) -> Finding:
    """Say whether documents are offered as ODT; without it nothing is wrong."""
    says = {
        Office.ABSENT: "ce format n'est pas proposé : LibreOffice n'est pas installé ici",
        Office.UNTRIED: "le service n'a pas encore essayé LibreOffice",
        Office.CONVERTS: "ce format est proposé : LibreOffice l'a fait à l'essai",
        Office.FAILS: "ce format n'est pas proposé : LibreOffice est là, mais n'en fait pas. Pour"
        " l'avoir, installez libreoffice-writer-nogui ; le service essaie de nouveau dans l'heure.",
    }
    state = office.known(home)
    return Finding("ODT", True, says[state], is_known=state is not Office.UNTRIED)


def fonts(languages: Iterable[Language]) -> Finding:
    """Check that fonts of this machine draw the letters of each language in a PDF."""
    letters = {it: letters_of(it) for it in languages}
    try:
        absent = not_drawn(frozenset().union(*letters.values()))
    except (NoTypesetting, Refused):
        says = "pas vérifiées : le service n'a pas pu faire de document à l'instant"
        return Finding("polices", True, says, is_known=False)
    lacking = [it for it, own in letters.items() if own & absent]
    if not lacking:
        return Finding("polices", True, "un PDF a toutes les lettres des langues du site")
    names = ", ".join(it.french_name for it in lacking)
    packages = " ".join(sorted({it.fonts for it in lacking}))
    which = form_for(len(lacking), "de cette langue", "de ces langues")
    return Finding(
        "polices",
        False,
        f"aucune n'a toutes les lettres {which} : {names}. Un PDF les remplace par des codes."
        f" Installez {packages}, puis redémarrez le service.",
    )


def clock(session: Session) -> Finding:
    """Check that no stored moment lies ahead of now, and that Paris has its summer time."""
    moments = (AuditEvent.happened_at, Response.submitted_at, OutboxMessage.created_at)
    latest = [session.scalar(sa.select(sa.func.max(column))) for column in moments]
    last = max((moment for moment in latest if moment is not None), default=None)
    if last is not None and last > now() + CLOCK_PATIENCE:
        ahead = span((last - now()).total_seconds())
        return Finding(
            "horloge",
            False,
            f"un fait enregistré est daté de {ahead} plus tard : l'horloge retarde, ou a avancé un"
            " temps. Réglez-la (timedatectl set-ntp true) : elle décide des fermetures.",
        )
    summer, winter = (datetime(2026, month, 1, tzinfo=PARIS).utcoffset() for month in (7, 1))
    if summer == winter:
        return Finding("horloge", False, "l'heure d'été de Paris manque : réinstallez tzdata.")
    return Finding("horloge", True, "rien d'enregistré n'est en avance sur elle")


def keys(session: Session, settings: Mapping[str, Any]) -> Finding:
    """Check that the keys are those of the database, private, and copied on paper."""
    directory: Path = settings["KEYS_DIR"]
    if not verification.are_ours(session, directory):
        return Finding("clés", False, str(verification.KeysForeign(directory)))
    if any((directory / name).stat().st_mode & 0o077 for name in key_files.NAMES):
        return Finding("clés", False, f"d'autres peuvent les lire : chmod 600 {directory}/*")
    deployed = settings["BASE_URL"].startswith("https:")
    if deployed and directory.is_relative_to(settings["HOME"]):
        return Finding(
            "clés",
            False,
            "elles sont à côté des données : donnez à CONSULTATION_KEYS_DIR un autre dossier.",
        )
    if len(key_files.read(directory / key_files.ENCRYPTION)) > 1:
        return Finding(
            "clés", False, "une rotation n'est pas finie : relancez « consultation keys rotate »."
        )
    if not verification.is_confirmed(session, directory):
        return Finding(
            "clés",
            False,
            f"dans {directory}, sans copie confirmée : « consultation keys show », imprimez, puis"
            " « consultation keys confirm ». Sans elles, aucune sauvegarde ne se lit en entier.",
        )
    return Finding("clés", True, f"dans {directory}, copie confirmée")


def certificate(base_url: str, context: ssl.SSLContext | None = None) -> Finding:
    """Check the site's certificate and its end."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        if host in ("127.0.0.1", "::1", "localhost"):
            return Finding("https", True, "le site n'est servi qu'ici : rien à chiffrer")
        return Finding(
            "https",
            False,
            "CONSULTATION_BASE_URL est en http : servez le site en https (docs/deploiement.md).",
        )
    try:
        ends_at = _end_of_certificate(host, parts.port or 443, context)
    except ssl.SSLCertVerificationError as error:
        return Finding(
            "https", False, f"le certificat est refusé ({error.verify_message}) : renouvelez-le."
        )
    except ssl.SSLError:
        says = "ni TLS 1.2 ni TLS 1.3 : réglez le serveur frontal comme le dit docs/deploiement.md."
        return Finding("https", False, says)
    except OSError:
        return Finding("https", True, f"{host} n'a pas pu être joint d'ici", is_known=False)
    left = ends_at - now().timestamp()
    says = f"le certificat vaut encore {span(left)}"
    if left < SOON * 24 * 3600:
        says += " : renouvelez-le (certbot renew), sinon plus personne n'entrera."
    return Finding("https", left >= SOON * 24 * 3600, says)


def proxy(base_url: str, folders: Sequence[Path] = deployment.INSTALLED) -> list[Finding]:
    """Compare the version of nginx's file with the one that this version writes; none: nothing."""
    name = urlsplit(base_url).hostname or ""
    paths = [folder / f"{name}.conf" for folder in folders]
    return [_proxy_file(path, name) for path in paths if os.path.lexists(path)]


def _proxy_file(path: Path, name: str) -> Finding:
    try:
        version = deployment.version_of_proxy(path.read_text("utf-8", "replace"))
    except OSError as error:
        says = f"{path} n'a pas pu être lu d'ici ({error.strerror})"
        return Finding("nginx", True, says, is_known=False)
    if version == deployment.proxy_version():
        return Finding("nginx", True, f"{path} est celui de cette version")
    return Finding(
        "nginx",
        False,
        f"{path} vient d'une autre version du site : des adresses secrètes peuvent rester dans ses"
        f" journaux. Écrivez celui de cette version (« consultation deployment --to"
        f" /root/consultation.new --name {name} »), reportez-y vos changements, mettez-le à sa"
        " place, puis « nginx -t && systemctl reload nginx ».",
    )


def _end_of_certificate(host: str, port: int, context: ssl.SSLContext | None) -> float:
    context = context or ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection((host, port), PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=host) as encrypted,
    ):
        peer: Any = encrypted.getpeercert()
        return ssl.cert_time_to_seconds(peer["notAfter"])
