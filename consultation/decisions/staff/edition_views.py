"""Staff pages of editions: what is published, and the one in preparation."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import moment_of
from consultation.db.base import writing
from consultation.db.stale import StaleEdit, digest
from consultation.decisions import editions
from consultation.decisions.editions import Obstructed, Published
from consultation.decisions.models import IndicatorDecision, PlanEdition
from consultation.decisions.oddities import Oddity, of_stored
from consultation.decisions.staff.forms import EditionForm, edition_values
from consultation.editions.publication import SecondPersonNeeded
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.plan.changes import groups_of
from consultation.questionnaires.rounds import queries as rounds
from consultation.responses import plan_changes
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work
from consultation.work.services import Work

blueprint = Blueprint("editions", __name__, url_prefix="/organisation/editions")

SECOND = (
    "Il faut deux personnes : une autre que celle qui a préparé l'édition doit la publier."
    " Demandez-lui d'ouvrir cette page."
)
OBSTRUCTED = "Rien n'est publié : des décisions ne peuvent pas être appliquées. Voyez lesquelles."


class NotAsShown(Exception):
    """The edition would change something else than its preview said."""


@blueprint.get("")
@requires(Permission.PUBLISH_EDITIONS)
def page() -> ResponseReturnValue:
    """Show the editions, and the form of the next one."""
    return _page(_form())


@blueprint.post("")
@requires(Permission.PUBLISH_EDITIONS)
def prepare() -> ResponseReturnValue:
    """Keep title, introduction and decisions of the edition in preparation."""
    form = EditionForm(request.form)

    def prepare(work: Work) -> None:
        texts, ids = form.texts(), _ids(form.decisions.data)
        editions.prepare(work, texts["title"], texts["introduction"], ids, form.seen_at)

    return act(
        prepare,
        form=form,
        page=partial(_page, form),
        done="L'édition est prête à être relue. Elle n'est pas encore publiée.",
        to=url_for(".preview"),
    )


@blueprint.post("/abandonner")
@requires(Permission.PUBLISH_EDITIONS)
def discard() -> ResponseReturnValue:
    """Give up the edition in preparation; its decisions stay."""
    seen = moment_of(request.form.get("seen", ""))
    return act(
        lambda work: editions.discard(work, seen),
        page=lambda stale: _page(_form(), stale=stale),
        done="L'édition en préparation est abandonnée. Ses décisions restent.",
        to=url_for(".page"),
    )


@blueprint.get("/relire")
@requires(Permission.PUBLISH_EDITIONS)
def preview() -> ResponseReturnValue:
    """Show what the edition in preparation would change."""
    return _preview(_prepared())


@blueprint.post("/relire")
@requires(Permission.PUBLISH_EDITIONS)
def publish() -> ResponseReturnValue:
    """Publish the edition in preparation, if what it changes is what was shown."""
    edition = _prepared()

    def publish(work: Work) -> int:
        seen = moment_of(request.form.get("seen", "")) or edition.prepared_at
        needs_second = current_app.config["TWO_MODERATORS"]
        published = editions.publish(work, seen, needs_second=needs_second)
        if _mark(published) != request.form.get("shown"):
            raise NotAsShown
        return published.edition.number

    def page(**displayed: Any) -> str:
        return _preview(_prepared(), **displayed)

    return act(
        publish,
        page=page,
        refusals={
            SecondPersonNeeded: SECOND,
            Obstructed: OBSTRUCTED,
            NotAsShown: lambda _changed: (page(is_changed=True), 409),
        },
        done=lambda number: f"L'édition {number} est publiée.",
        to=lambda number: url_for(".edition", number=number),
    )


@blueprint.get("/<int:number>")
@requires(Permission.PUBLISH_EDITIONS)
def edition(number: int) -> ResponseReturnValue:
    """Show a published edition, and what to do next."""
    row = editions.published_edition(db.session(), number) or abort(404)
    return render_template("decisions/staff/edition.html", edition=row)


@dataclass(frozen=True)
class Choice:
    """A decision that the next edition may publish."""

    decision: IndicatorDecision
    is_ticked: bool


def _form() -> EditionForm:
    """Return the form of the edition in preparation, or of a new one with every decision."""
    edition = editions.edition_in_preparation(db.session())
    values: dict[str, Any] = edition_values(edition)
    if edition is None:
        waiting = editions.unpublished_decisions(db.session())
        values = {"decisions": [it.public_id for it in waiting]}
    return EditionForm(data=values)


def _page(form: EditionForm, *, stale: StaleEdit | None = None) -> str:
    ticked = set(form.decisions.data)
    waiting = editions.unpublished_decisions(db.session())
    prepared = editions.edition_in_preparation(db.session())
    if stale is not None:
        form.decisions.choices = [(it.public_id, _label(it)) for it in waiting]
        form.show_both(edition_values(prepared))
    return render_template(
        "decisions/staff/editions.html",
        form=form,
        prepared=prepared,
        choices=[Choice(it, it.public_id in ticked) for it in waiting],
        published=editions.published(db.session()),
        stale_edit=stale,
    )


def _label(decision: IndicatorDecision) -> str:
    """Return the code of a decision and what it is about, as its line in the list does."""
    if decision.indicator and decision.version:
        return f"{decision.indicator.code} {localized(decision.version.label, DEFAULT_LOCALE)}"
    label = decision.subject or (decision.wording or {}).get("label")
    return f"{decision.code or decision.measure.code} {localized(label, DEFAULT_LOCALE)}"


def _preview(
    edition: PlanEdition,
    *,
    problem: str = "",
    stale: StaleEdit | None = None,
    is_changed: bool = False,
) -> str:
    """Publish the edition and roll back, to show what it changes."""
    obstacles = editions.obstacles(db.session(), edition)
    parts: dict[str, Any] = {}
    if not obstacles:
        with writing(db.session()):
            tried = editions.publish(current_work(), edition.prepared_at)
            loaded = tried.revised.loaded
            parts = {
                "loaded": loaded,
                "groups": groups_of(loaded.changes, is_file=False),
                "forms": plan_changes.form_groups(loaded),
                "mark": _mark(tried),
            }
            db.session().rollback()
    needs_second = current_app.config["TWO_MODERATORS"]
    edition = _prepared()
    return render_template(
        "decisions/staff/preview.html",
        edition=edition,
        obstacles=editions.obstacles(db.session(), edition),
        problem=problem,
        stale_edit=stale,
        is_changed=is_changed,
        round=rounds.current(db.session(), current_work().at),
        at=current_work().at,
        needs_other=needs_second and edition.prepared_by == current_work().actor.id,
        odd=_odd(_prepared()),
        **parts,
    )


def _odd(edition: PlanEdition) -> Sequence[tuple[IndicatorDecision, Sequence[Oddity]]]:
    """Return the decisions of an edition in which something is odd, and what."""
    rows = [(it, of_stored(db.session(), it)) for it in edition.decisions]
    return [(decision, odd) for decision, odd in rows if odd]


def _prepared() -> PlanEdition:
    return editions.edition_in_preparation(db.session()) or abort(404)


def _mark(published: Published) -> str:
    """Return a mark that changes when the edition would change something else than was shown."""
    decisions = [it.id for it in published.edition.decisions]
    return digest(published.revised.mark, decisions)


def _ids(public_ids: Sequence[str]) -> list[int]:
    waiting = editions.unpublished_decisions(db.session())
    return [it.id for it in waiting if it.public_id in set(public_ids)]
