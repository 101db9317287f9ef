"""Encryption of backups in the age format: sealed to public keys, opened by an identity."""

import os
from collections.abc import Sequence
from pathlib import Path

import pyrage

HEADER = b"age-encryption.org/v1\n"
PREFIX = "AGE-SECRET-KEY-1"


class SealRefused(Exception):
    """A file can't be sealed or opened; the message says in French what to do."""


def recipients_in(text: str) -> Sequence[pyrage.x25519.Recipient]:
    """Parse public keys separated by spaces or commas; raise `SealRefused`."""
    try:
        return [pyrage.x25519.Recipient.from_str(key) for key in text.replace(",", " ").split()]
    except pyrage.RecipientError:
        raise SealRefused(
            "Ce qui est donné n'est pas une clé publique : elle commence par « age1 » et se copie"
            " entière. « consultation keys identity » en fait une, sur votre ordinateur."
        ) from None


def seal(source: Path, target: Path, recipients: Sequence[pyrage.x25519.Recipient]) -> None:
    """Write `source` sealed to every one of `recipients`; raise OSError."""
    with source.open("rb") as clear, private(target) as sealed:
        pyrage.encrypt_io(clear, sealed, recipients)


def is_sealed(path: Path) -> bool:
    """Return whether a file is in the age format."""
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER


def unseal(source: Path, target: Path, identity: Path) -> None:
    """Decrypt `source` to `target`; raise `SealRefused`, or OSError when the disk is full.

    A truncated or changed file is detected at its last chunk at the latest.
    """
    identities = _identities(identity)
    try:
        with source.open("rb") as sealed, private(target) as clear:
            pyrage.decrypt_io(sealed, clear, identities)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise SealRefused(
                f"Cette clé n'ouvre pas {source} : donnez celle qui a servi à chiffrer la"
                " sauvegarde."
            ) from None
        raise _damaged(source) from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise _damaged(source) from None


def make_identity(path: Path) -> str:
    """Write a new identity to `path`, which must not exist; return its public key."""
    made = pyrage.x25519.Identity.generate()
    public = str(made.to_public())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SealRefused(f"{path} existe déjà : rien n'est remplacé.") from None
    except OSError as error:
        raise SealRefused(f"{path} ne peut pas être écrit ({error.strerror}).") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"# public key: {public}\n{made}\n")
        file.flush()
        os.fsync(file.fileno())
    return public


def private(path: Path):  # type: ignore[no-untyped-def]  # io's own type of a binary file
    """Open `path` for writing with mode 0600."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _identities(path: Path) -> Sequence[pyrage.x25519.Identity]:
    """Return the secret keys of a file as `age-keygen` writes it."""
    try:
        lines = path.read_text("ascii").split("\n")
        identities = [
            pyrage.x25519.Identity.from_str(line.strip())
            for line in lines
            if line.strip() and not line.startswith("#")
        ]
    except OSError as error:
        raise SealRefused(f"{path} ne peut pas être lu ({error.strerror}).") from error
    except (pyrage.IdentityError, UnicodeDecodeError):
        identities = []
    if not identities:
        raise SealRefused(
            f"{path} ne contient pas de clé : il y faut la ligne qui commence par {PREFIX}."
        )
    return identities


def _damaged(source: Path) -> SealRefused:
    return SealRefused(
        f"{source} est incomplète ou abîmée : copiez-la de nouveau depuis là où elle est gardée,"
        " ou prenez une sauvegarde plus ancienne."
    )
