"""What no statement may do: go through a table that grows, again and again.

SQLite tells how it will find rows.  Whoever asks for all of a table may go through it, once; never
for each row of another, and not to serve one visitor one page.
"""

import re
import sqlite3
import sys
from collections import defaultdict

import sqlalchemy as sa
from flask import has_request_context, request
from sqlalchemy.engine import Engine

from consultation.web.headers import is_staff_path

GROWING = {
    "answer", "audit_event", "cluster_move", "contact", "danger_alert", "delivery", "draft",
    "finding", "incoming_attachment", "incoming_conversion", "incoming_message", "invitation",
    "invitee", "mailing_recipient", "moderated_text", "moderation_decision", "outbox_message",
    "personal_link", "redaction", "respondent", "respondent_session", "response",
    "response_set_aside", "submission", "text_cluster", "text_key",
}  # fmt: skip
"""The tables whose rows grow in number with contributions, mail and what is done with them."""

ALIAS = re.compile(r"\b(\w+) AS (\w+)")
READ = re.compile(r"(SCAN|SEARCH) (\w+)")

_looked_at = set()
_scans = []


def prepare():
    """Look at every statement of the site before it is run, once for each process and way."""
    sa.event.listen(Engine, "before_cursor_execute", _look)


def whole_table_scans():
    """Return what was found since this was asked last."""
    found = _scans.copy()
    _scans.clear()
    return found


def _look(connection, cursor, statement, parameters, context, many):
    is_visit = has_request_context() and not is_staff_path(request.path)
    known = (statement, is_visit)
    if connection.dialect.name != "sqlite" or known in _looked_at or not _may_loop(statement):
        return
    if not _is_of_the_site():
        return
    _looked_at.add(known)
    plan = _plan(connection, statement, parameters[0] if many else parameters)
    _scans.extend(
        f"{table} is gone through {how}: {statement}"
        for table, how in scans(statement, plan)
        if table in GROWING and (how == AGAIN or is_visit)
    )


def _plan(connection, statement, parameters):
    raw = connection.connection.dbapi_connection
    try:
        return raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    except sqlite3.Error:  # a test that damages its database: running it will say so
        return []


AGAIN, ONCE = "for each row of another", "for one page"


def scans(statement, plan):
    """Yield the tables that a plan reads whole, and whether once or for each row of another."""
    names = {alias: table for table, alias in ALIAS.findall(statement)}
    details = {step: detail for step, _parent, _unused, detail in plan}
    parents = {step: parent for step, parent, _unused, _detail in plan}
    loops = defaultdict(int)
    for step, parent, _unused, detail in plan:
        found = READ.match(detail)
        if not found:
            continue
        loops[parent] += 1
        if found[1] == "SCAN":
            is_inner = loops[parent] > 1 or _is_correlated(step, parents, details)
            yield names.get(found[2], found[2]), AGAIN if is_inner else ONCE


def _is_correlated(step, parents, details):
    while step := parents.get(step, 0):
        if details[step].startswith("CORRELATED"):
            return True
    return False


def _may_loop(statement):
    """Leave out what reads no table: of a row put in, the plan also tells what would check it."""
    return statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) or (
        statement.startswith("INSERT") and " VALUES " not in statement
    )


def _is_of_the_site():
    frame = sys._getframe()
    while frame := frame.f_back:
        if frame.f_globals.get("__name__", "").startswith("consultation."):
            return True
    return False
