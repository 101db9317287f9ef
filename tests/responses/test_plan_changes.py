"""Plan changes while a round is open: its forms follow the imported plan."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.plan import drafts
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.models import Measure
from consultation.plan.workbook import writer
from consultation.questionnaires.models import Questionnaire, Round
from consultation.questionnaires.outline.edits import add_section
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries, service
from consultation.questionnaires.rounds.lifecycle import Step
from consultation.responses import plan_changes
from consultation.responses.models import Answer, Draft
from consultation.responses.submission import acknowledgement
from consultation.server import run
from consultation.work.services import Work
from tests.factories import form_data, instrument_of, key_for, make_round, open_for_good
from tests.questionnaires.publishing_builders import edit, make_question, make_section
from tests.questionnaires.rounds.builders import organiser_of, prepare, take

pytestmark = pytest.mark.database

DAY = timedelta(days=1)


def draft(*codes):
    """A plan with these measures, each with one indicator."""
    return PlanDraft(
        axes=(AxisDraft("A1", {"fr": "Protéger"}),),
        measures=tuple(
            MeasureDraft(
                axis="A1",
                code=code,
                title={"fr": f"Mesure {code}"},
                indicators=(IndicatorDraft(code=f"{code}.1", label={"fr": "Nombre"}),),
            )
            for code in codes
        ),
    )


@pytest.fixture
def shipped(session):
    """An installation as it starts: the ten themes, and a round that is open."""
    run.prepare(session, now(), is_local=True)
    session.commit()


def live_codes(session):
    return session.scalars(
        sa.select(Measure.code).where(Measure.retired_at.is_(None)).order_by(Measure.position)
    ).all()


def test_after_loading_the_list_its_forms_are_open_and_the_themes_are_gone(session, shipped):
    codes = [str(number) for number in range(1, 61)]
    session.execute(sa.update(Measure).values(position=-Measure.position))  # told as now ordered

    loaded = plan_changes.load_plan(session, draft(*codes), now())

    assert live_codes(session) == codes
    assert loaded.publication.opened == codes
    assert loaded.removed == [f"T{number}" for number in range(10, 0, -1)]
    assert session.scalars(sa.select(Measure).where(Measure.is_shipped)).all() == []


def test_loading_twice_changes_nothing(session, shipped):
    plan_changes.load_plan(session, draft("1", "2"), now())
    forms = session.scalar(sa.select(sa.func.count()).select_from(Questionnaire))

    again = plan_changes.load_plan(session, draft("1", "2"), now())

    assert again.changes.is_empty
    assert again.removed == []
    assert again.publication.unchanged == ["1", "2", "outil"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Questionnaire)) == forms


def test_answered_theme_is_retired_and_kept(client, session, shipped):
    theme = session.scalars(sa.select(Measure).where(Measure.code == "T7")).one()
    instrument = instrument_of(session, theme)
    sent = form_data(instrument, capacity="citizen", suggestions="Oui.")
    client.post("/mesures/T7/contribuer", data=sent | {"submission_key": key_for(instrument)})

    loaded = plan_changes.load_plan(session, draft("1"), now())

    kept = session.scalars(sa.select(Measure).where(Measure.code == "T7")).one()
    assert kept.retired_at is not None
    assert "T7" not in loaded.removed
    assert client.get("/mesures/T7").status_code == 404


def test_form_of_a_theme_made_official_calls_no_indicator_an_example(client, session, shipped):
    before = client.get("/mesures/T7/contribuer").text

    with writing(session()):
        plan = writer.draft_of(session())
        official = drafts.as_official(drafts.measure_of(plan, "T7"))
        changed = drafts.put_measure(plan, official, drafts.axis_of(plan, official.axis))
        loaded = plan_changes.load_plan(session(), changed, now())

    assert "Indicateur d’exemple" in before
    assert loaded.publication.renewed == ["T7"]
    assert "Indicateur d’exemple" not in client.get("/mesures/T7/contribuer").text


def test_preview_changes_nothing(session, shipped):
    plan_changes.load_plan(session, draft("1", "2"), now())

    session.rollback()

    assert len(live_codes(session)) == 10


def retire_while(session, organiser, work):
    """Retire a measure of the plan; `work` begins once the plan has been read, in a thread."""
    with ThreadPoolExecutor(1) as pool:

        def edit_between(before):
            works.append(pool.submit(work))
            wait(works, timeout=1)
            return drafts.retire_measure(before, "T7")

        works = []
        with writing(session()):
            plan_changes.revise(Work(session(), organiser, now()), edit_between)
        works[0].result()


@pytest.mark.only("postgresql")  # on SQLite, who begins to write waits for all others
def test_plan_loaded_by_a_command_is_not_retired_by_an_edit_begun_before(app, session, shipped):
    organiser = organiser_of(session)
    session.commit()

    def load():
        with app.app_context(), writing(db.session()):
            plan_changes.load_plan(db.session(), draft("1", "2"), now())

    retire_while(session, organiser, load)

    assert live_codes(session) == ["1", "2"]


@pytest.mark.only("postgresql")  # on SQLite, who begins to write waits for all others
def test_round_announced_while_a_plan_is_loaded_asks_about_that_plan(app, session, shipped):
    organiser = organiser_of(session)
    opens_in = (queries.in_force(session, now()).closes_at - now()).days + 5
    prepare(session, organiser, now(), "tour-2", opens_in=opens_in)

    def announce():
        with app.app_context():
            take(db.session, organiser, "tour-2", Step.ANNOUNCE, now())

    with ThreadPoolExecutor(1) as pool:
        with writing(session()):
            plan_changes.load_plan(session(), draft("1", "2"), now())
            announced = pool.submit(announce)
            wait([announced], timeout=1)
        announced.result()

    forms = sa.select(Measure.code).join(Questionnaire).join(Round)
    forms = forms.where(Round.code == "tour-2", Questionnaire.closed_at.is_(None))
    assert sorted(session.scalars(forms)) == ["1", "2"]


@pytest.mark.only("postgresql")  # on SQLite, who begins to write waits for all others
def test_round_is_opened_while_the_plan_is_edited(app, session, shipped):
    organiser = organiser_of(session)
    open_for_good(session)
    take(session, organiser, "tour-1", Step.CLOSE, now())
    prepare(session, organiser, now(), "tour-2", opens_in=5)
    take(session, organiser, "tour-2", Step.ANNOUNCE, now())

    def open_it():
        with app.app_context():
            take(db.session, organiser, "tour-2", Step.OPEN, now())

    retire_while(session, organiser, open_it)

    assert queries.in_force(session, now()).is_open(now())
    assert "T7" not in live_codes(session)


def test_what_loading_changes_is_said_in_words(session, shipped):
    lines = plan_changes.describe(plan_changes.load_plan(session, draft("1", "2"), now()))

    assert any("formulaires ouverts : 1, 2" in line for line in lines)
    assert any("thèmes fournis qui disparaissent" in line for line in lines)
    assert not any("absente" in line for line in lines)  # the same ones


def test_without_an_open_round_no_form_is_published(session):
    loaded = plan_changes.load_plan(session, draft("1"), now())

    assert loaded.publication is None
    assert "Aucun tour n'est ouvert" in plan_changes.describe(loaded)[-1]


@pytest.fixture
def announced(session, shipped):
    """The round after the open one, announced already, with its forms."""
    current = queries.in_force(session, now())
    later = make_round(session, current.closes_at + DAY, current.closes_at + 30 * DAY, "tour-2")
    session.commit()
    return later


def test_announced_round_follows_the_plan_until_it_opens(client, session, shipped, announced):
    with writing(session()):
        loaded = plan_changes.load_plan(session(), draft("1", "2"), now())
        again = plan_changes.load_plan(session(), draft("1", "2"), now())

    with time_machine.travel(announced.opens_at + DAY, tick=False):
        statuses = [client.get(f"/mesures/{code}/contribuer").status_code for code in ("1", "T7")]

    assert statuses == [200, 404]
    assert (loaded.followed, again.followed) == (["tour-2"], [])
    assert "Les formulaires du tour déjà annoncé changent de même : tour-2" in "\n".join(
        plan_changes.describe(loaded)
    )


def test_section_for_some_measures_stays_when_the_plan_writes_their_code_in_another_case(
    session,
):
    with writing(session()):
        plan_changes.load_plan(session(), draft("1", "M2"), now())
    opened = make_round(session)
    code = make_question().code
    inserted = make_section("x", make_question(), measures=["M2"])
    edit(session, opened, lambda outline: add_section(outline, inserted))
    with writing(session()):
        publish.publish_outline(session(), queries.in_force(session(), now()), now())
        plan_changes.load_plan(session(), draft("1", "m2"), now())

    measure = session.scalars(sa.select(Measure).where(Measure.code == "m2")).one()
    codes = {question.code for question in instrument_of(session, measure).questions}
    current = queries.in_force(session, now())
    assert code in codes
    assert service.error_count(session, current) == 0


@pytest.mark.parametrize("intent", ["", "save"])
@pytest.mark.parametrize("is_known", [True, False])
def test_form_of_a_removed_theme_is_shown_with_what_was_typed(
    app, client, session, shipped, intent, is_known
):
    measure = session.scalars(sa.select(Measure).where(Measure.code == "T7")).one()
    instrument = instrument_of(session, measure)
    text = "Un avis longuement pesé, que l'on ne veut pas écrire deux fois."
    sent = form_data(instrument, capacity="citizen", suggestions=text)
    sent |= {"submission_key": key_for(instrument), "intent": intent}
    if is_known:  # by the process that is asked, which has given it out
        client.get("/mesures/T7/contribuer")
    with writing(session()):
        plan_changes.load_plan(session(), draft("1"), now())

    refused = client.post("/mesures/T7/contribuer", data=sent)

    assert refused.status_code == 404
    assert "Ce formulaire n’existe plus" in refused.text
    assert "Rien n’a été enregistré" in refused.text
    assert "longuement pesé" in refused.text
    assert "Envoyer de nouveau" not in refused.text


@pytest.fixture
def instrument(client, session, shipped):
    """The form of a theme, which the process has given out."""
    client.get("/mesures/T7/contribuer")
    return instrument_of(session, theme(session))


def theme(session):
    return session.scalars(sa.select(Measure).where(Measure.code == "T7")).one()


def written_on(instrument, intent=""):
    text = "Un avis longuement pesé, que l'on ne veut pas écrire deux fois."
    sent = form_data(instrument, capacity="citizen", suggestions=text)
    return sent | {"submission_key": key_for(instrument), "intent": intent}


@pytest.mark.parametrize("intent", ["", "save"])
def test_who_sends_a_form_while_its_theme_goes_is_told_so(app, client, session, instrument, intent):
    path, sent = "/mesures/T7/contribuer", written_on(instrument, intent)

    with ThreadPoolExecutor(1) as pool:
        with writing(session()):
            plan_changes.load_plan(session(), draft("1"), now())
            sending = pool.submit(client.post, path, data=sent)
            wait([sending], timeout=1)
        refused = sending.result()

    assert refused.status_code == 404
    assert "longuement pesé" in refused.text


def test_theme_stays_while_somebody_sends_on_it(app, client, session, instrument, monkeypatch):
    acknowledge = acknowledgement.enqueue

    def load():
        with app.app_context(), writing(db.session()):
            return plan_changes.load_plan(db.session(), draft("1"), now())

    with ThreadPoolExecutor(1) as pool:

        def load_between(*given, **named):
            loads.append(pool.submit(load))
            wait(loads, timeout=1)
            acknowledge(*given, **named)

        loads = []
        monkeypatch.setattr(acknowledgement, "enqueue", load_between)
        thanked = client.post("/mesures/T7/contribuer", data=written_on(instrument))
        loaded = loads[0].result()

    assert thanked.status_code == 303
    assert "T7" not in loaded.removed
    assert theme(session).retired_at is not None


@pytest.mark.parametrize("intent", ["", "save"])
def test_form_is_not_taken_for_one_that_has_its_numbers_since(client, session, shipped, intent):
    with writing(session()):  # on SQLite, the last number that was given is given again
        change(session(), lambda plan: reworded(plan, "T7"))
    client.get("/mesures/T7/contribuer")
    sent = written_on(instrument_of(session, theme(session)), intent)
    axis = writer.draft_of(session()).axes[0]
    indicators = tuple(IndicatorDraft(f"N{n}", {"fr": f"Nombre {n}"}) for n in range(6))
    other = MeasureDraft("T7", axis.code, {"fr": "Une autre mesure"}, indicators=indicators)
    with writing(session()):
        change(session(), lambda plan: drafts.retire_measure(plan, "T7"))
        change(session(), lambda plan: drafts.put_measure(plan, other, axis))

    refused = client.post("/mesures/T7/contribuer", data=sent)

    session.rollback()
    assert refused.status_code == 404
    assert session.scalars(sa.select(Answer)).all() == []
    assert session.scalars(sa.select(Draft)).all() == []


def change(session, edited):
    plan_changes.load_plan(session, edited(writer.draft_of(session)), now())


def reworded(plan, code):
    first = drafts.measure_of(plan, code).indicators[0]
    other = replace(first, label={"fr": "Autrement dit"}, reason="clarté")
    return drafts.put_indicator(plan, code, other)
