"""The pages beside the form: what to keep of a response, and what becomes of the data."""

from typing import Any

from flask import Flask, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.questionnaires import round_texts, rounds
from consultation.questionnaires.instrument import Shelf
from consultation.questionnaires.models import RoundTextKind
from consultation.responses import comparing, links, notice, receipts
from consultation.responses.models import PersonalLink, Response
from consultation.responses.public_views import blueprint
from consultation.web import qr
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale, prefix_for
from consultation.web.permissions import Permission, requires


@blueprint.get("/recu/<token>")
@requires(Permission.PUBLIC)
def receipt(token: str) -> ResponseReturnValue:
    """Show what to keep of a response, for two hours."""
    keep_private()
    try:
        response = receipts.find(db.session(), token, now())
    except receipts.ReceiptNoLongerShown:
        abort(410)
    if response is None:
        abort(404)
    link = links.of_respondent(db.session(), response.respondent_id)
    if link is not None and (
        not receipts.opens(token)
        or link.created_at > response.submitted_at  # made since, for who read a mail
    ):
        link = None
    return render_template(
        "responses/receipt.html",
        response=response,
        mail=receipts.mail_standing(db.session(), response),
        change_count=_change_count(response),
        **_told(link),
    )


def _change_count(response: Response) -> int | None:
    """Return how many answers a revision changed; None when there is nothing to say."""
    if response.revision == 1 or response.withdrawn_at is not None:
        return None
    before = comparing.previous(db.session(), response)
    return len(comparing.compare(before, response, "fr").differences) if before else None


def _told(link: PersonalLink | None) -> dict[str, Any]:
    """Return what a receipt says of the personal link: in full, as a code, as a button."""
    if link is None:
        return {"link": ""}
    address = links.address(current_app.config["BASE_URL"], prefix_for(current_locale()), link)
    return {
        "link": address,
        "link_path": url_for("spaces.open_space", token=links.token_of(link.id)),
        "code": qr.draw(address),
    }


@blueprint.get("/donnees-personnelles")
@requires(Permission.PUBLIC)
def privacy() -> ResponseReturnValue:
    """Say what becomes of the data, as the round that a visitor meets says it."""
    consultation_round = rounds.current(db.session(), now())
    sender = current_app.config["MAIL_SENDER"]
    said = round_texts.in_force(db.session(), consultation_round, sender)[RoundTextKind.NOTICE]
    code = consultation_round.code if consultation_round else ""
    return render_template(
        "responses/privacy.html",
        notice=said,
        notice_version=notice.named(code, said.number),
    )


def register(app: Flask) -> None:
    """Add the pages to `app`, those of `views` with them."""
    app.extensions["consultation_shelf"] = Shelf()
    app.register_blueprint(blueprint)
