"""Assessments: permissions, one a day by assessor, values, form."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from consultation.accounts.models import AuditEvent
from consultation.db.stale import StaleEdit
from consultation.plan import apply
from consultation.plan.models import Assessor, Level, MeasureStatus
from consultation.plan.queries import measure_by_code
from consultation.plan.statuses import assessments
from consultation.plan.statuses.assessments import (
    AlreadyAssessed,
    Assessment,
    assessment_of,
)
from consultation.plan.statuses.forms import AssessmentForm, values_of
from consultation.plan.statuses.parsing import ASSESSOR, LEVEL, date_of
from consultation.records.kinds import link_of
from consultation.spreadsheets.reader.rows import ValueRefused
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.factories import make_axis, make_measure
from tests.plan.builders import make_draft, make_measure_draft

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ORGANISER = SimpleNamespace(id=None, email="lou@association.fr", may=lambda permission: True)
OTHER_STAFF = SimpleNamespace(id=None, email="x@association.fr", may=lambda permission: False)


def assessment_by(assessor=Assessor.STATE, day=1, level=Level.ENGAGED, **values):
    return Assessment(assessor=assessor, assessed_on=date(2026, 6, day), level=level, **values)


def add(session, measure, assessment):
    return assessments.add(Work(session, ORGANISER, AT), measure, assessment)


def events(session):
    return [
        (event.action, event.subject, event.details["level"])
        for event in session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id))
    ]


def test_assessments_of_three_assessors_stand_side_by_side_the_latest_of_each(session):
    measure = make_measure(session)
    add(session, measure, assessment_by(Assessor.RAPPORTEUR, 9, Level.PARTLY_DONE))
    add(session, measure, assessment_by(Assessor.STATE, 2, Level.NOT_ENGAGED))
    add(session, measure, assessment_by(Assessor.STATE, 20, Level.ENGAGED))
    add(session, measure, assessment_by(Assessor.COLLECTIVE, 9, Level.NOT_DONE))

    stored = session.scalars(sa.select(MeasureStatus)).all()

    latest = assessments.latest(stored)
    assert {assessor: status.level for assessor, status in latest.items()} == {
        Assessor.STATE: Level.ENGAGED,
        Assessor.COLLECTIVE: Level.NOT_DONE,
        Assessor.RAPPORTEUR: Level.PARTLY_DONE,
    }
    assert list(latest) == list(Assessor)
    assert [
        (status.assessor, status.assessed_on.day) for status in assessments.in_order(stored)
    ] == [
        (Assessor.STATE, 20),
        (Assessor.COLLECTIVE, 9),
        (Assessor.RAPPORTEUR, 9),
        (Assessor.STATE, 2),
    ]


def test_one_assessor_judges_a_measure_once_a_day(session):
    measure = make_measure(session)
    add(session, measure, assessment_by())
    other = add(session, measure, assessment_by(day=2))

    with pytest.raises(AlreadyAssessed):
        add(session, measure, assessment_by(level=Level.DONE))
    seen = assessment_of(other).digest
    with pytest.raises(AlreadyAssessed):
        assessments.change(
            Work(session, ORGANISER, AT), measure, other.public_id, assessment_by(day=1), seen
        )

    add(session, measure, assessment_by(Assessor.COLLECTIVE))
    add(session, make_measure(session, "T8"), assessment_by())


def test_assessment_is_changed_and_removed_only_as_it_was_seen(session):
    measure = make_measure(session)
    status = add(session, measure, assessment_by(evidence={"fr": "Au lancement."}))
    first = assessment_of(status).digest
    assessments.change(
        Work(session, ORGANISER, AT),
        measure,
        status.public_id,
        assessment_by(level=Level.DONE),
        first,
    )

    with pytest.raises(StaleEdit):
        assessments.change(
            Work(session, ORGANISER, AT), measure, status.public_id, assessment_by(), first
        )
    with pytest.raises(StaleEdit):
        assessments.remove(Work(session, ORGANISER, AT), measure, status.public_id, first)
    assert (status.level, status.evidence) == (Level.DONE, None)

    now = assessment_of(status).digest
    assessments.remove(Work(session, ORGANISER, AT), measure, status.public_id, now)
    with pytest.raises(StaleEdit):
        assessments.remove(Work(session, ORGANISER, AT), measure, status.public_id, now)
    assert session.scalars(sa.select(MeasureStatus)).all() == []
    assert events(session) == [
        ("status_added", "T7", "engaged"),
        ("status_changed", "T7", "done"),
        ("status_removed", "T7", "done"),
    ]


def test_assessment_is_found_under_its_own_measure_only(session):
    measure, other = make_measure(session), make_measure(session, "T8")
    status = add(session, measure, assessment_by())

    assert assessments.find(Work(session, ORGANISER), measure, status.public_id) is status
    assert assessments.find(Work(session, ORGANISER), other, status.public_id) is None


def test_nobody_without_the_plan_in_hand_judges(session):
    measure = make_measure(session)

    for refused in (
        lambda: assessments.board(Work(session, OTHER_STAFF)),
        lambda: assessments.measure_of(Work(session, OTHER_STAFF), "T7"),
        lambda: assessments.find(Work(session, OTHER_STAFF), measure, "x"),
        lambda: assessments.add(Work(session, OTHER_STAFF, AT), measure, assessment_by()),
        lambda: assessments.change(
            Work(session, OTHER_STAFF, AT), measure, "x", assessment_by(), ""
        ),
        lambda: assessments.remove(Work(session, OTHER_STAFF, AT), measure, "x", ""),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_board_has_the_measures_in_force_by_axis_with_counts_of_the_latest(session):
    last = make_axis(session, "B", "Protéger")
    last.position = 2
    second = make_measure(session, "1")
    second.axis_id = last.id
    first = make_measure(session, "2")
    retired = make_measure(session, "3", retired_at=AT)
    for measure in (second, first, retired):
        add(session, measure, assessment_by(day=1, level=Level.NOT_ENGAGED))
    add(session, first, assessment_by(day=2, level=Level.ENGAGED))

    board = assessments.board(Work(session, ORGANISER))

    assert [(axis.code, [row.measure.code for row in rows]) for axis, rows in board.axes] == [
        ("T", ["2"]),
        ("B", ["1"]),
    ]
    assert dict(board.counts[Assessor.STATE]) == {Level.NOT_ENGAGED: 1, Level.ENGAGED: 1}
    assert not board.counts[Assessor.COLLECTIVE]
    assert (board.measure_count, board.assessment_count) == (2, 2)


def test_measure_out_of_the_plan_keeps_its_assessments_until_it_is_back(session):
    apply.apply(session, make_draft(make_measure_draft("1"), make_measure_draft("2")), AT)
    add(session, measure_by_code(session, "1"), assessment_by())

    apply.apply(session, make_draft(make_measure_draft("2")), AT)
    session.expire_all()
    gone = measure_by_code(session, "1")
    assert gone.retired_at is not None
    assert [status.level for status in gone.statuses] == [Level.ENGAGED]

    apply.apply(session, make_draft(make_measure_draft("1"), make_measure_draft("2")), AT)
    session.expire_all()
    back = measure_by_code(session, "1")
    assert back.retired_at is None
    assert [status.level for status in back.statuses] == [Level.ENGAGED]


def test_deleted_measure_takes_its_own_assessments_along(session):
    measure, other = make_measure(session), make_measure(session, "T8")
    for assessment in (assessment_by(), assessment_by(Assessor.COLLECTIVE), assessment_by(day=2)):
        add(session, measure, assessment)
    kept = add(session, other, assessment_by())

    apply.remove_measure(session, measure)

    session.expire_all()
    assert measure_by_code(session, "T7") is None
    assert session.scalars(sa.select(MeasureStatus)).all() == [kept]


@pytest.mark.parametrize(
    ("text", "assessor"),
    [
        ("État", Assessor.STATE),
        ("  l’ETAT ", Assessor.STATE),
        ("collectif", Assessor.COLLECTIVE),
        ("rapporteur  national", Assessor.RAPPORTEUR),
        ("RAPPORTEUR", Assessor.RAPPORTEUR),
        ("state", Assessor.STATE),
    ],
)
def test_assessors_are_named_whatever_accents_and_case_or_by_their_code(text, assessor):
    assert ASSESSOR.read(text) is assessor


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Non engagee", Level.NOT_ENGAGED),
        ("ENGAGÉE", Level.ENGAGED),
        ("non réalisée", Level.NOT_DONE),
        ("Partiellement", Level.PARTLY_DONE),
        ("partly_done", Level.PARTLY_DONE),
        ("realisee", Level.DONE),
    ],
)
def test_levels_are_named_whatever_accents_and_case_or_by_their_code(text, level):
    assert LEVEL.read(text) is level


@pytest.mark.parametrize("text", ["", "préfet", "engagée ou pas", "5", "done!"])
def test_other_words_name_no_assessor_and_no_level(text):
    with pytest.raises(ValueRefused, match=r"."):
        ASSESSOR.read(text)
    with pytest.raises(ValueRefused, match=r"."):
        LEVEL.read(text)


@pytest.mark.parametrize("text", ["2026-06-27", "27/06/2026", "27.6.2026", "2026-6-27"])
def test_day_is_typed_the_french_way_or_as_iso(text):
    assert date_of(text, TODAY) == date(2026, 6, 27)


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2026",
        "06/2026",
        "27/06/26",
        "demain",
        "25/11/2026",
        "1999-12-31",
        "0026-01-01",
        "46000",
        "٢٧/٠٦/٢٠٢٦",
    ],
)
def test_what_is_no_day_gone_by_is_refused(text):
    with pytest.raises(ValueRefused):
        date_of(text, TODAY)


def test_today_is_a_day_on_which_one_may_judge():
    assert date_of("24/11/2026", TODAY) == TODAY


@pytest.mark.parametrize(
    "text",
    [
        "https://exemple.fr",
        "https://exemple.fr/a?b=c&d=é#f",
        "HTTPS://Exemple.fr/",
        "https://a.b:8443/",
    ],
)
def test_link_to_a_page_is_taken_as_it_is(text):
    assert link_of(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "JaVaScRiPt://exemple.fr/%0Aalert(1)",
        "data:text/html,<b>x</b>",
        "http://exemple.fr",
        "//exemple.fr",
        "exemple.fr",
        "https:///chemin",
        "https://",
        "https://moi:secret@exemple.fr/",
        "https://exemple.fr/a b",
        'https://exemple.fr/"onclick=',
        "https://[::1",
        "https://exemple.fr:99999/",
        "https://localhost/",
        "https:\\\\exemple.fr",
        "https://exemple.fr/" + "a" * 500,
    ],
)
def test_what_is_no_secure_page_of_the_web_is_refused_as_a_link(text):
    with pytest.raises(ValueRefused):
        link_of(text)


def form_of(typed):
    return AssessmentForm(MultiDict({"seen": "", **typed}), today=TODAY)


def test_form_gives_back_the_assessment_it_was_filled_with():
    assessment = assessment_by(
        evidence={"fr": "Un été.\n\nDeux.", "en": "One."}, source_url="https://exemple.fr/x"
    )
    form = form_of(values_of(assessment))

    assert form.validate()
    assert form.assessment() == assessment
    assert form.seen.data == assessment.digest


def test_empty_form_says_what_it_needs_and_a_bad_one_all_that_is_wrong():
    empty = form_of({})
    bad = form_of(
        {
            "assessed_on": "2027-01-01",
            "assessor": "moi",
            "level": "??",
            "evidence_en": "Only English",
            "source_url": "javascript:alert(1)",
        }
    )

    assert not empty.validate()
    assert not bad.validate()
    assert set(empty.errors) == {"assessed_on", "assessor", "level"}
    assert set(bad.errors) == {*empty.errors, "evidence", "source_url"}
    assert bad.assessed_on.errors[0].startswith("Le 01/01/2027 n'est pas encore venu. ")


def test_evidence_has_five_thousand_characters_at_most():
    typed = values_of(assessment_by())
    longest = form_of(typed | {"evidence": "é" * 5000})
    too_long = form_of(typed | {"evidence": "é" * 5001})

    assert longest.validate()
    assert longest.assessment().evidence == {"fr": "é" * 5000}
    assert not too_long.validate()
    assert "5001 caractères" in too_long.evidence.errors[0]
