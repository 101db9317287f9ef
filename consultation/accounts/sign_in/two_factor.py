"""Second factor of an account: codes of an application (TOTP), and recovery codes."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from passlib.exc import TokenError
from passlib.totp import TOTP
from sqlalchemy.orm import Session

from consultation.accounts import staff
from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, RecoveryCode, SecondFactor
from consultation.accounts.sign_in import sessions
from consultation.crypto.keyring import keyring, new_id
from consultation.text import clean_line

ISSUER = "Ensemble contre la traite"
DRIFT = 30
"""Seconds by which the clock of a telephone may be wrong, either way: one code."""
RECOVERY_CODES = 10
# Without 0, 1, I, L, O and U, which are misread.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP_LENGTH = 3, 4
MAX_CODE = 40
DIGITS = 6


class CodeRefused(Exception):
    """The code is wrong, too old, or was used already."""


class PresentCodeRefused(CodeRefused):
    """The code of the second factor to be replaced is wrong."""


class SecondFactorCompulsory(Exception):
    """A role of the account needs the second factor."""


@dataclass(frozen=True)
class Draft:
    """A secret not yet confirmed by a code, as displayed for setting up."""

    secret: str
    uri: str

    @property
    def groups(self) -> list[str]:
        """The secret in groups of four, for typing."""
        return [self.secret[start : start + 4] for start in range(0, len(self.secret), 4)]


def new_secret() -> str:
    """Return 160 random bits in base32."""
    return str(TOTP.new().base32_key)


def draft(secret: str, address: str) -> Draft:
    """Return the secret with the URI by which an application reads it."""
    totp = TOTP(key=secret, format="base32", issuer=ISSUER, label=address)
    return Draft(secret, str(totp.to_uri()))


def _counter_of(secret: str, code: str, at: datetime) -> int:
    """Return the counter (half minutes since 1970) of a code near `at`; raise `CodeRefused`."""
    typed = "".join(clean_line(code).split())
    if not (typed.isascii() and typed.isdigit() and len(typed) == DIGITS):
        raise CodeRefused
    try:
        matched = TOTP(key=secret, format="base32").match(typed, at, window=DRIFT)
    except TokenError:
        raise CodeRefused from None
    return int(matched.counter)


def set_up(session: Session, account: Account, secret: str, code: str, at: datetime) -> list[str]:
    """Set up the second factor whose secret `code` proves, and return new recovery codes.

    Replaces an earlier second factor, and ends the sessions. Raise `CodeRefused`.
    """
    counter = _counter_of(secret, code, at)
    remove(session, account)
    account.second_factor = SecondFactor(secret=secret, last_counter=counter, set_up_at=at)
    _end_sessions(session, account, at)
    audit_log.record(session, account.id, "second_factor_set_up", str(account.id), at=at)
    return _make_recovery_codes(session, account)


def check(session: Session, account: Account, code: str, at: datetime) -> None:
    """Accept a code of the application, once across all processes; raise `CodeRefused`."""
    factor = account.second_factor
    if factor is None:
        raise CodeRefused
    counter = _counter_of(factor.secret, code, at)
    unused = sa.and_(
        SecondFactor.account_id == account.id,
        # Refuses a secret that was replaced since it was read.
        SecondFactor.set_up_at == factor.set_up_at,
        SecondFactor.last_counter < counter,
    )
    served = sa.update(SecondFactor).where(unused).values(last_counter=counter)
    if session.scalar(served.returning(SecondFactor.account_id)) is None:
        raise CodeRefused


def use_recovery_code(session: Session, account: Account, code: str, at: datetime) -> int:
    """Accept a recovery code, once, and return how many are left; raise `CodeRefused`."""
    unused = sa.and_(
        RecoveryCode.code_hash == _hash_of(account, code),
        RecoveryCode.account_id == account.id,
        RecoveryCode.used_at.is_(None),
    )
    used = sa.update(RecoveryCode).where(unused).values(used_at=at)
    if session.scalar(used.returning(RecoveryCode.account_id)) is None:
        raise CodeRefused
    audit_log.record(session, account.id, "recovery_code_used", str(account.id), at=at)
    return recovery_codes_left(session, account.id)


def recovery_codes_left(session: Session, account_id: int) -> int:
    """Count the unused recovery codes of an account."""
    left = sa.select(sa.func.count()).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(left) or 0


def left_sentence(left: int) -> str:
    """Return the sentence for the user of a recovery code: how many are left."""
    if left == 0:
        return (
            "C'était votre dernier code de secours : demandez-en dix autres sur « Mon compte »,"
            " sans attendre."
        )
    codes = "un code" if left == 1 else f"{left} codes"
    return f"Ce code de secours ne servira plus. Il vous en reste {codes}."


def check_any(session: Session, account: Account, code: str, at: datetime) -> None:
    """Accept a code of the application or a recovery code; raise `CodeRefused`."""
    if sum(map(str.isalnum, code)) > DIGITS:
        use_recovery_code(session, account, code, at)
    else:
        check(session, account, code, at)


def replace(
    session: Session, account: Account, present: str, secret: str, code: str, at: datetime
) -> list[str]:
    """Set up a second factor, after checking `present` if one is to be replaced."""
    if account.second_factor is not None:
        try:
            check_any(session, account, present, at)
        except CodeRefused:
            raise PresentCodeRefused from None
    return set_up(session, account, secret, code, at)


def renew_recovery_codes(session: Session, account: Account, code: str, at: datetime) -> list[str]:
    """Replace the recovery codes after checking a code; raise `CodeRefused`."""
    check_any(session, account, code, at)
    audit_log.record(session, account.id, "recovery_codes_renewed", str(account.id), at=at)
    return _make_recovery_codes(session, account)


def turn_off(session: Session, account: Account, code: str, at: datetime) -> None:
    """Turn the second factor off after checking a code.

    Raise `SecondFactorCompulsory` or `CodeRefused`.
    """
    if account.needs_second_factor:
        raise SecondFactorCompulsory
    check_any(session, account, code, at)
    remove(session, account)
    audit_log.record(session, account.id, "second_factor_removed", str(account.id), at=at)


def reset(session: Session, account: Account, at: datetime, actor_id: int | None = None) -> bool:
    """Remove the second factor of an account and end its sessions; return whether it had one."""
    was_set_up = account.second_factor is not None
    remove(session, account)
    _end_sessions(session, account, at)
    audit_log.record(session, actor_id, "second_factor_reset", str(account.id), at=at)
    return was_set_up


def reset_by_email(session: Session, email: str, at: datetime) -> list[str]:
    """Reset the second factor of the account of `email`; return sentences of the result.

    Raise `NoSuchAddress`.
    """
    account = staff.find(session, email)
    if account is None:
        raise staff.NoSuchAddress(f"Aucun compte n'a l'adresse {email}.")
    if not reset(session, account, at):
        return [f"{email} n'avait pas de vérification en deux étapes ; connexions fermées."]
    sentence = (
        f"{email} se reconnecte avec son mot de passe seul : vérification et codes de secours"
        " retirés, connexions fermées."
    )
    must = "Son rôle la demande : ce compte la règle de nouveau avant toute autre page."
    return [sentence, must] if account.must_set_up_second_factor else [sentence]


def remove(session: Session, account: Account) -> None:
    """Delete the secret and the recovery codes of `account`."""
    account.second_factor = None
    session.flush()
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def _end_sessions(session: Session, account: Account, at: datetime) -> None:
    """End sessions, sign-ins that await a code, and reset links."""
    account.fs_uniquifier = new_id()
    sessions.revoke_all(session, account, at)
    session.flush()


def _make_recovery_codes(session: Session, account: Account) -> list[str]:
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(code_hash=_hash_of(account, code), account_id=account.id) for code in codes
    )
    session.flush()
    return codes


def _new_code() -> str:
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def _hash_of(account: Account, code: str) -> str:
    """Return the keyed hash of a code, which can't be guessed without the key."""
    bare = "".join(filter(str.isalnum, code[:MAX_CODE].upper()))
    return keyring.blind_index("recovery code", f"{account.id} {bare}")
