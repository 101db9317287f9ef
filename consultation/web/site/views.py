"""The pages of the site itself: is it alive, is it ready, how accessible and how safe it is."""

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db import upgrade
from consultation.extensions import db
from consultation.mail import outbox
from consultation.web.permissions import Permission, requires
from consultation.web.site import statements as known

blueprint = Blueprint("site", __name__)


@blueprint.get("/healthz")
@requires(Permission.PUBLIC)
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@requires(Permission.PUBLIC)
def ready() -> ResponseReturnValue:
    """Say whether the database answers and is up to date, and how long mail has been waiting."""
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


@blueprint.get("/accessibilite")
@requires(Permission.PUBLIC)
def accessibility() -> ResponseReturnValue:
    """Say what has been checked, and how to tell us what fails."""
    return render_template(
        "web/site/accessibility.html",
        statement=known.accessibility_statement(),
        sender=current_app.config["MAIL_SENDER"],
    )


@blueprint.get("/securite")
@requires(Permission.PUBLIC)
def security() -> ResponseReturnValue:
    """Say how to report a weakness, what is held against which standard, and what is missed."""
    return render_template(
        "web/site/security.html",
        statement=known.security_statement(),
        contact=known.contact(current_app.config),
    )


@blueprint.get("/.well-known/security.txt")
@requires(Permission.PUBLIC)
def security_txt() -> ResponseReturnValue:
    """Tell whoever found a weakness whom to write to, in the form of RFC 9116."""
    return Response(
        known.told_to_researchers(current_app.config, now()),
        content_type="text/plain; charset=utf-8",
    )
