"""Claims on a text: the ten minutes in which one moderator reads it.

A moderator's permission and the row lock of the text are checked and taken here too.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.i18n import Labelled
from consultation.moderation.models import ModeratedText, TextState
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

CLAIM = timedelta(minutes=10)
CLAIMED_STATES = (TextState.WAITING, TextState.SECONDING)


class Obstacle(Labelled):
    """Why what a moderator asks for is refused."""

    NO_SUCH_MOVE = (
        "no_such_move",
        (
            "Ce geste n'a pas de sens pour un texte dans cet état : choisissez l'un des boutons"
            " proposés."
        ),
    )
    SAME_MODERATOR = (
        "same_moderator",
        (
            "C'est vous qui l'avez proposé : une autre personne doit confirmer. Vous pouvez"
            " rouvrir le texte pour retirer votre proposition."
        ),
    )
    REASON_MISSING = (
        "reason_missing",
        "Choisissez la raison dans la liste : la personne qui a écrit la lira.",
    )
    UNVERIFIED = (
        "unverified",
        (
            "La machine est sûre d'un passage qui serait montré : masquez-le, ou relisez-le puis"
            " cochez « J'ai vérifié » si tout le monde peut le lire."
        ),
    )
    NOTHING_MASKED = (
        "nothing_masked",
        "Rien n'est masqué dans ce texte : cochez ou recopiez d'abord ce qu'il faut masquer.",
    )
    MASKS_STAND = (
        "masks_stand",
        (
            "Des passages de ce texte sont masqués : choisissez « Publier en masquant » pour le"
            " publier sans eux, ou levez d'abord ces masques."
        ),
    )
    MASK_LIFTED = (
        "mask_lifted",
        (
            "Entre-temps, un masque de ce texte a été levé : rien de ce que vous demandiez n'a"
            " été enregistré. Relisez ce qui reste masqué, puis décidez de nouveau."
        ),
    )
    CLAIMED = (
        "claimed",
        (
            "Une autre personne a pris ce texte entre-temps : rien de ce que vous demandiez n'a"
            " été enregistré."
        ),
    )
    GONE = (
        "gone",
        (
            "La personne a retiré ou réécrit sa contribution entre-temps : ce texte n'est plus"
            " montré nulle part, et il n'y a rien à décider."
        ),
    )
    ERASED = (
        "erased",
        (
            "Les textes de la personne ont été effacés entre-temps : il ne reste rien à masquer"
            " ni à traduire dans celui-ci."
        ),
    )
    NOT_UNDERSTOOD = (
        "not_understood",
        (
            "Personne dans l'équipe ne lit la langue de ce texte : il reste à relire. Faites-le"
            " traduire par une personne qui la lit, ou notez sur « Mon compte » que vous la lisez."
        ),
    )
    REOPEN_FIRST = (
        "reopen_first",
        "Rouvrez d'abord ce texte : lever un masque le montrerait aussitôt.",
    )
    DANGER = (
        "danger",
        (
            "Une personne est peut-être en danger : notez d'abord, en haut de cette page, ce qui"
            " a été fait, ou que ce n'est pas un danger. Ce texte se publie ensuite ; l'écarter"
            " n'attend pas."
        ),
    )


class DecisionNotAllowed(Exception):
    """The verdict or the mask is refused; `obstacle` says why."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


def lock(session: Session, public_id: str) -> ModeratedText:
    """Load a text as it is stored now and lock its row until the transaction ends."""
    return session.scalars(
        sa.select(ModeratedText)
        .where(ModeratedText.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


@needs(Permission.MODERATE)
def claim(work: Work, public_id: str) -> ModeratedText:
    """Give the text to `actor` for ten minutes, unless another reads it or it is decided."""
    text = lock(work.session, public_id)
    if text.state in CLAIMED_STATES and not is_claimed_by_another(work, text):
        give(work, text)
    return text


@needs(Permission.MODERATE)
def take_over(work: Work, public_id: str) -> ModeratedText:
    """Give the text to `actor` although another reads it, whose next decision will be refused."""
    text = lock(work.session, public_id)
    if is_claimed_by_another(work, text):
        give(work, text)
        audit_log.log(work, "text_taken_over", public_id)
    return text


def give(work: Work, text: ModeratedText) -> None:
    """Note that the actor reads the text, which the caller has locked."""
    text.claimed_by, text.claimed_until = work.actor.id, work.at + CLAIM


def is_claimed_by_another(work: Work, text: ModeratedText) -> bool:
    if text.claimed_by is None or text.claimed_until is None:
        return False
    return text.claimed_by != work.actor.id and text.claimed_until > work.at


def check_claim(work: Work, text: ModeratedText) -> None:
    """Raise `DecisionNotAllowed` while another moderator reads the text."""
    if is_claimed_by_another(work, text):
        raise DecisionNotAllowed(Obstacle.CLAIMED)
