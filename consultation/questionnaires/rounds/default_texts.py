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
        "The coalition Ensemble contre la traite des êtres humains proposes indicators by which to"
        " assess the French national plan 2024-2027. Tell us what to keep, change or add."
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

Qui répond de ces données, sur quelle base légale, qui peut les lire et où elles sont hébergées : \
le collectif le dit dans les [mentions légales](/mentions-legales).

## Ce qui est enregistré

- Vos réponses, à quel titre vous répondez et, si vous les donnez, votre organisation et votre \
territoire. Dire que vous êtes une personne concernée en dit long sur votre vie : vous pouvez \
choisir une autre réponse, et nous ne publions rien qui permette de vous reconnaître.
- Votre nom et votre adresse électronique, si vous les donnez : chiffrés, dans une table à part.
- Vos accords, avec la version de cette notice.

Ne sont enregistrés ni l'adresse de votre appareil, ni le navigateur, ni votre passage sur les \
pages. Les pages publiques ne déposent aucun cookie et n'appellent aucun autre site.

## À quoi sert votre adresse

À vous envoyer l'accusé de réception, et à vous écrire si vous l'avez accepté. À rien d'autre.

## Ce qui peut être publié

Des chiffres d'ensemble, sans ceux qui désigneraient quelqu'un. Des extraits, seulement avec votre \
accord et après relecture.

## Protégez les personnes

Personne ne lit ces réponses en urgence. En cas de danger, appelez le 17 ou le 112 (114 par SMS) ; \
pour un enfant, le 119. Ce qui permettrait de reconnaître une personne sera masqué.

## Vos droits

Votre lien personnel ouvre votre espace : vous y lisez, corrigez, retirez ou effacez ce que vous \
avez donné. Vous l'avez perdu ? [Retrouvez votre espace](/contributions/retrouver), ou écrivez au \
collectif. Vous pouvez aussi saisir la [CNIL](https://www.cnil.fr/fr/plaintes).""",
    "en": """\
We ask for little, we keep what names you separately, and nothing you write is published before it \
has been reviewed.

## Who, and what for

The coalition Ensemble contre la traite des êtres humains collects contributions to refine the \
indicators that will be used to assess the French national plan 2024-2027. Its address: \
[{sender}](mailto:{sender}).

Who is responsible for these data, on what legal basis, who can read them and where they are \
hosted: the coalition says so in its [legal notice](/en/mentions-legales).

## What we record

- Your answers, the role in which you answer and, if you give them, your organisation and \
territory. Saying that you are a person concerned says a great deal about your life: you can \
choose another answer, and we publish nothing by which you could be recognised.
- Your name and email address, if you give them: encrypted, in a separate table.
- What you agreed to, with the version of this notice.

We record neither the address of your device, nor your browser, nor the pages you visit. Public \
pages set no cookie and call no other site.

## What your address is for

To send you the acknowledgement, and to write to you if you agreed. Nothing else.

## What may be published

Overall figures, without those that could identify someone. Excerpts, only if you agree and after \
they have been reviewed.

## Protect people's identity

Nobody monitors these answers. In an emergency in France, call 17 or 112 (114 by text message); \
for a child, 119. Anything that could identify a person will be masked.

## Your rights

Your personal link opens your space: there you can read, correct, withdraw or erase what you \
gave. Have you lost it? [Get back to your space](/en/contributions/retrouver), or write to the \
coalition. You can also complain to the [CNIL](https://www.cnil.fr/en/plaintes), the French data \
protection authority.""",
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
