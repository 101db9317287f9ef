"""Data archive of a report: its figures as CSV, described for machines and for archivists.

The same report gives the same bytes.
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask_babel import gettext as _

from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.imports import load
from consultation.reports import content as report_content
from consultation.reports import labels
from consultation.reports.build import Front
from consultation.reports.figures import VALUE, Figure
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.research_archive import CSV_DIALECT, NOTE, schema_of
from consultation.spreadsheets.table import Column, ResearchOptions, Table
from consultation.spreadsheets.writer import csv_bytes
from consultation.web.locale import in_language
from consultation.web.typography import typeset

FIGURES, CONTENT, PACKAGE, CODEBOOK = (
    "chiffres.csv",
    "bilan.json",
    "datapackage.json",
    "codebook.xml",
)
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)


def archived(content: Mapping[str, Any], front: Front, licence: str) -> bytes:
    """Return the ZIP, in French: figures, whole content, data package, DDI codebook."""
    with in_language(DEFAULT_LOCALE):
        figures = report_content.figures_of(content)
        package = ResearchOptions(is_keyed=True)
        table = Table("chiffres", _columns(), lambda: map(_row, figures), package=package)
        rows = csv_bytes(table)
        whole = _json(content)
        files = {FIGURES: rows, CONTENT: whole}
        title = localized(content["title"], DEFAULT_LOCALE)
        files[PACKAGE] = _json(_descriptor(table, files, title, front, licence))
        # Loaded when needed: most processes never write one.
        ddi = load("consultation.reports.ddi")
        files[CODEBOOK] = ddi.codebook(table, title, front, licence, FIGURES, len(figures))
    return _zipped(files)


def _columns() -> list[Column]:
    text, count = "texte", "nombre"
    described = [
        ("id", _("Référence"), text, _("La citation du chiffre, et la fin de son adresse.")),
        ("kind", _("Nature"), text, _("Valeur, cible, départ, mot, jugement ou avis.")),
        ("code", _("Code"), text, _("De l'indicateur, ou de la mesure d'un jugement.")),
        ("subject", _("Intitulé"), text, _("De l'indicateur ou de la mesure.")),
        ("name", _("Ce que c'est"), text, _("Le chiffre en quelques mots.")),
        ("printed", _("Imprimé"), text, _("Le chiffre tel que le bilan l'écrit.")),
        ("number", _("Nombre"), count, _("Le nombre seul ; vide s'il manque ou n'est pas montré.")),
        ("unit", _("Unité"), text, _("De l'indicateur, quand le chiffre a été observé.")),
        ("dated", _("Date"), text, _("Aussi précise qu'elle est connue.")),
        ("covers", _("Ce qu'elle couvre"), text, _("Territoire et personnes.")),
        ("reporter", _("Selon"), text, _("Qui donne la valeur ou le jugement.")),
        ("source", _("Source"), text, _("D'où vient le chiffre.")),
        ("link", _("Lien"), text, _("L'adresse de la source.")),
        (
            "is_comparable",
            _("Se compare aux cibles"),
            text,
            _("Non : la valeur suit une autre définition que les cibles."),
        ),
        ("masked", _("Ce qui n'est pas montré"), text, _("Et pourquoi.")),
    ]
    return [
        Column(typeset(header), code=code, kind=kind, meaning=typeset(meaning))
        for code, header, kind, meaning in described
    ]


def _row(figure: Figure) -> list[Cell]:
    facts = figure.facts
    value = facts.get("value")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return [
        figure.id,
        figure.kind,
        figure.code,
        localized(figure.subject, DEFAULT_LOCALE),
        labels.name_of(figure),
        labels.text_of(figure),
        float(value) if is_number else None,  # type: ignore[arg-type]
        localized(facts.get("unit"), DEFAULT_LOCALE),
        facts.get("dated") or facts.get("day") or facts.get("assessed_on") or "",
        facts.get("covers", ""),
        labels.speaker_of(figure),
        facts.get("source", ""),
        facts.get("source_url") or "",
        _comparable(figure),
        labels.masked(figure),
    ]


def _comparable(figure: Figure) -> str:
    if figure.kind != VALUE:
        return ""
    return str(_("non") if labels.warning_of(figure) else _("oui"))


def _descriptor(
    table: Table, files: Mapping[str, bytes], title: str, front: Front, licence: str
) -> dict[str, Any]:
    """Return a Frictionless data package."""
    resource = {
        "name": "chiffres",
        "path": FIGURES,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": CSV_DIALECT,
        "schema": schema_of(table),
        **_measured(files[FIGURES]),
    }
    whole = {"name": "bilan", "path": CONTENT, "format": "json", **_measured(files[CONTENT])}
    return {
        "profile": "data-package",
        "name": f"bilan-{front.number}",
        "title": title,
        "description": NOTE,
        "created": front.made_at.isoformat(),
        "version": str(front.number),
        "id": front.hash,
        "licenses": [{"name": "other-open", "title": licence}],
        "resources": [resource, whole],
    }


def _measured(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}


def _json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, content)
    return made.getvalue()
