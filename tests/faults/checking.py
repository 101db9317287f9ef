"""Compare what visitors saw with what is stored and what left by mail."""

import email
import mailbox
import re
from collections import Counter, defaultdict
from hashlib import sha256

import sqlalchemy as sa

from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.responses.models import Answer, Response, Submission

CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b")


def check_history(session, events):
    """Raise AssertionError where a promise was broken; return the figures."""
    stored = _stored(session)
    thanks = {event["digest"]: event["code"] for event in events if event["outcome"] == "thanks"}
    sent = {event["digest"] for event in events if event["outcome"] == "sending"}
    refused = {event["digest"] for event in events if event["outcome"] == "refused"} - set(thanks)
    by_digest = Counter(stored.values())

    lost = [digest for digest in thanks if digest not in by_digest]
    twice = [digest for digest, count in by_digest.items() if count > 1]
    assert lost == [], "a thank-you was shown for what is not stored"
    assert twice == [], "something is stored twice"
    assert set(by_digest) <= sent, "something is stored that nobody sent"
    assert {
        stored_code: thanks.get(digest, stored_code) for stored_code, digest in stored.items()
    } == {code: code for code in stored}, "a receipt shows another code than the one stored"
    assert refused.isdisjoint(by_digest), "something is stored that was refused"
    keys = session.scalar(sa.select(sa.func.count()).select_from(Submission))
    assert keys == len(stored), "a submission without its response"
    return {"thanks": len(thanks), "stored": len(stored), "lost": len(lost), "twice": len(twice)}


def _stored(session):
    """The digest of the text of each response, by receipt code."""
    rows = session.execute(
        sa.select(Response.receipt_code, Answer.text).join(Answer).where(Answer.text.is_not(None))
    )
    return {code: sha256(text.encode()).hexdigest() for code, text in rows}


def check_outbox(session, home):
    """Raise AssertionError unless each response has its mail, once; return the figures."""
    responses = set(session.scalars(sa.select(Response.receipt_code)))
    owed = {
        message.dedup_key.partition(":")[2]: message
        for message in session.scalars(sa.select(OutboxMessage))
    }
    assert set(owed) == responses, "a response without its outbox row, or a row without response"
    assert {message.status for message in owed.values()} <= {MessageStatus.SENT}
    carried = defaultdict(set)
    count = 0
    for message in mailbox.Maildir(home / "mailbox", create=False):
        count += 1
        parsed = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
        for code in CODE.findall(parsed.get_body(("plain",)).get_content()):
            carried[code].add(parsed["Message-ID"])
    assert set(carried) == responses, "a receipt code that no mail carried, or one too many"
    assert all(len(ids) == 1 for ids in carried.values()), "one code in two different mails"
    return {"mails": count, "repeats": count - len({i for ids in carried.values() for i in ids})}


def check_database(session):
    """Raise AssertionError unless SQLite finds its file whole (PostgreSQL recovered by itself)."""
    if session.get_bind().dialect.name == "sqlite":
        assert session.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"
