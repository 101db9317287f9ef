"""Several messages set aside at once, and the list searched and sorted."""

import html
import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.inbox.models import Clue, IncomingMessage, Proposal, State
from tests.factories import make_measure
from tests.inbox.builders import bring_in, make_mail, messages
from tests.pages import visible_text

PAGE = "/organisation/courrier"
LOT = f"{PAGE}/lot"


@pytest.fixture
def three(session, app):
    """Three messages, the last of which may say a danger."""
    subjects = ("Programme d'été", "Lettre nº 12", "Urgent")
    bring_in(session, app, *(make_mail(f"Le texte {it}.", subject=it) for it in subjects))
    ours = messages(session)
    with writing(session):
        next(it for it in ours if it.subject == "Urgent").has_danger_words = True
    return [it.public_id for it in messages(session)]


def states(session):
    return [it.state for it in messages(session)]


def subjects_of(page):
    return re.findall(r'organisation/courrier/[\w-]{22}"><bdi>([^<]+)', page.text)


def test_messages_are_listed_before_any_is_set_aside_then_given_back(session, sign_in, three):
    organiser = sign_in(Role.ORGANISER)
    organiser.get(PAGE)
    sent = {"message": three, "raison": "off_topic"}

    asked = organiser.post(LOT, sent)
    before = states(session)
    done = organiser.post(LOT, sent | {"confirme": "oui"})
    between = states(session)
    page = organiser.get(done.location)
    lot = re.search(r'name="lot" value="([^"]+)"', page.text)[1]
    undone = organiser.post(f"{LOT}/annuler", {"lot": lot}, follow_redirects=True)

    assert "Mettre de côté 2 messages" in visible_text(asked)
    assert "Urgent" not in visible_text(asked)
    assert "1 message n" in visible_text(asked)
    assert before == [State.WAITING] * 3
    assert sorted(between) == sorted([State.SET_ASIDE] * 2 + [State.WAITING])
    assert "2 messages sont de nouveau" in visible_text(undone)
    assert states(session) == [State.WAITING] * 3


def test_what_is_missing_is_said_and_ticks_are_kept(session, sign_in, three):
    organiser = sign_in(Role.ORGANISER)
    organiser.get(PAGE)

    no_reason = organiser.post(LOT, {"message": three[:1], "raison": ""})
    no_message = organiser.post(LOT, {"raison": "off_topic"})
    alerting = organiser.post(LOT, {"message": three, "raison": "sensitive", "confirme": "oui"})

    assert [it.status_code for it in (no_reason, no_message, alerting)] == [400] * 3
    assert f'value="{three[0]}" checked' in no_reason.text
    assert "Cochez au moins un message" in visible_text(no_message)
    assert states(session) == [State.WAITING] * 3


def test_list_is_searched_in_what_is_encrypted_and_sorted(sign_in, three):
    organiser = sign_in(Role.ORGANISER)

    assert subjects_of(organiser.get(f"{PAGE}?q=ete")) == ["Programme d&#39;été"]
    assert subjects_of(organiser.get(f"{PAGE}?q=rien")) == []
    latest = subjects_of(organiser.get(PAGE))
    oldest = subjects_of(organiser.get(f"{PAGE}?tri=anciens"))
    assert latest[0] == oldest[0] == "Urgent"  # what may be a danger comes first
    assert latest[1:] == oldest[:0:-1]
    assert subjects_of(organiser.get(f"{PAGE}?ordre=anciens")) == oldest, "as it was once called"


def test_list_is_sorted_by_the_first_measure_that_is_proposed(session, sign_in, three):
    first, last = make_measure(session, "A1"), make_measure(session, "A9")
    by_subject = {it.subject: it for it in session.scalars(sa.select(IncomingMessage))}
    plain = sorted(subject for subject in by_subject if subject != "Urgent")
    for subject, measure in zip(plain, (last, first), strict=True):
        session.add(
            Proposal(
                message_id=by_subject[subject].id, measure_id=measure.id, clue=Clue.CODE, rank=1
            )
        )
    session.commit()

    page = sign_in(Role.ORGANISER).get(f"{PAGE}?tri=mesure")

    assert [html.unescape(it) for it in subjects_of(page)] == ["Urgent", *reversed(plain)]
    assert re.search(r'class="sort"[^>]*tri=mesure[^>]*aria-current="true"', page.text)


def test_list_set_aside_is_sorted_by_reason(session, sign_in, three):
    reasons = dict(zip(three, ("spam", "off_topic", "question"), strict=True))
    for message in session.scalars(sa.select(IncomingMessage)):
        message.state, message.reason = State.SET_ASIDE, reasons[message.public_id]
        message.decided_at = now()
    session.commit()

    page = sign_in(Role.ORGANISER).get(f"{PAGE}?etat=set_aside&tri=raison").text

    places = {reason: page.index(f"/courrier/{name}") for name, reason in reasons.items()}
    assert sorted(places, key=places.get) == ["off_topic", "question", "spam"]
