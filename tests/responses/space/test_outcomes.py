"""What became of what a respondent said: only what is published, only what is theirs."""

import re

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions.decide import Subject
from consultation.decisions.models import DecisionOutcome
from consultation.decisions.respondent_outcomes import count_decided, outcomes
from consultation.moderation.models import ModeratedText, Verdict
from consultation.plan.models import Measure
from consultation.responses.models import Answer, Respondent, Response
from consultation.responses.space import links
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
    make_published_text,
    wording_of,
)
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.moderation.builders import Colleague, make_actor, make_text
from tests.pages import check_page

REASON = "Vous étiez nombreux à le demander <ici>."


@pytest.fixture
def opened(session):
    make_measure(session, "T4", "Accès à l'emploi", indicators=1)
    make_measure(session, "T7", "Hébergement spécialisé", indicators=2)
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def organiser(session):
    return make_organiser(session)


def missing_in(session, code="T7"):
    return Subject(session.scalars(sa.select(Measure).where(Measure.code == code)).one())


def answer_to(session, opened, code="T7.1", **values):
    """A response with a rating of one indicator."""
    response = respond(
        session, opened, code.partition(".")[0], {(code, "relevance"): "7"}, **values
    )
    session.commit()
    return response


def open_space(client, session, respondent_id):
    with writing(session):
        link = links.create(session, respondent_id, now())
    client.post(f"/contributions/ouvrir/{links.token_of(link.id)}")


def page_of(client, path="/contributions/suites"):
    page = client.get(path)
    assert page.status_code == 200
    check_page(page.text)
    return page.text.replace("\xa0", " ").replace("’", "'")


def codes(session, response):
    """The code and the outcomes of each thing that a respondent said."""
    return [
        (topic.code, [own.published.decision.outcome.value for own in topic.decisions])
        for response in outcomes(session, response.respondent_id)
        for topic in response.topics
    ]


def test_outcome_of_an_indicator_is_told_with_its_reason_and_links(
    client, session, opened, organiser
):
    response = answer_to(session, opened)
    decision = make_decision(
        session, organiser, indicator_subject(session), reason={"fr": REASON}, label="Places"
    )
    make_edition(session, organiser, decision)
    open_space(client, session, response.respondent_id)

    home, page = page_of(client, "/contributions/"), page_of(client)
    assert "1 décision est publiée sur ce que vous avez dit." in home
    assert "Modifié" in page
    assert "nombreux à le demander &lt;ici&gt;" in page
    assert re.search(r'href="/mesures/T7/indicateurs/T7\.1"', page)
    assert 'href="/decisions"' in page
    assert "édition 1, publiée le" in page
    assert "s'appuie" not in page


def test_outcome_waits_for_the_edition_to_be_published(client, session, opened, organiser):
    response = answer_to(session, opened)
    make_decision(
        session, organiser, indicator_subject(session), reason={"fr": "Secret."}, note="Note."
    )
    open_space(client, session, response.respondent_id)

    page = page_of(client)
    assert "Pas encore décidé." in page
    assert "Secret." not in page
    assert "décision est publiée" not in page_of(client, "/contributions/")


def test_outcome_of_another_indicator_is_none_of_theirs(session, opened, organiser):
    response = answer_to(session, opened, "T7.2")
    decision = make_decision(session, organiser, indicator_subject(session))
    make_edition(session, organiser, decision)

    assert codes(session, response) == [("T7.2", [])]
    assert count_decided(session, response.respondent_id) == 0


def test_outcome_of_before_they_answered_is_none_of_theirs(session, opened, organiser):
    decision = make_decision(session, organiser, indicator_subject(session))
    make_edition(session, organiser, decision)
    response = answer_to(session, opened, at=now())

    assert codes(session, response) == [("T7.1", [])]
    assert count_decided(session, response.respondent_id) == 0


def test_outcome_of_a_correction_counts_from_when_they_first_answered(session, opened, organiser):
    first = answer_to(session, opened)
    decision = make_decision(session, organiser, indicator_subject(session))
    make_edition(session, organiser, decision)
    answer_to(session, opened, revises=first, at=now())

    assert codes(session, first) == [("T7.1", ["kept"])]
    assert count_decided(session, first.respondent_id) == 1


def test_outcome_of_what_was_withdrawn_is_not_told(session, opened, organiser):
    response = answer_to(session, opened)
    decision = make_decision(session, organiser, indicator_subject(session))
    make_edition(session, organiser, decision)
    response.withdrawn_at = now()
    session.commit()

    assert codes(session, response) == []
    assert count_decided(session, response.respondent_id) == 0


def test_outcome_of_texts_on_a_measure_is_all_that_is_decided_in_it(session, opened, organiser):
    texts = make_text(session, opened, "Il manque le budget.")
    response_id = session.scalar(sa.select(Answer.response_id).where(Answer.id == texts.answer_id))
    missing = make_decision(
        session,
        organiser,
        missing_in(session),
        outcome=DecisionOutcome.LATER,
        subject={"fr": "Budget"},
    )
    kept = make_decision(session, organiser, indicator_subject(session))
    other = make_decision(session, organiser, indicator_subject(session, "T4.1"))
    make_edition(session, organiser, missing, kept, other)

    response = session.get_one(Response, response_id)
    assert codes(session, response) == [(None, ["kept", "later"])]
    assert count_decided(session, response.respondent_id) == 2


def test_outcome_says_that_it_rests_on_their_text_while_moderation_lets_it(
    client, session, opened, organiser
):
    mine = make_published_text(session, opened, "Comptez les places.")
    other = make_published_text(session, opened, "Comptez les lits.")
    added = make_decision(
        session,
        organiser,
        missing_in(session),
        outcome=DecisionOutcome.ADDED,
        code="T7.9",
        wording=wording_of(indicator_subject(session), label="Places par région"),
        answer_ids=[mine],
    )
    make_edition(session, organiser, added)
    of_mine, of_other = (
        session.scalar(
            sa.select(Response.respondent_id)
            .join(Answer, Answer.response_id == Response.id)
            .where(Answer.id == answer_id)
        )
        for answer_id in (mine, other)
    )

    open_space(client, session, of_mine)
    told = page_of(client)
    assert "Votre texte est parmi ceux sur lesquels cette décision s'appuie." in told
    assert "Places par région" in told
    assert "/mesures/T7/indicateurs/T7.9" in told
    client.post("/contributions/fermer")
    open_space(client, session, of_other)
    assert "s'appuie" not in page_of(client)
    client.post("/contributions/fermer")

    withheld = session.scalars(
        sa.select(ModeratedText).where(ModeratedText.answer_id == mine)
    ).one()
    Colleague(session, make_actor(session, "autre")).decide(withheld, Verdict.WITHHOLD)
    open_space(client, session, of_mine)
    assert "s'appuie" not in page_of(client)


def test_outcomes_are_for_who_opened_the_space(client, session, opened):
    assert client.get("/contributions/suites").status_code == 403


def test_outcomes_of_nothing_said_say_so(client, session, opened):
    respondent = Respondent(
        round_id=opened.id, capacity="justice", notice_version="1", locale="fr", created_at=now()
    )
    session.add(respondent)
    session.commit()
    open_space(client, session, respondent.id)

    assert "Vous n'avez encore rien envoyé sur une mesure." in page_of(client)


def test_outcomes_are_told_in_english(client, session, opened, organiser):
    response = answer_to(session, opened)
    reason = {"fr": REASON, "en": "Many of you asked for it."}
    make_edition(
        session,
        organiser,
        make_decision(session, organiser, indicator_subject(session), reason=reason),
    )
    open_space(client, session, response.respondent_id)

    page = page_of(client, "/en/contributions/suites")
    assert "Many of you asked for it." in page
    assert 'href="/en/mesures/T7/indicateurs/T7.1"' in page
    assert "Kept" in page
