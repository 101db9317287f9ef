"""Answers to our mails, as each programme quotes them."""

from tests.inbox.corpus.letter import Letter
from tests.inbox.letters import (
    APPLE_EN,
    APPLE_FR,
    GMAIL_EN,
    GMAIL_FR,
    ORANGE,
    OUTLOOK_EN,
    OUTLOOK_FR,
    RECEIVED,
    RECEIVED_EN,
    ROUNDCUBE_FR,
    RULE,
    SAMSUNG_FR,
    THUNDERBIRD_EN,
    THUNDERBIRD_FR,
    YAHOO_FR,
    ZIMBRA_FR,
    answer,
    both,
    gmail_html,
    html_of,
    outlook_html,
    outlook_web_html,
    part,
    quoted,
)

OURS = ("bien reçu votre contribution", "numéro de dépôt", "a écrit")
OURS_EN = ("have received your contribution", "receipt number", "wrote:")

LETTERS = (
    Letter(
        "outlook_desktop_fr",
        answer(both(
            "Bonjour,\n\nPour la mesure 12, il manque le nombre de places réellement ouvertes.\n"
            "Nous refusons trois personnes sur quatre.\n\n" + OUTLOOK_FR + RECEIVED,
            outlook_html("Bonjour,\nPour la mesure 12, il manque le nombre de places réellement "
                         "ouvertes.\nNous refusons trois personnes sur quatre."),
        ), Subject="RE: Votre contribution"),
        starts="Bonjour, Pour la mesure 12", ends="trois personnes sur quatre.",
        never=(*OURS, "Envoyé :"), measures=("12",),
    ),
    Letter(
        "outlook_desktop_html_only_signed",
        answer(part(outlook_html(
            "Madame, Monsieur,\nL'indicateur T4.2 ne dit rien de la durée des formations.\n"
            "Bien cordialement,\nJeanne Exemple\nChargée de mission\n01 00 00 00 00"
        ), "text/html", encoding="quoted-printable"), Subject="RE: Votre contribution"),
        starts="Madame, Monsieur,", ends="la durée des formations.",
        never=(*OURS, "01 00 00 00 00", "Objet"), measures=("T4",),
    ),
    Letter(
        "outlook_desktop_en",
        answer(
            "Dear all,\n\nMeasure 27 should count inspections, not inspectors.\n\n"
            + OUTLOOK_EN + RECEIVED_EN, Subject="RE: Your contribution",
        ),
        starts="Dear all,", ends="not inspectors.", never=(*OURS_EN, "Sent:"), measures=("27",),
    ),
    Letter(
        "outlook_original_message_line",
        answer(
            "Je retire ma remarque d'hier, elle était fausse.\n\n-----Message d'origine-----\n"
            + OUTLOOK_FR + RECEIVED, Subject="RE: Votre contribution",
        ),
        starts="Je retire ma remarque", ends="elle était fausse.",
        never=(*OURS, "Message d'origine"), is_held_out=True,
    ),
    Letter(
        "outlook_web_fr",
        answer(part(outlook_web_html(
            "Merci pour ce travail.\nLa mesure n° 13 oublie les personnes sourdes : "
            "il faut aussi des interprètes en langue des signes."
        ), "text/html"), Subject="Re: Votre contribution"),
        starts="Merci pour ce travail.", ends="langue des signes.",
        never=(*OURS, "Envoyé"), measures=("13",),
    ),
    Letter(
        "outlook_mobile_fr",
        answer(
            "D'accord avec la mesure 14, mais dans quel délai ?\n\n"
            "Obtenir Outlook pour iOS<https://exemple.fr/ios>\n" + RULE + OUTLOOK_FR + RECEIVED,
        ),
        starts="D'accord avec la mesure 14", ends="dans quel délai ?",
        never=(*OURS, "Obtenir Outlook", "____"), measures=("14",),
    ),
    Letter(
        "outlook_mobile_en",
        answer(
            "Please add a target for measure 3.\n\nGet Outlook for Android<https://exemple.fr/a>\n"
            + RULE + OUTLOOK_EN + RECEIVED_EN, Subject="Re: Your contribution",
        ),
        starts="Please add a target", ends="for measure 3.",
        never=(*OURS_EN, "Get Outlook"), measures=("3",), is_held_out=True,
    ),
    Letter(
        "gmail_web_fr",
        answer(both(
            "Bonjour,\n\nLe thème T10 est essentiel. Pourquoi s'arrêter à dix-huit ans ? "
            "Les jeunes majeurs sont tout aussi exposés.\n\nMerci 🙏\n\n"
            + GMAIL_FR + quoted(RECEIVED),
            gmail_html("Bonjour,<br><br>Le thème T10 est essentiel.", APPLE_FR),
            encoding="base64",
        )),
        starts="Bonjour, Le thème T10", ends="Merci 🙏", never=OURS, measures=("T10",),
    ),
    Letter(
        "gmail_web_html_only",
        answer(part(gmail_html(
            "Les places de la mesure 12 ferment l'été.<br><br>Est-ce compté ?", APPLE_FR
        ), "text/html")),
        starts="Les places de la mesure 12", ends="Est-ce compté ?", never=OURS, measures=("12",),
    ),
    Letter(
        "gmail_web_en",
        answer(
            "Hello,\n\nI would drop the second indicator and keep the first.\n\n"
            + GMAIL_EN + quoted(RECEIVED_EN), Subject="Re: Your contribution",
        ),
        starts="Hello,", ends="keep the first.", never=OURS_EN,
    ),
    Letter(
        "gmail_mobile_fr",
        answer(
            "Oui pour la mesure 3, tous les ans et pas tous les deux ans.\n\n"
            + GMAIL_FR + quoted(RECEIVED),
        ),
        starts="Oui pour la mesure 3", ends="tous les deux ans.", never=OURS, measures=("3",),
        is_held_out=True,
    ),
    Letter(
        "gmail_bottom_posted",
        answer(
            GMAIL_FR + quoted(RECEIVED)
            + "\n\nJe complète : à Marseille, deux foyers ont fermé depuis janvier.\n",
        ),
        starts="Je complète :", ends="depuis janvier.", never=OURS,
    ),
    Letter(
        "apple_mail_fr",
        answer(
            "Bonjour,\n\nMesures 12 et 13 : même remarque, l'indicateur compte des moyens "
            "et non des effets.\n\n" + quoted(APPLE_FR + "\n\n" + RECEIVED),
        ),
        starts="Bonjour,", ends="et non des effets.", never=OURS, measures=("12", "13"),
    ),
    Letter(
        "apple_mail_en_unquoted_lead",
        answer(
            "Could you say who collects these figures?\n\n" + APPLE_EN + "\n\n"
            + quoted(RECEIVED_EN), Subject="Re: Your contribution",
        ),
        starts="Could you say", ends="these figures?", never=OURS_EN, is_held_out=True,
    ),
    Letter(
        "iphone_fr",
        answer(
            "T2 : combien de femmes avec enfants ?\n\nEnvoyé de mon iPhone\n\n"
            + quoted(APPLE_FR + "\n\n\ufeff" + RECEIVED),
        ),
        starts="T2 : combien", ends="avec enfants ?",
        never=(*OURS, "Envoyé de mon iPhone"), measures=("T2",),
    ),
    Letter(
        "iphone_en",
        answer(
            "Fine with me.\n\nSent from my iPhone\n\n" + quoted(APPLE_EN + "\n\n" + RECEIVED_EN),
            Subject="Re: Your contribution",
        ),
        starts="Fine with me.", ends="Fine with me.", never=(*OURS_EN, "Sent from"),
        is_held_out=True,
    ),
    Letter(
        "thunderbird_bottom_posted",
        answer(part(
            THUNDERBIRD_FR + quoted(RECEIVED)
            + "\n\nBonjour,\n\nj'ajoute une source pour la mesure 27 : les rapports de \n"
            "l'inspection du travail, qui sont publics.\n\n"
            "-- \nJeanne Exemple\nAssociation Exemple\n",
            "text/plain; format=flowed",
        )),
        starts="Bonjour,", ends="qui sont publics.",
        never=(*OURS, "Association Exemple"), measures=("27",),
    ),
    Letter(
        "thunderbird_inline",
        answer(
            THUNDERBIRD_FR + "> Nous avons bien reçu votre contribution, déposée le 2 mars.\n"
            "Merci de cette réponse.\n\n> Vous pouvez répondre à ce message pour la compléter.\n"
            "Je le fais ici : la formation des magistrats manque.\n",
        ),
        starts="Merci de cette réponse.", ends="des magistrats manque.",
        never=(*OURS, "Vous pouvez répondre"),
    ),
    Letter(
        "thunderbird_en_top",
        answer(
            "See my comment on measure 14: compensation takes six years here.\n\n"
            + THUNDERBIRD_EN + quoted(RECEIVED_EN), Subject="Re: Your contribution",
        ),
        starts="See my comment", ends="six years here.", never=OURS_EN, measures=("14",),
        is_held_out=True,
    ),
    Letter(
        "orange_webmail",
        answer(
            "Bonjour, mesure 12 : dans notre département il n'y a aucune place.\n\n"
            + quoted(ORANGE + RECEIVED),
        ),
        starts="Bonjour, mesure 12", ends="aucune place.", never=(*OURS, "Copie"),
        measures=("12",),
    ),
    Letter(
        "orange_webmail_unmarked",
        answer("Tout à fait d'accord.\n\n" + ORANGE + RECEIVED),
        starts="Tout à fait d'accord.", ends="Tout à fait d'accord.",
        never=(*OURS, "Message du", "Copie"), is_held_out=True,
    ),
    Letter(
        "zimbra_fr",
        answer(
            "Bonjour,\n\nVotre mesure 3 existe déjà : le rapport est sorti en 2022.\n\n"
            "Cordialement,\nJeanne Exemple\n\n" + ZIMBRA_FR + RECEIVED,
        ),
        starts="Bonjour,", ends="sorti en 2022.", never=(*OURS, "Mail original"),
        measures=("3",),
    ),
    Letter(
        "roundcube_fr",
        answer(
            "Je préfère l'ancienne formulation.\n\n" + ROUNDCUBE_FR + quoted(RECEIVED)
            + "\n\n-- \nJeanne",
        ),
        starts="Je préfère", ends="formulation.", never=OURS,
    ),
    Letter(
        "yahoo_fr",
        answer(
            "Les deux premiers indicateurs disent la même chose.\n\n" + YAHOO_FR + RECEIVED,
        ),
        starts="Les deux premiers", ends="la même chose.", never=OURS, is_held_out=True,
    ),
    Letter(
        "samsung_fr",
        answer("Mesure 13, oui.\n\nEnvoyé depuis mon smartphone Samsung Galaxy.\n\n"
               + SAMSUNG_FR + RECEIVED),
        starts="Mesure 13, oui.", ends="Mesure 13, oui.",
        never=(*OURS, "Samsung", "GMT"), measures=("13",), is_held_out=True,
    ),
    Letter(
        "proton_fr",
        answer(
            "Je souhaite rester anonyme.\n\nEnvoyé avec la messagerie sécurisée Proton Mail.\n\n"
            "Le lundi 3 mars 2025 à 10:12, Ensemble contre la traite "
            "<contre.la.traite@exemple.fr> a écrit :\n\n" + quoted(RECEIVED),
        ),
        starts="Je souhaite", ends="rester anonyme.", never=(*OURS, "Proton"),
    ),
    Letter(
        "thunderbird_wrapped_lead_no_break_space",
        answer(
            "La source citée n'est plus en ligne.\n\nLe 03/03/2025 à 10:12, Ensemble contre la\n"
            "traite a écrit\u00a0:\n" + quoted(RECEIVED),
        ),
        starts="La source citée", ends="plus en ligne.", never=OURS, is_held_out=True,
    ),
    Letter(
        "html_cite_bottom_posted",
        answer(part(
            f'<div>Le 03/03/2025 à 10:12, Ensemble contre la traite a écrit :</div>'
            f'<blockquote type="cite">{html_of(RECEIVED)}</blockquote>'
            "<p>En dessous, comme autrefois : la mesure 14 mérite un délai.</p>", "text/html",
        )),
        starts="En dessous,", ends="mérite un délai.", never=OURS, measures=("14",),
        is_held_out=True,
    ),
    Letter(
        "two_levels_quoted",
        answer(
            "Non, je parlais bien de la mesure 12.\n\nLe 4 mars 2025 à 09:00, Camille Exemple "
            "<camille@exemple.fr> a écrit :\n" + quoted(
                "Vous parliez de l'autre ?\n" + THUNDERBIRD_FR + quoted(RECEIVED)),
        ),
        starts="Non, je parlais", ends="de la mesure 12.", never=(*OURS, "Vous parliez"),
        measures=("12",),
    ),
    Letter(
        "only_a_quote",
        answer(THUNDERBIRD_FR + quoted(RECEIVED)),
        starts="", ends="", never=OURS,
    ),
)  # fmt: skip
