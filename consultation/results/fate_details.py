"""What a page of the fate table says beside the notes of all: whose they are, what they propose."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from consultation.responses.models import Standing
from consultation.results.fates import Fate
from consultation.results.models import TallySide
from consultation.results.opinions import Opinion, read
from consultation.results.proposals import Proposals, wordings
from consultation.results.tallies import Ratings
from consultation.results.verdicts import Conclusion, conclude_notes
from consultation.web.permissions import Actor


@dataclass(frozen=True)
class Group:
    """What the notes of relevance of some respondents come to."""

    ratings: Ratings

    @property
    def conclusion(self) -> Conclusion:
        """The verdict on these notes alone."""
        return conclude_notes(self.ratings)


@dataclass(frozen=True)
class Detail:
    """One indicator with its groups of respondents and the wordings that they propose."""

    fate: Fate
    voices: Group
    """One voice for each organisation."""
    invited: Group
    others: Group
    """Those whom nobody had invited."""
    wordings: Proposals = field(default_factory=Proposals)


def details(session: Session, actor: Actor, round_id: int, fates: Sequence[Fate]) -> list[Detail]:
    """Return the details of some indicators; raise `NotAllowed`.  Four queries."""
    ids = [fate.subject.id for fate in fates]
    opinions = read(session, round_id, [TallySide.VOICE, TallySide.STANDING], ids)
    proposed = wordings(session, actor, round_id, ids)

    def group(fate: Fate, side: TallySide, *codes: str) -> Group:
        parts = (opinions.get((fate.subject.id, side, code), Opinion()) for code in codes)
        added = _added(part.said.relevance for part in parts)
        return Group(replace(added, is_asked_on_nine=fate.said.relevance.is_asked_on_nine))

    open_standings = [one for one in Standing if one is not Standing.INVITED]
    return [
        Detail(
            fate,
            group(fate, TallySide.VOICE, ""),
            group(fate, TallySide.STANDING, Standing.INVITED),
            group(fate, TallySide.STANDING, *open_standings),
            proposed.get(fate.subject.id, Proposals()),
        )
        for fate in fates
    ]


def _added(ratings: Iterable[Ratings]) -> Ratings:
    notes: Counter[int] = Counter()
    no_opinion = 0
    for one in ratings:
        notes.update(one.by_note)
        no_opinion += one.no_opinion
    return Ratings(notes, no_opinion)
