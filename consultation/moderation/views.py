"""The moderators' pages: the queue, one text, the charter."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask import request as asked
from flask.typing import ResponseReturnValue

from consultation.accounts.models import Account
from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation import attribution, decisions, forms, labels
from consultation.moderation import queue as moderation_queue
from consultation.moderation import screening as moderation_screening
from consultation.moderation.danger import screening
from consultation.moderation.forms import Gesture
from consultation.moderation.models import FindingKind, Layer, TextState, Verdict
from consultation.moderation.queue import Filters, Flag, Tab
from consultation.moderation.texts import page
from consultation.moderation.texts.page import Reading, as_sent
from consultation.plan.models import Measure
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.responses.staff.queries import TOOL
from consultation.web.permissions import Actor, Permission, require, requires

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")

TABS = {
    Tab.WAITING: "À relire",
    Tab.SECONDING: "À confirmer",
    Tab.PUBLISHED: "Publiés",
    Tab.REDACTED: "Passages masqués",
    Tab.WITHHELD: "Écartés",
    Tab.ASIDE: "Contributions de côté",
}


@blueprint.get("")
@requires(Permission.MODERATE)
def queue() -> ResponseReturnValue:
    """List the texts that wait, or those in another state."""
    measures = _measures()
    filters = forms.filters(measures)
    counts = moderation_queue.counts(db.session(), actor())
    is_all = not filters.is_narrowed
    return render_template(
        "moderation/queue.html",
        undo=_undo(asked.args.get("precedent", "")),
        listed=moderation_queue.page(
            db.session(), actor(), filters, asked.args.get("apres", ""), now()
        ),
        total=counts[filters.tab]
        if is_all
        else moderation_queue.total(db.session(), actor(), filters),
        counts=counts,
        filters=filters,
        kept=forms.kept(),
        is_beginning="apres" not in asked.args,
        measures=measures,
        tabs=TABS,
        tool=TOOL,
        flags=Flag,
        reads_names=moderation_screening.reads_names(),
        words=labels,
    )


@blueprint.get("/suivant")
@requires(Permission.MODERATE)
def following() -> ResponseReturnValue:
    """Give out the next text for these filters, claimed; or tell that there is none."""
    before: dict[str, Any] = (
        {"precedent": asked.args["precedent"]} if "precedent" in asked.args else {}
    )
    with writing(db.session()):
        filters = forms.filters(_measures())
        after = asked.args.get("apres", "")
        found = moderation_queue.take_next(
            db.session(),
            actor(),
            filters,
            after,
            now(),
            two_moderators=current_app.config["TWO_MODERATORS"],
        )
    if found is None:
        flash(_nothing_left(filters, after))
        return redirect(url_for(".queue", **before, **forms.kept()))
    return redirect(url_for(".text", public_id=found, **before, **forms.kept()))


@blueprint.get("/textes/<public_id>")
@requires(Permission.MODERATE)
def text(public_id: str) -> ResponseReturnValue:
    """Show one text, and claim it unless somebody else reads it."""
    if not page.exists(db.session(), actor(), public_id):
        abort(404)
    with writing(db.session()):
        moderation_queue.claim(db.session(), actor(), public_id, now())
    return text_page(find(public_id))


@blueprint.get("/charte")
@requires(Permission.MODERATE)
def charter() -> ResponseReturnValue:
    """Show what to mask, what the words mean, and who calls whom."""
    return render_template("moderation/charter.html", reasons=labels.REASONS)


def actor() -> Actor:
    """Return who moderates."""
    return require(Permission.MODERATE)


def find(public_id: str) -> Reading:
    """Return a text with all about it, or abort."""
    found = page.one(db.session(), actor(), public_id)
    if found is None:
        abort(404)
    return found


def text_page(
    found: Reading,
    gesture: Gesture | None = None,
    faults: Sequence[tuple[str, str]] = (),
) -> str:
    """Return the page of a text, with what was typed and what is to be corrected."""
    respondent, claim = found.response.respondent, _claim(found)
    signature = attribution.signature_of(respondent)
    faults = _anchored(faults, found, is_claimed=claim is not None)
    return render_template(
        "moderation/texts/text.html",
        reading=found,
        claim=claim,
        faults=faults,
        fault_at=dict(faults),
        is_own_proposal=_is_own_proposal(found),
        two_moderators=current_app.config["TWO_MODERATORS"],
        undo=_undo(asked.args.get("precedent", "")),
        aside_by=_email_of(found.aside.account_id if found.aside else None),
        danger_words=_danger_words(found),
        reads_names=moderation_screening.reads_names(),
        capacity=store.labels_for(db.session(), Destination.CAPACITY).get(respondent.capacity, {}),
        signature=signature,
        signature_index=attribution.index_of(found.text.answer_id, signature),
        kept=forms.kept(),
        states=TextState,
        layers=Layer,
        kinds=FindingKind,
        me=actor().id,
        words=labels,
        **_form(found, gesture or forms.untouched(found)),
    )


def _form(found: Reading, gesture: Gesture) -> dict[str, Any]:
    """Return what the form that masks and decides is made of."""
    verdicts = _offered(found)
    return {
        "gesture": gesture,
        "copied": [*gesture.copied, ""],
        "copied_id": forms.copied_id,
        "preview": found.preview(gesture.ranges(found.words)),
        "verdicts": verdicts,
        "options": Verdict,
        "mask_only": forms.MASK_ONLY,
        "bare": as_sent(decisions.bare(found.text.findings, found.seen.covered)),
        "needed": {verdict: found.requirements(verdict) for verdict in verdicts},
        "suggested": [labels.REASONS[reason] for reason in found.suggested],
    }


def _danger_words(found: Reading) -> Sequence[str]:
    """Return the danger words in a text that is marked by them."""
    if not found.text.has_danger_words:
        return []
    return screening.words(db.session()).find(found.words)


def _measures() -> Sequence[Measure]:
    return db.session.scalars(sa.select(Measure).order_by(Measure.position)).all()


def _nothing_left(filters: Filters, after: str) -> str:
    if not moderation_queue.total(db.session(), actor(), filters):
        return "Il ne reste rien ici."
    if after:
        return (
            "Vous êtes au bout de la liste. Il reste des textes que vous avez passés, ou que"
            " d'autres relisent."
        )
    if filters.tab is Tab.SECONDING and current_app.config["TWO_MODERATORS"]:
        return "Ce qui reste ici attend une autre personne que vous."
    return "Ce qui reste ici, d'autres le relisent en ce moment."


def _claim(found: Reading) -> dict[str, str] | None:
    """Return who else reads the text and until when, or None."""
    text = found.text
    if not decisions.claimed_by_another(text, actor(), now()):
        return None
    assert text.claimant is not None
    assert text.claimed_until is not None
    until = in_paris(text.claimed_until)
    return {"name": labels.name_of(text.claimant.email), "until": f"{until:%-H} h {until:%M}"}


def _anchored(
    faults: Sequence[tuple[str, str]], found: Reading, *, is_claimed: bool
) -> Sequence[tuple[str, str]]:
    """Return the faults, those of fields that the page does not show leading to the state."""
    absent = {"passages", "autre", "raison", "verifie"} if is_claimed else set()
    absent |= set() if found.masks else {"masques"}
    absent |= {"pourquoi"} if found.aside else set()
    return [
        ("etat" if field.partition("-")[0] in absent else field, sentence)
        for field, sentence in faults
    ]


def _offered(found: Reading) -> Sequence[Verdict]:
    """Return the verdicts that have a button, the one that exposes nobody first.

    One's own proposal can't be seconded.
    """
    verdicts = decisions.verdicts_for(found.text.state)
    if _is_own_proposal(found) and current_app.config["TWO_MODERATORS"]:
        verdicts = tuple(verdict for verdict in verdicts if verdict is not found.text.pending)
    return sorted(verdicts, key=lambda one: one is not Verdict.REDACT or not found.is_marked)


def _is_own_proposal(found: Reading) -> bool:
    is_proposal = found.text.state is TextState.SECONDING and found.last is not None
    return is_proposal and found.last is not None and found.last.account_id == actor().id


def _undo(public_id: str) -> Reading | None:
    """Return the text decided just before, when the last word on it is the actor's."""
    found = page.one(db.session(), actor(), public_id) if public_id else None
    if found is None or found.last is None or found.last.account_id != actor().id:
        return None
    is_reversible = Verdict.REOPEN in decisions.verdicts_for(found.text.state)
    return found if is_reversible and not found.is_gone else None


def _email_of(account_id: int | None) -> str:
    account = None if account_id is None else db.session.get(Account, account_id)
    return account.email if account else ""
