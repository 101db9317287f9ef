"""What the staff downloads of the plan: the plan in force, and the file to fill in."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from consultation.accounts import auditing
from consultation.clock import in_paris, now
from consultation.database import writing
from consultation.extensions import db
from consultation.plan import template
from consultation.sheets.writing import Format
from consultation.web import files
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("plan_files", __name__, url_prefix="/organisation/plan")

CSV_TYPE = "text/csv; charset=utf-8"


@blueprint.get("/export/<any(xlsx, ods, csv):ending>")
@requires(Permission.EDIT_PLAN)
def export(ending: str) -> ResponseReturnValue:
    """Give out the plan in force, and note it: imported again, it changes nothing."""
    actor = require(Permission.EDIT_PLAN)
    with writing(db.session()):
        details = {"format": ending}
        auditing.record(db.session(), actor.id, "plan_exported", None, details, at=now())
    draft = template.draft_of(db.session())
    with TemporaryDirectory(prefix="plan-") as folder:
        path = Path(folder) / f"plan-{in_paris(now()):%Y-%m-%d}.{ending}"
        template.write_draft(draft, path, Format(ending))
        return files.given(path, _media_type(Format(ending)))


@blueprint.get("/modele/<any(xlsx, ods, csv):ending>")
@requires(Permission.EDIT_PLAN)
def model(ending: str) -> ResponseReturnValue:
    """Give out the file to fill in."""
    with TemporaryDirectory(prefix="plan-") as folder:
        path = Path(folder) / f"modele-plan.{ending}"
        template.write_template(path, Format(ending))
        return files.given(path, _media_type(Format(ending)))


def _media_type(format: Format) -> str:
    return CSV_TYPE if format is Format.CSV else format.media_type


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
