"""Commands of the server: serve, deployment."""

import sys
from pathlib import Path

import click

from consultation.operations import deployment as deployment_files
from consultation.server import run


@click.command()
@click.option("--host", help="Adresse d'écoute.")
@click.option("--port", type=int, help="Port d'écoute.")
@click.option("--only", type=click.Choice(run.PARTS), help="Le site seul, ou le service seul.")
def serve(host: str | None, port: int | None, only: str | None) -> None:
    """Servir le site et envoyer le courrier, jusqu'à Ctrl-C."""
    chosen = {"HOST": host, "PORT": port}
    overrides = {name: value for name, value in chosen.items() if value is not None}
    sys.exit(run.serve(overrides, click.echo, only=only))


@click.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="Dossier.")
@click.option("--name", required=True, help="Nom du site, comme consultation.example.org.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535), help="Port du site, en local.")
def deployment(folder: Path, name: str, port: int) -> None:
    """Écrire les fichiers de systemd et de nginx dans un dossier, à relire puis à installer."""
    places = deployment_files.Places(name=name, port=port, program=deployment_files.program_here())
    for path in deployment_files.write(folder, places):
        click.echo(path)
    click.echo("Relisez-les, puis suivez « Installer sur un serveur » dans docs/deploiement.md.")
