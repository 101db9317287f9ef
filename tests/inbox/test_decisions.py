"""Conversion of messages: once, with their texts, for the right respondent."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.accounts.models import AuditEvent, Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.inbox import decisions
from consultation.inbox.decisions import TRANSITIONS, Move
from consultation.inbox.models import State
from consultation.responses import transcription
from consultation.responses.models import Channel, Response, Standing
from consultation.responses.transcription import Part, TextRefused
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.factories import make_round, publish_again
from tests.inbox.builders import bring_in_one, conversions, make_delivery, messages

pytestmark = pytest.mark.database


@pytest.fixture
def actor(session, app):
    account_id = make_account(session, "tri@exemple.fr", Role.MODERATOR)
    return StaffActor(account_id, "tri@exemple.fr", frozenset({Role.MODERATOR}))


@pytest.fixture
def convert(session, actor, opened):
    """Convert a message into texts by code (None: the tool); return the responses."""

    def run(message, texts, seen=State.WAITING):
        by_code = {form.code: form for form in transcription.forms(session, now())}
        parts = [Part(by_code[code], text) for code, text in texts.items()]
        with writing(session):
            return decisions.convert(
                Work(session, actor, now()), message.public_id, parts, seen=seen
            )

    return run


def test_each_text_becomes_a_response_of_the_same_new_respondent(session, app, convert):
    message = bring_in_one(session, app)

    first, second = convert(message, {"T4": "Pour l'emploi. 🧵", None: "Sur l'outil."})

    assert first.respondent is second.respondent
    respondent = first.respondent
    assert (respondent.channel, respondent.standing) == (Channel.MAIL, Standing.UNVERIFIED)
    assert (respondent.contact.name, respondent.contact.address) == (
        "Jeanne Élan",
        "jeanne@exemple.fr",
    )
    assert [(answer.question.code, answer.text) for answer in first.answers] == [
        ("suggestions", "Pour l'emploi. 🧵")
    ]
    assert second.questionnaire.measure is None
    assert [answer.question.code for answer in second.answers] == ["tool_suggestions"]
    assert messages(session)[0].state is State.CONVERTED


def test_reply_becomes_a_response_of_the_respondent_who_was_written_to(
    session, app, opened, convert
):
    response = respond(session, opened, "T7", {"suggestions": "Où ?"}, standing=Standing.INVITED)
    session.commit()
    delivery = make_delivery(session, f"acknowledgement:{response.receipt_code}")
    message = bring_in_one(session, app, in_reply_to=delivery.message_id)

    elsewhere, again = convert(message, {"T4": "Là.", "T7": "Encore."})

    assert elsewhere.respondent_id == response.respondent_id
    assert elsewhere.respondent.standing is Standing.INVITED
    assert again.respondent_id != response.respondent_id
    assert again.respondent.channel is Channel.MAIL


def test_reply_to_the_mail_about_an_edition_becomes_a_response_of_whom_it_was_about(
    session, app, opened, convert
):
    response = respond(session, opened, "T7", {"suggestions": "Où ?"}, standing=Standing.CONFIRMED)
    session.commit()
    key = f"edition:{'x' * 22}:{response.respondent_id}"
    delivery = make_delivery(session, key, kind="edition")
    message = bring_in_one(session, app, in_reply_to=delivery.message_id)

    (elsewhere,) = convert(message, {"T4": "Merci."})

    assert elsewhere.respondent_id == response.respondent_id


def test_who_has_answered_an_earlier_version_of_a_form_stays_with_that_answer(
    session, app, opened, convert
):
    response = respond(session, opened, "T7", {"suggestions": "Où ?"})
    session.commit()
    delivery = make_delivery(session, f"acknowledgement:{response.receipt_code}")
    message = bring_in_one(session, app, in_reply_to=delivery.message_id)
    publish_again(session, response.questionnaire.measure)

    (made,) = convert(message, {"T7": "Encore."})

    assert made.questionnaire_id != response.questionnaire_id
    assert made.respondent_id != response.respondent_id


def test_respondent_of_an_earlier_round_is_a_new_one_in_this_round(session, app, opened, convert):
    response = respond(session, opened, "T4", {"suggestions": "Où ?"})
    session.commit()
    delivery = make_delivery(session, f"acknowledgement:{response.receipt_code}")
    message = bring_in_one(session, app, in_reply_to=delivery.message_id)
    opened.closes_at = now() - timedelta(days=2)
    make_round(session, opens_at=now() - timedelta(days=1), code="tour-2")
    session.commit()

    (made,) = convert(message, {"T7": "Là."})

    assert made.respondent_id != response.respondent_id
    assert made.questionnaire.round.code == "tour-2"


def test_after_the_round_mail_still_goes_to_the_last_one_and_never_to_one_to_come(session, opened):
    opened.closes_at = now() - timedelta(days=1)
    make_round(session, opens_at=now() + timedelta(days=9), code="tour-2")

    rounds = {form.round_id for form in transcription.forms(session, now())}

    assert rounds == {opened.id}


def test_without_any_round_there_is_no_form(session):
    assert transcription.forms(session, now()) == []


@pytest.mark.parametrize("text", ["", "\u200b\u2060", "é" * 5001, "🌍" * 2501])
def test_text_that_is_empty_or_too_long_stores_nothing(session, app, convert, text):
    message = bring_in_one(session, app)

    with pytest.raises(TextRefused):
        convert(message, {"T4": "Bien.", "T7": text})

    assert conversions(session) == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 0


def test_text_may_be_as_long_as_its_question_takes(session, app, convert):
    message = bring_in_one(session, app)

    (made,) = convert(message, {"T7": "🌍" * 2500})

    assert made.answers[0].text == "🌍" * 2500


def test_who_may_not_sort_the_mail_converts_nothing(session, app, opened):
    message = bring_in_one(session, app)
    stranger = StaffActor(1, "admin@exemple.fr", frozenset({Role.ADMINISTRATOR}))

    with pytest.raises(NotAllowed), writing(session):
        decisions.convert(Work(session, stranger, now()), message.public_id, [], seen=State.WAITING)


def test_audit_log_holds_ids_and_counts_and_not_a_word(session, app, convert):
    message = bring_in_one(session, app)

    convert(message, {"T4": "Un texte.", "T7": "Un autre."})

    event = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "message_converted")
    ).one()
    assert (event.subject, event.details) == (message.public_id, {"responses": 2})


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(list(Move)), max_size=8))
def test_whatever_is_done_in_whatever_order_a_message_is_converted_once_at_most(
    session, app, actor, convert, moves
):
    message = bring_in_one(session, app)
    before = conversions(session)
    state, converted = State.WAITING, 0
    for move in moves:
        allowed = (state, move) in TRANSITIONS
        try:
            if move is Move.CONVERT:
                convert(message, {"T7": "Texte."}, seen=state)
                converted += 1
            else:
                with writing(session):
                    held = decisions.lock_for_move(
                        Work(session, actor), message.public_id, move, state
                    )
                    decisions.apply(held, move, None)
        except StaleEdit:
            assert not allowed
        else:
            assert allowed
            state = TRANSITIONS[state, move]

    assert converted <= 1
    assert conversions(session) - before == converted


def test_of_two_people_at_once_the_second_is_told(session, app, actor, opened):
    public_id = bring_in_one(session, app).public_id
    refused = []

    def be_second():
        with app.app_context():
            try:
                with writing(db.session()):
                    parts = [Part(transcription.forms(db.session(), now())[0], "Deuxième")]
                    decisions.convert(
                        Work(db.session(), actor, now()), public_id, parts, seen=State.WAITING
                    )
            except StaleEdit as stale:
                refused.append(stale.at)
            db.session.remove()

    second = threading.Thread(target=be_second)
    with writing(session):
        parts = [Part(transcription.forms(session, now())[0], "Premier")]
        decisions.convert(Work(session, actor, now()), public_id, parts, seen=State.WAITING)
        second.start()
        second.join(0.3)  # it waits for this transaction to end
    second.join()

    assert refused == [messages(session)[0].decided_at]
    assert conversions(session) == 1


def test_every_pair_of_state_and_move_is_allowed_or_refused(session, app, actor, opened):
    ends = {(state, move): TRANSITIONS.get((state, move)) for state in State for move in Move}

    assert sum(end is not None for end in ends.values()) == 7
    assert all(ends[State.CONVERTED, move] is None for move in Move)
    assert ends[State.SET_ASIDE, Move.TAKE_BACK] is State.WAITING


def test_message_seen_in_another_state_is_not_moved(session, app, convert):
    message = bring_in_one(session, app)

    with pytest.raises(StaleEdit):
        convert(message, {"T7": "Texte."}, seen=State.ASKED)

    assert messages(session)[0].state is State.WAITING
    assert conversions(session) == 0


def test_response_by_mail_is_dated_when_it_was_converted(session, app, convert):
    message = bring_in_one(session, app)

    (made,) = convert(message, {"T7": "Texte."})

    assert datetime.now(UTC) - made.submitted_at < timedelta(minutes=1)
