"""Command export: the workbook of a round, or of a part of it."""

import sys
from pathlib import Path

import click
from flask import current_app

from consultation.accounts.audit import audit_log
from consultation.cli.base import counted, progress, session, with_app, write
from consultation.cli.group import fail
from consultation.clock import now
from consultation.exports import process
from consultation.exports.orders import forms
from consultation.exports.orders.order import audit_details
from consultation.exports.request import ExportRequest
from consultation.exports.selection import TOOL, Agreement, Selection
from consultation.exports.workbook.writer import Workbook
from consultation.i18n import DEFAULT_LOCALE, LOCALES
from consultation.moderation import screening
from consultation.questionnaires.rounds import queries
from consultation.results.tallies import maintain
from consultation.spreadsheets.writer import AnyFormat, Format, Package, format_named, formats_here

NO_RESEARCH = (
    "Il manque les bibliothèques de ce format. Dans le dossier du code,"
    f" « {sys.executable} -m pip install --require-hashes --no-deps -r .pins/research.txt »"
    " les installe."
)


@click.command()
@click.option("--round", "code", help="Code du tour ; le dernier par défaut.")
@click.option(
    "--format",
    "kind",
    type=click.Choice([ending.value for ending in (*Format, *Package)]),
    default="xlsx",
)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Dossier.")
@click.option("--measures", default="", help="Codes séparés par des virgules, outil compris.")
@click.option(
    "--agreement",
    type=click.Choice([agreement.value for agreement in Agreement]),
    default=Agreement.ANY.value,
    help="Ce que la personne accepte : être contactée, citée, citée avec son nom.",
)
@click.option("--anonymised", is_flag=True, help="Sans organisation ni numéro de dépôt.")
@click.option("--complete", is_flag=True, help="Toutes les feuilles, pour les chercheurs.")
@click.option("--reviewed", is_flag=True, help="Sans les textes que personne n'a relus.")
@click.option("--language", type=click.Choice(LOCALES), default=DEFAULT_LOCALE, help="Libellés.")
@with_app
def export(
    code: str | None,
    kind: str,
    output: Path | None,
    measures: str,
    agreement: str,
    anonymised: bool,
    complete: bool,
    reviewed: bool,
    language: str,
) -> None:
    """Produire le classeur d'un tour, ou d'une partie."""
    format = _format(kind)
    chosen = queries.by_code(session(), code) if code else queries.last(session())
    selection = Selection(
        _measures(measures),
        Agreement(agreement),
        anonymised,
        language,
        is_complete=complete or isinstance(format, Package),
        is_reviewed_only=reviewed,
    )
    request = ExportRequest(
        chosen.id,
        format,
        output or current_app.config["EXPORTS_DIR"],
        now(),
        selection,
        current_app.config["BASE_URL"],
    )
    made = _make(request)
    with write():
        details = audit_details({**made.manifest["filters"], "format": kind})
        audit_log.record(session(), None, "export_made", details=details, at=now())
    click.echo(f"{made.path}\nReçues : {made.counts.received}, incluses : {made.counts.included}.")
    if unread := made.counts.texts_unread:
        texts = counted(unread, "texte n'a été relu", "textes n'ont été relus")
        click.echo(f"Ne pas diffuser : {texts} par personne.")


def _make(request: ExportRequest) -> Workbook:
    """Do first what the worker may not have done yet, so that the next workbook finds it."""
    with progress() as report:
        screening.screen_due(session(), report=report)
        maintain.refresh(session(), report)
        return process.run(session(), request, report)


def _format(kind: str) -> AnyFormat:
    format = format_named(kind)
    if format not in formats_here():
        fail(NO_RESEARCH)
    return format


def _measures(typed: str) -> frozenset[str] | None:
    """Return the selection of the named measures; without a name, everything."""
    codes = {TOOL if code == "outil" else code for code in typed.replace(",", " ").split()}
    unknown = codes - forms.offered(session()).measure_codes
    if unknown:
        fail(f"Le plan n'a pas de mesure {', '.join(sorted(unknown))} : rien n'est exporté.")
    return frozenset(codes) or None
