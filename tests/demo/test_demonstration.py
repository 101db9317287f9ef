"""Demonstration: marked, whole, and refused where there is anything else."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Account
from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions import editions
from consultation.decisions.models import DecisionBasis, IndicatorDecision
from consultation.decisions.published import published_decisions
from consultation.demo import fill as demo_fill
from consultation.demo import reports
from consultation.mail.models import OutboxMessage
from consultation.moderation.models import ModeratedText
from consultation.plan.measurement.values import measurement_of
from consultation.plan.models import (
    Axis,
    Indicator,
    IndicatorVersion,
    Measure,
    MeasuredAs,
    MeasureStatus,
)
from consultation.plan.values import publication, record
from consultation.plan.values.models import IndicatorValue, Progress
from consultation.questionnaires.models import Questionnaire
from consultation.reports import comparison, content, figures, references
from consultation.reports import editions as report_editions
from consultation.responses.models import Answer, Contact, Respondent, Response
from consultation.server import run
from tests.exports.builders import respond
from tests.exports.reading import make, records_of
from tests.factories import make_measure


def fill(session, measures=7, responses=80, seed=1):
    with writing(session):
        return demo_fill.fill(session, measures=measures, responses=responses, at=now(), seed=seed)


def count(session, model, *conditions):
    return session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions))


def test_empty_home_is_filled_with_what_was_asked(session):
    made = fill(session)

    assert (made.measures, made.responses) == (7, 80)
    assert count(session, Measure) == 7
    assert count(session, Response) == 80
    assert count(session, Answer) == made.answers > 800
    assert count(session, Questionnaire, Questionnaire.closed_at.is_(None)) == 8


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


def test_its_decisions_refine_the_plan_from_one_edition_to_the_next(session):
    made = fill(session)

    before, after = reversed(editions.published(session))
    assert (before.number, len(before.decisions)) == (1, 0)
    assert (after.number, len(after.decisions)) == (2, 4)
    assert count(session, IndicatorDecision) == made.decisions == 5
    then, now_in_force = indicators_of(before), indicators_of(after)
    assert set(then) - set(now_in_force) == {"DEMO-6.3"}
    assert set(now_in_force) - set(then) == {"DEMO-7.9"}
    reworded = {code for code in then if then[code] != now_in_force.get(code, then[code])}
    assert reworded == {"DEMO-5.1"}
    assert all("(démonstration)" in label for label in now_in_force.values())


@pytest.mark.every_case
@pytest.mark.parametrize(("measures", "published"), [(1, 4), (2, 4)])
def test_smallest_plans_have_both_editions_too(session, measures, published):
    fill(session, measures=measures, responses=20)

    assert len(published_decisions(session)) == published


def indicators_of(edition):
    return {
        indicator["code"]: indicator["label"]["fr"]
        for axis in edition.content["axes"]
        for measure in axis["measures"]
        for indicator in measure["indicators"]
    }


def test_some_decisions_rest_on_texts_that_were_let_pass(session):
    fill(session)

    counts = [row.basis.count for row in published_decisions(session)]
    assert len(counts) == 4
    assert sum(counts) > 3
    assert count(session, DecisionBasis) == count(session, ModeratedText)


def test_nobody_can_sign_in_as_who_decided(session):
    fill(session)

    (account,) = session.scalars(sa.select(Account))
    assert (account.email, account.active, account.password) == (
        "demonstration@exemple.invalid",
        False,
        None,
    )


def test_indicators_have_invented_values_most_of_them_public(session):
    fill(session, measures=12)

    indicators = session.scalars(sa.select(Indicator)).all()
    values = record.current(session, [it.id for it in indicators])
    public = publication.public_progress(session, indicators, now().date())
    rows = [row for of in values.values() for row in of]
    assert len(values) > 0.7 * len(indicators)
    assert 0 < sum(bool(it.values) for it in public.values()) < len(values)
    assert {it.source for it in rows} == {"Source inventée, pour la démonstration"}
    assert len({it.reported_by for it in rows}) == 4
    assert any(it.missing_because for it in rows)
    assert count(session, IndicatorValue, IndicatorValue.supersedes_id.is_not(None)) > 3
    assert any(len(set(record.series_of(it).values())) > 1 for it in indicators)
    assert {it.progress for it in public.values()} >= {Progress.REACHED, Progress.NOT_MEASURED}
    for status in session.scalars(sa.select(MeasureStatus)):
        assert "inventé" in status.evidence["fr"]


def test_demonstration_without_responses_is_filled_once(session):
    fill(session, responses=0)
    stored = [count(session, model) for model in (IndicatorValue, MeasureStatus, IndicatorVersion)]
    fill(session, responses=0)

    models = (IndicatorValue, MeasureStatus, IndicatorVersion)
    assert [count(session, model) for model in models] == stored
    assert min(stored) > 5


def test_no_mail_is_owed_to_people_who_do_not_exist(session):
    fill(session)

    assert count(session, OutboxMessage) == 0


def test_round_is_open_and_responses_lie_within_it(session):
    fill(session)

    consultation_round = session.scalars(sa.select(Questionnaire)).first().round
    moments = session.scalars(sa.select(Response.submitted_at)).all()
    assert consultation_round.is_open(now())
    assert consultation_round.opens_at <= min(moments)
    assert max(moments) <= now()
    assert max(moments) - min(moments) > timedelta(days=20)


def test_same_seed_says_the_same(session):
    fill(session)

    texts = list(session.scalars(sa.select(Answer.text).order_by(Answer.id).limit(50)))
    assert len(texts) == 50
    assert any("'" in (text or "") for text in texts)


def test_newly_prepared_home_keeps_its_shipped_themes(session):
    with writing(session):
        run.prepare(session, now(), is_local=True)

    fill(session)

    assert count(session, Measure, Measure.is_shipped) == 10
    assert count(session, Measure) == 17


def test_home_with_somebody_s_measures_is_refused(session):
    make_measure(session, "1")
    session.commit()

    with pytest.raises(demo_fill.NotEmpty, match="mesures"):
        fill(session)

    assert count(session, Measure) == 1


def test_home_with_responses_is_refused(session):
    fill(session, responses=0)
    with writing(session):
        respond(session, session.scalars(sa.select(Questionnaire)).first().round, None, {})

    with pytest.raises(demo_fill.NotEmpty, match="contributions"):
        fill(session)

    assert count(session, Response) == 1


def test_demonstration_without_responses_can_be_completed(session):
    fill(session, measures=3, responses=0)

    fill(session, measures=5, responses=20)

    assert count(session, Measure) == 5
    assert count(session, Response) == 20


def test_its_workbook_can_be_made(session, tmp_path, monkeypatch):
    monkeypatch.setattr(demo_fill, "ORGANISATIONS", ('=HYPERLINK("https://exemple.invalid";"x")',))
    make_round_code = fill(session, responses=120)

    consultation_round = session.scalars(sa.select(Questionnaire)).first().round
    made = make(session, consultation_round, tmp_path)

    assert made.counts.received == make_round_code.responses
    assert any(
        str(row["Organisation"]).startswith("=HYPERLINK")
        for row in records_of(made.path, "Contributions")
    )


def test_texts_and_names_are_fit_for_a_board(session):
    fill(session, responses=120)

    texts = set(session.scalars(sa.select(Answer.text).where(Answer.text.is_not(None))))
    texts |= set(session.scalars(sa.select(Respondent.organisation).distinct())) - {None}
    assert [text for text in texts if text.startswith(("=", "+", "-", "@"))] == []
    assert [text for text in texts if {"<", ">"} & set(text)] == []


def test_places_and_people_are_whole(session):
    fill(session, measures=12, responses=0)

    values = sa.select(IndicatorValue).where(IndicatorValue.number.is_not(None))
    rows = [
        row
        for row in session.scalars(values)
        if (row.version.unit or {}).get("fr") in ("places", "personnes", "euros")
    ]
    assert len(rows) > 20
    assert [row.number for row in rows if row.number != int(row.number)] == []
    numbers = [
        figure.value
        for version in session.scalars(sa.select(IndicatorVersion))
        for measurement in [measurement_of(version)]
        if measurement.measured_as is MeasuredAs.NUMBER
        for figure in (measurement.baseline, measurement.midterm, measurement.final)
        if figure is not None
    ]
    assert len(numbers) > 20
    assert [number for number in numbers if number != int(number)] == []


def test_report_is_invented_and_cites_figures_that_still_stand(session):
    fill(session, measures=3, responses=0)

    (edition,) = report_editions.published(session)

    assert edition.title == reports.TITLE
    assert reports.INTRODUCTION["fr"] in edition.introduction["fr"]
    cited, unresolved = references.cited(
        edition.introduction["fr"], figures.indexed(content.figures_of(edition.content))
    )
    assert [it.kind for it in cited] == ["valeur", "jugement"]
    assert unresolved == []
    assert comparison.differences(session, edition) == []
