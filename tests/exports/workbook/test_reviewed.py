"""What a workbook carries of texts that were read, masked, held back, or not read at all."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.moderation.models import (
    AsideReason,
    Layer,
    ModeratedText,
    Reason,
    Redaction,
    ResponseSetAside,
    TextState,
    TextTranslation,
    Verdict,
)
from consultation.responses.models import Answer
from consultation.responses.rights.erasure import ERASED_TEXT
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.exports.reading import make, readme_of, records_of
from tests.factories import make_measure, make_round, screen_all


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def account_id(session):
    return make_account(session, "modo@association.example")


def decide(session, text, state, **values):
    ids = session.scalars(
        sa.select(ModeratedText).join(ModeratedText.answer).where(Answer.text == text)
    ).one()
    ids.state = state
    for name, value in values.items():
        setattr(ids, name, value)
    session.flush()
    return ids


def test_workbook_carries_what_was_let_pass_and_counts_the_rest(
    session, opened, tmp_path, account_id
):
    names = ("publié", "secrets ici", "écarté", "signalé", "clair", "à deux", "jamais lu")
    for name in names:
        respond(session, opened, "T7", {"suggestions": name})
    screen_all(session, flagged=("signalé",))
    decide(session, "publié", TextState.PUBLISHED)
    masked = decide(session, "secrets ici", TextState.REDACTED)
    session.add(
        Redaction(
            answer_id=masked.answer_id,
            start=8,
            end=11,
            reason=Reason.VICTIM,
            layer=Layer.MASKED,
            account_id=account_id,
            created_at=now(),
        )
    )
    decide(session, "écarté", TextState.WITHHELD)
    decide(session, "à deux", TextState.SECONDING, pending=Verdict.WITHHOLD)
    session.delete(decide(session, "jamais lu", TextState.WAITING))
    session.commit()

    made = make(session, opened, tmp_path, screens=False)

    rows = {row["Texte"]: row["Relecture"] for row in records_of(made.path, "Textes")}
    readme = readme_of(made.path)
    assert rows == {"publié": "publié", "secrets ███": "masqué en partie", "clair": "non relu"}
    assert readme["Textes libres des contributions comptées"] == 7
    assert readme["dont dans la feuille Textes"] == 3
    assert readme["parmi eux, non relus"] == 1
    assert readme["dont retenus en attendant une relecture"] == 3
    assert readme["dont écartés par la modération"] == 1
    assert made.path.name.endswith("-non-relu.xlsx")


@pytest.mark.parametrize("unread", [[], ["clair"]])
def test_text_erased_before_it_was_read_waits_for_nobody(session, opened, tmp_path, unread):
    for text in (ERASED_TEXT, *unread):
        respond(session, opened, "T7", {"suggestions": text})

    made = make(session, opened, tmp_path)

    rows = {row["Texte"]: row["Relecture"] for row in records_of(made.path, "Textes")}
    readme = readme_of(made.path)
    assert rows == {ERASED_TEXT: "effacé", **dict.fromkeys(unread, "non relu")}
    assert readme["dont dans la feuille Textes"] == 1 + len(unread)
    assert readme["parmi eux, non relus"] == len(unread)
    assert made.path.stem.endswith("-non-relu") is bool(unread)


def test_text_has_its_language_and_what_it_says_in_french(session, opened, tmp_path, account_id):
    for text in ("Hay que contar a los menores.", "Des logements."):
        respond(session, opened, "T7", {"suggestions": text}, locale="ro")
    screen_all(session)
    spanish = decide(session, "Hay que contar a los menores.", TextState.PUBLISHED)
    spanish.locale, french = "es", "Il faut compter les mineurs."
    session.add(
        TextTranslation(
            answer_id=spanish.answer_id, text=french, account_id=account_id, written_at=now()
        )
    )
    decide(session, "Des logements.", TextState.PUBLISHED).locale = None
    session.commit()

    made = make(session, opened, tmp_path)

    rows = [(row["Langue"], row["Traduction"]) for row in records_of(made.path, "Textes")]
    assert sorted(rows, key=str) == [("espagnol", french), ("roumain", None)]


def test_text_erased_after_it_was_read_is_told_as_it_was(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": ERASED_TEXT})
    screen_all(session)
    decide(session, ERASED_TEXT, TextState.PUBLISHED)
    session.commit()

    made = make(session, opened, tmp_path)

    assert [row["Relecture"] for row in records_of(made.path, "Textes")] == ["publié"]


def test_text_masked_after_it_was_published_is_told_as_redacted(
    session, opened, tmp_path, account_id
):
    for name in ("publié", "levé ici", "couvert ici"):
        respond(session, opened, "T7", {"suggestions": name})
    screen_all(session)
    lifted_at = {"levé ici": now(), "couvert ici": None}
    for name in ("publié", "levé ici", "couvert ici"):
        text = decide(session, name, TextState.PUBLISHED)
        if name in lifted_at:
            session.add(
                Redaction(
                    answer_id=text.answer_id,
                    start=len(name) - 3,
                    end=len(name),
                    reason=Reason.SHELTER,
                    layer=Layer.MASKED,
                    account_id=account_id,
                    created_at=now(),
                    lifted_at=lifted_at[name],
                )
            )
    session.commit()

    made = make(session, opened, tmp_path)

    rows = {row["Texte"]: row["Relecture"] for row in records_of(made.path, "Textes")}
    counted = {
        (row["Ce qu'il en est (code)"], row["Raison (code)"]): row["Nombre"]
        for row in records_of(made.path, "Journal")
        if row["Objet"] == "texte libre"
    }
    assert rows == {
        "publié": "publié",
        "levé ici": "publié",
        "couvert ███": "masqué en partie",
    }
    assert counted == {("published", None): 2, ("redacted", "shelter"): 1}


def test_workbook_whose_texts_were_all_read_does_not_warn(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": "publié"})
    screen_all(session)
    decide(session, "publié", TextState.PUBLISHED)

    made = make(session, opened, tmp_path)

    assert "non-relu" not in made.path.name
    assert (
        "Tous les textes de ce classeur ont été relus. Avant de citer, vérifiez les accords."
        in (readme_of(made.path))
    )


def test_response_set_aside_is_counted_apart_and_stands_in_no_sheet(
    session, opened, tmp_path, account_id
):
    kept = respond(session, opened, "T7", {"suggestions": "Mieux."})
    aside = respond(session, opened, "T7", {"suggestions": "Essai", "standing": "done"})
    session.add(
        ResponseSetAside(
            response_id=aside.id,
            reason=AsideReason.TEST,
            account_id=account_id,
            set_aside_at=now(),
        )
    )

    made = make(session, opened, tmp_path)

    counts = made.counts
    assert (counts.received, counts.included, counts.set_aside) == (2, 1, 1)
    receipts = [row["Numéro de dépôt"] for row in records_of(made.path, "Contributions")]
    assert receipts == [kept.receipt_code]
    assert [row["Texte"] for row in records_of(made.path, "Textes")] == ["Mieux."]


def test_text_held_back_while_the_workbook_is_made_is_of_one_instant(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": "publié"})
    screen_all(session)
    decide(session, "publié", TextState.PUBLISHED)
    session.commit()
    engine, late = session.get_bind(), []

    def report(step):
        if not late and step.startswith("Feuille Lisez-moi"):
            with Session(engine) as other:
                decide(other, "publié", TextState.WITHHELD)
                other.commit()
            late.append(True)

    first = make(session, opened, tmp_path, report=report)
    session.expire_all()
    second = make(session, opened, tmp_path)

    assert late == [True]
    assert (first.counts.texts, first.counts.texts_withheld) == (1, 0)
    assert [row["Texte"] for row in records_of(first.path, "Textes")] == ["publié"]
    assert (second.counts.texts, second.counts.texts_withheld) == (0, 1)
