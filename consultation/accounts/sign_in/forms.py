"""Sign-in forms: those of Flask-Security in French, codes of the second factor, a new account."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import flask_security
from flask import g
from flask_security.forms import password_required
from wtforms import EmailField, Form, PasswordField, ValidationError
from wtforms.validators import EqualTo, Length

from consultation.accounts import staff
from consultation.accounts.sign_in import passwords
from consultation.accounts.sign_in.flask_security_config import MESSAGES
from consultation.web.forms import LineField, Problem, StaffForm, required
from consultation.web.headers import is_staff_path

# A longer one can't be right, and hashing it would cost.
not_endless = Length(max=passwords.MAX_LENGTH, message="Ce n'est pas votre mot de passe.")

ADDRESS = {
    "class": "text",
    "autocomplete": "username",
    "spellcheck": "false",
    "autocapitalize": "none",
}
PASSWORD = {"class": "text", "autocomplete": "current-password"}
NEW_PASSWORD = {"class": "text", "autocomplete": "new-password"}


class Appearance(NamedTuple):
    """Label, attributes and hint of a field of Flask-Security."""

    label: str
    attributes: Mapping[str, str]
    hint: str = ""


OWN_ADDRESS = Appearance("Votre adresse", ADDRESS)
CHOSEN = Appearance("Nouveau mot de passe", NEW_PASSWORD, passwords.RULE)
REPEATED = Appearance("Le même, encore une fois", NEW_PASSWORD)


class FrenchForm(Form):
    """A form of Flask-Security, displayed as those of the staff are (`web.forms`)."""

    appearances: ClassVar[Mapping[str, Appearance]]
    """The fields that a page displays, by name and in order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, appearance in self.appearances.items():
            field = self[name]
            field.label.text, field.render_kw, field.description = appearance

    @property
    def problems(self) -> list[Problem]:
        """Errors of the whole form, linked to the first field, then those of each field."""
        fields = [self[name] for name in self.appearances]
        return [
            *(Problem(fields[0].id, "", str(sentence)) for sentence in self.form_errors),
            *(Problem(it.id, it.label.text, str(it.errors[0])) for it in fields if it.errors),
        ]


class SignInForm(FrenchForm, flask_security.LoginForm):
    """Address and password; nothing remembers a browser beyond its session."""

    appearances: ClassVar = {"email": OWN_ADDRESS, "password": Appearance("Mot de passe", PASSWORD)}
    remember = None
    password = PasswordField(validators=[password_required, not_endless])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A visitor who comes from elsewhere signs in all the same, and arrives at home.
        if not is_staff_path((self.next.data or "").partition("?")[0]):
            self.next.data = ""


class ForgotPasswordForm(FrenchForm, flask_security.ForgotPasswordForm):
    """The address to which a link is sent."""

    appearances: ClassVar = {"email": OWN_ADDRESS}


class ResetPasswordForm(FrenchForm, flask_security.ResetPasswordForm):
    """A new password, twice."""

    appearances: ClassVar = {"password": CHOSEN, "password_confirm": REPEATED}


class ChangePasswordForm(FrenchForm, flask_security.ChangePasswordForm):
    """The present password, and the new one twice."""

    appearances: ClassVar = {
        "password": Appearance("Mot de passe actuel", PASSWORD),
        "new_password": CHOSEN,
        "new_password_confirm": REPEATED,
    }
    password = PasswordField(validators=[not_endless])

    def validate(self, **kwargs: Any) -> bool:
        """Check the form, and leave in `g` whether the present password was wrong."""
        is_valid = super().validate(**kwargs)
        g.password_refused = MESSAGES["INVALID_PASSWORD"] in self.password.errors
        return bool(is_valid)

    def validate_new_password(self, field: PasswordField) -> None:
        """Refuse the present password as the new one, however its accents were typed."""
        new, present = (passwords.normalized(it.data or "") for it in (field, self.password))
        if new == present:
            raise ValidationError("Choisissez un mot de passe différent de l'actuel.")


class WelcomeForm(StaffForm):
    """Address, unless the invitation has one, and password of a new account."""

    email = EmailField("Votre adresse", [required("Écrivez votre adresse.")], render_kw=ADDRESS)
    password = PasswordField("Mot de passe", description=passwords.RULE, render_kw=NEW_PASSWORD)
    password_confirm = PasswordField(
        "Le même, encore une fois",
        [
            EqualTo(
                "password", "Les deux mots de passe ne sont pas les mêmes : écrivez-les de nouveau."
            )
        ],
        render_kw=NEW_PASSWORD,
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
            staff.address_to_write_to(field.data)
        except staff.AddressInvalid as invalid:
            raise ValidationError(str(invalid)) from None

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that breaks the rule."""
        for sentence in passwords.errors(field.data or "", self.address):
            raise ValidationError(sentence)


class CodeField(LineField):
    """A code, which is never displayed again; `is_numeric` where no recovery code replaces it."""

    def __init__(self, label: str = "", *, is_numeric: bool = False, **kwargs: Any) -> None:
        attributes = {
            "class": "text code",
            "autocomplete": "one-time-code",
            "autocapitalize": "characters",
            "spellcheck": "false",
        }
        if is_numeric:
            attributes["inputmode"] = "numeric"
        super().__init__(label, **{"render_kw": attributes, **kwargs})

    def _value(self) -> str:
        return ""


class ApplicationCodeForm(StaffForm):
    """The code that completes a sign-in."""

    code = CodeField(
        "Code à six chiffres",
        is_numeric=True,
        description="Il change toutes les trente secondes et ne sert qu'une fois.",
    )


class RecoveryCodeForm(StaffForm):
    """The recovery code that completes a sign-in without the telephone."""

    code = CodeField(
        "Code de secours",
        description="Trois groupes de quatre caractères, comme ABCD-2345-WXYZ. Chacun ne sert"
        " qu'une fois.",
        render_kw={"class": "text"},
    )


class SecondFactorForm(StaffForm):
    """Codes that confirm a new secret; the page removes fields that are not needed."""

    password = PasswordField(
        "Votre mot de passe",
        description="Votre connexion date d'un moment : il montre que c'est toujours vous.",
        render_kw=PASSWORD,
    )
    present = CodeField(
        "Code actuel",
        description="Celui que montre l'application de votre ancien téléphone, ou un code de"
        " secours.",
    )
    code = CodeField(
        "Code à six chiffres",
        is_numeric=True,
        description="Il change toutes les trente secondes.",
    )


class RecoveryCodesForm(StaffForm):
    """The code that renews the recovery codes."""

    renew_code = CodeField(
        "Code de votre application",
        description="Ou un code de secours. Les codes de secours précédents ne serviront plus.",
    )


class TurnOffForm(StaffForm):
    """The code that turns the second factor off."""

    off_code = CodeField(
        "Code de votre application",
        description="Ou un code de secours. Votre mot de passe suffira de nouveau pour vous"
        " connecter.",
    )
