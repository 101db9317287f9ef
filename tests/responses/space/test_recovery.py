"""Link recovery: a new link goes by mail, and the page does not tell who took part."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from structlog.testing import capture_logs

from consultation.clock import now
from consultation.crypto.keyring import keyring, new_id
from consultation.db import erasure_log
from consultation.db.base import writing
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.mail import suppression
from consultation.mail.addresses import index_of
from consultation.mail.delivery import loop
from consultation.mail.models import MessageStatus, OutboxMessage, SuppressionReason
from consultation.responses.models import PersonalLink, Respondent, Response, Standing
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from consultation.responses.space import links, recovery, sessions
from tests.factories import make_round
from tests.jobs.builders import another_session
from tests.mail.smtp_server import certificate_authority as certificate_authority
from tests.mail.smtp_server import smtp_sink as smtp_sink
from tests.responses.conftest import hidden

pytestmark = pytest.mark.database

PATH = "/contributions/retrouver"
KNOWN, UNKNOWN = "jeanne@exemple.fr", "inconnue@exemple.fr"
OPENED = re.compile(r"/contributions/ouvrir/[\w.-]+")


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def link(client, form):
    """The path of the link that the receipt of somebody shows, who gave an address."""
    return answer(client, form, email=KNOWN)


def answer(client, form, **answers):
    page = client.post(form.path, data=form.data(**answers), follow_redirects=True)
    return OPENED.search(page.text)[0]


def ask(client, address=KNOWN, path=PATH, **headers):
    return client.post(path, data={"address": address}, headers=headers)


def work(session):
    """Let the worker do what waits."""
    while queue.run_due(session):
        pass
    session.rollback()
    session.expire_all()


def mails(session, status=MessageStatus.QUEUED):
    """The mails of lost links that are owed: to whom, and what each says."""
    session.rollback()
    session.expire_all()
    rows = session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.kind == recovery.KIND.name, OutboxMessage.status == status)
        .order_by(OutboxMessage.id)
    )
    return [(row.recipient, json.loads(row.parameters)["spaces"]) for row in rows]


def new_links(session):
    """The paths of the links that went by mail, the latest last."""
    return [OPENED.search(space["link"])[0] for _to, spaces in mails(session) for space in spaces]


def recovered(client, session, address=KNOWN):
    ask(client, address)
    work(session)
    return new_links(session)[-1]


def opens(client, link):
    """Whether a link opens a space, as its page says."""
    return client.get(link).status_code == 200


@contextmanager
def statements(session):
    """What is asked of the database meanwhile."""
    sent_statements = []

    def note(_connection, _cursor, statement, *_):
        sent_statements.append(statement)

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent_statements
    sa.event.remove(engine, "before_cursor_execute", note)


def test_new_link_goes_to_the_address_and_opens_the_space(client, link, session):
    page = ask(client)
    work(session)

    ((recipient, (space,)),) = mails(session)
    assert page.status_code == 200
    assert "aucun message ne peut partir" in page.text  # no server is set
    assert "vient d’y partir" not in page.text
    assert recipient == KNOWN
    assert space["codes"] == list(session.scalars(sa.select(Response.receipt_code)))
    assert client.post(OPENED.search(space["link"])[0]).status_code == 303


def test_address_is_known_by_every_spelling_of_it(client, form, session):
    client.post(form.path, data=form.data(email="Jeanne.Elan+avis@gmail.com"))

    ask(client, " jeanneelan@GOOGLEMAIL.com ")
    work(session)

    assert [recipient for recipient, _ in mails(session)] == ["Jeanne.Elan+avis@gmail.com"]


def test_unknown_address_gets_nothing_and_the_same_page(client, link, session):
    known, unknown = ask(client), ask(client, UNKNOWN)
    work(session)

    assert known.status_code == unknown.status_code == 200
    assert known.text.replace(KNOWN, "…") == unknown.text.replace(UNKNOWN, "…")
    assert {*known.headers.keys()} == {*unknown.headers.keys()}
    assert "Set-Cookie" not in known.headers
    assert [recipient for recipient, _ in mails(session)] == [KNOWN]


def test_page_asks_the_same_of_the_database_for_every_address(client, link, session):
    sent_statements = {}
    for address in (UNKNOWN, KNOWN):
        with statements(session) as noted:
            ask(client, address)
        sent_statements[address] = noted

    assert len(sent_statements[KNOWN]) > 0
    assert sent_statements[KNOWN] == sent_statements[UNKNOWN]
    assert not any("contact" in statement for statement in sent_statements[KNOWN])


def test_nothing_of_an_address_that_was_asked_for_stays(client, link, session):
    with capture_logs() as logs:
        ask(client)
        ask(client, UNKNOWN)
        waiting = str(session.execute(sa.text("SELECT * FROM job")).all())
        session.rollback()
        work(session)

    done = str(session.execute(sa.text("SELECT * FROM job")).all())
    assert session.scalars(sa.select(Job.status)).all() == [JobStatus.DONE] * 2
    assert UNKNOWN not in waiting
    assert KNOWN not in waiting
    assert index_of(UNKNOWN) not in done
    assert index_of(KNOWN) not in done
    assert logs == []


def test_nothing_of_an_address_stays_where_its_job_fails_for_good(
    client, link, session, monkeypatch
):
    def fails(*_given):
        raise OSError

    monkeypatch.setattr(recovery, "enqueue_links", fails)
    ask(client)
    for attempt in range(queue.MOST_ATTEMPTS):
        held = session.scalars(sa.select(Job.parameters)).one()
        with time_machine.travel(now() + timedelta(minutes=10 * attempt), tick=False):
            work(session)

    job = session.scalars(sa.select(Job)).one()
    assert held["address_index"] == index_of(KNOWN)
    assert (job.status, job.parameters) == (JobStatus.FAILED, {})


def test_repeated_job_owes_nothing_twice(client, link, session):
    ask(client)
    work(session)
    session.execute(sa.update(Job).values(status=JobStatus.QUEUED))
    session.commit()

    work(session)

    assert len(mails(session)) == 1


def test_old_link_is_good_until_the_new_one_is_opened(client, link, session):
    new = recovered(client, session)
    before = opens(client, link), opens(client, new)

    client.post(new)

    assert before == (True, True)
    assert (opens(client, link), opens(client, new)) == (False, True)


def test_only_looking_at_the_new_link_revokes_nothing(client, link, session):
    new = recovered(client, session)

    client.get(new)

    assert opens(client, link)


def test_new_link_closes_the_space_wherever_an_old_one_had_opened_it(client, app, link, session):
    elsewhere, stranger = app.test_client(), app.test_client()
    elsewhere.post(link)
    before = elsewhere.get("/contributions/").status_code
    new = recovered(stranger, session)
    waiting = elsewhere.get("/contributions/").status_code

    client.post(new)
    client.post(new)

    assert (before, waiting) == (200, 200)
    assert elsewhere.get("/contributions/").status_code == 403
    assert client.get("/contributions/").status_code == 200


def token_in(path):
    return path.rpartition("/")[2]


def test_who_opens_an_old_link_as_the_new_one_takes_its_place_is_shut_out(app, link, session):
    new, stranger = recovered(app.test_client(), session), app.test_client()

    with another_session(session) as owner, ThreadPoolExecutor(1) as pool:
        links.note_opened(owner, token_in(new), now())
        opening = pool.submit(stranger.post, link)
        wait([opening], timeout=1)
        owner.commit()
        opened = opening.result()

    assert opened.status_code == 404
    assert stranger.get("/contributions/").status_code == 403


def test_new_link_closes_a_space_being_opened_by_an_old_one(client, link, session):
    new = recovered(client, session)

    with another_session(session) as stranger, ThreadPoolExecutor(1) as pool:
        owner_id = links.find(stranger, token_in(link)).id
        links.note_opened(stranger, token_in(link), now())
        secret = sessions.open_space(stranger, owner_id, now())
        opening = pool.submit(client.post, new)
        wait([opening], timeout=1)
        stranger.commit()
        opened = opening.result()

    session.rollback()
    assert opened.status_code == 303
    assert sessions.find(session, secret, now()) is None


def test_links_of_mails_are_replaced_as_well(client, form, session):
    page = client.post(form.path, data=form.data(email=KNOWN), follow_redirects=True)
    displayed = OPENED.search(page.text)[0]
    (acknowledgement,) = session.scalars(sa.select(OutboxMessage))
    mailed = OPENED.search(acknowledgement.parameters)[0]
    acknowledgement.status, acknowledgement.sent_at = MessageStatus.SENT, now()

    client.post(recovered(client, session))

    assert (opens(client, displayed), opens(client, mailed)) == (False, False)


def test_waiting_mail_leaves_with_the_link_that_is_good(client, link, session):
    client.post(recovered(client, session))

    (waiting,) = session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.kind == "acknowledgement")
        .execution_options(populate_existing=True)
    )
    assert opens(client, OPENED.search(waiting.parameters)[0])


def test_later_receipts_show_a_link_that_is_good(client, link, form, session):
    client.post(recovered(client, session))
    key = hidden(client.get("/contributions/mesures/T7"), "submission_key")

    receipt = client.post(
        "/contributions/mesures/T7",
        data=form.data(key=key, email=KNOWN, suggestions="Encore."),
    )
    # Where the space is open, a later receipt shows no link.
    elsewhere = client.application.test_client().get(receipt.location)

    assert opens(client, OPENED.search(elsewhere.text)[0])


def test_of_two_new_links_either_can_be_opened_and_the_later_one_stays(client, link, session):
    first = recovered(client, session)
    with time_machine.travel(now() + timedelta(minutes=5)):
        second = recovered(client, session)
        client.post(first)
        after_first = opens(client, first), opens(client, second)
        client.post(second)

        after_second = opens(client, first), opens(client, second)

    assert after_first == (True, True)
    assert after_second == (False, True)


def test_who_opens_the_new_link_is_sure_of_the_address(client, link, session):
    client.post(recovered(client, session))

    session.expire_all()
    assert session.scalars(sa.select(Respondent.standing)).one() is Standing.CONFIRMED


def test_other_people_with_other_addresses_keep_their_links(client, link, form, session):
    other = answer(client, form, email="paul@exemple.fr")

    client.post(recovered(client, session))

    assert opens(client, other)


def test_respondent_of_an_earlier_round_gets_no_link_in_the_next(client, link, session):
    with time_machine.travel(now() + timedelta(days=60)):
        make_round(session, opens_at=now() - timedelta(days=1), code="tour-2")
        session.commit()
        ask(client)
        work(session)

        assert mails(session) == []


def test_between_two_rounds_the_last_one_still_counts(client, link, session):
    with time_machine.travel(now() + timedelta(days=60)):
        make_round(
            session,
            opens_at=now() + timedelta(days=9),
            closes_at=now() + timedelta(days=99),
            code="tour-2",
        )
        session.commit()
        ask(client)
        work(session)

        assert len(mails(session)) == 1


def test_at_most_three_mails_a_day_leave_for_one_address(client, link, session):
    pages = {ask(client).text for _ in range(5)}
    work(session)
    today = len(mails(session))
    with time_machine.travel(now() + timedelta(hours=25)):
        ask(client)
        work(session)

    assert len(pages) == 1
    assert (today, len(mails(session))) == (3, 4)
    assert len(session.scalars(sa.select(PersonalLink)).all()) == 2 + 4


def test_acknowledgements_of_the_day_hold_no_lost_link_back(client, form, session):
    for _ in range(5):
        client.post(form.path, data=form.data(email=KNOWN))

    ask(client)
    work(session)

    ((_, spaces),) = mails(session)
    due = session.scalars(
        sa.select(OutboxMessage.next_attempt_at).where(OutboxMessage.kind == recovery.KIND.name)
    ).one()
    assert len(spaces) == 5
    assert due <= now()


def test_who_wants_no_mail_gets_none(app, client, link, session):
    app.config["MAIL_SERVER"] = "smtp.exemple.fr"
    suppression.suppress_address(session, KNOWN, SuppressionReason.NOT_ME, now())
    session.commit()

    page = ask(client)
    work(session)

    assert "Si cette adresse nous a été donnée, un message vient d’y partir" in page.text
    assert mails(session) + mails(session, MessageStatus.SUPPRESSED) == []


def test_our_own_boxes_are_not_written_to(client, form, session, app):
    own = app.config["MAIL_SENDER"]
    client.post(form.path, data=form.data(email=own))

    ask(client, own)
    work(session)

    assert mails(session) == []


def test_many_spaces_of_one_address_go_by_several_mails(client, link, session, monkeypatch, form):
    monkeypatch.setattr(recovery, "SPACES_BY_MAIL", 2)
    for _ in range(8):
        client.post(form.path, data=form.data(email=KNOWN))

    ask(client)
    work(session)

    assert [len(spaces) for _, spaces in mails(session)] == [2, 2, 2]


def test_somebody_erased_gets_no_link_and_their_new_one_opens_nothing(
    client, link, session, app, tmp_path
):
    new = recovered(client, session)
    (respondent_id,) = session.scalars(sa.select(Respondent.id)).all()
    with writing(session):
        erasure.erase(session, respondent_id, Wish(), now(), home=app.config["HOME"])

    ask(client)
    work(session)

    assert (app.config["HOME"] / erasure_log.NAME).exists()
    assert not opens(client, new)
    assert mails(session) == []


def test_link_found_while_its_owner_is_erased_never_leaves(client, link, session, app):
    ask(client)
    (respondent_id,) = session.scalars(sa.select(Respondent.id)).all()
    session.rollback()

    def look():
        with app.app_context():
            queue.run_due(session)

    beside = threading.Thread(target=look)
    with another_session(session) as eraser, writing(eraser):
        erasure.erase(eraser, respondent_id, Wish(), now(), home=app.config["HOME"])
        beside.start()
        beside.join(timeout=0.5)  # long enough to find the address, were it not held
    beside.join()
    work(session)

    kept = sa.select(OutboxMessage.recipient).where(OutboxMessage.recipient.is_not(None))
    assert session.scalars(kept.where(OutboxMessage.kind == recovery.KIND.name)).all() == []


def test_english_page_sends_english_links(client, link, session):
    page = ask(client, path=f"/en{PATH}")
    work(session)

    ((_, (space,)),) = mails(session)
    assert '<html lang="en">' in page.text
    assert space["link"].startswith("https://consultation.example/en/contributions/ouvrir/")


@pytest.mark.parametrize("typed", ["", "jeanne", "a@b.fr, c@d.fr", "é" * 300 + "@exemple.fr"])
def test_what_is_no_address_is_said_so_and_kept(client, session, typed):
    page = ask(client, typed)

    assert page.status_code == 422
    assert "Vérifiez l’adresse" in page.text
    assert f'value="{typed}"' in page.text
    assert session.scalars(sa.select(Job)).all() == []


def test_post_from_another_site_only_asks_for_a_confirming_click(client, link, session):
    page = ask(client, **{"Sec-Fetch-Site": "cross-site"})

    assert page.status_code == 400
    assert f'value="{KNOWN}"' in page.text
    assert session.scalars(sa.select(Job)).all() == []


@pytest.mark.parametrize("path", [PATH, f"/en{PATH}"])
def test_page_is_kept_by_nobody_and_sets_no_cookie(client, path):
    page = client.get(path)

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store, private"
    assert "Set-Cookie" not in page.headers


class TestMail:
    """What leaves for a real server."""

    @pytest.fixture
    def settings(self, settings, smtp_sink):
        return settings | smtp_sink.settings

    def test_it_says_which_space_is_which_and_no_word_of_its_owner(
        self, client, form, session, app, smtp_sink
    ):
        for text in ("Zorglub", "Zorglub encore"):
            client.post(form.path, data=form.data(email=KNOWN, suggestions=text, name="Zorglub"))
        session.execute(sa.update(OutboxMessage).values(status=MessageStatus.SUPPRESSED))
        session.commit()
        ask(client)
        work(session)

        loop.deliver(session, app.config)

        (mail,) = smtp_sink.mails
        assert mail.recipients == (KNOWN,)
        assert mail.mail["Subject"] == "Vos 2 nouveaux liens personnels"
        for part in (mail.part("plain"), mail.part("html")):
            for code in session.scalars(sa.select(Response.receipt_code)):
                assert code in part
            assert len({*OPENED.findall(part)}) == 2
        assert b"Zorglub" not in mail.content

    def test_what_it_held_is_forgotten_once_it_has_left(
        self, client, link, session, app, smtp_sink
    ):
        ask(client)
        work(session)

        loop.deliver(session, app.config)

        session.expire_all()
        (left,) = session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.kind == recovery.KIND.name)
        )
        assert (left.status, left.recipient, left.parameters) == (MessageStatus.SENT, None, None)


class TestLimits:
    """What holds back somebody who asks for many."""

    @pytest.fixture
    def settings(self, settings):
        return settings | {"RATE_LIMITS": True, "MAIL_SOURCE_CAP": 3}

    def test_too_many_asked_from_one_place_are_told_to_wait(self, client):
        statuses = [ask(client, UNKNOWN).status_code for _ in range(21)]

        assert statuses == [200] * 20 + [429]

    def test_beyond_the_cap_of_a_place_the_page_is_the_same(self, client, link, session):
        first = ask(client, UNKNOWN)
        for number in range(3):
            ask(client, f"autre{number}@exemple.fr")
        session.execute(sa.delete(Job))

        page = ask(client)

        assert page.text.replace(KNOWN, "…") == first.text.replace(UNKNOWN, "…")
        assert session.scalars(sa.select(Job)).all() == []


def wrong_links(session, link, home):
    """Links guessed, mistyped, revoked, of somebody erased, and an id without its signature."""
    token = link.rpartition("/")[2]
    identifier, signature = token.split(".")
    guessed = new_id()
    yield f"{guessed}.{new_id()}"
    yield f"{identifier}.{signature[:-2]}{'AA' if signature[-2:] != 'AA' else 'BB'}"
    yield identifier
    yield f"{identifier}."
    yield f"{guessed}.{keyring.link_signature(guessed)}"
    (respondent_id,) = session.scalars(sa.select(Respondent.id)).all()
    revoked = links.create(session, respondent_id, now())
    revoked.revoked_at = now()
    session.commit()
    yield f"{revoked.id}.{keyring.link_signature(revoked.id)}"
    with writing(session):
        erasure.erase(session, respondent_id, Wish(), now(), home=home)
    yield token


def test_every_link_that_opens_nothing_is_answered_alike(client, link, session, app):
    noted = []
    for token in wrong_links(session, link, app.config["HOME"]):
        for method in ("GET", "POST"):
            with statements(session) as sent_statements:
                page = client.open(f"/contributions/ouvrir/{token}", method=method)
            selects = [it for it in sent_statements if "SELECT" in it]
            assert "Set-Cookie" not in page.headers
            noted.append((page.status_code, page.text.replace(token, "…"), tuple(selects)))

    assert {status for status, _, _ in noted} == {404}
    assert len({text for _, text, _ in noted}) == 1
    assert len({selects for _, _, selects in noted}) == 1
    assert len(noted[0][2]) == 1
    assert "Retrouver mon espace" in noted[0][1]


@pytest.mark.once
def test_ten_thousand_links_are_distinct_and_not_to_be_had_from_the_database(client, link, session):
    (respondent_id,) = session.scalars(sa.select(Respondent.id)).all()
    drawn = [PersonalLink(respondent_id=respondent_id, created_at=now()) for _ in range(10_000)]
    session.add_all(drawn)
    session.flush()

    tokens = {links.address("", "", drawn_link).rpartition("/")[2] for drawn_link in drawn}
    stored = str(session.execute(sa.text("SELECT * FROM personal_link")).all())

    assert len(tokens) == 10_000
    assert all(token.partition(".")[0] in stored for token in tokens)
    assert not any(token.partition(".")[2] in stored for token in tokens)
    assert all(links.find(session, token) for token in [*tokens][:50])
    for token in [*tokens][:50]:
        identifier, _, signature = token.partition(".")
        assert links.find(session, identifier) is None
        assert links.find(session, f"{identifier}.{identifier}") is None
        assert links.find(session, f"{signature}.{identifier}") is None
        assert links.find(session, f"{identifier}.{new_id()}") is None


def test_signature_of_a_link_is_of_the_key_of_links(session, link):
    """Whoever has the database and any other key of the installation makes no link."""
    identifier = session.scalars(sa.select(PersonalLink.id)).first()
    right = keyring.link_signature(identifier)
    by_others = {
        keyring.blind_index("link", identifier)[:22],
        keyring.sign("link", identifier).rpartition(".")[2],
    }

    assert keyring.is_link_signature(identifier, right)
    assert right not in by_others
    assert len(right) == 22
