"""The crossed tables, compared with counts made in SQL."""

import pytest
import sqlalchemy as sa

from consultation.exports.selection import Agreement, Selection
from consultation.exports.workbook.instrument import Group, load_instrument
from consultation.exports.workbook.sheets import crosstabs
from consultation.exports.workbook.statistics import figures_of, modality_count
from consultation.questionnaires.models import QuestionKind
from consultation.results.tallies import maintain
from consultation.results.tallies.queries import QuestionTally
from tests.exports.builders import SENT, add_question, form_of, respond, reword
from tests.exports.reading import cells_of, make, records_of
from tests.factories import make_measure, make_round

NAME = "Tableaux croisés"


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    return make_round(session)


def rows_of(made, **wanted):
    return [
        row
        for row in records_of(made.path, NAME)
        if all(row[header] == value for header, value in wanted.items())
    ]


def sheet_of(session, opened, *codes):
    instrument = load_instrument(session, opened)
    return crosstabs.sheet(instrument, figures_of(session, instrument, codes), codes)


def crossed(session, opened, code):
    sheet = sheet_of(session, opened, code)
    return [dict(zip(sheet.headers(), row, strict=True)) for row in sheet.rows()]


def test_row_tells_how_many_of_each_capacity_and_territory_chose_it(session, opened, tmp_path):
    keeps = {("T7.1", "stance"): "keep"}
    respond(session, opened, "T7", keeps, territory="corse")
    respond(session, opened, "T7", keeps, capacity="police", territory="corse")
    respond(session, opened, "T7", {("T7.1", "stance"): "drop"})

    made = make(session, opened, tmp_path)

    stances = {"Indicateur": "T7.1", "Question (code)": "stance"}
    kept, amended, *_ = rows_of(made, **stances)
    assert (kept["Mesure"], kept["Question"], kept["Réponse proposée"]) == (
        "T7",
        "Avis",
        "Le garder",
    )
    assert (kept["Réponses à la question"], kept["Total"], kept["Part"]) == (3, 2, 0.6667)
    assert (kept["Qualité : Justice"], kept["Qualité : Police ou gendarmerie"]) == (1, 1)
    assert (kept["Territoire : Corse"], kept["Territoire : Non précisé"]) == (2, 0)
    assert (amended["Total"], amended["Part"]) == (0, 0)
    (dropped,) = rows_of(made, **stances, **{"Réponse proposée (code)": "drop"})
    assert dropped["Territoire : Non précisé"] == 1


def test_notes_are_counted_by_thirds_and_no_opinion_apart(session, opened, tmp_path):
    for note in (1, 3, 4, 7, 9, 9, "none"):
        respond(session, opened, "T7", {("T7.1", "relevance"): note})

    made = make(session, opened, tmp_path)

    rows = rows_of(made, Indicateur="T7.1", **{"Question (code)": "relevance"})
    assert {row["Réponse proposée"]: row["Total"] for row in rows} == {
        "notes de 1 à 3": 2,
        "notes de 4 à 6": 1,
        "notes de 7 à 9": 3,
        "je ne sais pas": 1,
    }
    assert {row["Réponses à la question"] for row in rows} == {7}


def test_standing_is_of_the_measure_and_nobody_s_answers_are_zeros(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "started"})

    made = make(session, opened, tmp_path)

    rows = rows_of(made, Mesure="T7", **{"Question (code)": "standing"})
    assert {row["Réponse proposée"]: row["Total"] for row in rows if row["Total"]} == {"Engagée": 1}
    assert [row["Indicateur"] for row in rows] == [None] * len(rows)
    elsewhere = rows_of(made, Mesure="T8", **{"Question (code)": "standing"})
    assert [row["Total"] for row in elsewhere] == [0] * len(rows)
    assert {row["Part"] for row in elsewhere} == {None}


def test_versions_of_an_indicator_are_counted_together(session, opened, tmp_path):
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"})
    reword(session, opened, "T7.1", "Places ouvertes")
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"})

    made = make(session, opened, tmp_path)

    kept = {"Indicateur": "T7.1", "Réponse proposée (code)": "keep"}
    assert [row["Total"] for row in rows_of(made, **kept)] == [2]


def test_chosen_questions_of_every_kind_of_choice_can_be_crossed(session, opened):
    form = form_of(session, opened, "T7")
    add_question(session, form, "ready", QuestionKind.YES_NO, "yes", "no")
    add_question(session, form, "means", QuestionKind.MULTIPLE_CHOICE, "law", "money", "people")
    steps = {"minimum": 0, "maximum": 2}
    add_question(session, form, "effort", QuestionKind.SCALE, "none", settings=steps)
    respond(session, opened, "T7", {"ready": "no", "means": ["money", "law"], "effort": 2})
    respond(session, opened, "T7", {"ready": "yes", "means": ["law"], "effort": "none"})

    ready, means, effort = (crossed(session, opened, code) for code in ("ready", "means", "effort"))

    assert [(row["Réponse proposée"], row["Total"]) for row in ready] == [("Yes", 1), ("No", 1)]
    assert [(row["Réponse proposée (code)"], row["Total"], row["Part"]) for row in means] == [
        ("law", 2, 1),
        ("money", 1, 0.5),
        ("people", 0, 0),
    ]
    assert {row["Réponses à la question"] for row in means} == {2}
    assert [(row["Réponse proposée"], row["Total"]) for row in effort] == [
        ("note 0", 0),
        ("note 1", 0),
        ("note 2", 1),
        ("None", 1),
    ]


def test_free_texts_and_numbers_are_never_crossed(session, opened):
    sheet = sheet_of(session, opened, "suggestions", "reason")

    assert list(sheet.rows()) == []


def test_only_what_counts_and_was_agreed_to_is_crossed(session, opened, tmp_path):
    answers = {("T7.1", "stance"): "keep"}
    first = respond(session, opened, "T7", answers)
    respond(session, opened, "T7", answers, revises=first)
    respond(session, opened, "T7", answers, withdrawn_at=SENT)
    respond(session, opened, "T7", answers, consent_named=True)

    everybody = make(session, opened, tmp_path)
    named = make(session, opened, tmp_path, selection=Selection(agreement=Agreement.NAMED))

    kept = {"Indicateur": "T7.1", "Réponse proposée (code)": "keep"}
    assert [row["Total"] for row in rows_of(everybody, **kept)] == [2]
    assert [row["Total"] for row in rows_of(named, **kept)] == [1]


def test_totals_are_those_of_a_plain_count_in_sql(session, opened, tmp_path):
    for n in range(12):
        answers = {
            ("T7.1", "stance"): ("keep", "amend", "drop")[n % 3],
            ("T7.2", "feasibility"): n % 9 + 1,
            "standing": ("started", "done")[n % 2],
        }
        capacity = ("justice", "police", "citizen")[n % 3]
        respond(session, opened, "T7", answers, capacity=capacity, territory=(None, "corse")[n % 2])

    made = make(session, opened, tmp_path)

    plain = session.execute(
        sa.text(
            "SELECT question.code, count(*) FROM answer JOIN question"
            " ON question.id = answer.question_id GROUP BY question.code"
        )
    )
    by_question = {}
    for row in records_of(made.path, NAME):
        capacities = sum(row[header] for header in row if header.startswith("Qualité"))
        territories = sum(row[header] for header in row if header.startswith("Territoire"))
        assert row["Total"] == capacities == territories
        code = row["Question (code)"]
        by_question[code] = by_question.get(code, 0) + row["Total"]
    assert {code: total for code, total in by_question.items() if total} == dict(plain.all())


def test_what_is_kept_counted_and_what_is_counted_now_give_the_same_sheets(
    session, opened, tmp_path
):
    for number, stance in enumerate(["keep", "keep", "amend", "drop"] * 5):
        capacity, organisation = ("justice", "police")[number % 2], f"Association {number % 3}"
        answers = {("T7.1", "stance"): stance, ("T7.1", "relevance"): 1 + 8 * (number % 2)}
        respond(session, opened, "T7", answers, capacity=capacity, organisation=organisation)
    session.commit()
    counted = make(session, opened, tmp_path / "counted")

    maintain.refresh(session)
    respond(session, opened, None, {"tool_method": 3})
    kept = make(session, opened, tmp_path / "kept")

    assert maintain.waiting(session) != []
    for sheet in ("Indicateurs", "Tableaux croisés", "Désaccords"):
        assert cells_of(kept.path, sheet)[sheet] == cells_of(counted.path, sheet)[sheet], sheet


def test_what_came_in_since_it_was_counted_is_in_the_workbook(session, opened, tmp_path):
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"})
    session.commit()
    maintain.refresh(session)
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"})

    made = make(session, opened, tmp_path)

    stance = {"Indicateur": "T7.1", "Question (code)": "stance"}
    (kept, *_) = rows_of(made, **stance)
    assert kept["Total"] == 2


class Looked(list):
    """Questions that count how often somebody goes through them."""

    times = 0

    def __iter__(self):
        self.times += 1
        return super().__iter__()


def test_questions_of_a_code_are_gone_through_once_however_many_cells_there_are(session, opened):
    groups = load_instrument(session, opened).groups(about_indicators=True)
    relevance = next(group for group in groups if group.code == "relevance")
    group = Group(Looked(relevance.questions))

    for _ in range(50):
        assert modality_count(group, QuestionTally(3, {"8": 2, "9": 1}), "7-9") == 3

    assert group.questions.times == 1
