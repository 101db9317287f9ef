"""Passwords of accounts: their policy, and their reset by a mailed link."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import text
from consultation.accounts import staff
from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.crypto.keyring import keyring, new_id
from consultation.mail import outbox
from consultation.mail.kinds import MessageKind
from consultation.text import length

MIN_LENGTH = 12
MAX_LENGTH = 200
MIN_DISTINCT = 4
RULE = (
    f"Au moins {MIN_LENGTH} caractères, par exemple une phrase courte. Vous pouvez coller le mot de"
    " passe d'un gestionnaire."
)
# Passwords made of these words are the first that an attacker tries here.
SITE_VOCABULARY = (
    "administrateur", "administration", "administrator", "association", "caritas", "catholique",
    "collectif", "consultation", "contribution", "contre", "ensemble", "etres", "humains",
    "indicateur", "mesure", "moderation", "motdepasse", "national", "organisation", "passe",
    "password", "plan", "secours", "traite",
)  # fmt: skip
MIN_OTHERS = 6
"""Characters that a password needs beside the words of this site."""
MIN_GUESSES = 10**8
"""A password of a stolen database that takes fewer guesses is found within hours."""
CHECKED_LENGTH = 72  # characters; checking more costs much and finds nothing


def normalized(password: str) -> str:
    """Return the normal form of a password, the same from any keyboard."""
    return text.normalized("NFKD", password)


def errors(password: str, address: str) -> list[str]:
    """Return in French the errors of a new password for the account of `address`."""
    if length(password) < MIN_LENGTH:
        return [f"Choisissez un mot de passe d'au moins {MIN_LENGTH} caractères."]
    if length(password) > MAX_LENGTH:
        return [f"Choisissez un mot de passe d'au plus {MAX_LENGTH} caractères."]
    if len(set(password)) < MIN_DISTINCT or _is_of_this_site(password) or _is_likely(password):
        return ["Ce mot de passe est trop facile à deviner : choisissez-en un autre."]
    if password.casefold() == address.casefold():
        return ["Le mot de passe ne peut pas être votre adresse : choisissez-en un autre."]
    return []


def _is_of_this_site(password: str) -> bool:
    bare = "".join(it for it in normalized(password).casefold() if it.isalnum())
    others = bare
    for word in SITE_VOCABULARY:
        others = others.replace(word, "")
    return others != bare and len(others) < MIN_OTHERS


def _is_likely(password: str) -> bool:
    """Estimate the guesses it takes: leaked passwords, names, words, dates, rows of keys."""
    from zxcvbn import zxcvbn  # loads thirty thousand passwords, which few processes need

    return bool(zxcvbn(password[:CHECKED_LENGTH])["guesses"] < MIN_GUESSES)


MINUTES = 30
PURPOSE = "password reset"


class LinkOver(Exception):
    """The link of a reset was used, or never was one; the text says what to do."""

    def __str__(self) -> str:
        return "Ce lien a déjà servi ou n'est pas complet : demandez-en un autre ci-dessous."


class LinkExpired(LinkOver):
    """The link of a reset is older than half an hour."""

    def __str__(self) -> str:
        return "Ce lien a expiré : demandez-en un autre ci-dessous."


@dataclass(frozen=True)
class PasswordReset:
    """Parameters of the mail: the link, and the minutes that it lasts."""

    link: str
    minutes: int


KIND = MessageKind(
    "password_reset", "password_reset", PasswordReset, label="Lien pour un nouveau mot de passe"
)


@dataclass(frozen=True)
class ResetRequest:
    """A reset link requested for an account that exists."""

    account_id: int
    recipient: str
    token: str


def reset_request(session: Session, email: str) -> ResetRequest | None:
    """Return the request of a reset link, if the address has an account that may sign in."""
    account = staff.find(session, email)
    if account is None or not account.active:
        return None
    return ResetRequest(account.id, account.email, reset_token(account))


def reset_token(account: Account) -> str:
    """Return the token of a reset link; it ends with any change of how the account signs in."""
    return keyring.sign(PURPOSE, account.fs_uniquifier)


def account_of_link(session: Session, token: str, at: datetime) -> Account:
    """Return the account whose password a link resets; raise `LinkOver`."""
    return _checked(session.scalar(_behind(token, at)))


def reset(session: Session, token: str, password_hash: str, at: datetime) -> Account:
    """Store the password chosen by a mailed link; the link and all sessions end.

    Raise `LinkOver`, as for the slower of two posts with the same link.
    """
    account = _checked(session.scalar(_behind(token, at).with_for_update()))
    staff.set_password(session, account, password_hash, at)
    audit_log.record(session, account.id, "password_reset", at=at)
    return account


def _behind(token: str, at: datetime) -> sa.Select[Account]:
    signed = keyring.unsign(PURPOSE, token)
    if signed is None:
        raise LinkOver
    uniquifier, signed_at = signed
    if at.timestamp() - signed_at > MINUTES * 60:
        raise LinkExpired
    return sa.select(Account).where(Account.fs_uniquifier == uniquifier)


def _checked(account: Account | None) -> Account:
    if account is None:
        raise LinkOver
    return account


def request_reset(
    session: Session, requested: ResetRequest | None, base_url: str, at: datetime
) -> None:
    """Record the request and, if the address has an account, enqueue the mail."""
    audit_log.record(
        session, requested.account_id if requested else None, "password_reset_asked", at=at
    )
    if requested is None:
        return
    outbox.enqueue(
        session,
        KIND.name,
        dedup_key=f"{KIND.name}:{new_id()}",
        recipient=requested.recipient,
        locale="fr",
        parameters=PasswordReset(f"{base_url}/connexion/oubli/{requested.token}", MINUTES),
        at=at,
    )
