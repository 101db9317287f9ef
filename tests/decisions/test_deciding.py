"""Decisions: stored once, superseded and never edited, resting on texts that may be read."""

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.decisions import basis, decide
from consultation.decisions.basis import Basis
from consultation.decisions.decide import Decision, Subject, TextGone
from consultation.decisions.models import (
    DecisionBasis,
    DecisionOutcome,
    IndicatorDecision,
)
from consultation.moderation.models import ModeratedText, Verdict
from consultation.moderation.visibility import Audience
from consultation.plan.queries import IndicatorRetired
from consultation.responses.models import Answer, Response
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_published_text,
    wording_of,
)
from tests.factories import make_measure
from tests.moderation.builders import Colleague, make_actor

pytestmark = pytest.mark.database

TEXT = "Comptez les places ouvertes toute l'année."


def basis_of(session, decision, audience=Audience.PUBLIC):
    session.rollback()
    session.expire_all()
    return basis.bases(session, [decision.id], audience).get(decision.id, basis.NOTHING)


def test_decision_supersedes_the_one_in_force_and_both_stay(session, opened, organiser):
    subject = indicator_subject(session)
    first = make_decision(session, organiser, subject)
    second = make_decision(session, organiser, subject, label="Places ouvertes")

    assert second.supersedes_id == first.id
    assert [it.id for it in decide.current_decisions(session, subject)] == [second.id]
    assert session.scalar(sa.select(sa.func.count(IndicatorDecision.id))) == 2


@pytest.mark.every_case
@pytest.mark.parametrize("change", ["UPDATE {} SET note = ''", "DELETE FROM {}"])
def test_database_refuses_to_change_a_decision(session, opened, organiser, change):
    make_decision(session, organiser, indicator_subject(session))

    with pytest.raises(sa.exc.IntegrityError, match="only grows"):
        session.execute(sa.text(change.format("indicator_decision")))


def test_decision_is_refused_when_another_was_taken_meanwhile(session, opened, organiser):
    subject = indicator_subject(session)
    seen = decide.state_of(session, subject)
    make_decision(session, organiser, subject)

    with pytest.raises(StaleEdit) as refused:
        make_decision(session, organiser, subject, seen=seen)
    assert refused.value.by == organiser.email


def test_draft_of_another_organiser_makes_a_decision_stale(session, opened, organiser):
    subject = indicator_subject(session)
    seen = decide.state_of(session, subject)
    with writing(session):
        decide.save_draft(Work(session, organiser, now()), subject, {"reason": "À voir"}, seen)

    with pytest.raises(StaleEdit):
        make_decision(session, organiser, subject, seen=seen)


def test_decision_takes_the_place_of_its_draft(session, opened, organiser):
    subject = indicator_subject(session)
    with writing(session):
        seen = decide.state_of(session, subject)
        decide.save_draft(Work(session, organiser, now()), subject, {"reason": "À voir"}, seen)
    make_decision(session, organiser, subject)

    assert decide.draft_of(session, subject) is None


def test_decision_on_a_retired_indicator_is_refused(session, opened, organiser):
    subject = indicator_subject(session)
    subject.indicator.retired_at = now()
    session.commit()

    with pytest.raises(IndicatorRetired):
        make_decision(session, organiser, subject)


def test_moderator_may_not_decide(session, opened):
    with pytest.raises(NotAllowed):
        make_decision(session, make_actor(session), indicator_subject(session))


def test_several_decisions_stand_on_what_is_missing(session, opened, organiser):
    measure = make_measure(session, "T9", "Protection des mineurs")
    session.commit()
    subject = Subject(measure)
    wording = dict.fromkeys(wording_of(indicator_subject(session)))
    added = {"outcome": DecisionOutcome.ADDED, "wording": wording | {"label": {"fr": "Délai"}}}
    make_decision(session, organiser, subject, code="T9.8", **added)
    make_decision(session, organiser, subject, code="T9.9", **added)
    other = {"outcome": DecisionOutcome.NOT_ADDED, "subject": {"fr": "Budget de l'État"}}
    make_decision(session, organiser, subject, **other)

    assert len(decide.current_decisions(session, subject)) == 3


def test_basis_counts_contributions_once_and_quotes_who_agreed(session, opened, organiser):
    quoted = make_published_text(session, opened, TEXT)
    other = make_published_text(session, opened, "Autre avis", consent_anonymous=False)
    decision = make_decision(
        session, organiser, indicator_subject(session), answer_ids=[quoted, other]
    )

    assert basis_of(session, decision) == Basis(2, [TEXT], ["fr"], [""])
    assert basis_of(session, decision, Audience.ORGANISER).quotations == [TEXT, "Autre avis"]


def withdraw(session, answer_id):
    answer = session.get_one(Answer, answer_id)
    session.get_one(Response, answer.response_id).withdrawn_at = now()
    session.commit()


def withhold(session, answer_id):
    text = session.get_one(ModeratedText, answer_id)
    Colleague(session, make_actor(session, "relecture")).decide(text, Verdict.WITHHOLD)


@pytest.fixture
def erase(tmp_path):
    def erase(session, answer_id):
        answer = session.get_one(Answer, answer_id)
        respondent_id = session.get_one(Response, answer.response_id).respondent_id
        with writing(session):
            erasure.erase(session, respondent_id, Wish(texts=True), now(), home=tmp_path)

    return erase


@pytest.mark.parametrize("way", ["withdrawn", "withheld", "erased"])
def test_basis_that_is_gone_counts_no_more(session, opened, organiser, erase, way):
    gone = make_published_text(session, opened, TEXT)
    stays = make_published_text(session, opened, "Autre avis")
    decision = make_decision(
        session, organiser, indicator_subject(session), answer_ids=[gone, stays]
    )
    {"withdrawn": withdraw, "withheld": withhold, "erased": erase}[way](session, gone)

    assert basis_of(session, decision) == Basis(1, ["Autre avis"], ["fr"], [""])


def named(session):
    return sorted(session.scalars(sa.select(DecisionBasis.answer_id)).all(), key=str)


def test_erasure_empties_the_row_at_once(session, opened, organiser, erase):
    gone = make_published_text(session, opened, TEXT)
    stays = make_published_text(session, opened, "Autre avis")
    make_decision(session, organiser, indicator_subject(session), answer_ids=[gone, stays])
    erase(session, gone)

    assert named(session) == [stays, None]


def test_row_of_a_withdrawn_text_is_emptied_by_retention(session, opened, organiser):
    gone = make_published_text(session, opened, TEXT)
    stays = make_published_text(session, opened, "Autre avis")
    make_decision(session, organiser, indicator_subject(session), answer_ids=[gone, stays])
    withdraw(session, gone)

    assert basis.empty_gone(session) == 1
    assert named(session) == [stays, None]


def test_basis_follows_the_same_text_into_a_correction(session, opened, organiser):
    answer_id = make_published_text(session, opened, TEXT)
    decision = make_decision(session, organiser, indicator_subject(session), answer_ids=[answer_id])
    first = session.get_one(Response, session.get_one(Answer, answer_id).response_id)
    corrected = make_published_text(session, opened, TEXT, revises=first)

    assert corrected != answer_id
    assert basis_of(session, decision) == Basis(1, [TEXT], ["fr"], [""])


def test_text_that_was_withheld_meanwhile_is_refused_as_a_basis(session, opened, organiser):
    answer_id = make_published_text(session, opened, TEXT)
    withhold(session, answer_id)

    with pytest.raises(TextGone):
        make_decision(session, organiser, indicator_subject(session), answer_ids=[answer_id])
    assert session.scalar(sa.select(sa.func.count(IndicatorDecision.id))) == 0


def test_decision_values_are_stored_as_given(session, opened, organiser):
    subject = indicator_subject(session)
    decision = Decision(
        DecisionOutcome.AMENDED,
        {"fr": "Plus clair.", "en": "Clearer."},
        decide.state_of(session, subject),
        wording=wording_of(subject, label="Places ouvertes"),
        note="À revoir avec la mission.",
    )
    with writing(session):
        row = decide.decide(Work(session, organiser, now()), subject, decision)
    session.expire_all()

    assert row.wording["label"] == {"fr": "Places ouvertes"}
    assert (row.outcome, row.note) == (decision.outcome, decision.note)
    assert row.version_id == subject.indicator.version.id
