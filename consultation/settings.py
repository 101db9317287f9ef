"""Settings of the application: the table of them all, read from the environment.

No other module reads the environment.  The settings that have a group can be changed on screen as
well: `site_settings` stores those; a value of the environment wins over a stored one.
"""

import enum
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import EnvError, FileAwareEnv

from consultation.clock import delay_of
from consultation.files import CHECKOUT, is_checkout, why_unreadable

PREFIX = "CONSULTATION_"
MEBIBYTE = 1024 * 1024
CENTURY = 36_500  # days; some way beyond, dates leave the calendar


Value = str | int | bool


class Group(enum.StrEnum):
    """A heading of the page of settings."""

    MODERATION = "Relecture et alertes"
    SIGN_IN = "Connexion de l'équipe"
    SITE = "Le site et les résultats"
    REQUESTS = "Demandes de chiffres"
    RETENTION = "Durées de garde"
    LIMITS = "Limites contre les abus"


class Shape(enum.Enum):
    """What a text has to be; an empty one always may be."""

    LINE = "line"
    LINK = "link"
    MAILBOX = "mailbox"
    CONTACT = "contact"
    """A mailbox or a link."""
    DELAY = "delay"
    """Days or months."""


@dataclass(frozen=True)
class Setting:
    """A setting; its type is that of `default`, its variable `CONSULTATION_<NAME>`.

    A number is refused below `least` and above `most`, if there is one.  With a `group` it can be
    changed on screen, where it has a `label`, and `hint` or else `help` as its line of help.
    """

    name: str
    default: Value
    help: str
    secret: bool = False
    least: int = 0
    most: int | None = None
    shape: Shape = Shape.LINE
    group: Group | None = None
    label: str = ""
    hint: str = ""

    def broken_bound(self, number: int) -> str:
        """Return the bound that a number breaks, in French, or an empty text."""
        if number < self.least:
            return f"{self.least} au moins"
        if self.most is not None and number > self.most:
            return f"{self.most} au plus"
        return ""


class SettingRefused(Exception):
    """A variable of the environment holds an invalid value."""


SETTINGS = (
    Setting("HOME", "", "Dossier de la base et du courrier local (défaut : `instance/`)"),
    Setting("KEYS_DIR", "", "Dossier des clés (défaut : `keys/` sous HOME), à garder ailleurs"),
    Setting("EXPORTS_DIR", "", "Dossier des classeurs produits (défaut : `exports/`)"),
    Setting("DATABASE_URL", "", "Base de données (défaut : SQLite sous HOME)", secret=True),
    Setting("HOST", "127.0.0.1", "Adresse sur laquelle le serveur écoute"),
    Setting("PORT", 8000, "Port sur lequel le serveur écoute"),
    Setting(
        "BASE_URL",
        "",
        "Adresse publique du site, pour les liens (défaut : HOST et PORT)",
        shape=Shape.LINK,
    ),
    Setting(
        "LANGUAGES",
        "fr en",
        "Langues du site, le français d'abord (fournies : `fr`, `en`, `es`, `ar`, `ro`, `pt-BR`, et"
        " `fr-x-facile`)",
    ),
    Setting("TRUSTED_PROXY", "", "Serveur frontal (adresse) dont croire X-Forwarded-For et -Proto"),
    Setting("WEB_PROCESSES", 2, "Nombre de processus du serveur web", least=1),
    Setting("WEB_THREADS", 6, "Nombre de fils par processus du serveur web", least=1),
    Setting("RATE_LIMITS", True, "Limites de débit (`off` pour les essais de charge)"),
    Setting("BODY_LIMIT", 4 * MEBIBYTE, "Taille maximale d'un envoi, en octets", least=1),
    Setting("FIELDS_LIMIT", 2000, "Nombre maximal de champs d'un envoi", least=1),
    Setting(
        "DOCUMENT_URL",
        "",
        "Adresse du document de travail du collectif",
        shape=Shape.LINK,
        group=Group.SITE,
        label="Document de travail",
        hint="Son adresse, pour les tours qui n'en donnent pas une autre. Vide : la dernière"
        " édition publiée, s'il y en a une.",
    ),
    Setting(
        "CLOSING_GRACE_HOURS",
        2,
        "Délai de grâce d'un formulaire ouvert avant la fermeture",
        most=CENTURY,
        group=Group.SITE,
        label="Délai après la fermeture, en heures",
        hint="Un formulaire ouvert avant la fermeture peut encore être envoyé pendant ce temps.",
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
        shape=Shape.MAILBOX,
    ),
    Setting(
        "SECURITY_CONTACT",
        "",
        "Adresse où signaler une faille (défaut : MAIL_SENDER)",
        shape=Shape.CONTACT,
        group=Group.SITE,
        label="Adresse où signaler une faille de sécurité",
        hint="Publiée à la page « Sécurité ». Vide : l'adresse du collectif.",
    ),
    Setting(
        "MAIL_RETURN_PATH",
        "",
        "Boîte des retours (adresse à « + ») ; vide : l'expéditeur",
        shape=Shape.MAILBOX,
    ),
    Setting("MAIL_DKIM_SELECTOR", "", "Sélecteur DKIM du domaine d'expédition, pour `doctor`"),
    Setting(
        "MAIL_DAILY_CAP",
        3,
        "Accusés de réception par adresse et par jour, au plus",
        group=Group.LIMITS,
        label="Accusés de réception par adresse et par jour",
    ),
    Setting(
        "MAIL_SOURCE_CAP",
        60,
        "Adresses différentes par réseau d'origine et par heure",
        group=Group.LIMITS,
        label="Adresses de courriel par réseau et par heure",
        hint="Au-delà, les accusés de réception de ce réseau attendent votre accord. Un foyer ou"
        " une association n'est souvent qu'un seul réseau.",
    ),
    Setting(
        "FORM_CAP",
        1000,
        "Formulaires envoyés par réseau d'origine et par heure, au plus",
        least=1,
        group=Group.LIMITS,
        label="Formulaires par réseau et par heure",
    ),
    Setting(
        "TEXT_CAP",
        64,
        "Texte envoyé ou enregistré par réseau d'origine et par heure, en Mio, au plus",
        least=1,
        most=1024,
        group=Group.LIMITS,
        label="Texte par réseau et par heure, en Mio",
    ),
    Setting(
        "MAIL_HOURLY_CAP",
        200,
        "Accusés de réception par heure en tout (0 : sans limite)",
        group=Group.LIMITS,
        label="Accusés de réception par heure, en tout",
    ),
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
        "Masquer et écarter demandent deux personnes ; publier en entier aussi, si la machine est"
        " sûre d'un passage, ou si le texte avait été masqué ou écarté",
        group=Group.MODERATION,
        label="Demander deux personnes pour masquer et écarter",
    ),
    Setting(
        "DANGER_REFERENT",
        "",
        "Adresse à prévenir quand une personne semble en danger",
        shape=Shape.MAILBOX,
        group=Group.MODERATION,
        label="Courriel de la personne référente",
        hint="Une alerte lui écrit sans rien dire du texte. Vide : aucun courriel n'est écrit.",
    ),
    Setting(
        "DANGER_REFERENT_NAME",
        "",
        "Qui appeler quand une personne semble en danger",
        group=Group.MODERATION,
        label="Personne référente en cas de danger",
        hint="Le nom que l'équipe voit quand une personne semble en danger.",
    ),
    Setting(
        "DANGER_REFERENT_PHONE",
        "",
        "Son téléphone ; sans rien ici : 17, 112 et 119",
        group=Group.MODERATION,
        label="Téléphone de la personne référente",
        hint="L'équipe le voit à côté du 17, du 112 et du 119.",
    ),
    Setting(
        "OVERSIGHT_ADDRESS",
        "",
        "Adresse qui reçoit chaque semaine ce que l'équipe a lu",
        shape=Shape.MAILBOX,
        group=Group.MODERATION,
        label="Adresse de contrôle",
        hint="Elle reçoit chaque semaine ce que l'équipe a lu. Vide : personne ne le reçoit.",
    ),
    Setting(
        "SECOND_FACTOR_ORGANISERS",
        False,
        "Les comptes d'organisation se connectent en deux étapes",
        group=Group.SIGN_IN,
        label="Demander un code du téléphone à l'organisation",
        hint="En plus du mot de passe. Chaque personne règle son téléphone à sa prochaine page."
        " L'administration a toujours besoin d'un code.",
    ),
    Setting(
        "SECOND_FACTOR_MODERATORS",
        False,
        "Les comptes de modération se connectent en deux étapes",
        group=Group.SIGN_IN,
        label="Demander un code du téléphone à la modération",
        hint="De la même façon.",
    ),
    Setting(
        "SMALL_CELL",
        5,
        "Effectif en dessous duquel un chiffre public est masqué, 4 au moins",
        least=4,  # with 3, who knows the rule can tell a hidden 1 from a hidden 2
        group=Group.SITE,
        label="Plus petit effectif publié",
        hint="En dessous, un chiffre public est masqué : personne n'est reconnu. Ce qui est déjà"
        " publié garde la règle d'alors.",
    ),
    Setting(
        "DATA_LICENCE",
        "Licence Ouverte 2.0 (Etalab)",
        "Licence des données publiées",
        group=Group.SITE,
        label="Licence des données publiées",
    ),
    Setting(
        "REPLY_DAYS",
        21,
        "Jours laissés à une institution pour répondre à une évaluation",
        least=1,
        most=CENTURY,
        group=Group.SITE,
        label="Jours pour la réponse d'une institution",
        hint="Ce que propose le formulaire ; chaque demande peut donner un autre jour.",
    ),
    Setting(
        "REPLY_REMINDER_DAYS",
        5,
        "Jours entre le rappel à une institution et son dernier jour",
        most=CENTURY,
        group=Group.SITE,
        label="Rappel à une institution, en jours avant son dernier jour",
    ),
    Setting(
        "CADA_SILENCE_DELAY",
        "",
        "Silence d'une institution après lequel on peut saisir la CADA (vide : pas encore donné)",
        shape=Shape.DELAY,
        group=Group.REQUESTS,
        label="Silence après lequel on peut saisir la CADA",
        hint="Un nombre de jours ou de mois, donné par le conseil du collectif. Vide : aucun jour"
        " n'est calculé.",
    ),
    Setting(
        "CADA_REFERRAL_DELAY",
        "",
        "Temps pour saisir la CADA, une fois qu'on le peut (vide : pas encore donné)",
        shape=Shape.DELAY,
        group=Group.REQUESTS,
        label="Temps pour saisir la CADA, une fois qu'on le peut",
        hint="Compté depuis le refus, ou depuis la fin du silence. Le conseil du collectif le"
        " donne aussi.",
    ),
    Setting("BACKUP_RECIPIENT", "", "Clé publique (`age1…`) qui chiffre les sauvegardes"),
    Setting("BACKUPS_DIR", "", "Dossier des sauvegardes faites à l'écran (défaut : sous HOME)"),
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
        "Jours de garde, après la fin d'un tour, des personnes qui ont répondu (0 : sans fin)",
        most=CENTURY,
        group=Group.RETENTION,
        label="Coordonnées des personnes qui ont répondu, en jours",
    ),
    Setting(
        "RETENTION_TEXT_DAYS",
        0,
        "Jours de garde, après la fin d'un tour, des textes libres (0 : sans fin)",
        most=CENTURY,
        group=Group.RETENTION,
        label="Textes libres, en jours",
    ),
    Setting(
        "RETENTION_INVITEE_DAYS",
        0,
        "Jours de garde, après la fin du dernier tour, de la liste de contacts (0 : sans fin)",
        most=CENTURY,
        group=Group.RETENTION,
        label="Liste de contacts, en jours",
    ),
    Setting(
        "RETENTION_EXPORT_DAYS",
        7,
        "Jours de garde des classeurs produits",
        most=CENTURY,
        group=Group.RETENTION,
        label="Classeurs produits, en jours",
    ),
    Setting(
        "RETENTION_MAIL_DAYS",
        30,
        "Jours de garde du contenu des courriels partis",
        most=CENTURY,
        group=Group.RETENTION,
        label="Contenu des courriels partis, en jours",
    ),
    Setting(
        "RETENTION_INCOMING_DAYS",
        365,
        "Jours de garde des courriels reçus et traités",
        most=CENTURY,
        group=Group.RETENTION,
        label="Courriels reçus et traités, en jours",
    ),
    Setting(
        "RETENTION_REPLY_DAYS",
        365,
        "Jours de garde, après son dernier jour, de l'adresse d'une institution (0 : sans fin)",
        most=CENTURY,
        group=Group.RETENTION,
        label="Adresses des institutions, en jours",
    ),
)

ON_SCREEN = {setting.name: setting for setting in SETTINGS if setting.group}
"""The settings that can be changed on screen."""


def load(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return every setting by name: overrides first, then the environment, then defaults.

    `CONSULTATION_<NAME>_FILE` names a file that holds the value.  Raise `SettingRefused`.
    """
    values = {setting.name: _read(setting) for setting in SETTINGS}
    for setting in SETTINGS:
        if setting.shape is Shape.LINK and not is_link(values[setting.name]):
            raise SettingRefused(f"{PREFIX}{setting.name} {NO_LINK}")
        if setting.shape is Shape.DELAY and not is_delay(values[setting.name]):
            raise SettingRefused(f"{PREFIX}{setting.name} {NO_DELAY}")
    _check_ip_address("TRUSTED_PROXY", values["TRUSTED_PROXY"])
    values.update(overrides or {})
    return _with_places(values)


def languages() -> tuple[str, ...]:
    """Return the tags of the languages that this site is to have."""
    wanted = next(setting for setting in SETTINGS if setting.name == "LANGUAGES")
    return tuple(str(_read(wanted)).split())


def fixed_names(overrides: Mapping[str, Any] | None = None) -> frozenset[str]:
    """Return the settings that `overrides` or the environment give a value, which wins."""
    return frozenset(
        setting.name
        for setting in SETTINGS
        if setting.name in (overrides or {})
        or any(os.environ.get(f"{PREFIX}{setting.name}{ending}") for ending in ("", "_FILE"))
    )


def is_local(base_url: str) -> bool:
    """Return whether an address of the site is one that no other machine reaches."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
    except (EnvError, ValueError, OSError) as error:
        name = f"{PREFIX}{setting.name}"
        file = os.environ.get(f"{name}_FILE")
        if file and isinstance(error.__cause__ or error, (OSError, UnicodeError)):
            why = why_unreadable(Path(file))
            raise SettingRefused(f"{name}_FILE : {file} {why}") from None
        raise SettingRefused(
            f"{name} est illisible ({setting.help}) : corrigez sa valeur."
        ) from None


NO_DELAY = "n'est pas un délai : écrivez un nombre de jours ou de mois, comme 10 jours."


def is_delay(text: str) -> bool:
    """Return whether a text is empty, or says days or months."""
    return not text.strip() or delay_of(text) is not None


NO_LINK = "n'est pas une adresse entière : écrivez-la comme https://consultation.example.org."


def is_link(text: str) -> bool:
    """Refuse a relative address, which a browser would resolve on this site; accept none."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return not text or (parts.scheme in ("http", "https") and bool(parts.hostname))


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
    if bound := setting.broken_bound(number):
        raise SettingRefused(
            f"{PREFIX}{setting.name} vaut {bound} ({setting.help}) : corrigez sa valeur."
        )
    return number


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
        "BACKUPS_DIR": Path(values["BACKUPS_DIR"] or home / "backups").absolute(),
        "EXPORTS_DIR": Path(values["EXPORTS_DIR"] or exports).absolute(),
        "DATABASE_URL": values["DATABASE_URL"] or f"sqlite:///{home / 'consultation.sqlite'}",
        "BASE_URL": (values["BASE_URL"] or f"http://{host}:{values['PORT']}").rstrip("/"),
    }


def _default_home() -> Path:
    return CHECKOUT / "instance" if is_checkout() else Path(os.curdir) / "instance"
