"""A site with an open round, and Orca in a browser that reads it."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill as demo
from consultation.extensions import db
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline import store
from consultation.questionnaires.outline.structure import Scope
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries
from consultation.results.tallies import maintain
from tests.accounts.builders import make_account
from tests.browser.conftest import open_first_round
from tests.browser.filled_site import filled_site
from tests.browser.neutral_site import HOST
from tests.hearing.desktop import desktop
from tests.hearing.screen_reader import ScreenReader, holds
from tests.questionnaires.outline_builders import make_question, make_section
from tests.results.publishing_builders import publish as publish_figures

STAFF, PASSWORD = "lou@association.example", "une phrase de la longueur voulue"
ENDS = {"low": {"fr": "Pas du tout"}, "middle": {"fr": "Un peu"}, "high": {"fr": "Tout à fait"}}
EXTRA = make_section(
    "essai",
    make_question(
        "data_exist",
        QuestionKind.SCALE,
        label={"fr": "Peut-on le compter ?"},
        hint={"fr": "Les données existent ou se trouvent."},
        settings={"minimum": 1, "maximum": 5} | ENDS,
    ),
    make_question("grid", QuestionKind.MATRIX, label={"fr": "Ce qui bloque"}),
    make_question(
        "short", QuestionKind.LONG_TEXT, label={"fr": "En bref"}, settings={"maximum": 100}
    ),
    scope=Scope.MEASURE,
    title={"fr": "Pour finir"},
)
"""Kinds of questions that the shipped form does not have, or folds."""


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in (item for item in items if here in item.path.parents):
        item.add_marker(pytest.mark.once)
        item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="module")
def make_site(databases, tmp_path_factory, keys_dir):
    """Start a site that `fill` has filled, with an account of the team; return its address."""
    with contextlib.ExitStack() as ends:

        def make(fill):
            home = tmp_path_factory.mktemp("site")
            site = filled_site(databases, home, keys_dir, lambda app: with_staff(app, fill))
            return ends.enter_context(site).address

        yield make


def with_staff(app, fill):
    fill(app)
    with app.app_context():
        make_account(db.session(), STAFF, Role.ORGANISER, Role.MODERATOR, password=PASSWORD)


@pytest.fixture(scope="module")
def address(make_site):
    """Where the pages of a site are, with the shipped plan and an open round."""

    def fill(app):
        open_first_round(app)
        with app.app_context():
            publish_extra_section(db.session())

    return make_site(fill)


def publish_extra_section(session):
    with writing(session):
        store.change(
            session,
            queries.last(session),
            lambda outline: replace(outline, sections=(EXTRA, *outline.sections)),
            now(),
        )
        publish.publish_outline(session, queries.last(session), now())


@pytest.fixture(scope="module")
def demonstration(make_site):
    """The address of a site with the demonstration, whose results are published."""

    def demonstrate(app):
        with app.app_context():
            with writing(db.session()):
                demo.fill(db.session(), measures=3, responses=30, at=now())
            maintain.refresh(db.session())
            publish_figures(db.session, queries.last(db.session()))

    return make_site(demonstrate)


@pytest.fixture(scope="module")
def reader(address):
    """Orca in a browser that looks for the neutral site of the quick exit on this machine."""
    with desktop(elsewhere=[HOST]) as started:
        yield ScreenReader(started)


@pytest.fixture
def sign_in():
    """Fill in the sign-in by keys alone: `sign_in(reader, password)`."""

    def fill_in(reader, password):
        assert holds(reader.reach("Votre adresse"), "entry")
        reader.press("ctrl+a")
        reader.type(STAFF)
        assert holds(reader.reach("Mot de passe"), "password text")
        reader.type(password)

    return fill_in
