"""The second page of signing in: a code of the application, or a recovery code."""

from collections.abc import Callable

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import auditing, second_factors, security
from consultation.accounts.models import Account
from consultation.accounts.second_factors import CodeRefused
from consultation.accounts.throttling_views import BY_SOURCE, WRONG_CODES
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.web.limits import throttle
from consultation.web.permissions import Permission, requires

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
    """Ask who has proven a password for the code that the application shows."""

    def check(account: Account) -> None:
        second_factors.check(db.session(), account, request.form.get("code", ""), now())

    return _ask("accounts/code.html", REFUSED, check)


@blueprint.route("/secours", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def recovery() -> ResponseReturnValue:
    """Ask for a recovery code in its stead, and say how many are left."""

    def check(account: Account) -> int:
        typed = request.form.get("code", "")
        return second_factors.use_recovery_code(db.session(), account, typed, now())

    return _ask("accounts/recovery.html", RECOVERY_REFUSED, check)


def _ask(template: str, why: str, check: Callable[[Account], int | None]) -> ResponseReturnValue:
    account = security.code_owed_by()
    if account is None:
        flash(TOO_LATE)
        return redirect(url_for("security.login"), 303)
    if request.method != "POST":
        return render_template(template, faults={})
    account_id = account.id
    try:
        left, wanted = security.finish_signing_in(check)
    except CodeRefused:
        note_refused(account_id)
        return render_template(template, faults={"code": why}), 422
    if left is not None:
        flash(second_factors.left_sentence(left))
    return redirect(wanted or url_for("accounts.workspace"), 303)


def note_refused(account_id: int) -> None:
    """Leave a wrong code in the trail: who types it knows the password."""
    with writing(db.session()):
        auditing.record(db.session(), account_id, "code_refused", str(account_id), at=now())


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
    for endpoint in ("second_factor.code", "second_factor.recovery"):
        throttle(app, endpoint, BY_SOURCE, WRONG_CODES)
