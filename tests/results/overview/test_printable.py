"""The printable summary of a round: a tagged PDF of the same figures, whose name is dated."""

import pytest

from consultation.accounts.models import Role
from consultation.clock import in_paris, now
from consultation.results.overview import printable
from consultation.results.overview.board import IndicatorOutcome, Total, board, by_axis
from consultation.results.tallies import maintain
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.results.indicators.test_summary import rated
from tests.results.overview.test_board import ORGANISER
from tests.results.publishing_builders import signed_in

PAGE = "/organisation/vue-d-ensemble/resume.pdf"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    make_measure(session, "T7", title="Un titre = #strong[piégé]")
    opened = make_round(session)
    rated(session, opened, "T7.1", [1] * 6 + [9] * 6)
    respond(session, opened, "T7", {("T7.2", "stance"): "keep"})
    session.commit()
    maintain.refresh(session)
    return opened


def test_document_is_tagged_in_french_and_its_name_is_dated(app, session, opened):
    answer = signed_in(app, session, Role.ORGANISER).get(PAGE)

    made = answer.get_data()
    for part in (b"<pdfuaid:part>1</pdfuaid:part>", b"/Lang(fr)", b"/StructTreeRoot"):
        assert part in made
    today = in_paris(now()).date()
    assert f'"resume-{opened.code}-{today}.pdf"' in answer.headers["Content-Disposition"]


def test_verdicts_add_up_each_axis_and_the_plan(session, opened):
    rows = board(Work(session(), ORGANISER), opened.id)

    part = printable.verdicts(by_axis(rows), Total(None, rows))

    assert part.columns[:3] == ["Axe", "Indicateurs", "Pertinents"]
    disputed = part.columns.index(IndicatorOutcome.DISPUTED.label)
    assert [row[disputed] for row in part.rows] == ["1", "1"]
    assert part.rows[-1][0] == "Tout le plan"
    assert part.rows[-1][-1] == "100 %"


def test_disagreements_beyond_the_most_are_counted(session, opened):
    row = board(Work(session(), ORGANISER), opened.id)[0]

    part = printable.disputes([(row, "Désaccord")] * (printable.MOST_DISPUTED + 2))

    assert len(part.rows) == printable.MOST_DISPUTED
    assert part.sentences == ["Et 2 de plus, dans la vue d'ensemble du site."]
    assert part.rows[0] == ("T7.1 Places réservées (T7.1)", "Désaccord")


def test_without_disagreement_the_document_says_so():
    assert printable.disputes([]).sentences
    assert not printable.disputes([]).rows


def test_moderator_gets_no_summary(app, session, opened):
    assert signed_in(app, session, Role.MODERATOR).get(PAGE).status_code == 403
