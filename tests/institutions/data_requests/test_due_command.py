"""`consultation requests due`: what may be taken to the CADA by a day, for people and machines."""

import json

import pytest

from tests.decisions.builders import make_organiser
from tests.factories import make_measure
from tests.institutions.data_requests.builders import SENT, make_draft, make_request

SILENCE, REFERRAL = "CONSULTATION_CADA_SILENCE_DELAY", "CONSULTATION_CADA_REFERRAL_DELAY"


@pytest.fixture
def delays(monkeypatch):
    monkeypatch.setenv(SILENCE, "10 jours")
    monkeypatch.setenv(REFERRAL, "1 mois")


@pytest.fixture
def request_(session):
    make_measure(session, "T7", indicators=1)
    session.commit()
    return make_request(
        session, make_organiser(session), make_draft(session, institution="Préfecture"), sent=SENT
    )


def test_due_requests_are_listed_with_their_days(run, request_, delays):
    before = run("requests", "due", "--on", "2026-03-11")
    after = run("requests", "due", "--on", "2026-03-12")

    assert (before.exit_code, before.output) == (0, "Aucune demande ce jour-là.\n")
    assert after.output == (
        "Préfecture (T7.1) : demandé, depuis le 12/03/2026, au plus tard le 12/04/2026\n"
    )


def test_due_requests_are_given_as_json(run, request_, delays):
    made = run("requests", "due", "--on", "2026-03-12", "--json")

    assert json.loads(made.output) == {
        "requests": [
            {
                "id": request_.public_id,
                "institution": "Préfecture",
                "indicators": ["T7.1"],
                "state": "requested",
                "since": "2026-03-12",
                "until": "2026-04-12",
            }
        ],
        "undated_count": 0,
    }


def test_requests_without_a_day_are_counted_and_the_reason_given(run, request_):
    made = run("requests", "due", "--on", "2026-12-31")

    assert "1 demande sans jour calculé" in made.output
    assert "conseil du collectif" in made.output


def test_delay_that_says_no_days_is_refused(run, monkeypatch):
    monkeypatch.setenv(SILENCE, "bientôt")
    refused = run("requests", "due")

    assert refused.exit_code == 1
    assert f"{SILENCE} n'est pas un délai" in refused.output
