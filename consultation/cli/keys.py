"""Commands of keys: show, confirm the paper copy, rotate, abandon, make an identity."""

from pathlib import Path

import click
from flask import current_app

from consultation import create_app
from consultation.accounts.audit import audit_log
from consultation.cli.base import counted, progress, session, with_any_keys, with_app, write
from consultation.cli.group import fail
from consultation.clock import now
from consultation.crypto import key_files
from consultation.operations.backups import encryption
from consultation.operations.keys import rotation, verification


@click.group()
def keys() -> None:
    """Les clés du site, sans lesquelles une sauvegarde ne se lit pas."""


@keys.command()
@with_any_keys
def show() -> None:
    """Afficher les clés, à imprimer ; le journal dit qu'on les a vues, pas lesquelles."""
    directory = current_app.config["KEYS_DIR"]
    with write():
        audit_log.record(session(), None, "keys_shown", at=now())
    click.echo(f"Clés de {current_app.config['BASE_URL']}, dans {directory}\n")
    for line in key_files.lines(directory):
        click.echo(f"{line.file}, ligne {line.number}, somme {line.sum} :\n    {line.key}\n")
    total = key_files.whole_sum(directory)
    click.echo(
        f"Somme de l'ensemble : {total}\n\n"
        "Imprimez cette page, ou rangez-la dans un gestionnaire de mots de passe, loin des\n"
        "sauvegardes : qui a les deux lit les coordonnées. Effacez ensuite l'écran. Pour dire que\n"
        "la copie est faite : « consultation keys confirm » suivi de la somme lue sur la copie."
    )


@keys.command("check")
def check() -> None:
    """Afficher les sommes seules, à comparer avec la copie."""
    # No database is opened: one that is made here would stand in the way of `restore`.
    directory = create_app().config["KEYS_DIR"]
    for line in key_files.lines(directory):
        click.echo(f"{line.sum}  {line.file}, ligne {line.number}")
    click.echo(f"{key_files.whole_sum(directory)}  l'ensemble")


@keys.command()
@click.argument("total", metavar="SOMME")
@with_any_keys
def confirm(total: str) -> None:
    """Dire que la copie des clés est faite, par la somme lue sur la copie."""
    if total.strip().upper() != key_files.whole_sum(current_app.config["KEYS_DIR"]):
        fail(
            "Cette somme n'est pas celle des clés en place : la copie est ancienne ou fautive."
            " « consultation keys check » donne la somme de chaque ligne."
        )
    with write():
        verification.confirm(session(), current_app.config["KEYS_DIR"], now())
    click.echo("C'est noté : les clés en place ont leur copie.")


@keys.command()
@with_app
def rotate() -> None:
    """Changer la clé de chiffrement, pendant que le site tourne ; interrompu, reprend."""
    directory, home = current_app.config["KEYS_DIR"], current_app.config["HOME"]
    with progress() as report:
        done = rotation.rotate(session(), directory, home, report)
    with write():
        details = {"count": done.values + done.files}
        audit_log.record(session(), None, "keys_rotated", details=details, at=now())
    started = "La rotation interrompue est finie" if done.is_resumed else "La clé est changée"
    values = counted(done.values, "valeur", "valeurs")
    files = counted(done.files, "pièce jointe", "pièces jointes")
    retired = counted(done.retired, "ancienne clé retirée", "anciennes clés retirées")
    click.echo(f"{started}. Chiffré de nouveau : {values} et {files} ; {retired}.")
    if done.unread:
        unread = counted(done.unread, "valeur", "valeurs")
        click.echo(f"Resté tel quel, car aucune clé ne l'ouvre : {unread}.")
    click.echo(
        "Gardez l'ancienne copie aussi longtemps que des sauvegardes d'avant aujourd'hui : elles"
        " ne se lisent qu'avec elle."
    )
    ask_for_copy()


@keys.command()
@click.option("--yes", "is_sure", is_flag=True, help="Le faire : sans elle, rien ne change.")
@with_any_keys
def abandon(is_sure: bool) -> None:
    """Renoncer à des clés perdues : oublier ce qu'elles seules ouvraient, garder celles d'ici."""
    directory, home = current_app.config["KEYS_DIR"], current_app.config["HOME"]
    count = verification.lost_count(session(), home)
    if not count and verification.are_ours(session(), directory):
        fail(f"Les clés de {directory} sont celles de cette base : il n'y a rien à abandonner.")
    if not is_sure:
        lost = counted(
            count, "valeur ou pièce ne s'ouvre pas", "valeurs et pièces ne s'ouvrent pas"
        )
        fail(
            f"{lost} : coordonnées, brouillons, courriels à envoyer, courrier reçu, et les seconds"
            " facteurs de l'équipe. Ce serait effacé pour de bon ; si leur clé est perdue aussi,"
            " les liens personnels déjà donnés n'ouvriraient plus rien. Si aucune copie des clés"
            " n'existe, recommencez avec --yes."
        )
    count = verification.abandon(session(), directory, home, now())
    gone = counted(count, "valeur ou pièce est effacée", "valeurs et pièces sont effacées")
    click.echo(f"{gone} ; les clés d'ici sont celles du site.")
    ask_for_copy()


@keys.command()
@click.argument("file", type=click.Path(path_type=Path))
def identity(file: Path) -> None:
    """Faire la clé qui ouvre les sauvegardes, sur votre ordinateur, jamais sur le serveur."""
    public = encryption.make_identity(file)
    click.echo(
        f"{file} ouvre les sauvegardes : gardez-le, avec une copie ailleurs, et jamais sur le"
        f" serveur.\nÀ donner au serveur, CONSULTATION_BACKUP_RECIPIENT :\n{public}"
    )


def ask_for_copy() -> None:
    """Print where the keys are, and ask for a paper copy until it is confirmed."""
    directory = current_app.config["KEYS_DIR"]
    click.echo(f"Les clés du site n'y sont pas : elles sont dans {directory}.")
    if not verification.is_confirmed(session(), directory):
        click.echo(
            "Personne n'a confirmé en avoir la copie, sans laquelle les coordonnées sauvegardées"
            " ne se lisent pas : « consultation keys show ».",
            err=True,
        )
