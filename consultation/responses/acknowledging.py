"""The acknowledgement: what confirms a response by mail, without a word of the respondent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.mail import pacing
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.pacing import Caps
from consultation.responses.models import Response
from consultation.text import clean_line


@dataclass(frozen=True)
class Acknowledgement:
    """What the mail says of one response: all of it is ours, nothing was typed by a visitor.

    `title` is the questionnaire's by language, `submitted_at` is ISO in UTC, `link` the personal
    link in full.
    """

    receipt_code: str
    title: dict[str, str]
    submitted_at: str
    link: str

    @property
    def moment(self) -> datetime:
        """When the response came in."""
        return datetime.fromisoformat(self.submitted_at)


KIND = MessageKind(
    "acknowledgement",
    "acknowledgement",
    Acknowledgement,
    "Accusé de réception",
    reach=Reach.ANSWER,
)


def owe(
    session: Session,
    response: Response,
    *,
    title: Mapping[str, str],
    address: str,
    link: str,
    at: datetime,
    caps: Caps,
) -> bool:
    """Owe the acknowledgement of a response in its transaction; return whether a mail will come.

    `title` is that of its form, `link` the respondent's personal link in full.
    """
    return pacing.enqueue_gathered(
        session,
        KIND.name,
        dedup_key=f"{KIND.name}:{response.receipt_code}",
        recipient=address,
        locale=response.respondent.locale,
        parameters=Acknowledgement(
            receipt_code=response.receipt_code,
            title={language: clean_line(text) for language, text in title.items()},
            submitted_at=response.submitted_at.isoformat(),
            link=link,
        ),
        at=at,
        caps=caps,
    )
