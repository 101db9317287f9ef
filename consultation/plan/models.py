"""Plan tables: axes, measures, indicators and how they are measured, synonyms, assessments."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto.keyring import new_id
from consultation.db.base import Base, enum_type, require_french
from consultation.i18n import N_, Labelled, Localized


class Assessor(Labelled):
    """Who assessed how far a measure has come."""

    STATE = "state", "État", N_("L'État")
    COLLECTIVE = "collective", "Collectif", N_("Le collectif")
    RAPPORTEUR = "rapporteur", "Rapporteur national", N_("Le rapporteur national")


class Level(Labelled):
    """How far a measure has come, on the two scales in use."""

    NOT_ENGAGED = "not_engaged", N_("non engagée")
    ENGAGED = "engaged", N_("engagée")
    NOT_DONE = "not_done", N_("non réalisée")
    PARTLY_DONE = "partly_done", N_("partiellement réalisée")
    DONE = "done", N_("réalisée")


class MeasuredAs(Labelled):
    """What kind of value an indicator has; a level is in words."""

    NUMBER = "number", "nombre", N_("un nombre")
    PERCENTAGE = "percentage", "pourcentage", N_("un pourcentage")
    DURATION = "duration", "durée", N_("une durée")
    DATE = "date", "date", N_("une date")
    YES_NO = "yes_no", N_("oui ou non")
    LEVEL = "level", "niveau en mots", N_("un niveau en mots")


class WantedDirection(Labelled):
    """Where the value of an indicator is to go: up, down, to its target, or nowhere."""

    MORE = "more", N_("augmenter")
    LESS = "less", N_("diminuer")
    REACH = "reach", N_("atteindre la cible")
    NONE = "none", "aucun", N_("pas de sens voulu")


class Point(Labelled):
    """A moment for which an indicator has a value to start from or to reach."""

    BASELINE = "baseline", "Départ", N_("Valeur de départ")
    MIDTERM = "midterm", "Mi-parcours", N_("Cible à mi-parcours")
    FINAL = "final", "Fin", N_("Cible finale")


class Remark(Labelled):
    """What the wording of an indicator lacks, or has too much of."""

    UNCOUNTABLE = (
        "uncountable",
        (
            "L'intitulé dit une intention, qui ne se compte pas : que verrait-on de plus, ou de"
            " moins, si elle était tenue ?"
        ),
    )
    TWO_THINGS = (
        "two_things",
        ("L'intitulé semble compter deux choses. Deux indicateurs se mesureraient mieux qu'un."),
    )
    NO_DENOMINATOR = (
        "no_denominator",
        (
            "Une part se compte parmi un ensemble : dites lequel, par exemple « parmi les"
            " victimes identifiées dans l'année »."
        ),
    )
    NO_UNIT = (
        "no_unit",
        "Il manque l'unité : personnes, %, jours… Sans elle, un nombre se lit mal.",
    )
    NO_SOURCE = "no_source", "Il manque la source : qui produit ce chiffre, et où le trouver ?"
    UNDATED_TARGET = "undated_target", "La cible n'a pas de date : pour quand est-elle ?"


class Plan(Base):
    """A public plan; one installation follows one."""

    __tablename__ = "plan"
    __table_args__ = (require_french("title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[Localized]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]


class Axis(Base):
    """A chapter of the plan."""

    __tablename__ = "axis"
    __table_args__ = (sa.UniqueConstraint("plan_id", "code"), require_french("title"))

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"))
    code: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[Localized]
    position: Mapped[int]


class Measure(Base):
    """One commitment of the plan; `is_shipped` marks an unofficial theme of the product's own."""

    __tablename__ = "measure"
    __table_args__ = (require_french("title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    axis_id: Mapped[int] = mapped_column(sa.ForeignKey("axis.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    title: Mapped[Localized]
    summary: Mapped[Localized | None]
    lead: Mapped[str | None] = mapped_column(sa.String(300))
    tags: Mapped[Localized | None]
    """Themes and professions, separated by commas; see `tags`."""
    position: Mapped[int]
    is_shipped: Mapped[bool] = mapped_column(default=False)
    retired_at: Mapped[datetime | None]

    axis: Mapped[Axis] = relationship()
    indicators: Mapped[list["Indicator"]] = relationship(
        back_populates="measure", order_by="Indicator.position"
    )
    statuses: Mapped[list["MeasureStatus"]] = relationship(
        order_by="MeasureStatus.assessed_on.desc()"
    )


class Indicator(Base):
    """What shows a measure's progress; its wording is in its versions."""

    __tablename__ = "indicator"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(sa.ForeignKey("measure.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(30), unique=True)
    position: Mapped[int]
    is_shipped: Mapped[bool] = mapped_column(default=False)
    retired_at: Mapped[datetime | None]

    measure: Mapped[Measure] = relationship(back_populates="indicators")
    versions: Mapped[list["IndicatorVersion"]] = relationship(
        back_populates="indicator", order_by="IndicatorVersion.number"
    )

    @property
    def version(self) -> "IndicatorVersion":
        """The wording in force, the last one."""
        return self.versions[-1]


class IndicatorVersion(Base):
    """One wording of an indicator; a new wording is a new version, none is edited."""

    __tablename__ = "indicator_version"
    __table_args__ = (sa.UniqueConstraint("indicator_id", "number"), require_french("label"))

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator.id"))
    number: Mapped[int]
    label: Mapped[Localized]
    definition: Mapped[Localized | None]
    unit: Mapped[Localized | None]
    data_source: Mapped[Localized | None]
    baseline: Mapped[Localized | None]
    midterm_target: Mapped[Localized | None]
    final_target: Mapped[Localized | None]
    reason: Mapped[str | None] = mapped_column(sa.String(500))
    created_at: Mapped[datetime]

    indicator: Mapped[Indicator] = relationship(back_populates="versions")
    measurements: Mapped[list["StoredMeasurement"]] = relationship(
        order_by="StoredMeasurement.number"
    )


class StoredMeasurement(Base):
    """How a version of an indicator is measured; a change is a row more, none is edited.

    It is no part of the forms: the wording keeps its version.
    """

    __tablename__ = "indicator_measurement"
    __table_args__ = (sa.UniqueConstraint("indicator_version_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_version_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator_version.id"))
    number: Mapped[int]
    measured_as: Mapped[MeasuredAs | None] = mapped_column(enum_type(MeasuredAs, "measured_as"))
    direction: Mapped[WantedDirection | None] = mapped_column(
        enum_type(WantedDirection, "direction")
    )
    created_at: Mapped[datetime]

    figures: Mapped[list["StoredFigure"]] = relationship(order_by="StoredFigure.id")


class StoredFigure(Base):
    """A value to start from or to reach: exactly one of number, day, yes or no, level in words."""

    __tablename__ = "indicator_figure"
    __table_args__ = (
        sa.UniqueConstraint("measurement_id", "point"),
        sa.CheckConstraint(
            "(CASE WHEN number IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN day IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN is_met IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN level IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_value",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    measurement_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator_measurement.id"))
    point: Mapped[Point] = mapped_column(enum_type(Point, "point"))
    number: Mapped[float | None]
    day: Mapped[date | None]
    is_met: Mapped[bool | None]
    level: Mapped[str | None] = mapped_column(sa.String(200))
    dated: Mapped[str] = mapped_column(sa.String(10), default="")
    """The date of the value, as precise as it is known: 2026, 2026-06 or 2026-06-30."""
    source: Mapped[str] = mapped_column(sa.String(500), default="")


class SilencedRemark(Base):
    """A remark that is not made on an indicator any more, and why."""

    __tablename__ = "silenced_remark"
    __table_args__ = (sa.UniqueConstraint("indicator_id", "remark"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator.id"))
    remark: Mapped[Remark] = mapped_column(enum_type(Remark, "remark"))
    why: Mapped[str] = mapped_column(sa.String(200))
    silenced_at: Mapped[datetime]


class SynonymList(Base):
    """Groups of words that find one another, a line each; without a row, the shipped ones do."""

    __tablename__ = "synonym_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)


class MeasureStatus(Base):
    """Assessment of how far a measure had come on a day; assessors each have their own."""

    __tablename__ = "measure_status"
    __table_args__ = (
        sa.UniqueConstraint("measure_id", "assessor", "assessed_on"),
        sa.Index("ix_measure_status_assessed_on", "assessed_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    measure_id: Mapped[int] = mapped_column(sa.ForeignKey("measure.id"), index=True)
    assessed_on: Mapped[date]
    assessor: Mapped[Assessor] = mapped_column(enum_type(Assessor, "assessor"))
    level: Mapped[Level] = mapped_column(enum_type(Level, "level"))
    evidence: Mapped[Localized | None]
    source_url: Mapped[str | None] = mapped_column(sa.String(500))
