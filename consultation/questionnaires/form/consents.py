"""Consents that contradict each other, or what else a form says of who answers."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from consultation.questionnaires.form.instrument import Instrument, Question
from consultation.questionnaires.models import Destination


def contradictions(instrument: Instrument, values: Mapping[int, Any]) -> dict[int, list[str]]:
    """Return what to ask of the consents in a form, by the question that asks for them.

    They are found by their destination, so that any outline is held to the same.
    """
    questions = _by_destination(instrument)
    found = {}
    contact = questions.get(Destination.CONSENT_CONTACT)
    address = questions.get(Destination.ADDRESS)
    if contact and address and _is_given(contact, values) and address.id not in values:
        found[contact.id] = [
            _(
                "Pour que le Collectif puisse vous écrire, donnez votre adresse électronique."
                " Sinon, retirez cet accord."
            )
        ]
    anonymous = questions.get(Destination.CONSENT_ANONYMOUS)
    named = questions.get(Destination.CONSENT_NAMED)
    if anonymous and named and _is_given(anonymous, values) and _is_given(named, values):
        found[named.id] = [
            _(
                "Vous acceptez que l'on vous cite à la fois sans votre nom et avec votre nom :"
                " gardez un seul de ces deux accords."
            )
        ]
    return found


def _by_destination(instrument: Instrument) -> dict[Destination, Question]:
    """Return the questions about the person; worked out once."""
    if "about the person" not in instrument.cache:
        instrument.cache["about the person"] = {
            question.destination: question
            for question in instrument.questions
            if question.destination is not Destination.ANSWER
        }
    made: dict[Destination, Question] = instrument.cache["about the person"]
    return made


def _is_given(consent: Question, values: Mapping[int, Any]) -> bool:
    return "yes" in values.get(consent.id, ())
