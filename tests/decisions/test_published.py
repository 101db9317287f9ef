"""Published decisions: what editions carried out, with what they rest on."""

import sqlalchemy as sa

from consultation.clock import now
from consultation.decisions import editions
from consultation.decisions.decide import Subject
from consultation.decisions.models import DecisionOutcome
from consultation.decisions.published import published_decisions
from consultation.plan.models import Measure
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_published_text,
)


def test_published_decisions_come_by_edition_and_in_the_plans_order(session, opened, organiser):
    late = make_decision(session, organiser, indicator_subject(session, "T7.1"))
    early = make_decision(session, organiser, indicator_subject(session, "T4.1"))
    make_edition(session, organiser, late, early)
    again = make_decision(session, organiser, indicator_subject(session, "T7.1"), label="Places")
    make_edition(session, organiser, again)
    make_decision(session, organiser, indicator_subject(session, "T7.2"))

    rows = published_decisions(session)
    assert [(it.edition.number, it.code) for it in rows] == [(2, "T7.1"), (1, "T4.1"), (1, "T7.1")]
    assert editions.published_edition(session).number == 2


def test_published_decision_tells_the_texts_that_it_changed(session, opened, organiser):
    text = make_published_text(session, opened, "Comptez les places ouvertes.")
    decision = make_decision(
        session, organiser, indicator_subject(session), label="Places", answer_ids=[text]
    )
    make_edition(session, organiser, decision)

    (row,) = published_decisions(session, which=Measure.code == "T7")
    changes = row.texts("fr")
    assert {name: (it.before, it.after) for name, it in changes.items()} == {
        "label": ("Places réservées (T7.1)", "Places")
    }
    assert row.basis.count == 1


def test_decision_on_what_is_missing_is_named_by_its_subject(session, opened, organiser):
    subject = Subject(session.scalars(sa.select(Measure).where(Measure.code == "T7")).one())
    decision = make_decision(
        session,
        organiser,
        subject,
        outcome=DecisionOutcome.KEPT,
        subject={"fr": "Budget par région"},
        at=now(),
    )
    make_edition(session, organiser, decision)

    (row,) = published_decisions(session)
    assert (row.code, row.label) == (None, {"fr": "Budget par région"})
    assert row.texts("fr") == {}
