"""The commands for copies of the database: take one, put one back."""

from pathlib import Path

import click
from flask import Flask, current_app

from consultation import create_app, erasures, migrating
from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import StorageUnavailable
from consultation.extensions import db
from consultation.operating import backups, diagnosis, restoring, vouching
from consultation.operating.command_line import as_it_is, counted, opened, session, write
from consultation.operating.copies import Rows
from consultation.operating.keys_commands import ask_for_copy


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "recipients", help="Clé publique (age1…) à qui chiffrer.")
@click.option("--keep", type=click.IntRange(1), help="Jours de garde, si FILE est un dossier.")
def backup(file: Path, recipients: str | None, keep: int | None) -> None:
    """Copier la base dans FILE, pendant que le site tourne ; dans un dossier, sous la date."""
    with as_it_is(create_app()):
        _back_up(file, recipients, keep or current_app.config["BACKUP_KEEP_DAYS"])


def _back_up(file: Path, recipients: str | None, days: int) -> None:
    at, url = now(), current_app.config["DATABASE_URL"]
    keys = current_app.config["BACKUP_RECIPIENT"] if recipients is None else recipients
    folder = file if file.is_dir() else None
    target = backups.place_in(folder, url, keys, at) if folder else file
    size = backups.backup(url, target, keys, work=current_app.config["HOME"])
    how = "chiffrée" if keys else "NON chiffrée, à garder comme la base même"
    click.echo(f"{target} : {size / 1_048_576:.1f} Mo, {how}.")
    if folder:
        _remove_old(folder, days)
    if migrating.is_current(db.engine):  # else it is the copy before a migration, not ours to make
        _note_backup(size)
        ask_for_copy()


def _remove_old(folder: Path, days: int) -> None:
    gone = backups.outlived(folder, days, now())
    for path in gone:
        path.unlink(missing_ok=True)
    if gone:
        removed = counted(len(gone), "sauvegarde supprimée", "sauvegardes supprimées")
        click.echo(f"{removed} : plus de {days} jours.")


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
@click.option(
    "--without-keys", "is_without", is_flag=True, help="Les clés d'alors sont perdues pour de bon."
)
def restore(
    file: Path, dry_run: bool, identity: Path | None, erased_list: Path | None, is_without: bool
) -> None:
    """Remettre la sauvegarde FILE dans un endroit vide."""
    app: Flask = create_app()
    url, home = app.config["DATABASE_URL"], app.config["HOME"]
    erasures.read(home / erasures.NAME)
    others = erased_list and erasures.read(erased_list)

    def judge(rows: Rows) -> None:
        if not (is_without or vouching.are_those_of(rows, app.config["KEYS_DIR"])):
            raise backups.BackupRefused(_foreign(file, app.config["KEYS_DIR"]))
        if others and not dry_run:
            erasures.add(home, others)

    if dry_run:
        backups.check(url, file, identity, work=home, judge=judge)
        click.echo(f"{file} est intacte et peut être remise.")
        return

    def may_begin(rows: Rows) -> None:
        judge(rows)
        restoring.begin(home)

    backups.restore(url, file, identity, work=home, judge=may_begin)
    with opened(app, any_keys=True):  # they were judged
        _erase_again(file, home)
        if not vouching.are_ours(session(), app.config["KEYS_DIR"]):
            click.echo("Il reste à renoncer aux clés perdues : « consultation keys abandon ».")


def _erase_again(file: Path, home: Path) -> None:
    erased = restoring.finish(session(), home, now())
    count = diagnosis.response_count(session())
    click.echo(f"{file} est remise en place : {counted(count, 'contribution', 'contributions')}.")
    click.echo(
        "Aucune liste d'effacements : ce qui a été effacé depuis cette sauvegarde y est peut-être"
        " encore. Remettez la sauvegarde de nouveau, avec --erasures, si vous avez cette liste."
        if erased is None
        else f"Effacements refaits : {erased}."
    )


def _foreign(file: Path, directory: Path) -> str:
    return (
        f"{file} est intacte, mais les clés de {directory} ne sont pas celles de cette sauvegarde :"
        " rien n'est remis. Remettez-y la copie des clés d'alors, puis recommencez. Si elles sont"
        " perdues pour de bon, --without-keys remet ce qui se lit sans elles."
    )
