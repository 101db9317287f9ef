"""Page of an institution, opened without an account by its personal link: it reads, and replies.

Opening it notes nothing: scanners of mail follow links.
"""

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.institutions.replies import frozen_values, reply, requests
from consultation.institutions.replies.forms import ReplyForm
from consultation.institutions.replies.models import ReplyRequest
from consultation.institutions.replies.reply import TermOver, TooManyToday
from consultation.plan.measurement.texts import date_text
from consultation.web.headers import keep_private
from consultation.web.permissions import Permission, requires
from consultation.web.rate_limits import Limit, by_source, throttle

blueprint = Blueprint("institution_reply", __name__, url_prefix="/reponse")

BY_SOURCE = Limit(60, 3600, by_source)


@blueprint.get("/<token>")
@requires(Permission.PUBLIC)
def ask(token: str) -> ResponseReturnValue:
    """Show the judgement and the values, and the box for the reply."""
    row = _request(token)
    last = row.reply
    given = {"seen": last.public_id, "text": last.text, "signature": last.signature} if last else {}
    return _page(row, token, ReplyForm(data=given))


@blueprint.post("/<token>")
@requires(Permission.PUBLIC)
def send(token: str) -> ResponseReturnValue:
    """Store the reply, once however often it is sent."""
    row, form = _request(token), ReplyForm(request.form)
    if requests.is_open(row, now()) and not form.validate():
        return _page(row, token, form), 422
    try:
        with writing(db.session()):
            reply.store(
                db.session(),
                row.public_id,
                form.text.data,
                form.signature.data,
                form.seen.data or "",
                now(),
            )
    except TermOver:
        return _page(_request(token), token, form, typed=form.text.data), 409
    except TooManyToday:
        return _page(_request(token), token, form, is_too_often=True), 429
    except StaleEdit:
        row = _request(token)
        form.seen.data = row.reply.public_id if row.reply else ""
        return _page(row, token, form, is_stale=True), 409
    return redirect(url_for(".receipt", token=token), 303)


@blueprint.get("/<token>/recue")
@requires(Permission.PUBLIC)
def receipt(token: str) -> ResponseReturnValue:
    """Thank for the reply, and say what becomes of it."""
    row = _request(token)
    if row.reply is None or not row.reply.text:
        abort(404)
    return render_template(
        "institutions/replies/receipt.html",
        row=row,
        token=token,
        is_open=requests.is_open(row, now()),
    )


def _page(
    row: ReplyRequest,
    token: str,
    form: ReplyForm,
    *,
    is_stale: bool = False,
    is_too_often: bool = False,
    typed: str = "",
) -> str:
    return render_template(
        "institutions/replies/reply.html",
        row=row,
        form=form,
        token=token,
        is_open=requests.is_open(row, now()),
        is_stale=is_stale,
        is_too_often=is_too_often,
        most_a_day=reply.MOST_A_DAY,
        typed=typed,
        values=[frozen_values.read(it) for it in row.shown_values],
        date_text=date_text,
        contact=current_app.config["MAIL_SENDER"],
    )


def _request(token: str) -> ReplyRequest:
    """Return the request of a personal link, on a page that no cache keeps."""
    keep_private()
    row = reply.find(db.session(), token)
    if row is None:
        abort(404)
    return row


def register(app: Flask) -> None:
    """Limit what is sent, by the network of the request."""
    throttle(app, "institution_reply.send", BY_SOURCE)
