"""File helpers: sync to disk, folders of templates, static files and migrations."""

import grp
import hashlib
import os
import pwd
import shutil
from pathlib import Path

RESERVE = 50_000_000
"""Bytes of a disk that are left to contributions: no document takes them."""


def has_room(folder: Path) -> bool:
    """Return whether the disk of a folder has more free than the reserve of contributions."""
    return shutil.disk_usage(folder).free >= RESERVE


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on disk; raise `OSError`."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent


def is_checkout() -> bool:
    """Return whether the code runs from a clone, not from an installed wheel."""
    return (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "migrations").is_dir()


def resource(name: str) -> Path:
    """Return the folder `templates`, `static` or `migrations`, of the wheel or of the clone."""
    shipped = PACKAGE / "_resources" / name
    return shipped if shipped.is_dir() else CHECKOUT / name


def why_unreadable(path: Path) -> str:
    """Say in French, after the name of a file, why this account can't read it and what to do."""
    for place in [*reversed(path.absolute().parents), path]:
        if not place.exists():
            return "est introuvable : vérifiez le chemin."
        is_folder = place.is_dir()
        if not os.access(place, os.X_OK if is_folder else os.R_OK, effective_ids=True):
            return _closed(place, "x" if is_folder else "r")
    return "est un dossier." if path.is_dir() else "n'est pas un texte en UTF-8."


def _closed(place: Path, right: str) -> str:
    stat = place.stat()
    group = _group(os.getegid())
    return (
        f"n'est pas lisible par le compte « {_account(os.geteuid())} » : {place} appartient à"
        f" « {_account(stat.st_uid)} », groupe « {_group(stat.st_gid)} », droits"
        f" {stat.st_mode & 0o777:03o}. Pour le permettre, en root : « chgrp {group} {place} », puis"
        f" « chmod g+{right} {place} »."
    )


def _account(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
