"""Sheets that come back together: one is stored, the other is compared anew."""

import threading
from dataclasses import replace

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.translators import importer
from consultation.translators.importer import Agreed, SheetRow
from consultation.translators.sheet import RowReference
from consultation.translators.texts import Kind
from consultation.work.services import Work
from tests.questionnaires.rounds.builders import organiser_of
from tests.translators.builders import SENDER, furnish, walk


@pytest.fixture
def actor(session):
    return organiser_of(session, "nour@association.fr")


def rows_of(session, translation):
    """The rows of a sheet on which a text of each kind is translated."""
    first = {it.kind: it for it in reversed(walk(session).listed) if not it.content.get("en")}
    rows = [
        SheetRow(RowReference.of(it, "en"), it.french, translation, is_right=False)
        for it in first.values()
        if it.kind is not Kind.MESSAGE
    ]
    subject = first[Kind.MESSAGE]
    return [*rows, replace(rows[0], reference=RowReference.of(subject, "en"))]


def test_of_two_sheets_that_are_confirmed_together_one_is_stored(app, session, actor):
    furnish(session, actor)
    sheets = [rows_of(session, it) for it in ("From one", "From the other")]
    agreed = [
        Agreed(importer.compare(Work(session(), actor, now()), rows, "en", SENDER).digest)
        for rows in sheets
    ]
    session.rollback()
    start, outcomes = threading.Barrier(2), []

    def confirm(rows, seen):
        with app.app_context():
            start.wait()
            try:
                with writing(db.session()):
                    importer.apply(Work(db.session(), actor, now()), rows, "en", SENDER, seen)
                outcomes.append(rows[0].translation)
            except StaleEdit:
                outcomes.append("stale")
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=confirm, args=pair) for pair in zip(sheets, agreed, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (stored,) = set(outcomes) - {"stale"}
    assert len(outcomes) == 2
    written = {it.content.get("en") for it in walk(session).listed}
    assert stored in written
    assert written.isdisjoint({"From one", "From the other"} - {stored})
