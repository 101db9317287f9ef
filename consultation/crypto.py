"""Keys, and what is done with them: encryption at rest, blind indexes, signed links."""

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, URLSafeTimedSerializer

KEY_FILES = ("secret_key", "encryption_keys", "link_key", "index_key")
ID_BYTES = 16
SEALED = b"2."
"""How a value sealed by AES-256-GCM begins; one that Fernet sealed, before, begins with a "g"."""
NONCE_BYTES = 12


class KeysUnreadable(Exception):
    """The keys of the installation can't be read or made."""


class Unreadable(Exception):
    """A value was encrypted with a key that is not at hand."""


class Keyring:
    """The keys of this installation, each independent of the others.

    One line of a file is one key; in `secret_key` and `encryption_keys` the first line writes and
    the others still read, which is how a key is rotated.
    """

    def __init__(self) -> None:
        self._keys: dict[str, list[str]] = {}

    def load(self, directory: Path) -> None:
        """Read the keys of `directory`, making those that are absent; raise `KeysUnreadable`."""
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._keys = {name: _read_or_make(directory / name) for name in KEY_FILES}
        except OSError as error:
            raise KeysUnreadable(
                f"Les clés ne peuvent être lues ou créées dans {directory} ({error.strerror}) :"
                " vérifiez ce dossier et ses droits."
            ) from error
        keys = self._keys["encryption_keys"]
        self._seals = [_seal(key) for key in keys]
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    @property
    def secret_keys(self) -> list[str]:
        """The keys that sign sessions and tokens, the one that signs first."""
        return self._keys["secret_key"]

    def encrypt(self, text: str) -> bytes:
        """Return `text` encrypted and authenticated."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + self._seals[0].encrypt(nonce, text.encode(), None)
        return SEALED + base64.urlsafe_b64encode(sealed)

    def decrypt(self, token: bytes) -> str:
        """Return what `encrypt` was given, now or by an earlier version; raise `Unreadable`."""
        if not token.startswith(SEALED):
            return self._decrypt_fernet(token)
        for seal in self._seals:
            with suppress(InvalidTag, ValueError):  # a value cut short is no base64, or no nonce
                sealed = base64.urlsafe_b64decode(token.removeprefix(SEALED))
                return seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()
        raise Unreadable("no key at hand opens this value")

    def _decrypt_fernet(self, token: bytes) -> str:
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken:
            raise Unreadable("no key at hand opens this value") from None

    def blind_index(self, purpose: str, value: str) -> str:
        """Return a keyed hash by which equal values of one `purpose` can be found, never read."""
        return self._mac("index_key", f"{purpose}\x00{value}").hex()

    def derived_id(self, purpose: str, value: str) -> str:
        """Return an id like those of `new_id`, always the same for a value, which it hides."""
        return _base64(self._mac("index_key", f"{purpose}\x00{value}")[:ID_BYTES])

    def link_signature(self, identifier: str) -> str:
        """Return the part of a personal link that a copy of the database does not hold."""
        return _base64(self._mac("link_key", identifier)[:ID_BYTES])

    def is_link_signature(self, identifier: str, signature: str) -> bool:
        """Say whether `signature` belongs to `identifier`, in constant time."""
        return hmac.compare_digest(
            self.link_signature(identifier).encode(), signature.encode("utf-8", "replace")
        )

    def sign(self, purpose: str, value: Any) -> str:
        """Return `value` (JSON) as an address can hold it, signed and dated for `purpose`."""
        return self._serializer(purpose).dumps(value)

    def unsign(self, purpose: str, token: str) -> tuple[Any, int] | None:
        """Return the value and when it was signed (seconds since 1970), or None if forged."""
        try:
            value, signed_at = self._serializer(purpose).loads(token, return_timestamp=True)
        except BadData:
            return None
        return value, int(signed_at.timestamp())

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        # itsdangerous signs with the last key of the list.
        return URLSafeTimedSerializer(
            self.secret_keys[::-1],
            salt=purpose,
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )

    def _mac(self, name: str, value: str) -> bytes:
        return hmac.digest(self._keys[name][0].encode(), value.encode(), "sha256")


keyring = Keyring()
"""The keys of the installation that this process serves."""


class EncryptedText(sa.types.TypeDecorator[str]):
    """A text that the database holds encrypted."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> bytes | None:
        return None if value is None else keyring.encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else keyring.decrypt(bytes(value))


def _seal(key: str) -> AESGCM:
    """Return what seals with one line of `encryption_keys`, whose bytes Fernet uses as they are."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"aes-256-gcm")
    return AESGCM(derived.derive(base64.urlsafe_b64decode(key)))


def new_id() -> str:
    """Return 128 random bits as 22 characters that an address can hold."""
    return _base64(secrets.token_bytes(ID_BYTES))


def hashed(token: str) -> str:
    """Return how a random token is stored, so that a stolen database opens nothing."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _read_or_make(path: Path) -> list[str]:
    """Return the lines of a key file; several processes may start at once on an empty folder."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its key is the key
        finally:
            draft.unlink()
    return path.read_text("ascii").split()
