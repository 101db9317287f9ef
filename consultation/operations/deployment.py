"""Deployment files: units of systemd, a site of nginx and its own pages, a command for root."""

import base64
import hashlib
import html
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from consultation.files import PACKAGE
from consultation.i18n import DEFAULT_LOCALE, LANGUAGES, OTHER_LOCALES, Localized
from consultation.token_addresses import nginx_pattern
from consultation.web.locale import in_each_language

SOURCES = PACKAGE / "operations" / "deployment_files"
PROGRAM = "/opt/consultation/bin/consultation"
UNITS = (
    "consultation-web.service",
    "consultation-worker.service",
    "consultation-backup.service",
    "consultation-backup.timer",
    "consultation-care.service",
    "consultation-care.timer",
)
VERSION_LINE = re.compile(r"^# consultation-proxy ([0-9a-f]{12})$", re.MULTILINE)
INSTALLED = (Path("/etc/nginx/sites-enabled"), Path("/etc/nginx/conf.d"))
"""Where the file for nginx is put, as `docs/deploiement.md` says, or may be."""
NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@dataclass(frozen=True)
class Page:
    """A page that nginx serves itself, in each language of the site."""

    title: str
    text: Localized


PAGES = {
    "absent.html": Page(
        "Le site revient dans un instant",
        in_each_language(
            "Il redémarre, sans doute pour une mise à jour. Revenez à la page précédente et"
            " recommencez dans une minute. Une contribution dont vous avez vu le remerciement est"
            " enregistrée."
        ),
    ),
    "large.html": Page(
        "Votre envoi est trop lourd",
        in_each_language(
            "Il dépasse 16 Mo, et rien n'en a été enregistré. Revenez à la page précédente et"
            " réduisez-le."
        ),
    ),
    "refused.html": Page(
        "Le serveur n'a pas compris cette demande",
        in_each_language(
            "Revenez à la page précédente, puis recommencez. Si cela continue, effacez les cookies"
            " de ce site."
        ),
    ),
}


class DeploymentRefused(Exception):
    """The files can't be written; the message says in French what to do."""


@dataclass(frozen=True)
class Places:
    """Names, paths and ports of the server: Debian, with a certificate of Let's Encrypt."""

    name: str
    program: str = PROGRAM
    port: int = 8000
    http: Sequence[str] = ("80", "[::]:80")
    https: Sequence[str] = ("443", "[::]:443")
    https_suffix: str = ""
    certificates: str = ""
    pages: str = "/usr/share/consultation/pages"
    log: str = "/var/log/nginx/consultation.log"
    files: str = "/srv/consultation"

    def values(self) -> Mapping[str, str]:
        """Return the values of the placeholders, `@NAME@` in the files."""
        return {
            "NAME": self.name,
            "PROGRAM": self.program,
            "PORT": str(self.port),
            "UPSTREAM": f"127.0.0.1:{self.port}",
            "LISTEN_HTTP": "\n    ".join(f"listen {place};" for place in self.http),
            "LISTEN_HTTPS": "\n    ".join(f"listen {place} ssl;" for place in self.https),
            "HTTPS_SUFFIX": self.https_suffix,
            "CERTIFICATES": self.certificates or f"/etc/letsencrypt/live/{self.name}",
            "PAGES": self.pages,
            "LOG": self.log,
            "FILES": self.files,
            "TOKENS": nginx_pattern(),
            "STYLE_HASH": _hash_of(_source("page.css")),
            "VERSION": proxy_version(),
        }


def write(folder: Path, places: Places) -> list[Path]:
    """Write every file into `folder` and return their paths; raise `DeploymentRefused`.

    Replaces no existing file, which may have been edited.
    """
    if not NAME.fullmatch(places.name):
        raise DeploymentRefused(
            f"« {places.name} » n'est pas un nom de domaine : écrivez-le seul, en minuscules, comme"
            " consultation.example.org."
        )
    made = dict(_files(places))
    there = [name for name in made if (folder / name).exists()]
    if there:
        raise DeploymentRefused(
            f"{folder / there[0]} existe déjà : rien n'est remplacé, donnez un autre dossier."
        )
    try:
        for name, text in made.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise DeploymentRefused(f"{folder} ne peut pas être écrit ({error.strerror}).") from error
    return [folder / name for name in made]


def proxy_version() -> str:
    """Digits that change with the nginx file of a version, and are the same for every site."""
    parts = (_source("nginx.conf"), nginx_pattern(), _source("page.css"))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def version_of_proxy(text: str) -> str | None:
    """Return the version that an installed nginx file says, None for one older than such lines."""
    line = VERSION_LINE.search(text)
    return line[1] if line else None


def program_here() -> str:
    """Return the path of this installation's `consultation` command."""
    return str(Path(sys.executable).with_name("consultation"))


def _files(places: Places) -> Mapping[str, str]:
    values = places.values()
    texts = {f"systemd/{name}": _filled(_source(name), values) for name in UNITS}
    for name in ("consultation.env", "consultation"):
        texts[name] = _filled(_source(name), values)
    texts[f"nginx/{places.name}.conf"] = _filled(_source("nginx.conf"), values)
    for name, page in PAGES.items():
        texts[f"pages/{name}"] = _page(page)
    return texts


def _page(page: Page) -> str:
    body = f"<p>{html.escape(page.text[DEFAULT_LOCALE])}</p>"
    for tag in OTHER_LOCALES:
        if sentence := page.text.get(tag):
            direction = LANGUAGES[tag].direction
            body += f'\n<p class="other" lang="{tag}" dir="{direction}">{html.escape(sentence)}</p>'
    style = _source("page.css")
    return _filled(_source("page.html"), {"TITLE": page.title, "STYLE": style, "WORDS": body})


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"@([A-Z_]+)@", lambda match: values[match[1]], text)


def _hash_of(style: str) -> str:
    digest = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _source(name: str) -> str:
    return (SOURCES / name).read_text("utf-8")
