"""Pages of the public form and of its receipt.

The privacy notice, on what becomes of the data, is here as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.i18n import prefix_for
from consultation.privacy import inventory
from consultation.questionnaires.form.instrument import InstrumentCache
from consultation.questionnaires.models import RoundTextKind
from consultation.questionnaires.rounds import queries, texts
from consultation.responses import revisions
from consultation.responses.drafts.handlers import save_public
from consultation.responses.models import Response as StoredResponse
from consultation.responses.space import cookie, links
from consultation.responses.submission import context
from consultation.responses.submission import receipt as submission_receipt
from consultation.responses.submission.handlers import (
    WAS_SENT,
    ask,
    describe_sent,
    is_saving,
    receive,
)
from consultation.responses.submission.receipt import MailState, Receipt
from consultation.typesetting import qr
from consultation.web import page_cache
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale, other_language
from consultation.web.navigation import results_are_public
from consultation.web.page_cache import CachedPage
from consultation.web.permissions import Permission, requires
from consultation.web.request_body import shows_cleaned
from consultation.web.typography import in_its_language, moment

blueprint = Blueprint("responses", __name__)


@blueprint.route("/mesures/<code>/contribuer", methods=["GET", "POST"])
@shows_cleaned
@requires(Permission.PUBLIC)
def contribute(code: str) -> ResponseReturnValue:
    """Ask about one measure; on a valid post, record the response."""
    return _contribute(code)


@blueprint.route("/outil/contribuer", methods=["GET", "POST"])
@shows_cleaned
@requires(Permission.PUBLIC)
def contribute_to_tool() -> ResponseReturnValue:
    """Ask about the tool as a whole."""
    return _contribute(None)


def _contribute(code: str | None) -> ResponseReturnValue:
    if request.method != "POST":
        return ask(code)
    if request.form.get("intent") == WAS_SENT:
        return describe_sent()
    if is_saving():
        return save_public(code, cookie.used_session())
    return receive(code, beside=cookie.used_session())


@dataclass(frozen=True)
class _Shape:
    """Attributes that distinguish the cached pages of receipts, besides the values of `_values`."""

    mail: MailState
    has_link: bool
    is_round_closed: bool
    is_withdrawn: bool = False
    is_replaced: bool = False
    revision: int = 1
    change_count: int | None = None


@blueprint.get("/recu/<token>")
@requires(Permission.PUBLIC)
def receipt(token: str) -> ResponseReturnValue:
    """Show what to keep of a response, for two hours."""
    keep_private()
    stored = _find(token)
    values = _values(stored, token)
    if stored.revision > 1 or stored.is_withdrawn or stored.is_replaced:
        return _rendered(_particular_shape(stored), values)
    return page_cache.fill(_cached(_shape(stored), tuple(values)), values)


@blueprint.get("/recu/<token>/code")
@requires(Permission.PUBLIC)
def drawing(token: str) -> ResponseReturnValue:
    """Draw the personal link as a QR code, apart from the page since it takes longer."""
    keep_private()
    link_id = _find(token).link_id
    if link_id is None:
        abort(404)
    page = render_template("responses/submission/code.svg", code=qr.draw(_link(link_id)))
    return Response(page, mimetype="image/svg+xml")


def _find(token: str) -> Receipt:
    try:
        stored = submission_receipt.find(db.session(), token, now())
    except submission_receipt.ReceiptNoLongerShown:
        abort(410)
    if stored is None:
        abort(404)
    return stored


def _values(stored: Receipt, token: str) -> dict[str, str]:
    """Return what only the page of this response says, by placeholder."""
    link = stored.link_id
    return {
        "title": in_its_language(stored.title),
        "receipt_code": stored.receipt_code,
        "moment": moment(stored.submitted_at),
        "in_other_language": other_language()[1],
    } | (
        {
            "link": _link(link),
            "link_path": url_for("spaces.open_space", token=links.token_of(link)),
            "code_path": url_for("responses.drawing", token=token),
        }
        if link
        else {}
    )


def _link(identifier: str) -> str:
    prefix = prefix_for(current_locale())
    return links.address_of(current_app.config["BASE_URL"], prefix, identifier)


def _mail_of(stored: Receipt) -> MailState:
    """Return the state of the acknowledgement: without a mail server none leaves."""
    waits = stored.mail in (MailState.COMING, MailState.GATHERED)
    return MailState.KEPT if waits and not current_app.config["MAIL_SERVER"] else stored.mail


def _shape(stored: Receipt) -> _Shape:
    return _Shape(_mail_of(stored), stored.link_id is not None, stored.is_round_closed)


def _particular_shape(stored: Receipt) -> _Shape:
    """Return the shape of a response that was revised, replaced or withdrawn; never cached."""
    return replace(
        _shape(stored),
        is_withdrawn=stored.is_withdrawn,
        is_replaced=stored.is_replaced,
        revision=stored.revision,
        change_count=_change_count(stored),
    )


def _change_count(stored: Receipt) -> int | None:
    """Return how many answers a revision changed; None for a first or withdrawn one."""
    if stored.revision == 1 or stored.is_withdrawn:
        return None
    response = db.session.get_one(StoredResponse, stored.response_id)
    before = revisions.previous(db.session(), response)
    return len(revisions.compare(before, response, "fr").differences) if before else None


def _cached(shape: _Shape, names: tuple[str, ...]) -> CachedPage:
    """Return the page of all receipts of a shape in this language, rendered once."""
    kept: dict[object, CachedPage] = current_app.extensions["consultation_receipts"]
    has_space = cookie.open_space() is not None
    key = (shape, current_locale(), request.script_root, has_space, results_are_public())
    if key not in kept:
        kept[key] = page_cache.render_with_placeholders(
            names, lambda values: _rendered(shape, values)
        )
    return kept[key]


def _rendered(shape: _Shape, values: Mapping[str, str]) -> str:
    locale, _address = other_language()
    return render_template(
        "responses/submission/receipt.html",
        shape=shape,
        **values,
        # The address of this very page holds its token.
        other_language=lambda: (locale, values["in_other_language"]),
    )


@blueprint.get("/donnees-personnelles")
@requires(Permission.PUBLIC)
def privacy() -> ResponseReturnValue:
    """Show the privacy notice of the round that visitors meet, and how long data are kept."""
    consultation_round = queries.current(db.session(), now())
    sender = current_app.config["MAIL_SENDER"]
    notice = texts.in_force(db.session(), consultation_round, sender)[RoundTextKind.NOTICE]
    code = consultation_round.code if consultation_round else ""
    return render_template(
        "responses/submission/privacy.html",
        notice=notice,
        notice_version=context.notice_name(code, notice.number),
        kept=[category for category in inventory.categories() if category.is_public],
    )


def register(app: Flask) -> None:
    app.extensions["consultation_shelf"] = InstrumentCache()
    app.extensions["consultation_receipts"] = {}
