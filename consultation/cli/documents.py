"""Command document: the working document, as a file."""

from pathlib import Path

import click
from flask import current_app

from consultation.cli.base import session, with_app
from consultation.clock import now
from consultation.documents import build, files
from consultation.documents.build import Choice
from consultation.documents.formats import DocumentFormat
from consultation.i18n import DEFAULT_LOCALE, LOCALES


@click.command()
@click.option("--edition", type=int, help="Numéro de l'édition ; la dernière par défaut.")
@click.option(
    "--since",
    type=int,
    help="Avec ce qui a changé depuis cette édition, et pourquoi ; 0 : depuis le début.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice([format.value for format in DocumentFormat]),
    default=DocumentFormat.PDF.value,
)
@click.option("--language", type=click.Choice(LOCALES), default=DEFAULT_LOCALE, help="Langue.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Dossier.")
@with_app
def document(
    edition: int | None, since: int | None, kind: str, language: str, output: Path | None
) -> None:
    """Écrire le document de travail d'une édition, ou du plan tel qu'il est."""
    choice, site = Choice(edition, since, language), build.site_of(current_app.config)
    made = build.document_of(session(), choice, site, now())
    session().rollback()
    directory = output or current_app.config["EXPORTS_DIR"]
    path = files.write(directory, made, DocumentFormat(kind), now())
    click.echo("\n".join([str(path), *made.notes]))
