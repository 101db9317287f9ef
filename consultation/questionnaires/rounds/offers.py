"""Offers of rounds: the languages in which they ask, and what keeps their forms from one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.i18n import OTHER_LOCALES
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import store, validation
from consultation.questionnaires.outline.structure import OutlineQuestion
from consultation.questionnaires.rounds import queries

MOST_NAMED = 3


@dataclass(frozen=True)
class LanguageOffer:
    """What a round does in a language other than French."""

    round: Round
    tag: str
    is_chosen: bool
    """Whether organisers have it among the languages of the round."""
    hindering: Sequence[OutlineQuestion] = ()
    """The questions that are to be translated before a form which asks them is offered."""
    waits: bool = False
    """Whether all are translated, in changes that are not published."""

    @property
    def is_made(self) -> bool:
        """Whether all forms of the round are offered in the language."""
        return self.is_chosen and not self.hindering and not self.waits

    @property
    def named(self) -> Sequence[OutlineQuestion]:
        """The first of the questions, where there are many."""
        return self.hindering[:MOST_NAMED]


def offers_of(session: Session, consultation_round: Round) -> Sequence[LanguageOffer]:
    """The offer of the round in each language of the site other than French."""
    working = store.working(session, consultation_round)
    published = store.published(session, consultation_round) or working
    locales = consultation_round.locales
    hindered = validation.unanswerable(published, locales)
    left = validation.unanswerable(working, locales)
    return [
        LanguageOffer(
            consultation_round,
            tag,
            tag in locales,
            left.get(tag, ()) if tag in hindered else (),
            waits=tag in hindered and tag not in left,
        )
        for tag in OTHER_LOCALES
    ]


def by_language(session: Session, at: datetime) -> Mapping[str, Sequence[LanguageOffer]]:
    """Return the offers of the rounds that are not over, else of the last one, by language."""
    listed = queries.latest_first(session)
    rounds = [it for it in listed if at < it.closes_at] or listed[:1]
    offers = [offer for it in rounds for offer in offers_of(session, it)]
    return {tag: [it for it in offers if it.tag == tag] for tag in OTHER_LOCALES}
