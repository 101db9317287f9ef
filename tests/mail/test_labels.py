"""Labels of the outbox for staff, and the test mail."""

from datetime import timedelta

import pytest
import time_machine

from consultation.db.base import writing
from consultation.mail import labels, outbox_actions, transport
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.models import MessageStatus
from tests.mail.builders import START, deliver, enqueue_alone, messages


@pytest.mark.parametrize(
    "code",
    [name for _, name in transport.REASONS]
    + ["authentication", "daily_cap", "address", "unrenderable", "mailbox", "quota", "given_up"],
)
def test_every_reason_has_words(code):
    assert labels.reason(code) in labels.REASONS.values()


def test_reply_of_the_server_is_told_by_its_number():
    assert labels.reason("smtp_450") == "le serveur demande d'attendre (réponse 450)"
    assert labels.reason("smtp_550") == "le serveur refuse ce courriel (réponse 550)"
    assert (labels.reason(None), labels.reason("else")) == ("", "raison inconnue")


@pytest.mark.parametrize(
    ("wait", "result"),
    [
        (timedelta(minutes=7), "7 min"),
        (timedelta(hours=3, minutes=5), "3 h 05"),
        (timedelta(days=3, hours=5), "3 jours"),
    ],
)
def test_status_says_how_many_wait_and_for_how_long(session, wait, result):
    enqueue_alone(session, "1", at=START)
    enqueue_alone(session, "2", at=START, status=MessageStatus.SUPPRESSED)

    with time_machine.travel(START + wait, tick=False):
        lines = labels.status_lines(session, START + wait)

    assert list(lines) == [
        "en attente : 1",
        "en cours d'envoi : 0",
        "à réessayer : 0",
        "parti : 0",
        "gardé sur cette machine : 0",
        "impossible à remettre : 0",
        "non envoyé : 1",
        f"le plus ancien en retard attend depuis {result}",
    ]


def test_status_of_an_outbox_that_is_up_to_date_names_no_wait(session):
    assert len(labels.status_lines(session, START)) == len(DisplayedState)


def test_test_mail_leaves(session, app):
    with writing(session):
        outbox_actions.enqueue_test(session, "equipe@exemple.fr", START)

    with time_machine.travel(START, tick=False):
        count = deliver(session, app)

    assert count == (1, 0, 0)
    assert messages(session)[0].kind == "test"


def test_test_mail_needs_one_address(session):
    with pytest.raises(ValueError, match="recipient"):
        outbox_actions.enqueue_test(session, "equipe@exemple.fr, autre@exemple.fr", START)
