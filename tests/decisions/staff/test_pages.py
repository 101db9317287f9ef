"""Staff pages of decisions: what was said beside the decision, and every refusal with a remedy."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Account, Role, SiteSwitch, Switch
from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions import decide
from consultation.decisions.models import (
    DecisionDraft,
    DecisionOutcome,
    IndicatorChange,
    IndicatorDecision,
)
from consultation.decisions.oddities import Oddity
from consultation.moderation.models import ModeratedText, Verdict
from consultation.plan import queries
from consultation.plan.measurement import values
from consultation.plan.measurement.values import Figure, Measurement, from_json
from consultation.plan.models import MeasuredAs
from consultation.responses.models import Answer
from consultation.web.errors import OF_TRIAL
from tests.accounts.builders import Browser, make_account
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_earlier_decision,
    make_organiser,
    make_published_text,
    wording_of,
)
from tests.factories import make_round
from tests.moderation.builders import Colleague, make_actor, make_text
from tests.pages import straight
from tests.plan.forms import form_in, kept_texts

PATH = "/organisation/preciser/indicateurs/T7.1"
MISSING_PATH = "/organisation/preciser/mesures/T7"
TEXT = "Comptez les places ouvertes toute l'année."


@pytest.fixture
def staff(app, session, opened):
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    staff = Browser(app)
    staff.enter("camille@exemple.fr")
    return staff


MEANT = [it.value for it in Oddity]


def outcome_of(path, fields):
    if path.startswith(MISSING_PATH):
        return "added"
    return "amended" if "label" in fields else "kept"


def filled(staff, path=PATH, **fields):
    """The form of a page as it is displayed, with some fields filled in, and all of it meant."""
    values = {
        "outcome": outcome_of(path, fields),
        "reason": "Les contributions le demandent.",
        "confirme": MEANT,
    }
    return form_in(staff.get(path), path.partition("?")[0]) | values | fields


def box_of(session, answer_id):
    return session.get_one(ModeratedText, answer_id).public_id


def decisions(session):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(IndicatorDecision).order_by(IndicatorDecision.id)).all()


def test_decision_is_stored_with_what_it_rests_on(session, opened, staff):
    answer_id = make_published_text(session, opened, TEXT)
    fields = filled(staff, label="Places ouvertes", appui=box_of(session, answer_id))
    answer = staff.post(PATH, fields)

    assert answer.status_code == 303
    (decision,) = decisions(session)
    assert decision.change is IndicatorChange.REWORD
    assert decision.wording["label"] == {"fr": "Places ouvertes", "en": "Reserved places (T7.1)"}
    assert [row.answer_id for row in decision.basis] == [answer_id]


def test_round_of_the_address_stays_until_it_is_decided(session, opened, staff):
    answer_id = make_published_text(session, opened, TEXT)
    end = now() - timedelta(days=1)
    opened.closes_at = end
    make_round(session, opens_at=end, code="tour-2")
    session.commit()
    path = f"{PATH}?tour=tour-1"

    page = staff.get(path)
    answer = staff.post(path, form_in(page, path) | {
        "outcome": "kept", "reason": "Dit par tous.", "appui": box_of(session, answer_id),
        "confirme": MEANT,
    })  # fmt: skip

    assert 'href="/organisation/preciser?tour=tour-1"' in page.text
    assert answer.location == "/organisation/preciser/indicateurs/T7.2?tour=tour-1"
    assert len(decisions(session)[0].basis) == 1


def test_wording_left_as_it_is_keeps_the_indicator(session, opened, staff):
    staff.post(PATH, filled(staff, outcome="later"))

    (decision,) = decisions(session)
    assert (decision.change, decision.wording) == (IndicatorChange.KEEP, None)


def test_page_shows_each_text_with_a_box_and_hides_what_is_unread(session, opened, staff):
    make_published_text(session, opened, TEXT)
    hidden = make_published_text(session, opened, "Une phrase écartée.")
    text = session.get_one(ModeratedText, hidden)
    Colleague(session, make_actor(session, "relecture")).decide(text, Verdict.WITHHOLD)
    page = staff.get(PATH).text

    assert "Comptez les places ouvertes" in page
    assert "Une phrase écartée" not in page
    assert "attend d’être relu, ou a été écarté" in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"outcome": ""}, "Choisissez ce que vous décidez."),
        ({"outcome": "perhaps"}, "Choisissez ce que vous décidez."),
        ({"outcome": "taken"}, "Choisissez ce que vous décidez."),
        ({"outcome": "added"}, "Choisissez ce que vous décidez."),
        ({"outcome": "reopened"}, "Choisissez ce que vous décidez."),
        ({"outcome": "amended"}, "écrivez le nouveau texte, ou choisissez"),
        ({"outcome": "replaced"}, "son intitulé est le même"),
        ({"outcome": "replaced", "definition": "Autre"}, "son intitulé est le même"),
        ({"outcome": "kept", "label": "Autre"}, "Vous gardez l’indicateur, et son texte change"),
        ({"outcome": "kept", "unit": "places"}, "Vous gardez l’indicateur, et son texte change"),
        ({"outcome": "retired", "label": "Autre"}, "Vous retirez l’indicateur, et son texte"),
        ({"outcome": "later", "label": "Autre"}, "enregistrez le brouillon"),
        ({"reason": " "}, "les personnes qui ont répondu le liront"),
        ({"label": ""}, "Ce champ est vide"),
        ({"baseline_value": "abc"}, "ce qui se mesure"),
    ],
)
def test_refusal_says_what_to_do_and_keeps_what_was_typed(session, opened, staff, fields, sentence):
    answer = staff.post(PATH, filled(staff, note="À garder", **fields))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "À garder" in answer.text
    assert decisions(session) == []


def test_proposal_is_taken_over_into_the_wording_and_ticked(session, opened, staff):
    answer_id = make_published_text(
        session, opened, "Places ouvertes\nla nuit", code=("T7.1", "proposed_wording")
    )
    name = box_of(session, answer_id)
    answer = staff.post(PATH, filled(staff, geste=f"reprendre:{name}"))

    assert answer.status_code == 200
    assert 'value="Places ouvertes la nuit"' in answer.text
    assert re.search(rf'name="appui" value="{name}"[^>]* checked', answer.text)
    assert decisions(session) == []


def test_differences_are_shown_without_storing_anything(session, opened, staff):
    answer = staff.post(PATH, filled(staff, label="Places ouvertes", geste="relire"))

    assert "<ins>" in answer.text
    assert decisions(session) == []


def test_draft_is_kept_as_typed_and_shown_again(session, opened, staff):
    answer_id = make_published_text(session, opened, TEXT)
    fields = filled(staff, reason="", label="", geste="garder", appui=box_of(session, answer_id))
    assert staff.post(PATH, fields).status_code == 303

    page = staff.get(PATH).text
    assert "En préparation" in page
    assert re.search(rf'value="{box_of(session, answer_id)}"[^>]* checked', page)
    assert "En préparation (1)" in staff.get("/organisation/preciser").text
    staff.post(PATH, filled(staff, geste="effacer"))
    assert session.scalar(sa.select(sa.func.count(DecisionDraft.id))) == 0


def test_decision_of_another_meanwhile_is_shown_beside_what_was_typed(session, opened, staff):
    fields = filled(staff, label="Mes mots")
    other = make_organiser(session, "sacha")
    make_decision(session, other, indicator_subject(session), label="Leurs mots")
    answer = staff.post(PATH, fields)

    assert answer.status_code == 409
    assert "sacha@exemple.fr a modifié la décision entre-temps" in answer.text
    assert "Mes mots" in answer.text
    assert "Leurs mots" in answer.text
    assert len(decisions(session)) == 1
    assert staff.post(PATH, form_in(answer, PATH)).status_code == 303
    assert decisions(session)[-1].wording["label"]["fr"] == "Mes mots"


def test_indicator_retired_meanwhile_is_refused_with_the_remedy(session, opened, staff):
    fields = filled(staff)
    queries.stored_indicator(session, "T7.1").retired_at = now()
    session.commit()
    answer = staff.post(PATH, fields)

    assert answer.status_code == 409
    assert "Remettez-le" in answer.text
    assert "Les contributions le demandent." in kept_texts(answer)
    assert decisions(session) == []
    refused = staff.post(PATH, fields | {"outcome": ""})
    assert refused.status_code == 422
    assert "rien n’est enregistré" in refused.text
    assert "Les contributions le demandent." in kept_texts(refused)


def test_nothing_is_decided_while_a_round_is_tried_out(session, opened, staff):
    fields = filled(staff, note="À garder")
    opened.is_trial = True
    session.commit()
    answer = staff.post(PATH, fields)

    assert answer.status_code == 409
    assert text_of(OF_TRIAL.body) in text_of(answer.text)
    assert form_in(answer, PATH)["note"] == "À garder"
    assert decisions(session) == []


@pytest.mark.parametrize("way", ["withheld", "erased"])
def test_text_that_is_gone_is_refused_with_the_remedy(session, opened, staff, way):
    answer_id = make_published_text(session, opened, TEXT)
    fields = filled(staff, appui=box_of(session, answer_id))
    if way == "withheld":
        text = session.get_one(ModeratedText, answer_id)
        Colleague(session, make_actor(session, "relecture")).decide(text, Verdict.WITHHOLD)
    else:
        session.get_one(Answer, answer_id).text = "███"
        session.commit()
    answer = staff.post(PATH, fields)

    assert answer.status_code == 409
    assert "n’est plus lisible" in answer.text
    assert TEXT not in answer.text
    assert decisions(session) == []


def test_new_indicator_is_added_from_what_is_missing(session, opened, staff):
    answer_id = make_published_text(session, opened, "Le délai d'accueil", code="missing_indicator")
    name = box_of(session, answer_id)
    page = staff.post(MISSING_PATH, filled(staff, MISSING_PATH, geste=f"reprendre:{name}"))
    fields = form_in(page, MISSING_PATH) | {"code": "T7.9"}
    assert staff.post(MISSING_PATH, fields).status_code == 303

    (decision,) = decisions(session)
    assert (decision.code, decision.change) == ("T7.9", IndicatorChange.ADD)
    assert decision.wording["label"] == {"fr": "Le délai d'accueil"}
    assert [row.answer_id for row in decision.basis] == [answer_id]


def test_what_is_missing_may_be_declined_without_a_code(session, opened, staff):
    fields = filled(staff, MISSING_PATH, label="Budget par région", outcome="not_added")
    assert staff.post(MISSING_PATH, fields).status_code == 303

    (decision,) = decisions(session)
    assert (decision.change, decision.subject) == (
        IndicatorChange.KEEP,
        {"fr": "Budget par région"},
    )


@pytest.mark.parametrize("code", ["", "T7.1", "t7.8"])
def test_code_of_a_new_indicator_is_refused_where_it_is_taken(session, opened, staff, code):
    other = filled(staff, MISSING_PATH, label="Premier", code="T7.8")
    assert staff.post(MISSING_PATH, other).status_code == 303
    answer = staff.post(MISSING_PATH, filled(staff, MISSING_PATH, label="Second", code=code))

    assert answer.status_code == 422
    assert len(decisions(session)) == 1


def test_unpublished_addition_is_changed_by_another_decision(session, opened, staff):
    staff.post(MISSING_PATH, filled(staff, MISSING_PATH, label="Premier", code="T7.8"))
    (first,) = decisions(session)
    path = f"{MISSING_PATH}?decision={first.public_id}"
    staff.post(MISSING_PATH, filled(staff, path, label="Premier, précisé"))

    second = decisions(session)[-1]
    assert (second.supersedes_id, second.code) == (first.id, "T7.8")


def test_board_lists_what_most_want_changed_first(session, opened, staff, organiser):
    page = staff.get("/organisation/preciser").text
    assert "À décider (3)" in page

    make_decision(session, organiser, indicator_subject(session, "T4.1"))
    page = staff.get("/organisation/preciser?etat=decide").text
    assert "Décidés (1)" in page
    assert "T4.1" in page
    assert "T7.1" not in page


MEASURED = Measurement(MeasuredAs.NUMBER, baseline=Figure(12.0, "2025", "Rapport"))


def evaluate(session):
    account_id = session.scalars(sa.select(Account.id)).first()
    session.add(SiteSwitch(name=Switch.EVALUATION, since=now(), account_id=account_id))
    session.commit()


def measure(session, indicator):
    values.store(indicator.version, MEASURED, now())
    session.commit()


def place_in(page):
    """The links before and after, and the place between them."""
    nav = re.search(r'<nav class="pages" aria-label="Indicateurs.*?</nav>', page.text, re.S)
    links = re.findall(r'rel="(\w+)" href="([^"]*)"', nav[0])
    return re.search(r"<span>(.*?)</span>\s*(?:<a|</nav>)", nav[0])[1], dict(links)


def test_neighbours_in_the_list_keep_round_state_and_words(session, opened, staff, organiser):
    query = "?tour=tour-1&amp;etat=a-decider&amp;q=places"
    path = "/organisation/preciser/indicateurs/"
    page = staff.get(f"{PATH}?tour=tour-1&etat=a-decider&q=places")
    assert place_in(page) == (
        "2 sur 3", {"prev": f"{path}T4.1{query}", "next": f"{path}T7.2{query}"}
    )  # fmt: skip
    assert f'href="/organisation/preciser{query}"' in page.text
    assert f'action="{PATH}{query}"' in page.text

    make_decision(session, organiser, indicator_subject(session, "T4.1"))
    assert place_in(staff.get(PATH)) == ("1 sur 2", {"next": f"{path}T7.2"})
    assert 'rel="next"' not in staff.get(f"{PATH}?etat=publie").text, "it is not in that list"
    assert "indicateurs/T7.1" not in staff.get("/organisation/preciser?q=T7.2").text


def test_after_deciding_the_next_of_the_list_comes_then_the_list(session, opened, staff):
    kept, places = "?tour=tour-1&etat=a-decider&q=places", []
    for code in ("T7.1", "T7.2", "T7.1"):  # the last is decided anew
        path = f"/organisation/preciser/indicateurs/{code}{kept}"
        form = form_in(staff.get(path), path) | {"outcome": "kept", "reason": "Oui."}
        places.append(staff.post(path, form).location.removesuffix(kept))

    board = "/organisation/preciser"
    assert places == [f"{board}/indicateurs/T7.2", board, board]


def test_board_says_its_order(staff, opened):
    assert "la plus grande part des avis" in staff.get("/organisation/preciser").text


def test_reason_stands_before_what_is_measured(session, opened, staff):
    evaluate(session)
    page = staff.get(PATH).text

    assert page.index('id="reason"') < page.index("Unité, source") < page.index('id="measured_as"')


def test_typed_values_are_left_out_where_the_plan_is_not_evaluated(session, opened, staff):
    assert 'name="measured_as"' not in staff.get(PATH).text
    assert 'name="measured_as"' not in staff.get(MISSING_PATH).text

    form = filled(staff, label="Autrement")
    measure(session, indicator_subject(session).indicator)
    staff.post(PATH, form)
    assert from_json(decisions(session)[0].measurement) == MEASURED, "it was not asked for"

    assert 'name="measured_as"' in staff.get(PATH).text, "it holds something"
    evaluate(session)
    assert 'name="measured_as"' in staff.get(PATH.replace("T7.1", "T7.2")).text


def test_typed_values_are_unfolded_where_they_changed_or_are_refused(session, opened, staff):
    measure(session, indicator_subject(session).indicator)
    folded = r'<details class="fold">\s*<summary>Valeurs chiffrées'
    assert re.search(folded, staff.get(PATH).text)

    for value in ("13", "abc"):
        answer = staff.post(PATH, filled(staff, baseline_value=value, geste="relire"))
        assert not re.search(folded, answer.text)


@pytest.mark.parametrize(
    ("outcome", "change", "offered"),
    [
        (DecisionOutcome.TAKEN, IndicatorChange.KEEP, "kept"),
        (DecisionOutcome.NOT_TAKEN, IndicatorChange.REWORD, "amended"),
        (DecisionOutcome.OFF_TOPIC, IndicatorChange.RETIRE, "retired"),
        (DecisionOutcome.LATER, IndicatorChange.KEEP, "later"),
    ],
)
def test_unpublished_decision_of_before_is_offered_by_what_it_changes(
    session, opened, staff, organiser, outcome, change, offered
):
    about = indicator_subject(session)
    wording = wording_of(about, label="Autre") if change is IndicatorChange.REWORD else None
    make_earlier_decision(session, organiser, about, outcome, change, wording=wording)
    page = staff.get(PATH)

    assert outcome.label in page.text
    assert form_in(page, PATH)["outcome"] == offered
    assert staff.post(PATH, form_in(page, PATH)).status_code == 303
    assert decisions(session)[-1].outcome == offered


def test_draft_of_before_asks_to_choose(session, opened, staff):
    staff.post(PATH, filled(staff, geste="garder"))
    draft = session.scalars(sa.select(DecisionDraft)).one()
    draft.fields = draft.fields | {"outcome": "taken", "is_retired": True}
    session.commit()

    assert "outcome" not in form_in(staff.get(PATH), PATH)


def test_moderator_sees_neither_decisions_nor_editions(app, session, opened):
    make_account(session, "relecture@exemple.fr", Role.MODERATOR)
    staff = Browser(app)
    staff.enter("relecture@exemple.fr")

    for path in ("/organisation/preciser", PATH, MISSING_PATH, "/organisation/editions"):
        assert staff.get(path).status_code == 403


def test_decision_before_the_round_is_to_be_taken_again_once_published(
    session, opened, staff, organiser
):
    opened.opens_at = now()
    subject = indicator_subject(session, "T4.1")
    with writing(session):
        seen = decide.state_of(session, subject)
    make_decision(
        session, organiser, subject, outcome=DecisionOutcome.LATER, seen=seen,
        at=opened.opens_at.replace(year=2020),
    )  # fmt: skip

    assert "Décidés (1)" in staff.get("/organisation/preciser").text


def test_decision_on_unread_texts_is_confirmed_first(session, opened, staff):
    read = make_published_text(session, opened, TEXT)
    unread = make_text(session, opened, "Une phrase que personne n'a lue.").answer_id
    fields = {"label": "Places ouvertes", "confirme": []}

    page = staff.get(PATH).text
    assert page.count("pas encore relu") == 1
    answer = staff.post(
        PATH, filled(staff, appui=box_of(session, unread), note="À garder", **fields)
    )
    assert answer.status_code == 409
    assert text_of(Oddity.UNREAD.label) in text_of(answer.text)
    assert "À garder" in answer.text
    assert decisions(session) == []

    assert staff.post(PATH, form_in(answer, PATH)).status_code == 303
    assert staff.post(PATH, filled(staff, appui=box_of(session, read), **fields)).status_code == 303


def text_of(text):
    return straight(text)
