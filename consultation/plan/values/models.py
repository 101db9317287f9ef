"""Tables of observed values, of what is public of them, and of words in place of the rule's."""

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto.keyring import new_id
from consultation.db.base import Base, enum_type
from consultation.db.permanent_rows import permanent
from consultation.i18n import N_, Labelled
from consultation.plan.models import IndicatorVersion


class ValuePoint(Labelled):
    """A moment of the plan for which a value is reported."""

    INTERIM = "interim", N_("échéance intermédiaire")
    MIDTERM = "midterm", N_("mi-parcours")
    FINAL = "final", N_("fin du plan")


class MissingBecause(Labelled):
    NEVER_REQUESTED = "never_requested", N_("jamais demandé")
    NO_ANSWER = "no_answer", N_("demandé, sans réponse")
    REFUSED = "refused", N_("refusé")
    DOES_NOT_EXIST = "does_not_exist", N_("n'existe pas")
    CONFIDENTIAL = "confidential", N_("secret statistique")
    NOT_COMPARABLE = "not_comparable", N_("non comparable")


class SourceKind(Labelled):
    OFFICIAL_STATISTICS = "official_statistics", N_("statistique publique")
    ADMINISTRATIVE = "administrative", N_("donnée administrative")
    ASSOCIATION_COUNT = "association_count", N_("décompte associatif")
    SURVEY = "survey", N_("enquête")
    PRESS = "press", N_("presse")


class Reporter(Labelled):
    STATE = "state", "État", N_("l'État")
    COLLECTIVE = "collective", "collectif", N_("le collectif")
    RAPPORTEUR = "rapporteur", "rapporteur national", N_("le rapporteur national")
    ASSOCIATION = "association", "association", N_("une association")


class Progress(Labelled):
    """How far an indicator is, in a word."""

    REACHED = "reached", N_("atteint")
    ON_TRACK = "on_track", N_("en bonne voie")
    LATE = "late", N_("en retard")
    NOT_MEASURED = "not_measured", N_("non mesuré")
    NOT_COMPARABLE = "not_comparable", N_("non comparable")


class Showing(enum.StrEnum):
    """How a published value is shown: as it is, or without its number.

    `SMALL`: as less than the smallest count.  `HELD_BACK`: it would give a small one away.
    """

    EXACT = "exact"
    SMALL = "small"
    HELD_BACK = "held_back"


class IndicatorValue(Base):
    """A value that was observed, or why there is none; superseded by another row, never edited.

    It is of a point of the plan or of a day.  Values of one point stand side by side.
    """

    __tablename__ = "indicator_value"
    __table_args__ = (
        sa.CheckConstraint("(point IS NULL) <> (day IS NULL)", "point_or_day"),
        sa.CheckConstraint(
            " + ".join(
                f"(CASE WHEN {column} IS NULL THEN 0 ELSE 1 END)"
                for column in ("number", "date", "is_met", "level", "missing_because")
            )
            + " = CASE WHEN is_withdrawn THEN 0 ELSE 1 END",
            "one_value",
        ),
        sa.CheckConstraint("NOT is_withdrawn OR supersedes_id IS NOT NULL", "withdrawn"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    indicator_version_id: Mapped[int] = mapped_column(
        sa.ForeignKey("indicator_version.id"), index=True
    )
    point: Mapped[ValuePoint | None] = mapped_column(enum_type(ValuePoint, "point"))
    day: Mapped[date | None]
    number: Mapped[float | None]
    date: Mapped[date | None]
    is_met: Mapped[bool | None]
    level: Mapped[str | None] = mapped_column(sa.String(200))
    missing_because: Mapped[MissingBecause | None] = mapped_column(
        enum_type(MissingBecause, "missing_because")
    )
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    """It takes the value back that it supersedes, and has none itself."""
    covers: Mapped[str] = mapped_column(sa.String(500), default="")
    observed_on: Mapped[str] = mapped_column(sa.String(10), default="")
    """The date of the value, as precise as it is known: 2026, 2026-06 or 2026-06-30."""
    source: Mapped[str] = mapped_column(sa.String(500), default="")
    source_url: Mapped[str | None] = mapped_column(sa.String(500))
    source_kind: Mapped[SourceKind | None] = mapped_column(enum_type(SourceKind, "source_kind"))
    reported_by: Mapped[Reporter] = mapped_column(enum_type(Reporter, "reported_by"))
    reporter: Mapped[str] = mapped_column(sa.String(300), default="")
    """The organisation that reports it, where it is an association."""
    note: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    supersedes_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("indicator_value.id"), unique=True
    )

    version: Mapped[IndicatorVersion] = relationship()


@permanent("showing")
class ValuePublication(Base):
    """How a value is shown in public from a moment on, None: not any more; the last row counts."""

    __tablename__ = "value_publication"
    __table_args__ = (sa.CheckConstraint("less_than IS NULL OR showing = 'small'", "less_than"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    value_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator_value.id"), index=True)
    showing: Mapped[Showing | None] = mapped_column(enum_type(Showing, "showing"))
    less_than: Mapped[int | None]
    """The smallest count at that moment, which a small value is less than; None: not known."""
    source_rule: Mapped[str] = mapped_column(sa.String(500), default="")
    """What the source itself says of small figures."""
    created_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))

    value: Mapped[IndicatorValue] = relationship()


@permanent("progress")
class ProgressOverride(Base):
    """A person's word for an indicator, None: the rule's again; the last row counts."""

    __tablename__ = "progress_override"

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_version_id: Mapped[int] = mapped_column(
        sa.ForeignKey("indicator_version.id"), index=True
    )
    progress: Mapped[Progress | None] = mapped_column(enum_type(Progress, "progress"))
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))

    version: Mapped[IndicatorVersion] = relationship()
