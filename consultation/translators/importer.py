"""Importer of a translator's sheet: reads it, compares it with the texts, stores what changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from consultation.accounts.audit import audit_log
from consultation.collective import stale_translations
from consultation.db import stale
from consultation.db.stale import StaleEdit
from consultation.i18n import folded, name_of
from consultation.spreadsheets.changes import ImportChanges
from consultation.spreadsheets.reader.rows import ListSheet, Row, Sheet, ValueRefused, plain_text
from consultation.text import length
from consultation.translators import places
from consultation.translators.places import Translation
from consultation.translators.sheet import (
    CONTEXT,
    READ_COLUMNS,
    REFERENCE,
    RIGHT,
    SHEET,
    TRANSLATION,
    YES,
    RowReference,
    mark,
)
from consultation.translators.texts import Line, OrganiserText, State, texts
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

LISTED = ListSheet(
    SHEET,
    READ_COLUMNS,
    "les traductions",
    ("aucune ligne n'a de référence", "Prenez une feuille téléchargée sur cette page."),
    unread=CONTEXT,
)
NO = "non"


@dataclass(frozen=True)
class SheetRow:
    """One row: the French beside its translation, and whether an earlier one is still right."""

    reference: RowReference
    french: str
    translation: str
    is_right: bool


@dataclass(frozen=True)
class TranslatorSheet:
    """The rows of a sheet in a language, and the headers of columns that were not read."""

    rows: Sequence[SheetRow]
    unread: Sequence[str]


@dataclass(frozen=True)
class TranslationChange:
    """A translation that a row gives, beside the text as it stands."""

    line: Line
    row: SheetRow

    @property
    def text(self) -> OrganiserText:
        return self.line.text

    @property
    def content(self) -> str:
        """The translation of the row, cleaned as its place cleans it."""
        return self.text.cleaned(self.row.translation)


@dataclass
class TranslationChanges(ImportChanges[TranslationChange]):
    """What a sheet adds and corrects, and what of it is left aside."""

    right: list[TranslationChange] = field(default_factory=list)
    """Earlier translations that are still right."""
    french_changed: list[TranslationChange] = field(default_factory=list)
    """The French is another one than in the sheet."""
    translated_elsewhere: list[TranslationChange] = field(default_factory=list)
    """Somebody else has translated the text since the sheet was given out."""
    gone: list[SheetRow] = field(default_factory=list)
    """The text is no more."""

    @property
    def is_empty(self) -> bool:
        return super().is_empty and not self.right and not self.french_changed

    @property
    def aside_count(self) -> int:
        """How many rows are left aside."""
        return len(self.french_changed) + len(self.translated_elsewhere) + len(self.gone)

    @property
    def counts(self) -> dict[str, int]:
        return super().counts | {"confirmed": len(self.right)}

    @property
    def digest(self) -> str:
        """The digest of all that a preview displays."""
        given = (self.new, self.changed, self.right, self.french_changed, self.translated_elsewhere)
        listed = [
            [(it.text.reference, it.text.french, it.line.translation, it.content) for it in group]
            for group in given
        ]
        return stale.digest(listed, len(self.gone), self.unchanged_count)


@dataclass(frozen=True)
class Agreed:
    """What a person agreed to: the digest of a preview, and whether its older rows are taken too.

    Those translate an earlier French: they are stored, and are stale.
    """

    digest: str
    takes_older: bool = False


@needs(Permission.RUN_ROUNDS)
def read(work: Work, path: Path, tag: str, sender: str) -> TranslatorSheet:
    """Return the rows of a sheet in a language; raise `SheetRefused`.

    Slow for a large file: to be called outside `writing`.
    """
    known = texts(work.session, sender, work.at).by_reference
    rows, unread = LISTED.read(path, partial(_rows, tag, known))
    return TranslatorSheet(rows, unread)


@needs(Permission.RUN_ROUNDS)
def compare(work: Work, rows: Sequence[SheetRow], tag: str, sender: str) -> TranslationChanges:
    """Compare the rows with the texts as they stand now."""
    stored, changes = texts(work.session, sender, work.at), TranslationChanges()
    for row in rows:
        text = stored.by_reference.get(row.reference.text)
        if text is None:
            changes.gone.append(row)
        else:
            _compare(TranslationChange(stored.line(text, tag), row), changes)
    return changes


@needs(Permission.RUN_ROUNDS)
def apply(
    work: Work, rows: Sequence[SheetRow], tag: str, sender: str, agreed: Agreed
) -> TranslationChanges:
    """Store what the rows change; raise `StaleEdit` where that is not what was agreed to."""
    places.lock(work)
    changes = compare(work, rows, tag, sender)
    if changes.digest != agreed.digest:
        raise StaleEdit(places.WHAT)
    older = changes.french_changed if agreed.takes_older else []
    given = (*changes.new, *changes.changed, *older)
    places.write(work, [Translation(it.text, tag, it.content) for it in given], sender)
    for it in older:
        written = {**it.text.content, tag: it.content}
        stale_translations.note_french(work.session, written, tag, it.row.french)
    for it in changes.right:
        stale_translations.confirm(work.session, it.text.content, tag)
    counts = {**changes.counts, "older": len(older)}
    audit_log.log(work, "translations_imported", None, {"language": tag, **counts})
    return changes


@needs(Permission.RUN_ROUNDS)
def confirm(work: Work, tag: str, reference: str, french: str, sender: str) -> None:
    """Note that a translation is right for the French whose mark is `french`.

    Raise `StaleEdit` where the text is another one by now.
    """
    stored = texts(work.session, sender, work.at)
    text = stored.by_reference.get(reference)
    if text is None or mark(text.french) != french:
        raise StaleEdit(places.WHAT)
    if stale_translations.confirm(work.session, text.content, tag):
        audit_log.log(work, "translation_confirmed", None, {"language": tag, "text": text.where})


def _compare(change: TranslationChange, changes: TranslationChanges) -> None:
    now = RowReference.of(change.text, change.row.reference.tag)
    sent, content = change.row.reference, change.content
    is_typed = bool(content) and mark(content) not in (now.translation, sent.translation)
    is_said_right = change.row.is_right and change.line.state is State.STALE
    if not is_typed and not is_said_right:
        changes.unchanged_count += 1
    elif sent.translation != now.translation:
        changes.translated_elsewhere.append(change)
    elif not is_typed and sent.french == now.french:
        changes.right.append(change)
    elif not is_typed:
        changes.unchanged_count += 1
    elif sent.french != now.french:
        changes.french_changed.append(change)
    else:
        (changes.changed if change.line.translation else changes.new).append(change)


def _rows(tag: str, known: Mapping[str, OrganiserText], sheet: Sheet) -> list[SheetRow]:
    rows: list[SheetRow] = []
    first_row: dict[str, int] = {}
    for raw in sheet.raw_rows():
        row = sheet.read(raw)
        reference = row.value(REFERENCE.name, partial(_reference, tag))
        if reference is None:
            if not plain_text(raw.cells.get(REFERENCE.name)):
                what = "la référence manque"
                row.note(REFERENCE.name, what, "Remettez celle de la feuille téléchargée.")
            continue
        first = first_row.setdefault(reference.text, row.number)
        if first != row.number:
            what = f"ce texte est déjà à la ligne {first}"
            row.note(REFERENCE.name, what, "Gardez une seule des deux lignes.")
            continue
        rows.append(_row(row, reference, known.get(reference.text)))
    return rows


def _reference(tag: str, cell: str) -> RowReference:
    reference = RowReference.read(cell)
    if reference.tag != tag:
        raise ValueRefused(
            f"cette ligne est d'une feuille en {name_of(reference.tag)}",
            f"Importez-la sur la page de cette langue ; cette page-ci est celle de"
            f" la langue « {name_of(tag)} ».",
        )
    return reference


def _row(row: Row, reference: RowReference, text: OrganiserText | None) -> SheetRow:
    translation = row.text(TRANSLATION.name) or ""
    content = text.cleaned(translation) if text else ""
    if text and length(content) > text.limit:
        what = f"la traduction compte {length(translation)} caractères, la limite est {text.limit}"
        row.note(TRANSLATION.name, what, "Raccourcissez-la.")
    elif text and content and (error := text.error_of(content)):
        row.note(TRANSLATION.name, "la traduction ne peut pas partir ainsi", error.rstrip("."))
    is_right = row.value(RIGHT.name, _is_right) or False
    return SheetRow(reference, row.text("french") or "", translation, is_right)


def _is_right(cell: str) -> bool:
    if folded(cell) not in (YES, NO):
        what = f"« {cell[:60]} » n'est ni oui ni non"
        raise ValueRefused(what, "Écrivez « oui », ou laissez la cellule vide.")
    return folded(cell) == YES
