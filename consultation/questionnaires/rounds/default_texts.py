"""Default texts of a round: home page and privacy notice, until organisers write their own."""

from consultation.i18n import Localized
from consultation.questionnaires.models import RoundTextKind

SENDER = "{sender}"
"""Placeholder in the notice for the address of the collective."""

HOME_TITLE = {
    "fr": "À quoi verra-t-on que le plan contre la traite avance ?",
    "en": "How will we know that the plan against trafficking is making progress?",
}
HOME_LEAD = {
    "fr": (
        "Le collectif Ensemble contre la traite des êtres humains propose des indicateurs pour"
        " évaluer le plan national 2024-2027. Dites ce qu'il faut garder, changer ou ajouter."
    ),
    "en": (
        "The collective Ensemble contre la traite des êtres humains proposes indicators by which"
        " to assess the French national plan 2024-2027. Say what should be kept, changed or added."
    ),
}
NOTICE = {
    "fr": """\
Nous demandons peu, nous gardons à part ce qui vous nomme, et rien de ce que vous écrivez n'est \
publié sans avoir été relu.

## Qui, et pour quoi

Le collectif Ensemble contre la traite des êtres humains recueille les contributions pour préciser \
les indicateurs qui serviront à évaluer le plan national 2024-2027. Son adresse : \
[{sender}](mailto:{sender}).

## Ce qui est enregistré

- Vos réponses, la qualité en laquelle vous répondez et, si vous les donnez, votre organisation et \
votre territoire.
- Votre nom et votre adresse électronique, si vous les donnez : chiffrés, dans une table à part.
- Vos accords, avec la version de cette notice.

Ne sont enregistrés ni l'adresse de votre appareil, ni le navigateur, ni votre passage sur les \
pages. Les pages publiques ne déposent aucun cookie et n'appellent aucun autre site.

## À quoi sert votre adresse

À vous envoyer l'accusé de réception, et à vous écrire si vous l'avez accepté. À rien d'autre.

## Ce qui peut être publié

Des chiffres d'ensemble, sans ceux qui désigneraient quelqu'un. Des extraits, seulement avec votre \
accord et après relecture.

## Ne désignez personne

Ce formulaire n'est pas un lieu de signalement. En cas de danger, appelez le 17 ou le 112 ; pour \
un enfant, le 119. Ce qui permettrait de reconnaître une personne sera masqué.

## Vos droits

Vous pouvez demander à lire, corriger ou effacer ce que vous avez donné, en écrivant au collectif \
avec votre numéro de dépôt. Vous pouvez aussi saisir la CNIL.""",
    "en": """\
We ask for little, we keep apart what names you, and nothing that you write is published without \
having been reviewed.

## Who, and what for

The collective Ensemble contre la traite des êtres humains gathers contributions to sharpen the \
indicators that will serve to assess the national plan 2024-2027. Its address: \
[{sender}](mailto:{sender}).

## What is stored

- Your answers, the capacity in which you answer and, if you give them, your organisation and \
territory.
- Your name and e-mail address, if you give them: encrypted, in a table of their own.
- What you agreed to, with the version of this notice.

Neither the address of your device, nor your browser, nor the pages you visit are stored. Public \
pages set no cookie and call no other site.

## What your address is for

To send you the acknowledgement, and to write to you if you agreed. Nothing else.

## What may be published

Overall figures, without those that would point to somebody. Excerpts, only if you agree and after \
they have been reviewed.

## Name nobody

This form is not a reporting channel. In danger, call 17 or 112 in France; for a child, 119. \
Anything by which a person could be recognised will be masked.

## Your rights

You can ask to read, correct or erase what you gave by writing to the collective with your receipt \
code. You can also turn to the CNIL, the French data protection authority.""",
}
SHIPPED: dict[RoundTextKind, Localized] = {
    RoundTextKind.HOME_TITLE: HOME_TITLE,
    RoundTextKind.HOME_LEAD: HOME_LEAD,
    RoundTextKind.HOME_MORE: {},
    RoundTextKind.NOTICE: NOTICE,
}


def shipped(kind: RoundTextKind, sender: str) -> Localized:
    """Return a text as it ships, `sender` being the address of the collective."""
    return {locale: text.replace(SENDER, sender) for locale, text in SHIPPED[kind].items()}
