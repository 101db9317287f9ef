"""The forms of the staff's sign-in: two of Flask-Security's with limits, and a new account's."""

from typing import Any

import flask_security
from flask import g
from flask_security.forms import password_required
from wtforms import EmailField, Form, PasswordField, ValidationError
from wtforms.validators import EqualTo, InputRequired, Length

from consultation.accounts import staff
from consultation.accounts.sign_in import passwords
from consultation.accounts.sign_in.flask_security_config import MESSAGES
from consultation.web.headers import is_staff_path

# A longer one can't be right, and hashing it would cost.
not_endless = Length(max=passwords.LONGEST, message="Ce n'est pas votre mot de passe.")


class SignInForm(flask_security.LoginForm):
    """Address and password; nothing remembers a browser beyond its session."""

    remember = None
    password = PasswordField(validators=[password_required, not_endless])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whoever was led here from elsewhere signs in all the same, and arrives at home.
        if not is_staff_path((self.next.data or "").partition("?")[0]):
            self.next.data = ""


class ChangePasswordForm(flask_security.ChangePasswordForm):
    """The present password, and the new one twice."""

    password = PasswordField(validators=[not_endless])

    def validate(self, **kwargs: Any) -> bool:
        """Say whether the password may be changed, and note when the present one was wrong."""
        is_valid = super().validate(**kwargs)
        g.password_refused = MESSAGES["INVALID_PASSWORD"] in self.password.errors
        return bool(is_valid)

    def validate_new_password(self, field: PasswordField) -> None:
        """Refuse the present password as the new one, however its accents were typed."""
        new, present = (passwords.normalized(it.data or "") for it in (field, self.password))
        if new == present:
            raise ValidationError("Choisissez un mot de passe différent de l'actuel.")


class WelcomeForm(Form):
    """What opens an account: its address unless the invitation has one, and a password twice."""

    email = EmailField(validators=[InputRequired("Écrivez votre adresse.")])
    password = PasswordField()
    password_confirm = PasswordField(
        validators=[
            EqualTo(
                "password", "Les deux mots de passe ne sont pas les mêmes : écrivez-les de nouveau."
            )
        ]
    )

    def __init__(self, *args: Any, address: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invited_address = address
        if address is not None:
            del self.email

    @property
    def address(self) -> str:
        """The address of the account to be."""
        return self.invited_address or self.email.data or ""

    def validate_email(self, field: EmailField) -> None:
        """Refuse what can't be an address."""
        try:
            staff.address_of(field.data)
        except staff.AddressInvalid:
            raise ValidationError(
                "Écrivez une adresse complète, comme prenom@association.example."
            ) from None

    def validate_password(self, field: PasswordField) -> None:
        """Hold the password against the rule."""
        for fault in passwords.faults(field.data or "", self.address):
            raise ValidationError(fault)
