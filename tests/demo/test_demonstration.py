"""Demonstration: marked, whole, and refused where there is anything else."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill as demo_fill
from consultation.mail.models import OutboxMessage
from consultation.plan.models import Axis, Measure
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Answer, Contact, Response
from consultation.server import run
from tests.exports.builders import respond
from tests.exports.reading import make, records_of
from tests.factories import make_measure


def fill(session, measures=7, responses=80, seed=1):
    with writing(session):
        return demo_fill.fill(session, measures=measures, responses=responses, at=now(), seed=seed)


def count(session, model, *conditions):
    return session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions))


def test_an_empty_home_is_filled_with_what_was_asked(session):
    made = fill(session)

    assert (made.measures, made.responses) == (7, 80)
    assert count(session, Measure) == 7
    assert count(session, Response) == 80
    assert count(session, Answer) == made.answers > 800
    assert count(session, Questionnaire) == 8


def test_everything_is_marked_as_a_demonstration(session):
    fill(session)

    titles = [title["fr"] for title in session.scalars(sa.select(Measure.title))]
    assert all("démonstration" in title for title in titles)
    assert "Mesure de démonstration 7" in titles
    axes = [title["fr"] for title in session.scalars(sa.select(Axis.title))]
    assert len(axes) == 6
    assert all("démonstration" in title for title in axes)
    for contact in session.scalars(sa.select(Contact)):
        assert contact.address.endswith("@exemple.invalid")
        assert "démonstration" in contact.name


def test_revisions_withdrawn_ones_and_both_languages_are_among_the_responses(session):
    fill(session, responses=600)

    assert count(session, Response) == 600
    assert count(session, Response, Response.superseded_at.is_not(None)) > 5
    assert count(session, Response, Response.withdrawn_at.is_not(None)) > 2
    locales = {response.respondent.locale for response in session.scalars(sa.select(Response))}
    assert locales == {"fr", "en"}


def test_no_mail_is_owed_to_people_who_do_not_exist(session):
    fill(session)

    assert count(session, OutboxMessage) == 0


def test_the_round_is_open_and_the_responses_lie_within_it(session):
    fill(session)

    consultation_round = session.scalars(sa.select(Questionnaire)).first().round
    moments = session.scalars(sa.select(Response.submitted_at)).all()
    assert consultation_round.is_open(now())
    assert consultation_round.opens_at <= min(moments)
    assert max(moments) <= now()
    assert max(moments) - min(moments) > timedelta(days=20)


def test_the_same_seed_says_the_same(session):
    fill(session)

    texts = list(session.scalars(sa.select(Answer.text).order_by(Answer.id).limit(50)))
    assert len(texts) == 50
    assert any("'" in (text or "") for text in texts)


def test_a_home_that_was_just_prepared_keeps_its_shipped_themes(session):
    with writing(session):
        run.prepare(session, now(), is_local=True)

    fill(session)

    assert count(session, Measure, Measure.is_shipped) == 10
    assert count(session, Measure) == 17


def test_a_home_with_somebody_s_measures_is_refused(session):
    make_measure(session, "1")
    session.commit()

    with pytest.raises(demo_fill.NotEmpty, match="mesures"):
        fill(session)

    assert count(session, Measure) == 1


def test_a_home_with_responses_is_refused(session):
    fill(session, responses=0)
    with writing(session):
        respond(session, session.scalars(sa.select(Questionnaire)).first().round, None, {})

    with pytest.raises(demo_fill.NotEmpty, match="contributions"):
        fill(session)

    assert count(session, Response) == 1


def test_a_demonstration_without_responses_can_be_completed(session):
    fill(session, measures=3, responses=0)

    fill(session, measures=5, responses=20)

    assert count(session, Measure) == 5
    assert count(session, Response) == 20


def test_its_workbook_can_be_made(session, tmp_path):
    make_round_code = fill(session, responses=120)

    consultation_round = session.scalars(sa.select(Questionnaire)).first().round
    made = make(session, consultation_round, tmp_path)

    assert made.counts.received == make_round_code.responses
    assert any(
        str(row["Organisation"]).startswith("=HYPERLINK")
        for row in records_of(made.path, "Contributions")
    )
