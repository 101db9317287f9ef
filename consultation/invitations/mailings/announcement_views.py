"""Announcement pages: write the message about an edition, read it, try it.

It is sent, paused and followed on the pages of mailings.
"""

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.stale import StaleEdit
from consultation.decisions import editions
from consultation.decisions.announcements import drafts, message, respondents
from consultation.decisions.announcements.message import FIRST_MESSAGE
from consultation.decisions.announcements.models import Announcement
from consultation.decisions.models import PlanEdition
from consultation.extensions import db
from consultation.invitations.contacts.views import find_mailing, page_number
from consultation.invitations.labels import test_sentence
from consultation.invitations.mailings.drafts import draft_of
from consultation.invitations.mailings.forms import AnnouncementForm, message_values
from consultation.invitations.mailings.placeholders import EDITION, NUMBER, as_typed
from consultation.invitations.models import Mailing, MailingState
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.responses.models import Respondent
from consultation.web.locale import in_language
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act
from consultation.work.services import Work

blueprint = Blueprint(
    "announcements", __name__, url_prefix="/organisation/invitations/suites-donnees"
)

PLACEHOLDERS = {
    as_typed([EDITION]): "le titre de l'édition",
    as_typed([NUMBER]): "son numéro",
}
NO_ROUND = "Aucun tour n'a encore ouvert : personne n'a pu s'exprimer."
NO_DRAFT = "Ce message est déjà parti : il ne peut plus être modifié."
NOT_TAKEN = f"{NO_DRAFT} Ce que vous avez écrit est encore ci-dessous, à copier."


@blueprint.get("/nouveau")
@requires(Permission.INVITE)
def new() -> ResponseReturnValue:
    """Offer a message about the edition that the address names, or about the last one."""
    edition = _edition()
    if edition is None:
        return render_template("invitations/mailings/announcement_edit.html", edition=None)
    return _edit_page(AnnouncementForm(None, data=message_values(FIRST_MESSAGE)), edition)


@blueprint.post("/nouveau")
@requires(Permission.INVITE)
def add() -> ResponseReturnValue:
    """Store a new message as a draft."""
    form, edition = AnnouncementForm(request.form), _edition()
    if edition is None:
        abort(404)
    last_round = rounds_queries.last_opened(db.session(), now())
    if last_round is None:
        form.validate()
        form.add_error("subject", NO_ROUND)
        return _edit_page(form, edition), 422

    def add(work: Work) -> str:
        may_precede = form.may_precede_closing.data
        public_id = drafts.add(
            work, form.draft, edition, last_round.id, may_precede_closing=may_precede
        ).public_id
        audit_log.log(work, "mailing_composed", public_id, {"edition": edition.number})
        return public_id

    return act(
        add,
        form=form,
        page=lambda: _edit_page(form, edition),
        to=lambda public_id: url_for("mailings.mailing", public_id=public_id),
    )


@blueprint.get("/<public_id>/modifier")
@requires(Permission.INVITE)
def edit(public_id: str) -> ResponseReturnValue:
    """Offer a draft to change."""
    mailing, announcement = _find(public_id)
    if mailing.state is not MailingState.DRAFT:
        flash(NO_DRAFT)
        return redirect(url_for("mailings.mailing", public_id=public_id), 303)
    form = AnnouncementForm(None, data=_values(mailing, announcement))
    return _edit_page(form, announcement.edition, mailing)


@blueprint.post("/<public_id>/modifier")
@requires(Permission.INVITE)
def change(public_id: str) -> ResponseReturnValue:
    """Store another draft, unless the mailing has started since it was read."""
    form = AnnouncementForm(request.form)
    mailing, announcement = _find(public_id)
    if mailing.state is not MailingState.DRAFT:
        return _stale_page(form, public_id), 409

    def change(work: Work) -> None:
        before, _ = _find(public_id)
        seen, may_precede = form.seen.data or "", form.may_precede_closing.data
        drafts.change(work, before, form.draft, seen, may_precede_closing=may_precede)
        audit_log.log(work, "mailing_changed", public_id)

    return act(
        change,
        form=form,
        page=lambda: _edit_page(form, announcement.edition, mailing),
        refusals={StaleEdit: lambda stale: (_stale_page(form, public_id, stale), 409)},
        to=url_for("mailings.mailing", public_id=public_id),
    )


@blueprint.get("/<public_id>/apercu")
@requires(Permission.INVITE)
def preview(public_id: str) -> ResponseReturnValue:
    """Show the message as one of its recipients will read it, without saying who they are."""
    mailing, announcement = _find(public_id)
    number = page_number()
    edition, base_url = announcement.edition, current_app.config["BASE_URL"]
    recipient_id, count = respondents.example(db.session(), edition.id, number)
    recipient = db.session.get(Respondent, recipient_id) if recipient_id else None
    wanted = request.args.get("langue") or (recipient.locale if recipient else "")
    locale = message.locale_for(mailing, wanted)
    letter = recipient and message.letter_for(
        mailing,
        edition,
        locale=locale,
        measures=respondents.measures_of(db.session(), edition.id, [recipient.id]),
        spaces=[message.example_link(base_url, locale)],
        base_url=base_url,
    )
    return render_template(
        "invitations/mailings/announcement_preview.html",
        mailing=mailing,
        letter=letter,
        sentences=_sentences(locale, letter.more if letter else 0),
        locale=locale,
        number=number,
        count=count,
    )


@blueprint.post("/<public_id>/essai")
@requires(Permission.INVITE)
def try_out(public_id: str) -> ResponseReturnValue:
    """Send the actor a test mail, about every measure of the edition."""
    base_url, leaves = current_app.config["BASE_URL"], bool(current_app.config["MAIL_SERVER"])

    def try_out(work: Work) -> int:
        mailing, announcement = _find(public_id)
        count = message.enqueue_test(work, mailing, announcement.edition, base_url)
        audit_log.log(work, "mailing_tried", public_id)
        return count

    return act(
        try_out,
        done=lambda count: test_sentence(count, leaves=leaves),
        to=url_for("mailings.mailing", public_id=public_id),
    )


def _sentences(locale: str, more: int) -> Mapping[str, str]:
    """Return the mail's own sentences before its lists and links, in its language."""
    with in_language(locale):
        return {
            "measures": gettext(
                "Les mesures dont vous avez parlé, et où des décisions sont publiées :"
            ),
            "more": ngettext("et %(num)s autre", "et %(num)s autres", more),
            "space": gettext("Ce qui est décidé sur ce que vous avez dit, dans votre espace :"),
            "decisions": gettext("Toutes les décisions de cette édition :"),
        }


def _find(public_id: str) -> tuple[Mailing, Announcement]:
    """Return a mailing about an edition, or abort with 404."""
    mailing = find_mailing(public_id)
    announcement = drafts.about(db.session(), mailing)
    if announcement is None:
        abort(404)
    return mailing, announcement


def _edition() -> PlanEdition | None:
    """Return the published edition of the address, or the last one; abort with 404."""
    typed = request.args.get("edition")
    number = int(typed) if typed and typed.isdecimal() and len(typed) < 6 else None
    edition = editions.published_edition(db.session(), number)
    if typed and (number is None or edition is None):
        abort(404)
    return edition


def _values(mailing: Mailing, announcement: Announcement) -> dict[str, Any]:
    """Return the values of the form of a stored draft."""
    return message_values(draft_of(mailing)) | {
        "seen": drafts.version(mailing, announcement),
        "may_precede_closing": announcement.may_precede_closing,
    }


def _edit_page(
    form: AnnouncementForm,
    edition: PlanEdition,
    mailing: Mailing | None = None,
    stale: StaleEdit | None = None,
) -> str:
    values: dict[str, Any] = {"form": form, "edition": edition, "mailing": mailing, "stale": stale}
    return render_template(
        "invitations/mailings/announcement_edit.html",
        placeholders=PLACEHOLDERS,
        reached=respondents.reached_by(db.session(), edition.id),
        **values,
    )


def _stale_page(form: AnnouncementForm, public_id: str, stale: StaleEdit | None = None) -> str:
    """Show the stored draft beside what was typed, or say that the message has left."""
    mailing, announcement = _find(public_id)
    if mailing.state is MailingState.DRAFT:
        form.show_both(_values(mailing, announcement))
        return _edit_page(form, announcement.edition, mailing, stale)
    form.add_error("subject", NOT_TAKEN)
    return _edit_page(form, announcement.edition, mailing)
