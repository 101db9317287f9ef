"""The journal: what became of everything that came in, and that it adds up."""

import re
from collections import Counter
from dataclasses import replace

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.exports.selection import Agreement, Selection
from consultation.exports.workbook.counts import CountsDisagree, count
from consultation.exports.workbook.instrument import load_instrument
from consultation.exports.workbook.sheets import journal
from consultation.moderation.models import (
    AsideReason,
    Layer,
    ModeratedText,
    ModerationDecision,
    Reason,
    Redaction,
    ResponseSetAside,
    TextState,
    Verdict,
)
from consultation.responses.models import Answer
from consultation.responses.rights.erasure import ERASED_TEXT
from tests.accounts.builders import make_account
from tests.exports.builders import SENT, respond
from tests.exports.reading import bytes_of, make, readme_of, records_of
from tests.factories import make_measure, make_round, screen_all

NAME = "Journal"


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def account_id(session):
    return make_account(session, "modo@association.example")


@pytest.fixture
def everything(session, opened, account_id):
    """Something of every fate: what was counted, withheld, redacted, withdrawn and the rest."""
    replaced = respond(session, opened, "T7", {"suggestions": "ancien canari"})
    respond(session, opened, "T7", {"suggestions": "publié"}, revises=replaced)
    for text in ("écarté un", "écarté deux", "masqué ici", "signalé", "clair", ERASED_TEXT):
        respond(session, opened, "T8", {"suggestions": text})
    respond(session, opened, "T8", {"suggestions": "retiré"}, withdrawn_at=SENT)
    for reason in (AsideReason.TEST, AsideReason.OUT_OF_SCOPE, AsideReason.TEST):
        aside = respond(session, opened, None, {"tool_useful": "Essai"})
        given = {"reason": reason, "account_id": account_id, "set_aside_at": now()}
        session.add(ResponseSetAside(response_id=aside.id, **given))
    respond(session, opened, "T7").respondent.erased_at = SENT
    screen_all(session, flagged=("signalé",))
    decide(session, account_id, "publié", Verdict.PUBLISH, None)
    decide(session, account_id, "écarté un", Verdict.WITHHOLD, Reason.SPAM)
    decide(session, account_id, "écarté un", Verdict.WITHHOLD, Reason.INSULT)
    decide(session, account_id, "écarté deux", Verdict.WITHHOLD, Reason.SHELTER)
    masked = decide(session, account_id, "masqué ici", Verdict.REDACT, Reason.VICTIM)
    for layer, lifted_at in ((Layer.MASKED, None), (Layer.ERASED, None), (Layer.MASKED, SENT)):
        session.add(
            Redaction(
                answer_id=masked.answer_id,
                start=8,
                end=11,
                reason=Reason.SUSPECT,
                layer=layer,
                account_id=account_id,
                created_at=SENT,
                lifted_at=lifted_at,
            )
        )
    session.commit()


STATE_OF = {
    Verdict.PUBLISH: TextState.PUBLISHED,
    Verdict.WITHHOLD: TextState.WITHHELD,
    Verdict.REDACT: TextState.REDACTED,
}


def decide(session, account_id, text, verdict, reason):
    answers = session.scalars(
        sa.select(ModeratedText).join(ModeratedText.answer).where(Answer.text == text)
    ).one()
    answers.state = STATE_OF[verdict]
    session.add(
        ModerationDecision(
            answer_id=answers.answer_id,
            verdict=verdict,
            reason=reason,
            account_id=account_id,
            decided_at=SENT,
        )
    )
    session.flush()
    return answers


def rows_of(made):
    """Return how many there are, by measure, fate and reason."""
    return {
        (row["Mesure"], row["Ce qu'il en est (code)"], row["Raison (code)"]): row["Nombre"]
        for row in records_of(made.path, NAME)
    }


def test_every_fate_is_counted_with_its_measure_and_reason(session, opened, everything, tmp_path):
    made = make(session, opened, tmp_path, screens=False)

    assert rows_of(made) == {
        ("T7", "included", None): 2,
        ("T8", "included", None): 6,
        ("(outil)", "set_aside", "test"): 2,
        ("(outil)", "set_aside", "out_of_scope"): 1,
        ("T8", "withdrawn", None): 1,
        ("T7", "superseded", None): 1,
        ("T7", "published", None): 1,
        ("T8", "unread", None): 1,
        ("T8", "gone_unread", None): 1,
        ("T8", "waiting", None): 1,
        ("T8", "withheld", "insult"): 1,
        ("T8", "withheld", "shelter"): 1,
        ("T8", "redacted", "victim"): 1,
        ("T8", "masked", "suspect"): 1,
        ("T8", "blackened", "suspect"): 1,
        ("T7", "person_erased", None): 1,
        ("T8", "text_erased", None): 1,
    }


@pytest.mark.parametrize(
    "outcome", [journal.TextOutcome.PERSON_ERASED, journal.TextOutcome.TEXT_ERASED]
)
def test_what_is_erased_may_have_been_asked_for_or_have_outlived_its_time(outcome):
    assert re.search("effacée?s?, à la demande de .* ou au terme de la durée", outcome.label)


def test_its_sums_are_the_figures_of_the_first_sheet(session, opened, everything, tmp_path):
    made = make(session, opened, tmp_path, screens=False)

    sums, readme = Counter(), readme_of(made.path)
    for row in records_of(made.path, NAME):
        sums[row["Objet"]] += row["Nombre"]
        sums[row["Ce qu'il en est"]] += row["Nombre"]
    assert sums["contribution"] == readme["Contributions reçues"] == 13
    assert sums["texte libre"] == readme["Textes libres des contributions comptées"]
    assert sums["mise de côté"] == readme["dont mises de côté"]
    assert (
        sums["retirée par la personne qui l'a envoyée"]
        == readme["dont retirées par les personnes qui les ont envoyées"]
    )
    assert sums["écarté par la modération"] == readme["dont écartés par la modération"]
    waiting = readme["dont retenus en attendant une relecture"]
    assert sums["retenu en attendant une relecture"] == waiting
    assert sums["montré ici sans avoir été relu"] == readme["parmi eux, non relus"]


def test_reasons_are_told_in_words_and_no_text_is(session, opened, everything, tmp_path):
    made = make(session, opened, tmp_path, screens=False)

    reasons = {row["Raison"] for row in records_of(made.path, NAME)}
    assert {"un essai", "insulte ou incite à la haine", "révèle un lieu d'hébergement"} <= reasons
    assert "écarté deux" not in bytes_of(made.path).decode()
    assert "canari" not in bytes_of(made.path).decode()


def test_who_did_not_agree_is_filtered_out_by_measure(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "done"}, consent_named=True)
    respond(session, opened, "T8", {"standing": "done"})

    made = make(session, opened, tmp_path, selection=Selection(agreement=Agreement.NAMED))

    assert rows_of(made) == {("T7", "included", None): 1, ("T8", "left_out", None): 1}


def test_unselected_measure_is_not_in_it(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": "Un."})
    respond(session, opened, "T8", {"suggestions": "Deux."}, withdrawn_at=SENT)

    made = make(session, opened, tmp_path, selection=Selection(frozenset({"T7"})))

    assert {measure for measure, _, _ in rows_of(made)} == {"T7"}


def test_journal_that_does_not_add_up_is_refused(session, opened, everything):
    entries = journal.account(session, load_instrument(session, opened))
    counts = count(session, opened.id)
    journal.check(entries, counts)

    for number, entry in enumerate(entries):
        if entry.outcome in (*journal.OF_RESPONSES, *journal.OF_TEXTS):
            others = [*entries[:number], *entries[number + 1 :]]
            with pytest.raises(CountsDisagree):
                journal.check(others, counts)
            with pytest.raises(CountsDisagree):
                journal.check([*others, replace(entry, count=entry.count + 1)], counts)
