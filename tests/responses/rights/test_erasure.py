"""Erasure of what identifies a respondent: at once, everywhere, for good; the figures stay."""

import json
import re
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db import erasure_log
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.exports import files
from consultation.inbox import attachments, confirmation, decisions, erasure
from consultation.inbox.models import IncomingAttachment, IncomingMessage, State
from consultation.invitations.mailings import invitations
from consultation.invitations.models import Invitation, Invitee, Mailing, MailingRecipient, Skipped
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.mail import outbox
from consultation.mail.addresses import index_of
from consultation.mail.delivery import loop
from consultation.mail.models import MessageStatus, OutboxMessage, Suppression, SuppressionReason
from consultation.moderation import queue as moderation_queue
from consultation.moderation import visibility
from consultation.moderation.models import Layer, ModeratedText, Reason, Redaction, TextState
from consultation.moderation.queue import Filters
from consultation.moderation.visibility import Audience, visible
from consultation.operations.backups import backup, restore
from consultation.responses import transcription
from consultation.responses.drafts import store
from consultation.responses.models import (
    Answer,
    Contact,
    Draft,
    PersonalLink,
    Respondent,
    RespondentSession,
    Response,
)
from consultation.responses.rights import erasure as rights_erasure
from consultation.responses.rights.erasure import ERASED_TEXT, Wish
from consultation.responses.space import recovery
from consultation.responses.submission import receipt
from consultation.responses.submission.acknowledgement import KIND as ACKNOWLEDGEMENT
from consultation.responses.submission.key import SubmissionKey
from consultation.responses.transcription import Part
from consultation.spreadsheets.writer import Format
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.reading import make, records_of
from tests.factories import screen_all
from tests.inbox.builders import bring_in_one
from tests.invitations.builders import make_group, make_invitee, make_mailing, send_due, start
from tests.jobs.builders import side_by_side
from tests.mail.builders import make_acknowledgement
from tests.moderation.builders import make_actor
from tests.responses.conftest import Form, hidden
from tests.rows import changed, of_respondent, rows

pytestmark = pytest.mark.database

ADDRESS = "jeanne@exemple.fr"
SPACE_FORM = "/contributions/mesures/T7"
ATTACHMENT = IncomingAttachment.__tablename__
WHO = {
    "name": "Jeanne Zorglub", "email": ADDRESS, "organisation": "L'Élan",
    "consent_contact": "yes", "consent_anonymous": "yes",
}  # fmt: skip


@pytest.fixture
def link(client, form):
    """The path of the link of somebody who has said who they are."""
    sent = form.data(suggestions="Premier texte", **WHO)
    page = client.post(form.path, data=sent, follow_redirects=True)
    return re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]


@pytest.fixture
def opened(client, link, form):
    """Their open space, with a correction and a draft."""
    go_on(client, link, form, WHO)


def go_on(client, link, form, who):
    """Correct in the space what was sent, and save a draft of more."""
    client.post(link)
    key = hidden(client.get(SPACE_FORM), "submission_key")
    client.post(SPACE_FORM, data=form.data(key=key, suggestions="Second texte", **who))
    key = hidden(client.get(SPACE_FORM), "submission_key")
    data = form.data(key=key, suggestions="Brouillon", **who)
    client.post(SPACE_FORM, data=data | {"intent": "save", "draft_revision": "0"})


def erase(client, **chosen):
    answer = hidden(client.get("/contributions/effacer"), "asked")
    data = {"asked": answer, "understood": "yes"} | chosen
    return client.post("/contributions/effacer", data=data, follow_redirects=True)


def the_only(session, model):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(model)).one()


def texts(session):
    session.rollback()
    session.expire_all()
    rows = session.scalars(sa.select(Answer).order_by(Answer.id)).all()
    return [answer.text for answer in rows if answer.text is not None]


def test_page_says_what_goes_and_what_stays_and_does_nothing(client, opened, session):
    page = client.get("/contributions/effacer")

    assert "Ce qui est effacé" in page.text
    assert "Ce qui reste" in page.text
    assert "contre.la.traite@secours-catholique.org" in page.text
    assert page.headers["Cache-Control"] == "no-store, private"
    assert the_only(session, Contact).address == ADDRESS


def test_nothing_is_erased_until_it_is_understood(client, opened, session):
    data = {"texts": "yes"}

    page = client.post("/contributions/effacer", data=data)

    assert page.status_code == 422
    assert "<title>Erreur" in page.text
    assert "Rien n’est encore effacé" in page.text
    assert re.search(r'name="texts"[^>]* checked', page.text)
    assert the_only(session, Contact).address == ADDRESS


def test_who_they_are_goes_and_their_figures_stay(client, opened, session):
    session.execute(sa.update(Respondent).values(consent_named=True))  # of before both were refused
    session.commit()

    page = erase(client)

    respondent = the_only(session, Respondent)
    assert "C’est effacé" in page.text
    assert "Les textes de vos contributions, sans votre nom" in page.text
    assert respondent.erased_at is not None
    assert (respondent.organisation, respondent.capacity) == (None, "citizen")
    assert (
        respondent.consent_contact, respondent.consent_anonymous, respondent.consent_named,
    ) == (False, True, False)  # fmt: skip
    for table in (Contact, Draft):
        assert session.scalars(sa.select(table)).all() == []
    assert texts(session) == [ERASED_TEXT, "Second texte"]


def test_all_texts_go_if_they_ask_so(client, opened, session):
    page = erase(client, texts="yes")

    assert texts(session) == [ERASED_TEXT, ERASED_TEXT]
    assert "Tous vos textes ont été effacés" in page.text
    assert {response.content_hash for response in session.scalars(sa.select(Response))} == {""}


@pytest.mark.parametrize("chosen", [{}, {"texts": "yes"}], ids=["who they are", "all texts"])
def test_erasing_touches_nothing_of_anybody_else(client, app, opened, form, session, chosen):
    other, who = app.test_client(), WHO | {"name": "Paul", "email": "paul@exemple.fr"}
    sent = form.data(suggestions="Premier texte", **who)
    page = other.post(form.path, data=sent, follow_redirects=True)
    go_on(other, re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1], form, who)
    screen_all(session, flagged={"Premier texte"})
    _other, respondent = session.scalars(sa.select(Respondent.id).order_by(Respondent.id))
    before = rows(session)
    of_them = of_respondent(before, respondent)
    assert {table for table, *_key in of_them} == {
        "respondent", "contact", "personal_link", "respondent_session", "draft", "response",
        "answer", "moderated_text", "outbox_message", "tally_change",
    }  # fmt: skip

    page = erase(client, **chosen)

    gone = changed(before, rows(session))
    assert "C’est effacé" in page.text
    assert len(gone) > 5
    assert gone & of_them == set()


def test_withdrawn_text_goes_whether_or_not_they_ask_so(client, opened, session):
    client.post("/contributions/retirer")

    erase(client)

    assert texts(session) == [ERASED_TEXT, ERASED_TEXT]


def test_their_links_receipts_and_spaces_open_nothing_any_more(client, app, link, opened, session):
    elsewhere = app.test_client()
    elsewhere.post(link)
    codes = session.scalars(sa.select(Response)).all()
    paths = [f"/recu/{receipt.token_for(response.receipt_code)}" for response in codes]

    erase(client)

    wrong = elsewhere.get(link[:-2])
    assert (client.get(link).status_code, client.post(link).status_code) == (404, 404)
    assert re.sub(r"/ouvrir/[\w.-]+", "", client.get(link).text) == re.sub(
        r"/ouvrir/[\w.-]+", "", wrong.text
    )
    assert {client.get(path).status_code for path in paths} == {404}
    assert elsewhere.get("/contributions/").status_code == 403
    assert client.get_cookie("__Host-space") is None
    assert all(row.revoked_at for row in session.scalars(sa.select(PersonalLink)))
    assert all(row.revoked_at for row in session.scalars(sa.select(RespondentSession)))


def test_browser_is_told_to_keep_nothing(client, opened):
    data = {"understood": "yes"}

    answer = client.post("/contributions/effacer", data=data)

    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_button_pressed_twice_says_twice_that_it_is_done(client, opened):
    answer = hidden(client.get("/contributions/effacer"), "asked")
    data = {"asked": answer, "understood": "yes", "texts": "yes"}
    client.post("/contributions/effacer", data=data)

    again = client.post("/contributions/effacer", data=data, follow_redirects=True)
    forged = client.post("/contributions/effacer", data=data | {"asked": f"x{answer}"})

    assert "C’est effacé" in again.text
    assert "Tous vos textes" in again.text
    assert forged.status_code == 403


def test_page_that_says_it_is_done_is_shown_for_two_hours(client):
    token = keyring.sign("erased", [True, False, False, True])

    with time_machine.travel(now() + timedelta(minutes=119), tick=False):
        assert client.get(f"/contributions/efface/{token}").status_code == 200
    with time_machine.travel(now() + timedelta(minutes=121), tick=False):
        assert client.get(f"/contributions/efface/{token}").status_code == 404
    assert client.get(f"/contributions/efface/x{token}").status_code == 404


def test_button_pressed_twice_at_once_says_twice_that_it_is_done(app, form):
    for _ in range(4):
        browsers, answers = [app.test_client() for _ in range(2)], []
        page = browsers[0].post(form.path, data=form.data(), follow_redirects=True)
        link = re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]
        for browser in browsers:
            browser.post(link)
        sent = {"asked": hidden(browsers[0].get("/contributions/effacer"), "asked")}

        def press(browser, sent=sent, answers=answers):
            with app.app_context():
                data = sent | {"understood": "yes"}
                answers.append(browser.post("/contributions/effacer", data=data).status_code)

        side_by_side(*(partial(press, browser) for browser in browsers))

        assert answers == [303, 303]


def test_without_a_space_nothing_can_be_erased(client, app, opened, session):
    page = app.test_client().post("/contributions/effacer", data={"understood": "yes"})

    assert page.status_code == 403
    assert the_only(session, Contact).address == ADDRESS


def test_post_from_another_site_erases_nothing(client, opened, session):
    page = client.post(
        "/contributions/effacer",
        data={"understood": "yes"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert "Effacer maintenant" in page.text
    assert the_only(session, Contact).address == ADDRESS


def test_without_the_list_of_erasures_nothing_is_erased(client, app, opened, session, monkeypatch):
    def fail(*_args, **_values):
        raise OSError

    monkeypatch.setattr(erasure_log, "note", fail)

    page = erase(client)

    assert page.status_code == 503
    assert "Rien n’a été effacé" in page.text
    assert the_only(session, Contact).address == ADDRESS


def test_open_form_adds_nothing_to_them(client, app, link, opened, form, session):
    elsewhere = app.test_client()
    elsewhere.post(link)
    key = hidden(elsewhere.get(SPACE_FORM), "submission_key")
    erase(client)

    data = form.data(key=key, suggestions="Trop tard", **WHO)
    refused = elsewhere.post(SPACE_FORM, data=data)
    unsaved = elsewhere.post(SPACE_FORM, data=data | {"intent": "save", "draft_revision": "0"})

    assert (refused.status_code, unsaved.status_code) == (409, 409)
    assert "Trop tard" in refused.text
    assert session.scalars(sa.select(Draft)).all() == []
    assert session.scalars(sa.select(Contact)).all() == []
    assert "Trop tard" not in texts(session)


def test_services_refuse_whoever_was_erased_a_moment_ago(client, app, opened, form, session):
    """A request on its way has found the space open, and comes to write after the erasure."""
    respondent_id = the_only(session, Respondent).id
    erase(client)

    with writing(session):
        assert rights_erasure.is_erased(session, respondent_id)
        with pytest.raises(rights_erasure.AlreadyErased):
            rights_erasure.erase(session, respondent_id, Wish(), now(), home=app.config["HOME"])
        written = transcription.transcribe(
            session,
            [Part(transcription.forms(session, now())[0], "Par courriel")],
            transcription.Writer("Jeanne", ADDRESS, "fr", True, respondent_id),
            now(),
        )
        assert written[0].respondent_id != respondent_id
        with pytest.raises(StaleEdit):
            store.save(
                session, respondent_id, form.instrument, {},
                key=SubmissionKey("k" * 22, form.instrument.public_id, now()), seen=0, at=now(),
            )  # fmt: skip


def test_mail_owed_to_them_is_cancelled_and_blanked(client, opened, session):
    erase(client)

    rows = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == ACKNOWLEDGEMENT.name)
    ).all()
    assert len(rows) == 2
    for row in rows:
        assert (row.status, row.last_error) == (MessageStatus.SUPPRESSED, "erased")
        assert (row.recipient, row.parameters) == (None, None)


def test_new_link_on_its_way_is_cancelled_too(client, app, opened, session):
    with writing(session):
        recovery.ask(session, ADDRESS, "fr", now())
    queue.run_due(session)

    erase(client)

    message = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == recovery.KIND.name)
    ).one()
    assert (message.status, message.recipient) == (MessageStatus.SUPPRESSED, None)


def test_whoever_typed_an_address_does_not_reach_what_others_are_sent_there(
    client, opened, session
):
    with writing(session):
        outbox.enqueue(
            session, ACKNOWLEDGEMENT.name, dedup_key="acknowledgement:AUTRE-CODE",
            recipient=ADDRESS, locale="fr", parameters=make_acknowledgement("AUTRE-CODE"),
            at=now(),
        )  # fmt: skip

    erase(client)

    of_them = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.dedup_key == "acknowledgement:AUTRE-CODE")
    ).one()
    assert (of_them.status, of_them.recipient) == (MessageStatus.QUEUED, ADDRESS)


def test_mail_being_sent_is_noted_as_sent_and_keeps_nothing(client, app, opened, session):
    loop.deliver(session, app.config)
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.status == MessageStatus.SENT)
        .values(status=MessageStatus.SENDING, sent_at=None)
    )
    session.commit()

    erase(client)

    left = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == ACKNOWLEDGEMENT.name)
    ).all()
    assert {message.status for message in left} == {MessageStatus.SUPPRESSED}
    assert {message.recipient for message in left} == {None}


def test_suppressed_address_is_forgotten_and_still_not_written_to(client, opened, session):
    session.add(
        Suppression(
            address_index=index_of(ADDRESS), address=ADDRESS, reason=SuppressionReason.BOUNCED,
            created_at=now(),
        )
    )  # fmt: skip
    session.commit()

    page = erase(client)

    row = the_only(session, Suppression)
    assert (row.address, row.lifted_at) == (None, None)
    assert "Aucun courriel ne partira" in page.text
    assert (
        session.scalars(
            sa.select(OutboxMessage.id).where(OutboxMessage.recipient.is_not(None))
        ).all()
        == []
    )


def test_confirming_mail_holds_no_link_and_leaves_no_address(client, app, opened, session):
    loop.deliver(session, app.config)
    app.config["MAIL_SERVER"] = "127.0.0.1"  # a page promises a mail only where one can leave
    page = erase(client, texts="yes")
    app.config["MAIL_SERVER"] = ""

    with time_machine.travel(now() + timedelta(hours=5), tick=False):
        loop.deliver(session, app.config)

    message = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "departure")
    ).one()
    session.refresh(message)
    kept = [path.read_text("utf-8") for path in (app.config["HOME"] / "mailbox/new").iterdir()]
    confirmation = next(text for text in kept if "votre demande" in text)
    assert "Un courriel part pour le confirmer" in page.text
    assert message.status is MessageStatus.SENT
    assert (message.recipient, message.parameters) == (None, None)
    assert f"To: {ADDRESS}" in confirmation
    for never in ("/contributions/ouvrir/", "Zorglub", "Élan", "texte</", "Second"):
        assert never not in confirmation


def test_copies_of_mails_kept_here_go_with_their_rows(client, app, opened, session):
    loop.deliver(session, app.config)
    box = app.config["HOME"] / "mailbox/new"
    assert any(ADDRESS in path.read_text("utf-8") for path in box.iterdir())

    erase(client)
    queue.run_due(session)

    assert list(box.iterdir()) == []


def test_confirmation_that_may_not_leave_keeps_no_address(client, app, opened, session):
    app.config["MAIL_DAILY_CAP"] = 1
    loop.deliver(session, app.config)

    page = erase(client)

    message = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "departure")
    ).one()
    assert "Aucun courriel ne partira" in page.text
    assert (message.status, message.last_error) == (MessageStatus.SUPPRESSED, "daily_cap")
    assert (message.recipient, message.parameters) == (None, None)


def test_without_an_address_no_mail_is_owed(client, form, session):
    page = client.post(form.path, data=form.data(), follow_redirects=True)
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1])

    answer = client.get("/contributions/effacer")
    done = erase(client)

    assert "aucun courriel ne partira" in answer.text
    assert "Aucun courriel ne partira" in done.text
    assert session.scalars(sa.select(OutboxMessage)).all() == []


@pytest.fixture
def masked(opened, session):
    """Both texts screened, the second published in part: a name in it is covered."""
    screen_all(session, flagged={"Premier texte"})
    account_id = make_account(session, "modo@association.example")
    second = session.scalars(
        sa.select(ModeratedText).join(Answer).where(Answer.text == "Second texte")
    ).one()
    second.state = TextState.REDACTED
    session.add(
        Redaction(
            answer_id=second.answer_id, start=0, end=6, reason=Reason.VICTIM, layer=Layer.MASKED,
            account_id=account_id, created_at=now(),
        )
    )  # fmt: skip
    session.commit()


def test_what_moderation_knew_of_an_erased_text_goes_with_it(client, masked, session):
    erase(client, texts="yes")

    mask = the_only(session, Redaction)
    assert (mask.start, mask.end, mask.layer) == (0, len(ERASED_TEXT), Layer.ERASED)
    seen = [
        it
        for response in session.scalars(sa.select(Response))
        for it in visibility.texts_of_response(session, response.id).values()
    ]
    assert [visible(it, Audience.PUBLIC) for it in seen] == [None, None]
    assert [it.is_flagged for it in seen] == [False, False]


def test_nobody_is_asked_to_read_an_erased_text(client, masked, session):
    moderator = make_actor(session, "modo2")
    session.execute(sa.update(ModeratedText).values(state=TextState.WAITING, is_flagged=True))
    session.commit()
    before = moderation_queue.total(Work(session, moderator), Filters())

    erase(client, texts="yes")

    assert (before, moderation_queue.total(Work(session, moderator), Filters())) == (1, 0)
    assert set(moderation_queue.counts(Work(session, moderator)).values()) == {0}


def test_workbook_names_nobody_and_still_counts(
    client, masked, session, consultation_round, tmp_path
):
    erase(client, texts="yes")

    made = make(session, consultation_round, tmp_path, format=Format.XLSX)

    (row,) = records_of(made.path, "Contributions")
    assert not row.get("Organisation")
    assert [text["Texte"] for text in records_of(made.path, "Textes")] == [ERASED_TEXT]
    assert (made.counts.received, made.counts.included, made.counts.superseded) == (2, 1, 1)


def test_workbook_being_written_names_nobody_erased_meanwhile(
    client, app, masked, session, consultation_round
):
    folder, steps = app.config["EXPORTS_DIR"], []

    def erase_in_the_middle(step):
        steps.append(step)
        if step.startswith("Feuille Textes") and not opens_nothing(client):
            erase(client, texts="yes")
            files.remove_made_before(folder, now())

    made = make(session, consultation_round, folder, format=Format.XLSX, report=erase_in_the_middle)

    assert steps.count("Lecture de la base") == 2
    assert {path.suffix for path in folder.iterdir()} == {".xlsx", ".json"}
    assert len(list(folder.iterdir())) == 2
    assert [text["Texte"] for text in records_of(made.path, "Textes")] == [ERASED_TEXT]
    (row,) = records_of(made.path, "Contributions")
    assert not row.get("Organisation")


def opens_nothing(client):
    return client.get("/contributions/").status_code == 403


def test_older_workbooks_go(client, app, opened, session):
    folder = app.config["EXPORTS_DIR"]
    folder.mkdir()
    older = folder / "consultation-tour-1-2026-01-01-120000-non-relu.xlsx"
    older.touch()

    erase(client)
    queue.run_due(session)

    assert not older.exists()
    assert the_only(session, Job).status is JobStatus.DONE


def test_mail_that_became_a_contribution_is_blanked_with_its_files(client, app, opened, session):
    home = app.config["HOME"]
    message = bring_in_one(session, app, files=[("cv.pdf", b"%PDF-1.4 secret")])
    reply = bring_in_one(session, app, text="Autre chose")
    actor = make_actor(session, "orga")
    respondent_id = the_only(session, Respondent).id
    form = next(it for it in transcription.forms(session, now()) if it.code is None)
    with writing(session):
        for it in (message, reply):
            session.get_one(IncomingMessage, it.id).respondent_id = respondent_id
        session.flush()
        decisions.convert(
            Work(session, actor, now()),
            message.public_id,
            [Part(form, "Par courriel")],
            seen=State.WAITING,
        )

    erase(client, texts="yes")
    queue.run_due(session)

    session.expire_all()
    for row in session.scalars(sa.select(IncomingMessage)):
        held = (row.sender, row.sender_name, row.sender_index, row.subject, row.original, row.kept)
        assert held == (None,) * 6
    states = {
        row.public_id: (row.state, row.reason)
        for row in session.scalars(sa.select(IncomingMessage))
    }
    assert states == {
        message.public_id: (State.CONVERTED, None),
        reply.public_id: (State.SET_ASIDE, erasure.REASON),
    }
    assert the_only(session, IncomingAttachment).name is None
    assert list((home / "inbox").iterdir()) == []
    assert set(texts(session)) == {ERASED_TEXT}


def test_whoever_else_their_letters_became_is_erased_with_them(client, app, opened, session):
    message, actor = bring_in_one(session, app), make_actor(session, "orga")
    form = next(it for it in transcription.forms(session, now()) if it.code == "T7")
    with writing(session):  # they have answered that measure: the letter becomes somebody new
        session.get_one(IncomingMessage, message.id).respondent_id = the_only(
            session, Respondent
        ).id
        session.flush()
        decisions.convert(
            Work(session, actor, now()),
            message.public_id,
            [Part(form, "Par courriel")],
            seen=State.WAITING,
        )
    assert len(session.scalars(sa.select(Contact)).all()) == 2

    erase(client, texts="yes")

    session.expire_all()
    listed = json.loads((app.config["HOME"] / erasure_log.NAME).read_text("utf-8"))
    public_ids = set(session.scalars(sa.select(Response.public_id)))
    assert session.scalars(sa.select(Contact)).all() == []
    assert None not in session.scalars(sa.select(Respondent.erased_at)).all()
    assert set(texts(session)) == {ERASED_TEXT}
    assert set(listed["responses"]) == public_ids


def test_mail_of_anybody_else_stays_with_its_files(client, app, opened, session):
    file = [("cv.pdf", b"%PDF-1.4 secret")]
    own, other = (bring_in_one(session, app, text=text, files=file) for text in ("Un", "Deux"))
    session.get_one(IncomingMessage, own.id).respondent_id = the_only(session, Respondent).id
    session.commit()
    own_id, other_id = own.id, other.id
    before = rows(session)
    files = {row["message_id"]: key for key, row in before.items() if key[0] == ATTACHMENT}

    erase(client)
    queue.run_due(session)

    after = rows(session)
    touched = changed(before, after)
    assert {("incoming_message", own_id), files[own_id]} <= touched
    assert not {("incoming_message", other_id), files[other_id]} & touched
    assert attachments.names(app.config["HOME"]) == [before[files[other_id]]["public_id"]]


@pytest.mark.parametrize("is_sent", [False, True])
def test_mail_that_asked_whether_they_wrote_is_cancelled_and_blanked(
    client, app, opened, session, is_sent
):
    message, actor = bring_in_one(session, app), make_actor(session, "orga")
    respondent_id = the_only(session, Respondent).id
    with writing(session):
        session.get_one(IncomingMessage, message.id).respondent_id = respondent_id
        session.flush()
        confirmation.ask(
            Work(session, actor, now()), message.public_id, app.config, seen=State.WAITING
        )
    path = f"/courriel/confirmer/{confirmation.token_for(message.public_id)}"
    assert client.get(path).status_code == 200
    if is_sent:
        loop.deliver(session, app.config)

    erase(client)
    queue.run_due(session)

    assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)
    session.expire_all()
    answer = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == confirmation.KIND.name)
    ).one()
    assert (answer.recipient, answer.parameters) == (None, None)
    assert answer.status is (MessageStatus.SENT if is_sent else MessageStatus.SUPPRESSED)


@pytest.fixture
def invited(client, app, session, form, consultation_round):
    """An invitee of the staff's list, in their open space."""
    invitee = Invitee(
        name="Jeanne Zorglub", address=ADDRESS, address_index=index_of(ADDRESS),
        organisation="L'Élan", locale="fr", created_at=now(),
    )  # fmt: skip
    session.add(invitee)
    session.flush()
    invitation = invitations.invite(session, consultation_round.id, invitee, now())
    link = invitations.link_for(session, invitation, invitee, "", now())
    session.commit()
    client.post(link)
    return invitee


def test_invitee_is_parted_from_their_invitation_and_stays_in_the_list(client, invited, session):
    page = client.get("/contributions/effacer")

    done = erase(client)

    assert "M’effacer aussi de la liste" in page.text
    assert "la liste des personnes que le collectif invite" in done.text
    assert session.scalars(sa.select(Invitation)).all() == []
    assert the_only(session, Invitee).address == ADDRESS
    assert session.scalars(sa.select(Contact)).all() == []


def test_invitee_who_asks_so_leaves_the_list_as_well(client, invited, session):
    page = erase(client, invitee="yes")

    left = the_only(session, Invitee)
    assert "Vous n’êtes plus dans la liste des personnes invitées" in page.text
    assert (left.name, left.address, left.address_index, left.organisation) == (None,) * 4


def test_who_was_not_invited_is_not_asked_about_the_list(client, opened):
    assert "personnes invitées" not in client.get("/contributions/effacer").text


def test_ongoing_mailing_leaves_them_out(client, invited, session, consultation_round):
    mailing = make_mailing(session, consultation_round, make_group(session))
    session.add(MailingRecipient(mailing_id=mailing.id, invitee_id=invited.id))
    session.commit()

    erase(client)

    assert the_only(session, MailingRecipient).skipped is Skipped.ERASED


def test_invitation_to_them_is_blanked_and_no_other_is(client, app, session, consultation_round):
    group = make_group(session)
    for address in ("paul@exemple.fr", ADDRESS):
        make_invitee(session, group, address)
    start(session, make_mailing(session, consultation_round, group))
    session.execute(sa.update(Mailing).values(resumed_at=now() - timedelta(hours=2)))
    session.commit()
    send_due(session, app)
    (letter,) = (it for it in session.scalars(sa.select(OutboxMessage)) if it.recipient == ADDRESS)
    client.post(re.search(r"/contributions/ouvrir/[\w.-]+", letter.parameters)[0])

    erase(client)

    session.expire_all()
    left = {it.recipient for it in session.scalars(sa.select(OutboxMessage)) if it.parameters}
    assert left == {"paul@exemple.fr", ADDRESS}  # the second one: the mail that confirms it
    assert session.get_one(OutboxMessage, letter.id).recipient is None
    assert session.get_one(OutboxMessage, letter.id).status is MessageStatus.SUPPRESSED


def test_erasure_list_holds_random_ids_only(client, app, opened, session):
    erase(client, texts="yes")

    lines = (app.config["HOME"] / erasure_log.NAME).read_text("utf-8").splitlines()
    entry = json.loads(lines[-1])
    assert set(entry) == {"kind", "at", "links", "responses", "texts", "invitee", "mac"}
    assert (entry["kind"], entry["texts"], entry["invitee"]) == ("respondent", True, False)
    assert set(entry["responses"]) == set(session.scalars(sa.select(Response.public_id)))
    assert set(entry["links"]) == set(session.scalars(sa.select(PersonalLink.id)))


# A server's backup is made by pg_dump; that it is erased again is tested below.
@pytest.mark.only("sqlite")
def test_what_a_restored_backup_brings_back_is_erased_again(
    client, app, opened, session, tmp_path, database_url
):
    backup.backup(database_url, tmp_path / "copy.sqlite")
    erase(client, texts="yes")
    place = f"sqlite:///{tmp_path / 'new' / 'db.sqlite'}"

    restore.restore(place, tmp_path / "copy.sqlite")
    engine = sa.create_engine(place)
    with sa.orm.Session(engine) as restored:
        before = restored.scalar(sa.select(sa.func.count()).select_from(Contact))
        with writing(restored):
            count = erasure_log.replay(restored, app.config["HOME"] / erasure_log.NAME, now())
        after = restored.scalar(sa.select(sa.func.count()).select_from(Contact))
        left = restored.scalars(sa.select(Answer.text).where(Answer.text.is_not(None))).all()
    engine.dispose()

    assert (before, count, after) == (1, 1, 0)
    assert set(left) == {ERASED_TEXT}


def test_doing_it_again_does_no_harm_on_any_database(client, app, opened, session):
    erase(client)
    session.execute(sa.update(Respondent).values(organisation="L'Élan", erased_at=None))
    session.execute(sa.update(PersonalLink).values(revoked_at=None))
    session.commit()

    for _ in range(2):
        with writing(session):
            erasure_log.replay(session, app.config["HOME"] / erasure_log.NAME, now())

    assert the_only(session, Respondent).organisation is None
    assert all(row.revoked_at for row in session.scalars(sa.select(PersonalLink)))
    assert texts(session) == [ERASED_TEXT, "Second texte"]


def test_backup_without_the_links_knows_them_by_their_responses(client, app, opened, session):
    home = app.config["HOME"]
    erase(client)
    session.execute(sa.update(Respondent).values(organisation="L'Élan"))
    session.execute(sa.delete(PersonalLink))
    session.commit()

    with writing(session):
        erasure_log.replay(session, home / erasure_log.NAME, now())

    assert the_only(session, Respondent).organisation is None


def test_another_measure_s_form_is_not_theirs_any_more(client, opened, session, form):
    erase(client)

    page = client.get("/contributions/mesures/T7")
    fresh = Form(session, form.measure)
    sent = client.post(fresh.path, data=fresh.data(), follow_redirects=True)

    assert page.status_code == 403
    assert "est enregistrée" in sent.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Respondent)) == 2
