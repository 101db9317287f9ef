"""Default texts of a round: home page and privacy notice, until organisers write their own."""

from consultation.i18n import Localized, shipped_text
from consultation.questionnaires.models import RoundTextKind
from consultation.web.locale import in_each_language

SENDER = "{sender}"
"""Placeholder in the notice for the address of the collective."""

HOME_TITLE = in_each_language("À quoi verra-t-on que le plan contre la traite avance ?")
HOME_LEAD = in_each_language(
    "Le collectif Ensemble contre la traite des êtres humains propose des indicateurs pour"
    " évaluer le plan national 2024-2027. Dites ce qu'il faut garder, changer ou ajouter."
)
NOTICE = shipped_text("notice.md")
SHIPPED: dict[RoundTextKind, Localized] = {
    RoundTextKind.HOME_TITLE: HOME_TITLE,
    RoundTextKind.HOME_LEAD: HOME_LEAD,
    RoundTextKind.HOME_MORE: {},
    RoundTextKind.NOTICE: NOTICE,
}


def shipped(kind: RoundTextKind, sender: str) -> Localized:
    """Return a text as it ships, `sender` being the address of the collective."""
    return {locale: text.replace(SENDER, sender) for locale, text in SHIPPED[kind].items()}
