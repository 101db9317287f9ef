"""Lists of contacts, groups, messages and what leaves, from what a test cares about."""

import io
import re
from datetime import timedelta
from types import SimpleNamespace

import sqlalchemy as sa
import time_machine
from werkzeug.datastructures import MultiDict

from consultation.clock import now
from consultation.crypto.keyring import new_id
from consultation.db.base import writing
from consultation.extensions import db
from consultation.i18n import LOCALES, key_of
from consultation.invitations.mailings import drafts, lifecycle, sender
from consultation.invitations.mailings.drafts import Draft
from consultation.invitations.mailings.forms import MailingForm
from consultation.invitations.models import (
    Invitation,
    Invitee,
    InviteeGroup,
    Mailing,
    MailingRecipient,
    MailingState,
)
from consultation.invitations.queries import CountedGroup
from consultation.mail.addresses import indexes_of
from consultation.mail.models import OutboxMessage
from consultation.questionnaires.models import Round
from consultation.responses.models import Response, Submission
from consultation.work.services import Work
from tests.accounts import builders as accounts
from tests.exports.builders import form_of
from tests.pages import check_page, straight

ORGANISER = SimpleNamespace(id=None, email="lou@association.fr", may=lambda permission: True)
OUTSIDER = SimpleNamespace(id=None, email="x@association.fr", may=lambda permission: False)
WITH_SERVER = {"MAIL_SERVER": "smtp.exemple.fr"}
HEADER = "Adresse;Nom;Organisation;Qualité;Territoire;Langue;Mesures"
BODY = "Bonjour {{nom}},\n\nVotre lien : {{lien}}\n\nMerci d'avance 🙂"


class Browser(accounts.Browser):
    """A browser that comes when what the test has made is stored, and also takes files away."""

    def open(self, path, **options):
        db.session.commit()
        page = super().open(path, **options)
        db.session.expire_all()
        return page

    def _keep(self, page):
        if page.mimetype == "text/html":
            return super()._keep(page)
        page.get_data()
        page.close()
        return page

    def send_list(self, rows, name="contacts.csv", **fields):
        """Import a list and confirm it; `rows` follow the usual header."""
        sent = self.upload_list(rows, name, **fields)
        return self.confirm_list(sent.location) if sent.status_code == 303 else sent

    def confirm_list(self, address):
        """Confirm a list as its preview shows it."""
        shown = re.search(r'name="shown" value="(\w+)"', text_of(self.get(address)))[1]
        return self.post(address, {"shown": shown})

    def upload_list(self, rows, name="contacts.csv", **fields):
        """Send a list as the form does."""
        text = rows if isinstance(rows, str) else "\n".join([HEADER, *rows])
        content = text if isinstance(text, bytes) else text.encode()
        self.get("/organisation/invitations/importer")
        upload = {"file": (io.BytesIO(content), name)}
        fields = {"origin": "Adhérents du collectif", **fields, **upload}
        return self.post("/organisation/invitations/importer", fields)


def text_of(page):
    """The text of a page that was checked, as it was written before it was typeset."""
    text = page.get_data(as_text=True)
    check_page(text)
    return straight(text)


def make_group(session, name="Associations"):
    group = InviteeGroup(name=name, created_at=now())
    session.add(group)
    session.commit()
    return group


def make_invitee(session, group, address="jeanne@exemple.fr", name="Jeanne Été", **values):
    invitee = Invitee(
        address=address,
        **indexes_of(address),
        name=name,
        created_at=now(),
        **{"locale": "fr", **values},
    )
    invitee.groups.append(group)
    session.add(invitee)
    session.commit()
    return invitee


def make_invitees(session, group, count, first=1):
    return [
        make_invitee(session, group, f"personne{number}@exemple.fr", f"Personne {number}")
        for number in range(first, first + count)
    ]


def make_draft(*groups, **values):
    """A draft; its texts are given as the form names them, `subject` and `subject_en`."""
    given = {"subject": "Votre avis sur le plan", "body": BODY, **values}
    codes = [group.public_id for group in groups]
    return Draft(**{"groups": codes, **by_language(given, "subject", "body")})


def by_language(values, *names):
    """The values of a form, the texts of these names by language."""
    keys = {name: {tag: key_of(name, tag) for tag in LOCALES} for name in names}
    texts = {
        name: {tag: values[key] for tag, key in of_tags.items() if values.get(key)}
        for name, of_tags in keys.items()
    }
    others = {key for of_tags in keys.values() for key in of_tags.values()}
    return {key: value for key, value in values.items() if key not in others} | texts


def mailing_form(groups=("x",), group_choices=("x",), **fields):
    """A form of these texts, validated."""
    choices = [CountedGroup(InviteeGroup(public_id=it, name=it), 1) for it in group_choices]
    form = MailingForm(MultiDict({"pace": "60", **fields, "groups": list(groups)}), choices)
    form.validate()
    return form


def make_mailing(session, consultation_round, *groups, **values):
    """A draft, committed."""
    with writing(session):
        return drafts.add(
            Work(session, ORGANISER, now()), make_draft(*groups, **values), consultation_round.id
        )


def start(session, mailing):
    with writing(session):
        return lifecycle.start(Work(session, ORGANISER, now()), mailing, WITH_SERVER)


def send_due(session, app):
    """Let the sender come round, as where a server is set."""
    return sender.send_due(session, {**app.config, **WITH_SERVER})


def messages(session):
    """Every message that is owed, as stored now, the oldest first."""
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def skipped(session):
    """Why recipients were left out, by their id, of all mailings."""
    session.rollback()
    rows = session.execute(
        sa.select(MailingRecipient.invitee_id, MailingRecipient.skipped).where(
            MailingRecipient.skipped.is_not(None)
        )
    )
    return dict(rows.all())


def state_of(session, mailing):
    session.rollback()
    return session.scalar(sa.select(Mailing.state).where(Mailing.id == mailing.id))


def send_all(session, app):
    """Let the worker come round, half a minute apart, until every mailing is done or paused."""
    moment = now()
    while session.scalar(sa.select(sa.func.count()).where(Mailing.state == MailingState.SENDING)):
        with time_machine.travel(moment, tick=False):
            send_due(session, app)
        session.rollback()
        moment += timedelta(seconds=sender.EVERY_SECONDS)


def answer(session, invitee, measure="T7"):
    """Let an invitee answer in their own name."""
    session.rollback()
    invitation = session.scalars(
        sa.select(Invitation).where(Invitation.invitee_id == invitee.id)
    ).one()
    form = form_of(session, session.get(Round, invitation.round_id), measure)
    submission = Submission(key=new_id(), received_at=now())
    session.add(submission)
    session.flush()
    response = Response(
        submission_id=submission.id,
        respondent_id=invitation.respondent_id,
        questionnaire_id=form.id,
        receipt_code=new_id(),
        content_hash="",
        submitted_at=now(),
    )
    session.add(response)
    session.commit()
    return response
