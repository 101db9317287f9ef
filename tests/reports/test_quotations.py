"""Quotations of a report: public texts only, gone once they may not be public any more."""

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.moderation.models import ModeratedText, Verdict
from consultation.reports import editions, quotations
from consultation.reports.models import ReportQuotation
from consultation.responses.models import Answer, Response
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from tests.decisions.builders import make_organiser, make_published_text
from tests.factories import make_measure, make_round
from tests.moderation.builders import Colleague, make_actor, make_text
from tests.reports.builders import make_report

TEXT = "Nous hébergeons trop peu de mineurs."


@pytest.fixture
def opened(session):
    make_measure(session, "T7", indicators=1)
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def answer_id(session, opened):
    return make_published_text(session, opened, TEXT)


@pytest.fixture
def report(session, answer_id):
    return make_report(session, make_organiser(session), quotations=[answer_id])


def quoted(session):
    session.rollback()
    session.expire_all()
    edition = editions.published_edition(session)
    return [it.text for it in quotations.of_edition(session, edition).get("T7", ())]


def measure_id(session):
    return session.query(Response).first().questionnaire.measure_id


def test_published_text_is_quoted_below_its_measure(session, report):
    assert quoted(session) == [TEXT]


def test_text_that_nobody_has_read_is_not_quotable(session, opened):
    make_text(session, opened, TEXT)
    session.commit()

    assert quotations.quotable(session, measure_id(session)) == []


def test_quotable_texts_have_question_and_language(session, answer_id):
    (quotation,) = quotations.quotable(session, measure_id(session))

    assert (quotation.answer_id, quotation.text) == (answer_id, TEXT)
    assert (quotation.measure, quotation.locale) == ("T7", "fr")


def test_text_withheld_later_is_quoted_no_longer(session, report, answer_id):
    row = session.query(ModeratedText).filter_by(answer_id=answer_id).one()

    Colleague(session, make_actor(session, "relecture")).decide(row, Verdict.WITHHOLD)

    assert quoted(session) == []


def test_withdrawn_text_is_quoted_no_longer(session, report, answer_id):
    response_id = session.get(Answer, answer_id).response_id
    session.get(Response, response_id).withdrawn_at = now()
    session.commit()

    assert quoted(session) == []


def test_erased_text_leaves_no_link(app, session, report, answer_id, tmp_path):
    respondent = session.get(Response, session.get(Answer, answer_id).response_id).respondent_id
    session.rollback()

    with writing(session):
        erasure.erase(session, respondent, Wish(texts=True), now(), home=tmp_path)

    assert quoted(session) == []
    assert session.query(ReportQuotation).one().answer_id is None
    assert editions.published_edition(session).content_hash
