"""Compare what visitors saw with what is stored, what left by mail and what exports say.

The invariants, by the numbers under which the scorecard names them:

I1  a thank-you or its redirection was seen: that text is stored, byte for byte
I2  a key makes one response at most, under one receipt
I3  what is stored was sent by somebody, exactly so
I4  each stored response has its one outbox row, and that has come to an end
I5  each mail carries codes that are stored, each code in one mail, its repeats the same
I6  what was refused is not stored; what was in doubt was healed by sending it again
I7  exports in three formats hold exactly what is stored
I8  nothing is taken after the closing and its grace
I9  the database finds itself whole
"""

import email
import mailbox
import re
from collections import Counter, defaultdict
from datetime import timedelta
from hashlib import sha256

import sqlalchemy as sa

from consultation.clock import now
from consultation.exports.workbook.sheets.contributions import NAME as CONTRIBUTIONS
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses import revisions
from consultation.responses.models import Answer, Response, Submission
from consultation.spreadsheets.writer import Format
from tests.exports.reading import cells_of, csv_of, make, ods_of

CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b")
ENDED = {MessageStatus.SENT}
GRACE = timedelta(hours=2)


def check_all(session, history, home):
    """Hold I1 to I6, I8 and I9; return the figures."""
    session.rollback()
    session.expire_all()
    figures = check_history(session, history.events()) | check_outbox(session, home)
    check_closing(session)
    check_database(session)
    return figures


def check_history(session, events):
    """Raise AssertionError where I1, I2, I3 or I6 is broken; return the figures."""
    stored = _stored(session)
    by_digest = Counter(stored.values())
    digests = defaultdict(set)
    codes = defaultdict(set)
    for event in events:
        digests[event["outcome"]].add(event["digest"])
        if event["outcome"] == "thanks":
            codes[event["digest"]].add(event["code"])
    acked = digests["thanks"] | digests["taken"]

    lost = [digest for digest in acked if digest not in by_digest]
    twice = [digest for digest, count in by_digest.items() if count > 1]
    assert lost == [], "I1: a thank-you was shown for what is not stored"
    assert twice == [], "I2: something is stored twice"
    assert all(len(seen) == 1 for seen in codes.values()), "I2: two receipts for one key"
    assert {stored.get(code) for seen in codes.values() for code in seen} == set(codes), (
        "I2: a receipt shows another code than the one stored"
    )
    assert set(by_digest) <= digests["sending"], "I3: something is stored that nobody sent"
    refused = digests["refused"] - acked - digests["unknown"]
    assert refused.isdisjoint(by_digest), "I6: something is stored that was refused"
    assert digests["unknown"] <= digests["thanks"], "I6: a doubt that no second sending ended"
    keys = session.scalar(sa.select(sa.func.count()).select_from(Submission))
    assert keys == len(stored), "a submission without its response"
    doubts = digests["unknown"] | digests["taken"] - digests["thanks"]
    return {
        "acked": len(acked), "stored": len(stored), "lost": len(lost), "dup": len(twice),
        "refused": len(refused), "doubts healed": len(doubts),
    }  # fmt: skip


def _stored(session):
    """The digest of the text of each response, by receipt code."""
    rows = session.execute(
        sa.select(Response.receipt_code, Answer.text).join(Answer).where(Answer.text.is_not(None))
    )
    return {code: sha256(text.encode()).hexdigest() for code, text in rows}


def check_outbox_rows(session):
    """Raise AssertionError unless each response has its outbox row, once; return both."""
    responses = set(session.scalars(sa.select(Response.receipt_code)))
    queued = {
        message.dedup_key.partition(":")[2]: message
        for message in session.scalars(sa.select(OutboxMessage))
    }
    assert set(queued) == responses, "I4: a response without its outbox row, or one too many"
    return responses, queued


def check_outbox(session, home):
    """Raise AssertionError unless each response has its mail, once (I4, I5); return the figures.

    A correction is named by the number of the first sending, so a mail has it once more.
    """
    _responses, queued = check_outbox_rows(session)
    assert {message.status for message in queued.values()} <= ENDED, "I4: a mail still waits"
    carried = defaultdict(dict)
    count = 0
    for message in mailbox.Maildir(home / "mailbox", create=False):
        count += 1
        parsed = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
        codes = Counter(CODE.findall(parsed.get_body(("plain",)).get_content()))
        for code, times in codes.items():
            carried[code][parsed["Message-ID"]] = times
    numbers = revisions.first_codes(session, session.scalars(sa.select(Response)))
    assert {code: sum(ids.values()) for code, ids in carried.items()} == Counter(
        numbers.values()
    ), "I5: a number that no mail carried, or one mail too many"
    return {"mails": count, "repeats": count - len({i for ids in carried.values() for i in ids})}


def check_exports(session, folder):
    """Raise AssertionError unless each format holds exactly what is stored (I7)."""
    session.rollback()
    stored = set(session.scalars(sa.select(Response.receipt_code)))
    for format in Format:
        assert exported(session, folder, format) == stored, f"I7: {format} holds another set"


def exported(session, folder, format):
    """The receipt codes of the sheet *Contributions* of an export made now."""
    consultation_round = session.scalars(sa.select(Round)).one()
    path = make(session, consultation_round, folder, format, screens=False).path
    read = {Format.XLSX: cells_of, Format.ODS: ods_of, Format.CSV: csv_of}[format]
    rows = {name.casefold(): rows for name, rows in read(path).items()}[CONTRIBUTIONS.casefold()]
    cells = [cell[1] if isinstance(cell, tuple) else cell for row in rows for cell in row[:1]]
    codes = [cell for cell in cells if cell and CODE.fullmatch(cell)]
    assert len(codes) == len(set(codes)), "I7: a response stands twice in an export"
    return set(codes)


def check_closing(session):
    """Raise AssertionError where something was taken after its round (I8)."""
    late = (
        sa.select(sa.func.count())
        .select_from(Response)
        .join(Questionnaire)
        .join(Round)
        .where(Round.closes_at < now(), Response.submitted_at > Round.closes_at)
    )
    for closes_at, submitted_at in session.execute(
        late.with_only_columns(Round.closes_at, Response.submitted_at)
    ):
        assert submitted_at <= closes_at + GRACE, "I8: a response was taken after the grace"


def check_database(session):
    """Raise AssertionError unless the database finds itself whole (I9)."""
    if session.get_bind().dialect.name == "sqlite":
        assert session.execute(sa.text("PRAGMA integrity_check")).scalars().all() == ["ok"]
        assert session.execute(sa.text("PRAGMA foreign_key_check")).all() == []
        return
    for table in sa.inspect(session.get_bind()).get_table_names():
        session.execute(sa.text(f"SELECT md5(string_agg(it::text, '')) FROM \"{table}\" it"))
        counts = []
        for way in ("enable_indexscan", "enable_seqscan"):  # every row, then every entry
            session.execute(sa.text(f"SET LOCAL {way} = off"))
            counts.append(session.scalar(sa.text(f'SELECT count(*) FROM "{table}"')))
            session.execute(sa.text(f"SET LOCAL {way} = on"))
        assert counts[0] == counts[1], f"I9: {table} and its index differ"
    session.rollback()
