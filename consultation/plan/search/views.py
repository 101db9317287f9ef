"""Staff page of the synonyms: one text, a group of words a line."""

from functools import partial

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, ValidationError

from consultation.db.stale import StaleEdit, digest
from consultation.extensions import db
from consultation.plan.search import synonyms
from consultation.plan.search.synonyms import LonelyWord
from consultation.web.forms import StaffForm, TextField, at_most
from consultation.web.permissions import Permission, requires
from consultation.work.actions import AtField, act

LONELY = "La ligne « {} » n'a qu'un mot : il en faut deux au moins."

blueprint = Blueprint("synonyms", __name__, url_prefix="/organisation/plan/synonymes")


class SynonymsForm(StaffForm):
    """The groups as one text."""

    groups = TextField(
        "Un groupe par ligne",
        [at_most(synonyms.LONGEST_TEXT)],
        rows=20,
        description="Séparez les mots par des virgules. Un groupe peut mêler les langues"
        " du site, et contenir de courtes expressions. Ni les accents, ni les majuscules, ni les"
        " pluriels ne comptent. Après le signe >, écrivez ce qu'il faut chercher à la place quand"
        " les mots de la ligne ne trouvent rien : « santé, soin > accompagnement ».",
    )
    digest = HiddenField()

    def validate_groups(self, field: TextField) -> None:
        """Refuse more groups than a search can go through."""
        if len(synonyms.groups_of(field.data)) > synonyms.MOST_GROUPS:
            raise ValidationError(f"La liste peut compter {synonyms.MOST_GROUPS} groupes au plus.")


@blueprint.get("")
@requires(Permission.EDIT_PLAN)
def page() -> ResponseReturnValue:
    """Show the groups, to be edited."""
    text = synonyms.text_in_force(db.session())
    return _page(SynonymsForm(data={"groups": text, "digest": digest(text)}))


@blueprint.post("")
@requires(Permission.EDIT_PLAN)
def edit() -> ResponseReturnValue:
    """Store the edited groups, or return to the shipped ones."""
    form = SynonymsForm(request.form)
    is_reset = request.form.get("intent") == "reset"
    text = None if is_reset else form.groups.data
    return act(
        lambda work: synonyms.store(work, text, form.digest.data or ""),
        form=None if is_reset else form,
        page=partial(_page, form),
        refusals={LonelyWord: AtField("groups", LONELY.format, 422)},
        done="La liste fournie est remise." if is_reset else "Les synonymes sont enregistrés.",
        to=url_for(".page"),
    )


def _page(form: SynonymsForm, stale: StaleEdit | None = None) -> str:
    if stale:
        stored = synonyms.text_in_force(db.session())
        form.groups.stored, form.digest.data = stored, digest(stored)
    return render_template("plan/staff/synonyms.html", form=form, stale_edit=stale)
