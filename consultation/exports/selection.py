"""Selection of a workbook: measures, agreement, anonymity and language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consultation.decisions.models import IndicatorDecision
from consultation.decisions.recorded import edition_of_decision
from consultation.i18n import DEFAULT_LOCALE, Labelled
from consultation.moderation.visibility import IS_CLEAR, Audience
from consultation.plan.models import Measure
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Respondent, Response
from consultation.results.tallies.queries import counts_in

TOOL = "(outil)"
"""Replaces a measure's code for the tool as a whole; no measure's code has brackets."""


class Agreement(Labelled):
    """What the respondents of a workbook must have agreed to."""

    ANY = "any", "Toutes les contributions"
    CONTACT = "contact", "Celles de personnes qui acceptent qu'on les contacte"
    QUOTED = "quoted", "Celles de personnes qui acceptent qu'on les cite"
    NAMED = "named", "Celles de personnes qui acceptent qu'on les cite avec leur nom"


AGREED: Mapping[Agreement, sa.ColumnElement[bool]] = {
    Agreement.ANY: sa.true(),
    Agreement.CONTACT: Respondent.consent_contact.is_(True),
    Agreement.QUOTED: sa.or_(Respondent.consent_anonymous, Respondent.consent_named),
    Agreement.NAMED: Respondent.consent_named.is_(True),
}


@dataclass(frozen=True)
class Selection:
    """Filters of a workbook; by default none."""

    measures: frozenset[str] | None = None
    """Codes of measures, `TOOL` for the tool; None: all."""
    agreement: Agreement = Agreement.ANY
    is_anonymised: bool = False
    """Without identifying columns: organisation, receipt code, day, channel, language."""
    locale: str = DEFAULT_LOCALE
    """Language of the plan, the questions and their options, where they are translated."""
    is_complete: bool = True
    """All sheets, for researchers; else those that one shows and reads."""
    is_reviewed_only: bool = False
    """Without the texts that no moderator has read."""

    @property
    def audience(self) -> Audience:
        """The readers by whom visibility decides which texts are in the workbook."""
        return Audience.REVIEWED_EXPORT if self.is_reviewed_only else Audience.EXPORT

    @property
    def is_left_unread(self) -> sa.ColumnElement[bool]:
        """The condition that a text would be shown, but for nobody having read it."""
        return IS_CLEAR if self.is_reviewed_only else sa.false()

    def as_json(self) -> dict[str, Any]:
        """Return the filters as a manifest names them."""
        return {
            "measures": None if self.measures is None else sorted(self.measures),
            "agreement": self.agreement.value,
            "anonymised": self.is_anonymised,
            "locale": self.locale,
            "complete": self.is_complete,
            "reviewed": self.is_reviewed_only,
        }

    def forms(self, round_id: int) -> sa.ColumnElement[bool]:
        """Return the condition that a `Questionnaire` is of the round and selected."""
        in_round = Questionnaire.round_id == round_id
        if self.measures is None:
            return in_round
        named = sa.select(Measure.id).where(Measure.code.in_(self.measures - {TOOL}))
        is_tool = Questionnaire.measure_id.is_(None) if TOOL in self.measures else sa.false()
        return sa.and_(in_round, sa.or_(Questionnaire.measure_id.in_(named), is_tool))

    def counted(self, round_id: int) -> sa.ColumnElement[bool]:
        """Return the condition that a response is current and its form selected."""
        return sa.and_(counts_in(round_id), self.forms(round_id))

    def agreed(self) -> sa.ColumnElement[bool]:
        """Return the condition that the author of a `Response` gave the agreement."""
        if self.agreement is Agreement.ANY:
            return sa.true()
        return Response.respondent.has(AGREED[self.agreement])

    def includes(self, round_id: int) -> sa.ColumnElement[bool]:
        """Return the condition that a response is in the workbook."""
        return sa.and_(self.counted(round_id), self.agreed())

    def decided(self) -> sa.ColumnElement[bool]:
        """Return the condition that a decision is selected, which may name its measure.

        Decisions are about the plan: neither the round nor an agreement selects them.  An
        anonymised file is to be given out: it holds the published ones alone.
        """
        published = sa.select(edition_of_decision().subquery().c.decision_id)
        is_known = IndicatorDecision.id.in_(published) if self.is_anonymised else sa.true()
        return sa.and_(is_known, self.planned())

    def planned(self) -> sa.ColumnElement[bool]:
        """Return the condition that a `Measure` is selected."""
        if self.measures is None:
            return sa.true()
        return Measure.code.in_(self.measures - {TOOL})


EVERYTHING = Selection()
