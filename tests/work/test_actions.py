"""Actions of the team: what becomes of a form, of what a service refuses, of what it stores."""

import pytest
import sqlalchemy as sa
from flask import g, get_flashed_messages
from werkzeug.datastructures import MultiDict

from consultation.accounts.audit import audit_log
from consultation.accounts.models import AuditEvent, Role
from consultation.db.stale import StaleEdit
from consultation.web.forms import LineField, StaffForm, required
from consultation.work.actions import AtField, Elsewhere, act
from tests.moderation.builders import make_actor


class Taken(Exception):
    """What is typed is there already."""


class NoteForm(StaffForm):
    """One line."""

    note = LineField("Note", [required("Écrivez une note.")])


@pytest.fixture
def request_of(app, session):
    """A request of an organiser."""
    actor = make_actor(session, "lou", Role.ORGANISER)
    session.commit()
    with app.test_request_context("/organisation/", method="POST"):
        g.actor = actor
        yield actor


@pytest.fixture
def form():
    return NoteForm(MultiDict({"note": "Relire."}))


def events(session):
    session.rollback()
    return session.scalars(sa.select(AuditEvent.action)).all()


def page(**context):
    return context


def test_action_is_stored_said_and_goes_on(session, request_of, form):
    def note(work):
        audit_log.log(work, "noted")
        return work.actor.id

    answer = act(
        note,
        form=form,
        page=page,
        done=lambda number: f"Noté par {number}.",
        to=lambda it: f"/{it}",
    )

    assert (answer.status_code, answer.location) == (303, f"/{request_of.id}")
    assert get_flashed_messages() == [f"Noté par {request_of.id}."]
    assert "noted" in events(session)


def test_invalid_form_is_displayed_again_and_no_service_works(request_of):
    form, worked = NoteForm(MultiDict({"note": ""})), []

    answer = act(worked.append, form=form, page=page, to="/")

    assert answer == ({}, 422)
    assert worked == []
    assert form.errors == {"note": ["Écrivez une note."]}


@pytest.mark.parametrize(
    ("raised", "refusals", "expected"),
    [
        (Taken(), {Taken: "Déjà noté."}, ({"problem": "Déjà noté."}, 409)),
        (Taken(), {Taken: lambda taken: (taken.args, 410)}, ((), 410)),
        (StaleEdit("x"), {StaleEdit: "Relisez."}, ({"problem": "Relisez."}, 409)),
    ],
)
def test_refusal_is_answered_by_its_table_and_leaves_nothing(
    session, request_of, form, raised, refusals, expected
):
    before = events(session)

    def note(work):
        audit_log.log(work, "noted")
        raise raised

    assert act(note, form=form, page=page, refusals=refusals, done="Noté.", to="/") == expected
    assert get_flashed_messages() == []
    assert events(session) == before


@pytest.mark.parametrize("sentence", ["Déjà noté hier.", lambda taken: f"Déjà noté {taken}."])
def test_refusal_of_what_is_typed_is_said_at_its_field(request_of, form, sentence):
    def note(work):
        raise Taken("hier")

    refusals = {Taken: AtField("note", sentence, 422)}
    answer = act(note, form=form, page=page, refusals=refusals, to="/")

    assert answer == ({}, 422)
    assert form.note.errors == ["Déjà noté hier."]


@pytest.mark.parametrize(("sentence", "expected"), [("Déjà là.", "Déjà là."), ("", "de la veille")])
def test_refusal_is_said_elsewhere_where_no_page_is_left(request_of, sentence, expected):
    def note(work):
        raise Taken("de la veille")

    answer = act(note, refusals={Taken: Elsewhere("/autre", sentence)}, to="/")

    assert (answer.status_code, answer.location) == (303, "/autre")
    assert get_flashed_messages() == [expected]


def test_page_shows_what_a_colleague_stored_meanwhile(request_of, form):
    stale = StaleEdit("la note")

    def note(work):
        raise stale

    assert act(note, form=form, page=page, to="/") == ({"stale": stale}, 409)


def test_what_no_table_names_is_raised(request_of, form):
    def note(work):
        raise Taken

    with pytest.raises(Taken):
        act(note, form=form, page=page, to="/")


def test_action_without_a_page_has_no_answer_to_a_colleague(request_of):
    def note(work):
        raise StaleEdit("la note")

    with pytest.raises(StaleEdit):
        act(note, to="/")
