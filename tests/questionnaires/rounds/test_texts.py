"""Round texts: versions are only added, defaults until then, no script ever."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from werkzeug.datastructures import MultiDict

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.i18n import LOCALES
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round, RoundText, RoundTextKind
from consultation.questionnaires.rounds import texts
from consultation.questionnaires.rounds.default_texts import SENDER, SHIPPED, shipped
from consultation.questionnaires.rounds.forms import TextForm
from consultation.questionnaires.rounds.texts import TextInForce
from consultation.responses.models import Respondent
from consultation.responses.submission import context
from consultation.web import markdown
from consultation.work.services import Work
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round
from tests.questionnaires.rounds.builders import organiser_of

SENDER_ADDRESS = "collectif@exemple.fr"
HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)> [un lien](javascript:alert(3))"


@pytest.fixture
def organiser(session):
    return organiser_of(session)


@pytest.fixture
def consultation_round(session):
    make_measure(session, "T7")
    made = make_round(session)
    session.commit()
    return made


def write(session, actor, kind, number=0, at=None, **content):
    with writing(session()):
        consultation_round = session.scalars(sa.select(Round)).one()
        text = TextInForce(kind, content, number)
        return texts.write(Work(session(), actor, at or now()), consultation_round, text)


def filled(kind, **fields):
    """Return the form of a text, validated."""
    form = TextForm(MultiDict({"fr": "", "en": "", **fields}), kind=kind)
    form.validate()
    return form


def test_text_is_that_which_ships_until_one_is_written(session, organiser, consultation_round):
    before = texts.in_force(session, consultation_round, SENDER_ADDRESS)

    written = write(session, organiser, RoundTextKind.HOME_TITLE, fr="Notre titre")

    after = texts.in_force(session, consultation_round, SENDER_ADDRESS)
    assert before["home_title"].content["en"].startswith("How will we know")
    assert before["home_title"].number == 0
    assert SENDER_ADDRESS in before["notice"].content["fr"]
    assert written == 1
    assert after["home_title"].content == {"fr": "Notre titre"}
    assert after["home_title"].lacking == ["en"]
    assert after["notice"] == before["notice"]


def test_version_is_added_and_the_earlier_ones_stay(session, organiser, consultation_round):
    write(session, organiser, RoundTextKind.NOTICE, fr="Un", en="One")
    write(session, organiser, RoundTextKind.NOTICE, 1, fr="Deux")

    versions = texts.versions(Work(session, organiser), consultation_round, RoundTextKind.NOTICE)

    assert [(it.number, it.content["fr"]) for it in versions] == [(2, "Deux"), (1, "Un")]
    assert {it.writer for it in versions} == {organiser.email}


def test_same_text_makes_no_version(session, organiser, consultation_round):
    write(session, organiser, RoundTextKind.NOTICE, fr="Un")

    assert write(session, organiser, RoundTextKind.NOTICE, 1, fr="Un") is None


def test_who_adapted_an_older_version_does_not_overwrite(session, organiser, consultation_round):
    write(session, organiser, RoundTextKind.NOTICE, fr="Un")

    with pytest.raises(StaleEdit, match="ce texte"):
        write(session, organiser, RoundTextKind.NOTICE, 0, fr="Deux")

    assert session.scalars(sa.select(RoundText.content)).all() == [{"fr": "Un"}]


@pytest.mark.parametrize("kind", RoundTextKind)
def test_text_has_french_and_a_length(kind):
    too_long = "x" * (texts.LONGEST[kind] + 1)

    without_french = filled(kind, fr=" ", en="Hello")
    long = filled(kind, fr="Oui", en=too_long)

    assert "français" in without_french.errors["fr"][0]
    assert "dépasse de 1" in long.errors["en"][0]


def test_only_what_follows_the_introduction_may_say_nothing():
    more, notice = filled(RoundTextKind.HOME_MORE), filled(RoundTextKind.NOTICE)

    assert (more.errors, more.content) == ({}, {"fr": texts.NOTHING})
    assert "fr" in notice.errors


def test_what_ships_is_written_in_both_languages():
    for kind, content in SHIPPED.items():
        assert set(content) in (set(LOCALES), set()), kind
    notice_texts = shipped(RoundTextKind.NOTICE, SENDER_ADDRESS)
    assert all(SENDER not in text for text in notice_texts.values())
    for text in notice_texts.values():
        html = markdown.blocks(text)
        assert f'<a href="mailto:{SENDER_ADDRESS}"' in html
        assert html.count("<h2>") == 6
        assert '/mentions-legales" rel' in html
        assert '/contributions/retrouver" rel' in html
        assert html.count("<li>") == 3


def test_public_pages_say_what_the_round_says(client, session, organiser, consultation_round):
    assert "À quoi verra-t-on que le plan contre la traite avance" in client.get("/").text
    assert "How will we know" in client.get("/en/").text
    assert "Nous demandons peu" in client.get("/donnees-personnelles").text
    assert "We ask for little" in client.get("/en/donnees-personnelles").text

    write(session, organiser, RoundTextKind.HOME_TITLE, fr="Notre titre", en="Our title")
    write(session, organiser, RoundTextKind.HOME_LEAD, fr="Une **intro**.")
    write(session, organiser, RoundTextKind.HOME_MORE, fr="- un\n- deux")
    write(session, organiser, RoundTextKind.NOTICE, fr="## Notre notice")

    home, english = client.get("/").text, client.get("/en/").text
    assert "<h1>Notre titre</h1>" in home
    assert "Une <strong>intro</strong>." in home
    assert "<li>deux</li>" in home
    assert "<h1>Our title</h1>" in english
    assert '<p class="lead" lang="fr">Une <strong>' in english
    page = client.get("/donnees-personnelles").text
    assert "<h2>Notre notice</h2>" in page
    assert "version tour-1/1" in page
    assert '<div class="prose" lang="fr">' in client.get("/en/donnees-personnelles").text


@pytest.mark.parametrize("kind", RoundTextKind)
def test_hostile_texts_never_run_on_public_pages(
    client, session, organiser, consultation_round, kind
):
    content = filled(kind, fr=HOSTILE).content
    write(session, organiser, kind, **content)

    for address in ("/", "/en/", "/donnees-personnelles", "/en/donnees-personnelles"):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert 'href="javascript' not in page
    html = "/donnees-personnelles" if kind is RoundTextKind.NOTICE else "/"
    assert "&lt;script&gt;alert(1)" in client.get(html).text


def test_closed_round_without_more_to_say_shows_no_empty_block(
    client, session, organiser, consultation_round
):
    write(session, organiser, RoundTextKind.HOME_MORE, fr="Un texte")
    write(session, organiser, RoundTextKind.HOME_MORE, 1, fr=texts.NOTHING)

    assert '<div class="prose">' not in client.get("/").text


def submit(client, form, key):
    return client.post(
        "/mesures/T7/contribuer",
        data=form_data(form, capacity="citizen", suggestions="Oui") | {"submission_key": key},
    )


def test_response_keeps_the_version_that_its_form_was_given_out_under(
    client, session, organiser, consultation_round
):
    form = instrument_of(session, session.scalars(sa.select(Measure)).one())
    shipped_key = key_for(form)
    write(session, organiser, RoundTextKind.NOTICE, fr="Un", at=now() + timedelta(seconds=30))

    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        assert submit(client, form, shipped_key).status_code == 303

    assert session.scalars(sa.select(Respondent.notice_version)).all() == [context.SHIPPED_NOTICE]


def test_response_names_the_round_and_the_number_of_its_notice(
    client, session, organiser, consultation_round
):
    before = now() - timedelta(hours=1)
    write(session, organiser, RoundTextKind.NOTICE, fr="Un", at=before)
    write(session, organiser, RoundTextKind.NOTICE, 1, fr="Deux", at=before)
    form = instrument_of(session, session.scalars(sa.select(Measure)).one())

    assert submit(client, form, key_for(form)).status_code == 303

    assert session.scalars(sa.select(Respondent.notice_version)).all() == ["tour-1/2"]


def test_longest_name_of_a_version_fits_its_column():
    assert len(context.notice_name("x" * 14, 99_999)) <= 20
