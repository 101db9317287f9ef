"""Rows in every encrypted column, and a look at how each value is stored."""

import sqlalchemy as sa

from consultation.accounts.models import Account, SecondFactor
from consultation.clock import now
from consultation.db.base import writing
from consultation.inbox.models import IncomingAttachment, IncomingMessage, Sort, State
from consultation.institutions.data_requests.models import DataRequest
from consultation.institutions.replies.models import ReplyRequest
from consultation.invitations.models import Invitee
from consultation.mail import outbox_actions
from consultation.mail.addresses import index_of
from consultation.mail.models import Suppression, SuppressionReason
from consultation.moderation.models import DangerAlert
from consultation.operations.keys import rotation
from consultation.plan.models import Level, Measure
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Contact, Draft, Respondent
from consultation.spreadsheets.models import SentSheet, SheetPurpose


def fill_every_column(session, consultation_round, name):
    """Store one value at least in each encrypted column, and commit."""
    at, address = now(), f"{name}@exemple.fr"
    form = session.scalars(sa.select(Questionnaire.id).limit(1)).one()
    measure = session.scalars(sa.select(Measure).limit(1)).one()
    with writing(session):
        person = make_respondent(session, consultation_round)
        account = Account(email=address, created_at=at)
        session.add(account)
        session.flush()
        message = IncomingMessage(
            fingerprint=name, source="file", sort=Sort.PERSON, state=State.WAITING, locale="fr",
            sender=address, sender_name=name, subject="Objet", original="Un secret", kept="Secret",
            collected_at=at,
        )  # fmt: skip
        message.attachments.append(
            IncomingAttachment(name="a.pdf", content_type="application/pdf", size=1, is_kept=True)
        )
        session.add_all(
            [
                Contact(respondent_id=person.id, name=name, address=address),
                Draft(respondent_id=person.id, questionnaire_id=form, fields="{}", saved_at=at),
                SecondFactor(account_id=account.id, secret=name, last_counter=0, set_up_at=at),
                Invitee(address=address, name=name, locale="fr", created_at=at),
                Suppression(
                    address=address, address_index=index_of(address),
                    reason=SuppressionReason.BOUNCED, created_at=at,
                ),
                message,
                DataRequest(
                    institution=name, contact=address, document="Bilan", day=at.date(),
                    signatory=name, created_at=at, account_id=account.id,
                ),
                ReplyRequest(
                    measure_id=measure.id, institution=name, address=address, locale="fr",
                    due_on=at.date(), assessed_on=at.date(), level=Level.DONE, shown_values=[],
                    account_id=account.id, sent_at=at,
                ),
                SentSheet(
                    account_id=account.id, purpose=SheetPurpose.CONTACTS, filename="a.csv",
                    sealed="Adresse", sent_at=at, choices={},
                ),
            ]
        )  # fmt: skip
        session.flush()
        session.add(
            DangerAlert(
                message_id=message.id, account_id=account.id, raised_at=at, closed_at=at,
                closed_by=account.id, note="Appelée.",
            )
        )  # fmt: skip
        outbox_actions.enqueue_test(session, address, at)


def make_respondent(session, round_id):
    """Add a respondent who has said nothing yet."""
    person = Respondent(
        round_id=round_id, capacity="citizen", notice_version="1", locale="fr", created_at=now()
    )
    session.add(person)
    session.flush()
    return person


def sealed_values(session):
    """Every encrypted value as the database holds it, by column."""
    found = {}
    for column in rotation.encrypted_columns():
        value = sa.type_coerce(column, sa.LargeBinary)
        raw = sa.select(value).where(column.is_not(None)).order_by(*column.table.primary_key)
        found[f"{column.table.name}.{column.name}"] = [bytes(each) for each in session.scalars(raw)]
    session.rollback()
    return found
