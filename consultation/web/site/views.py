"""Pages of the site itself: liveness, readiness, accessibility, security."""

import logging

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, now
from consultation.db import upgrade
from consultation.extensions import db
from consultation.mail import outbox
from consultation.token_addresses import token_prefixes
from consultation.web.headers import STAFF_PATHS
from consultation.web.permissions import Permission, requires
from consultation.web.site import accessibility_statement, judgements, security_statement

logger = logging.getLogger(__name__)
blueprint = Blueprint("site", __name__)


@blueprint.get("/healthz")
@requires(Permission.PUBLIC)
def alive() -> ResponseReturnValue:
    """Answer that the process is alive."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@requires(Permission.PUBLIC)
def ready() -> ResponseReturnValue:
    """Report whether the database answers and is migrated, and the age of the oldest mail."""
    try:
        pending = upgrade.pending_count(db.engine)
        oldest = outbox.oldest_waiting(db.session())
    except sa.exc.SQLAlchemyError:
        return jsonify(status="unavailable", database="unreachable"), 503
    except upgrade.DatabaseNewer:
        return jsonify(status="unavailable", database="newer"), 503
    age = int((now() - oldest).total_seconds()) if oldest else 0
    ok = pending == 0
    return (
        jsonify(
            status="ok" if ok else "unavailable",
            database="ok",
            pending_migrations=pending,
            oldest_waiting_mail_seconds=max(age, 0),
        ),
        200 if ok else 503,
    )


@blueprint.get("/robots.txt")
@requires(Permission.PUBLIC)
def robots() -> ResponseReturnValue:
    """Keep search engines from what is nobody's page but its holder's or the team's."""
    kept_out = [
        *STAFF_PATHS,
        *(f"{prefix}/" for prefix in token_prefixes()),
    ]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in sorted(kept_out))]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@blueprint.get("/accessibilite")
@requires(Permission.PUBLIC)
def accessibility() -> ResponseReturnValue:
    """Show the statement, without a judgement where the file of the site does not read."""
    grid = accessibility_statement.shipped()
    path = current_app.config["HOME"] / judgements.FILE
    today = in_paris(now()).date()
    is_unreadable, audit = False, judgements.Audit()
    try:
        audit = judgements.read(path, grid.numbers, grid.fingerprints, today)
    except judgements.JudgementsInvalid as error:
        logger.error("%s", error)
        is_unreadable = True
    return render_template(
        "web/site/accessibility.html",
        grid=grid,
        statement=accessibility_statement.Statement(grid, audit, today),
        is_unreadable=is_unreadable,
        sender=current_app.config["MAIL_SENDER"],
    )


@blueprint.get("/securite")
@requires(Permission.PUBLIC)
def security() -> ResponseReturnValue:
    """Show the security statement, and how to report a vulnerability."""
    return render_template(
        "web/site/security.html",
        statement=security_statement.read(),
        contact=security_statement.contact(current_app.config),
    )


@blueprint.get("/.well-known/security.txt")
@requires(Permission.PUBLIC)
def security_txt() -> ResponseReturnValue:
    """Give out the contact for reports of vulnerabilities (RFC 9116)."""
    return Response(
        security_statement.security_txt(current_app.config, now()),
        content_type="text/plain; charset=utf-8",
    )
