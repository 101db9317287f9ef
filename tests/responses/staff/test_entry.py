"""Responses that staff type in from paper or from the telephone."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Account, AuditEvent, Role
from consultation.clock import in_paris
from consultation.mail.models import OutboxMessage
from consultation.responses.models import Answer, Channel, Respondent, Response, Submission
from consultation.responses.submission import key
from consultation.results.models import TallySide
from consultation.results.tallies import count
from tests.accounts.builders import Browser, make_account
from tests.factories import form_data, key_for

CHOOSE = "/organisation/contributions/saisir"
PAGE = f"{CHOOSE}/T7"
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC)):
        yield


@pytest.fixture
def organiser(app, session, form):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("lou@association.fr")
    return browser


@pytest.fixture
def entered(organiser, form):
    """Type in a sheet; `changes` are fields by their names, answers by their codes."""

    def enter(submission_key=None, changes=(), **answers):
        answers = {"capacity": "citizen", "T7_1__stance": "keep"} | answers
        typed = form_data(form.instrument, **answers)
        typed |= {"submission_key": submission_key or key_for(form.instrument)}
        typed |= {"voie": "paper", "recue": TODAY.isoformat()} | dict(changes)
        organiser.get(PAGE)  # for its token
        return organiser.post(PAGE, typed)

    return enter


def stored(session):
    session.rollback()
    return session.scalars(sa.select(Response).order_by(Response.id)).all()


def test_forms_of_the_round_are_listed_by_axis(organiser):
    page = organiser.get(CHOOSE)

    assert "Thèmes du suivi" in page.text
    assert f'href="{PAGE}"' in page.text
    assert f'href="{CHOOSE}/outil"' in page.text


def test_entered_response_is_stored_with_channel_and_day(entered, session):
    answer = entered(
        changes={"voie": "phone"},
        organisation="Le Refuge",
        territory="bretagne",
        consent_anonymous="yes",
        T7_1__relevance="7",
        suggestions="Ouvrir plus tôt.",
    )

    (response,) = stored(session)
    respondent = response.respondent
    assert answer.status_code == 303
    assert (respondent.channel, response.received_on) == (Channel.PHONE, TODAY)
    assert (respondent.capacity, respondent.organisation) == ("citizen", "Le Refuge")
    assert respondent.territory == "bretagne"
    assert respondent.consent_anonymous
    assert not respondent.consent_named
    assert session.scalar(sa.select(sa.func.count(Answer.id))) == 3


def test_receipt_shows_the_number_and_the_way_to_the_next_one(entered, organiser, session):
    answer = entered()

    page = organiser.get(answer.headers["Location"])
    (response,) = stored(session)
    assert response.receipt_code in page.text
    assert "rien ne part" in page.text
    assert "Saisir une autre réponse sur cette mesure" in page.text


def test_response_of_the_site_has_no_receipt_here(organiser, client, form, session):
    client.post(form.path, data=form.data())
    (response,) = stored(session)

    assert organiser.get(f"{CHOOSE}/recu/{response.public_id}").status_code == 404


def test_entry_counts_in_the_tallies_under_its_channel(entered, session, consultation_round):
    entered()

    session.rollback()
    cells = count.count(session, consultation_round.id)
    by_channel = {
        cell.side_code: number
        for cell, number in cells.items()
        if cell.side is TallySide.CHANNEL and cell.question == "stance"
    }
    assert by_channel == {"paper": 1}


def test_entry_is_audited_with_its_channel(entered, session):
    entered()

    (response,) = stored(session)
    event = session.scalars(sa.select(AuditEvent).filter_by(action="response_entered")).one()
    account = session.scalars(sa.select(Account)).one()
    assert (event.account_id, event.subject) == (account.id, response.public_id)
    assert event.details == {"channel": "paper"}


def test_address_on_the_sheet_is_sent_an_acknowledgement(entered, session):
    entered(email="jeanne@exemple.fr")

    stored(session)
    message = session.scalars(sa.select(OutboxMessage)).one()
    assert message.recipient == "jeanne@exemple.fr"
    assert session.scalars(sa.select(Respondent)).one().contact.address == "jeanne@exemple.fr"


def test_same_form_sent_twice_is_stored_once(entered, form, session):
    minted = key_for(form.instrument)

    first, second = entered(minted), entered(minted)

    assert first.headers["Location"] == second.headers["Location"]
    assert len(stored(session)) == 1


def test_form_that_has_served_stores_nothing_else(entered, form, session):
    minted = key_for(form.instrument)
    entered(minted)

    other = entered(minted, capacity="police")

    assert other.status_code == 409
    assert "avait déjà servi" in other.text
    assert f'value="{minted}"' not in other.text
    assert len(stored(session)) == 1


def test_same_sheet_under_another_key_asks_first(entered, session):
    entered(suggestions="Le même texte.")

    again = entered(suggestions="Le même texte.")
    assert again.status_code == 409
    assert "Cette feuille semble déjà saisie" in again.text
    assert len(stored(session)) == 1

    meant = entered(suggestions="Le même texte.", changes={"geste": "quand-meme"})
    assert meant.status_code == 303
    assert len(stored(session)) == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"voie": ""}, "Dites si cette réponse est venue sur papier ou par téléphone."),
        ({"voie": "web"}, "Dites si cette réponse est venue sur papier ou par téléphone."),
        ({"recue": ""}, "Donnez le jour où cette réponse est arrivée."),
        ({"recue": "31/02/2026"}, "Cette date n'existe pas"),
        ({"recue": (TODAY + timedelta(days=1)).isoformat()}, "Ce jour n'est pas encore venu"),
        ({"recue": (TODAY - timedelta(days=20)).isoformat()}, "ne peut pas être arrivée avant"),
    ],
)
def test_refused_entry_keeps_what_was_typed(entered, session, changes, sentence):
    answer = entered(suggestions="Un long texte recopié.", changes=changes)

    assert answer.status_code == 422
    assert sentence in plain(answer.text)
    assert "Un long texte recopié." in answer.text
    assert stored(session) == []


def test_errors_of_the_questionnaire_stand_beside_those_of_the_sheet(entered, session):
    answer = entered(changes={"voie": ""}, capacity="")

    errors = re.search(r'id="errors".*?</div>', answer.text, re.DOTALL)[0]
    assert errors.count("<li>") == 2
    assert stored(session) == []


def test_blank_sheet_is_refused(entered, session):
    answer = entered(T7_1__stance="")

    assert "recopiez au moins une réponse" in answer.text
    assert stored(session) == []


def test_sheet_that_came_before_the_closing_is_stored_after_it(
    entered, organiser, session, consultation_round
):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    consultation_round.closes_at = yesterday
    session.commit()
    minted = re.search(r'name="submission_key" value="([^"]+)"', organiser.get(PAGE).text)[1]

    late = entered(minted, changes={"recue": TODAY.isoformat()})
    in_time = entered(minted, changes={"recue": in_paris(yesterday).date().isoformat()})

    assert "une réponse arrivée après ne compte plus" in plain(late.text)
    assert in_time.status_code == 303
    assert len(stored(session)) == 1


def test_key_of_a_space_is_none_of_the_staff(entered, client, form, session):
    client.post(form.path, data=form.data())
    (response,) = stored(session)

    answer = entered(key_of_space(form, response.respondent_id))

    assert answer.status_code == 400
    assert len(stored(session)) == 1


def test_list_and_page_tell_the_channel(entered, organiser, session):
    entered()
    (response,) = stored(session)

    listed = organiser.get("/organisation/contributions/").text
    page = organiser.get(f"/organisation/contributions/{response.public_id}").text
    assert '<span class="tag">papier</span>' in listed
    assert "papier, arrivée le" in plain(page)


def test_moderator_types_nothing_in(app, session, form):
    make_account(session, "mo@association.fr", Role.MODERATOR)
    moderator = Browser(app)
    moderator.enter("mo@association.fr")

    assert moderator.get(CHOOSE).status_code == 403
    assert "Saisir une réponse" not in moderator.get("/organisation/contributions/").text


def test_without_a_round_nothing_can_be_typed_in(app, session):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("lou@association.fr")

    assert "qu'une fois un tour ouvert" in plain(browser.get(CHOOSE).text)
    assert browser.get(PAGE).status_code == 404


def test_entered_minutes_are_not_counted_as_those_of_a_respondent(entered, session):
    entered()

    session.rollback()
    assert session.scalar(sa.text("SELECT COUNT(*) FROM completion_count")) == 0
    assert session.scalar(sa.select(sa.func.count(Submission.id))) == 1


def plain(text):
    return text.replace("\u202f", " ").replace("\xa0", " ").replace("’", "'").replace("&#39;", "'")


def key_of_space(form, respondent_id):
    return key.mint(form.instrument.public_id, respondent_id, 0)
