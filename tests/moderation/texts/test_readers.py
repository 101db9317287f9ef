"""A text in a language that nobody in the team reads stays to be read."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Account, AccountLanguage, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.moderation.claims import DecisionNotAllowed, Obstacle
from consultation.moderation.models import ModeratedText, Reason, TextState, Verdict
from consultation.moderation.screening import screen_due
from consultation.moderation.texts import redactions
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.moderation.builders import (
    QUESTION,
    Colleague,
    fresh,
    gesture,
    make_actor,
    make_text,
    page_of,
    plain,
)
from tests.moderation.texts.test_translations import translate

SPANISH = "Hay que contar también a los menores."
UNREAD = "Personne dans l'équipe ne lit cette langue (espagnol)"
LOT = "/moderation/lot"


@pytest.fixture
def text(session, opened):
    return make_text(session, opened, SPANISH, locale="es")


def reads(session, account_id, tag="es"):
    session.add(AccountLanguage(account_id=account_id, tag=tag))
    session.commit()


def publish(session, text):
    return Colleague(session, make_actor(session, "lou")).decide(text, Verdict.PUBLISH)


@pytest.mark.parametrize("verdict", [Verdict.PUBLISH, Verdict.WITHHOLD])
def test_nobody_decides_on_what_nobody_reads(session, text, verdict):
    with pytest.raises(DecisionNotAllowed) as refused:
        Colleague(session, make_actor(session)).decide(text, verdict)

    assert refused.value.obstacle is Obstacle.NOT_UNDERSTOOD
    assert fresh(session, text).state is TextState.WAITING


def test_it_is_decided_on_once_a_moderator_reads_its_language(session, text):
    reads(session, make_account(session, "ines@exemple.fr", Role.MODERATOR))

    publish(session, text)

    assert fresh(session, text).state is TextState.PUBLISHED


@pytest.mark.parametrize("tag", ["pt-BR", "en"])
def test_another_language_does_not_help(session, text, tag):
    reads(session, make_account(session, "ines@exemple.fr", Role.MODERATOR), tag)

    with pytest.raises(DecisionNotAllowed):
        publish(session, text)


def test_reader_who_may_not_moderate_or_has_left_does_not_help(session, text):
    reads(session, make_account(session, "ines@exemple.fr", Role.ORGANISER))
    former = make_account(session, "ana@exemple.fr", Role.MODERATOR)
    reads(session, former)
    session.get_one(Account, former).active = False
    session.commit()

    with pytest.raises(DecisionNotAllowed):
        publish(session, text)


def test_what_the_words_say_counts_before_the_page_on_which_they_were_written(
    session, opened, text
):
    text.locale = "fr"
    session.commit()

    publish(session, text)

    assert fresh(session, text).state is TextState.PUBLISHED


def test_easier_french_is_french(session, opened):
    easier = make_text(session, opened, "Il faut de la place.", locale="fr-x-facile")

    publish(session, easier)

    assert fresh(session, easier).state is TextState.PUBLISHED


def test_lots_leave_it(session, opened, moderator, text):
    french = make_text(session, opened, "Un texte clair.")
    names = [text.public_id, french.public_id]

    asked = moderator.post(LOT, {"geste": "publish", "texte": names})
    moderator.post(LOT, {"geste": "publish", "confirme": "oui", "texte": names})
    moderator.post(LOT, {"geste": "withhold", "confirme": "oui", "texte": names, "raison": "spam"})

    assert "Publier 1 texte ?" in plain(asked)
    assert "un texte dont personne dans l'équipe ne lit la langue attend" in plain(asked)
    assert fresh(session, french).state is TextState.PUBLISHED
    assert fresh(session, text).state is TextState.WAITING


def test_its_page_says_what_to_do_and_offers_no_verdict(moderator, text):
    page = moderator.get(page_of(text))

    assert UNREAD in plain(page)
    assert 'href="#en-francais"' in page.text
    assert 'value="publish"' not in page.text
    assert 'value="withhold"' not in page.text


def test_its_page_refuses_a_verdict_sent_all_the_same(session, moderator, text):
    answer = moderator.post(page_of(text, "/decision"), gesture(text, "publish"))

    assert answer.status_code == 409
    assert "Personne dans l'équipe ne lit la langue de ce texte" in plain(answer)
    assert fresh(session, text).state is TextState.WAITING


def test_translation_by_a_person_opens_it_until_a_mask_puts_that_in_doubt(session, moderator, text):
    translate(moderator, text)
    assert UNREAD not in plain(moderator.get(page_of(text)))
    with writing(session):
        work = Work(session, make_actor(session, "ines"), now())
        redactions.add(work, fresh(session, text), {Reason.VICTIM: [(0, 3)]})
    assert UNREAD in plain(moderator.get(page_of(text)))

    translate(moderator, text, "Il faut compter aussi les mineurs, relu.")
    moderator.post(page_of(text, "/decision"), gesture(text, "redact", raison="victim"))

    assert fresh(session, text).state is TextState.REDACTED


def test_what_was_decided_is_still_hidden_when_its_reader_leaves(session, moderator, text):
    reader = make_account(session, "ines@exemple.fr", Role.MODERATOR)
    reads(session, reader)
    publish(session, text)
    session.get_one(Account, reader).active = False
    session.commit()

    page = moderator.get(page_of(text))
    colleague = Colleague(session, make_actor(session, "ana"))
    colleague.decide(text, Verdict.WITHHOLD)
    with pytest.raises(DecisionNotAllowed):
        colleague.decide(text, Verdict.PUBLISH)

    assert UNREAD not in plain(page)
    assert fresh(session, text).state is TextState.WITHHELD
    assert colleague.decide(text, Verdict.REOPEN)


def read_by_the_machine(session, opened, written):
    """A text that a machine has read for its language."""
    respond(session, opened, "T7", {QUESTION: written}, consent_anonymous=True)
    session.commit()
    screen_due(session)
    session.rollback()
    return session.scalars(sa.select(ModeratedText)).one()


BULGARIAN = "Взеха ми паспорта, моля помогнете."


def test_text_in_a_language_that_does_not_ship_waits_for_its_translation(
    session, opened, moderator
):
    foreign = read_by_the_machine(session, opened, BULGARIAN)
    with pytest.raises(DecisionNotAllowed) as refused:
        publish(session, foreign)
    page = moderator.get(page_of(foreign))

    translate(moderator, foreign, "On m'a pris mon passeport, aidez-moi.")
    translated = moderator.get(page_of(foreign))

    assert refused.value.obstacle is Obstacle.NOT_UNDERSTOOD
    assert "dans une langue que le site ne reconnaît pas" in plain(page)
    assert "langue non reconnue : la machine n'y cherche ni danger ni nom" in plain(page)
    assert 'data-text lang="und"' in page.text
    assert 'value="publish"' not in page.text
    assert 'value="publish"' in translated.text


def test_moderator_says_that_it_is_in_the_language_of_its_form(session, opened, moderator):
    text = read_by_the_machine(session, opened, BULGARIAN)
    address = page_of(text, "/langue")

    first = plain(moderator.post(address, {}, follow_redirects=True))
    again = plain(moderator.post(address, {}, follow_redirects=True))

    assert "ce texte est dans la langue de son formulaire" in first
    assert "La langue de ce texte était déjà connue" in again
    assert fresh(session, text).locale == "fr"
    assert 'value="publish"' in moderator.get(page_of(text)).text
