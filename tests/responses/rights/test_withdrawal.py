"""Withdrawal: a response is counted as withdrawn, and no page or workbook has it any more."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.mail.delivery import loop
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.moderation import decisions, visibility
from consultation.moderation.claims import DecisionNotAllowed
from consultation.moderation.clusters import clustering
from consultation.moderation.clusters.queries import sizes
from consultation.moderation.decisions import DecisionRequest
from consultation.moderation.models import ModeratedText, Reason, TextState, Verdict
from consultation.moderation.visibility import Audience, visible
from consultation.questionnaires.models import Round
from consultation.responses.models import Draft, Response
from consultation.responses.rights import withdrawal
from consultation.responses.submission import receipt
from consultation.results.tallies import count, queries
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.exports.reading import make, readme_of, records_of
from tests.factories import screen_all
from tests.moderation.builders import make_actor
from tests.responses.conftest import Form, hidden
from tests.responses.two_measures import consultation_round as consultation_round
from tests.responses.two_measures import other_measure as other_measure

pytestmark = pytest.mark.database

TEXT = "Zorglubine : compter les places ouvertes toute l'année, région par région"
SPACE_FORM = "/contributions/mesures/T7"


def answer(client, form, **answers):
    """Send the public form; return the path of the personal link."""
    sent = form.data(**{"suggestions": TEXT, "consent_anonymous": "yes"} | answers)
    page = client.post(form.path, data=sent, follow_redirects=True)
    return re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]


@pytest.fixture
def opened(client, form):
    """An open space from which one response was sent."""
    client.post(answer(client, form))


def responses(session):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(Response).order_by(Response.id)).all()


def withdraw(client, response, **values):
    path = f"/contributions/retirer/{response.public_id}"
    return client.post(path, follow_redirects=True, **values)


def send(client, form, path=SPACE_FORM, **answers):
    key = hidden(client.get(path), "submission_key")
    return client.post(path, data=form.data(key=key, **answers), follow_redirects=True)


def test_what_stands_is_withdrawn_and_told_and_what_it_replaced_goes_along(
    client, opened, form, session
):
    send(client, form, suggestions="Corrigé")
    _replaced, standing = responses(session)
    respondent = standing.respondent_id

    before = withdrawal.current(session, respondent)
    with writing(session):
        gone = withdrawal.withdraw_all(session, respondent, now())

    assert before == gone == [standing]
    assert withdrawal.current(session, respondent) == []
    assert withdrawal.withdrawn(session, respondent) == [standing]
    assert None not in [response.withdrawn_at for response in responses(session)]


def test_page_says_what_it_does_and_does_nothing(client, opened, session):
    (response,) = responses(session)

    page = client.get(f"/contributions/retirer/{response.public_id}")

    assert response.receipt_code in page.text
    assert "ne comptent plus dans les résultats" in page.text
    assert page.headers["Cache-Control"] == "no-store, private"
    assert responses(session)[0].withdrawn_at is None


def test_space_leads_to_the_page_and_then_no_longer_shows_the_response(client, opened, session):
    (response,) = responses(session)
    assert f"/contributions/retirer/{response.public_id}" in client.get("/contributions/").text

    page = withdraw(client, response)

    assert responses(session)[0].withdrawn_at is not None
    assert response.receipt_code in page.text
    assert "retirée le" in page.text
    assert TEXT not in client.get("/contributions/").text.replace("&#39;", "'")


def test_second_time_changes_nothing_and_says_so(client, opened, session):
    (response,) = responses(session)
    withdraw(client, response)
    first = responses(session)[0].withdrawn_at

    again = withdraw(client, response)
    page = client.get(f"/contributions/retirer/{response.public_id}")

    assert again.status_code == 200
    assert responses(session)[0].withdrawn_at == first
    assert "déjà retirée" in page.text


@pytest.mark.parametrize("path", ["", "/inconnu"])
def test_without_an_open_space_nothing_is_withdrawn(client, opened, session, path):
    client.post("/contributions/fermer")
    path = path or f"/{responses(session)[0].public_id}"

    for page in (
        client.get(f"/contributions/retirer{path}"), client.post(f"/contributions/retirer{path}"),
        client.get("/contributions/retirer"), client.post("/contributions/retirer"),
        client.get("/contributions/retirees"),
    ):  # fmt: skip
        assert page.status_code == 403
    assert responses(session)[0].withdrawn_at is None


def test_what_is_another_s_is_as_if_it_were_not_there(client, app, opened, form, session):
    (stored,) = responses(session)
    stranger = app.test_client()
    stranger.post(answer(stranger, form, suggestions="Autre"))

    for path in (stored.public_id, "inconnu"):
        assert stranger.get(f"/contributions/retirer/{path}").status_code == 404
        assert stranger.post(f"/contributions/retirer/{path}").status_code == 404
    stranger.post("/contributions/retirer")

    assert [response.withdrawn_at is None for response in responses(session)] == [True, False]


def test_post_from_another_site_only_shows_the_button(client, opened, session):
    (response,) = responses(session)

    answer = withdraw(client, response, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 400
    assert "Ce que cela fait" in answer.text
    assert responses(session)[0].withdrawn_at is None


def test_replaced_revision_is_not_withdrawn_from_an_old_tab(client, opened, form, session):
    send(client, form, suggestions="Corrigé")
    first, _second = responses(session)

    page = withdraw(client, first)

    assert page.status_code == 409
    assert "corrigée depuis" in page.text
    assert [response.withdrawn_at for response in responses(session)] == [None, None]


def test_earlier_revisions_are_withdrawn_with_it_and_other_measures_are_not(
    client, opened, form, session, other_measure
):
    send(client, form, suggestions="Corrigé")
    send(client, Form(session, other_measure), "/contributions/mesures/T8", suggestions="Et ceci")
    _first, second, _other = responses(session)

    withdraw(client, second)

    gone = [response.withdrawn_at is not None for response in responses(session)]
    assert gone == [True, True, False]


def test_everything_is_withdrawn_at_once(client, opened, form, session, other_measure):
    send(client, Form(session, other_measure), "/contributions/mesures/T8", suggestions="Et ceci")

    answer = client.get("/contributions/retirer")
    page = client.post("/contributions/retirer", follow_redirects=True)
    again = client.post("/contributions/retirer", follow_redirects=True)

    assert "<h1>Tout retirer</h1>" in answer.text
    assert "Ces 2 contributions" in page.text
    assert again.status_code == 200
    assert all(response.withdrawn_at for response in responses(session))
    assert "Il n’y a rien à retirer" in client.get("/contributions/retirer").text


def test_it_is_a_right_that_does_not_end_with_the_round(client, opened, session):
    (response,) = responses(session)

    session.execute(sa.update(Round).values(closes_at=now() - timedelta(hours=3)))
    session.commit()
    withdraw(client, response)

    assert responses(session)[0].withdrawn_at is not None


def test_draft_is_not_touched(client, opened, form, session):
    key = hidden(client.get(SPACE_FORM), "submission_key")
    data = form.data(key=key, suggestions="En cours") | {"intent": "save", "draft_revision": "0"}
    client.post(SPACE_FORM, data=data)
    (response,) = responses(session)

    withdraw(client, response)

    assert len(session.scalars(sa.select(Draft)).all()) == 1
    assert "En cours" in client.get(SPACE_FORM).text


def test_it_is_sent_again_from_the_form_that_opens_with_its_answers(client, opened, form, session):
    (response,) = responses(session)
    withdraw(client, response)

    page = client.get(SPACE_FORM)
    sent = send(client, form, suggestions="Tout compte fait")

    first, second = responses(session)
    assert "Zorglubine" in page.text
    assert "est enregistrée" in sent.text
    assert (first.superseded_at is None, second.superseded_at, second.withdrawn_at) == (
        False, None, None,
    )  # fmt: skip
    assert second.revision == 2


def test_its_receipt_says_that_it_was_withdrawn(client, opened, session):
    (response,) = responses(session)
    path = f"/recu/{receipt.token_for(response.receipt_code)}"
    before = client.get(path)

    withdraw(client, response)

    assert "retiré cette contribution" not in before.text
    assert "retiré cette contribution" in client.get(path).text


def test_measure_is_no_longer_marked_as_answered(client, opened, session):
    (response,) = responses(session)
    assert ">envoyée<" in client.get("/contributions/").text

    withdraw(client, response)

    assert ">envoyée<" not in client.get("/contributions/").text


def test_confirming_mail_has_no_link_and_forgets_the_address(client, app, form, session):
    client.post(answer(client, form, email="jeanne@exemple.fr"))
    loop.deliver(session, app.config)
    (response,) = responses(session)

    withdraw(client, response)
    with time_machine.travel(now() + timedelta(hours=3), tick=False):
        loop.deliver(session, app.config)

    session.expire_all()
    message = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "departure")
    ).one()
    assert message.status is MessageStatus.SENT
    assert (message.recipient, message.parameters) == (None, None)
    kept = [path.read_text("utf-8") for path in (app.config["HOME"] / "mailbox/new").iterdir()]
    confirmation = next(text for text in kept if "retir" in text)
    assert response.receipt_code in confirmation
    assert "/contributions/ouvrir/" not in confirmation


@pytest.fixture
def withdrawn(client, opened, session):
    """A response that a moderator had published, withdrawn since."""
    screen_all(session)
    session.execute(sa.update(ModeratedText).values(state=TextState.PUBLISHED))
    session.commit()
    (response,) = responses(session)
    withdraw(client, response)
    return responses(session)[0]


def test_rule_of_showing_gives_it_to_nobody_outside(session, withdrawn):
    seen = next(iter(visibility.texts_of_response(session, withdrawn.id).values()))

    assert not seen.is_current
    assert visible(seen, Audience.PUBLIC) is None


def test_no_workbook_holds_it_and_the_counts_reconcile(
    session, withdrawn, consultation_round, tmp_path
):
    made = make(session, consultation_round, tmp_path)

    assert records_of(made.path, "Contributions") == records_of(made.path, "Textes") == []
    assert (made.counts.received, made.counts.included, made.counts.withdrawn) == (1, 0, 1)
    assert 1 in [value for label, value in readme_of(made.path).items() if "retirées" in str(label)]


def test_no_tally_counts_it(session, withdrawn, consultation_round):
    counted = queries.counts_in(consultation_round.id)
    assert session.execute(queries.capacity_counts(counted)).all() == []
    assert count.count(session, consultation_round.id) == {}


def test_moderators_neither_find_it_in_the_queue_nor_decide_on_it(app, session, withdrawn):
    session.execute(sa.update(ModeratedText).values(state=TextState.WAITING))
    session.commit()
    make_account(session, "modo@association.example", Role.MODERATOR)
    browser = Browser(app)
    browser.enter("modo@association.example")
    text = session.scalars(sa.select(ModeratedText)).one()

    queue = browser.get("/moderation/")

    assert "Zorglubine" not in queue.text
    with pytest.raises(DecisionNotAllowed):
        decisions.apply(
            Work(session, make_actor(session, "modo2"), now()),
            text.public_id,
            DecisionRequest(Verdict.PUBLISH, Reason.OTHER, state=text.state),
            two_moderators=False,
        )


def test_it_makes_no_cluster(client, app, session, form):
    for capacity in ("citizen", "justice"):
        text = ". ".join(f"{TEXT} ({n})" for n in range(4))
        answer(app.test_client(), form, suggestions=text, capacity=capacity)
    screen_all(session)
    clustering.cluster_due(session)
    assert len(session.scalars(sizes()).all()) == 1

    for response in responses(session):
        withdrawal.withdraw(session, response.respondent_id, response.public_id, now())

    assert session.scalars(sizes()).all() == []


def test_staff_boards_do_not_count_it(app, session, withdrawn):
    make_account(session, "orga@association.example", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("orga@association.example")

    board = browser.get("/organisation/couverture")
    listed = browser.get("/organisation/contributions/")
    page = browser.get(f"/organisation/contributions/{withdrawn.public_id}")

    assert ">1<" not in re.sub(r"\s", "", board.text)
    assert "retirée" in listed.text
    assert "a retiré cette contribution" in page.text
    assert "Zorglubine" not in page.text


def test_no_public_page_shows_it(client, withdrawn):
    client.post("/contributions/fermer")

    for path in ("/", "/mesures", "/mesures/T7", "/mesures/T7/contribuer"):
        assert "Zorglubine" not in client.get(path).text
