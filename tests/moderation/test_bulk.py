"""Many texts of the queue decided on at once: what is shown first, what is left out, the undo."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent
from consultation.moderation.models import ModeratedText, ModerationDecision, TextState, Verdict
from tests.moderation.builders import (
    Colleague,
    fresh,
    make_actor,
    make_text,
    phone_text,
    plain,
    stored,
)

pytestmark = pytest.mark.database

LOT = "/moderation/lot"


@pytest.fixture
def texts(session, opened):
    """Two texts without a mark, one that is flagged, one that may say a danger."""
    clear = [
        make_text(session, opened, f"Un texte clair, le numéro {number}.") for number in (1, 2)
    ]
    flagged, urgent = phone_text(session, opened), make_text(session, opened, "Aidez-moi.")
    urgent.has_danger_words = True
    session.commit()
    return [*clear, flagged, urgent]


def names(texts):
    return [text.public_id for text in texts]


def states(session):
    return [text.state for text in stored(session, ModeratedText)]


def confirm(moderator, geste="publish", address=LOT, **values):
    return moderator.post(address, {"geste": geste, "confirme": "oui", **values})


def test_texts_without_a_mark_are_shown_before_any_is_decided(moderator, session, texts):
    page = moderator.get("/moderation")
    unmarked = re.findall(r'name="sans" value="([^"]+)"', page.text)

    shown = moderator.post(LOT, {"geste": "page", "sans": unmarked})
    of_filter = moderator.post(f"{LOT}?mesure=T7", {"geste": "filtre"})

    assert unmarked == names(texts[:2])
    assert "Publier les 2 sans signalement de cette page" in plain(page)
    for answer in (shown, of_filter):
        assert "Publier 2 textes ?" in plain(answer)
        assert "Un texte clair, le numéro 2." in plain(answer)
        assert re.findall(r'name="texte" value="([^"]+)"', answer.text) == unmarked
    assert states(session) == [TextState.WAITING] * 4


def test_act_leaves_flagged_and_urgent_texts_to_their_pages_and_is_undone(
    moderator, session, texts
):
    moderator.get("/moderation")
    asked = moderator.post(LOT, {"geste": "publish", "texte": names(texts)})
    decided = confirm(moderator, texte=names(texts))
    published = states(session)
    page = moderator.get(decided.location)
    lot = re.search(r'name="lot" value="([^"]+)"', page.text)[1]

    undone = moderator.post(f"{LOT}/annuler", {"lot": lot}, follow_redirects=True)

    assert "2 textes ne sont pas dans cette liste" in plain(asked)
    assert published == [TextState.PUBLISHED] * 2 + [TextState.WAITING] * 2
    assert "Vous venez de décider pour 2 textes." in plain(page)
    assert "2 textes sont de nouveau à relire" in plain(undone)
    assert states(session) == [TextState.WAITING] * 4
    acts = sa.select(AuditEvent.action, AuditEvent.details).order_by(AuditEvent.id)
    assert session.execute(acts.where(AuditEvent.action.startswith("texts_"))).all() == [
        ("texts_decided", {"verdict": "publish", "texts": 2}),
        ("texts_reopened", {"texts": 2}),
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"geste": "publish"}, "Cochez au moins un texte"), ({"geste": "withhold"}, "la raison")],
)
def test_what_is_missing_is_said_and_ticks_are_kept(moderator, session, texts, fields, sentence):
    ticked = {} if fields["geste"] == "publish" else {"texte": names(texts[:1])}
    moderator.get("/moderation")

    answer = moderator.post(LOT, fields | ticked)

    assert answer.status_code == 400
    assert sentence in plain(answer)
    assert answer.text.count('name="texte"') == 4
    assert (f'value="{texts[0].public_id}" checked' in answer.text) == bool(ticked)
    assert stored(session, ModerationDecision) == []


def test_button_of_no_page_of_ours_is_refused(moderator, texts):
    moderator.get("/moderation")

    assert moderator.post(LOT, {"geste": "redact", "texte": names(texts)}).status_code == 400


class TestTwoModerators:
    """Where two have to agree."""

    @pytest.fixture
    def settings(self, settings):
        return settings | {"TWO_MODERATORS": True}

    def test_withholding_many_waits_for_the_other_who_confirms_many(self, sign_in, session, texts):
        camille, lou = sign_in(name="camille"), sign_in(name="lou")
        for browser in (camille, lou):
            browser.get("/moderation")
        sent = {"texte": names(texts[:3]), "raison": "spam"}
        confirm(camille, "withhold", **sent)
        proposed = states(session)

        confirm(camille, "withhold", **sent)
        alone = states(session)
        confirm(lou, "withhold", **sent)

        assert proposed == alone == [TextState.SECONDING] * 3 + [TextState.WAITING]
        assert states(session) == [TextState.WITHHELD] * 3 + [TextState.WAITING]

    def test_text_that_was_hidden_once_is_not_published_with_others(
        self, moderator, session, texts
    ):
        other = Colleague(session, make_actor(session, "lou"))
        other.decide(texts[0], Verdict.WITHHOLD)
        other.decide(texts[0], Verdict.REOPEN)
        moderator.get("/moderation")

        confirm(moderator, texte=names(texts[:2]))

        assert fresh(session, texts[0]).state is TextState.WAITING
        assert fresh(session, texts[1]).state is TextState.PUBLISHED
