"""Commands of backups: backup, restore, and the list of erasures that restore does again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
from flask import Flask, current_app

from consultation import create_app
from consultation.accounts.audit import audit_log
from consultation.cli.base import as_it_is, counted, opened, session, write
from consultation.cli.keys import ask_for_copy
from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db import erasure_log, upgrade
from consultation.db.base import StorageUnavailable
from consultation.extensions import db
from consultation.operations.backups import backup as backups_backup
from consultation.operations.backups import content, examination, signatures
from consultation.operations.backups import restore as backups_restore
from consultation.operations.backups.backup import BackupRefused
from consultation.operations.backups.examination import Examination
from consultation.operations.backups.restore import Accepted
from consultation.operations.backups.signatures import State
from consultation.operations.doctor import checks
from consultation.operations.doctor.finding import decimal
from consultation.operations.keys import verification
from consultation.recordings import service as recordings
from consultation.web.typography import moment

MOST_DIFFERENCES = 40
"""How many differences of a copy are listed."""


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
    target = backups_backup.place_in(folder, url, keys, at) if folder else file
    size = backups_backup.backup(
        url, target, keys, work=current_app.config["HOME"], signing_key=_signing_key()
    )
    how = "chiffrée" if keys else "NON chiffrée, à garder comme la base même"
    click.echo(f"{target} : {decimal(size / 1_048_576)} Mo, signée, {how}.{_recordings()}")
    if folder:
        _remove_old(folder, days)
    if upgrade.is_current(db.engine):  # else it is the copy before a migration, not ours to make
        _note_backup(size)
        ask_for_copy()


def _recordings() -> str:
    """The sentence on what recordings add to a copy; empty where there are none, or no table."""
    size = recordings.size_of_all(session()) if upgrade.is_current(db.engine) else 0
    if not size:
        return ""
    return f" Les enregistrements de textes en font {decimal(size / 1_048_576)} Mo."


def _remove_old(folder: Path, days: int) -> None:
    gone = backups_backup.outlived(folder, days, now())
    for path in gone:
        path.unlink(missing_ok=True)
    if gone:
        removed = counted(len(gone), "sauvegarde supprimée", "sauvegardes supprimées")
        click.echo(f"{removed} : plus de {days} jours.")


def _note_backup(size: int) -> None:
    """Record the backup in the audit log, for the checklist of a round."""
    try:
        with write():
            details = {"bytes": size, examination.SIGNED: True}
            audit_log.record(session(), None, "backup_made", details=details, at=now())
    except StorageUnavailable:
        click.echo("La base est occupée : la page du tour n'en saura rien.", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Vérifier la sauvegarde, sans la remettre.")
@click.option(
    "--identity", type=click.Path(path_type=Path), help="Le fichier de la clé qui l'ouvre."
)
@click.option(
    "--erasures",
    "erased_list",
    type=click.Path(exists=True, path_type=Path),
    help=f"La liste des effacements, si {erasure_log.NAME} n'est pas dans HOME.",
)
@click.option(
    "--without-keys", "is_without", is_flag=True, help="Les clés d'alors sont perdues pour de bon."
)
@click.option(
    "--accept-tampered",
    is_flag=True,
    help="Remettre une sauvegarde, ou refaire une liste d'effacements, changée depuis sa signature"
    " ; le journal le dira.",
)
@click.option(
    "--accept-unsigned",
    is_flag=True,
    help="Remettre une sauvegarde dont la signature manque ou ne peut pas être vérifiée ; le"
    " journal le dira.",
)
def restore(
    file: Path, dry_run: bool, identity: Path | None, erased_list: Path | None, **accepted: bool
) -> None:
    """Remettre la sauvegarde FILE dans un endroit vide, si elle est telle qu'elle fut signée."""
    app: Flask = create_app()
    url, home = app.config["DATABASE_URL"], app.config["HOME"]
    erasure_log.read(home / erasure_log.NAME)
    others = erased_list and erasure_log.read(erased_list)
    lists = [home / erasure_log.NAME, *([erased_list] if erased_list else [])]
    doubts = _doubts(lists, accepted)

    def judge(copy: Path) -> None:
        report = examination.examine(copy, _signing_key(), url, home)
        with app.app_context():  # which knows the language of dates
            noted = _judge(file, copy, report, app.config["KEYS_DIR"], accepted)
        if dry_run:
            return
        if others:
            erasure_log.add(home, others)
        if doubts:
            erasure_log.seal(home, now())
        backups_restore.begin(home, replace(noted, differences=noted.differences + len(doubts)))

    if dry_run:
        backups_restore.check(url, file, identity, work=home, judge=judge)
        click.echo(f"{file} est intacte et peut être remise, dans un endroit vide.")
        return
    backups_restore.restore(url, file, identity, work=home, judge=judge)
    with opened(app, any_keys=True):  # they were judged
        _erase_again(file, home)
        if not verification.are_ours(session(), app.config["KEYS_DIR"]):
            click.echo("Il reste à renoncer aux clés perdues : « consultation keys abandon ».")


def _doubts(lists: Sequence[Path], accepted: Mapping[str, bool]) -> list[str]:
    """Say which lists of erasures do not verify, and are accepted; else raise `ListDamaged`.

    Without the keys of then none can verify.  Every line is done again, forged ones too: a text too
    many is still in the backup, and one too few would be public again.
    """
    doubts = [refusal for path in lists if (refusal := erasure_log.refusal(path))]
    if doubts and not (accepted["accept_tampered"] or accepted["is_without"]):
        raise erasure_log.ListDamaged(
            f"{doubts[0]} Rien n'est remis. S'il n'y en a pas de juste, --accept-tampered refait"
            " tous les effacements de la liste, ceux-là compris, et le journal le dira."
        )
    for doubt in doubts:
        click.echo(doubt, err=True)
    return doubts


@click.command()
@click.option("--accept", is_flag=True, help="Se porter garant de la liste telle qu'elle est.")
def erasures(accept: bool) -> None:
    """Vérifier la liste des effacements, que « restore » refait."""
    with as_it_is(create_app()):
        home = current_app.config["HOME"]
        entries = erasure_log.read(home / erasure_log.NAME) or []
        refusal = erasure_log.refusal(home / erasure_log.NAME)
        if refusal and not accept:
            raise erasure_log.ListDamaged(
                f"{refusal} S'il n'y en a pas de juste, relisez la liste, puis --accept l'accepte"
                " telle qu'elle est."
            )
        if refusal:
            erasure_log.seal(home, now())
        click.echo(f"{counted(len(entries), 'effacement', 'effacements')} : la liste est signée.")


def _signing_key() -> bytes:
    return keyring.derived_key(signatures.PURPOSE)


def _judge(
    file: Path, copy: Path, report: Examination, directory: Path, accepted: Mapping[str, bool]
) -> Accepted:
    """Return the accepted doubts about a copy; raise `BackupRefused` unless it may be put back.

    What is wrong is said, and accepted, before the keys are tried: a copy that was changed may
    not be readable any longer.
    """
    if report.differences:
        if not (accepted["accept_tampered"] and report.has_audit_log):
            raise BackupRefused(_tampered(file, report))
        click.echo(_listed(file, report), err=True)
    if not (
        accepted["is_without"] or verification.are_those_of(partial(content.rows, copy), directory)
    ):
        raise BackupRefused(_foreign(file, directory))
    if not report.is_verifiable:
        if not accepted["accept_unsigned"]:
            raise BackupRefused(_unsigned(file, report, directory))
    elif report.at:
        click.echo(f"Sauvegarde faite le {moment(report.at)}, d'après sa signature.")
    return Accepted(len(report.differences), not report.is_verifiable)


def _listed(file: Path, report: Examination) -> str:
    lines = [f"- {difference}" for difference in report.differences[:MOST_DIFFERENCES]]
    if rest := len(report.differences) - len(lines):
        lines.append(f"- et {counted(rest, 'autre différence', 'autres différences')}")
    return "\n".join([f"{file} n'est pas telle que le site l'a écrite :", *lines])


def _tampered(file: Path, report: Examination) -> str:
    remedy = (
        "Rien n'est remis. Prenez une autre sauvegarde, gardée ailleurs que celle-ci."
        if not report.has_audit_log
        else "Rien n'est remis. Prenez une autre sauvegarde, gardée ailleurs que celle-ci. Si vous"
        " savez d'où vient chaque différence, --accept-tampered la remet comme elle est, et le"
        " journal le dira."
    )
    return f"{_listed(file, report)}\n{remedy}"


def _unsigned(file: Path, report: Examination, directory: Path) -> str:
    if report.state is State.OF_OTHER_KEYS:
        return (
            f"{file} est signée avec d'autres clés que celles de {directory} : rien ne dit si elle"
            " a été changée. Rien n'est remis. Remettez-y la copie des clés d'alors, puis"
            " recommencez. Si elles sont perdues pour de bon, et que vous savez d'où vient cette"
            " sauvegarde, --accept-unsigned la remet, et le journal le dira."
        )
    return (
        f"{file} n'est pas signée : elle date d'une version du site qui ne signait pas encore, ou"
        " sa signature a été ôtée. Rien ne dit si elle a été changée. Rien n'est remis. Si vous"
        " savez d'où elle vient, --accept-unsigned la remet, et le journal le dira."
    )


def _erase_again(file: Path, home: Path) -> None:
    erased = backups_restore.finish(session(), home, now())
    count = checks.response_count(session())
    click.echo(f"{file} est remise en place : {counted(count, 'contribution', 'contributions')}.")
    click.echo(
        "Aucune liste d'effacements : ce qui a été effacé depuis cette sauvegarde y est peut-être"
        " encore. Remettez la sauvegarde de nouveau, avec --erasures, si vous avez cette liste."
        if erased is None
        else f"Effacements refaits : {erased}."
    )


def _foreign(file: Path, directory: Path) -> str:
    return (
        f"{file} se lit, mais les clés de {directory} ne sont pas celles de cette sauvegarde :"
        " rien n'est remis. Remettez-y la copie des clés d'alors, puis recommencez. Si elles sont"
        " perdues pour de bon, --without-keys remet ce qui se lit sans elles."
    )
