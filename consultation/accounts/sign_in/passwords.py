"""Passwords of accounts: their policy, and their reset by a mailed link."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation import text
from consultation.accounts.audit import audit_log
from consultation.crypto.keyring import new_id
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
