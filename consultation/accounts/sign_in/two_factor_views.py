"""Pages of the second factor at sign-in: a code of the application, or a recovery code."""

from collections.abc import Callable

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.accounts.sign_in import signed_in, two_factor
from consultation.accounts.sign_in.forms import ApplicationCodeForm, RecoveryCodeForm
from consultation.accounts.sign_in.rate_limits import BY_SOURCE, WRONG_CODES
from consultation.accounts.sign_in.two_factor import CodeRefused
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.web.forms import StaffForm
from consultation.web.permissions import Permission, requires
from consultation.web.rate_limits import throttle

blueprint = Blueprint("second_factor", __name__, url_prefix="/connexion/code")

REFUSED = (
    "Ce code n'est pas le bon, ou il a déjà servi : attendez que l'application en montre un autre,"
    " puis recopiez-le."
)
RECOVERY_REFUSED = (
    "Ce code de secours n'est pas le bon, ou il a déjà servi : recopiez-en un autre de votre liste."
)
TOO_LATE = "Plus de dix minutes ont passé depuis votre mot de passe : connectez-vous de nouveau."


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def code() -> ResponseReturnValue:
    """Ask for the code of the application after a proven password."""

    form = ApplicationCodeForm(request.form)

    def check(account: Account) -> None:
        two_factor.check(db.session(), account, form.code.data, now())

    return _ask("accounts/sign_in/second_factor.html", form, REFUSED, check)


@blueprint.route("/secours", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def recovery() -> ResponseReturnValue:
    """Ask for a recovery code instead, and say how many are left."""

    form = RecoveryCodeForm(request.form)

    def check(account: Account) -> int:
        return two_factor.use_recovery_code(db.session(), account, form.code.data, now())

    return _ask("accounts/sign_in/recovery.html", form, RECOVERY_REFUSED, check)


def _ask(
    template: str, form: StaffForm, refusal: str, check: Callable[[Account], int | None]
) -> ResponseReturnValue:
    account = signed_in.account_awaiting_code()
    if account is None:
        flash(TOO_LATE)
        return redirect(url_for("security.login"), 303)
    if request.method != "POST":
        return render_template(template, form=form)
    account_id = account.id
    try:
        left, destination = signed_in.finish_signing_in(check)
    except CodeRefused:
        note_refused(account_id)
        form.add_error("code", refusal)
        return render_template(template, form=form), 422
    if left is not None:
        flash(two_factor.left_sentence(left))
    return redirect(destination or url_for("accounts.workspace"), 303)


def note_refused(account_id: int) -> None:
    """Record a wrong code in the audit log: the person who typed it knows the password."""
    with writing(db.session()):
        audit_log.record(db.session(), account_id, "code_refused", str(account_id), at=now())


def register(app: Flask) -> None:
    """Limit wrong codes."""
    for endpoint in ("second_factor.code", "second_factor.recovery"):
        throttle(app, endpoint, BY_SOURCE, WRONG_CODES)
