"""A matrix and a ranking from the page to the disk, and back to who sent them."""

import re

import pytest
import sqlalchemy as sa

from consultation.questionnaires.models import Option
from consultation.responses.models import Answer, Draft
from tests.factories import make_round
from tests.pages import main_text
from tests.questionnaires.outline_builders import with_grids
from tests.responses.conftest import Form, hidden

pytestmark = pytest.mark.database

SENT = {"followed-delai": "oui", "followed-cout": "non", "first-accueil": "1", "first-donnees": "2"}
IN_FRENCH = ["Le délai : Oui", "Le coût : Non", "1. Accueil", "2. Donnees"]


@pytest.fixture
def form(session, measure):
    make_round(session, outline=with_grids())
    session.commit()
    return Form(session, measure)


def chosen(form, **more):
    """The fields of what is chosen, by the name of the question and the code of the line."""
    answers = {}
    for name, value in (SENT | more).items():
        code, _dash, line = name.partition("-")
        answers[f"{form.name(code)}-{line}"] = value
    return answers


def stored(session):
    session.rollback()
    rows = session.execute(
        sa.select(Answer.row_code, Option.code, Answer.rank)
        .join(Option, Option.id == Answer.option_id)
        .where(sa.or_(Answer.row_code != "", Answer.rank.is_not(None)))
        .order_by(Answer.id)
    )
    return [tuple(row) for row in rows]


def test_lines_are_stored_once_with_their_row_or_their_rank(client, session, form):
    sent = form.data() | chosen(form)

    for _time in range(2):
        assert client.post(form.path, data=sent).status_code == 303

    assert stored(session) == [
        ("delai", "oui", None),
        ("cout", "non", None),
        ("", "accueil", 1),
        ("", "donnees", 2),
    ]


@pytest.mark.parametrize(
    "second",
    [
        {"row_code": "delai"},
        {"rank": 1},
    ],
)
def test_database_keeps_one_answer_to_a_row_and_one_option_at_a_rank(client, session, form, second):
    client.post(form.path, data=form.data() | chosen(form))
    session.rollback()
    first = session.scalars(
        sa.select(Answer).filter_by(**{"row_code": ""} | second).order_by(Answer.id)
    ).first()
    other = sa.select(Option.id).where(
        Option.question_id == first.question_id, Option.id != first.option_id
    )
    session.add(
        Answer(
            response_id=first.response_id,
            question_id=first.question_id,
            option_id=session.scalars(other.order_by(Option.id.desc())).first(),
            **second,
        )
    )

    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_tie_comes_back_with_its_sentence_and_what_was_chosen(client, session, form):
    page = client.post(form.path, data=form.data() | chosen(form, **{"first-donnees": "1"}))

    assert page.status_code == 422
    assert "La place 1 est donnée à « Donnees » et « Accueil »" in main_text(page)
    name = form.name("first")
    assert f'href="#{name}"' in page.text
    select = page.text[page.text.index(f'id="{name}-donnees"') :].split("</select>")[0]
    assert '<option value="1" selected>' in select
    row = form.name("followed") + "-delai-oui"
    assert re.search(rf'id="{row}"[^>]* checked', page.text)
    assert stored(session) == []


def test_receipt_space_and_copy_say_it_in_words(client, session, form):
    sent = form.data(email="jeanne@exemple.fr") | chosen(form)
    receipt = client.post(form.path, data=sent, follow_redirects=True)
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", receipt.text)[1])

    for path in ("/contributions/", "/contributions/copie"):
        page = main_text(client.get(path))
        assert [label for label in IN_FRENCH if label not in page] == []
    copy = client.get("/contributions/copie.json").json["responses"][0]["answers"]
    values = {answer["question"]: answer["values"] for answer in copy}
    assert values["followed"][0] == {"value": "oui", "label": "Oui", "row": "Le délai"}
    assert values["first"][1] == {"value": "donnees", "label": "Donnees", "rank": 2}


def test_correction_opens_with_what_was_sent_and_a_draft_keeps_it(client, session, form):
    receipt = client.post(
        form.path, data=form.data(email="j@exemple.fr") | chosen(form), follow_redirects=True
    )
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", receipt.text)[1])
    path = "/contributions/mesures/T7"
    page = client.get(path)
    assert re.search(rf'id="{form.name("followed")}-cout-non"[^>]* checked', page.text)

    later = chosen(form, **{"first-accueil": "", "first-donnees": "1", "followed-cout": "oui"})
    fields = {name: hidden(page, name) for name in ("submission_key", "draft_revision")}
    client.post(path, data=form.data() | fields | later | {"intent": "save"})

    session.rollback()
    assert '"first.1"' not in session.scalars(sa.select(Draft)).one().fields
    again = client.get(path).text
    assert re.search(rf'id="{form.name("followed")}-cout-oui"[^>]* checked', again)
    select = again[again.index(f'id="{form.name("first")}-donnees"') :].split("</select>")[0]
    assert '<option value="1" selected>' in select
    client.post(path, data=form.data() | fields | later)
    assert ("cout", "oui", None) in stored(session)
    changes = main_text(client.get("/contributions/"))
    assert "1. Donnees" in changes


def test_form_is_offered_in_english(client, session, form):
    page = main_text(client.get(f"/en{form.path}"))

    assert "The delay" in page
    assert "no place" in page
