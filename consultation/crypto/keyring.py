"""Keyring: encryption at rest, blind indexes, signed tokens and links."""

import base64
import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from itsdangerous import BadData, URLSafeTimedSerializer

from consultation.crypto import key_files
from consultation.crypto.key_files import ENCRYPTION

ID_BYTES = 16


class KeysUnreadable(Exception):
    """The key files can't be read or created; the message says in French what to do."""


class Unreadable(Exception):
    """A value was encrypted with a key that the keyring does not hold."""


class Keyring:
    """The independent keys of this installation.

    A file holds one key a line; in `secret_key` and `encryption_keys` the first writes and the
    others only read, which is how a key is rotated.  A replaced file of encryption keys is read
    again before anything is encrypted, so a rotation needs no restart; a removed key still reads
    until this process ends.
    """

    def __init__(self) -> None:
        self._keys: dict[str, list[str]] = {}

    def load(self, directory: Path) -> None:
        """Read the keys of `directory`, created if it is empty; raise `KeysUnreadable`."""
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._keys = key_files.read_or_make(directory)
            self._file = directory / ENCRYPTION
            self._state = key_files.state(self._file)
            self._fernet = _fernet(self._keys[ENCRYPTION])
        except key_files.FileLost as lost:
            raise KeysUnreadable(
                f"Il manque {lost} dans {directory}, à côté d'autres clés : remettez ce fichier"
                " depuis votre copie des clés, puis relancez. S'il est perdu pour de bon,"
                f" « touch {directory / key_files.MAKE_MISSING} » en fait faire un autre."
            ) from None
        except OSError as error:
            raise KeysUnreadable(
                f"Les clés ne peuvent pas être lues ou créées dans {directory} ({error.strerror}) :"
                " vérifiez ce dossier et ses droits."
            ) from error
        except ValueError:
            raise KeysUnreadable(
                f"Une clé de {directory} est illisible : remettez le fichier depuis votre copie."
            ) from None

    @property
    def secret_keys(self) -> list[str]:
        """The keys of sessions and tokens; the first one signs."""
        return self._keys["secret_key"]

    def encrypt(self, text: str) -> bytes:
        """Return `text` encrypted and authenticated."""
        self._reload()
        return self._fernet.encrypt(text.encode())

    def decrypt(self, token: bytes) -> str:
        """Return the text of a token of `encrypt`; raise `Unreadable`."""
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken:
            if self._reload():
                return self.decrypt(token)
            raise Unreadable("no key opens this value") from None

    def _reload(self) -> bool:
        """Load encryption keys that were replaced since the last read; return whether they were."""
        try:
            state = key_files.state(self._file)
            if state == self._state:
                return False
            listed = key_files.read(self._file)
            keys = [*listed, *(key for key in self._keys[ENCRYPTION] if key not in listed)]
            fernet = _fernet(keys)
        except (OSError, ValueError):
            return False  # the loaded keys still serve
        self._keys[ENCRYPTION], self._fernet, self._state = keys, fernet, state
        return True

    def blind_index(self, purpose: str, value: str) -> str:
        """Return a keyed hash, in hexadecimal, that is equal for equal values of one `purpose`."""
        return self._mac("index_key", f"{purpose}\x00{value}").hex()

    def derived_id(self, purpose: str, value: str) -> str:
        """Return an id like those of `new_id`, equal for equal values, which it does not reveal."""
        return _base64(self._mac("index_key", f"{purpose}\x00{value}")[:ID_BYTES])

    def derived_key(self, purpose: str) -> bytes:
        """Return the key derived for one `purpose`; it changes only with `index_key`."""
        return self._mac("index_key", f"derived key\x00{purpose}")

    def link_signature(self, identifier: str) -> str:
        """Return the secret part of a personal link, which the database does not hold."""
        return _base64(self._mac("link_key", identifier)[:ID_BYTES])

    def is_link_signature(self, identifier: str, signature: str) -> bool:
        """Compare a signature in constant time."""
        return hmac.compare_digest(
            self.link_signature(identifier).encode(), signature.encode("utf-8", "replace")
        )

    def sign(self, purpose: str, value: Any) -> str:
        """Return `value` (JSON) as a URL-safe token, signed and dated for `purpose`."""
        return self._serializer(purpose).dumps(value)

    def unsign(self, purpose: str, token: str) -> tuple[Any, int] | None:
        """Return the value of a token and when it was signed (Unix seconds), None if forged."""
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
    """Column type of a text that is encrypted at rest."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> bytes | None:
        return None if value is None else keyring.encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else keyring.decrypt(bytes(value))


def new_id() -> str:
    """Return 128 random bits as 22 URL-safe characters."""
    return _base64(secrets.token_bytes(ID_BYTES))


def hashed(token: str) -> str:
    """Return the SHA-256 under which a random token is stored: a stolen database opens nothing."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _fernet(keys: list[str]) -> MultiFernet:
    """Return a cipher that reads by any of `keys` and writes by the first; raise ValueError."""
    return MultiFernet([Fernet(key) for key in keys])
