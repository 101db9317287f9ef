"""Pages of the public form and of its receipt.

The privacy notice, on what becomes of the data, is here as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.i18n import LANGUAGES, prefix_for
from consultation.moderation.danger import screening
from consultation.privacy import inventory
from consultation.questionnaires.form.instrument import InstrumentCache
from consultation.questionnaires.models import RoundTextKind
from consultation.questionnaires.rounds import queries, texts
from consultation.recordings import playback
from consultation.responses import revisions
from consultation.responses.drafts.handlers import save_public
from consultation.responses.models import Response as StoredResponse
from consultation.responses.rights import attachments, export, export_formats
from consultation.responses.space import cookie, links
from consultation.responses.space.journey import Suggested
from consultation.responses.space.views import following, journey_of
from consultation.responses.submission import context, posted
from consultation.responses.submission import receipt as submission_receipt
from consultation.responses.submission.handlers import WAS_SENT, ask, describe_sent, receive
from consultation.responses.submission.posted import SAVE, proposal, proposed_along
from consultation.responses.submission.receipt import MailState, Receipt
from consultation.results.public import queries as results_queries
from consultation.typesetting import qr
from consultation.web import page_cache
from consultation.web.headers import allow_listening, keep_private
from consultation.web.locale import current_locale, other_languages
from consultation.web.navigation import frame_state
from consultation.web.page_cache import CachedPage
from consultation.web.permissions import Permission, requires
from consultation.web.request_body import shows_cleaned
from consultation.web.typography import deadline, in_its_language

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
    sent = posted.read()
    if sent.action == WAS_SENT:
        return describe_sent()
    opened = cookie.used_session()
    return save_public(code, sent, opened) if sent.action == SAVE else receive(code, sent, opened)


CONCERNED = "concerned_person"
"""The capacity of a person concerned, as the questionnaire that comes with the site names it."""
MOST_SHAPES = 200
"""Receipts that a process keeps: there is no end of revisions."""


@dataclass(frozen=True)
class _Shape:
    """Attributes that distinguish the cached pages of receipts, besides the values of `_values`."""

    mail: MailState
    has_link: bool
    is_round_closed: bool
    sends_link: bool
    """Whether the link may be sent to an address: not without a mail server."""
    has_following: bool
    """Whether a measure is left to suggest."""
    has_results: bool = False
    is_tool: bool = False
    is_proposed: bool = False
    """Whether the measure to suggest is one of those that the site proposed."""
    is_short: bool = False
    """Whether the space that it was sent from is open, so that nothing has to be kept anew."""
    is_withdrawn: bool = False
    is_replaced: bool = False
    revision: int = 1
    is_correction: bool = False
    """Whether it replaced a version that counted, and was not sent again after a withdrawal."""
    change_count: int | None = None
    is_in_danger: bool = False
    """Whether its texts have danger words, by which moderation reads them too."""
    is_concerned: bool = False
    """Whether its respondent says to be a person concerned."""


@blueprint.get("/recu/<token>")
@requires(Permission.PUBLIC)
def receipt(token: str) -> ResponseReturnValue:
    """Show what to keep of a response, for two hours."""
    keep_private()
    stored = _find(token)
    is_short = stored.is_later and _is_in_space(stored)
    suggested = _suggested(stored, is_short=is_short)
    shape = _shape(stored, suggested, is_short=is_short)
    values = _values(stored, token, shape, suggested)
    if stored.revision > 1 or stored.is_withdrawn or stored.is_replaced:
        return _rendered(_particular_shape(stored, shape), values)
    return _page(shape, values)


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


@blueprint.get("/recu/<token>/reponse.pdf")
@requires(Permission.PUBLIC)
def own_response(token: str) -> ResponseReturnValue:
    """Return the answers of a receipt as a PDF, without anything on who sent them."""
    keep_private()
    stored = _find(token)
    at = now()
    return attachments.document(
        lambda: export_formats.describe_response(
            export.response_of(db.session(), stored.response_id), at
        ),
        at,
    )


def _find(token: str) -> Receipt:
    try:
        stored = submission_receipt.find(db.session(), token, now())
    except submission_receipt.ReceiptNoLongerShown:
        abort(410)
    if stored is None:
        abort(404)
    return stored


def _values(
    stored: Receipt, token: str, shape: _Shape, suggested: Sequence[Suggested]
) -> dict[str, str]:
    """Return the values that only the page of this response has, by placeholder."""
    values = {
        "title": in_its_language(stored.title),
        "receipt_code": stored.first_code,
        "moment": deadline(stored.submitted_at),
        **{f"in_{language.tag}": address for language, address in other_languages()},
        "exit_path": url_for("exit.leave_receipt", token=token),
        "copy_path": url_for("responses.own_response", token=token),
    }
    if suggested:
        values |= _next_values(suggested, shape)
    link = stored.link_id
    if link is None or shape.is_short:
        return values
    values |= {
        "link": _link(link),
        "link_path": url_for("spaces.open_space", token=links.token_of(link)),
        "code_path": url_for("responses.drawing", token=token),
    }
    return values | ({"link_token": links.token_of(link)} if shape.sends_link else {})


def _next_values(suggested: Sequence[Suggested], shape: _Shape) -> dict[str, str]:
    """Return how the next measure is called, and what leads to it."""
    first, *others = suggested
    title = {"following": in_its_language(first.title)}
    if shape.is_proposed and not shape.is_short:
        return title | {"along": ",".join(measure.code for measure in suggested)}
    if not shape.is_short:
        return title
    codes = [other.code for other in others]
    proposed: dict[str, Any] = proposal(codes) if shape.is_proposed else {}
    return title | {"following_path": url_for("spaces.contribute", code=first.code, **proposed)}


def _link(identifier: str) -> str:
    prefix = prefix_for(current_locale())
    return links.address_of(current_app.config["BASE_URL"], prefix, identifier)


def _mail_of(stored: Receipt) -> MailState:
    """Return the state of the acknowledgement: without a mail server none leaves."""
    waits = stored.mail in (MailState.COMING, MailState.GATHERED)
    return MailState.KEPT if waits and not _sends_mail() else stored.mail


def _suggested(stored: Receipt, *, is_short: bool) -> list[Suggested]:
    """Return the measure to suggest to whoever may open the space, then those proposed after it.

    None once the space is closed.
    """
    if stored.is_round_closed or not (is_short or stored.link_id):
        return []
    codes = proposed_along()
    proposed = journey_of(stored.respondent_id).untouched_among(codes) if codes else []
    if proposed:
        return [Suggested(measure.code, measure.title) for measure in proposed]
    measure = following(db.session(), stored.respondent_id)
    return [measure] if measure else []


def _shape(stored: Receipt, suggested: Sequence[Suggested], *, is_short: bool) -> _Shape:
    has_link = stored.link_id is not None
    return _Shape(
        mail=_mail_of(stored),
        has_link=has_link,
        is_round_closed=stored.is_round_closed,
        sends_link=has_link and not is_short and _sends_mail(),
        has_following=bool(suggested),
        is_proposed=any(measure.code in proposed_along() for measure in suggested),
        has_results=stored.is_round_closed and results_queries.has_results(db.session()),
        is_tool=stored.is_tool,
        is_short=is_short,
        is_in_danger=_is_in_danger(stored),
        is_concerned=stored.capacity == CONCERNED,
    )


def _is_in_danger(stored: Receipt) -> bool:
    in_force = screening.word_list(db.session(), LANGUAGES)
    return any(map(in_force.is_in, submission_receipt.texts_of(db.session(), stored)))


def _is_in_space(stored: Receipt) -> bool:
    """Return whether the space of the response is open in this browser."""
    space = cookie.used_session()
    return space is not None and space.respondent_id == stored.respondent_id


def _sends_mail() -> bool:
    return bool(current_app.config["MAIL_SERVER"])


def _particular_shape(stored: Receipt, shape: _Shape) -> _Shape:
    """Return the shape of a response that was revised, replaced or withdrawn; never cached."""
    return replace(
        shape,
        is_withdrawn=stored.is_withdrawn,
        is_replaced=stored.is_replaced,
        revision=stored.revision,
        **_correction(stored),
    )


def _correction(stored: Receipt) -> dict[str, Any]:
    """Return whether a response corrects another, and how many answers; nothing once withdrawn."""
    if stored.revision == 1 or stored.is_withdrawn:
        return {}
    response = db.session.get_one(StoredResponse, stored.response_id)
    before = revisions.previous(db.session(), response)
    if before is None:
        return {}
    change_count = len(revisions.compare(before, response, "fr").differences)
    return {"is_correction": before.withdrawn_at is None, "change_count": change_count}


def _page(shape: _Shape, values: Mapping[str, str]) -> Response:
    return page_cache.fill(_cached(shape, tuple(values)), values)


def _cached(shape: _Shape, names: tuple[str, ...]) -> CachedPage:
    """Return the page of all receipts of a shape in this language, rendered once."""
    kept: dict[object, CachedPage] = current_app.extensions["consultation_receipts"]
    has_space = cookie.open_space() is not None
    key = (shape, current_locale(), has_space, frame_state())
    page = kept.get(key)
    if page is None:
        if len(kept) >= MOST_SHAPES:
            kept.clear()
        page = kept[key] = page_cache.render_with_placeholders(
            names, lambda values: _rendered(shape, values)
        )
    return page


def _rendered(shape: _Shape, values: Mapping[str, str]) -> str:
    others = [language for language, _address in other_languages()]
    return render_template(
        "responses/submission/receipt.html",
        shape=shape,
        **values,
        # The address of this very page holds its token.
        other_languages=lambda: [(it, values[f"in_{it.tag}"]) for it in others],
    )


@blueprint.get("/donnees-personnelles")
@requires(Permission.PUBLIC)
def privacy() -> ResponseReturnValue:
    """Show the privacy notice of the round that visitors meet, and how long data are kept."""
    consultation_round = queries.current(db.session(), now())
    sender = current_app.config["MAIL_SENDER"]
    in_force = texts.in_force(db.session(), consultation_round, sender)
    notice = in_force[RoundTextKind.NOTICE]
    sounds = playback.sounds_of_round(db.session(), in_force, current_locale())
    if sounds:
        allow_listening()
    code = consultation_round.code if consultation_round else ""
    return render_template(
        "responses/submission/privacy.html",
        notice=notice,
        sounds=sounds,
        notice_version=context.notice_name(code, notice.number),
        kept=[category for category in inventory.categories() if category.is_public],
    )


def register(app: Flask) -> None:
    app.extensions["consultation_shelf"] = InstrumentCache()
    app.extensions["consultation_receipts"] = {}
