"""Whatever was answered by whomever, every page of results can be read.

Capacities lean one way or another, so that notes agree, disagree and divide; responses come in and
are withdrawn between publications, as many as it takes for figures to be hidden, shown and kept.
"""

import random

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.responses.identity import NO_CAPACITY
from consultation.responses.models import Channel
from consultation.results.tallies import maintain
from tests.exports.builders import respond
from tests.exports.reading import make
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import publish, signed_in
from tests.results.publishing_builders import settings as settings
from tests.results.test_every_kind import opened as opened

CAPACITIES = ("justice", "police", "citizen", "association", NO_CAPACITY)
FOR, AGAINST = range(7, 10), range(1, 4)
LEANINGS = (FOR, FOR, AGAINST, AGAINST, range(4, 7), (1, 9), range(1, 10), (None,))
STANCES = ("keep", "amend", "replace", "drop", "none")
PUBLIC = (
    "/resultats",
    "/resultats/T7",
    "/en/resultats/T7",
    "/resultats/T7.json",
    "/resultats/T7/T7.1.relevance.csv",
    "/mesures/T7",
)
OF_THE_STAFF = (
    "/organisation/resultats",
    "/organisation/resultats/T7",
    "/organisation/resultats/T7?qualite=justice",
    "/organisation/resultats/T7/apercu",
    "/organisation/indicateurs/T7.1",
    "/organisation/vue-d-ensemble?tri=verdict",
    "/organisation/couverture?par=territoire",
)


def answers(chance, leaning):
    """What one person says: of each question, or nothing of it."""
    said = {
        ("T7.1", "relevance"): chance.choice(leaning["relevance"]),
        ("T7.1", "feasibility"): chance.choice(leaning["feasibility"]),
        ("T7.1", "stance"): chance.choice(STANCES[: chance.randint(1, 5)]),
        "ready": chance.choice(("yes", "no", None)),
        "needs": chance.sample(("beds", "staff", "money"), chance.randint(0, 3)) or None,
        "places": chance.randrange(10 ** chance.randint(1, 9)),
    }
    return {code: value for code, value in said.items() if value is not None}


def who(chance, capacity):
    return {
        "capacity": capacity,
        "territory": chance.choice(("75", "971", None)),
        "organisation": chance.choice(("L'Étape", "Le Relais", None)),
        "channel": chance.choices((Channel.WEB, Channel.MAIL), (9, 1))[0],
    }


@pytest.mark.every_case
@pytest.mark.parametrize("seed", range(4))
def test_every_page_of_results_is_read(app, client, session, opened, measure, tmp_path, seed):
    chance = random.Random(seed)
    leaning = {
        capacity: {code: chance.choice(LEANINGS) for code in ("relevance", "feasibility")}
        for capacity in CAPACITIES
    }
    said = []
    for coming in (chance.randint(0, 9), chance.randint(60, 120), chance.randint(0, 9)):
        for capacity in chance.choices(CAPACITIES, (5, 5, 2, 2, 1), k=coming):
            given = answers(chance, leaning[capacity])
            said.append(respond(session, opened, "T7", given, **who(chance, capacity)))
        for one in chance.sample(said, len(said) // 9):
            one.withdrawn_at = now()
        session.commit()
        maintain.refresh(session())
        publish(session, opened, measure.id, small=chance.choice((3, 5, 10)))

        assert {path: client.get(path).status_code for path in PUBLIC} == dict.fromkeys(PUBLIC, 200)

    organiser = signed_in(app, session, Role.ORGANISER)
    for path in OF_THE_STAFF:
        assert organiser.get(path).status_code == 200, path
    make(session, opened, tmp_path)
