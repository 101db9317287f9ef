"""Trial of a round: everything works, says so, is never published, and goes with one gesture."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import snapshot_session, writing
from consultation.db.permanent_rows import TrialRefused
from consultation.decisions.models import IndicatorDecision, PlanEdition
from consultation.exports.workbook.instrument import load_instrument
from consultation.jobs import queue
from consultation.mail import outbox, rendering
from consultation.mail.kinds import kind_named
from consultation.mail.models import OutboxMessage
from consultation.operations import readiness
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import answer_comparability
from consultation.questionnaires.rounds import checklist, lifecycle, queries
from consultation.questionnaires.rounds.lifecycle import RoundState
from consultation.responses.models import Answer, Contact, Respondent, Response
from consultation.results.models import Snapshot
from consultation.results.publication import prepare, snapshot_store
from consultation.server import run
from consultation.work.services import Work
from tests.factories import make_measure
from tests.moderation.builders import make_actor
from tests.plan.pages import signed_in, text_of
from tests.questionnaires.rounds.builders import make_safe
from tests.responses.conftest import Form

RESULTS, ROUND = "/organisation/resultats", "/organisation/tours/tour-1"
TRY, END = f"{ROUND}/essayer", f"{ROUND}/terminer"


@pytest.fixture
def prepared(session):
    make_measure(session, "T7", indicators=1)
    waiting = Round(
        code="tour-1",
        title={"fr": "Première consultation"},
        opens_at=now() + timedelta(days=20),
        closes_at=now() + timedelta(days=50),
    )
    session.add(waiting)
    session.commit()
    return waiting


@pytest.fixture
def organiser(app, session, prepared):
    make_safe(app, session)
    return signed_in(app, session, "lou@association.fr", Role.ORGANISER)


def test_new_installation_on_this_machine_tries_its_round_out(session):
    first = run.prepare(session(), now(), is_local=True)

    assert lifecycle.state_of(first, now()) is RoundState.TRIAL
    assert first.is_open(now())
    assert queries.questionnaire_for(session(), first, None) is not None


def test_new_installation_at_a_public_address_opens_nothing(app, session):
    first = run.prepare(session(), now(), is_local=False)
    session.commit()

    assert lifecycle.state_of(first, now()) is RoundState.PREPARED
    assert queries.current(session(), now()) is None
    home = text_of(app.test_client().get("/"))
    assert "La consultation ouvre bientôt" in home
    assert "essai" not in home


def post(browser, address):
    """Take a step, passing over the open points that the page shows."""
    return browser.post(address, {"confirmed": "y"})


@pytest.fixture
def tried_out(organiser, session):
    assert post(organiser, TRY).status_code == 303
    session.expire_all()
    return queries.by_code(session(), "tour-1")


@pytest.fixture
def answered(app, session, prepared, tried_out):
    """The first visitor's answer, with an address that gets the acknowledgement."""
    form = Form(session, measure_in(session))
    data = form.data(email="ada@exemple.fr", consent_contact="yes")
    page = app.test_client().post(form.path, data=data, follow_redirects=True)
    assert page.status_code == 200
    return page


def measure_in(session):
    return session.scalars(sa.select(Measure)).one()


def test_trial_opens_at_once_and_keeps_the_planned_opening(tried_out, prepared):
    assert lifecycle.state_of(tried_out, now()) is RoundState.TRIAL
    assert tried_out.is_open(now())
    assert tried_out.planned_opening is not None
    assert tried_out.planned_opening > now() + timedelta(days=19)


def test_every_page_says_that_this_is_a_trial(app, answered, organiser):
    for address in ("/", "/mesures", "/mesures/T7", "/mesures/T7/contribuer", "/en/"):
        page = text_of(app.test_client().get(address))
        assert "essai" in page or "trial" in page
    assert "essai" in text_of(answered)
    assert 'class="trial"' in organiser.get("/organisation/").get_data(as_text=True)


def test_mail_of_a_trial_says_so_first(app, answered, session):
    message = session.scalars(sa.select(OutboxMessage)).one()
    kind = kind_named(message.kind)
    parameters = outbox.parameters_from(kind, message.parameters)

    letter = rendering.render(kind, "fr", [parameters], "ada@exemple.fr")

    assert letter.subject.startswith("[Essai] ")
    assert "sera effacé avant son ouverture" in letter.plain.text.replace("\n", " ")


def test_files_of_a_trial_say_so_in_name_and_title(session, tried_out):
    with snapshot_session(session()) as snapshot:
        instrument = load_instrument(snapshot, snapshot.get_one(Round, tried_out.id))

    assert instrument.round_code == "essai-tour-1"
    assert instrument.round_title == "Essai : Première consultation"


@pytest.mark.parametrize(
    "address", ["/organisation/resultats/T7/publier", "/organisation/resultats/publier"]
)
def test_nothing_of_a_trial_is_published(app, answered, organiser, session, address):
    assert "rien n'en est publié" in text_of(organiser.get(f"{RESULTS}/T7/apercu"))

    answer = organiser.post(address, {"tour": "tour-1"})

    assert answer.status_code == 409
    assert "rien n'en est publié" in text_of(answer)
    assert session.scalars(sa.select(Snapshot)).all() == []


def test_ending_the_trial_erases_all_of_it_and_prepares_the_round_again(
    answered, organiser, session, tried_out, prepared
):
    planned = tried_out.planned_opening
    answer = post(organiser, END)
    assert answer.location == ROUND

    while queue.run_due(session()):
        pass

    session.expire_all()
    again = queries.by_code(session(), "tour-1")
    assert lifecycle.state_of(again, now()) is RoundState.PREPARED
    assert (again.opens_at, again.title) == (planned, {"fr": "Première consultation"})
    assert [it.code for it in queries.latest_first(session())] == ["tour-1"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 0
    assert session.scalars(sa.select(Respondent.erased_at)).one() is not None
    texts = session.scalars(sa.select(Answer.text).where(Answer.text.is_not(None))).all()
    assert set(texts) == {"███"}
    assert 'name="tour"' not in organiser.get("/organisation/exports").get_data(as_text=True)


def test_what_was_done_in_a_trial_stays_done(app, session, organiser, answered):
    session.rollback()
    for name, details in (("backup_made", {}), ("form_previewed", {"width": "phone"})):
        with writing(session()):
            audit_log.record(session(), None, name, "tour-1", details, at=now())
    assert post(organiser, END).location == ROUND
    while queue.run_due(session()):
        pass
    session.expire_all()

    again = queries.by_code(session(), "tour-1")
    site = readiness.site_of(session(), app.config)
    done = {it.name for it in checklist.checklist(session(), again, site) if it.is_done}
    assert {"backup", "preview", "trial"} <= done


def test_nothing_is_stored_in_a_trial_that_has_ended(app, organiser, session, prepared, tried_out):
    form = Form(session, measure_in(session))
    data = form.data()
    post(organiser, END)

    page = app.test_client().post(form.path, data=data)

    assert page.status_code == 403
    assert session.scalars(sa.select(Response)).all() == []


def test_round_opens_for_good_after_its_trial(app, organiser, session, tried_out):
    post(organiser, END)
    post(organiser, f"{ROUND}/ouvrir")

    session.expire_all()
    assert lifecycle.state_of(queries.by_code(session(), "tour-1"), now()) is RoundState.OPEN
    assert "La consultation ouvre" not in text_of(app.test_client().get("/"))


def test_question_tried_out_may_mean_something_else_afterwards(organiser, session, tried_out):
    post(organiser, END)

    published = answer_comparability._load_ever_published(session())

    assert published == []


def test_open_round_is_never_ended_as_a_trial(organiser, session, prepared):
    post(organiser, f"{ROUND}/ouvrir")

    assert organiser.get(END).status_code == 303
    assert post(organiser, END).status_code == 409


def test_storage_of_snapshots_takes_none_of_a_trial(session, tried_out, answered):
    actor = make_actor(session, "nour", Role.ORGANISER)
    prepared = prepare.prepare(Work(session(), actor, now()), tried_out, 5, [None])

    with pytest.raises(TrialRefused), writing(session()):
        snapshot_store.publish(Work(session(), actor, now()), tried_out, prepared[0])


REASON = "Demandé."


def test_decision_is_refused_in_a_trial_and_its_reason_is_still_there(
    app, session, organiser, tried_out
):
    page = organiser.get("/organisation/preciser/indicateurs/T7.1")
    assert "terminez d'abord l'essai" in text_of(page)
    seen = re.search(r'name="digest"[^>]*value="(\w+)"', page.get_data(as_text=True))[1]

    answer = organiser.post(
        "/organisation/preciser/indicateurs/T7.1",
        {"digest": seen, "outcome": "amended", "reason": REASON, "label": "Places ouvertes"},
    )

    assert answer.status_code == 409
    assert "Un essai s'efface en entier" in text_of(answer)
    assert REASON in text_of(answer)
    assert 'href="/organisation/tours"' in answer.get_data(as_text=True)
    assert session.scalars(sa.select(IndicatorDecision)).all() == []


def test_edition_and_report_are_refused_in_a_trial(app, session, organiser, tried_out):
    organiser.post("/organisation/editions", {"title": "Édition d'essai"})
    organiser.post("/organisation/bilan", {"title": "Bilan d'essai"})

    for address in ("/organisation/editions/relire", "/organisation/bilan/relire"):
        page = organiser.get(address).get_data(as_text=True)
        seen = re.search(r'name="seen" value="([^"]+)"', page)
        answer = organiser.post(address, {"seen": seen[1] if seen else ""})
        assert answer.status_code == 409
        assert "un essai est en cours" in text_of(answer)

    assert app.test_client().get("/bilan/1").status_code == 404
    assert session.scalar(sa.select(PlanEdition.published_at)) is None
