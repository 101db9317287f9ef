"""French that no page, mail, file or manual says: `python -m tests.sentences`.

What is read is what code says (no docstring), what templates, tables and the manual hold.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
FOLDERS = ("consultation", "templates", "static", "docs", "README.md")
SUFFIXES = {".py", ".toml", ".html", ".txt", ".typ", ".json", ".md", ".po"}

INSTEAD = {
    r"occult\w*": "masquer, publier en masquant",
    r"modalités?": "réponses proposées",
    r"(?:changer de|chaque|sorte de) sorte|sortes? de questions?": "type de question",
    r"campagnes?": "textes semblables, ou envoi",
    r"sous attaque": "protection contre les robots",
    r"petit markdown": "mise en forme",
    r"personne de connu": "une personne sans compte, depuis le serveur",
    r"comptes? proposés?": "invitation envoyée",
    r"n'ouvre pas cette page": "vous n'avez pas accès à cette page",
    r"(?:personne n'a|n'ont) forcément relu\w*": "n'ont peut-être pas été relus",
    r"oublier ce fichier|fichier est oublié": "annuler, l'import est annulé",
    r"prochaine page ouverte": "immédiatement",
    r"fu(?:t|rent)": "a été, ont été",
    r"(?:à|de|par|pour|sauf|chez) qui"
    r" (?:administre|anime|trie|coordonne|modère|répond|a répondu|l'a)":
        "la personne qui, les personnes qui",
    r"clôtur\w+": "fermeture, fin de la consultation",
    r"tours? (?:est |sont )?clos": "tour fermé, consultation terminée",
    r"répon(?:dre|se) (?:à un|au|aux) jugements?|publier (?:un|le) jugement": "évaluation",
    r"ne désignez personne": "protégez les personnes",
    r"(?:ligne|empreinte) qui ne se lit pas": "trace illisible",
    r"liste vient du programme": "le site tient cette liste à jour",
    r"classeurs faits jusqu'ici": "tableaux déjà exportés",
    r"imprimée?s? à côté": "publié à côté",
    r"faille qui découvre": "faille qui expose",
    r"d'où vous parlez": "au titre duquel vous répondez",
    r"qualité en laquelle|seule la qualité": "à quel titre on répond",
    r"sans réponse, c'est non": "si vous ne répondez pas, nous ne publierons rien",
    r"receipt (?:code|number)s?": "reference number",
    r"leave quickly": "exit this site quickly",
    r"points? to (?:no|some)body": "identifies no one, could identify someone",
    r"name nobody": "protect people's identity",
    r"selon qui": "d'après chacun",
    r"(?:sans|pas de) mot(?! de passe)": "sans conclusion, sources divergentes",
    r"n'importe (?:qui|où)": "tous, toute personne",
    r"en tant que quoi|répondez en tant que": "à quel titre",
    r"(?:répondre|envoyer|enregistrer|donner) à part": "hors de mon espace",
    r"consultation est close": "consultation est terminée",
    r"trois juges|(?:jamais|encore|pas) jug(?:ée?s?|er)": "évaluation, évaluer",
    r"ligne droite du départ": "rythme attendu pour atteindre la cible",
    r"jour de la cible|pour ce moment|même moment|changez le moment": "échéance",
    r"moins de choses à la fois": "retirez un filtre",
    r"répond qui veut": "chacun est libre de répondre",
    r"vous avez dit, nous avons fait": "ce que vos avis ont changé",
    r"ne pas le dire": "montrer les changements : non",
    r"(?:modérateur|administrateur|organisateur|(?<!en )répondant)s?":
        "la modération, une personne qui administre, l'équipe, les personnes qui répondent",
}  # fmt: skip
"""What each expression is in the words that a volunteer would say."""

ALLOWED = {
    "consultation/exports/workbook": {"répondant"},
    "consultation/plan/seed.json": {"administrateur", "campagne", "organisateurs"},
    "consultation/accounts/sign_in/passwords.py": {"administrateur"},
    "consultation/moderation/views.py": {"campagnes"},
    "consultation/questionnaires/workbook": {"modalité", "modalités"},
    "consultation/plan/search/synonyms.toml": {"campagne"},
    "consultation/plan/overview/open_data.py": {"selon qui"},
    "consultation/translations/ar": {"administrateur"},
}
"""What a place keeps: terms of statistics, a former address, a published header, others' words."""

_FORBIDDEN = re.compile(rf"(?<![\w'-])(?:{'|'.join(INSTEAD)})(?![\w-])", re.IGNORECASE)

UNSAYABLE = re.compile(
    r"[^\W\d]+(?:[·•‧]|\((?=(?:e|s|es|ne|nes|le|ve|rice|trice|se)\)))\w+\)?"
    r"|[^\W\d]{3,}\.(?:e|es|ne|nes|rice|trice)(?:\.?s)?(?![\w.(])"
)
"""A word with a point in it, or an ending in brackets: a screen reader stumbles over them."""

READ_ELSEWHERE = ("moderation/detectors", "inbox/parsing", "/danger.toml")
"""What recognises the words of others says none itself."""

RECOGNISED = {"Élu·e", "Élu(e)", "Citoyen·ne", "Citoyen(ne)"}
"""Spellings that a list of contacts may hold."""

VARIABLE = re.compile(r"CONSULTATION_[A-Z_]+|« ?consultation [a-z]|<code>consultation ")
FOR_ADMINISTRATORS = {"outbox.html", "_staff_bands.html", "site_state.html"}
"""Templates that name a variable or a command, to those who administer the site."""


class Hit(NamedTuple):
    """An expression that somebody would read, and should not."""

    path: str
    expression: str


@cache
def texts(path: Path) -> tuple[str, ...]:
    """Return what a file says to people."""
    return tuple(_texts(path))


def _texts(path: Path) -> Iterator[str]:
    source = path.read_text("utf-8")
    match path.suffix:
        case ".py":
            yield from _strings(ast.parse(source))
        case ".toml":
            yield from _leaves(tomllib.loads(source))
        case ".html" | ".txt" | ".typ":
            yield " ".join(re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL).split())
        case ".po":
            yield from _translations(path)
        case _:
            yield source


def files() -> Iterator[Path]:
    """Yield the files that hold what people read."""
    for folder in FOLDERS:
        root = ROOT / folder
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            place = path.as_posix()
            if path.suffix in SUFFIXES and not any(part in place for part in READ_ELSEWHERE):
                yield path


def hits() -> Iterator[Hit]:
    """Yield the forbidden expressions, and the words that cannot be said aloud."""
    for path in files():
        place = path.relative_to(ROOT).as_posix()
        kept = {word for start, spared in ALLOWED.items() if start in place for word in spared}
        for text in texts(path):
            for match in [*_FORBIDDEN.finditer(text), *UNSAYABLE.finditer(text)]:
                if match[0].lower() not in kept and match[0] not in RECOGNISED:
                    yield Hit(place, match[0])


def variables() -> Iterator[Hit]:
    """Yield the variables and commands that a template names to those who cannot use them."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        if path.name not in FOR_ADMINISTRATORS:
            for text in texts(path):
                yield from (Hit(path.name, match[0]) for match in VARIABLE.finditer(text))


def _strings(tree: ast.AST) -> Iterator[str]:
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            yield node.value


def _translations(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for message in read_po(file):
            yield from [message.string] if isinstance(message.string, str) else message.string


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)


if __name__ == "__main__":
    for hit in [*hits(), *variables()]:
        sys.stdout.write(f"{hit.path}: {hit.expression}\n")
