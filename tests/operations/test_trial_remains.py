"""Remains of trials: what was published in one is listed, and removed by one gesture."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions import editions
from consultation.decisions.models import PlanEdition
from consultation.invitations.models import Mailing
from consultation.operations import trial_remains
from consultation.operations.doctor import checks
from consultation.questionnaires.models import Round
from consultation.reports.models import ReportEdition
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.decisions.announcements.builders import make_announcement, speak
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
)
from tests.factories import make_round
from tests.plan.values.builders import make_measured_indicator
from tests.reports.builders import make_draft, make_report

STATE = "/administration/etat"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    make_measured_indicator(session)
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def organiser(session):
    return make_organiser(session)


@pytest.fixture
def remains(session, opened, organiser):
    """An edition that was announced, and a report, of a trial that has ended since."""
    speak(session, opened)
    make_edition(session, organiser, make_decision(session, organiser, indicator_subject(session)))
    make_announcement(session, opened)
    make_report(session, organiser)
    session.execute(
        sa.update(Round).values(
            is_trial=True, announced_at=None, code="essai-1", trial_ended_at=now()
        )
    )
    session.commit()


@pytest.fixture
def administrator(app, session):
    make_account(session, "claire@association.example", Role.ADMINISTRATOR)
    browser = Browser(app)
    browser.enter("claire@association.example")
    return browser


def says(session, app):
    findings = checks.examine(session, app.config, is_whole=False)
    return [it.says for it in findings if it.subject == checks.TRIALS]


def test_remains_of_a_trial_are_found_and_removed_for_good(
    app, session, remains, organiser, administrator
):
    assert app.test_client().get("/bilan/1").status_code == 200
    (sentence,) = says(session, app)
    assert "l'édition 1, le bilan n° 1" in sentence
    assert "l’édition 1, le bilan n° 1" in administrator.get(STATE).text

    answer = administrator.post(f"{STATE}/retirer-les-restes-d-essai")

    assert answer.status_code == 303
    session.rollback()
    assert app.test_client().get("/bilan/1").status_code == 404
    assert session.scalars(sa.select(PlanEdition)).all() == []
    assert session.scalars(sa.select(ReportEdition)).all() == []
    assert session.scalars(sa.select(Mailing)).all() == []
    assert says(session, app) == []
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.details) == (
        "trial_remains_removed",
        {"editions": [1], "reports": [1]},
    )
    assert make_edition(session, organiser).number == make_report(session, organiser).number == 1


def test_what_is_in_preparation_takes_the_number_that_is_free(
    app, session, remains, organiser, administrator
):
    with writing(session):
        editions.prepare(Work(session, organiser, now()), {"fr": "La vraie"}, None, [], None)
    make_draft(session, organiser, title="Le vrai")

    administrator.post(f"{STATE}/retirer-les-restes-d-essai")

    session.rollback()
    assert session.execute(sa.select(PlanEdition.number, PlanEdition.title)).all() == [
        (1, {"fr": "La vraie"})
    ]
    assert session.execute(sa.select(ReportEdition.number, ReportEdition.title)).all() == [
        (1, {"fr": "Le vrai"})
    ]


@pytest.mark.parametrize("table", ["plan_edition", "report_edition"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET number = 9"])
def test_database_lets_nothing_else_be_removed_or_changed(
    session, remains, organiser, table, change
):
    make_edition(session, organiser)
    make_report(session, organiser)
    session.commit()

    with pytest.raises(sa.exc.DBAPIError, match="only grows"):
        session.execute(sa.text(change.format(table)))
    session.rollback()


def test_nothing_of_before_or_after_the_trial_is_removed(app, session, opened, organiser):
    make_edition(session, organiser)
    later = now() + timedelta(days=1)
    session.execute(
        sa.update(Round).values(
            is_trial=True,
            opens_at=later,
            closes_at=later + timedelta(days=1),
            announced_at=None,
            trial_ended_at=later + timedelta(hours=1),
        )
    )
    session.commit()
    organiser_only = make_organiser(session, "autre")

    assert not trial_remains.load(session)
    with pytest.raises(NotAllowed), writing(session):
        trial_remains.remove(Work(session, organiser_only, now()))
