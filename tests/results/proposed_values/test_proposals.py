"""Proposed values: what may be used of the consultation, taken over or set aside by a person."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.moderation.models import AsideReason, ModeratedText, ResponseSetAside, TextState
from consultation.plan import queries as plan_queries
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Measurement
from consultation.plan.models import IndicatorVersion, MeasuredAs, WantedDirection
from consultation.plan.values import record
from consultation.plan.values.models import Reporter
from consultation.questionnaires.outline import structure
from consultation.questionnaires.outline.validation import find_all_errors
from consultation.responses.models import Response
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from consultation.results.proposed_values import queries
from consultation.results.proposed_values.forms import SetAsideForm
from consultation.results.proposed_values.models import ProposedValueDecision
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.exports.builders import respond
from tests.factories import make_measure, make_round, screen_all
from tests.plan.forms import form_in, kept_texts

PATH = "/organisation/valeurs-proposees"
SOURCE, OBSERVATION = "Notre rapport annuel", "Les mineurs n'y sont pas"
ANSWERS = {
    ("T7.1", "known_value"): 35.5,
    ("T7.1", "known_value_year"): "year_2025",
    ("T7.1", "known_value_source"): SOURCE,
    ("T7.1", "known_value_observation"): OBSERVATION,
}


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    make_measure(session, "T7", indicators=2)
    row = plan_queries.stored_indicator(session, "T7.1")
    measurements.store(row.version, Measurement(MeasuredAs.NUMBER, WantedDirection.MORE), now())
    opened = make_round(session, outline=structure.evaluation())
    session.commit()
    return opened


@pytest.fixture
def staff(app, session, opened):
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("camille@exemple.fr")
    return browser


@pytest.fixture
def proposed(session, opened):
    """The address of a proposal that waits."""
    response = respond(session, opened, answers=ANSWERS, organisation="Foyer du Port")
    session.commit()
    screen_all(session)
    session.commit()
    return f"{PATH}/{response.public_id}/T7.1"


def waiting(session):
    session.rollback()
    session.expire_all()
    actor = StaffActor(0, "camille@exemple.fr", frozenset({Role.ORGANISER}))
    return len(session.execute(queries.waiting(Work(session, actor))).all())


def values(session):
    session.rollback()
    session.expire_all()
    row = plan_queries.stored_indicator(session, "T7.1")
    return record.current(session, [row.id]).get(row.id, [])


def take_over(staff, address, **fields):
    return staff.post(address, form_in(staff.get(address), address) | fields)


def test_shipped_questionnaire_that_evaluates_may_be_published():
    outline = structure.evaluation()

    assert find_all_errors(outline, {"T7": 3}) == []
    assert all(it.label.get("en") for it in outline.questions)
    default = {it.code for it in structure.default().questions}
    own = {it.code for it in outline.questions} - default
    assert own == {
        "known_value", "known_value_year", "known_value_source", "known_value_observation",
    }  # fmt: skip


def test_form_of_a_measure_asks_for_the_values_of_its_indicators(client, opened):
    page = client.get("/mesures/T7/contribuer").text

    assert page.count("Quelle valeur connaissez-vous") == 2
    assert "Que faire de cet indicateur" not in page


def test_proposal_is_listed_with_organisation_moment_and_source(session, staff, proposed):
    page = staff.get(PATH).text

    for text in ("T7.1", "35,5", "Foyer du Port", "2025", SOURCE):
        assert text in page
    assert 'href="/organisation/indicateurs/T7.1"' in page
    assert values(session) == []


def test_answer_without_a_number_proposes_nothing(session, opened):
    answers = {key: value for key, value in ANSWERS.items() if key[1] != "known_value"}
    respond(session, opened, answers=answers)
    session.commit()

    assert waiting(session) == 0


def test_proposal_becomes_a_value_only_by_a_person(session, staff, proposed):
    fields = form_in(staff.get(proposed), proposed)
    assert (fields["value"], fields["observed_on"]) == ("35,5", "2025")
    assert (fields["reported_by"], fields["reporter"]) == ("association", "Foyer du Port")
    assert fields["source"] == f"consultation, Première consultation : {SOURCE}"
    refused = staff.post(proposed, fields)
    assert refused.status_code == 422
    assert "une échéance du plan" in refused.text

    assert take_over(staff, proposed, moment="midterm").status_code == 303

    (row,) = values(session)
    assert (row.number, row.reported_by, row.reporter) == (
        35.5,
        Reporter.ASSOCIATION,
        "Foyer du Port",
    )
    assert waiting(session) == 0
    assert "Notée comme valeur" in staff.get(f"{PATH}?etat=decidees").text


def test_proposal_without_an_organisation_asks_who_gives_it(session, staff, opened):
    response = respond(session, opened, answers=ANSWERS)
    session.commit()
    fields = form_in(staff.get(f"{PATH}/{response.public_id}/T7.1"), "/T7.1")

    assert (fields["reported_by"], fields["reporter"]) == ("", "")


def test_proposal_is_set_aside_with_a_reason_and_put_back(session, staff, proposed):
    fields = form_in(staff.get(proposed), "/ecarter")
    refused = staff.post(f"{proposed}/ecarter", fields)
    assert refused.status_code == 422
    assert "pourquoi vous l’écartez" in refused.text
    staff.post(f"{proposed}/ecarter", fields | {"reason": "Déjà compté"})
    assert waiting(session) == 0
    assert "Déjà compté" in staff.get(f"{PATH}?etat=decidees").text

    staff.post(f"{proposed}/reprendre", form_in(staff.get(proposed), "/reprendre"))

    assert waiting(session) == 1


def test_second_person_does_not_decide_again(session, staff, proposed):
    page = staff.get(proposed)
    taking, refusal = form_in(page, proposed), form_in(page, "/ecarter")
    staff.post(f"{proposed}/ecarter", refusal | {"reason": "Déjà compté"})

    answer = staff.post(proposed, taking | {"moment": "midterm"})

    assert answer.status_code == 409
    assert "camille@exemple.fr" in answer.text
    assert values(session) == []


def test_proposal_that_waits_already_is_not_put_back_again(session, staff, proposed):
    staff.post(f"{proposed}/ecarter", form_in(staff.get(proposed), "/ecarter") | {"reason": "Vu"})
    fields = form_in(staff.get(proposed), "/reprendre")
    staff.post(f"{proposed}/reprendre", fields)

    answer = staff.post(f"{proposed}/reprendre", fields)

    assert answer.status_code == 409
    assert "a modifié la proposition" in answer.text
    assert waiting(session) == 1


def test_proposal_for_an_indicator_that_is_retired_is_refused_with_the_remedy(
    session, staff, proposed
):
    fields = form_in(staff.get(proposed), proposed) | {"moment": "midterm"}
    plan_queries.stored_indicator(session, "T7.1").retired_at = now()
    session.commit()

    answer = staff.post(proposed, fields)

    assert answer.status_code == 409
    assert "remettez-le, ou écartez la proposition" in answer.text
    assert values(session) == []


def withdraw(session, response):
    response.withdrawn_at = now()


def supersede(session, response):
    response.superseded_at = now()


def exclude(session, response):
    account_id = make_account(session, "modo@exemple.fr", Role.MODERATOR)
    session.add(
        ResponseSetAside(
            response_id=response.id, account_id=account_id, reason=AsideReason.TEST,
            set_aside_at=now(),
        )
    )  # fmt: skip


@pytest.mark.parametrize("go", [withdraw, supersede, exclude])
def test_proposal_disappears_with_its_response(session, staff, proposed, go):
    assert waiting(session) == 1
    go(session, session.scalars(sa.select(Response)).one())
    session.commit()

    assert waiting(session) == 0
    assert "Foyer du Port" not in staff.get(PATH).text
    assert staff.get(proposed).status_code == 404


@pytest.mark.parametrize("texts", [True, False])
def test_erased_proposal_disappears_with_what_was_decided(app, session, staff, proposed, texts):
    fields = form_in(staff.get(proposed), "/ecarter")
    staff.post(f"{proposed}/ecarter", fields | {"reason": "Déjà compté"})
    assert session.scalar(sa.select(sa.func.count(ProposedValueDecision.id))) == 1
    respondent_id = session.scalars(sa.select(Response.respondent_id)).one()
    session.commit()
    with writing(session):
        wish = Wish(texts=texts)
        erasure.erase(session, respondent_id, wish, now(), home=app.config["HOME"])

    assert waiting(session) == 0
    assert session.scalar(sa.select(sa.func.count(ProposedValueDecision.id))) == 0
    assert "35,5" not in staff.get(f"{PATH}?etat=decidees").text


@pytest.mark.parametrize("state", [TextState.WITHHELD, None])
def test_text_that_the_team_may_not_read_is_not_shown(session, staff, proposed, state):
    session.rollback()
    for row in session.scalars(sa.select(ModeratedText)).all():
        if state is None:
            session.delete(row)
        else:
            row.state = state
    session.commit()

    for page in (staff.get(PATH), staff.get(proposed)):
        assert SOURCE not in page.text
        assert "en attente de relecture ou écarté" in page.text
    assert form_in(staff.get(proposed), "/T7.1")["source"] == "consultation, Première consultation"
    assert OBSERVATION.replace("'", "’") not in staff.get(proposed).text


def test_change_of_definition_since_the_answer_is_said(session, staff, proposed):
    row = plan_queries.stored_indicator(session, "T7.1")
    row.versions.append(
        IndicatorVersion(
            number=2, label=row.version.label, definition={"fr": "Autrement"}, created_at=now()
        )
    )
    session.commit()

    assert "La définition a changé" in staff.get(proposed).text


def test_value_that_is_there_already_is_refused_with_the_remedy(session, staff, opened):
    addresses = []
    for _ in range(2):
        response = respond(session, opened, answers=ANSWERS, organisation="Foyer du Port")
        session.commit()
        addresses.append(f"{PATH}/{response.public_id}/T7.1")
    assert take_over(staff, addresses[0], moment="midterm").status_code == 303

    again = take_over(staff, addresses[1], moment="midterm")

    assert again.status_code == 409
    assert "Écartez la proposition" in again.text
    assert len(values(session)) == 1


@pytest.mark.parametrize(("reason", "status"), [("", 422), ("Trop ancienne.", 409)])
def test_reason_for_a_proposal_that_a_colleague_set_aside_meanwhile_is_refused_and_kept(
    staff, proposed, reason, status
):
    form = form_in(staff.get(proposed), "/ecarter")
    staff.post(f"{proposed}/ecarter", form | {"reason": "Sans source."})

    page = staff.post(f"{proposed}/ecarter", form | {"reason": reason})

    assert page.status_code == status
    assert "rien n’est enregistré" in page.text.casefold()
    assert reason in page.text
    assert "<bdi>Sans source.</bdi>" in page.text


@pytest.mark.parametrize(("source", "status"), [("Le registre du Foyer", 409), ("A" * 501, 422)])
def test_value_typed_for_a_proposal_that_a_colleague_decided_on_meanwhile_is_given_back(
    session, staff, proposed, source, status
):
    typed = form_in(staff.get(proposed), proposed) | {"moment": "midterm", "note": "Vu ensemble"}
    typed["source"] = source
    aside = form_in(staff.get(proposed), "/ecarter")
    staff.post(f"{proposed}/ecarter", aside | {"reason": "Sans source."})

    page = staff.post(proposed, typed)

    assert page.status_code == status
    assert kept_texts(page) == [source, "Vu ensemble"]  # and not what the proposal itself says
    assert "Copiez ce qui vous sert encore" in page.text
    assert values(session) == []


def test_reason_for_a_proposal_that_is_gone_meanwhile_is_given_back(
    session, staff, proposed, monkeypatch
):
    form = form_in(staff.get(proposed), "/ecarter") | {"reason": "Sans source."}

    def withdraw(_form):
        session.scalars(sa.select(Response)).one().withdrawn_at = now()
        session.commit()
        return True

    monkeypatch.setattr(SetAsideForm, "validate", withdraw)
    late = staff.post(f"{proposed}/ecarter", form)
    before = staff.post(f"{proposed}/ecarter", form)

    assert (late.status_code, before.status_code) == (409, 404)
    assert "Elle a été retirée, corrigée ou effacée" in late.text
    for page in (late, before):
        assert "Sans source." in page.text


def test_questionnaire_is_replaced_by_the_model_and_not_published(session, staff, opened):
    path = "/organisation/tours/tour-1/questionnaire/modele"
    page = staff.get(path)
    assert "C’est ce que ce tour demande déjà" in page.text
    fields = form_in(page, "/modele")
    assert fields["modele"] == "preciser"

    assert staff.post(path, fields).status_code == 303
    stale = staff.post(path, fields)

    assert stale.status_code == 409
    outline = staff.get("/organisation/tours/tour-1/questionnaire").text
    assert "Que faire de cet indicateur" in outline
    assert "Modifications non publiées" in outline
    assert staff.post(path, fields | {"modele": "nonsense"}).status_code == 400
