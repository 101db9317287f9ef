"""Stale translations: noted by every edit that changes the French alone, wherever the text is."""

from dataclasses import replace
from itertools import pairwise

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.clock import now
from consultation.collective import stale_translations
from consultation.collective.models import SiteTextKind, StaleTranslation
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.extensions import db
from consultation.invitations.mailings import drafts as mailings
from consultation.plan import drafts as plan_drafts
from consultation.plan.apply import apply
from consultation.plan.models import Measure
from consultation.plan.workbook.writer import draft_of
from consultation.questionnaires.models import RoundTextKind
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds import lifecycle
from consultation.questionnaires.rounds import service as rounds
from consultation.questionnaires.rounds import texts as round_texts
from consultation.questionnaires.rounds.texts import TextInForce
from consultation.work.services import Work
from tests.collective.builders import write_site
from tests.factories import make_measure, make_round
from tests.invitations.builders import make_draft, make_group, make_mailing
from tests.questionnaires.outline_builders import with_question
from tests.questionnaires.rounds.builders import organiser_of

FIRST = {"fr": "Un", "en": "One"}
SECOND = {"fr": "Deux", "en": "One"}
THIRD = {"fr": "Trois", "en": "One"}
NOTICE = RoundTextKind.NOTICE


@pytest.fixture
def organiser(session):
    return organiser_of(session)


def earlier(session, text, tag="en"):
    return stale_translations.load(session()).french_of(text, tag)


@pytest.mark.parametrize(
    ("versions", "french"),
    [
        ([FIRST], None),
        ([None, FIRST], None),
        ([FIRST, SECOND], "Un"),
        ([FIRST, SECOND, THIRD], "Un"),
        ([FIRST, SECOND, FIRST], None),
        ([FIRST, SECOND, FIRST, SECOND], "Un"),
        ([FIRST, SECOND, {"fr": "Deux", "en": "Two"}], None),
        ([FIRST, SECOND, {"fr": "Deux"}], None),
        ([FIRST, SECOND, {"fr": "Deux"}, SECOND], None),
        ([{"fr": " ", "en": "One"}, FIRST], None),
        ([FIRST, {"fr": " ", "en": "One"}], None),
    ],
)
def test_translation_is_stale_where_the_french_alone_changed(session, versions, french):
    with writing(session()):
        for before, after in pairwise(versions):
            stale_translations.note(session(), [(before, after)])

    assert earlier(session, versions[-1]) == french


def test_translation_that_is_still_right_is_stale_again_by_the_next_change(session):
    with writing(session()):
        stale_translations.note(session(), [(FIRST, SECOND)])
        assert stale_translations.confirm(session(), SECOND, "en")
        assert not stale_translations.confirm(session(), SECOND, "en")
        assert earlier(session, SECOND) is None
        stale_translations.note(session(), [(SECOND, THIRD)])

    assert earlier(session, THIRD) == "Deux"


def test_text_of_the_site_is_noted(session, organiser):
    write_site(session, organiser, SiteTextKind.HOST, **FIRST)
    write_site(session, organiser, SiteTextKind.HOST, 1, **SECOND)

    assert earlier(session, SECOND) == "Un"


def test_text_and_title_of_a_round_are_noted(session, organiser):
    round_ = make_round(session)
    session.commit()
    work = Work(session(), organiser, now())
    with writing(session()):
        round_texts.write(work, round_, TextInForce(NOTICE, FIRST, 0))
        round_texts.write(work, round_, TextInForce(NOTICE, SECOND, 1))
        draft = lifecycle.draft_of(round_)
        title = {"fr": "La consultation", "en": draft.title["en"]}
        rounds.change(work, round_.code, replace(draft, title=title), draft.digest)

    assert earlier(session, SECOND) == "Un"
    assert earlier(session, title) == "Première consultation"


def test_shipped_text_of_a_round_whose_french_alone_is_adapted_is_noted(session, organiser):
    round_ = make_round(session)
    session.commit()
    shipped = round_texts.in_force(session(), round_, "x@exemple.fr")[RoundTextKind.HOME_TITLE]
    adapted = shipped.content | {"fr": "Qui dira si le plan avance ?"}
    with writing(session()):
        text = TextInForce(RoundTextKind.HOME_TITLE, adapted, 0)
        round_texts.write(Work(session(), organiser, now()), round_, text)

    assert earlier(session, adapted) == shipped.content["fr"]


def test_question_is_noted_and_stays_so_when_changes_are_discarded(session):
    round_ = make_round(session)
    session.commit()
    with writing(session()):
        for label in (FIRST, SECOND):
            store.change(session(), round_, lambda it, label=label: labelled(it, label), now())
        store.freeze(session(), round_, now())
        store.change(session(), round_, lambda it: labelled(it, {"fr": "Deux", "en": "Two"}), now())
        assert earlier(session, {"fr": "Deux", "en": "Two"}) is None
        store.discard(session(), round_)

    assert store.working(session(), round_).question("reason").label == SECOND
    assert earlier(session, SECOND) == "Un"


def labelled(outline, label):
    return with_question(outline, "reason", label=label)


def test_axis_measure_and_indicator_are_noted(session):
    make_measure(session, "T7")
    session.commit()
    with writing(session()):
        before = draft_of(session())
        measure = plan_drafts.measure_of(before, "T7")
        indicator = replace(measure.indicators[0], label=measure.indicators[0].label | {"fr": "L"})
        put = plan_drafts.put_measure(
            before,
            replace(measure, title=measure.title | {"fr": "M"}),
            replace(before.axes[0], title=before.axes[0].title | {"fr": "A"}),
        )
        apply(session(), plan_drafts.put_indicator(put, "T7", indicator), now())
    after = draft_of(session())

    assert earlier(session, after.axes[0].title) == "Thèmes du suivi"
    assert earlier(session, after.measures[0].title) == "Hébergement spécialisé"
    assert earlier(session, after.measures[0].indicators[0].label) == "Places réservées (T7.1)"
    assert earlier(session, after.measures[0].indicators[1].label) is None


def test_message_is_noted(session, organiser):
    round_, group = make_round(session), make_group(session)
    session.commit()
    mailing = make_mailing(session, round_, group, subject_en="Your opinion on the plan")
    draft = mailings.draft_of(mailing)
    subject = draft.subject | {"fr": "Un autre objet"}
    with writing(session()):
        work = Work(session(), organiser, now())
        mailings.change(work, mailing, replace(draft, subject=subject), draft.digest)

    assert earlier(session, subject) == make_draft(group).subject["fr"]


def test_migration_notes_what_versions_know_and_goes_down_and_up(app, session, organiser):
    write_site(session, organiser, SiteTextKind.HOST, **FIRST)
    write_site(session, organiser, SiteTextKind.HOST, 1, **SECOND)
    write_site(session, organiser, SiteTextKind.HOST, 2, **THIRD)
    write_site(session, organiser, SiteTextKind.PUBLISHER, fr="Un", en="Another")
    make_measure(session, "T7", indicators=1)
    session.commit()
    with writing(session()):
        before = draft_of(session())
        measure, indicator = plan_drafts.indicator_of(before, "T7.1")
        reworded = replace(indicator, label=indicator.label | {"fr": "L"})
        apply(session(), plan_drafts.put_indicator(before, measure.code, reworded), now())
    held = dict(session.execute(sa.select(StaleTranslation.digest, StaleTranslation.french)).all())
    session.remove()
    config = upgrade.config_for(db.engine)

    command.downgrade(config, "0065")
    assert not sa.inspect(db.engine).has_table("stale_translation")
    command.upgrade(config, "head")

    listed = session.execute(sa.select(StaleTranslation.digest, StaleTranslation.french)).all()
    assert earlier(session, THIRD) == "Un"
    assert earlier(session, reworded.label) == "Places réservées (T7.1)"
    assert set(listed) <= set(held.items())
    assert len(listed) == 2
    assert session.scalars(sa.select(Measure.code)).all() == ["T7"]
