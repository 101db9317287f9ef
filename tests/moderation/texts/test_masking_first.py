"""The page of a text puts what hides first: masks come ticked, and showing all asks for a look."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.moderation.models import (
    Certainty,
    Finding,
    FindingKind,
    ModeratedText,
    ModerationDecision,
    Reason,
    Redaction,
    TextState,
    Verdict,
)
from consultation.moderation.texts import page as texts_page
from consultation.work.services import Work
from tests.moderation.builders import (
    PHONE,
    TEXT,
    Colleague,
    fresh,
    gesture,
    make_actor,
    make_text,
    page_of,
    phone_text,
    plain,
    range_of,
    stored,
)

VALUE = "-".join(map(str, range_of(TEXT)))
BUTTON = re.compile(r'<button class="button([^"]*)" name="geste" value="(\w+)"([^>]*)>')
TICKED = re.compile(r'name="passage" value="([^"]+)" checked')


def buttons(page):
    """Verdicts by their buttons: whether it is the main one, and its keys."""
    by_verdict = {}
    for classes, verdict, rest in BUTTON.findall(page.text):
        keys = re.search(r'data-key="([^"]*)"', rest)
        by_verdict[verdict] = ("quiet" not in classes, keys[1] if keys else "")
    return by_verdict


def send(browser, text, geste, **values):
    browser.get(page_of(text))
    return browser.post(page_of(text, "/decision"), gesture(text, geste, **values))


@pytest.fixture
def colleague_named(session):
    def made(name, **values):
        return Colleague(session, make_actor(session, name), **values)

    return made


def test_flagged_passages_come_ticked_and_the_main_button_masks_them(session, opened, moderator):
    text = phone_text(session, opened)

    page = moderator.get(page_of(text))

    assert TICKED.findall(page.text) == [VALUE]
    assert "appelez-la au ███, c'est tout." in plain(page)
    assert buttons(page)["redact"] == (True, "p m")
    assert buttons(page)["publish"] == (False, "")
    assert "Publier en masquant" in plain(page)
    assert "Publier en entier" in plain(page)
    assert "J'ai vérifié" in plain(page)


def test_text_without_a_flag_is_published_by_the_main_button(session, opened, moderator):
    text = make_text(session, opened, findings=[(FindingKind.LINK, PHONE)])
    text.is_flagged = False
    session.commit()

    page = moderator.get(page_of(text))

    assert TICKED.findall(page.text) == []
    assert buttons(page)["publish"] == (True, "p")
    assert buttons(page)["redact"] == (False, "m")
    assert "J'ai vérifié" not in plain(page)
    assert "lien (sûr)" not in plain(page)


def test_one_press_masks_what_came_ticked_for_what_it_is_and_publishes(session, opened, moderator):
    text = make_text(
        session, opened, findings=[(FindingKind.PHONE, PHONE), (FindingKind.NAME, "Aïcha")]
    )
    session.execute(
        sa.update(Finding).where(Finding.kind == FindingKind.NAME).values(
            certainty=Certainty.LIKELY
        )
    )  # fmt: skip
    session.commit()
    ticked = TICKED.findall(moderator.get(page_of(text)).text)

    answer = send(moderator, text, "redact", passage=ticked)

    assert answer.status_code == 303
    assert fresh(session, text).state is TextState.REDACTED
    assert {(TEXT[mask.start : mask.end], mask.reason) for mask in stored(session, Redaction)} == {
        (PHONE, Reason.CONTACT), ("Aïcha", Reason.THIRD_PERSON),
    }  # fmt: skip
    (decision,) = stored(session, ModerationDecision)
    assert decision.reason is Reason.THIRD_PERSON


def test_publishing_a_certain_passage_says_what_to_do_and_keeps_what_was_typed(
    session, opened, moderator
):
    text = phone_text(session, opened)

    refused = send(moderator, text, "publish", raison="suspect")
    content = plain(refused)
    ticked = TICKED.findall(refused.text)
    verified = send(moderator, text, "publish", verifie=VALUE)

    assert refused.status_code == 400
    assert content.count("cochez « J'ai vérifié »") == 2
    assert 'href="#verifie"' in refused.text
    assert '<option selected value="suspect">' in refused.text
    assert ticked == []
    assert verified.status_code == 303
    assert fresh(session, text).state is TextState.PUBLISHED
    session.rollback()
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.details["passages"]) == ("text_exposed", 1)


@pytest.mark.parametrize("field", [{"passage": VALUE}, {"autre": "Aïcha"}])
def test_what_is_chosen_to_be_masked_is_never_published_whole(session, opened, moderator, field):
    text = phone_text(session, opened)

    refused = send(moderator, text, "publish", verifie=VALUE, **field)

    assert refused.status_code == 400
    assert "décochez-les et videz « Autre passage »" in plain(refused)
    assert 'name="verifie" value="' + VALUE + '" checked' in refused.text
    assert fresh(session, text).state is TextState.WAITING


def test_where_two_agree_showing_a_certain_passage_is_a_proposal(
    app, session, opened, moderator, colleague_named
):
    app.config["TWO_MODERATORS"] = True
    text = phone_text(session, opened)
    page = plain(moderator.get(page_of(text)))

    send(moderator, text, "publish", verifie=VALUE)
    own = moderator.get(page_of(text))
    state = fresh(session, text).state
    colleague_named("dominique", two_moderators=True).decide(
        text, Verdict.PUBLISH, None, verified=[range_of(TEXT)], at=now() + timedelta(minutes=11)
    )
    published = plain(moderator.get(page_of(text)))

    assert "Proposer : publier en entier" in page
    assert state is TextState.SECONDING
    assert 'value="publish"' not in own.text
    assert "camille@exemple.fr a proposé de publier ce texte en entier" in plain(own)
    assert "proposé : publier en entier" in plain(own)
    assert "a publié ce texte, en confirmant la proposition" in published
    assert fresh(session, text).state is TextState.PUBLISHED


def test_colleague_reads_what_is_proposed_with_nothing_ticked_over_it(
    app, session, opened, moderator, colleague_named
):
    app.config["TWO_MODERATORS"] = True
    text = phone_text(session, opened)
    colleague_named("dominique", two_moderators=True).decide(
        text, Verdict.PUBLISH, None, verified=[range_of(TEXT)]
    )

    page = moderator.get(page_of(text))
    refused = send(moderator, text, "publish", known=1, seen=TextState.SECONDING)

    assert TICKED.findall(page.text) == []
    assert "Dominique a proposé de publier ce texte en entier" in plain(page)
    assert "Confirmer : publier en entier" in plain(page)
    assert refused.status_code == 400


@pytest.mark.parametrize(("geste", "fields"), [("withhold", {"raison": "spam"}), ("reopen", {})])
def test_what_came_ticked_is_masked_only_by_a_button_that_masks(
    session, opened, moderator, colleague_named, geste, fields
):
    text = phone_text(session, opened)
    known, seen = 0, TextState.WAITING
    if geste == "reopen":
        colleague_named("dominique").decide(text, Verdict.PUBLISH, None, verified=[range_of(TEXT)])
        known, seen = 1, TextState.PUBLISHED

    answer = send(moderator, text, geste, known=known, seen=seen, passage=VALUE, **fields)

    assert answer.status_code == 303
    assert stored(session, Redaction) == []


@pytest.mark.parametrize(("geste", "status"), [("mask", 400), ("redact", 303)])
def test_mask_of_before_serves_a_decision_and_is_no_new_mask(
    session, opened, moderator, colleague_named, geste, status
):
    text = phone_text(session, opened)
    colleague_named("dominique").mask(text, range_of(TEXT))

    answer = send(moderator, text, geste)

    assert answer.status_code == status
    assert ("Rien n'est masqué dans ce texte" in plain(answer)) == (status == 400)
    assert len(stored(session, Redaction)) == 1


def test_passage_is_masked_once_all_its_occurrences_are(session, opened, colleague_named):
    content = f"Au {PHONE}, ou encore au {PHONE}."
    text = make_text(session, opened, content, findings=[(FindingKind.PHONE, PHONE)])
    first = range_of(content)
    second = (content.rindex(PHONE), content.rindex(PHONE) + len(PHONE))
    colleague = colleague_named("dominique")
    session.add(
        Finding(
            answer_id=text.answer_id, kind=FindingKind.PHONE, start=second[0], end=second[1],
            certainty=Certainty.SURE,
        )
    )  # fmt: skip
    session.commit()

    states = []
    for masked in (first, second):
        colleague.mask(text, masked)
        reading = texts_page.load(Work(session, colleague.actor), text.public_id)
        states.append(([it.is_masked for it in reading.passages], len(reading.flagged)))
        session.rollback()

    assert states == [([False], 1), ([True], 0)]


def test_mask_that_somebody_took_off_is_not_put_on_again(
    session, opened, moderator, colleague_named
):
    text = phone_text(session, opened)
    colleague = colleague_named("dominique")
    colleague.mask(text, range_of(TEXT))
    colleague.lift(text, range_of(TEXT))

    page = moderator.get(page_of(text))

    assert TICKED.findall(page.text) == []
    assert buttons(page)["publish"] == (False, "")
    assert "J'ai vérifié" in plain(page)


def test_several_passages_are_copied_at_once_and_each_refusal_stands_at_its_own(
    session, opened, moderator
):
    text = make_text(session, opened)

    refused = send(moderator, text, "redact", autre=["Aïcha", "Zoé"], raison="victim")
    masked = send(moderator, text, "redact", autre=["Aïcha", "l'Étape"], raison="victim")

    assert refused.status_code == 400
    assert 'href="#autre-2"' in refused.text
    assert refused.text.count('name="autre"') == 3
    assert ">\nAïcha</textarea>" in refused.text
    assert ">\nZoé</textarea>" in refused.text
    assert masked.status_code == 303
    assert {TEXT[mask.start : mask.end] for mask in stored(session, Redaction)} == {
        "Aïcha", "l'Étape",
    }  # fmt: skip


def test_reason_stays_chosen_from_one_mask_to_the_next(session, opened, moderator):
    text = make_text(session, opened)

    masked = send(moderator, text, "mask", autre="Aïcha", raison="victim")
    page = moderator.get(masked.location)

    assert '<option selected value="victim">' in page.text
    assert "data-kept" in page.text


def test_decision_on_the_last_text_is_undone_from_the_queue(session, opened, moderator):
    text = make_text(session, opened)

    answer = send(moderator, text, "publish")
    queue = moderator.get(moderator.get(answer.location).location)
    offered = re.search(r'action="([^"]+)/decision[^"]*"', queue.text)
    moderator.post(page_of(text, "/decision"), gesture(text, "reopen", 1, TextState.PUBLISHED))

    assert "Il ne reste rien ici." in plain(queue)
    assert "Le texte est publié. Annuler ma décision" in plain(queue)
    assert offered[1] == page_of(text)
    assert fresh(session, text).state is TextState.WAITING


def test_text_that_can_never_be_public_is_not_said_to_be(session, opened, moderator):
    text = phone_text(session, opened, consent_anonymous=False)
    page = plain(moderator.get(page_of(text)))

    answer = send(moderator, text, "redact", passage=VALUE)
    queue = plain(moderator.get(moderator.get(answer.location).location))
    decided = plain(moderator.get(page_of(text)))

    assert "Garder en masquant" in page
    assert "Publier en masquant P" not in page
    assert "gardé pour les classeurs de l'équipe, passages masqués : il ne sera pas public" in queue
    assert "Le texte est publié" not in queue
    assert "gardé pour les classeurs, passages masqués" in decided


def test_masking_what_the_team_keeps_says_so(session, opened, moderator, colleague_named):
    text = make_text(session, opened, consent_anonymous=False)
    colleague_named("dominique").decide(text, Verdict.PUBLISH, None)

    masked = send(
        moderator, text, "mask", known=1, seen=TextState.PUBLISHED, autre="Aïcha", raison="victim"
    )
    page = plain(moderator.get(masked.location))

    assert "Ce texte reste gardé pour les classeurs de l'équipe" in page
    assert "reste publié" not in page
    assert stored(session, ModeratedText)[0].state is TextState.PUBLISHED
