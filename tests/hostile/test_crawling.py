"""Every address fetched: nothing changes, and each answer carries the headers that protect it."""

import sqlalchemy as sa

from consultation.accounts.models import AuditEvent
from consultation.web.headers import FIXED, is_staff_path
from tests.hostile.places import places_of
from tests.hostile.stored import changed, everything

READ = {
    "attachment_downloaded", "contacts_downloaded", "contacts_viewed", "export_downloaded",
    "local_mails_viewed", "message_opened", "plan_exported", "questionnaire_exported",
    "statuses_exported",
}  # fmt: skip
"""What is noted of who reads: the only rows that fetching adds."""
PERSONAL = ("/contributions", "/recu", "/courriel", "/connexion")


def test_every_address_is_known_and_most_of_them_open(app, visitor, made):
    places = places_of(app, made)

    closed = [rule for rule, paths in places.items() if not paths]
    opened = {
        rule
        for rule, paths in places.items()
        if any(visitor.get(path).status_code == 200 for path in paths)
    }

    assert closed == []
    assert len(opened) > len(places) * 9 // 10


def test_no_page_that_is_fetched_changes_what_is_stored(visitor, addresses, session):
    visitor.get("/organisation/")
    before = everything(session)
    noted = session.scalar(sa.select(sa.func.max(AuditEvent.id)))
    session.rollback()

    for method in ("HEAD", "GET"):
        for path in addresses:
            visitor.open(path, method=method)

    print(f"\nFIGURE rows changed by GET 0 of {len(addresses)} addresses")
    assert changed(before, everything(session)) == {}
    events = session.scalars(sa.select(AuditEvent.action).where(AuditEvent.id > noted))
    assert set(events) <= READ


def headers_missing(answer, path):
    """What an answer lacks of what every one has."""
    headers, policy = answer.headers, answer.headers.get("Content-Security-Policy", "")
    wanted = {"default-src": "'none'", "script-src": "'self'", "style-src": "'self'"}
    wanted |= {"img-src": "'self'", "base-uri": "'none'"}
    said = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    missing = [name for name, value in wanted.items() if said.get(name) != value]
    missing += [name for name in ("form-action", "frame-ancestors") if name not in said]
    missing += [name for name in FIXED if name not in headers]
    missing += [name for name in ("Server", "X-Powered-By") if name in headers]
    if headers.get("X-Content-Type-Options") != "nosniff":
        missing.append("nosniff")
    if "max-age" not in headers.get("Strict-Transport-Security", ""):
        missing.append("HSTS")
    staff = is_staff_path(path.partition("?")[0])
    if headers.get("Referrer-Policy") != ("same-origin" if staff else "no-referrer"):
        missing.append("Referrer-Policy")
    if (staff or path.startswith(PERSONAL)) and "no-store" not in headers.get("Cache-Control", ""):
        missing.append("no-store")
    return missing
