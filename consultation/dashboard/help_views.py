"""Pages of help for the staff: all of it on one page, and as a PDF to print."""

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from consultation.dashboard import help as staff_help
from consultation.dashboard.help import Help
from consultation.dashboard.menu import ACTS
from consultation.responses.rights import export_pdf
from consultation.typesetting.attachment import attached_pdf
from consultation.web.navigation import staff_entries, staff_place
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("guide", __name__, url_prefix="/organisation/aide")


@blueprint.get("")
@requires(Permission.WORKSPACE)
def page() -> str:
    """Show the help of every page that the account may open, and the glossary."""
    entries = [entry for entry in staff_entries() if entry.endpoint in staff_help.pages()]
    return render_template(
        "dashboard/guide.html",
        entries=entries,
        acts=ACTS,
        pages=staff_help.pages(),
        glossary=staff_help.glossary(),
    )


@blueprint.get("/guide.pdf")
@requires(Permission.WORKSPACE)
def printed() -> ResponseReturnValue:
    """Give out the guide of the team, to print."""
    content = staff_help.guide([entry.endpoint for entry in staff_entries()])
    return attached_pdf(lambda: export_pdf.team_document(content), "guide-de-l-equipe.pdf")


def _help_of_page() -> Help | None:
    place = staff_place()
    return staff_help.help_for(request.endpoint or "", place.endpoint if place else None)


def register(app: Flask) -> None:
    """Give the staff's pages their help."""
    app.jinja_env.globals.update(help_of_page=_help_of_page)
