"""File helpers: sync to disk, folders of templates, static files and migrations."""

import os
from pathlib import Path


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
