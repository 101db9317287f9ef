"""Settings of the application: the table of them all, read from the environment.

No other module reads the environment.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import EnvError, FileAwareEnv

from consultation.files import CHECKOUT, is_checkout

PREFIX = "CONSULTATION_"
MEBIBYTE = 1024 * 1024
CENTURY = 36_500  # days; some way beyond, dates leave the calendar


@dataclass(frozen=True)
class Setting:
    """A setting; its type is that of `default`, its variable `CONSULTATION_<NAME>`.

    A number is refused below `least` and above `most`, if there is one.
    """

    name: str
    default: str | int | bool
    help: str
    secret: bool = False
    least: int = 0
    most: int | None = None


class SettingRefused(Exception):
    """A variable of the environment holds an invalid value."""


SETTINGS = (
    Setting("HOME", "", "Dossier de la base et du courrier local (défaut : `instance/`)"),
    Setting("KEYS_DIR", "", "Dossier des clés (défaut : `keys/` sous HOME), à garder ailleurs"),
    Setting("EXPORTS_DIR", "", "Dossier des classeurs produits (défaut : `exports/`)"),
    Setting("DATABASE_URL", "", "Base de données (défaut : SQLite sous HOME)", secret=True),
    Setting("HOST", "127.0.0.1", "Adresse sur laquelle le serveur écoute"),
    Setting("PORT", 8000, "Port sur lequel le serveur écoute"),
    Setting("BASE_URL", "", "Adresse publique du site, pour les liens (défaut : HOST et PORT)"),
    Setting("TRUSTED_PROXY", "", "Serveur frontal (adresse) dont croire X-Forwarded-For et -Proto"),
    Setting("WEB_PROCESSES", 2, "Nombre de processus du serveur web", least=1),
    Setting("WEB_THREADS", 6, "Nombre de fils par processus du serveur web", least=1),
    Setting("RATE_LIMITS", True, "Limites de débit (`off` pour les essais de charge)"),
    Setting("BODY_LIMIT", 4 * MEBIBYTE, "Taille maximale d'un envoi, en octets", least=1),
    Setting("FIELDS_LIMIT", 2000, "Nombre maximal de champs d'un envoi", least=1),
    Setting("DOCUMENT_URL", "", "Adresse du document de travail du collectif"),
    Setting(
        "CLOSING_GRACE_HOURS",
        2,
        "Délai de grâce d'un formulaire ouvert avant la clôture",
        most=CENTURY,
    ),
    Setting("MAIL_SERVER", "", "Serveur SMTP ; vide : le courrier reste dans `mailbox/`"),
    Setting("MAIL_PORT", 587, "Port du serveur SMTP"),
    Setting("MAIL_USE_TLS", True, "STARTTLS, certificat vérifié"),
    Setting("MAIL_USE_SSL", False, "TLS dès la connexion (port 465)"),
    Setting("MAIL_USERNAME", "", "Compte sur le serveur SMTP"),
    Setting("MAIL_PASSWORD", "", "Mot de passe du compte SMTP", secret=True),
    Setting("MAIL_CAFILE", "", "Autorité de certification particulière du serveur SMTP"),
    Setting("MAIL_TIMEOUT", 20, "Attente maximale du serveur SMTP, en secondes", least=1),
    Setting("MAIL_RETRY_FIRST", 60, "Premier délai avant un nouvel essai, en secondes"),
    Setting(
        "MAIL_SENDER",
        "contre.la.traite@secours-catholique.org",
        "Adresse d'expéditeur, celle du collectif",
    ),
    Setting("SECURITY_CONTACT", "", "Adresse où signaler une faille (défaut : MAIL_SENDER)"),
    Setting("MAIL_RETURN_PATH", "", "Boîte des retours (adresse à « + ») ; vide : l'expéditeur"),
    Setting("MAIL_DKIM_SELECTOR", "", "Sélecteur DKIM du domaine d'expédition, pour `doctor`"),
    Setting("MAIL_DAILY_CAP", 3, "Accusés de réception par adresse et par jour, au plus"),
    Setting("MAIL_SOURCE_CAP", 60, "Adresses différentes par réseau d'origine et par heure"),
    Setting(
        "FORM_CAP", 1000, "Formulaires envoyés par réseau d'origine et par heure, au plus", least=1
    ),
    Setting(
        "TEXT_CAP",
        64,
        "Texte envoyé ou enregistré par réseau d'origine et par heure, en Mio, au plus",
        least=1,
        most=1024,
    ),
    Setting("MAIL_HOURLY_CAP", 200, "Accusés de réception par heure en tout (0 : sans limite)"),
    Setting("IMAP_SERVER", "", "Serveur IMAP de la boîte du collectif ; vide : rien n'est relevé"),
    Setting("IMAP_PORT", 993, "Port du serveur IMAP"),
    Setting("IMAP_USE_SSL", True, "TLS dès la connexion ; sinon STARTTLS, certificat vérifié"),
    Setting("IMAP_USERNAME", "", "Compte sur le serveur IMAP"),
    Setting("IMAP_PASSWORD", "", "Mot de passe du compte IMAP", secret=True),
    Setting("IMAP_FOLDER", "INBOX", "Dossier relevé ; rien n'y est jamais effacé"),
    Setting("IMAP_CAFILE", "", "Autorité de certification particulière du serveur IMAP"),
    Setting(
        "TWO_MODERATORS",
        False,
        "Masquer et écarter demandent deux modérateurs ; publier en entier aussi, si la machine est"
        " sûre d'un passage, ou si le texte avait été masqué ou écarté",
    ),
    Setting("DANGER_REFERENT", "", "Adresse à prévenir quand une personne semble en danger"),
    Setting("DANGER_REFERENT_NAME", "", "Qui appeler quand une personne semble en danger"),
    Setting("DANGER_REFERENT_PHONE", "", "Son téléphone ; sans rien ici : 17, 112 et 119"),
    Setting("OVERSIGHT_ADDRESS", "", "Adresse qui reçoit chaque semaine ce que l'équipe a lu"),
    Setting(
        "SMALL_CELL",
        5,
        "Effectif en dessous duquel un chiffre public est masqué, 4 au moins",
        least=4,  # with 3, who knows the rule can tell a hidden 1 from a hidden 2
    ),
    Setting("DATA_LICENCE", "Licence Ouverte 2.0 (Etalab)", "Licence des données publiées"),
    Setting("BACKUP_RECIPIENT", "", "Clé publique (`age1…`) à qui chiffrer les sauvegardes"),
    Setting(
        "BACKUP_KEEP_DAYS",
        30,
        "Jours de garde des sauvegardes d'un dossier, 1 au moins",
        least=1,
        most=CENTURY,
    ),
    Setting(
        "RETENTION_CONTACT_DAYS",
        0,
        "Jours de garde, après la clôture d'un tour, de qui a répondu (0 : sans fin)",
        most=CENTURY,
    ),
    Setting(
        "RETENTION_TEXT_DAYS",
        0,
        "Jours de garde, après la clôture d'un tour, des textes libres (0 : sans fin)",
        most=CENTURY,
    ),
    Setting(
        "RETENTION_INVITEE_DAYS",
        0,
        "Jours de garde, après la clôture du dernier tour, de la liste de contacts (0 : sans fin)",
        most=CENTURY,
    ),
    Setting("RETENTION_EXPORT_DAYS", 7, "Jours de garde des classeurs produits", most=CENTURY),
    Setting(
        "RETENTION_MAIL_DAYS", 30, "Jours de garde du contenu des courriels partis", most=CENTURY
    ),
    Setting(
        "RETENTION_INCOMING_DAYS",
        365,
        "Jours de garde des courriels reçus et traités",
        most=CENTURY,
    ),
)

ADDRESSES = ("BASE_URL", "DOCUMENT_URL")
"""Settings that are the beginning of links, in pages and mails."""


def load(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return every setting by name: overrides first, then the environment, then defaults.

    `CONSULTATION_<NAME>_FILE` names a file that holds the value.  Raise `SettingRefused`.
    """
    values = {setting.name: _read(setting) for setting in SETTINGS}
    for name in ADDRESSES:
        _check_address(name, values[name])
    _check_ip_address("TRUSTED_PROXY", values["TRUSTED_PROXY"])
    values.update(overrides or {})
    return _with_places(values)


def environment_with(more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of this process with `more`, for a child process."""
    return os.environ | more


@contextmanager
def language_of_messages(language: str) -> Iterator[None]:
    """Set LANGUAGE, for a library that reads the language of its messages there."""
    before = {name: value for name, value in os.environ.items() if name == "LANGUAGE"}
    os.environ["LANGUAGE"] = language
    try:
        yield
    finally:
        del os.environ["LANGUAGE"]
        os.environ.update(before)


def _read(setting: Setting) -> Any:
    env = FileAwareEnv(prefix=PREFIX, eager=True)
    try:
        match setting.default:
            case bool():
                return env.bool(setting.name, setting.default)
            case int():
                return _check_bounds(setting, env.int(setting.name, setting.default))
            case _:
                # Nearly every editor ends the last line of a file.
                return env.str(setting.name, setting.default).rstrip("\r\n")
    except (EnvError, ValueError, OSError):
        raise SettingRefused(
            f"{PREFIX}{setting.name} est illisible ({setting.help}) : corrigez sa valeur."
        ) from None


def _check_address(name: str, value: str) -> None:
    """Raise `SettingRefused` for a relative address: a browser would resolve it on this site."""
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise SettingRefused(
            f"{PREFIX}{name} n'est pas une adresse entière : écrivez-la comme"
            " https://consultation.example.org."
        )


def _check_ip_address(name: str, value: str) -> None:
    """Raise `SettingRefused` for a host name: it is compared with IP addresses of clients."""
    try:
        if value not in ("", "*"):
            ip_address(value)
    except ValueError:
        raise SettingRefused(
            f"{PREFIX}{name} n'est pas une adresse IP : écrivez-la comme 127.0.0.1, pas par un nom."
        ) from None


def _check_bounds(setting: Setting, number: int) -> int:
    if number < setting.least:
        raise _out_of_bounds(setting, f"{setting.least} au moins")
    if setting.most is not None and number > setting.most:
        raise _out_of_bounds(setting, f"{setting.most} au plus")
    return number


def _out_of_bounds(setting: Setting, bound: str) -> SettingRefused:
    return SettingRefused(
        f"{PREFIX}{setting.name} vaut {bound} ({setting.help}) : corrigez sa valeur."
    )


def _with_places(values: dict[str, Any]) -> dict[str, Any]:
    """Complete the settings whose defaults depend on others."""
    home = Path(values["HOME"] or _default_home()).absolute()
    exports = CHECKOUT / "exports" if is_checkout() and not values["HOME"] else home / "exports"
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, never listened on
    host = everywhere.get(values["HOST"], values["HOST"])
    host = f"[{host}]" if ":" in host else host
    return values | {
        "HOME": home,
        "KEYS_DIR": Path(values["KEYS_DIR"] or home / "keys").absolute(),
        "EXPORTS_DIR": Path(values["EXPORTS_DIR"] or exports).absolute(),
        "DATABASE_URL": values["DATABASE_URL"] or f"sqlite:///{home / 'consultation.sqlite'}",
        "BASE_URL": (values["BASE_URL"] or f"http://{host}:{values['PORT']}").rstrip("/"),
    }


def _default_home() -> Path:
    return CHECKOUT / "instance" if is_checkout() else Path(os.curdir) / "instance"
