"""What is proposed in words of an indicator or of a measure: of one round, each text once."""

import sqlalchemy as sa

from consultation.plan.models import Indicator, Measure
from consultation.results.indicators import proposals
from consultation.results.tallies import maintain
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.factories import make_measure, make_round, screen_all
from tests.invitations.builders import ORGANISER

WORDING, MISSING = "proposed_wording", "missing_indicator"
JUDGES = {"capacity": "justice"}


def test_what_one_round_proposes_is_not_told_of_another(session):
    make_measure(session, "T7")
    first = make_round(session)
    second = make_round(session, code="tour-2")
    said = {first: ("Du premier", "Manque au premier"), second: ("Du second", "Manque au second")}
    for asked, (wording, missing) in said.items():
        respond(session, asked, "T7", {("T7.1", WORDING): wording, MISSING: missing}, **JUDGES)
    respond(session, second, "T7", {("T7.2", WORDING): "De l'autre indicateur"})
    again = {MISSING: "Manque au second", "suggestions": "Merci"}
    respond(session, second, "T7", again, capacity="police")
    screen_all(session)
    maintain.refresh(session)
    measure = session.scalars(sa.select(Measure.id)).one()
    indicator = session.scalars(sa.select(Indicator.id).where(Indicator.code == "T7.1")).one()

    def texts(by_subject):
        return {
            subject: [row.text for row in texts.displayed] for subject, texts in by_subject.items()
        }

    for (asked, (wording, missing)), count in zip(said.items(), (1, 2), strict=True):
        worded = proposals.wordings(Work(session, ORGANISER), asked.id, [indicator])
        missed = proposals.missing(Work(session, ORGANISER), asked.id, [measure])
        assert (worded[indicator].total, missed[measure].total) == (1, count)
        assert proposals.missing_counts(session, asked.id) == {measure: count}
        assert texts(worded) == {indicator: [wording]}
        assert texts(missed) == {measure: [missing]}
