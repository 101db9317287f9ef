"""What Flask-Security leaves to a site: where accounts are, how mail leaves, which words pass."""

from typing import Any

import sqlalchemy as sa
from flask import g
from flask_security import MailUtil, PasswordUtil, SQLAlchemyUserDatastore
from flask_security.mail_util import EmailValidateException
from flask_security.utils import hash_password

from consultation.accounts import passwords, resetting, staffing
from consultation.accounts.models import Account
from consultation.accounts.security_settings import MESSAGES
from consultation.extensions import db


class StaffDatastore(SQLAlchemyUserDatastore):
    """Finds accounts as `staffing` spells them; writing is left to the signals of `security`."""

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> Account | None:
        """Return the account whose one attribute in `wanted` has that value."""
        if "email" in wanted:
            return staffing.find(db.session(), wanted["email"])
        return db.session.scalar(sa.select(Account).filter_by(**wanted))

    def commit(self) -> None:
        """Do nothing: what a view changed was written when it gave its signal."""


class StaffMail(MailUtil):
    """Spells addresses as `staffing` does, and leaves the mail of a reset to the view's write."""

    def normalize(self, email: str) -> str:
        """Return the spelling by which an account is found; raise `EmailValidateException`."""
        try:
            return staffing.address_of(email)
        except staffing.AddressInvalid:
            raise EmailValidateException(MESSAGES["INVALID_EMAIL_ADDRESS"]) from None

    def validate(self, email: str) -> str:
        """Do as `normalize` does."""
        return self.normalize(email)

    def send_mail(self, template: str, subject: str, recipient: Any, *_: Any, **told: Any) -> None:
        """Note that a link was asked for, at the cost that an unknown address has too."""
        hash_password("not a password")
        g.reset_owed = resetting.Owed(told["user"].id, recipient, told["reset_token"])


class StaffPasswords(PasswordUtil):
    """Holds a new password against the rule of `passwords`."""

    def normalize(self, password: str) -> str:
        """Return the one form of a password, whatever its length."""
        return passwords.normalized(password)

    def validate(
        self, password: str, is_register: bool, **about: Any
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong with `password`, if anything, and its normal form."""
        found = passwords.faults(password, about["user"].email)
        return found or None, passwords.normalized(password)


def new_hash(user: Account) -> str | None:
    """Return the hash that Flask-Security has put on `user` and nobody has written yet."""
    added = sa.inspect(user).attrs.password.history.added
    return str(added[0]) if added else None


def uniquifier_as_read(user: Account) -> str:
    """Return what changes with each password, as it was when Flask-Security read the account."""
    history = sa.inspect(user).attrs.fs_uniquifier.history
    return str([*history.deleted, *history.unchanged][0])
