"""Every kind of closed question has public figures, or words that say why it has none."""

import datetime
import re

import pytest

from consultation.accounts.models import Role
from consultation.db.base import writing
from consultation.questionnaires.models import Destination, QuestionKind, Questionnaire, Section
from consultation.results.models import Snapshot
from consultation.results.tallies import maintain
from tests.exports.builders import add_question, form_of
from tests.factories import make_round
from tests.pages import main_text
from tests.results.publishing_builders import answer_many, publish, signed_in
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import settings as settings

JUDGES, POLICE = {"capacity": "justice"}, {"capacity": "police"}
PAGE = "/resultats/T7"


@pytest.fixture
def opened(session, measure):
    """A round that asks, of the measure, one question of each kind that is not in every form."""
    opened = make_round(session)
    form = form_of(session, opened, "T7")
    add_question(session, form, "ready", QuestionKind.YES_NO, "yes", "no")
    add_question(
        session, form, "read", QuestionKind.YES_NO, "yes", "no", settings={"statement": True}
    )
    add_question(session, form, "needs", QuestionKind.MULTIPLE_CHOICE, "beds", "staff", "money")
    add_question(
        session, form, "why", QuestionKind.MULTIPLE_CHOICE, "law", "time", is_required=True
    )
    add_question(session, form, "places", QuestionKind.NUMBER, label="Combien de places ?")
    add_question(session, form, "since", QuestionKind.DATE)
    add_question(
        session, form, "followed", QuestionKind.MATRIX, "well", "badly",
        settings={"rows": [{"code": "delay", "label": {"fr": "Le délai"}},
                           {"code": "cost", "label": {"fr": "Le coût"}}]},
    )  # fmt: skip
    add_question(session, form, "first", QuestionKind.RANKING, "law", "time", "beds")
    session.commit()
    return opened


def question_in(content, code):
    return next(one for one in content["questions"] if one["code"] == code)


def counts(content, code):
    return {value["code"]: value["count"] for value in question_in(content, code)["values"]}


def test_yes_and_no_are_counted_and_a_statement_has_no_no(session, opened, measure):
    answer_many(
        session, opened, "T7",
        (8, {"ready": "yes", "read": "yes"}, JUDGES), (7, {"ready": "no"}, JUDGES),
    )  # fmt: skip

    told = publish(session, opened, measure.id).public

    assert counts(told, "ready") == {"yes": 8, "no": 7, "": 0}
    assert counts(told, "read") == {"yes": 8, "": 7}


def test_each_of_several_choices_is_counted_by_itself_and_hidden_with_who_did_not(
    session, opened, measure
):
    answer_many(
        session, opened, "T7",
        (9, {"needs": ["beds", "staff"]}, JUDGES), (11, {"needs": ["staff"]}, JUDGES),
        (2, {"needs": ["money"]}, POLICE), (3, {}, POLICE),
    )  # fmt: skip

    told = publish(session, opened, measure.id).public

    assert told["responses"] == 25
    assert counts(told, "needs") == {"beds": 9, "staff": 20, "money": None}
    assert question_in(told, "needs")["is_several"] is True


def test_shares_of_several_choices_are_of_all_contributions(client, session, opened, measure):
    answer_many(session, opened, "T7", (15, {"needs": ["beds", "staff"]}, JUDGES), (5, {}, JUDGES))
    publish(session, opened, measure.id)

    page = main_text(client.get(PAGE))

    assert "Beds 15 75 % Staff 15 75 % Money 0 0 %" in page
    assert "Plusieurs réponses étaient possibles" in page


def test_required_choice_is_not_told_by_capacity(session, opened, measure):
    both = {"needs": ["beds"], "why": ["law"]}
    answer_many(session, opened, "T7", (15, both, JUDGES), (20, both, POLICE))

    told = publish(session, opened, measure.id).public

    rows = {row["code"]: row["counts"] for row in question_in(told, "needs")["by_capacity"]}
    assert rows["justice"] == [15, 0, 0]
    assert question_in(told, "why")["by_capacity"] == []
    assert counts(told, "why") == {"law": 35, "time": 0}


def test_required_choice_is_hidden_whole(session, opened, measure):
    answer_many(
        session, opened, "T7", (20, {"why": ["law"]}, JUDGES), (3, {"why": ["time"]}, JUDGES)
    )

    told = publish(session, opened, measure.id).public

    assert counts(told, "why") == {"law": None, "time": None}
    both, time = {"why": ["law", "time"]}, {"why": ["time"]}
    answer_many(session, opened, "T7", (9, both, JUDGES), (9, time, JUDGES))
    assert counts(publish(session, opened, measure.id).public, "why") == {"law": 29, "time": 21}


def test_row_of_a_matrix_is_counted_and_hidden_by_itself(client, session, opened, measure):
    answer_many(
        session, opened, "T7",
        (9, {"followed": {"delay": "well", "cost": "badly"}}, JUDGES),
        (11, {"followed": {"delay": "badly"}}, JUDGES), (2, {"followed": {"cost": "well"}}, POLICE),
        (7, {"followed": {"delay": "well", "cost": "badly"}}, POLICE), (6, {}, POLICE),
    )  # fmt: skip

    content = publish(session, opened, measure.id).public

    assert counts(content, "followed.delay") == {"well": 16, "badly": 11, "": 8}
    cost = counts(content, "followed.cost")
    assert cost["well"] is None
    assert None in (cost["badly"], cost[""]), "their sum would tell it"
    assert question_in(content, "followed.cost")["label"] == {"fr": "Question followed – Le coût"}
    table = client.get(f"{PAGE}/followed.delay.json").json
    assert [column["code"] for column in table["columns"]] == ["well", "badly", ""]


def test_ranking_is_given_by_points_and_by_first_places(client, session, opened, measure):
    answer_many(
        session, opened, "T7",
        (9, {"first": ["law", "time"]}, JUDGES), (6, {"first": ["time", "law", "beds"]}, JUDGES),
        (8, {}, JUDGES),
    )  # fmt: skip

    content = publish(session, opened, measure.id).public

    ranking = question_in(content, "first")["ranking"]
    # Of 3 points: 9 × 3 + 6 × 2, 9 × 2 + 6 × 3, 6 × 1, each by 15.
    assert ranking == {"points": {"law": 2.6, "time": 2.4, "beds": 0.4}, "most": 3}
    assert counts(content, "first") == {"law": 9, "time": 6, "beds": 0, "": 8}
    page = main_text(client.get(PAGE))
    assert "Law 2,6 points sur 3 Time 2,4 points sur 3 Beds 0,4 points sur 3" in page
    assert question_in(content, "first")["statistics"] is None


@pytest.mark.parametrize(
    ("few", "why"),
    [
        (["beds", "law"], "few put it first"),
        (["law", "beds"], "few gave it any place"),
    ],
)
def test_points_are_hidden_where_they_would_tell_what_a_few_did(
    client, session, opened, measure, few, why
):
    answer_many(session, opened, "T7", (9, {"first": ["law"]}, JUDGES), (2, {"first": few}, JUDGES))

    content = publish(session, opened, measure.id).public

    assert question_in(content, "first")["ranking"] is None, why
    assert "L'ordre est masqué" in main_text(client.get(PAGE))


def test_numbers_and_dates_are_said_not_to_be_public(client, session, opened, measure):
    answer_many(
        session, opened, "T7", (9, {"places": 4127, "since": datetime.date(2019, 3, 7)}, JUDGES)
    )
    publish(session, opened, measure.id)

    page = main_text(client.get(PAGE))
    files = client.get(f"{PAGE}.json").text

    assert "même regroupées. Combien de places" in page
    assert "4127" not in page + files
    assert "2019" not in page + files


def test_what_was_asked_after_another_answer_is_said_not_to_be_public(
    app, client, session, opened, measure
):
    form = form_of(session, opened, "T7")
    only_if_ready = {"question": "ready", "any_of": ["yes"]}
    add_question(
        session, form, "how", QuestionKind.SINGLE_CHOICE, "alone", "together",
        label="De quelle façon ?", condition=only_if_ready,
    )  # fmt: skip
    answer_many(
        session, opened, "T7",
        (20, {"ready": "yes", "how": "alone"}, JUDGES), (2, {"ready": "no"}, JUDGES),
        (6, {}, JUDGES),
    )  # fmt: skip
    maintain.refresh(session())

    told = publish(session, opened, measure.id).public

    assert counts(told, "ready") == {"yes": 20, "no": None, "": None}
    assert "how" not in [one["code"] for one in told["questions"]]
    assert {one["code"]: one["reason"] for one in told["unpublished"]} == {
        "places": "kind", "since": "kind", "how": "condition",
    }  # fmt: skip
    page = main_text(client.get(PAGE))
    assert re.search(r"n.a donc pas de chiffre public\. De quelle façon", page)
    assert client.get(f"{PAGE}/how.csv").status_code == 404
    team = main_text(signed_in(app, session, Role.ORGANISER).get("/organisation/resultats/T7"))
    assert "Alone 20" in team


def test_condition_of_an_earlier_version_counts_too(session, opened, measure):
    form = form_of(session, opened, "T7")
    add_question(
        session, form, "how", QuestionKind.YES_NO, "yes", "no",
        condition={"question": "ready", "any_of": ["yes"]},
    )  # fmt: skip
    later = Questionnaire(
        round_id=opened.id, measure_id=measure.id, version=2, title=form.title, digest="-",
        published_at=form.published_at,
        sections=[Section(code="more", position=1, title={"fr": "Suite"})],
    )  # fmt: skip
    form.closed_at = form.published_at
    session.add(later)
    session.flush()
    add_question(session, later, "how", QuestionKind.YES_NO, "yes", "no")
    session.commit()

    told = publish(session, opened, measure.id).public

    assert "ready" in [one["code"] for one in told["questions"]]
    assert "how" not in [one["code"] for one in told["questions"]]


def test_territory_asked_of_some_only_has_no_figure(client, session, opened, measure):
    form = form_of(session, opened, "T7")
    territory = next(it for it in form.questions if it.destination is Destination.TERRITORY)
    territory.condition = {"question": "ready", "any_of": ["yes"]}
    answer_many(session, opened, "T7", (9, {"ready": "yes"}, JUDGES | {"territory": "corse"}))

    told = publish(session, opened, measure.id).public

    assert list(told["sides"]) == ["capacity"]
    assert "condition" in [one["reason"] for one in told["unpublished"]]
    assert client.get(PAGE).status_code == 200


def test_files_of_several_choices_have_a_column_for_each(client, session, opened, measure):
    answer_many(session, opened, "T7", (9, {"needs": ["beds"]}, JUDGES), (6, {}, JUDGES))
    publish(session, opened, measure.id)

    lines = client.get(f"{PAGE}/needs.csv").data.decode("utf-8-sig").splitlines()
    table = client.get(f"{PAGE}/needs.json").json

    assert lines[0].split(";")[5:10] == ["Libellé", "Beds", "Staff", "Money", "Licence"]
    assert lines[1].split(";")[5:9] == ["Ensemble", "9", "0", "0"]
    assert [column["code"] for column in table["columns"]] == ["beds", "staff", "money"]


def test_question_coded_as_the_table_of_a_side_has_files_of_its_own(
    client, session, opened, measure
):
    form = form_of(session, opened, "T7")
    add_question(session, form, "territoires", QuestionKind.MULTIPLE_CHOICE, "nord", "sud")
    answer_many(session, opened, "T7", (9, {"territoires": ["nord"]}, JUDGES), (6, {}, JUDGES))
    publish(session, opened, measure.id)

    page = client.get(PAGE).text

    assert f'href="{PAGE}/question.territoires.json?tour=tour-1"' in page
    table = client.get(f"{PAGE}/question.territoires.json").json
    assert [column["code"] for column in table["columns"]] == ["nord", "sud"]
    sides = client.get(f"{PAGE}/territoires.json").json
    assert [column["code"] for column in sides["columns"]] == ["responses"]


def test_team_sees_every_kind_as_it_stands(app, session, opened):
    answer_many(session, opened, "T7", (2, {"needs": ["beds"], "ready": "yes"}, JUDGES))
    maintain.refresh(session())
    organiser = signed_in(app, session, Role.ORGANISER)

    page = main_text(organiser.get("/organisation/resultats/T7"))

    assert "Beds 2" in page
    assert "Oui 2" in page or "Yes 2" in page


def test_long_label_takes_several_lines_of_its_chart(client, session, opened, measure):
    label = "Des places d'hébergement réservées, sécurisées et connues des seuls services"
    option = next(
        one for one in form_of(session, opened, "T7").questions if one.code == "needs"
    ).options[0]
    option.label = {"fr": label}
    session.commit()
    answer_many(session, opened, "T7", (9, {"needs": ["beds"]}, JUDGES), (8, {}, JUDGES))
    publish(session, opened, measure.id)

    page = client.get(PAGE).text.replace("’", "'")
    chart = page[: page.index("</svg>", page.index("Des places d'hébergement réservées"))]
    drawn = chart[chart.rindex("<svg") :]

    lines = re.findall(r'<text y="(\d+)">([^<]+)</text>', drawn)[:2]
    assert " ".join(text for _, text in lines) == label
    assert [int(y) for y, _ in lines] == [15, 35]
    assert 'height="164"' in drawn


def test_what_an_earlier_version_published_is_shown_as_it_was(client, session, opened, measure):
    answer_many(session, opened, "T7", (9, {"ready": "yes"}, JUDGES))
    snapshot = session.get(Snapshot, publish(session, opened, measure.id).id)
    old = {key: value for key, value in snapshot.public.items() if key != "unpublished"}
    for one in old["questions"]:
        del one["is_several"]
    old["questions"] = [one for one in old["questions"] if one["code"] not in ("needs", "why")]
    with writing(session()):
        session.get(Snapshot, snapshot.id).public = dict(old)

    page = client.get(PAGE)

    assert page.status_code == 200
    assert "Plusieurs réponses" not in page.text
    assert "pas de chiffre public" not in page.text
