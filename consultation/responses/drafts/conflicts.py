"""Edit conflicts of a form: a response was sent since it was opened, in another tab.

A conflict lists the questions to which the form answers otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.i18n import localized
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.form.validation import Checked
from consultation.questionnaires.kinds import kind_of
from consultation.responses.drafts.refill import current_response, sent
from consultation.responses.models import Response
from consultation.responses.revisions import Compared, Difference
from consultation.responses.submission.key import SubmissionKey


@dataclass(frozen=True)
class Conflict:
    """A response that was sent since the form was opened, beside what the form would change."""

    sent_at: datetime
    is_withdrawn: bool
    compared: Compared


def newer(
    session: Session, key: SubmissionKey, holder: int, measure_id: int | None
) -> Response | None:
    """Return the holder's response that was sent since the form of `key` was opened, if any was.

    Older keys say nothing of it.  A public form was filled from none.
    """
    seen = 0 if key.holder is None else key.seen
    current = current_response(session, holder, measure_id)
    if seen is None or current is None or current.id == seen:
        return None
    return current


def conflict(form: Instrument, checked: Checked, response: Response, locale: str) -> Conflict:
    """Return the changes of `response` that sending the form would make, in the form's order."""
    before = sent(form, response)
    after = {id_: texts for id_, texts in checked.typed.items() if id_ in checked.values}
    compared = Compared(differences(form, before, after, locale), False)
    return Conflict(response.submitted_at, response.withdrawn_at is not None, compared)


def differences(
    form: Instrument,
    before: Mapping[int, Sequence[str]],
    now: Mapping[int, Sequence[str]],
    locale: str,
) -> list[Difference]:
    """Return the questions to which two fillings of a form answer otherwise."""
    changes = []
    for section in form.sections:
        place = section.indicator.code if section.indicator else ""
        for question in section.questions:
            describe = kind_of(question).describe
            earlier = describe(question, before.get(question.id, ()), locale)
            later = describe(question, now.get(question.id, ()), locale)
            if earlier != later:
                label = localized(question.label, locale)
                changes.append(Difference(place, label, earlier, later))
    return changes
