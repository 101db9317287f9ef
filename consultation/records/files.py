"""Files of a record: its columns, the texts of their cells, and what a row says."""

from collections.abc import Mapping
from typing import Any

from consultation.i18n import LOCALES, key_of
from consultation.records.fields import Description, FieldKind, descriptions
from consultation.spreadsheets.reader.rows import Field, FileColumn, Row
from consultation.spreadsheets.table import Column


def file_fields(record: type, instead: Mapping[str, Field | None]) -> tuple[Field, ...]:
    """Return the fields of a file of a record, in their order.

    `instead` has what stands in the place of some of them, None for nothing.
    """
    made = (
        instead[name] if name in instead else field_of(name, description)
        for name, description in descriptions(record).items()
    )
    return tuple(field for field in made if field is not None)


def field_of(name: str, description: Description[Any]) -> Field:
    """Return the field of a file that a description makes."""
    kind = description.kind
    return Field(
        name,
        description.column,
        kind.holds,
        kind.limit,
        note=description.hint,
        width=description.width,
        is_translated=description.is_translated,
        may_lack=not description.missing,
        choices=tuple(kind.choices.labels()) if kind.choices else (),
        synonyms=description.synonyms,
    )


def column_of(column: FileColumn) -> Column:
    """Return the column that is written: one of choices offers them, another holds texts."""
    field = column.field
    return Column(column.header, field.width, field.note, field.choices, is_text=not field.choices)


def texts_of(made: Any) -> dict[str, str]:
    """Return the cells of a record, by the names of its fields; empty for what it does not say."""
    return {
        name: description.text(getattr(made, name))
        for name, description in descriptions(type(made)).items()
        if not description.is_translated
    }


def values_of(row: Row, record: type, kinds: Mapping[str, FieldKind[Any]]) -> dict[str, Any]:
    """Return the values of a row, of the fields that its sheet has a column for.

    What is refused is noted, and None.  `kinds` are those that depend on the row.
    """
    values: dict[str, Any] = {}
    for name, description in descriptions(record).items():
        kind = kinds.get(name, description.kind)
        if description.is_translated:
            if any(key_of(name, tag) in row.raw.cells for tag in LOCALES):
                values[name] = row.localized(name)
        elif name in row.raw.cells:
            values[name] = row.value(name, kind.read) if row.text(name) else description.nothing
    return values
