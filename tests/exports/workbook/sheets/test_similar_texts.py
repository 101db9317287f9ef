"""Clusters of near-identical texts as the workbook lists them."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from consultation.exports.selection import Selection
from consultation.moderation.models import (
    Layer,
    ModeratedText,
    Reason,
    Redaction,
    TextCluster,
    TextState,
)
from consultation.responses.models import Answer
from tests.accounts.builders import make_account
from tests.exports.builders import SENT, respond
from tests.exports.reading import bytes_of, cells_of, make, records_of
from tests.factories import make_measure, make_round, screen_all

NAME = "Textes semblables"
SAME = "Il faut des places réservées dans chaque région"


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    return make_round(session)


def gather(session, states, flagged=()):
    """Put every text that is stored into one cluster, and give each its state."""
    screen_all(session, flagged=flagged)
    cluster = TextCluster(created_at=SENT)
    session.add(cluster)
    session.flush()
    texts = session.execute(
        sa.select(ModeratedText, Answer.text).join(ModeratedText.answer).order_by(Answer.id)
    )
    for text, respondent in texts:
        text.cluster_id = cluster.id
        text.state = states.get(respondent, TextState.WAITING)
    session.commit()
    return cluster


def test_row_of_similar_texts_counts_texts_people_days_and_decisions(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": f"{SAME}, un."}, organisation="Étape")
    respond(session, opened, "T8", {"suggestions": f"{SAME}, deux."}, organisation="étape")
    later = {"at": SENT + timedelta(days=2), "organisation": "Aucune"}
    respond(session, opened, "T7", {"suggestions": f"{SAME}, trois."}, **later)
    states = {f"{SAME}, un.": TextState.WITHHELD, f"{SAME}, deux.": TextState.PUBLISHED}
    cluster = gather(session, states)

    made = make(session, opened, tmp_path)

    (row,) = records_of(made.path, NAME)
    assert (row["Textes semblables"], row["Nature"]) == (cluster.label, "plusieurs personnes")
    assert (row["Textes"], row["Personnes"], row["Organisations"], row["Jours"]) == (3, 3, 1, 2)
    assert (row["Premier"].date(), row["Dernier"].date()) == (
        date(2026, 11, 20),
        date(2026, 11, 22),
    )
    assert row["Mesures"] == "T7, T8"
    assert (row["Publiés"], row["Écartés"], row["À relire"]) == (1, 1, 1)
    assert row["Relus"] == "en partie"
    assert row["Extrait"] == f"{SAME}, deux."
    assert {text["Textes semblables"] for text in records_of(made.path, "Textes")} == {
        cluster.label
    }


def test_what_may_not_be_shown_gives_no_excerpt(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": "canari un"})
    respond(session, opened, "T7", {"suggestions": "canari deux"})
    gather(session, {"canari un": TextState.WITHHELD}, flagged=("canari deux",))

    made = make(session, opened, tmp_path)

    (row,) = records_of(made.path, NAME)
    assert row["Extrait"] is None
    assert b"canari" not in bytes_of(made.path)


def test_excerpt_covers_what_was_masked(session, opened, tmp_path):
    for _ in range(2):
        respond(session, opened, "T7", {"suggestions": "Madame Canari le sait."})
    gather(session, {"Madame Canari le sait.": TextState.REDACTED})
    account_id = make_account(session, "modo@association.example")
    for text in session.scalars(sa.select(ModeratedText)):
        place = {"answer_id": text.answer_id, "start": 7, "end": 13, "reason": Reason.VICTIM}
        who = {"layer": Layer.MASKED, "account_id": account_id, "created_at": SENT}
        session.add(Redaction(**place, **who))

    made = make(session, opened, tmp_path)

    assert records_of(made.path, NAME)[0]["Extrait"] == "Madame ███ le sait."
    assert b"Canari" not in bytes_of(made.path)


def test_long_text_gives_its_beginning_only(session, opened, tmp_path):
    for _ in range(2):
        respond(session, opened, "T7", {"suggestions": SAME * 20})
    gather(session, {})

    made = make(session, opened, tmp_path)

    assert records_of(made.path, NAME)[0]["Extrait"] == (SAME * 20)[:200]


def test_somebody_who_repeats_themselves_is_one_person(session, opened, tmp_path):
    first = respond(session, opened, "T7", {"suggestions": SAME})
    second = respond(session, opened, "T8", {"suggestions": SAME})
    second.respondent_id = first.respondent_id
    gather(session, dict.fromkeys([SAME], TextState.PUBLISHED))

    made = make(session, opened, tmp_path)

    (row,) = records_of(made.path, NAME)
    assert (row["Nature"], row["Personnes"], row["Relus"]) == ("une même personne", 1, "tous")


def test_texts_that_do_not_count_make_no_row(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": SAME})
    respond(session, opened, "T7", {"suggestions": SAME}, withdrawn_at=SENT)
    gather(session, {})

    made = make(session, opened, tmp_path)

    assert records_of(made.path, NAME) == []


def test_anonymised_workbook_tells_no_day_of_similar_texts(session, opened, tmp_path):
    for _ in range(2):
        respond(session, opened, "T7", {"suggestions": SAME})
    gather(session, {})

    made = make(session, opened, tmp_path, selection=Selection(is_anonymised=True))

    headers = set(cells_of(made.path, NAME)[NAME][0])
    assert not {"Premier", "Dernier", "Jours", "Organisations"} & headers
