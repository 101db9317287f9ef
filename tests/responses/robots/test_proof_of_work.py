"""Proof of work of public forms: bound to one form, and never a reason to refuse it."""

import base64
import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts import site_switches
from consultation.accounts.models import Role, Switch
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.base import writing
from consultation.responses.models import Response, Submission
from consultation.responses.robots import proof_of_work, spam
from consultation.responses.submission import key as submission_key
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.responses.builders import challenge_in, solve
from tests.responses.conftest import hidden

EMAIL = "élise@association.example"
VENDORED = Path(__file__).parents[3] / "static" / "vendor" / "altcha"
LATER = timedelta(seconds=6)


def turn_on(session):
    actor = StaffActor(
        make_account(session, EMAIL, Role.ADMINISTRATOR), EMAIL, frozenset({Role.ADMINISTRATOR})
    )
    with writing(session):
        site_switches.turn_on(Work(session, actor, now()), Switch.PROOF_OF_WORK)
    return actor


def send(client, form, page, **fields):
    """Send the form of a page, as somebody does who took the time to write."""
    data = form.data(key=hidden(page, "submission_key")) | fields
    with time_machine.travel(now() + LATER, tick=False):
        return client.post(form.path, data=data, follow_redirects=True)


def doubts(session):
    session.rollback()
    return session.scalars(sa.select(Submission.doubt).order_by(Submission.id)).all()


def changed(proof, **values):
    """The proof with other parameters, as somebody forges it who has no key of ours."""
    sent = json.loads(base64.b64decode(proof))
    sent["challenge"]["parameters"] |= values
    return base64.b64encode(json.dumps(sent).encode()).decode()


@pytest.fixture(scope="module")
def proved(keys_dir):
    """A key, another one, and the proof for the first."""
    keyring.load(keys_dir)
    key, other = (
        submission_key.read(submission_key.mint("T7")),
        submission_key.read(submission_key.mint("T7")),
    )
    return key, other, solve(proof_of_work.challenge(key, now()))


def test_solved_challenge_is_a_proof_for_a_day(proved):
    key, _other, proof = proved

    assert proof_of_work.is_proof(proof, key, now())
    assert proof_of_work.is_proof(proof, key, now() + timedelta(hours=23))
    assert not proof_of_work.is_proof(proof, key, now() + timedelta(hours=25))


def test_proof_is_of_no_use_for_another_form(proved):
    _key, other, proof = proved

    assert not proof_of_work.is_proof(proof, other, now())
    assert not proof_of_work.is_proof(changed(proof, data={"key": other.id}), other, now())


def test_expired_challenge_can_not_be_given_more_time(proved):
    key, _other, proof = proved
    later = now() + timedelta(hours=25)

    forged = changed(proof, expiresAt=int((later + timedelta(hours=1)).timestamp()))

    assert not proof_of_work.is_proof(forged, key, later)


def test_challenge_signed_by_somebody_else_is_none_of_ours(proved, tmp_path, keys_dir):
    key, _other, _proof = proved
    keyring.load(tmp_path)
    their_proof = solve(proof_of_work.challenge(key, now()))
    assert proof_of_work.is_proof(their_proof, key, now())

    keyring.load(keys_dir)

    assert not proof_of_work.is_proof(their_proof, key, now())


def test_unsolved_challenge_proves_nothing(proved):
    key, _other, proof = proved
    sent = json.loads(base64.b64decode(proof))
    prefix = sent["challenge"]["parameters"]["keyPrefix"]
    sent["solution"] = {"counter": 200, "derivedKey": prefix + "00" * 16}

    unsolved = base64.b64encode(json.dumps(sent).encode()).decode()

    assert not proof_of_work.is_proof(unsolved, key, now())


@pytest.mark.parametrize(
    "content",
    [
        "", "é👍🏽", "{}", "[]", "null", '"é"', '{"challenge": [], "solution": {}}',
        '{"challenge": {"parameters": 3}, "solution": 4}',
        (
            '{"challenge": {"parameters": {"algorithm": [], "nonce": "\\ud800", "salt": null,'
            ' "cost": "x"}, "signature": "\\ud800"}, "solution": {"counter": {}, "derivedKey": []}}'
        ),
        "[" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_proof_at_all_is_not_taken_for_one(proved, content):
    key, _other, proof = proved

    assert not proof_of_work.is_proof(content, key, now())
    assert not proof_of_work.is_proof(base64.b64encode(content.encode()).decode(), key, now())
    assert not proof_of_work.is_proof(proof + "=" * proof_of_work.LONGEST, key, now())


def test_while_the_switch_is_off_a_form_asks_nothing_and_needs_no_proof(client, form, session):
    page = client.get(form.path)
    send(client, form, page)

    assert "proof" not in page.text
    assert "worker-src" not in page.headers["Content-Security-Policy"]
    assert doubts(session) == [None]


def test_form_without_the_proof_is_stored_and_doubted_and_one_with_it_is_not(client, form, session):
    turn_on(session)
    without, proved = client.get(form.path), client.get(form.path)

    thanked = send(client, form, without)
    send(client, form, proved, proof=solve(challenge_in(proved)))

    assert "est enregistrée" in thanked.text
    assert doubts(session) == ["no_proof", None]


def test_proof_of_one_form_does_not_prove_another(client, form, session):
    turn_on(session)
    first, second = client.get(form.path), client.get(form.path)
    proof = solve(challenge_in(first))

    send(client, form, second, proof=proof)
    send(client, form, first, proof=proof)

    assert doubts(session) == ["no_proof", None]


def test_form_corrected_after_an_error_is_proved_by_the_challenge_it_was_shown_with(
    client, form, session
):
    turn_on(session)
    page = client.get(form.path)
    wrong = send(client, form, page, **{form.name("capacity"): ""})

    send(client, form, wrong, proof=solve(challenge_in(wrong)))

    assert wrong.status_code == 422
    assert hidden(wrong, "submission_key") == hidden(page, "submission_key")
    assert doubts(session) == [None]


def test_trap_weighs_more_than_the_proof_and_the_proof_more_than_the_haste(client, form, session):
    turn_on(session)
    page = client.get(form.path)

    send(client, form, page, website="http://exemple.fr")
    client.post(form.path, data=form.data())

    assert doubts(session) == ["trap", "no_proof"]


def test_in_the_space_of_a_respondent_no_proof_is_asked(client, form, session):
    turn_on(session)
    receipt = send(client, form, client.get(form.path), **{form.name("email"): "j@exemple.fr"})
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", receipt.text)[1])

    page = client.get("/contributions/mesures/T7")
    data = form.data(key=hidden(page, "submission_key"), suggestions="Une autre idée, à l'été.")
    with time_machine.travel(now() + LATER, tick=False):
        client.post("/contributions/mesures/T7", data=data)

    assert "data-challenge" not in page.text
    assert doubts(session) == ["no_proof", None]
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 2


def test_page_with_the_challenge_is_kept_by_nobody_and_may_run_a_worker(client, form, session):
    turn_on(session)

    page, english = client.get(form.path), client.get(f"/en{form.path}")
    blank = client.get("/mesures")

    assert page.headers["Cache-Control"] == "no-store, private"
    assert page.headers["Content-Security-Policy"].endswith("; worker-src 'self'")
    assert "worker-src" not in blank.headers["Content-Security-Policy"]
    assert challenge_in(page) != challenge_in(english)
    assert 'role="status" data-proof' in page.text


def test_space_asked_for_the_proof_saves_by_itself_as_well(client, form, session):
    turn_on(session)
    client.post(form.path, data=form.data(suggestions="Un début") | {"intent": "save"})

    page = client.get("/contributions/mesures/T7")

    policy = page.headers["Content-Security-Policy"]
    assert "data-challenge" in page.text
    assert {"connect-src 'self'", "worker-src 'self'"} <= set(policy.split("; "))


def test_turning_the_switch_off_is_seen_at_once(client, form, session):
    actor = turn_on(session)
    page = client.get(form.path)
    with writing(session):
        site_switches.turn_off(Work(session, actor, now()), Switch.PROOF_OF_WORK)

    send(client, form, page)

    assert doubts(session) == [None]


def test_who_guards_the_site_sees_how_many_came_and_how_many_are_doubted(client, form, session):
    actor = turn_on(session)
    for fields in ({"website": "x"}, {}, {}):
        send(client, form, client.get(form.path), **fields)
    page = client.get(form.path)
    proof = solve(challenge_in(page))
    client.post(form.path, data=form.data(key=hidden(page, "submission_key")) | {"proof": proof})
    slow = client.get(form.path)
    send(client, form, slow, proof=solve(challenge_in(slow)))
    moderator = StaffActor(1, EMAIL, frozenset({Role.MODERATOR}))

    lately = spam.since(Work(session, actor), now() - timedelta(hours=1))
    later = spam.since(Work(session, actor), now() + timedelta(hours=1))

    assert lately == spam.Incoming(received=5, hasty=2, without_proof=2)
    assert later == spam.Incoming(0, 0, 0)
    with pytest.raises(NotAllowed):
        spam.since(Work(session, moderator), now())


def test_files_of_others_are_unchanged():
    lines = (VENDORED / "VENDORED").read_text("utf-8").splitlines()[1:]
    listed = {name: digest for name, _package, _path, digest in map(str.split, lines)}

    counts_ = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDORED.iterdir()
        if path.name != "VENDORED"
    }

    assert listed == counts_
    assert "LICENSE.txt" in counts_


def test_saving_a_form_first_spares_nobody_the_proof(client, form, session):
    turn_on(session)
    client.post(form.path, data=form.data() | {"intent": "save"})

    page = client.get("/contributions/mesures/T7")
    data = form.data(key=hidden(page, "submission_key"))
    with time_machine.travel(now() + LATER, tick=False):
        client.post("/contributions/mesures/T7", data=data)

    assert challenge_in(page)
    assert doubts(session) == ["no_proof"]
