"""Choice of a member of the team to see the translations and the codes of forms, folded else."""

from flask import Blueprint, Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from consultation.web.forms import is_foldable, is_translation
from consultation.web.headers import is_way_back
from consultation.web.permissions import Permission, requires

UNFOLDED = "unfolded"
"""Key of the staff session under which the choice to see them is kept."""

blueprint = Blueprint("fold", __name__, url_prefix="/organisation/traductions-et-codes")


@blueprint.post("")
@requires(Permission.WORKSPACE)
def choose() -> ResponseReturnValue:
    """Keep the choice for this session, and go back to the page, or stay there."""
    session[UNFOLDED] = bool(request.form.get("montrer"))
    if request.form.get("stay"):
        return "", 204
    page = request.form.get("page", "")
    return redirect(page if is_way_back(page) else url_for("accounts.workspace"), 303)


def _is_unfolded() -> bool:
    return bool(session.get(UNFOLDED))


def register(app: Flask) -> None:
    """Give templates the choice, and which fields it folds."""
    app.jinja_env.globals.update(is_unfolded=_is_unfolded)
    app.jinja_env.tests.update(translation=is_translation, foldable=is_foldable)
