"""Makes every word that is stored hostile, column by column, so that a new column is as well."""

import sqlalchemy as sa

from consultation.crypto.keyring import EncryptedText
from consultation.db.base import Base

RUNS = "window.__xss=1"
PAYLOAD = f"\"'></title></textarea></script><svg onload={RUNS}>"
MARKED_DOWN = f"[lire](javascript:{RUNS}) ![x](x) <img src=x onerror={RUNS}>"

NO_TEXTS = {
    "account": "email password fs_uniquifier",
    "account_invitation": "token_hash email",
    "answer": "",
    "collected_folder": "name failure",
    "contact": "address address_index mailbox_index",
    "delivery": "message_id recipient_index mailbox_index",
    "incoming_attachment": "",
    "incoming_message": "fingerprint source reason locale sender sender_index",
    "invitee": "address address_index mailbox_index capacity territory locale",
    "invitee_group": "",
    "indicator": "code",
    "indicator_version": "",
    "axis": "code",
    "mail_breaker": "scope reason",
    "measure": "code",
    "measure_status": "",
    "moderated_text": "locale screened_by",
    "option": "code",
    "outbox_message": "dedup_key kind locale batch_key recipient recipient_index mailbox_index"
    " domain_index parameters",
    "personal_link": "id holder",
    "question": "code",
    "questionnaire": "digest",
    "recovery_code": "code_hash",
    "respondent": "capacity territory notice_version locale",
    "respondent_session": "token_hash",
    "response": "receipt_code content_hash",
    "round": "code",
    "second_factor": "secret",
    "section": "code",
    "sent_sheet": "",
    "staff_session": "token_hash",
    "submission": "key doubt",
    "suppression": "address_index mailbox_index address",
    "tally": "question value side_code",
    "job": "kind",
    "draft": "fields",
    "export_setting": "",
}
"""By table, the texts that are codes, hashes, or addresses that something is sent to."""
ONLY_GROW = ("audit_event", "moderation_decision", "indicator_decision", "plan_edition",
             "indicator_value", "value_publication", "progress_override", "report_edition",
             "institution_reply_request", "institution_reply", "data_request_event")  # fmt: skip


def poison(session):
    """Put the payload into every word that is stored."""
    for table in Base.metadata.sorted_tables:
        if table.name in ONLY_GROW:
            continue
        columns = [column for column in table.columns if is_word(column)]
        if columns:
            _poison_rows(session, table, columns)
    session.commit()


def is_word(column):
    """Say whether a column holds words: a text that is no code, or texts by language."""
    if isinstance(column.type, sa.Enum) or column.name == "public_id" or column.foreign_keys:
        return False
    if isinstance(column.type, sa.JSON):
        return True
    is_text = isinstance(column.type, sa.String | EncryptedText)
    return is_text and column.name not in NO_TEXTS.get(column.table.name, "").split()


def _poison_rows(session, table, columns):
    keys = list(table.primary_key.columns)
    for row in session.execute(sa.select(*keys, *columns)).mappings().all():
        changed = {
            column.name: _poisoned(row[column.name], column)
            for column in columns
            if row[column.name] is not None
        }
        if changed:
            where = [key == row[key.name] for key in keys]
            session.execute(sa.update(table).where(*where).values(**changed))


def _poisoned(value, column):
    if isinstance(value, str):
        room = getattr(column.type, "length", None) or 10_000
        is_there = "__xss" in value or len(value) + len(PAYLOAD) > room
        return value if is_there else value + PAYLOAD
    return _with_payload(value)


def _with_payload(value):
    """The same JSON, with the payload in each text that is there by language."""
    if isinstance(value, list):
        return [_with_payload(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) <= {"fr", "en"}:
        return {locale: f"{text} {PAYLOAD} {MARKED_DOWN}" for locale, text in value.items()}
    return {name: _with_payload(one) for name, one in value.items()}
