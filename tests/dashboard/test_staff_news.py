"""The home page of the staff says how things stand, to whom it concerns."""

from datetime import timedelta

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.inbox.models import IncomingMessage, Sort, State
from consultation.mail import admin
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.moderation.models import TextState, Verdict
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.moderation.builders import make_text
from tests.plan.pages import signed_in, visible_text

STAND = {
    Role.ORGANISER: ("3 contributions", "1 courriel à lire", "0 mesure publiée"),
    Role.MODERATOR: ("3 contributions", "1 courriel à lire", "2 textes à relire"),
    Role.ADMINISTRATOR: ("0 mesure publiée", "1 abandonné"),
}


@pytest.fixture
def opened(session):
    make_measure(session, "T7", indicators=1)
    return make_round(session, closes_at=now() + timedelta(days=400))


@pytest.fixture
def busy(session, opened):
    """Three responses that stand and two that do not, three texts, two mails."""
    texts = [make_text(session, opened, text) for text in ("Un", "Deux", "Trois")]
    texts[0].state = TextState.PUBLISHED
    texts[1].state, texts[1].pending = TextState.SECONDING, Verdict.WITHHOLD
    old = respond(session, opened, "T7")
    old.superseded_at = now()
    respond(session, opened, "T7", withdrawn_at=now())
    for name, state in (("a", State.WAITING), ("b", State.CONVERTED)):
        session.add(
            IncomingMessage(
                fingerprint=name, source="file", sort=Sort.PERSON, state=state, locale="fr",
                collected_at=now(),
            )
        )  # fmt: skip
    admin.enqueue_test(session(), "a@exemple.fr", now())
    session.query(OutboxMessage).one().status = MessageStatus.UNDELIVERABLE
    session.commit()


@pytest.mark.parametrize("role", Role)
def test_each_role_reads_how_its_rooms_stand(app, session, busy, role):
    told = visible_text(signed_in(app, session, "élise@exemple.fr", role).get("/organisation/"))

    assert [words for words in STAND[role] if words not in told] == []
    others = {words for them in STAND.values() for words in them} - {*STAND[role]}
    assert [words for words in others if words in told] == []


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [(-2, 400, "ouvert jusqu'au"), (2, 9, "ouvre le"), (-9, -2, "fermé depuis le")],
)
def test_the_round_says_until_when(app, session, opens, closes, words):
    make_measure(session, "T7")
    make_round(session, now() + timedelta(days=opens), now() + timedelta(days=closes))
    organiser = signed_in(app, session, "élise@exemple.fr", Role.ORGANISER)

    assert words in visible_text(organiser.get("/organisation/"))


def test_before_any_round_nothing_is_counted(app, session):
    told = visible_text(
        signed_in(app, session, "élise@exemple.fr", Role.ORGANISER).get("/organisation/")
    )

    assert "aucun tour annoncé" in told
    assert "0 contribution" in told
