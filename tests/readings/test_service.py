"""Readings: noted of a page as it is, told as changed once it says something else, removed."""

import dataclasses
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.collective.models import SiteTextKind
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round, RoundText, RoundTextKind
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish
from consultation.readings import catalogue, png, queries, service
from consultation.readings.models import PageReading, ReadablePage, ReadingLogo
from consultation.readings.pages import PAGES, PageKey, digest_of
from consultation.readings.queries import ReadingState
from consultation.work.services import Work
from tests.collective.builders import write_site
from tests.factories import make_measure, make_round
from tests.questionnaires.publishing_builders import changed
from tests.questionnaires.rounds.builders import organiser_of
from tests.readings.builders import TAG, image, note, sources
from tests.results.publishing_builders import answer_many
from tests.results.publishing_builders import publish as publish_figures

EASY = {"fr": "Un texte.", TAG: "Un texte facile."}


@pytest.fixture
def round_(session):
    make_measure(session)
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def actor(session, round_):
    return organiser_of(session, "nour@association.fr")


def state_of(session, page, code=""):
    session.rollback()
    return queries.row_of(sources(session), PageKey(TAG, page, code)).state


def write_round(session, kind):
    def write(_actor):
        row = session.scalars(sa.select(Round)).one()
        session.add(RoundText(round_id=row.id, kind=kind, number=1, content=EASY, written_at=now()))
        session.commit()

    return write


def write_measure(session):
    def write(_actor):
        session.scalars(sa.select(Measure)).one().title = EASY
        session.commit()

    return write


def publish_question(session):
    def write(_actor):
        row = session.scalars(sa.select(Round)).one()
        with writing(session()):
            store.change(session, row, lambda it: changed(it, "stance", label=EASY), now())
            publish.publish_outline(session, row, now())

    return write


def write_help(session):
    return lambda actor: write_site(session, actor, SiteTextKind.HELP, **{"fr": "…", TAG: "Facile"})


def publish_results(session):
    def write(_actor):
        row = session.scalars(sa.select(Round)).one()
        answer_many(session, row, "T7", (12, {("T7.1", "stance"): "keep"}, {}))
        publish_figures(session, row)

    return write


@pytest.mark.parametrize(
    ("page", "code", "write"),
    [
        (ReadablePage.HOME, "", lambda it: write_round(it, RoundTextKind.HOME_LEAD)),
        (ReadablePage.MEASURES, "", write_measure),
        (ReadablePage.FORM, "T7", publish_question),
        (ReadablePage.FORM, "outil", publish_question),
        (ReadablePage.HELP, "", write_help),
        (ReadablePage.DATA, "", lambda it: write_round(it, RoundTextKind.NOTICE)),
        (ReadablePage.RESULTS, "", publish_results),
    ],
)
def test_reading_is_of_a_text_and_of_no_other(session, actor, page, code, write):
    if (page, code) == (ReadablePage.FORM, "outil"):
        write = write_tool
    before = state_of(session, page, code)
    note(session, actor, page, code)
    noted = state_of(session, page, code)
    write(session)(actor)

    assert before is ReadingState.NEVER
    assert noted is ReadingState.READ
    assert state_of(session, page, code) is ReadingState.CHANGED
    note(session, actor, page, code, replaced=str(session.scalars(sa.select(PageReading.id)).one()))
    assert state_of(session, page, code) is ReadingState.READ


def write_tool(session):
    def write(_actor):
        row = session.scalars(sa.select(Round)).one()
        code = next(
            question.code
            for section in store.working(session, row).sections
            for question in section.questions
            if section.is_for(None)
        )
        with writing(session()):
            store.change(session, row, lambda it: changed(it, code, label=EASY), now())
            publish.publish_outline(session, row, now())

    return write


def test_other_pages_and_other_languages_change_nothing(session, actor):
    note(session, actor, ReadablePage.RECEIPT)
    note(session, actor, ReadablePage.HELP)
    write_round(session, RoundTextKind.NOTICE)(actor)
    write_site(session, actor, SiteTextKind.HELP, fr=" ", en="In English.")

    assert state_of(session, ReadablePage.RECEIPT) is ReadingState.READ
    assert state_of(session, ReadablePage.HELP) is ReadingState.READ


@pytest.mark.parametrize("page", [ReadablePage.HOME, ReadablePage.MEASURES, ReadablePage.HELP])
def test_closing_of_a_round_changes_what_pages_say(session, round_, page):
    later = dataclasses.replace(sources(session), at=round_.closes_at + timedelta(seconds=1))
    key = PageKey(TAG, page)

    assert digest_of(sources(session), key) != digest_of(later, key)


@pytest.mark.parametrize("page", PAGES)
def test_texts_that_ship_are_read_with_the_page(monkeypatch, session, round_, page):
    code = "T7" if page is ReadablePage.FORM else ""
    key = PageKey(TAG, page, code)
    before = digest_of(sources(session), key)
    shipped = catalogue.texts_of(TAG, PAGES[page].templates, PAGES[page].modules)
    monkeypatch.setattr(catalogue, "texts_of", lambda *_of: [*shipped[1:], "Autre chose."])

    assert "Aide" in shipped
    assert len(shipped) > 60
    assert digest_of(sources(session), key) != before


def test_texts_that_ship_are_those_of_the_language():
    page = PAGES[ReadablePage.RESULTS]
    easy = catalogue.texts_of(TAG, page.templates, page.modules)
    french = catalogue.texts_of("fr", page.templates, page.modules)

    assert "Nous cachons les petits nombres, pour protéger les personnes." in easy
    assert "Les petits nombres sont masqués." in french
    assert any(it.startswith("Asile") or it.startswith("asile") for it in easy)


def test_who_is_late_is_told_so_and_writes_nothing(session, actor):
    note(session, actor, ReadablePage.HELP, readers="Karim")

    with pytest.raises(StaleEdit) as stale:
        note(session, actor, ReadablePage.HELP, readers="Sophie")

    assert stale.value.by == "nour@association.fr"
    assert session.scalars(sa.select(PageReading.readers)).all() == ["Karim"]


def test_text_that_changed_since_it_was_displayed_is_not_noted_as_read(session, actor):
    key = PageKey(TAG, ReadablePage.HELP)
    read = queries.NewReading("Karim", now().date(), "0" * 64, "")

    with pytest.raises(StaleEdit), writing(session()):
        service.note(Work(session(), actor, now()), sources(session), key, read)

    assert session.scalars(sa.select(PageReading)).all() == []


def test_removed_reading_leaves_no_name(session, actor):
    note(session, actor, ReadablePage.HOME, readers="Karim")
    identifier = session.scalars(sa.select(PageReading.id)).one()
    work = Work(session(), actor, now())

    with writing(session()):
        other = service.remove(work, "en", identifier)
        removed = service.remove(work, TAG, identifier)
        again = service.remove(work, TAG, identifier)

    assert (other, removed, again) == (False, True, False)
    assert state_of(session, ReadablePage.HOME) is ReadingState.NEVER
    events = session.scalars(sa.select(AuditEvent)).all()
    assert {"page_read", "page_reading_removed"} <= {it.action for it in events}
    assert not any("Karim" in str(it.details) for it in events)


def test_form_that_is_no_longer_given_keeps_a_reading_to_remove(session, actor, round_):
    note(session, actor, ReadablePage.FORM, "T7")
    session.scalars(sa.select(Measure)).one().retired_at = now()
    session.commit()
    with writing(session()):
        publish.publish(session, session.merge(round_), now())

    *others, last = queries.rows(sources(session), TAG)

    assert (last.state, last.key.code, last.reading.readers) == ("gone", "T7", "Karim et Ana")
    assert {it.state for it in others} == {"never"}


@pytest.mark.parametrize(
    ("page", "code"),
    [(ReadablePage.FORM, ""), (ReadablePage.FORM, "T9"), (ReadablePage.HELP, "T7")],
)
def test_no_other_page_is_there(session, round_, page, code):
    assert state_of(session, page, code) is ReadingState.GONE


def test_logo_is_put_replaced_and_removed(session, actor):
    work, first, second = Work(session(), actor, now()), image(), image(width=100)
    with writing(session()):
        service.put_logo(work, TAG, png.accept(first), "Un logo", "")
    before = queries.readings(session()).logos[TAG]
    with writing(session()):
        service.put_logo(work, TAG, png.accept(second), "Un autre", before.public_id)
    (stored,) = session.scalars(sa.select(ReadingLogo)).all()

    assert (before.alternative, before.width, before.height) == ("Un logo", 64, 48)
    assert queries.logo_by_name(session(), before.public_id) is None
    assert queries.logo_by_name(session(), stored.public_id).content == second
    assert (stored.size, stored.alternative) == (len(second), "Un autre")
    with writing(session()):
        assert not service.remove_logo(work, TAG, before.public_id)
        assert service.remove_logo(work, TAG, stored.public_id)
        assert not service.remove_logo(work, TAG, stored.public_id)
    assert queries.readings(session()).logos == {}
