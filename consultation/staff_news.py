"""How things stand in each room, in a few words: the home page of the staff says it."""

from consultation.clock import now
from consultation.extensions import db
from consultation.inbox import listing as messages
from consultation.inbox.models import State
from consultation.mail import outbox
from consultation.mail.models import MessageStatus
from consultation.moderation import danger, queueing
from consultation.moderation.queueing import Tab
from consultation.questionnaires import rounds
from consultation.questionnaires.models import Round
from consultation.responses import listing as responses
from consultation.results import published
from consultation.web.permissions import Actor
from consultation.web.typography import counted, day, french


def of_the_round(_actor: Actor) -> str:
    """Say until when the round is open, or from when on it will be."""
    found, at = _round(), now()
    if found is None:
        return "aucun tour annoncé"
    if at < found.opens_at:
        return f"ouvre le {day(found.opens_at)}"
    stands = "ouvert jusqu'au" if at < found.closes_at else "fermé depuis le"
    return f"{stands} {day(found.closes_at)}"


def of_responses(actor: Actor) -> str:
    """Say how many responses the round has."""
    found = _round()
    count = responses.standing_count(db.session(), actor, found.id) if found else 0
    return counted(count, "contribution", "contributions")


def of_texts(actor: Actor) -> str:
    """Say how many texts wait for somebody to read them, or for a second person."""
    found = queueing.counts(db.session(), actor)
    count = found[Tab.WAITING] + found[Tab.SECONDING]
    marked = queueing.danger_count(db.session(), actor)
    return counted(count, "texte à relire", "textes à relire") + _of_danger(marked)


def of_alerts(_actor: Actor) -> str:
    """Say how many alerts are open, when there are any."""
    count = danger.open_count(db.session())
    return counted(count, "alerte ouverte", "alertes ouvertes") if count else ""


def of_messages(actor: Actor) -> str:
    """Say how many mails that came in wait for a decision."""
    count = messages.counts(db.session(), actor)[State.WAITING]
    marked = messages.danger_count(db.session(), actor)
    return counted(count, "courriel à lire", "courriels à lire") + _of_danger(marked)


def of_results(_actor: Actor) -> str:
    """Say of how many measures figures are public."""
    return counted(published.measure_count(db.session()), "mesure publiée", "mesures publiées")


def of_mails(_actor: Actor) -> str:
    """Say how many mails could not leave, when there are any."""
    count = outbox.counts(db.session())[MessageStatus.UNDELIVERABLE]
    return counted(count, "abandonné", "abandonnés") if count else ""


def _of_danger(count: int) -> str:
    return french(f", dont {count} à lire d'abord (danger possible)") if count else ""


def _round() -> Round | None:
    return rounds.current(db.session(), now())
