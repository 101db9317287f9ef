"""Tables of decisions: on indicators, what they rest on, their drafts, editions of the plan."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.accounts.models import Account
from consultation.crypto.keyring import new_id
from consultation.db.base import Base, enum_type, require_french
from consultation.db.permanent_rows import permanent
from consultation.editions.models import Edition
from consultation.i18n import N_, Labelled, Localized
from consultation.plan.models import Indicator, IndicatorVersion, Measure


class DecisionOutcome(Labelled):
    """What is decided of an indicator, or of one that is missing."""

    KEPT = "kept", N_("Gardé")
    AMENDED = "amended", N_("Modifié")
    REPLACED = "replaced", N_("Remplacé")
    """Another indicator stands in its place, under the same code."""
    RETIRED = "retired", N_("Retiré")
    LATER = "later", N_("Reporté")
    ADDED = "added", N_("Ajouté")
    NOT_ADDED = "not_added", N_("Non ajouté")
    REOPENED = "reopened", "Rouvert"
    """A decision that no edition published was taken back: it is to be decided again."""
    TAKEN = "taken", N_("Repris")
    TAKEN_IN_PART = "taken_in_part", N_("Repris en partie")
    NOT_TAKEN = "not_taken", N_("Non repris")
    OFF_TOPIC = "off_topic", N_("Hors sujet")


class IndicatorChange(Labelled):
    """What a decision changes in the plan once an edition publishes it."""

    KEEP = "keep", N_("Le texte reste le même")
    REWORD = "reword", N_("Nouveau texte")
    RETIRE = "retire", N_("Indicateur retiré")
    ADD = "add", N_("Nouvel indicateur")


CHANGE_OF: Mapping[DecisionOutcome, IndicatorChange] = {
    DecisionOutcome.KEPT: IndicatorChange.KEEP,
    DecisionOutcome.AMENDED: IndicatorChange.REWORD,
    DecisionOutcome.REPLACED: IndicatorChange.REWORD,
    DecisionOutcome.RETIRED: IndicatorChange.RETIRE,
    DecisionOutcome.LATER: IndicatorChange.KEEP,
    DecisionOutcome.ADDED: IndicatorChange.ADD,
    DecisionOutcome.NOT_ADDED: IndicatorChange.KEEP,
    DecisionOutcome.REOPENED: IndicatorChange.KEEP,
}
"""What each outcome changes.  The others were decided before there were these: they were about
what had been said, and what changed was beside them."""


def names_of(outcome: DecisionOutcome, change: IndicatorChange) -> Sequence[Labelled]:
    """Name a decision by its outcome, and by what it changes where that is open."""
    return (outcome,) if CHANGE_OF.get(outcome) is change else (outcome, change)


@permanent("decided_at")
class IndicatorDecision(Base):
    """A decision on an indicator, or on one that is missing; superseded, never edited.

    Without an indicator it is about what is missing in the measure.  `wording` has the texts of
    `plan.drafts.WORDING` by language, `measurement` what `measurement.values.as_json` gives: both
    are None where the plan keeps what it has.
    """

    __tablename__ = "indicator_decision"
    __table_args__ = (
        sa.CheckConstraint("(indicator_id IS NULL) = (version_id IS NULL)", "version"),
        sa.CheckConstraint("(change = 'add') = (code IS NOT NULL)", "code"),
        sa.CheckConstraint("change <> 'add' OR indicator_id IS NULL", "added"),
        sa.CheckConstraint(
            "change NOT IN ('reword', 'add') OR wording IS NOT NULL", "wording_of_change"
        ),
        require_french("reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    measure_id: Mapped[int] = mapped_column(sa.ForeignKey("measure.id"), index=True)
    indicator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("indicator.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("indicator_version.id"))
    """The version that was in force: another one since makes the decision stale."""
    code: Mapped[str | None] = mapped_column(sa.String(30))
    """The code of an indicator to add."""
    subject: Mapped[Localized | None]
    """What is missing, in a few words, where no indicator is named."""
    outcome: Mapped[DecisionOutcome] = mapped_column(enum_type(DecisionOutcome, "outcome"))
    change: Mapped[IndicatorChange] = mapped_column(enum_type(IndicatorChange, "change"))
    wording: Mapped[dict[str, Any] | None]
    measurement: Mapped[dict[str, Any] | None]
    reason: Mapped[Localized]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    """For the team only."""
    decided_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    supersedes_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("indicator_decision.id"), unique=True
    )

    measure: Mapped[Measure] = relationship()
    indicator: Mapped[Indicator | None] = relationship()
    version: Mapped[IndicatorVersion | None] = relationship()
    account: Mapped[Account] = relationship()
    basis: Mapped[list["DecisionBasis"]] = relationship(order_by="DecisionBasis.id")

    @property
    def names(self) -> Sequence[Labelled]:
        """What it is called, on pages and in files."""
        return names_of(self.outcome, self.change)


class DecisionBasis(Base):
    """A text on which a decision rests; emptied when the text is erased or withdrawn."""

    __tablename__ = "indicator_decision_basis"
    __table_args__ = (sa.UniqueConstraint("decision_id", "answer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator_decision.id"))
    answer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("answer.id"), index=True)


class DecisionDraft(Base):
    """A decision in preparation: `fields` are the texts of its form, by name."""

    __tablename__ = "decision_draft"
    __table_args__ = (
        sa.Index(
            "uq_decision_draft_missing",
            "measure_id",
            unique=True,
            sqlite_where=sa.text("indicator_id IS NULL"),
            postgresql_where=sa.text("indicator_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(sa.ForeignKey("measure.id"))
    indicator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("indicator.id"), unique=True)
    fields: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))

    account: Mapped[Account] = relationship()


@permanent("published_at")
class PlanEdition(Edition, Base):
    """A numbered state of the plan's indicators; its content is what `content.frozen` gives."""

    __tablename__ = "plan_edition"

    decisions: Mapped[list[IndicatorDecision]] = relationship(
        secondary="edition_decision", order_by=IndicatorDecision.id
    )


class EditionDecision(Base):
    """A decision that an edition publishes, or will when it is."""

    __tablename__ = "edition_decision"

    decision_id: Mapped[int] = mapped_column(
        sa.ForeignKey("indicator_decision.id"), primary_key=True
    )
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_edition.id"), index=True)
