"""Commands document and report: as a file; numbers of a report checked, files verified."""

import json
import sys
from pathlib import Path

import click
from flask import current_app

from consultation.cli.base import counted, session, with_app
from consultation.cli.group import fail
from consultation.clock import in_paris, now
from consultation.documents import build, files, formats
from consultation.documents.build import Choice
from consultation.documents.formats import DocumentFormat
from consultation.i18n import DEFAULT_LOCALE, LOCALES
from consultation.reports import build as report_build
from consultation.reports import comparison, editions
from consultation.reports.models import ReportEdition, ReportFile
from consultation.reports.printed import layout
from consultation.reports.verification import given_files, process, verify


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


@click.command()
@click.option("--edition", type=int, help="Numéro du bilan ; le dernier par défaut.")
@click.option("--check", "is_check", is_flag=True, help="Recalculer chaque chiffre publié.")
@click.option(
    "--verify",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Dire si un fichier du bilan (PDF, DOCX, ODT, HTML) est ce que le site a écrit.",
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
def report(
    edition: int | None,
    is_check: bool,
    file: Path | None,
    kind: str,
    language: str,
    output: Path | None,
) -> None:
    """Écrire le bilan public, recalculer ses chiffres, ou vérifier un fichier du bilan."""
    if file is not None:
        _verify(file)
        return
    published = _published(edition)
    if is_check:
        _check(published)
        return
    site = build.site_of(current_app.config)
    document = layout.published_document(session(), published, language, site)
    session().rollback()
    directory, format = output or current_app.config["EXPORTS_DIR"], DocumentFormat(kind)
    path = files.write(directory, document, format, now())
    given_files.remember(session(), published, document, format, path.read_bytes(), now())
    click.echo(str(path))


def _published(number: int | None) -> ReportEdition:
    published = editions.published_edition(session(), number)
    if published is None:
        fail("Aucun bilan n'est publié." if number is None else f"Le bilan {number} n'existe pas.")
    return published


def _check(published: ReportEdition) -> None:
    """Print what differs; exit with status 1 if anything does."""
    different = comparison.differences(session(), published)
    if not published.is_intact:
        click.echo("Le contenu de ce bilan n'est plus celui qui a été publié.")
    for difference in different:
        if not difference.facts:
            click.echo(f"{difference.figure.id} : n'est plus public")
        for name, (before, present) in difference.facts.items():
            click.echo(f"{difference.figure.id} : {name} {_as_json(before)} → {_as_json(present)}")
    assert published.content is not None
    figures = counted(len(published.content["figures"]), "chiffre", "chiffres")
    differences = counted(len(different), "différence", "différences")
    click.echo(f"Bilan {published.number} : {figures}, {differences}.")
    if different or not published.is_intact:
        sys.exit(1)


def _as_json(fact: object) -> str:
    return json.dumps(fact, ensure_ascii=False)


def _verify(path: Path) -> None:
    """Print where a file says something else; exit with status 1 if it does."""
    site = build.site_of(current_app.config)
    verdict = verify.verify(session(), path.read_bytes(), site, formats.written, process.OF_TEAM)
    for finding in verdict.comparison.findings:
        click.echo(verify.sentence_of(finding))
    if pages := verdict.comparison.pages_read_only:
        read = counted(pages, "page a été lue", "pages ont été lues")
        click.echo(f"{read} sans que leur image soit comparée : elles ont changé de place.")
    edition = verdict.edition
    front = report_build.front_of(edition)
    day = in_paris(front.made_at).strftime("%d/%m/%Y")
    click.echo(f"Bilan {front.number}, publié le {day}, empreinte {front.hash}.")
    click.echo(_conclusion(verdict))
    different = comparison.differences(session(), edition)
    if different:
        click.echo(
            f"Depuis sa publication, {counted(len(different), 'chiffre a', 'chiffres ont')} changé"
            f" (consultation report --check --edition {front.number})."
        )
    if not verdict.is_intact:
        sys.exit(1)


def _conclusion(verdict: verify.FileVerdict) -> str:
    if verdict.given:
        return _known(verdict.given)
    if verdict.is_intact:
        return "Ce fichier a été enregistré de nouveau, et il dit ce que le site a écrit."
    unchanged = verdict.figures - len(verdict.changed_figures)
    stand = counted(unchanged, "chiffre tient", "chiffres tiennent")
    return f"Ce fichier n'est pas ce que le site a écrit : {stand} sur {verdict.figures}."


def _known(given: ReportFile) -> str:
    day = in_paris(given.made_at).strftime("%d/%m/%Y")
    return (
        f"Ce fichier est, à l'octet près, celui que le site a donné pour la première fois le {day}."
    )
