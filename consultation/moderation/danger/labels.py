"""French labels of danger alerts: whom to call, what an alert does, what is refused."""

from collections.abc import Callable

from consultation.mail.displayed_states import DisplayedState
from consultation.moderation.danger.alerts import LONGEST_NOTE, NoteMissing, NoteTooLong, Referent
from consultation.moderation.models import DangerAlert
from consultation.web.typography import counted

MARK = "danger possible"
ALERT_CLOSED = "Ce qui a été fait est noté : l'alerte est fermée."
DISMISSED = "C'est noté, avec votre nom : ce n'est pas un danger. Ce texte peut être publié."
DISMISSED_TOO_LATE = "Entre-temps, une autre personne a fermé cette alerte."
BY_PHRASES = "le site, qui a vu des mots de danger"
NOTE_TOO_LATE = (
    "Entre-temps, une autre personne a fermé cette alerte : votre note n'est pas enregistrée."
    " Si elle dit autre chose que la sienne, copiez-la, signalez de nouveau la personne en danger,"
    " puis collez-la dans la nouvelle alerte."
)
PHRASE_ERRORS = {
    "empty": "Écrivez au moins un mot.",
    "long": "C'est trop long : 100 caractères au plus. Gardez les mots qui comptent.",
    "many": "La liste est pleine : retirez d'abord des mots qui ne servent plus.",
}


def note_error(refused: NoteMissing | NoteTooLong) -> str:
    """Return the sentence on a note that was refused, and how to mend it."""
    if isinstance(refused, NoteTooLong):
        return (
            f"Cette note dépasse de {counted(refused.excess, 'caractère', 'caractères')} les"
            f" {LONGEST_NOTE} possibles : raccourcissez-la."
        )
    return "Écrivez en quelques mots ce qui a été fait : sans cela, l'alerte reste ouverte."


def raiser(alert: DangerAlert, name_of: Callable[[str], str]) -> str:
    return name_of(alert.account.email) if alert.account else BY_PHRASES


def whom_to_call(referent: Referent) -> str:
    """Return whom to telephone, and the numbers that answer day and night."""
    emergency = "au 17 ou au 112 ; pour un enfant, au 119"
    if not (referent.name or referent.phone):
        return f"Téléphonez {emergency}."
    whom = referent.name or "la personne référente"
    if not referent.phone:
        return f"Prévenez {whom}. Si le danger est immédiat, téléphonez d'abord {emergency}."
    return (
        f"Téléphonez à {whom}, au {referent.phone}. Si le danger est immédiat, téléphonez d'abord"
        f" {emergency}."
    )


def what_an_alert_does(referent: Referent) -> str:
    """Return the sentence on the button's effect, before it is pressed."""
    if referent.is_mailed:
        return (
            "Le bouton prévient l'équipe, sur chacune de ses pages, et la personne référente, par"
            " un courriel qui ne dit rien du texte."
        )
    return f"Le bouton prévient l'équipe, sur chacune de ses pages. {_unmailed(referent)}"


def alert_raised(referent: Referent) -> str:
    """Return the message after an alert was opened."""
    if referent.is_mailed:
        return (
            "L'alerte est ouverte. Un courriel va partir à la personne référente, sans le texte. "
            + whom_to_call(referent)
        )
    return f"L'alerte est ouverte. {_unmailed(referent)} {whom_to_call(referent)}"


def mail_state(state: DisplayedState | None) -> str:
    if state is None:
        return "Aucun courriel n'est écrit à la personne référente."
    return f"Courriel à la personne référente : {state.label}."


def _unmailed(referent: Referent) -> str:
    why = (
        "ce site n'a pas de serveur de courriel"
        if referent.is_written
        else "aucune adresse n'est réglée pour la personne référente"
    )
    return f"L'alerte est gardée sur cette machine, aucun courriel ne part : {why}."
