"""Help of the staff's pages: what a page is for, what to do there, and its vocabulary.

The same texts, in `help.toml`, make the panel of each page, the page of help and the printed guide.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from consultation.files import PACKAGE
from consultation.responses.rights.export_formats import CopyDescription, Entry, Section
from consultation.web.typography import french

SOURCE = PACKAGE / "dashboard" / "help.toml"
TITLE = "Guide de l'équipe"
LEAD = (
    "Chaque page de l'espace de l'équipe, dans l'ordre du menu : à quoi elle sert, et quoi y faire."
)
GLOSSARY = "Les mots"


@dataclass(frozen=True)
class Help:
    """The help of a page; `vocabulary` has the meaning of each word by the word."""

    title: str
    purpose: str
    steps: Sequence[str]
    vocabulary: Mapping[str, str]


@cache
def pages() -> Mapping[str, Help]:
    """Return the help of each page that has its own, by endpoint, in the order of the guide."""
    source = tomllib.loads(SOURCE.read_text("utf-8"))
    return {
        endpoint: Help(
            page["title"],
            page["purpose"],
            page["steps"],
            {word: source["vocabulary"][word] for word in page.get("vocabulary", [])},
        )
        for endpoint, page in source["pages"].items()
    }


@cache
def glossary() -> Mapping[str, str]:
    """Return the meaning of each word, in alphabetical order."""
    vocabulary: Mapping[str, str] = tomllib.loads(SOURCE.read_text("utf-8"))["vocabulary"]
    return vocabulary


def help_for(endpoint: str, entry_endpoint: str | None) -> Help | None:
    """Return the help of a page, else that of the menu entry to which it belongs, if any."""
    return pages().get(endpoint) or pages().get(entry_endpoint or "")


def guide(endpoints: Sequence[str]) -> CopyDescription:
    """Return the guide to print, with the pages of these menu entries first, in their order."""
    order = [*(it for it in endpoints if it in pages()), *pages()]
    listed = [pages()[endpoint] for endpoint in dict.fromkeys(order)]
    vocabulary = [
        Entry(word, "", [("", french(meaning))], []) for word, meaning in glossary().items()
    ]
    return CopyDescription(
        french(TITLE),
        "",
        french(LEAD),
        [*(_section(page) for page in listed), Section(GLOSSARY, entries=vocabulary)],
    )


def _section(page: Help) -> Section:
    facts = [(str(number), french(step)) for number, step in enumerate(page.steps, 1)]
    return Section(french(page.title), french(page.purpose), facts=facts)
