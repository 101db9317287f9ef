"""Form of an entered response: how and when it came, beside the fields of its questionnaire."""

from datetime import date, datetime
from typing import Any

from wtforms import Field, RadioField
from wtforms.validators import ValidationError

from consultation.clock import in_paris
from consultation.questionnaires.models import RoundMoments
from consultation.responses.models import ENTERED, Channel
from consultation.text import capitalized
from consultation.web.forms import LineField, StaffForm, required
from consultation.web.typography import day, parse_date

NO_CHANNEL = "Dites si cette réponse est venue sur papier ou par téléphone."
NO_DAY = "Donnez le jour où cette réponse est arrivée."
NOT_A_DAY = "Cette date n'existe pas : écrivez-la comme 24/11/2026."
TO_COME = "Ce jour n'est pas encore venu : donnez le jour où cette réponse est arrivée."
TOO_EARLY = "Ce tour a ouvert le {day} : une réponse ne peut pas être arrivée avant."
TOO_LATE = "Ce tour a fermé le {day} : une réponse arrivée après ne compte plus."


class EntryForm(StaffForm):
    """How a response on paper or by telephone reached the collective, and on which day."""

    channel = RadioField(
        "Comment cette réponse est-elle arrivée ?",
        [required(NO_CHANNEL)],
        name="voie",
        id="voie",
        choices=[(it.value, capitalized(it.label)) for it in ENTERED],
        validate_choice=False,
    )
    received_on = LineField(
        "Arrivée le",
        [required(NO_DAY)],
        name="recue",
        id="recue",
        description="Le jour du courrier ou de l'appel, au plus tard aujourd'hui.",
        render_kw={"type": "date"},
    )

    def __init__(self, formdata: Any, consultation_round: RoundMoments, at: datetime) -> None:
        super().__init__(formdata)
        self._opened_on = in_paris(consultation_round.opens_at).date()
        self._closed_on = in_paris(consultation_round.closes_at).date()
        self._today = in_paris(at).date()

    def validate_channel(self, field: Field) -> None:
        if field.data not in ENTERED:
            raise ValidationError(NO_CHANNEL)

    def validate_received_on(self, field: Field) -> None:
        received_on = parse_date(field.data)
        if received_on is None:
            raise ValidationError(NOT_A_DAY)
        if received_on > self._today:
            raise ValidationError(TO_COME)
        if received_on < self._opened_on:
            raise ValidationError(TOO_EARLY.format(day=day(self._opened_on)))
        if received_on > self._closed_on:
            raise ValidationError(TOO_LATE.format(day=day(self._closed_on)))

    @property
    def came_by(self) -> Channel:
        """The channel, once the form is valid."""
        return Channel(self.channel.data)

    @property
    def came_on(self) -> date:
        """The day, once the form is valid."""
        parsed = parse_date(self.received_on.data)
        assert parsed is not None
        return parsed
