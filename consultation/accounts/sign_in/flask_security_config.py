"""Flask-Security configuration: settings, French messages, datastore, mail and passwords."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import g
from flask_security import MailUtil, PasswordUtil, SQLAlchemyUserDatastore
from flask_security.mail_util import EmailValidateException
from flask_security.utils import hash_password

from consultation.accounts import staff
from consultation.accounts.models import Account
from consultation.accounts.sign_in import passwords
from consultation.extensions import db

MESSAGES = {
    "GENERIC_AUTHN_FAILED": "L'adresse ou le mot de passe ne convient pas : vérifiez l'un et"
    " l'autre.",
    "PASSWORD_RESET_REQUEST": "Si cette adresse a un compte, un courriel vient d'y être envoyé :"
    f" son lien sert une fois, pendant {passwords.MINUTES} minutes.",
    "PASSWORD_RESET_EXPIRED": "Ce lien a expiré : demandez-en un autre ci-dessous.",
    "INVALID_RESET_PASSWORD_TOKEN": "Ce lien a déjà servi ou n'est pas complet : demandez-en un"
    " autre ci-dessous.",
    "PASSWORD_RESET_NO_LOGIN": "Votre mot de passe est changé : connectez-vous avec le nouveau.",
    "PASSWORD_CHANGE": "Votre mot de passe est changé. Les autres appareils ne sont"
    " plus connectés.",
    "PASSWORD_NOT_PROVIDED": "Écrivez le mot de passe.",
    "INVALID_PASSWORD": "Ce n'est pas votre mot de passe actuel.",
    "RETYPE_PASSWORD_MISMATCH": "Les deux mots de passe ne sont pas les mêmes : écrivez-les de"
    " nouveau.",
    "EMAIL_NOT_PROVIDED": "Écrivez votre adresse.",
    "INVALID_EMAIL_ADDRESS": str(staff.AddressInvalid()),
}
RESET_KEPT = (
    "Ce site n'a pas encore de serveur de courriel : aucun lien ne peut vous parvenir. Prévenez la"
    " personne qui administre le site."
)
SETTINGS: dict[str, Any] = {
    "LOGIN_URL": "/connexion",
    "RESET_URL": "/connexion/oubli",
    "CHANGE_URL": "/connexion/mot-de-passe",
    "LOGOUT_METHODS": None,  # `accounts.leave` signs out
    "FRESHNESS": timedelta(days=-1),  # no view that asks for the password again
    "STATIC_FOLDER": None,
    "RECOVERABLE": True,
    "CHANGEABLE": True,
    "LOGIN_USER_TEMPLATE": "accounts/sign_in/login.html",
    "FORGOT_PASSWORD_TEMPLATE": "accounts/sign_in/forgot.html",
    "RESET_PASSWORD_TEMPLATE": "accounts/sign_in/reset.html",
    "CHANGE_PASSWORD_TEMPLATE": "accounts/sign_in/change_password.html",
    "POST_LOGIN_VIEW": "accounts.workspace",
    "POST_CHANGE_VIEW": "accounts.workspace",
    "POST_RESET_VIEW": "security.login",
    "RESET_PASSWORD_WITHIN": timedelta(minutes=passwords.MINUTES),
    "RETURN_GENERIC_RESPONSES": True,
    "PASSWORD_HASH": "argon2",
    "PASSWORD_SCHEMES": ["argon2"],
    "PASSWORD_SINGLE_HASH": {"argon2"},
    # 19 MiB, two passes, one lane: what OWASP advises where memory is shared with other threads.
    "PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": 19_456,
        "argon2__time_cost": 2,
        "argon2__parallelism": 1,
    },
    # Ties a link for a reset to the password's long random hash: no need to be slow.
    "HASHING_SCHEMES": ["hex_sha256"],
    "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},  # no question to the DNS
    "EMAIL_PLAINTEXT": False,  # the worker renders mails
    "EMAIL_HTML": False,
    "SEND_PASSWORD_CHANGE_EMAIL": False,
    "SEND_PASSWORD_RESET_NOTICE_EMAIL": False,
    "API_ENABLED_METHODS": ["session"],
    "JOIN_USER_ROLES": False,
    "CLI_USERS_NAME": None,
    "CLI_ROLES_NAME": None,
    **{f"MSG_{name}": (text, "info") for name, text in MESSAGES.items()},
}


class StaffDatastore(SQLAlchemyUserDatastore):
    """Find accounts by our spelling of addresses; writing is left to signals (`flask_security`)."""

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> Account | None:
        """Return the account whose attribute has the given value."""
        if "email" in wanted:
            return staff.find(db.session(), wanted["email"])
        return db.session.scalar(sa.select(Account).filter_by(**wanted))

    def commit(self) -> None:
        """Do nothing: the signals of the view have written its changes."""


class StaffMail(MailUtil):
    """Spell addresses as accounts do, and leave the mail of a reset to the view."""

    def normalize(self, email: str) -> str:
        """Return our spelling of an address; raise `EmailValidateException`."""
        try:
            return staff.address_of(email)
        except staff.AddressInvalid:
            raise EmailValidateException(MESSAGES["INVALID_EMAIL_ADDRESS"]) from None

    def validate(self, email: str) -> str:
        """Do as `normalize` does."""
        return self.normalize(email)

    def send_mail(
        self, template: str, subject: str, recipient: Any, *_: Any, **context: Any
    ) -> None:
        """Keep the reset for the view, in the time that an unknown address takes too."""
        hash_password("not a password")
        g.password_reset = passwords.ResetRequest(
            context["user"].id, recipient, context["reset_token"]
        )


class StaffPasswords(PasswordUtil):
    """Check new passwords by the rule of `passwords`."""

    def normalize(self, password: str) -> str:
        """Return the normal form of a password, whatever its length."""
        return passwords.normalized(password)

    def validate(
        self, password: str, is_register: bool, **context: Any
    ) -> tuple[list[str] | None, str]:
        """Return the errors of a new password, or None, and its normal form."""
        errors = passwords.errors(password, context["user"].email)
        return errors or None, passwords.normalized(password)


def new_hash(user: Account) -> str | None:
    """Return the hash that Flask-Security has set on `user`, not yet written."""
    added = sa.inspect(user).attrs.password.history.added
    return str(added[0]) if added else None


def uniquifier_as_read(user: Account) -> str:
    """Return the uniquifier as it was when Flask-Security read the account."""
    history = sa.inspect(user).attrs.fs_uniquifier.history
    return str([*history.deleted, *history.unchanged][0])
