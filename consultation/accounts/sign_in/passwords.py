"""Passwords: the policy, and the mail that resets one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation import text
from consultation.accounts.audit import audit_log
from consultation.crypto.keyring import new_id
from consultation.mail import outbox
from consultation.mail.kinds import MessageKind
from consultation.text import length

SHORTEST = 12
LONGEST = 200
FEWEST_SIGNS = 4
RULE = (
    f"Au moins {SHORTEST} caractères, par exemple une phrase courte. Vous pouvez coller le mot de"
    " passe d'un gestionnaire."
)
# Whatever is made of these words is the first thing that anyone tries here.
OF_THIS_SITE = (
    "administrateur", "administration", "administrator", "association", "caritas", "catholique",
    "collectif", "consultation", "contribution", "contre", "ensemble", "etres", "humains",
    "indicateur", "mesure", "moderation", "motdepasse", "national", "organisation", "passe",
    "password", "plan", "secours", "traite",
)  # fmt: skip
FEWEST_OTHERS = 6
"""How many signs a password has to have beside the words of this site."""
LIKELY = 10**8
"""So many guesses find a password in a stolen database within hours; it takes more."""
LOOKED_AT = 72  # signs; beyond them, looking costs more than it tells


def normalized(password: str) -> str:
    """Return the one form in which a password typed on any keyboard is compared."""
    return text.normalized("NFKD", password)


def faults(password: str, address: str) -> list[str]:
    """Return in French what is wrong with `password` for the account at `address`, if anything."""
    if length(password) < SHORTEST:
        return [f"Choisissez un mot de passe d'au moins {SHORTEST} caractères."]
    if length(password) > LONGEST:
        return [f"Choisissez un mot de passe d'au plus {LONGEST} caractères."]
    if len(set(password)) < FEWEST_SIGNS or _is_of_this_site(password) or _is_likely(password):
        return ["Ce mot de passe est trop facile à deviner : choisissez-en un autre."]
    if password.casefold() == address.casefold():
        return ["Le mot de passe ne peut pas être votre adresse : choisissez-en un autre."]
    return []


def _is_of_this_site(password: str) -> bool:
    bare = "".join(sign for sign in normalized(password).casefold() if sign.isalnum())
    others = bare
    for word in OF_THIS_SITE:
        others = others.replace(word, "")
    return others != bare and len(others) < FEWEST_OTHERS


def _is_likely(password: str) -> bool:
    """Say whether guessing finds it: leaked passwords, names, words, dates, rows of keys."""
    from zxcvbn import zxcvbn  # thirty thousand leaked passwords, which few processes need

    return bool(zxcvbn(password[:LOOKED_AT])["guesses"] < LIKELY)


MINUTES = 30


@dataclass(frozen=True)
class PasswordReset:
    """What the mail is told: the link, and for how many minutes it serves."""

    link: str
    minutes: int


KIND = MessageKind(
    "password_reset", "password_reset", PasswordReset, label="Lien pour un nouveau mot de passe"
)


@dataclass(frozen=True)
class Owed:
    """A link that somebody asked for, for an account that exists."""

    account_id: int
    recipient: str
    token: str


def ask(session: Session, owed: Owed | None, base_url: str, at: datetime) -> None:
    """Note that a link was asked for and, when the address has an account, owe the mail."""
    audit_log.record(session, owed.account_id if owed else None, "password_reset_asked", at=at)
    if owed is None:
        return
    outbox.enqueue(
        session,
        KIND.name,
        dedup_key=f"{KIND.name}:{new_id()}",
        recipient=owed.recipient,
        locale="fr",
        parameters=PasswordReset(f"{base_url}/connexion/oubli/{owed.token}", MINUTES),
        at=at,
    )
