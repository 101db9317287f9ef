"""The commands for copies of the database: take one, put one back."""

from pathlib import Path

import click
from flask import Flask, current_app

from consultation import create_app, erasures
from consultation.accounts import auditing
from consultation.clock import now
from consultation.crypto import keyring
from consultation.database import StorageUnavailable
from consultation.operating import backups, diagnosis, rotating
from consultation.operating.command_line import fail, opened, session, with_any_keys, write
from consultation.operating.keys_commands import ask_for_copy


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "recipients", help="Clé publique (age1…) à qui chiffrer.")
@click.option("--keep", type=click.IntRange(1), help="Jours de garde, si FILE est un dossier.")
@with_any_keys
def backup(file: Path, recipients: str | None, keep: int | None) -> None:
    """Copier la base dans FILE, pendant que le site tourne ; dans un dossier, sous la date."""
    at, url = now(), current_app.config["DATABASE_URL"]
    keys = current_app.config["BACKUP_RECIPIENT"] if recipients is None else recipients
    folder = file if file.is_dir() else None
    target = backups.place_in(folder, url, keys, at) if folder else file
    size = backups.backup(url, target, keys, work=current_app.config["HOME"])
    _note_backup(size)
    how = "chiffrée" if keys else "NON chiffrée, à garder comme la base même"
    click.echo(f"{target} : {size / 1_048_576:.1f} Mo, {how}.")
    if folder:
        _remove_old(folder, keep or current_app.config["BACKUP_KEEP_DAYS"])
    ask_for_copy()


def _remove_old(folder: Path, days: int) -> None:
    gone = backups.outlived(folder, days, now())
    for path in gone:
        path.unlink(missing_ok=True)
    if gone:
        click.echo(f"{len(gone)} sauvegardes de plus de {days} jours supprimées.")


def _note_backup(size: int) -> None:
    """Let those who prepare a round see that a copy was taken; the copy is whole without it."""
    try:
        with write():
            auditing.record(session(), None, "backup_made", details={"bytes": size}, at=now())
    except StorageUnavailable:
        click.echo("La base est occupée : la page du tour n'en saura rien.", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Vérifier la sauvegarde, sans rien écrire.")
@click.option(
    "--identity", type=click.Path(path_type=Path), help="Le fichier de la clé qui l'ouvre."
)
@click.option(
    "--erasures",
    "erased_list",
    type=click.Path(exists=True, path_type=Path),
    help=f"La liste des effacements, si {erasures.NAME} n'est pas dans HOME.",
)
def restore(file: Path, dry_run: bool, identity: Path | None, erased_list: Path | None) -> None:
    """Remettre la sauvegarde FILE dans un endroit vide."""
    app: Flask = create_app()
    url, home = app.config["DATABASE_URL"], app.config["HOME"]
    if dry_run:
        backups.check(url, file, identity, work=home)
        click.echo(f"{file} est intacte et peut être remise.")
        return
    backups.restore(url, file, identity, work=home)
    with opened(app, any_keys=True):
        with write():
            erased = erasures.replay(session(), erased_list or home / erasures.NAME, now())
        count = diagnosis.response_count(session())
        is_read = all(rotating.opened_samples(session(), keyring))
    click.echo(f"{file} est remise en place : {count} contributions.")
    click.echo(
        "Aucune liste d'effacements : ce qui a été effacé depuis cette sauvegarde y est peut-être"
        " encore. Remettez la sauvegarde de nouveau, avec --erasures, si vous avez cette liste."
        if erased is None
        else f"Effacements refaits : {erased}."
    )
    if not is_read:
        fail(
            f"Les clés de {app.config['KEYS_DIR']} ne sont pas celles de cette sauvegarde : les"
            " coordonnées ne se lisent pas. Remettez-y la copie des clés d'alors, puis relancez."
        )
