"""Forms of signing in: passwords, codes of the second factor, a new account."""

from typing import Any

from flask import g
from wtforms import EmailField, HiddenField, PasswordField, ValidationError
from wtforms.validators import EqualTo

from consultation.accounts import staff
from consultation.accounts.models import Account
from consultation.accounts.sign_in import hashes, passwords
from consultation.web.forms import LineField, StaffForm, required
from consultation.web.headers import is_way_back

ADDRESS = {
    "class": "text",
    "autocomplete": "username",
    "spellcheck": "false",
    "autocapitalize": "none",
}
PASSWORD = {"class": "text", "autocomplete": "current-password"}
NEW_PASSWORD = {"class": "text", "autocomplete": "new-password"}
MISSING = "Écrivez le mot de passe."
WRONG_PASSWORD = "Ce n'est pas votre mot de passe actuel."  # noqa: S105 - a sentence


class NewPasswordField(PasswordField):
    """A password to be; its form checks the rule by `check_rule`."""

    def __init__(self, label: str = "", validators: Any = (), **kwargs: Any) -> None:
        kwargs = {"description": passwords.RULE, "render_kw": NEW_PASSWORD, **kwargs}
        super().__init__(label, validators, **kwargs)


class RepeatedField(PasswordField):
    """The password of another field, once more."""

    def __init__(self, of: str = "password", **kwargs: Any) -> None:
        same = EqualTo(of, "Les deux mots de passe ne sont pas les mêmes : écrivez-les de nouveau.")
        super().__init__("Le même, encore une fois", [same], render_kw=NEW_PASSWORD, **kwargs)


def check_rule(field: PasswordField, address: str) -> None:
    """Refuse a new password that breaks the rule, for the account of `address`."""
    for sentence in passwords.errors(field.data or "", address):
        raise ValidationError(sentence)


class SignInForm(StaffForm):
    """Address and password; nothing remembers a browser beyond its session."""

    email = EmailField("Votre adresse", render_kw=ADDRESS)
    password = PasswordField("Mot de passe", render_kw=PASSWORD)
    next = HiddenField()

    @property
    def destination(self) -> str:
        """The address to go to, if it is one of the staff's pages."""
        address = self.next.data or ""
        is_ours = is_way_back(address.partition("?")[0]) and address.isprintable()
        return address if is_ours else ""


class ForgotPasswordForm(StaffForm):
    """The address to which a link is sent."""

    email = EmailField("Votre adresse", render_kw=ADDRESS)


class ResetPasswordForm(StaffForm):
    """A new password, twice."""

    password = NewPasswordField("Nouveau mot de passe", [required(MISSING)])
    password_confirm = RepeatedField()

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that breaks the rule."""
        check_rule(field, self.address)


class ChangePasswordForm(StaffForm):
    """The present password, and the new one twice."""

    password = PasswordField("Mot de passe actuel", [required(MISSING)], render_kw=PASSWORD)
    new_password = NewPasswordField("Nouveau mot de passe", [required(MISSING)])
    new_password_confirm = RepeatedField("new_password")

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def validate_password(self, field: PasswordField) -> None:
        """Refuse another password than the present one, and leave in `g` that it was wrong."""
        g.password_refused = not hashes.matches(field.data, self.account.password)
        if g.password_refused:
            raise ValidationError(WRONG_PASSWORD)

    def validate_new_password(self, field: PasswordField) -> None:
        """Refuse the present password as the new one, however its accents were typed."""
        new, present = (passwords.normalized(it.data or "") for it in (field, self.password))
        if new == present:
            raise ValidationError("Choisissez un mot de passe différent de l'actuel.")
        check_rule(field, self.account.email)


class WelcomeForm(StaffForm):
    """Address, unless the invitation has one, and password of a new account."""

    email = EmailField("Votre adresse", [required("Écrivez votre adresse.")], render_kw=ADDRESS)
    password = NewPasswordField("Mot de passe")
    password_confirm = RepeatedField()

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
        check_rule(field, self.address)


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
