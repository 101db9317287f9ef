"""Upload of mail from files on the page."""

from io import BytesIO

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.inbox.collection import collector, files
from consultation.inbox.models import Sort, State
from tests.inbox.builders import make_mail, mbox_of, messages
from tests.pages import visible_text

PAGE = "/organisation/courrier/ajouter"


def upload(browser, *named):
    browser.get(PAGE)  # for its token
    sent = {"file": [(BytesIO(content), name) for name, content in named]}
    return browser.post(PAGE, sent, content_type="multipart/form-data")


def test_eml_becomes_a_message_to_sort(session, app, organiser):
    page = upload(organiser, ("idee.eml", make_mail(subject="Une idée")))

    (message,) = messages(session)
    assert page.status_code == 200
    assert (message.subject, message.state, message.source) == ("Une idée", State.WAITING, "file")
    assert "1 courriel ajouté" in visible_text(page)
    assert f'href="/organisation/courrier/{message.public_id}"' in page.text


def test_each_message_of_an_mbox_is_listed_with_what_became_of_it(session, app, organiser):
    known = make_mail(subject="Déjà venue")
    upload(organiser, ("avant.eml", known))
    newsletter = make_mail(subject="Infolettre", list_id="<infos.exemple.fr>")
    box = mbox_of(known, make_mail(subject="Nouvelle"), newsletter)

    page = upload(organiser, ("boite", box))

    text = visible_text(page)
    assert "2 courriels ajoutés" in text
    assert "1 autre courriel était déjà là" in text
    assert "mis de côté lettre d'information ou liste" in text
    assert len(messages(session)) == 3


def test_several_files_are_taken_at_once_and_others_are_named(session, app, organiser):
    page = upload(
        organiser, ("un.eml", make_mail()), ("deux.eml", make_mail()), ("photo.jpg", b"\xff\xd8")
    )

    assert "2 courriels ajoutés" in visible_text(page)
    assert "photo.jpg" in page.text
    assert len(messages(session)) == 2


def test_upload_is_audited_with_its_counts(session, app, organiser):
    mail = make_mail()
    upload(organiser, ("un.eml", mail))
    upload(organiser, ("un.eml", mail))

    session.rollback()
    events = session.scalars(
        sa.select(AuditEvent).filter_by(action="messages_uploaded").order_by(AuditEvent.id)
    ).all()
    assert [event.details for event in events] == [{"new": 1, "known": 0}, {"new": 0, "known": 1}]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("bombe.eml", b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\n" * 9000,
         "too_many_parts"),
        ("puits.eml", b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" * 60, "too_deep"),
        ("bruit.eml", bytes(range(256)) * 40, "unreadable"),
    ],
)  # fmt: skip
def test_hostile_file_is_set_aside_with_its_reason(session, app, organiser, name, content, reason):
    page = upload(organiser, (name, content))

    (message,) = messages(session)
    assert page.status_code == 200
    assert message.reason == reason
    assert (message.sort, message.state) == (Sort.UNREADABLE, State.SET_ASIDE)


def test_empty_or_missing_file_is_refused_at_its_field(session, app, organiser):
    organiser.get(PAGE)

    page = organiser.post(PAGE, {}, content_type="multipart/form-data")

    assert page.status_code == 422
    assert 'id="file-error"' in page.text


def test_file_above_the_limit_is_refused_at_its_field(session, app, organiser):
    page = upload(organiser, ("gros.eml", b"x" * (app.config["BODY_LIMIT"] + 1)))

    assert page.status_code == 413
    assert messages(session) == []
    assert page.request.environ["wsgi.input"].closed


def test_upload_ends_after_its_bound_and_goes_on_when_sent_again(session, app):
    box = mbox_of(*(make_mail(subject=f"Idée {number}") for number in range(5)))

    counts = [
        collector.collect_uploads(session, app.config, [("boite", box)], most=2)
        for _time in range(3)
    ]

    assert [(it.new_count, it.is_cut) for it in counts] == [(2, True), (2, True), (1, False)]
    assert len(messages(session)) == 5


def test_only_who_sorts_the_mail_may_add_some(session, app, sign_in, client):
    administrator = sign_in(Role.ADMINISTRATOR)
    administrator.get("/organisation/")

    refused = administrator.post(PAGE, {}, content_type="multipart/form-data")

    assert administrator.get(PAGE).status_code == 403
    assert refused.status_code == 403
    assert sign_in(Role.MODERATOR).get(PAGE).status_code == 200


def test_uploaded_text_that_is_no_mail_has_no_messages():
    assert files.uploaded_messages("notes.txt", b"From here on it is a text.") is None
    assert files.uploaded_messages("vide", b"") is None
