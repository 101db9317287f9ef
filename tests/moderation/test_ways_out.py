"""Whatever is decided, masked, rewritten or withdrawn, every way out shows the same text."""

import random
from contextlib import suppress

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.moderation import claims, decisions, excluded_responses, visibility
from consultation.moderation.claims import DecisionNotAllowed
from consultation.moderation.decisions import DecisionRequest
from consultation.moderation.models import AsideReason, ModeratedText, Reason, TextState, Verdict
from consultation.moderation.texts import redactions
from consultation.moderation.texts.redactions import NotMasked
from consultation.moderation.visibility import Audience, visible
from consultation.responses.models import Answer, Response
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.exports.builders import respond
from tests.exports.reading import make, records_of
from tests.factories import screen_all
from tests.moderation.builders import make_actor

ACTS = 90


class Play:
    """Members of staff and respondents who do one thing after the other, at random but seeded."""

    def __init__(self, session, opened, seed):
        self.session, self.opened, self.chance = session, opened, random.Random(seed)
        self.count = 0
        self.moderators = [make_actor(session, f"modo{seed}{n}") for n in (1, 2)]

        self.deeds = {
            self.answer: 4, self.decide: 7, self.mask: 5, self.lift: 1, self.revise: 1,
            self.withdraw: 1, self.set_aside: 1, self.take_back: 1,
        }  # fmt: skip

    def act(self):
        deed = self.chance.choices(list(self.deeds), list(self.deeds.values()))[0]
        with suppress(DecisionNotAllowed, NotMasked, IndexError):
            deed()
        self.session.rollback()

    def text(self):
        """One that stands: of others there is nothing to decide."""
        rows = self.session.scalars(
            sa.select(ModeratedText.public_id)
            .join(ModeratedText.answer)
            .join(Response, Response.id == Answer.response_id)
            .where(Response.superseded_at.is_(None), Response.withdrawn_at.is_(None))
            .order_by(ModeratedText.answer_id)
        ).all()
        return self.chance.choice(rows)

    def response(self):
        rows = self.session.scalars(
            sa.select(Response)
            .where(Response.superseded_at.is_(None), Response.withdrawn_at.is_(None))
            .order_by(Response.id)
        ).all()
        return self.chance.choice(rows)

    def answer(self, revises=None):
        self.count += 1
        content = f"Texte {self.count} qui nomme Aïcha 👩🏽‍🌾 et se termine là."
        respond(
            self.session,
            self.opened,
            "T7",
            {"suggestions": content},
            revises=revises,
            consent_anonymous=self.chance.random() < 0.5,
        )
        screen_all(self.session, flagged={content} if self.chance.random() < 0.4 else ())

    def revise(self):
        self.answer(revises=self.response())

    def withdraw(self):
        self.response().withdrawn_at = now()
        self.session.commit()

    def decide(self):
        public_id = self.text()
        state = self.session.scalar(
            sa.select(ModeratedText.state).where(ModeratedText.public_id == public_id)
        )
        with writing(self.session):
            decisions.apply(
                Work(self.session, self.chance.choice(self.moderators), now()),
                public_id,
                DecisionRequest(self.chance.choice(list(Verdict)), Reason.VICTIM, state=state),
                two_moderators=self.chance.random() < 0.3,
            )

    def mask(self):
        start = self.chance.randrange(20)
        with writing(self.session):
            public_id = self.text()
            range_ = (start, start + self.chance.randrange(1, 15))
            decisions.apply(
                Work(self.session, self.moderators[0], now()),
                public_id,
                DecisionRequest(None, masks={Reason.VICTIM: [range_]}),
                two_moderators=False,
            )

    def lift(self):
        with writing(self.session):
            public_id = self.text()
            text = claims.lock(self.session, public_id)
            mask = self.chance.choice(visibility.active_masks(self.session, text.answer_id))
            redactions.lift(
                Work(self.session, self.moderators[0], now()), public_id, (mask.start, mask.end)
            )

    def set_aside(self):
        public_id = self.response().public_id
        with writing(self.session):
            excluded_responses.set_aside(
                Work(self.session, self.moderators[0], now()), public_id, AsideReason.TEST
            )

    def take_back(self):
        public_id = self.response().public_id
        with writing(self.session):
            excluded_responses.take_back(Work(self.session, self.moderators[0], now()), public_id)


@pytest.mark.every_case
@pytest.mark.parametrize("seed", [0, 1, 2, 4])
def test_every_way_out_shows_the_same_text_and_the_counts_reconcile(
    session, app, opened, tmp_path, seed
):
    play = Play(session, opened, seed)
    for _ in range(ACTS):
        play.act()
    make_account(session, "orga@association.example")
    organiser = Browser(app)
    organiser.enter("orga@association.example")

    made = make(session, opened, tmp_path)

    session.rollback()
    rows = [row["Texte"] for row in records_of(made.path, "Textes")]
    counted = session.scalars(
        sa.select(Response).where(
            Response.superseded_at.is_(None),
            Response.withdrawn_at.is_(None),
            ~visibility.IS_SET_ASIDE,
        )
    ).all()
    expected = []
    for response in counted:
        for seen in visibility.texts_of_response(session, response.id).values():
            exported, read = (visible(seen, it) for it in (Audience.EXPORT, Audience.ORGANISER))
            public = visible(seen, Audience.PUBLIC)
            assert exported == read
            assert public in (None, exported)
            assert (public is not None) == (
                seen.may_be_quoted and seen.state in (TextState.PUBLISHED, TextState.REDACTED)
            )
            page = organiser.get(f"/organisation/contributions/{response.public_id}").text
            assert (read or "[texte ") in page
            if read is None:
                assert seen.text not in page
            expected += [exported] if exported is not None else []
    assert sorted(rows) == sorted(expected)
    assert any("███" in text for text in rows), "the play has masked nothing that is shown"
    counts = made.counts
    assert counts.texts == len(rows)
    assert counts.received == session.scalar(sa.select(sa.func.count()).select_from(Response))
    assert play.count
    assert session.scalar(sa.select(sa.func.count()).select_from(Answer))
