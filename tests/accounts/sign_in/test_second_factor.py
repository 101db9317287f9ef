"""Second factor: set up with a code, required after the password, each code used once."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from passlib.totp import TOTP
from sqlalchemy.orm import Session

from consultation.accounts import staff
from consultation.accounts.models import (
    Account,
    AuditEvent,
    RecoveryCode,
    Role,
    SecondFactor,
    StaffSession,
)
from consultation.accounts.roles import StaffActor
from consultation.accounts.sign_in import two_factor
from consultation.accounts.sign_in.passwords import reset_token
from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.base import writing
from consultation.extensions import db
from consultation.typesetting import qr
from consultation.web.permissions import Permission
from tests.accounts.builders import (
    CODE_PAGE,
    OTHER_PASSWORD,
    PASSWORD,
    SECRET,
    code_of,
    forget_codes,
    make_account,
    make_recovery_codes,
)
from tests.pages import straight

pytestmark = pytest.mark.database

EMAIL = "élise@association.example"
ACCOUNT = "/organisation/compte"
SETTING_UP = f"{ACCOUNT}/deux-etapes"
RECOVERY_PAGE = f"{CODE_PAGE}/secours"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WRONG = "000000"


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def holder(session):
    """An organiser's account with a second factor."""
    return make_account(session, EMAIL, second_factor=True)


def actions(session):
    session.rollback()
    return session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()


def text_of(page):
    return straight(page.text)


def codes_in(page):
    return re.findall(r"<li><code>([^<]+)</code>", page.text)


def test_after_the_password_a_code_is_asked_for_and_then_leads_where_one_wanted(holder, visitor):
    wanted = "/organisation/contributions/"
    visitor.get("/connexion")

    code_step = visitor.post("/connexion", {"email": EMAIL, "password": PASSWORD, "next": wanted})
    page = visitor.get(code_step.location)
    answer = visitor.give_code(code_of())

    assert (code_step.status_code, code_step.location) == (303, CODE_PAGE)
    assert 'inputmode="numeric"' in page.text
    assert 'autocomplete="one-time-code"' in page.text
    assert answer.location == wanted
    assert visitor.is_signed_in()


def test_who_owes_a_code_opens_no_page_and_has_no_session(session, holder, visitor):
    visitor.give_password(EMAIL)
    visitor.get(CODE_PAGE)

    pages = [
        visitor.get(path).status_code
        for path in ("/organisation/", ACCOUNT, SETTING_UP, "/connexion/mot-de-passe")
    ]
    posts = [
        visitor.post(path, {}).status_code
        for path in (f"{ACCOUNT}/connexions/fermer", SETTING_UP, "/connexion/mot-de-passe")
    ]

    assert (set(pages), set(posts)) == ({303}, {404})
    assert session.scalar(sa.select(sa.func.count()).select_from(StaffSession)) == 0


def test_wrong_code_is_refused_at_its_field_and_noted(session, holder, visitor):
    visitor.give_password(EMAIL)

    page = visitor.give_code(WRONG)

    assert page.status_code == 422
    assert "n'est pas le bon, ou il a déjà servi" in text_of(page)
    assert 'aria-invalid="true"' in page.text
    assert WRONG not in page.text
    assert not visitor.is_signed_in()
    assert actions(session) == ["code_refused"]


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "１２３４５６", "-12345", "x" * 9999]
)
def test_what_can_be_no_code_is_refused(holder, visitor, typed):
    visitor.give_password(EMAIL)

    assert visitor.give_code(typed).status_code == 422
    assert not visitor.is_signed_in()


def test_code_may_be_typed_with_spaces(holder, visitor):
    visitor.give_password(EMAIL)
    code = code_of()

    visitor.give_code(f" {code[:3]} {code[3:]} ")

    assert visitor.is_signed_in()


def test_code_serves_once(holder, open_visitor, clock):
    first, second = open_visitor(), open_visitor()
    for visitor in (first, second):
        visitor.give_password(EMAIL)

    first.give_code(code_of())
    again = second.give_code(code_of())
    clock.shift(timedelta(seconds=30))
    second.give_code(code_of())

    assert first.is_signed_in()
    assert again.status_code == 422
    assert second.is_signed_in()


def test_code_before_the_one_that_served_is_refused(holder, open_visitor, clock):
    first, second = open_visitor(), open_visitor()
    for visitor in (first, second):
        visitor.give_password(EMAIL)

    first.give_code(code_of(later=30))

    assert second.give_code(code_of()).status_code == 422


@pytest.mark.parametrize(
    ("later", "is_accepted"),
    [(-60, False), (-30, True), (0, True), (30, True), (60, False), (3600, False)],
)
def test_clock_may_be_wrong_by_one_code(session, holder, clock, later, is_accepted):
    account = session.get(Account, holder)

    try:
        with writing(session):
            two_factor.check(session, account, code_of(later=later), now())
        accepted = True
    except two_factor.CodeRefused:
        accepted = False

    assert accepted is is_accepted


def race(attempts):
    """Run the attempts at once, each with a session of its own; return what each came to."""
    engine, ready, outcomes = db.engine, threading.Barrier(len(attempts)), []

    def run(attempt):
        ready.wait()
        with Session(engine) as own:
            try:
                with writing(own):
                    attempt(own)
                outcomes.append("accepted")
            except two_factor.CodeRefused:
                outcomes.append("refused")

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_of_processes_that_get_one_code_at_once_one_accepts_it(session, holder):
    code, at = code_of(), now()

    def attempt(own):
        two_factor.check(own, own.get(Account, holder), code, at)

    assert race([attempt] * 4) == ["accepted", "refused", "refused", "refused"]


def test_of_processes_that_get_one_recovery_code_at_once_one_accepts_it(session, holder):
    code, at = make_recovery_codes(session, holder)[0], now()

    def attempt(own):
        two_factor.use_recovery_code(own, own.get(Account, holder), code, at)

    assert race([attempt] * 4) == ["accepted", "refused", "refused", "refused"]


def test_ten_minutes_after_the_password_one_begins_again(holder, visitor, clock):
    visitor.give_password(EMAIL)

    clock.shift(timedelta(minutes=10, seconds=1))
    page = visitor.get(CODE_PAGE, follow_redirects=True)
    visitor.post(CODE_PAGE, {"code": code_of()})

    assert "connectez-vous de nouveau" in text_of(page)
    assert not visitor.is_signed_in()


def test_page_of_the_code_sends_strangers_to_sign_in(visitor):
    visitor.get("/connexion")

    for path in (CODE_PAGE, RECOVERY_PAGE):
        assert visitor.get(path).location == "/connexion"
        assert visitor.post(path, {"code": WRONG}).location == "/connexion"


def test_password_changed_in_between_makes_the_first_step_worthless(session, holder, visitor):
    visitor.give_password(EMAIL)

    with writing(session):
        account = session.get(Account, holder)
        staff.set_password(session, account, account.password, now())
    visitor.post(CODE_PAGE, {"code": code_of()})

    assert not visitor.is_signed_in()


def test_account_disabled_in_between_is_not_opened(session, holder, visitor):
    visitor.give_password(EMAIL)

    with writing(session):
        session.get(Account, holder).active = False
    visitor.post(CODE_PAGE, {"code": code_of()})

    assert not visitor.is_signed_in()


def test_reset_of_the_password_does_not_spare_the_code(app, session, holder, visitor):
    with app.test_request_context():
        token = reset_token(session.get(Account, holder))
    visitor.get("/connexion")
    fields = {"password": OTHER_PASSWORD, "password_confirm": OTHER_PASSWORD}
    visitor.post(f"/connexion/oubli/{token}", fields)

    answer = visitor.give_password(EMAIL, OTHER_PASSWORD)

    assert answer.location == CODE_PAGE
    assert not visitor.is_signed_in()


def test_changing_the_password_asks_for_no_code_again(holder, visitor):
    visitor.sign_in(EMAIL)

    visitor.change_password()

    assert visitor.is_signed_in()


def test_recovery_code_replaces_the_telephone_once(session, holder, open_visitor):
    code = make_recovery_codes(session, holder)[3]
    first, second = open_visitor(), open_visitor()
    for visitor in (first, second):
        visitor.give_password(EMAIL)

    answer = first.give_code(code.lower().replace("-", " "), RECOVERY_PAGE)
    home = first.get(answer.location)
    again = second.give_code(code, RECOVERY_PAGE)

    assert "Il vous en reste 9 codes" in text_of(home)
    assert again.status_code == 422
    assert "Ce code de secours n'est pas le bon" in text_of(again)
    assert not second.is_signed_in()
    assert "recovery_code_used" in actions(session)


def test_who_uses_the_last_recovery_code_is_told_so(session, holder, visitor):
    codes = make_recovery_codes(session, holder)
    with writing(session):
        for code in codes[1:]:
            account = session.get(Account, holder)
            two_factor.use_recovery_code(session, account, code, now())
    visitor.give_password(EMAIL)

    home = visitor.get(visitor.give_code(codes[0], RECOVERY_PAGE).location)

    assert "C'était votre dernier code de secours" in text_of(home)


def test_recovery_code_of_somebody_else_opens_nothing(session, holder, visitor):
    other = make_account(session, "autre@association.example", second_factor=True)
    code = make_recovery_codes(session, other)[0]
    visitor.give_password(EMAIL)

    assert visitor.give_code(code, RECOVERY_PAGE).status_code == 422


def test_setting_up_shows_a_key_and_a_drawing_and_then_ten_codes_once(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    page = visitor.get(SETTING_UP)
    again = visitor.get(SETTING_UP)
    answer, secret = visitor.set_up_second_factor()
    later = visitor.get(ACCOUNT)

    assert re.search(r"<code>([A-Z2-7]{4} ){7}[A-Z2-7]{4}</code>", page.text)
    assert '<svg class="qr"' in page.text
    assert "data:" not in page.text
    assert secret[:4] in page.text
    assert secret[:4] in again.text
    assert len(set(codes_in(answer))) == 10
    assert codes_in(later) == []
    assert "10 codes de secours" in text_of(later)
    assert actions(session)[-1] == "second_factor_set_up"


def test_drawing_is_the_code_of_the_key(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    page = visitor.get(SETTING_UP)
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")
    uri = two_factor.draft(secret, EMAIL).uri
    totp = TOTP.from_uri(uri)

    assert qr.draw(uri).path in page.text
    assert (totp.label, totp.issuer) == (EMAIL, "Ensemble contre la traite")
    assert totp.base32_key == secret


def test_wrong_code_sets_nothing_up_and_keeps_the_key(session, visitor):
    account_id = make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    before = visitor.get(SETTING_UP)

    page = visitor.post(SETTING_UP, {"code": WRONG})
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", before.text)[0]

    assert page.status_code == 422
    assert key in page.text
    assert session.get(SecondFactor, account_id) is None


def test_code_of_setting_up_does_not_sign_in(session, visitor, open_visitor, clock):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    _answer, secret = visitor.set_up_second_factor()
    other = open_visitor()
    other.give_password(EMAIL)

    refused = other.give_code(code_of(secret))
    clock.shift(timedelta(seconds=30))
    other.give_code(code_of(secret))

    assert refused.status_code == 422
    assert other.is_signed_in()


def test_setting_up_ends_the_sessions_that_were_opened_without(session, visitor, open_visitor):
    make_account(session, EMAIL)
    elsewhere, thief = open_visitor(), open_visitor()
    elsewhere.sign_in(EMAIL)
    visitor.sign_in(EMAIL)
    thief.cookie = visitor.cookie

    visitor.set_up_second_factor()

    assert visitor.is_signed_in()
    assert not elsewhere.is_signed_in()
    assert not thief.is_signed_in()


def test_form_of_setting_up_sent_again_leads_to_the_account(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    visitor.set_up_second_factor()

    answer = visitor.post(SETTING_UP, {"code": WRONG})

    assert answer.location == ACCOUNT


def test_another_telephone_needs_a_code_of_the_present_one(session, holder, visitor):
    visitor.sign_in(EMAIL)
    forget_codes()
    page = visitor.get(SETTING_UP)
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")

    without = visitor.post(SETTING_UP, {"code": code_of(secret)})
    wrong = visitor.post(SETTING_UP, {"code": code_of(secret), "present": WRONG})
    kept = session.get(SecondFactor, holder).secret
    right = visitor.post(SETTING_UP, {"code": code_of(secret), "present": code_of()})

    assert (without.status_code, wrong.status_code, right.status_code) == (422, 422, 200)
    assert "application actuelle" in wrong.text
    assert kept == SECRET
    session.rollback()
    assert session.get(SecondFactor, holder).secret == secret


def test_who_has_lost_the_telephone_sets_up_another_with_a_recovery_code(session, holder, visitor):
    first, second, *_ = make_recovery_codes(session, holder)
    visitor.give_password(EMAIL)
    visitor.give_code(first, RECOVERY_PAGE)
    page = visitor.get(SETTING_UP)
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")

    answer = visitor.post(SETTING_UP, {"code": code_of(secret), "present": second})

    assert len(codes_in(answer)) == 10
    assert session.get(SecondFactor, holder).secret == secret


def test_second_factor_is_turned_off_by_a_code_and_nothing_else(session, holder, visitor):
    visitor.sign_in(EMAIL)
    forget_codes()
    visitor.get(ACCOUNT)

    refused = visitor.post(f"{SETTING_UP}/arreter", {"off_code": WRONG})
    still = session.get(SecondFactor, holder) is not None
    visitor.post(f"{SETTING_UP}/arreter", {"off_code": code_of()})

    assert refused.status_code == 422
    assert still
    session.rollback()
    assert session.get(SecondFactor, holder) is None
    assert session.scalars(sa.select(RecoveryCode)).all() == []
    assert actions(session)[-1] == "second_factor_removed"


def test_second_factor_of_an_administrator_can_not_be_turned_off(session, visitor):
    account_id = make_account(session, EMAIL, Role.ADMINISTRATOR)
    visitor.sign_in(EMAIL)
    forget_codes()
    page = visitor.get(ACCOUNT)

    refused = visitor.post(f"{SETTING_UP}/arreter", {"off_code": code_of()})

    assert "Arrêter la vérification" not in page.text
    assert refused.status_code == 422
    assert "ne peut pas être arrêtée" in text_of(refused)
    assert session.get(SecondFactor, account_id) is not None


def test_other_recovery_codes_replace_the_former(session, holder, visitor):
    [former, *_] = make_recovery_codes(session, holder)
    visitor.sign_in(EMAIL)
    forget_codes()
    visitor.get(ACCOUNT)

    refused = visitor.post(f"{ACCOUNT}/codes-de-secours", {"renew_code": WRONG})
    page = visitor.post(f"{ACCOUNT}/codes-de-secours", {"renew_code": code_of()})
    visitor.give_password(EMAIL)

    assert refused.status_code == 422
    assert len(codes_in(page)) == 10
    account = session.get(Account, holder)
    with pytest.raises(two_factor.CodeRefused), writing(session):
        two_factor.use_recovery_code(session, account, former, now())
    with writing(session):
        left = two_factor.use_recovery_code(session, account, codes_in(page)[0], now())
    assert left == 9


STAFF_PAGES = [
    "/organisation/", ACCOUNT, "/connexion/mot-de-passe", "/organisation/contributions/",
    "/moderation", "/administration/courriels", "/administration/comptes", "/organisation/rien",
]  # fmt: skip


def test_administrator_without_second_factor_opens_nothing_before_it_is_set_up(session, visitor):
    make_account(session, EMAIL, *Role, second_factor=False)
    visitor.sign_in(EMAIL)

    led = [visitor.get(path) for path in STAFF_PAGES]
    visitor.get(SETTING_UP)
    posts = [
        visitor.post(path, {"email": "x@association.example", "roles": "moderator"})
        for path in ("/administration/comptes/inviter", "/administration/attaque/activer")
    ]
    page, _secret = visitor.set_up_second_factor()
    after = [visitor.get(path).status_code for path in STAFF_PAGES]

    assert {answer.location for answer in led + posts} == {SETTING_UP}
    assert "account_invited" not in actions(session)
    assert page.status_code == 200
    assert "Comptes" not in led[0].text
    assert after == [200] * 7 + [404]


def test_roles_grant_nothing_to_services_either_before_it_is_set_up():
    waiting = StaffActor(1, EMAIL, frozenset(Role), must_set_up=True)

    opened = [permission for permission in Permission if waiting.may(permission)]

    assert opened == [Permission.WORKSPACE]


def test_who_must_set_it_up_can_still_sign_out(session, visitor):
    make_account(session, EMAIL, Role.ADMINISTRATOR, second_factor=False)
    visitor.sign_in(EMAIL)
    visitor.get(SETTING_UP)

    answer = visitor.post("/connexion/quitter")

    assert answer.location == "/connexion"


def test_who_is_granted_the_role_sets_it_up_at_the_next_page(session, visitor):
    account_id = make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    before = visitor.get("/organisation/").status_code

    with writing(session):
        account = session.get(Account, account_id)
        staff.grant(session, account, [Role.ADMINISTRATOR], now())

    assert before == 200
    assert visitor.get("/organisation/").location == SETTING_UP


def test_neither_the_secret_nor_a_code_is_in_the_clear_anywhere(
    app, session, visitor, capsys, caplog
):
    account_id = make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    visitor.get(SETTING_UP)
    draft_cookie = visitor.cookie
    answer, secret = visitor.set_up_second_factor()
    codes = codes_in(answer)
    after = [visitor.get(path).text for path in (ACCOUNT, "/organisation/", SETTING_UP)]

    with db.engine.connect() as connection:
        raw = connection.exec_driver_sql("SELECT secret FROM second_factor").scalar_one()
        hashes = connection.exec_driver_sql("SELECT code_hash FROM recovery_code").scalars().all()
    events = session.scalars(sa.select(AuditEvent)).all()
    audit_log = "".join(f"{event.subject} {event.details}" for event in events)
    text = capsys.readouterr()
    everywhere = "".join([*after, audit_log, text.out, text.err, caplog.text, draft_cookie])

    assert keyring.decrypt(bytes(raw)) == secret
    assert secret.encode() not in bytes(raw)
    for part in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert part not in everywhere
        assert part not in "".join(hashes)
    assert session.get(SecondFactor, account_id).secret == secret


def test_five_wrong_codes_are_enough_whoever_has_the_password(session, holder, open_visitor):
    owner, thief = open_visitor(), open_visitor()
    owner.sign_in(EMAIL)
    forget_codes()
    thief.give_password(EMAIL)

    answers = [thief.give_code(WRONG).status_code for _ in range(6)]
    right = thief.post(CODE_PAGE, {"code": code_of()})
    still = owner.is_signed_in()
    owner.post("/connexion/quitter")
    owner.sign_in(EMAIL)

    assert answers == [422] * 5 + [429]
    assert right.status_code == 429
    assert not thief.is_signed_in()
    assert still
    assert owner.is_signed_in()


def test_stolen_session_guesses_codes_five_times(holder, visitor):
    visitor.sign_in(EMAIL)
    visitor.get(ACCOUNT)

    answers = [
        visitor.post(f"{SETTING_UP}/arreter", {"off_code": WRONG}).status_code for _ in range(6)
    ]

    assert answers == [422] * 5 + [429]


def test_session_of_some_time_ago_sets_none_up_without_the_password(clock, session, visitor):
    make_account(session, EMAIL, Role.ORGANISER)
    visitor.sign_in(EMAIL)
    clock.shift(timedelta(minutes=11))

    page = visitor.get(SETTING_UP)
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")
    without = visitor.post(SETTING_UP, {"code": code_of(secret)})
    wrong = visitor.post(SETTING_UP, {"code": code_of(secret), "password": OTHER_PASSWORD})
    right = visitor.post(SETTING_UP, {"code": code_of(secret), "password": PASSWORD})

    assert 'autocomplete="current-password"' in page.text
    assert [without.status_code, wrong.status_code] == [422, 422]
    assert "Ce n'est pas votre mot de passe actuel." in text_of(wrong)
    assert len(codes_in(right)) == 10
