"""Home page of the staff: the status of each entry, for the roles that may open it."""

from datetime import timedelta

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.inbox.models import IncomingMessage, Sort, State
from consultation.mail import outbox_actions
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.moderation.models import TextState, Verdict
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.moderation.builders import make_text
from tests.pages import visible_text
from tests.plan.pages import signed_in

STATUSES = {
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
    """Three current responses and two that are not, three texts, two mails."""
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
    outbox_actions.enqueue_test(session(), "a@exemple.fr", now())
    session.query(OutboxMessage).one().status = MessageStatus.UNDELIVERABLE
    session.commit()


@pytest.mark.parametrize("role", Role)
def test_home_page_shows_each_role_the_status_of_its_entries(app, session, busy, role):
    page = visible_text(signed_in(app, session, "élise@exemple.fr", role).get("/organisation/"))

    assert [status for status in STATUSES[role] if status not in page] == []
    others = {status for them in STATUSES.values() for status in them} - {*STATUSES[role]}
    assert [status for status in others if status in page] == []


@pytest.mark.parametrize(
    ("opens", "closes", "status"),
    [(-2, 400, "ouvert jusqu'au"), (2, 9, "ouvre le"), (-9, -2, "fermé depuis le")],
)
def test_status_of_the_round_says_until_when(app, session, opens, closes, status):
    make_measure(session, "T7")
    make_round(session, now() + timedelta(days=opens), now() + timedelta(days=closes))
    organiser = signed_in(app, session, "élise@exemple.fr", Role.ORGANISER)

    assert status in visible_text(organiser.get("/organisation/"))


def test_status_before_any_round_counts_nothing(app, session):
    page = visible_text(
        signed_in(app, session, "élise@exemple.fr", Role.ORGANISER).get("/organisation/")
    )

    assert "aucun tour annoncé" in page
    assert "0 contribution" in page
