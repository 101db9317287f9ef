"""Records of processing (GDPR): register, impact assessment and other documents, as drafts.

They are drafts for the collective's counsel: facts that only the collective knows are marked as
blanks.  Their texts are in `records.toml`; the data kept is that of the inventory.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from consultation.accounts.roles import names_of, roles_with
from consultation.collective import texts
from consultation.collective.models import SiteTextKind
from consultation.documents import labels, model
from consultation.documents.model import Text
from consultation.exports import files
from consultation.files import PACKAGE
from consultation.i18n import DEFAULT_LOCALE
from consultation.privacy import inventory
from consultation.privacy.inventory import Category, Stored
from consultation.responses.rights.export_formats import CopyDescription, Entry, Section
from consultation.token_addresses import listed_in_french
from consultation.typesetting.subprocess import AUTHOR
from consultation.web.typography import day, french

TABLE = PACKAGE / "privacy" / "records.toml"
BLANK = "[à compléter par le collectif]"
TO_REVIEW = "Brouillon, à relire par le conseil du collectif"
TITLE = "Données personnelles : documents du collectif"
LEAD = (
    "Ces documents viennent de ce que le programme garde. Chaque base légale est une proposition, à"
    " valider par le délégué à la protection des données."
)
FILE_NAME = "consultation-donnees-personnelles"
STORED = (Stored.ENCRYPTED, Stored.HASHED, Stored.PLAIN)
"""The order in which the register lists how columns are stored."""


@dataclass(frozen=True)
class Document:
    """A document; `key` is its anchor on the page."""

    key: str
    title: str
    lead: str
    sections: list[Section]


OF_THE_SITE = {
    "SITE_CONTROLLER": SiteTextKind.CONTROLLER,
    "SITE_HOST": SiteTextKind.HOST,
}
"""What the collective has written on the page of the site, by its name in the table."""


def known(session: Session, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add to the settings the texts of the site, a blank where none is written."""
    written = texts.in_force(session)
    of_site = {name: "\n".join(written[kind].lines) for name, kind in OF_THE_SITE.items()}
    return {**settings, **{name: text or BLANK for name, text in of_site.items()}}


def documents(settings: Mapping[str, Any]) -> list[Document]:
    """Return the documents, with the facts that are `known`."""
    return [
        Document(
            entry["key"],
            entry["title"],
            entry["lead"],
            [_section(section, settings) for section in entry["sections"]],
        )
        for entry in _table()["documents"]
    ]


def printable(settings: Mapping[str, Any]) -> CopyDescription:
    """Return all documents as one, to be laid out for printing."""
    return CopyDescription(
        french(TITLE),
        french(TO_REVIEW),
        french(LEAD),
        [
            Section(
                french(document.title),
                french(document.lead),
                entries=[entry for section in document.sections for entry in _entries(section)],
            )
            for document in documents(settings)
        ],
    )


def editable(settings: Mapping[str, Any], made_at: datetime) -> model.Document:
    """Return all documents as one of numbered chapters, for a word processor to complete."""
    title = _text(TITLE)
    return model.Document(
        language=DEFAULT_LOCALE, title=title, eyebrow=TO_REVIEW, plan=title, day=day(made_at),
        author=AUTHOR, notes=[french(LEAD)], introduction=None,
        axes=[_chapter(str(number), it) for number, it in enumerate(documents(settings), 1)],
        removed=(), labels={**labels.fixed(), "no_indicator": ""}, name=FILE_NAME, made_at=made_at,
    )  # fmt: skip


def _chapter(code: str, document: Document) -> model.AxisEntry:
    sections = [
        model.MeasureEntry(
            code=f"{code}.{number}", title=_text(it.heading), state="", facts=_facts(_noted(it)),
            judgements=None, removed=(), decisions=(), address="", scan="",
            indicators=[
                model.IndicatorEntry(
                    f"{code}.{number}.{rank}", _text(entry.heading), facts=_facts(entry.facts)
                )
                for rank, entry in enumerate(it.entries, 1)
            ],
        )
        for number, it in enumerate(document.sections, 1)
    ]  # fmt: skip
    return model.AxisEntry(code, _text(document.title), sections, _text(document.lead))


def _facts(pairs: Iterable[tuple[str, str]]) -> list[model.Fact]:
    return [model.Fact(french(label), _text(text)) for label, text in pairs]


def _text(text: str) -> Text:
    return Text(french(text), DEFAULT_LOCALE)


def readers_of(category: Category) -> str:
    """Return, in French, the roles that see a category on some page."""
    roles = {role for permission in category.seen_by for role in roles_with(permission)}
    return ", ".join(names_of(roles)) or "aucun membre de l'équipe"


def _entries(section: Section) -> Iterator[Entry]:
    parts = section.entries or [Entry(section.heading, "", _noted(section), [])]
    for part in parts:
        facts = [(french(label), french(text)) for label, text in part.facts]
        yield Entry(french(part.heading), "", facts, [])


def _noted(section: Section) -> list[tuple[str, str]]:
    return [*([("À noter", section.note)] if section.note else []), *section.facts]


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(TABLE.read_text("utf-8"))


def _section(entry: Mapping[str, Any], settings: Mapping[str, Any]) -> Section:
    match entry["heading"]:
        case "{register}":
            return Section(
                "Ce qui est gardé",
                entries=[_register_entry(each, settings) for each in inventory.categories()],
            )
        case "{periods}":
            return Section(
                "Combien de temps",
                facts=[
                    (each.name, each.kept_until(settings)["fr"])
                    for each in inventory.categories()
                    if each.is_dated(settings)
                ],
            )
        case "{unlimited}":
            return Section(
                "Durées que le collectif doit fixer",
                "Rien n'efface de soi-même ce qui suit.",
                facts=[
                    (each.name, BLANK)
                    for each in inventory.categories()
                    if not each.is_dated(settings)
                ],
            )
    return Section(
        entry["heading"],
        entry.get("note", ""),
        [(label, _fill(text, settings)) for label, text in entry["facts"]],
    )


def _fill(text: str, settings: Mapping[str, Any]) -> str:
    if text == "?":
        return BLANK
    facts = {
        "CONTACTS_DAYS": files.CONTACTS_DAYS,
        "TOKEN_ADDRESSES": listed_in_french().replace("`", ""),
    }
    return text.format_map({**settings, **facts}) or "aucun pour l'instant"


def _register_entry(category: Category, settings: Mapping[str, Any]) -> Entry:
    return Entry(
        category.name,
        "",
        [
            ("Personnes concernées", category.concerns),
            ("Finalité", category.purpose["fr"]),
            ("Base légale proposée", f"{category.base.label} ; à valider par le délégué"),
            ("Durée", category.kept_until(settings)["fr"]),
            ("Qui le voit", readers_of(category)),
            *_stored_columns(category),
        ],
        [],
    )


def _stored_columns(category: Category) -> Iterator[tuple[str, str]]:
    """Yield the columns of a category, by the form in which they are stored."""
    for stored in STORED:
        names = [f"{each.what} ({each.name})" for each in category.columns if each.stored is stored]
        if names:
            yield f"Ce qui est gardé, {stored.label}", "\n".join(names)
