"""The command that writes what a server needs to run the site for good."""

from pathlib import Path

import click

from consultation.operating import deploying


@click.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="Dossier.")
@click.option("--name", required=True, help="Nom du site, comme consultation.example.org.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535), help="Port du site, en local.")
def deployment(folder: Path, name: str, port: int) -> None:
    """Écrire les fichiers de systemd et de nginx dans un dossier, à relire puis à installer."""
    places = deploying.Places(name=name, port=port, program=deploying.program_here())
    for path in deploying.write(folder, places):
        click.echo(path)
    click.echo("Relisez-les, puis suivez « Installer sur un serveur » dans le README.")
