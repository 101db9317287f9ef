"""The moderators' pages without any script: who may see them, what they show, what they do."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db import erasure_log
from consultation.db.base import writing
from consultation.moderation import claims, visibility
from consultation.moderation.models import (
    FindingKind,
    Layer,
    ModeratedText,
    ModerationDecision,
    Reason,
    Redaction,
    ResponseSetAside,
    TextState,
    Verdict,
)
from consultation.moderation.screening import screen_due
from consultation.responses.identity import NO_CAPACITY
from consultation.responses.models import Respondent, Response
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.factories import publish_again
from tests.moderation.builders import (
    PHONE,
    QUESTION,
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
    screen,
    stored,
)

VALUE = "-".join(map(str, range_of(TEXT)))
POSTS = (
    "/decision", "/demasquer", "/effacer", "/reprendre", "/danger", "/contribution",
    "/contribution/reprendre",
)  # fmt: skip


def send(browser, text, geste, **values):
    """Open the text's page and press one of its buttons."""
    browser.get(page_of(text))
    return browser.post(page_of(text, "/decision"), gesture(text, geste, **values))


def test_strangers_find_nothing_and_organisers_are_refused(session, opened, client, sign_in):
    text = make_text(session, opened)
    pages = ["/moderation", "/moderation/suivant", "/moderation/charte", page_of(text)]
    organiser = sign_in(Role.ORGANISER, name="lou")

    strangers = [client.get(path).status_code for path in pages]
    colleagues = [organiser.get(path).status_code for path in pages]
    organiser.get("/organisation/")
    posts = [organiser.post(page_of(text, path)).status_code for path in POSTS]

    assert (strangers, colleagues, posts) == ([303] * 4, [403] * 4, [403] * len(POSTS))
    assert fresh(session, text).state is TextState.WAITING


def test_unknown_text_is_not_found(moderator, opened):
    assert moderator.get("/moderation/textes/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


def test_text_is_shown_with_its_question_findings_and_the_rest_of_the_contribution(
    session, opened, moderator
):
    text = phone_text(
        session, opened, others={"observation": "Autre\u202eréponse", ("T7.1", "reason"): "Car."}
    )

    page = moderator.get(page_of(text))
    content = plain(page)

    assert "Hébergement spécialisé" in content
    assert f"{PHONE} — téléphone (sûr)" in content
    assert f'<mark class="sure">{PHONE}' in page.text
    assert "Les autres textes de cette contribution" in content
    assert "Autre U+202E réponse" in content
    assert "\u202e" not in page.text
    assert "Avec « Publier en masquant », sans rien changer à ce qui est coché" in content
    assert "citation anonyme" in content
    assert "</bdi>" in page.text
    assert page.text.count("<kbd") == page.text.count('<kbd aria-hidden="true" hidden>') == 3


def test_without_a_dictionary_the_pages_say_which_names_are_seen(session, opened, moderator):
    for path in ("/moderation", page_of(make_text(session, opened))):
        page = moderator.get(path, follow_redirects=True)

        assert "que les noms annoncés par un mot" in plain(page)
        assert "cherchez les autres vous-même" in plain(page)
        assert "<code>ner</code>" not in page.text


def test_another_text_that_was_masked_once_published_is_told_of_as_its_own_page_does(
    session, opened, moderator, colleague_named
):
    text = make_text(session, opened, others={"observation": TEXT})
    other = session.scalars(
        sa.select(ModeratedText).where(ModeratedText.answer_id != text.answer_id)
    ).one()
    colleague = colleague_named("dominique")
    colleague.decide(other, Verdict.PUBLISH)
    colleague.mask(other, range_of(TEXT))

    page = plain(moderator.get(page_of(text)))

    assert "publié, passages masqués" in page.partition("Les autres textes")[2]


def test_text_is_published_and_the_next_one_comes_with_a_way_back(session, opened, moderator):
    first, second = make_text(session, opened), make_text(session, opened, "Le suivant.")

    answer = send(moderator, first, "publish")
    forward = moderator.get(answer.location)
    page = moderator.get(forward.location)

    assert second.public_id in forward.location
    assert "Le suivant." in plain(page)
    assert "Le texte est publié. Voici le suivant. Annuler ma décision" in plain(page)
    assert fresh(session, first).state is TextState.PUBLISHED
    moderator.post(page_of(first, "/decision"), gesture(first, "reopen", 1, TextState.PUBLISHED))
    assert fresh(session, first).state is TextState.WAITING
    assert plain(moderator.get(page_of(first))).count("camille@exemple.fr a ") == 2


SIGNATURE = re.compile(r'name="signature" value="([0-9a-f]{64})"')
SIGNED = {"consent_named": True, "organisation": "L'Étape", "contact": ("Léa Martin", "l@e.fr")}


def test_signature_that_would_be_public_is_read_and_kept_with_the_decision(
    session, opened, moderator
):
    text = make_text(session, opened, **SIGNED)
    page = moderator.get(page_of(text))
    index = SIGNATURE.search(page.text)[1]

    send(moderator, text, "publish", signature=index)
    published = plain(moderator.get(page_of(text)))
    [decision] = stored(session, ModerationDecision)
    who = session.get(Response, text.answer.response_id).respondent
    who.organisation = "Autre chose"
    session.commit()
    changed = plain(moderator.get(page_of(text)))

    assert "Signature Léa Martin, L'Étape , publiée avec le texte" in plain(page)
    assert "l@e.fr" not in page.text
    assert decision.signature_index == index
    assert "pas encore relue" not in published
    assert "Signature Léa Martin, Autre chose : pas encore relue, donc pas publique" in changed


@pytest.mark.parametrize("geste", ["withhold", "reopen"])
def test_no_signature_is_kept_with_what_does_not_publish(session, opened, colleague, geste):
    text = make_text(session, opened, **SIGNED)
    colleague.decide(text, Verdict.PUBLISH, None)

    decision = colleague.decide(text, Verdict(geste), signature_index="a" * 64)

    assert decision.signature_index is None


@pytest.mark.parametrize(
    "given", [{"consent_named": False}, {"organisation": None, "contact": (None, "l@e.fr")}]
)
def test_what_would_not_be_said_of_an_author_is_not_shown(session, opened, moderator, given):
    text = make_text(session, opened, **SIGNED | given)

    page = moderator.get(page_of(text))

    assert "Signature" not in plain(page)
    assert "Léa" not in page.text
    assert SIGNATURE.search(page.text) is None


def test_ticked_findings_and_a_passage_that_is_copied_are_masked_everywhere(
    session, opened, moderator
):
    content = f"Aïcha et Aïcha\u200b : {PHONE}."
    text = make_text(session, opened, content, findings=[(FindingKind.PHONE, PHONE)])
    value = "-".join(map(str, range_of(content)))

    moderator.get(page_of(text))
    masked = moderator.post(
        page_of(text, "/decision"),
        gesture(text, "mask", passage=value, autre="Aïcha", raison="victim"),
    )
    page = plain(moderator.get(masked.location))
    send(moderator, text, "redact")

    assert "3 passages masqués. Il reste à décider de ce texte." in page
    assert "Masqué n'est pas effacé" in page
    assert "███ et ███" in page
    assert fresh(session, text).state is TextState.REDACTED
    assert {mask.reason for mask in stored(session, Redaction)} == {Reason.VICTIM}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"geste": "redact", "raison": "victim"}, "Rien n'est masqué dans ce texte"),
        ({"geste": "mask", "raison": "victim"}, "Rien n'est masqué dans ce texte"),
        ({"geste": "redact", "passage": VALUE, "autre": "Aïcha"}, "Choisissez la raison"),
        ({"geste": "withhold"}, "Choisissez la raison"),
        ({"geste": "publish", "passage": VALUE}, "ou décochez-les"),
        (
            {"geste": "redact", "autre": "Zoé, d'Étampes", "raison": "victim"},
            "Ce passage n'est pas dans le texte",
        ),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(
    session, opened, moderator, fields, sentence
):
    text = phone_text(session, opened)

    answer = send(moderator, text, **{"autre": "", **fields})
    content = plain(answer)

    assert answer.status_code == 400
    assert "<title>Erreur : " in answer.text.replace("\u00a0", " ")
    assert content.count(sentence) == 2
    assert "aria-invalid" in answer.text
    assert fields.get("autre", "") in content
    assert ('" checked>' in answer.text) == ("passage" in fields)
    assert fresh(session, text).state is TextState.WAITING


@pytest.mark.parametrize(
    "fields",
    [
        {"geste": "ban"},
        {"vu": "else"},
        {"decisions": "x"},
        {"passage": "1-x"},
        {"passage": "0-999"},
    ],
)
def test_what_no_page_of_ours_can_have_sent_is_refused(session, opened, moderator, fields):
    text = phone_text(session, opened)
    moderator.get(page_of(text))

    sent = gesture(text, "redact", raison="victim", passage=VALUE) | fields

    assert moderator.post(page_of(text, "/decision"), sent).status_code == 400
    assert stored(session, Redaction) == []


def test_who_comes_second_reads_both_decisions_and_keeps_what_they_typed(
    session, opened, moderator, colleague_named
):
    text = phone_text(session, opened)
    colleague_named("dominique").decide(text, Verdict.WITHHOLD, Reason.SPAM)

    answer = send(moderator, text, "redact", autre=PHONE, raison="contact")
    content = plain(answer)

    assert answer.status_code == 409
    assert "Dominique a écarté ce texte : son état est maintenant « écarté »" in content
    assert "Vous vouliez le publier en masquant : rien n'en a été enregistré" in content
    assert f'aria-describedby="autre-aide">\n{PHONE}</textarea>' in answer.text
    assert stored(session, Redaction) == []


def test_button_pressed_twice_goes_on_as_if_once(session, opened, moderator):
    text = make_text(session, opened)
    first = send(moderator, text, "publish")

    second = moderator.post(page_of(text, "/decision"), gesture(text, "publish"))

    assert (first.status_code, second.status_code) == (303, 303)
    assert len(stored(session, ModerationDecision)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"autre": "Aïcha", "raison": "contact"},
        {"passage": [VALUE, "0-1"], "raison": "contact"},
        {"passage": VALUE, "raison": "victim"},
    ],
)
def test_button_pressed_again_with_something_new_is_not_taken_for_the_same(
    session, opened, moderator, fields
):
    text = phone_text(session, opened)
    send(moderator, text, "redact", passage=VALUE, raison="contact")

    same = moderator.post(
        page_of(text, "/decision"), gesture(text, "redact", passage=VALUE, raison="contact")
    )
    other = moderator.post(page_of(text, "/decision"), gesture(text, "redact", **fields))

    assert (same.status_code, other.status_code) == (303, 409)
    assert "Vous vouliez le publier en masquant : rien n'en a été enregistré" in plain(other)
    assert fields.get("autre", "") in plain(other)
    assert len(stored(session, Redaction)) == 1


def test_who_else_reads_a_text_is_named_and_can_be_taken_over(
    session, opened, moderator, colleague_named
):
    text = make_text(session, opened)
    dominique = colleague_named("dominique")
    with writing(session):
        claims.claim(Work(session, dominique.actor, now()), text.public_id)

    page = moderator.get(page_of(text))
    refused = moderator.post(page_of(text, "/decision"), gesture(text, "publish"))
    wrong = moderator.post(page_of(text, "/decision"), gesture(text, "withhold"))
    taken = moderator.post(page_of(text, "/reprendre"))
    mine = plain(moderator.get(taken.location))

    assert re.search(r"Dominique relit ce texte jusqu'à \d+ h \d\d\.", plain(page))
    assert 'value="publish"' not in page.text
    assert (wrong.status_code, refused.status_code) == (400, 409)
    assert 'href="#etat">Choisissez la raison' in wrong.text.replace("\u202f", " ")
    assert "Une autre personne a pris ce texte entre-temps" in plain(refused)
    assert "Ce texte est à vous pour dix minutes." in mine
    assert "Publier" in mine


def test_what_was_copied_from_a_text_that_another_has_taken_is_given_back(
    session, opened, moderator, colleague_named
):
    text = make_text(session, opened)
    dominique = colleague_named("dominique")
    with writing(session):
        claims.claim(Work(session, dominique.actor, now()), text.public_id)

    refused = send(moderator, text, "redact", autre="Étape", raison="shelter")

    assert refused.status_code == 409
    assert re.search(r"<textarea[^>]* readonly>\s*Étape</textarea>", refused.text)


@pytest.fixture
def colleague_named(session):
    def made(name, **values):
        return Colleague(session, make_actor(session, name), **values)

    return made


def test_where_two_agree_the_page_says_what_is_proposed_and_by_whom(
    app, session, opened, moderator, colleague_named
):
    app.config["TWO_MODERATORS"] = True
    text, own = make_text(session, opened), make_text(session, opened, "Le mien.")
    colleague_named("dominique", two_moderators=True).decide(text, Verdict.WITHHOLD, Reason.SPAM)
    send(moderator, own, "withhold", raison="spam")

    colleagues_page, mine = moderator.get(page_of(text)), moderator.get(page_of(own))
    send(moderator, text, "withhold", known=1, seen=TextState.SECONDING)

    assert "Dominique a proposé d'écarter ce texte (publicité" in plain(colleagues_page)
    assert "Confirmer : écarter" in plain(colleagues_page)
    assert "Proposer : publier en masquant" in plain(colleagues_page)
    assert "une autre personne doit confirmer" in plain(mine)
    assert 'value="withhold"' not in mine.text
    assert fresh(session, text).state is TextState.WITHHELD
    assert "en confirmant la proposition" in plain(moderator.get(page_of(text)))


def test_text_withdrawn_or_rewritten_meanwhile_says_so_and_offers_the_next(
    session, opened, moderator
):
    text = make_text(session, opened)
    moderator.get(page_of(text))
    session.rollback()
    first = session.scalars(sa.select(Response)).one()
    second = respond(session, opened, "T7", {QUESTION: "Réécrit."}, revises=first)
    (anew,) = screen(session, second, {})
    session.commit()

    refused = moderator.post(page_of(text, "/decision"), gesture(text, "publish"))
    rewritten = moderator.get(page_of(text))
    session.rollback()
    second.withdrawn_at = now()
    session.commit()
    withdrawn = moderator.get(page_of(anew))

    assert refused.status_code == 409
    assert "La personne a réécrit sa contribution" in plain(rewritten)
    assert page_of(anew) in rewritten.text
    assert "La personne a retiré cette contribution" in plain(withdrawn)
    for page in (refused, rewritten, withdrawn):
        assert 'value="publish"' not in page.text
        assert "/moderation/suivant?apres=" in page.text


@pytest.mark.every_case
@pytest.mark.parametrize("question", [QUESTION, ("T7.1", "reason")])
def test_text_that_was_rewritten_in_the_next_version_of_its_form_leads_there(
    session, opened, moderator, question
):
    first = respond(session, opened, "T7", {question: "D'abord."})
    (text,) = screen(session, first, {})
    publish_again(session, first.questionnaire.measure)
    second = respond(session, opened, "T7", {question: "Réécrit."}, revises=first)
    (anew,) = screen(session, second, {})
    session.commit()

    page = moderator.get(page_of(text))

    assert first.questionnaire_id != second.questionnaire_id
    assert page_of(anew) in page.text


@pytest.mark.parametrize("geste", ["redact", "mask"])
def test_who_masks_in_a_text_that_its_author_had_erased_meanwhile_is_told_so(
    app, session, opened, moderator, geste
):
    text = phone_text(session, opened)
    moderator.get(page_of(text))
    with writing(session):
        author = session.scalars(sa.select(Respondent.id)).one()
        erasure.erase(session, author, Wish(texts=True), now(), home=app.config["HOME"])

    page = moderator.post(
        page_of(text, "/decision"), gesture(text, geste, passage=VALUE, raison="contact")
    )

    assert page.status_code == 409
    assert "Les textes de la personne ont été effacés entre-temps" in plain(page)


def test_passage_of_a_text_that_was_rewritten_is_masked_and_erased_all_the_same(
    session, opened, moderator
):
    text = phone_text(session, opened)
    first = session.scalars(sa.select(Response)).one()
    respond(session, opened, "T7", {QUESTION: "Réécrit."}, revises=first)
    session.commit()

    page = moderator.get(page_of(text))
    wrong = moderator.post(page_of(text, "/decision"), gesture(text, "mask", autre="Aïcha"))
    masked = send(moderator, text, "mask", passage=VALUE, raison="contact")
    after_masking = plain(moderator.get(masked.location))
    moderator.post(page_of(text, "/effacer"), {"masque": VALUE, "geste": "effacer"})

    assert 'value="mask"' in page.text
    assert 'href="#raison"' in wrong.text
    assert "1 passage masqué." in after_masking
    assert "Il reste à décider" not in after_masking
    assert PHONE not in fresh(session, text).answer.text


@pytest.mark.parametrize(
    ("verdict", "sentence", "state"),
    [
        (
            Verdict.PUBLISH,
            "1 passage masqué. Ce texte reste publié, sans ce qui est masqué.",
            "publié, passages masqués",
        ),
        (Verdict.WITHHOLD, "1 passage masqué. Ce texte reste écarté.", "écarté"),
    ],
)
def test_masking_in_a_text_that_is_decided_says_what_stands(
    session, opened, moderator, colleague_named, verdict, sentence, state
):
    text = phone_text(session, opened)
    colleague_named("dominique").decide(text, verdict, verified=[range_of(TEXT)])

    masked = send(moderator, text, "mask", passage=VALUE, raison="contact")
    page = plain(moderator.get(masked.location))

    assert sentence in page
    assert f"État {state}" in page
    outcome = visibility.outcomes_of_response(session, text.answer.response_id)[
        text.answer.question_id
    ]
    assert outcome.reasons >= {Reason.CONTACT}
    assert outcome.state.label == state


def test_mask_is_lifted_or_erased_after_a_question(session, opened, moderator):
    text = phone_text(session, opened)
    send(moderator, text, "mask", passage=VALUE, raison="contact")
    lift, erase = page_of(text, "/demasquer"), page_of(text, "/effacer")

    question_page = moderator.post(erase, {"masque": VALUE})
    still = stored(session, Redaction)[0].layer.value
    moderator.post(erase, {"masque": VALUE, "geste": "effacer"})
    page = plain(moderator.get(page_of(text)))
    again = moderator.post(lift, {"masque": VALUE})

    assert "Effacer définitivement ce passage ?" in plain(question_page)
    assert (
        "sauf aux personnes qui trient le courrier si la contribution est venue par courriel"
        in plain(question_page)
    )
    assert still == "masked"
    assert PHONE not in page
    assert "effacé pour de bon" in page
    assert again.status_code == 303
    assert "Ce masque était déjà levé" in plain(moderator.get(page_of(text)))


def test_unmasked_passage_is_not_erased(session, opened, moderator):
    text = phone_text(session, opened)
    send(moderator, text, "mask", passage=VALUE, raison="contact")
    moderator.post(page_of(text, "/demasquer"), {"masque": VALUE})

    late = moderator.post(page_of(text, "/effacer"), {"masque": VALUE, "geste": "effacer"})

    assert late.status_code == 303
    assert "rien n'a été effacé" in plain(moderator.get(page_of(text)))
    assert PHONE in fresh(session, text).answer.text


def test_without_the_list_of_erasures_no_passage_is_erased(session, opened, moderator, monkeypatch):
    text = phone_text(session, opened)
    send(moderator, text, "mask", passage=VALUE, raison="contact")

    def fail(*_args, **_values):
        raise OSError

    monkeypatch.setattr(erasure_log, "note", fail)
    page = moderator.post(page_of(text, "/effacer"), {"masque": VALUE, "geste": "effacer"})

    assert page.status_code == 503
    assert "Rien n'a été effacé" in plain(page)
    assert [mask.layer for mask in stored(session, Redaction)] == [Layer.MASKED]


def test_what_is_erased_is_not_said_to_have_been_so_since_it_was_masked(session, opened, moderator):
    text = phone_text(session, opened)
    send(moderator, text, "mask", passage=VALUE, raison="contact")
    with writing(session):
        masked_at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
        session.execute(sa.update(Redaction).values(created_at=masked_at))

    moderator.post(page_of(text, "/effacer"), {"masque": VALUE, "geste": "effacer"})
    page = plain(moderator.get(page_of(text)))

    assert "masqué le 20 novembre 2026 à 10 h 30, puis effacé pour de bon" in page


def test_lifting_a_mask_of_a_text_that_is_shown_asks_to_reopen_it_first(session, opened, moderator):
    text = phone_text(session, opened)
    send(moderator, text, "redact", passage=VALUE, raison="contact")
    lift = {"masque": VALUE}

    refused = moderator.post(page_of(text, "/demasquer"), lift)
    send(moderator, text, "reopen", known=1, seen=TextState.REDACTED)
    moderator.post(page_of(text, "/demasquer"), lift)

    assert refused.status_code == 409
    assert "Rouvrez d'abord ce texte" in plain(refused)
    assert stored(session, Redaction)[0].lifted_at is not None


def test_nobody_lifts_a_mask_of_a_text_that_another_reads(
    session, opened, moderator, colleague_named
):
    text = phone_text(session, opened)
    send(moderator, text, "mask", passage=VALUE, raison="contact")
    dominique = colleague_named("dominique")
    with writing(session):
        claims.take_over(Work(session, dominique.actor, now()), text.public_id)

    page = moderator.get(page_of(text))
    refused = moderator.post(page_of(text, "/demasquer"), {"masque": VALUE})

    assert "Lever ce masque" not in plain(page)
    assert refused.status_code == 409
    assert "Une autre personne a pris ce texte entre-temps" in plain(refused)
    assert stored(session, Redaction)[0].lifted_at is None


@pytest.mark.parametrize("verdict", ["redact", "publish"])
def test_who_saw_a_mask_that_was_lifted_since_is_told_and_publishes_nothing(
    session, opened, moderator, colleague_named, verdict
):
    text = phone_text(session, opened)
    send(moderator, text, "mask", passage=[VALUE, "0-1"], raison="contact")
    page = moderator.get(page_of(text))
    masked_ranges = re.search(r'name="masques" value="([^"]*)"', page.text).group(1)
    with time_machine.travel(now() + timedelta(minutes=11)):
        colleague_named("dominique").lift(text, range_of(TEXT))

    sent = gesture(text, verdict, masques=masked_ranges, raison="contact")
    refused = moderator.post(page_of(text, "/decision"), sent)

    assert refused.status_code == 409
    assert "Entre-temps, un masque de ce texte a été levé" in plain(refused)
    assert fresh(session, text).state is TextState.WAITING
    anew = re.search(r'name="masques" value="([^"]*)"', refused.text).group(1)
    verified = {"geste": "redact", "masques": anew, "verifie": VALUE}
    moderator.post(page_of(text, "/decision"), sent | verified)
    assert (masked_ranges, anew) == (f"0-1,{VALUE}", "0-1")
    assert fresh(session, text).state is TextState.REDACTED


def test_ten_thousand_signs_with_three_hundred_findings_are_shown_and_masked_at_once(
    session, opened, moderator
):
    content = "".join(f"06{number:08} à Évry, ou chez elle ?\n" for number in range(300))[:10_000]
    passages = re.findall(r"06\d{8}", content)
    text = make_text(
        session, opened, content.ljust(10_000, "é"),
        findings=[(FindingKind.PHONE, passage) for passage in passages],
    )  # fmt: skip

    page = moderator.get(page_of(text))
    values = re.findall(r'name="passage" value="([^"]+)"', page.text)
    moderator.post(
        page_of(text, "/decision"),
        gesture(text, "redact", passage=values, raison="contact"),
    )

    assert len(values) == len(passages) >= 290
    assert fresh(session, text).state is TextState.REDACTED
    assert len(stored(session, Redaction)) == len(passages)


def test_response_is_set_aside_for_a_reason_and_counts_again(session, opened, moderator):
    text = make_text(session, opened)
    moderator.get(page_of(text))
    place = page_of(text, "/contribution")

    refused = moderator.post(place, {"pourquoi": ""})
    moderator.post(place, {"pourquoi": "own_duplicate"})
    page = plain(moderator.get(page_of(text)))
    listed = plain(moderator.get("/moderation?etat=aside"))
    moderator.post(page_of(text, "/contribution/reprendre"))

    assert refused.status_code == 400
    assert "Choisissez dans la liste pourquoi" in plain(refused)
    assert "Contribution mise de côté par Camille" in page
    assert "un doublon de la même personne" in page
    assert "Contributions de côté (1)" in listed
    assert stored(session, ResponseSetAside) == []


def test_charter_tells_masked_from_erased_and_whom_to_call(moderator):
    page = plain(moderator.get("/moderation/charte"))

    for content in (
        "Masqué n'est pas effacé", "17", "112", "119", "3919", "116 006",
        "À faire vérifier par le conseil du collectif", "Quoi masquer",
    ):  # fmt: skip
        assert content in page


def test_end_of_the_queue_says_whether_anything_is_left(session, opened, moderator):
    text = make_text(session, opened)

    skipped = moderator.get(f"/moderation/suivant?apres={text.public_id}")
    left = plain(moderator.get(skipped.location))
    send(moderator, text, "publish")
    over = plain(moderator.get(moderator.get("/moderation/suivant").location))

    assert "Il reste des textes que vous avez passés" in left
    assert "Il ne reste rien ici." in over
    assert "Tout est relu" in over


def test_where_others_read_all_that_is_left_nobody_is_told_that_nothing_is(
    app, session, opened, moderator, colleague_named
):
    app.config["TWO_MODERATORS"] = True
    text, proposed = make_text(session, opened), make_text(session, opened, "À deux.")
    send(moderator, proposed, "withhold", raison="spam")
    with writing(session):
        claims.claim(Work(session, colleague_named("dominique").actor, now()), text.public_id)

    waiting, seconding = (
        plain(moderator.get(moderator.get(f"/moderation/suivant?etat={tab}").location))
        for tab in ("waiting", "seconding")
    )

    assert "Ce qui reste ici, d'autres le relisent en ce moment." in waiting
    assert "À relire (1)" in waiting
    assert "Ce qui reste ici attend une autre personne que vous." in seconding


def test_text_that_may_not_be_quoted_says_that_it_will_not_be_public(session, opened, moderator):
    text = make_text(session, opened, consent_anonymous=False)

    page = plain(moderator.get(page_of(text)))

    assert "la personne n'a pas accepté d'être citée" in page
    assert "Si le texte était publié maintenant" not in page


def test_who_has_not_said_in_what_capacity_they_write_is_said_to_have_not(session, opened, sign_in):
    text = make_text(session, opened, capacity=NO_CAPACITY)
    moderator = sign_in(Role.MODERATOR)

    page = plain(moderator.get(page_of(text)))
    received = moderator.get("/organisation/contributions/")
    public_id = session.scalars(sa.select(Response.public_id)).one()
    response_page = moderator.get(f"/organisation/contributions/{public_id}")

    assert "De qualité non précisée, adresse non confirmée" in page
    assert ">non précisée</td>" in received.text
    assert "Qualité non précisée" in plain(response_page)


def test_filters_are_kept_from_one_text_to_the_next(session, opened, moderator):
    first = phone_text(session, opened)
    make_text(session, opened, "Sans rien.")
    third = phone_text(session, opened)
    moderator.get(page_of(first))

    answer = moderator.post(
        page_of(first, "/decision?signe=phone&mesure=T7"),
        gesture(first, "redact", passage=VALUE),
    )
    forward = moderator.get(answer.location)

    assert third.public_id in forward.location
    assert "signe=phone" in forward.location


def test_moderator_whose_claim_ran_out_may_still_decide(session, opened, moderator):
    text = make_text(session, opened)
    moderator.get(page_of(text))

    with time_machine.travel(now() + timedelta(minutes=11)):
        answer = moderator.post(page_of(text, "/decision"), gesture(text, "publish"))

    assert answer.status_code == 303


def test_opening_a_text_claims_it_by_name(app, session, opened, sign_in):
    text = make_text(session, opened)
    camille, dominique = sign_in(name="camille"), sign_in(name="dominique")

    camille.get(page_of(text))
    page = plain(dominique.get(page_of(text)))

    assert "Camille relit ce texte" in page


def test_page_of_a_text_says_its_place_and_leads_back_within_the_filter(session, opened, moderator):
    first, _tool, last = (
        make_text(session, opened, f"Texte {number}", measure=measure)
        for number, measure in enumerate(["T7", None, "T7"])
    )

    page = moderator.get(page_of(last) + "?mesure=T7")

    assert "Précédent 2 sur 2" in plain(page)
    assert f'rel="prev" href="{page_of(first)}?mesure=T7"' in page.text


def test_one_more_passage_is_offered_without_storing_anything(session, opened, moderator):
    text = phone_text(session, opened)

    page = send(moderator, text, "add", autre="Aïcha", passage=VALUE, raison="victim")

    assert page.status_code == 200
    assert page.text.count('name="autre"') == 2
    assert "Aïcha</textarea>" in page.text
    assert 'value="victim" selected' in page.text or 'selected value="victim"' in page.text
    assert stored(session, Redaction) == []
    assert fresh(session, text).state is TextState.WAITING


def test_text_that_is_never_public_is_nowhere_said_to_be_published(session, opened, moderator):
    text = phone_text(session, opened, consent_anonymous=False)
    send(moderator, text, "redact", passage=VALUE)

    page = plain(moderator.get(page_of(text)))

    assert "gardé pour les classeurs, passages masqués" in page
    assert "a gardé ce texte pour les classeurs avec des passages masqués" in page
    assert "publié" not in page


@pytest.mark.parametrize(
    ("written", "locale", "language", "tag"),
    [
        ("Hay que contar las plazas para las personas.", "fr", "espagnol", "es"),
        ("Hébergement.", "en", "anglais", "en"),
        ("Il faut compter les places pour les victimes.", "fr", None, "fr"),
    ],
)  # fmt: skip
def test_page_of_a_text_names_a_language_that_is_not_french(
    session, opened, moderator, written, locale, language, tag
):
    response = respond(session, opened, "T7", {QUESTION: written}, consent_anonymous=True)
    response.respondent.locale = locale
    session.commit()
    screen_due(session)
    (text,) = stored(session, ModeratedText)

    page = moderator.get(page_of(text)).text

    shown = re.search(r"<dt>Langue</dt><dd>([^<]*)</dd>", page)
    assert (shown and shown[1].strip()) == language
    assert f'data-text lang="{tag}"' in page
