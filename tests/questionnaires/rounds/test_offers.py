"""Offers of rounds: the languages that organisers choose, and what keeps a form from one."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import AuditEvent, Role
from consultation.db.base import writing
from consultation.i18n import LOCALES
from consultation.questionnaires.models import Round, RoundText, RoundTextKind
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import forms, lifecycle, offers, queries, service
from consultation.questionnaires.rounds.lifecycle import RoundRefused, Step
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.factories import make_measure, make_round
from tests.pages import visible_text
from tests.questionnaires.form_reader import fields_of
from tests.questionnaires.publishing_builders import changed, edit
from tests.questionnaires.rounds.builders import (
    NOON,
    change,
    draft_of,
    organiser_of,
    prepare,
    take,
    typed,
)

DAY = timedelta(days=1)
ROOM = "/organisation/tours"
LANGUAGES = "/organisation/site/langues"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def organiser(session):
    return organiser_of(session, "nour@association.fr")


@pytest.fixture
def staff(app, session):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    staff = Browser(app)
    staff.enter("lou@association.fr")
    return staff


@pytest.fixture
def opened(session):
    """An open round whose questions are all translated."""
    make_measure(session, "T7")
    made = make_round(session, NOON - DAY, NOON + 10 * DAY)
    session.commit()
    return made


def choose(session, made, languages):
    made.languages = languages
    session.commit()


def bare(outline):
    """The outline with a required question in French alone."""
    return changed(outline, "capacity", label={"fr": "Qui êtes-vous ?"})


def states(session, made):
    return [
        (it.tag, it.is_chosen, it.is_made, [each.code for each in it.hindering], it.waits)
        for it in offers.offers_of(session(), made)
    ]


# What is stored.


def test_round_has_all_languages_of_the_site_until_some_are_chosen(session, organiser):
    prepared = prepare(session, organiser)
    assert (prepared.languages, prepared.locales) == (None, LOCALES)

    change(session, organiser, "tour-1", languages=[])
    assert (prepared.languages, prepared.locales) == (["fr"], ("fr",))
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "round_changed")).one()
    assert event.details["fields"] == ["languages"]

    change(session, organiser, "tour-1", languages=["en", "fr", "en"])
    assert prepared.languages is None


@pytest.mark.parametrize("step", [Step.ANNOUNCE, Step.OPEN, Step.CLOSE])
def test_languages_change_whatever_the_state(session, organiser, step, noon):
    make_measure(session, "T7")
    prepared = prepare(session, organiser)
    take(session, organiser, "tour-1", Step.OPEN if step is Step.CLOSE else step)
    at = NOON + DAY
    if step is Step.CLOSE:
        take(session, organiser, "tour-1", step, at)

    change(session, organiser, "tour-1", at, languages=[])

    assert prepared.languages == ["fr"]


@pytest.mark.parametrize("tags", [["xx"], ["en", "../.."], ["EN"], ["e\x00n"], ["en" * 5000]])
def test_what_is_no_language_of_the_site_is_refused(tags):
    with pytest.raises(RoundRefused) as refused:
        draft_of(typed(NOON + DAY, NOON + 2 * DAY, languages=tags))

    assert "n'est pas une langue du site" in refused.value.errors["languages"]


def test_language_that_the_site_has_no_more_breaks_nothing_and_stays(session, organiser):
    prepared = prepare(session, organiser)
    choose(session, prepared, ["fr", "xx", "en"])
    assert prepared.locales == ("fr", "en")

    change(session, organiser, "tour-1", title="Un autre titre")
    assert prepared.languages == ["fr", "xx", "en"]
    assert forms.values_of(lifecycle.draft_of(prepared))["languages"] == ["en"]


def test_next_round_begins_with_the_languages_of_the_last(session, opened, organiser):
    choose(session, opened, ["fr"])
    assert forms.next_round(session(), NOON)["languages"] == []

    opened.closes_at = NOON - timedelta(hours=1)
    session.commit()
    with writing(session()):
        made = service.choose_to_open(session(), NOON, NOON + DAY)

    assert made.languages == ["fr"]


def test_trial_leaves_its_languages_to_the_round_that_follows(session, organiser):
    make_measure(session, "T7")
    prepared = prepare(session, organiser)
    choose(session, prepared, ["fr"])
    take(session, organiser, "tour-1", Step.TRY_OUT)

    with writing(session()):
        _trial, following = service.end_trial(Work(session(), organiser, NOON), "tour-1")

    assert following.languages == ["fr"]


# What is offered.


def test_language_is_offered_once_it_is_chosen_whole_and_published(session, opened):
    assert states(session, opened) == [("en", True, True, [], False)]

    edit(session, opened, bare)
    assert states(session, opened) == [("en", True, True, [], False)]
    publish.publish_outline(session, opened, NOON)
    session.commit()
    assert states(session, opened) == [("en", True, False, ["capacity"], False)]

    edit(session, opened, lambda it: changed(it, "capacity", label={"fr": "Qui ?", "en": "Who?"}))
    assert states(session, opened) == [("en", True, False, [], True)]

    choose(session, opened, ["fr"])
    assert states(session, opened) == [("en", False, False, [], False)]


def test_rounds_that_are_over_are_listed_where_there_are_no_others(session, opened, organiser):
    assert [it.round.code for it in offers.by_language(session(), NOON)["en"]] == ["tour-1"]
    prepare(session, organiser, NOON, "tour-2", opens_in=30)
    listed = offers.by_language(session(), NOON + 15 * DAY)["en"]
    assert [it.round.code for it in listed] == ["tour-2"]
    listed = offers.by_language(session(), NOON + 99 * DAY)["en"]
    assert [it.round.code for it in listed] == ["tour-2"]


def test_page_of_languages_says_what_each_round_offers(staff, session, opened):
    title = f"« {opened.title['fr']} » :"
    assert f"{title} le formulaire se propose dans cette langue" in text_of(staff, LANGUAGES)

    edit(session, opened, bare)
    publish.publish_outline(session, opened, NOON)
    session.commit()
    page = text_of(staff, LANGUAGES)
    assert f"{title} le formulaire ne s'ouvre qu'en français tant que ne sont pas" in page
    assert "traduites « Qui êtes-vous ? »" in page

    edit(session, opened, lambda it: changed(it, "capacity", label={"fr": "Qui ?", "en": "Who?"}))
    assert "Publiez-les pour que le formulaire se propose" in text_of(staff, LANGUAGES)

    choose(session, opened, ["fr"])
    assert f"{title} ce tour n'a pas cette langue. Choisir ses langues" in text_of(staff, LANGUAGES)


def test_page_of_a_round_says_its_languages_and_what_is_to_do(staff, session, opened):
    opened.announced_at = None
    session.commit()
    address = f"{ROOM}/tour-1"
    assert "Langues français, anglais En anglais" in text_of(staff, address)
    assert "Les formulaires se proposent en français et en anglais." in text_of(staff, address)

    edit(session, opened, bare)
    publish.publish_outline(session, opened, NOON)
    session.commit()
    page = text_of(staff, address)
    assert "Langues français Pas encore en anglais 1 question obligatoire à traduire" in page
    assert "Questions obligatoires à traduire : 1 en anglais" in page

    choose(session, opened, ["fr"])
    page = text_of(staff, address)
    assert "Ce tour pose ses questions en français seulement." in page
    assert "En anglais" not in page


def test_to_do_of_an_open_round_names_the_languages_that_it_is_not_offered_in(
    staff, session, opened
):
    lacking = "Le formulaire n'est pas encore proposé en anglais"
    assert lacking not in text_of(staff, "/organisation/")

    edit(session, opened, bare)
    publish.publish_outline(session, opened, NOON)
    session.commit()

    assert f"{lacking} Voir ce qui manque" in text_of(staff, "/organisation/")
    assert "Questions obligatoires à traduire : 1 en anglais" in text_of(staff, f"{ROOM}/tour-1")
    choose(session, opened, ["fr"])
    assert lacking not in text_of(staff, "/organisation/")


def text_of(staff, address):
    return visible_text(staff.get(address))


# The form, and what it does with texts in other languages.


def test_form_ticks_the_languages_and_refuses_others(staff, session, opened):
    address = f"{ROOM}/tour-1/modifier"
    fields = fields_of(staff.get(address), "seen")
    assert fields["languages"] == ["en"]

    refused = staff.post(address, fields | {"languages": "xx"})
    assert refused.status_code == 422
    assert "une langue du site : cochez celles de la liste" in visible_text(refused)

    staff.post(address, {name: it for name, it in fields.items() if name != "languages"})
    session.rollback()
    assert session.scalars(sa.select(Round.languages)).one() == ["fr"]
    assert "languages" not in fields_of(staff.get(address), "seen")


def test_who_saw_other_languages_sees_both(staff, session, opened):
    address = f"{ROOM}/tour-1/modifier"
    fields = fields_of(staff.get(address), "seen")
    choose(session, opened, ["fr"])

    stale = staff.post(address, fields)

    assert stale.status_code == 409
    assert 'id="languages-stored"' in stale.text
    session.rollback()
    assert session.scalars(sa.select(Round.languages)).one() == ["fr"]


def test_texts_in_a_language_that_the_round_has_not_are_kept_unseen(staff, session, opened):
    choose(session, opened, ["fr"])
    address = f"{ROOM}/tour-1/textes/introduction"
    text = {"fr": "Bonjour", "en": "Hello\n\nthere"}
    session.add(
        RoundText(
            round_id=opened.id,
            kind=RoundTextKind.HOME_LEAD,
            number=1,
            content=text,
            written_at=NOON,
        )
    )
    session.commit()

    page = staff.get(address)
    assert '<input type="hidden" name="en"' in page.text
    assert "En anglais" not in visible_text(page)
    assert "à traduire" not in text_of(staff, f"{ROOM}/tour-1/textes")
    staff.post(address, fields_of(page, "number") | {"fr": "Bonsoir"})

    session.rollback()
    last = session.scalars(sa.select(RoundText).where(RoundText.number == 2)).one()
    assert last.content == {"fr": "Bonsoir", "en": "Hello there"}  # it is one line


def test_translation_that_lost_its_french_is_displayed_again(staff, session, opened):
    choose(session, opened, ["fr"])
    address = f"{ROOM}/tour-1/textes/titre"
    fields = fields_of(staff.get(address), "number")
    assert fields["en"]

    refused = staff.post(address, fields | {"fr": ""})

    assert refused.status_code == 422
    assert "En anglais" in visible_text(refused)


def test_title_in_a_language_that_was_just_ticked_is_displayed(staff, session, opened):
    choose(session, opened, ["fr"])
    address = f"{ROOM}/tour-1/modifier"
    page = staff.get(address)
    assert "Titre, en anglais" not in visible_text(page)

    refused = staff.post(address, fields_of(page, "seen") | {"languages": "en", "title": ""})

    assert "Titre, en anglais" in visible_text(refused)
    assert queries.by_code(session(), "tour-1").languages == ["fr"]
