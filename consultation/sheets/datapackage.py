"""The descriptor of a package of tables, `datapackage.json`, as Frictionless Data has it."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from consultation.i18n import folded
from consultation.sheets.neutral import RULE, UNDOING
from consultation.sheets.tables import Column, Table

TYPES = {"nombre": "number", "date": "date", "oui ou non": "boolean"}
CSV_DIALECT = {"delimiter": ";", "lineTerminator": "\r\n", "doubleQuote": True, "header": True}
NOTE = (
    f"Séparateur « ; », virgule décimale, UTF-8. {RULE} {UNDOING} Les fichiers Parquet et SPSS ont"
    " les textes sans ces apostrophes."
)
SOURCES = [{"title": "Collectif Ensemble contre la traite des êtres humains"}]
LICENCE = {
    "name": "other-closed",
    "title": "Usage interne : à ne pas diffuser sans l'accord du collectif",
}


def descriptor(
    tables: Sequence[Table], files: Mapping[str, Path], properties: Mapping[str, str]
) -> dict[str, Any]:
    """Return the descriptor of the files by their names in the package."""
    by_file = {f"{table.name}.csv": table for table in tables if table.kind == "data"}
    return {
        "profile": "data-package",
        "name": _slug(properties.get("title", "")) or "consultation",
        "title": properties.get("title", ""),
        "description": NOTE,
        "sources": SOURCES,
        "licenses": [LICENCE],
        "resources": [
            _resource(path, by_file[name]) for name, path in files.items() if name in by_file
        ],
        "files": [_file(path) for name, path in files.items() if name not in by_file],
    }


def _file(path: Path) -> dict[str, Any]:
    """Return what is told of a file that is no table of text, or the same table in binary."""
    return {
        "path": path.name,
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
    }


def _resource(path: Path, table: Table) -> dict[str, Any]:
    return {
        "name": _slug(table.name),
        "title": table.name,
        **_file(path),
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": CSV_DIALECT,
        "schema": _schema(table),
    }


def _schema(table: Table) -> dict[str, Any]:
    fields = [_field(column) for column in table.columns]
    schema: dict[str, Any] = {
        "fields": fields,
        "missingValues": [""],
    }
    if table.package and table.package.is_keyed:
        fields[0]["constraints"] = {"required": True, "unique": True}
        schema["primaryKey"] = [table.columns[0].header]
    if table.package and table.package.refers_to:
        target = {"resource": _slug(table.package.refers_to), "fields": [table.columns[0].header]}
        schema["foreignKeys"] = [{"fields": [table.columns[0].header], "reference": target}]
    return schema


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.header,
        "type": TYPES.get(column.kind, "string"),
        "title": column.header,
        "description": column.meaning,
        "variable": column.code,
    }
    if column.kind == "nombre":
        field["decimalChar"] = ","
    if column.kind == "oui ou non":
        field |= {"trueValues": ["1"], "falseValues": ["0"]}
    if column.labels:
        field["labels"] = dict(column.labels)
    return field


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _slug(name: str) -> str:
    """Return a name as descriptors want it: small letters, figures and dashes."""
    return re.sub("[^a-z0-9]+", "-", folded(name)).strip("-")
