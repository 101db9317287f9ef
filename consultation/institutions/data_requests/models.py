"""Tables of data requests: what is asked of an institution, and what became of it."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.accounts.models import Account
from consultation.crypto.keyring import EncryptedText, new_id
from consultation.db.base import Base, enum_type
from consultation.db.permanent_rows import permanent
from consultation.i18n import Labelled
from consultation.plan.models import IndicatorVersion
from consultation.plan.values.models import ValuePoint


class RequestEventKind(Labelled):
    """What happened to a request; the last one undoes another that was noted by mistake."""

    REQUESTED = "requested", "La lettre est partie"
    ANSWERED = "answered", "L'institution a répondu"
    REFUSED = "refused", "L'institution a refusé"
    NO_ANSWER = "no_answer", "L'institution n'a pas répondu"
    WITHDRAWN = "withdrawn", "Nous abandonnons la demande"
    UNDONE = "undone", "La dernière étape est annulée"


class DataRequest(Base):
    """Figures of one moment asked of one institution; it is edited until it has left."""

    __tablename__ = "data_request"
    __table_args__ = (sa.CheckConstraint("(point IS NULL) <> (day IS NULL)", "point_or_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    institution: Mapped[str] = mapped_column(sa.String(300))
    contact: Mapped[str | None] = mapped_column(EncryptedText)
    """Its postal or electronic address; emptied once the request is over for long enough."""
    document: Mapped[str] = mapped_column(sa.String(500))
    """The document sought."""
    point: Mapped[ValuePoint | None] = mapped_column(enum_type(ValuePoint, "point"))
    day: Mapped[date | None]
    signatory: Mapped[str | None] = mapped_column(EncryptedText)
    """Who signs the letter; emptied with the contact."""
    grounds: Mapped[str | None] = mapped_column(sa.Text)
    """The legal text of the letter, as it was when the letter left; None until then."""
    sender_address: Mapped[str | None] = mapped_column(sa.Text)
    """The postal address of the collective, as it was when the letter left; None until then."""
    created_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))

    account: Mapped[Account] = relationship()
    versions: Mapped[list[IndicatorVersion]] = relationship(
        secondary="data_request_indicator", order_by=IndicatorVersion.id
    )
    events: Mapped[list["RequestEvent"]] = relationship(order_by="RequestEvent.id")


class RequestedIndicator(Base):
    """An indicator, as it was worded, of which a request asks the figure."""

    __tablename__ = "data_request_indicator"

    request_id: Mapped[int] = mapped_column(sa.ForeignKey("data_request.id"), primary_key=True)
    indicator_version_id: Mapped[int] = mapped_column(
        sa.ForeignKey("indicator_version.id"), primary_key=True, index=True
    )


@permanent("kind", lambda row: row.kind is RequestEventKind.REQUESTED)
class RequestEvent(Base):
    """Something that happened to a request on a day; appended, never changed."""

    __tablename__ = "data_request_event"
    __table_args__ = (sa.CheckConstraint("(kind = 'undone') = (undoes_id IS NOT NULL)", "undoes"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("data_request.id"), index=True)
    kind: Mapped[RequestEventKind] = mapped_column(enum_type(RequestEventKind, "kind"))
    happened_on: Mapped[date]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    recorded_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    undoes_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("data_request_event.id"), unique=True
    )

    account: Mapped[Account] = relationship()
