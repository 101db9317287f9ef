"""Audit log pages of the staff: the filtered list, and its export."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log, labels, queries, workbook
from consultation.accounts.audit.queries import Filters
from consultation.db.base import writing
from consultation.spreadsheets.writer import Format, write_workbook
from consultation.text import clean_line
from consultation.web import uploads
from consultation.web.permissions import Permission, requires
from consultation.web.typography import parse_date
from consultation.work.actions import current_work

blueprint = Blueprint("trail", __name__, url_prefix="/administration/journal")

UNKNOWN_ACTOR = "personne"


@blueprint.get("")
@requires(Permission.READ_TRAIL)
def events() -> ResponseReturnValue:
    work = current_work()
    filters, _ = _filters()
    page, actions = queries.events(work, filters, _page()), queries.actions(work)
    known = {action for group in labels.GROUPS.values() for action in group}
    return render_template(
        "accounts/audit/log.html",
        page=page,
        names=queries.names(work, page.rows),
        filters=filters,
        typed=_typed_filters(),
        narrowed={name: value for name, value in _typed_filters().items() if value},
        accounts=queries.accounts(work),
        account_by_subject=queries.account_by_subject(work),
        groups=labels.GROUPS,
        stored_actions=set(actions),
        others=sorted(set(actions) - known),
        labels=labels,
        detail_lines=labels.detail_lines,
        formats=Format,
        unknown_actor=UNKNOWN_ACTOR,
        most=queries.MOST_EXPORTED,
    )


@blueprint.post("/exporter")
@requires(Permission.READ_TRAIL)
def export() -> ResponseReturnValue:
    """Export the filtered events as a workbook, and record the export."""
    if request.form.get("format") not in set(Format):
        abort(400)
    format, work = Format(request.form["format"]), current_work()
    filters, who = _filters()
    total = queries.count(work, filters)
    tables = workbook.tables(
        queries.exported(work, filters),
        queries.account_by_subject(work),
        filters,
        who,
        total,
        work.at,
    )
    with TemporaryDirectory(prefix="journal-") as folder:
        path = Path(folder) / workbook.filename(work.at, format.extension)
        rows = write_workbook(tables, path, format)["Journal"]
        answer = uploads.send_copy(path, format.media_type)
    details = {
        "format": format.value,
        "rows": rows,
        "is_cut": total > rows,
        "filters": filters.named,
    }
    with writing(work.session):
        audit_log.log(work, "trail_exported", None, details)
    return answer


def _filters() -> tuple[Filters, str]:
    """Return the filters, and the label of the account among them."""
    typed = _typed_filters()
    accounts = {account.public_id: account for account in queries.accounts(current_work())}
    account, about = accounts.get(typed["compte"]), accounts.get(typed["objet"])
    is_unknown_actor = typed["compte"] == UNKNOWN_ACTOR
    if typed["compte"] and account is None and not is_unknown_actor:
        abort(404)
    filters = Filters(
        account_id=account.id if account else None,
        is_unknown_actor=is_unknown_actor,
        action=typed["action"],
        since=parse_date(typed["du"]),
        until=parse_date(typed["au"]),
        subject="" if about else typed["objet"],
        about_id=about.id if about else None,
    )
    return filters, labels.NO_ACCOUNT if is_unknown_actor else account.email if account else ""


def _typed_filters() -> dict[str, str]:
    """Return the filters as typed, by their names in the address."""
    names = ("compte", "action", "du", "au", "objet")
    return {name: clean_line(request.values.get(name, "")) for name in names}


def _page() -> int:
    return min(max(1, request.args.get("page", 1, type=int)), 1_000_000)
