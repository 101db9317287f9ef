"""The catalogues against the texts of pages and mails: `python -m tests.translations`."""

import ast
import io
import json
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import click
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from consultation.i18n import SHIPPED

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "consultation" / "translations"
TEMPLATES = [(f"templates/**.{kind}", "jinja2") for kind in ("html", "txt", "xml")]
DATA = (
    "plan/seed.json",
    "privacy/inventory.toml",
    "questionnaires/outline/default.json",
    "questionnaires/outline/evaluation.json",
    "web/site/accessibility.toml",
    "web/site/security.toml",
)
"""Files with French texts, each as `fr`, that the site shows in each language."""
SINGULAR = ("_", "_l", "N_", "gettext", "lazy_gettext", "in_each_language")
KEYWORDS = dict.fromkeys(SINGULAR) | {"ngettext": (1, 2)}
PLACEHOLDERS = re.compile(r"%\(\w+\)s|\{\w+(?:!r)?\}")


@cache
def texts():
    """Every text that a page or a mail may show, plural pairs as tuples."""
    found = extract_from_dir(ROOT, TEMPLATES, keywords=KEYWORDS, directory_filter=_is_ours)
    templates = {message for _file, _line, message, _comments, _context in found}
    files = [ROOT / "consultation" / name for name in DATA]
    data = {text for file in files for text in _french_of(_read(file))}
    return templates | data | texts_of_modules(ROOT / "consultation")


def texts_of_data(file, keywords, comment_tags, options):  # Babel names them
    """Yield the French texts of a data file where Babel asks for texts without a plural."""
    if "gettext" in keywords:
        for text in _french_of(_parsed(file.name, file.read().decode())):
            yield 1, "gettext", text, []


def _read(path):
    return _parsed(path.name, path.read_text("utf-8"))


def _parsed(name, text):
    return json.loads(text) if name.endswith(".json") else tomllib.loads(text)


def _french_of(value):
    if isinstance(value, dict):
        if isinstance(value.get("fr"), str):
            yield value["fr"]
        for inner in value.values():
            yield from _french_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _french_of(inner)


def texts_of_modules(folder):
    """Every text in the modules of a folder.

    Read from their syntax trees: what Babel finds in an f-string depends on the version of Python.
    """
    trees = [ast.parse(path.read_text("utf-8")) for path in folder.rglob("*.py")]
    return {text for tree in trees for call in calls_in(tree) for text in _texts_of(call)}


def calls_in(tree):
    """Every call that asks for the translation of a text, in a part of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in KEYWORDS:
                yield node


def _texts_of(call):
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    forms = [
        [it.value for it in ast.walk(argument) if isinstance(getattr(it, "value", 0), str)]
        for argument in call.args[: len(KEYWORDS[name] or (1,))]
    ]
    return zip(*forms, strict=True) if KEYWORDS[name] else forms[0]


def _is_ours(folder):
    return not Path(folder).name.startswith(".")


def english():
    """Every text in French and as English says it, singular and plural apart."""
    with (CATALOGUES / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        for message in filter(lambda entry: entry.id, read_po(file, locale="en")):
            if isinstance(message.id, tuple):
                yield from zip(message.id, message.string, strict=True)
            else:
                yield message.id, message.string


def errors():
    """What is wrong with the catalogues, line by line.

    A French text is its own translation: only its plural has one.  An easier form of a language has
    what it says otherwise.
    """
    ours = texts()
    plurals = {it for it in ours if isinstance(it, tuple)}
    return [
        *(it for tag in translated() for it in _errors_in(tag, "messages", ours)),
        *_errors_in("fr", "messages", plurals),
        *_errors_in("fr", "click", texts_of_modules(Path(click.__file__).parent)),
    ]


def translated():
    """The languages into which the texts are translated."""
    return sorted(it.name for it in CATALOGUES.iterdir() if it.is_dir() and it.name != "fr")


def _errors_in(tag, domain, wanted):
    name = f"{tag}/LC_MESSAGES/{domain}.po"
    path = CATALOGUES / name
    with path.open("rb") as file:
        catalogue = read_po(file, locale=SHIPPED[tag].locale)
    held = {message.id: message for message in catalogue if message.id}
    yield from (f"{name}: missing {text!r}" for text in wanted - set(held))
    yield from (f"{name}: unused {text!r}" for text in set(held) - wanted)
    is_easier = bool(SHIPPED[tag].base)
    for message in held.values():
        if any(message.string) or not is_easier:
            yield from (f"{name}: {error} {message.id!r}" for error in _errors_of(message))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    if compiled.getvalue() != path.with_suffix(".mo").read_bytes():
        yield f"{name}: the compiled catalogue is not that of the source"


def _errors_of(message):
    translations = message.string if isinstance(message.string, tuple) else (message.string,)
    sources = message.id if isinstance(message.id, tuple) else (message.id,)
    if not all(translations):
        yield "untranslated"
    if message.fuzzy:
        yield "fuzzy"
    if {*PLACEHOLDERS.findall(" ".join(translations))} != {
        *PLACEHOLDERS.findall(" ".join(sources))
    }:
        yield "other placeholders in"
    if any("\u202f%(" in text for text in translations):
        yield "narrow space before what is filled in, in"


if __name__ == "__main__":
    found = list(errors())
    print("\n".join(found) or f"{len(texts())} texts, in fr {' '.join(translated())}")
    sys.exit(bool(found))
