"""Profile pages, « Mon compte »: one's own languages, second factor, codes and sessions."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from consultation.accounts import languages
from consultation.accounts.forms import LanguagesForm
from consultation.accounts.models import Account
from consultation.accounts.sign_in import hashes, sessions, signed_in, two_factor
from consultation.accounts.sign_in.forms import (
    WRONG_PASSWORD,
    RecoveryCodesForm,
    SecondFactorForm,
    TurnOffForm,
)
from consultation.accounts.sign_in.rate_limits import BY_SOURCE, OWN_WRONG_CODES
from consultation.accounts.sign_in.two_factor import CodeRefused, SecondFactorCompulsory
from consultation.accounts.sign_in.two_factor_views import note_refused
from consultation.clock import now
from consultation.crypto.keyring import Unreadable, keyring
from consultation.db.base import writing
from consultation.extensions import db
from consultation.typesetting import qr
from consultation.web.permissions import Permission, requires
from consultation.web.rate_limits import throttle
from consultation.work.actions import AtField, act, current_work
from consultation.work.services import Work

blueprint = Blueprint("own", __name__, url_prefix="/organisation/compte")

DRAFT = "second_factor_draft"
"""Key of the cookie for the encrypted secret, until a code confirms it."""
REFUSED = (
    "Ce code n'est pas le bon, ou il a déjà servi : vérifiez que votre téléphone est à l'heure,"
    " puis recopiez le code que l'application montre maintenant."
)
PRESENT_REFUSED = "Ce code n'est pas celui de votre application actuelle, ou il a déjà servi."
PATIENCE = timedelta(minutes=10)
"""Time after signing in during which a first second factor needs no password."""
COMPULSORY = (
    "Votre rôle demande la vérification en deux étapes : elle ne peut pas être arrêtée. Pour"
    " changer de téléphone, réglez-la de nouveau."
)


@blueprint.get("")
@requires(Permission.WORKSPACE)
def account() -> ResponseReturnValue:
    return _account_page()


@blueprint.post("/langues")
@requires(Permission.WORKSPACE)
def choose_languages() -> ResponseReturnValue:
    form = LanguagesForm(request.form)
    return act(
        lambda work: languages.choose(work, form.languages.data or ()),
        form=form,
        page=_account_page,
        done="Les langues que vous lisez sont notées.",
        to=url_for(".account", _anchor="langues"),
    )


@blueprint.get("/deux-etapes")
@requires(Permission.WORKSPACE)
def setting_up() -> ResponseReturnValue:
    """Show a new secret, to be confirmed by a code."""
    return _setting_up_page(SecondFactorForm())


@blueprint.post("/deux-etapes")
@requires(Permission.WORKSPACE)
def set_up() -> ResponseReturnValue:
    """Store the secret that a code confirms, and show the recovery codes, once."""
    secret = _draft_secret()
    if secret is None:  # the form was sent twice, or comes from another sign-in
        return redirect(url_for(".account"), 303)
    form = SecondFactorForm(request.form)
    account_id = signed_in.own_account().id
    if _must_prove_password() and not _is_own_password(form.password.data or ""):
        note_refused(account_id)
        form.add_error("password", WRONG_PASSWORD)
        return _setting_up_page(form), 422
    present, code = form.present.data, form.code.data
    try:
        codes = signed_in.change_sign_in(
            lambda account: two_factor.replace(db.session(), account, present, secret, code, now())
        )
    except CodeRefused as refused:
        note_refused(account_id)
        if isinstance(refused, two_factor.PresentCodeRefused):
            form.add_error("present", PRESENT_REFUSED)
        else:
            form.add_error("code", REFUSED)
        return _setting_up_page(form), 422
    return render_template("accounts/sign_in/recovery_codes.html", codes=codes, is_new=True)


@blueprint.post("/deux-etapes/arreter")
@requires(Permission.WORKSPACE)
def turn_off() -> ResponseReturnValue:
    """Turn the second factor off, unless a role needs it."""
    if signed_in.own_account().second_factor is None:
        return _redirect_without_factor()
    account_id, form = signed_in.own_account().id, TurnOffForm(request.form)

    def turn_off(work: Work) -> None:
        two_factor.turn_off(work.session, _lock(account_id), form.off_code.data, work.at)

    def refuse(_refused: CodeRefused) -> ResponseReturnValue:
        note_refused(account_id)
        form.add_error("off_code", REFUSED)
        return _account_page(turn_off=form), 422

    return act(
        turn_off,
        form=form,
        page=lambda: _account_page(turn_off=form),
        refusals={
            SecondFactorCompulsory: AtField("off_code", COMPULSORY, 422),
            CodeRefused: refuse,
        },
        done="La vérification en deux étapes est arrêtée : votre mot de passe suffit de nouveau.",
        to=url_for(".account"),
    )


def _redirect_without_factor() -> ResponseReturnValue:
    flash("La vérification en deux étapes n'est pas active sur votre compte.")
    return redirect(url_for(".account"), 303)


@blueprint.post("/codes-de-secours")
@requires(Permission.WORKSPACE)
def renew_codes() -> ResponseReturnValue:
    """Replace the recovery codes, and show them once."""
    if signed_in.own_account().second_factor is None:
        return _redirect_without_factor()
    account_id, form = signed_in.own_account().id, RecoveryCodesForm(request.form)
    try:
        with writing(db.session()):
            codes = two_factor.renew_recovery_codes(
                db.session(), _lock(account_id), form.renew_code.data, now()
            )
    except CodeRefused:
        note_refused(account_id)
        form.add_error("renew_code", REFUSED)
        return _account_page(renewal=form), 422
    return render_template("accounts/sign_in/recovery_codes.html", codes=codes, is_new=False)


@blueprint.post("/connexions/<public_id>/fermer")
@requires(Permission.WORKSPACE)
def close_session(public_id: str) -> ResponseReturnValue:
    return act(
        lambda work: sessions.revoke_one(work, public_id),
        page=_account_page,
        done=lambda count: (
            "Cette connexion est fermée." if count else "Cette connexion était déjà fermée."
        ),
        to=url_for(".account"),
    )


@blueprint.post("/connexions/fermer")
@requires(Permission.WORKSPACE)
def close_others() -> ResponseReturnValue:
    """Revoke the own sessions except this one."""
    return act(
        lambda work: sessions.revoke_others(work, cookie.get(signed_in.TOKEN, "")),
        page=_account_page,
        done="Toutes vos autres connexions sont fermées.",
        to=url_for(".account"),
    )


def _lock(account_id: int) -> Account:
    return db.session.get_one(Account, account_id, with_for_update=True)


def _must_prove_password() -> bool:
    """Ask again for the password where only a session of some time ago proves who is there."""
    at = now()
    opened = sessions.find(db.session(), cookie.get(signed_in.TOKEN, ""), at)
    is_first = signed_in.own_account().second_factor is None
    return is_first and (opened is None or at - opened.created_at > PATIENCE)


def _is_own_password(typed: str) -> bool:
    return hashes.matches(typed, signed_in.own_account().password)


def _account_page(
    renewal: RecoveryCodesForm | None = None, turn_off: TurnOffForm | None = None
) -> str:
    work, account = current_work(), signed_in.own_account()
    return render_template(
        "accounts/profile.html",
        actor=work.actor,
        account=account,
        renewal=renewal or RecoveryCodesForm(),
        turn_off=turn_off or TurnOffForm(),
        languages=LanguagesForm(data={"languages": languages.of(work.session, account.id)}),
        codes_left=two_factor.recovery_codes_left(work.session, account.id),
        sessions=sessions.opened(work.session, account.id, work.at),
        present=sessions.hash_of(cookie.get(signed_in.TOKEN, "")),
    )


def _setting_up_page(form: SecondFactorForm) -> str:
    account = signed_in.own_account()
    if not _must_prove_password():
        del form.password
    if account.second_factor is None:
        del form.present
    secret = _draft_secret()
    if secret is None:
        secret = two_factor.new_secret()
        cookie[DRAFT] = keyring.encrypt(secret).decode()
    draft = two_factor.draft(secret, account.email)
    return render_template(
        "accounts/sign_in/set_up.html",
        draft=draft,
        drawing=qr.draw(draft.uri),
        form=form,
        must=account.must_set_up_second_factor,
        is_replacement=account.second_factor is not None,
    )


def _draft_secret() -> str | None:
    encrypted: Any = cookie.get(DRAFT)
    try:
        return keyring.decrypt(encrypted.encode()) if encrypted else None
    except Unreadable:  # the keys have been changed since
        return None


def register(app: Flask) -> None:
    """Limit wrong codes."""
    for endpoint in ("own.set_up", "own.turn_off", "own.renew_codes"):
        throttle(app, endpoint, BY_SOURCE, OWN_WRONG_CODES)
