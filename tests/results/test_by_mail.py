"""A mail ticks nothing: it moves no public figure but the number of mails."""

import re

import pytest

from consultation.accounts.models import Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.inbox import decisions
from consultation.inbox.models import State
from consultation.questionnaires.kinds import Value
from consultation.responses import transcription
from consultation.responses.transcription import Part
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.inbox.builders import bring_in_one
from tests.invitations.builders import Browser, text_of
from tests.results.publishing_builders import answer_many, publish
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import opened as opened
from tests.results.publishing_builders import settings as settings

STANCE = ("T7.1", "stance")
JUDGES, POLICE = {"capacity": "justice"}, {"capacity": "police"}
NOT_OF_FORMS = ("taken_at", "responses_by_mail")


@pytest.fixture
def by_mail(app, session, opened):
    """Turn as many letters, each of somebody else, into contributions; return these."""
    account_id = make_account(session, "tri@exemple.fr", Role.MODERATOR)
    actor = StaffActor(account_id, "tri@exemple.fr", frozenset({Role.MODERATOR}))
    numbers = iter(range(1000))

    def run(count):
        made = []
        for number in (next(numbers) for _ in range(count)):
            letter = bring_in_one(
                session, app, f"Idée {number}", subject=f"Lettre {number}",
                sender=f"Jeanne <jeanne{number}@exemple.fr>",
            )  # fmt: skip
            form = next(one for one in transcription.forms(session, now()) if one.code == "T7")
            with writing(session):
                made += decisions.convert(
                    Work(session, actor, now()),
                    letter.public_id,
                    [Part(form, "Une idée.")],
                    seen=State.WAITING,
                )
        return made

    return run


def of_forms(snapshot):
    return {key: value for key, value in snapshot.public.items() if key not in NOT_OF_FORMS}


def test_mails_move_no_other_public_figure(session, opened, measure, by_mail):
    """Else whoever knows that they tick nothing could take them away from « no answer »."""
    answer_many(
        session, opened, "T7",
        (9, {STANCE: "keep"}, JUDGES), (3, {STANCE: "drop"}, POLICE), (4, {}, POLICE),
    )  # fmt: skip
    before = publish(session, opened, measure.id)

    by_mail(6)
    after = publish(session, opened, measure.id)

    assert before.public["responses"] == 16
    assert of_forms(after) == of_forms(before)
    assert (before.public["responses_by_mail"], after.public["responses_by_mail"]) == (0, 6)


def test_mail_that_answers_choices_counts_as_a_form(session, opened, measure, app):
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    account_id = make_account(session, "tri2@exemple.fr", Role.MODERATOR)
    actor = StaffActor(account_id, "tri2@exemple.fr", frozenset({Role.MODERATOR}))
    form = next(one for one in transcription.forms(session, now()) if one.code == "T7")
    instrument = transcription.indicators_of(session, form)
    stance = instrument.questions[0]
    answers = [(stance, Value(option_id=stance.option("drop").id))]
    for number in range(5):
        letter = bring_in_one(session, app, sender=f"Jeanne <jeanne{number}@exemple.fr>")
        part = Part(form, "", answers)
        with writing(session):
            decisions.convert(
                Work(session, actor, now()), letter.public_id, [part], seen=State.WAITING
            )

    shown = publish(session, opened, measure.id).public

    assert (shown["responses"], shown["responses_by_mail"]) == (14, 0)


def test_few_mails_are_hidden_and_their_number_moves_by_no_fewer(session, opened, measure, by_mail):
    by_mail(4)
    assert publish(session, opened, measure.id).public["responses_by_mail"] is None

    by_mail(5)
    assert publish(session, opened, measure.id).public["responses_by_mail"] == 9

    by_mail(4)
    assert publish(session, opened, measure.id).public["responses_by_mail"] == 9

    by_mail(1)
    assert publish(session, opened, measure.id).public["responses_by_mail"] == 14


def test_who_wrote_a_mail_and_then_fills_in_the_form_counts_by_the_form(
    session, opened, measure, by_mail
):
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    written = by_mail(6)
    for one in written[:5]:
        respond(session, opened, "T7", {STANCE: "keep"}, revises=one)
    session.commit()

    shown = publish(session, opened, measure.id).public

    assert (shown["responses"], shown["responses_by_mail"]) == (14, None)


def test_page_says_in_both_languages_that_mails_are_in_no_table(
    app, session, opened, measure, by_mail
):
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)
    visitor = Browser(app)
    assert "courriel, en plus" not in text_of(visitor.get("/resultats/T7"))

    by_mail(6)
    publish(session, opened, measure.id)
    french = " ".join(text_of(visitor.get("/resultats/T7")).split())
    english = " ".join(text_of(visitor.get("/en/resultats/T7")).split())

    listed = " ".join(text_of(visitor.get("/resultats")).split())
    assert "9 contributions, et 6 par courriel" in listed
    assert re.search(r"<dt>par courriel, en plus</dt><dd>6</dd>", french)
    assert "comptés dans aucun des tableaux" in french
    assert re.search(r"<dt>by email, besides</dt><dd>6</dd>", english)
    assert "counted in none of the tables" in english


def test_figures_of_before_mails_were_counted_apart_are_still_shown(
    app, session, opened, measure, by_mail
):
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    snapshot = publish(session, opened, measure.id)
    with writing(session()):
        snapshot.public = {k: v for k, v in snapshot.public.items() if k != "responses_by_mail"}
        snapshot.figures = {k: v for k, v in snapshot.figures.items() if k != "by_mail"}

    assert "courriel, en plus" not in text_of(Browser(app).get("/resultats/T7"))
    by_mail(6)
    assert publish(session, opened, measure.id).public["responses_by_mail"] == 6
