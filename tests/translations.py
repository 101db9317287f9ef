"""The catalogues against the texts of pages and mails: `python -m tests.translations`."""

import io
import itertools
import re
import sys
from pathlib import Path

import click
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "consultation" / "translations"
METHODS = [
    ("consultation/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
    ("templates/**.xml", "jinja2"),
]
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
PLACEHOLDERS = re.compile(r"%\(\w+\)s|\{\w+(?:!r)?\}")


def texts():
    """Every text that a page or a mail may show, plural pairs as tuples."""
    found = extract_from_dir(ROOT, METHODS, keywords=KEYWORDS, directory_filter=_is_ours)
    return {message for _file, _line, message, _comments, _context in found}


def click_texts():
    """Every text of the library that reads our command lines."""
    folder = Path(click.__file__).parent
    found = extract_from_dir(folder, [("**.py", "python")], keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found}


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
    """What is wrong with the catalogues, line by line."""
    ours = texts()
    return [
        *itertools.chain.from_iterable(
            _errors_in(f"{it}/LC_MESSAGES/messages.po", ours) for it in ("fr", "en")
        ),
        *_errors_in("fr/LC_MESSAGES/click.po", click_texts()),
    ]


def _errors_in(name, wanted):
    path = CATALOGUES / name
    with path.open("rb") as file:
        catalogue = read_po(file, locale=name[:2])
    held = {message.id: message for message in catalogue if message.id}
    yield from (f"{name}: missing {text!r}" for text in wanted - set(held))
    yield from (f"{name}: unused {text!r}" for text in set(held) - wanted)
    for message in held.values():
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
    print("\n".join(found) or f"{len(texts())} texts, in French and in English")
    sys.exit(bool(found))
