"""French labels of incoming mail: tabs, reasons, refusals, counts."""

from collections.abc import Mapping

from consultation.inbox.models import State

TABS = {
    State.WAITING: "À traiter",
    State.ASKED: "Confirmation demandée",
    State.CONVERTED: "Convertis",
    State.SET_ASIDE: "Mis de côté",
}
STAFF_REASONS = {
    "off_topic": "sans rapport avec la consultation",
    "question": "question, à traiter par courriel",
    "spam": "publicité ou courriel indésirable",
    "sensitive": "signale une personne en danger",
    "repeated": "répète une contribution déjà reçue",
    "other": "autre raison",
}
"""Reasons for which staff set a message aside."""

ALERTING = "sensitive"
"""The reason that opens an alert."""

INTAKE_REASONS = {
    "auto_reply": "réponse automatique",
    "bounce": "retour d'un courriel non remis",
    "calendar": "réponse à une invitation d'agenda",
    "challenge": "demande d'un filtre anti-pourriel",
    "complaint": "signalement d'un destinataire",
    "empty": "vide",
    "erased": "effacé, à la demande de la personne ou au terme de la durée de garde",
    "encrypted": "chiffré : à ouvrir dans la boîte du collectif",
    "newsletter": "lettre d'information ou liste",
    "not_stored": "n'a pas pu être enregistré : à ouvrir dans la boîte du collectif",
    "read_receipt": "accusé de lecture",
    "receipt": "accusé de remise",
    "robot_sender": "envoyé par un automate",
    "took_too_long": "trop long à lire : seuls ses en-têtes ont été lus",
    "too_deep": "fait de trop de parties emboîtées : seuls ses en-têtes ont été lus",
    "too_large": "trop volumineux (plus de 30 Mo) : seuls ses en-têtes ont été lus",
    "too_long": "trop long : seul le début de son texte est gardé",
    "too_many_fields": "fait de trop d'en-têtes : seuls les premiers ont été lus",
    "too_many_parts": "fait de trop de parties : seuls ses en-têtes ont été lus",
    "too_many_lines": "fait de trop de lignes : seuls ses en-têtes ont été lus",
    "unreadable": "illisible",
}
"""Reasons for which a message is set aside as it comes in."""

CONFIRMATION_LEAVES = (
    "Un courriel demande à l'expéditeur de confirmer. Sa réponse ramènera le message ici."
)
CONFIRMATION_STAYS = (
    "La demande de confirmation est gardée sur cette machine : aucun serveur d'envoi n'est réglé,"
    " l'expéditeur ne la recevra pas."
)
STALE = (
    "Entre-temps, une autre personne ou l'expéditeur a fait avancer ce message : il est maintenant"
    " dans l'état « {state} ». Rien n'a été enregistré de ce que vous demandiez : relisez la page,"
    " puis recommencez s'il le faut."
)
FORM_GONE = (
    "{key} n'a plus de formulaire : rien n'est encore converti, et ce que vous aviez préparé est"
    " gardé ci-dessous. Mettez-le ailleurs s'il le faut, puis recommencez."
)


def reason(code: str | None) -> str:
    """Return why a message was set aside."""
    return STAFF_REASONS.get(code or "") or INTAKE_REASONS.get(code or "") or "raison non précisée"


MARK_LENGTH = 4


def sender_mark(sender_index: str | None) -> str:
    """Return a short mark, the same for all messages of one mailbox; nothing without one."""
    return (sender_index or "")[:MARK_LENGTH].upper()


def collection_lines(new: int, known: int, skipped: int, set_aside: Mapping[str, int]) -> list[str]:
    aside = sum(set_aside.values())
    lines = [f"Nouveaux : {new} (dont mis de côté : {aside}), déjà connus : {known}."]
    lines += [f"  {reason(code)} : {count}" for code, count in sorted(set_aside.items())]
    if skipped:
        lines.append(f"Fichiers d'une autre nature, laissés : {skipped}.")
    return lines
